"""The ways by which install.sh installs: uv, pipx, or an environment of its own."""

from __future__ import annotations

import re

import pytest

from tests.cli import install_machine
from tests.cli.install_machine import give, tree
from tests.cli.install_stubs import ADMIN_STUB, BROKEN_STUB, MANAGER_STUB, PROGRAM, TOOL_STUB

machine = install_machine.machine


def test_uv_is_preferred(machine):
    machine.with_uv()
    machine.stub("pipx", TOOL_STUB)
    printed = machine.run()
    installs = [line for line in machine.logged() if " install " in line]
    assert len(installs) == 1
    assert installs[0].startswith("tool: uv tool install")
    assert installs[0].endswith(f"--from {machine.checkout} wrapify")
    assert "with uv" in printed


def test_pipx_comes_next(machine):
    machine.with_bwrap().stub("pipx", TOOL_STUB)
    assert "with pipx" in machine.run()
    installs = [line for line in machine.logged() if " install " in line]
    assert len(installs) == 1
    assert installs[0].startswith("tool: pipx install --force")
    assert installs[0].endswith(str(machine.checkout))


def test_a_broken_uv_falls_through_to_pipx_with_one_line(machine):
    machine.with_bwrap().stub("uv", BROKEN_STUB)
    machine.stub("pipx", TOOL_STUB)
    printed = machine.run()
    said = re.findall(r".*uv could not.*", printed)
    assert said == ["! uv could not do it (no interpreter for you); trying pipx."]
    assert "with pipx" in printed


def test_broken_uv_and_pipx_fall_through_to_a_venv(machine):
    for tool in ("uv", "pipx"):
        machine.with_bwrap().stub(tool, BROKEN_STUB)
    printed = machine.run()
    assert "~/.local/share/wrapify/venv" in printed
    assert machine.version() == "wrapify 0.0.1"


def test_a_venv_install_is_idempotent_and_leaves_one_environment(machine):
    machine.with_bwrap().run()
    first = (machine.home / ".local/share/wrapify/venv").resolve()
    (machine.checkout / "program").write_text(PROGRAM.replace("wrapify 0.0.1", "wrapify 0.0.2"))
    assert "wrapify 0.0.2 is installed" in machine.run()
    assert machine.version() == "wrapify 0.0.2"
    second = (machine.home / ".local/share/wrapify/venv").resolve()
    assert first != second
    assert list(second.parent.glob("venv.*")) == [second]


def test_path_advice_is_one_exact_line_and_no_start_up_file_is_touched(machine):
    printed = machine.with_uv().run()
    assert '    export PATH="$HOME/.local/bin:$PATH"\n' in printed
    assert (machine.home / ".bashrc").read_text() == "# mine\n"
    path = f"{machine.home}/.local/bin:{machine.bin}"
    assert "export PATH" not in machine.run(PATH=path)
    assert f"fish_add_path '{machine.home}/.local/bin'" in machine.run(SHELL="/usr/bin/fish")


def test_another_wrapify_earlier_on_the_path_is_named(machine):
    machine.with_uv().stub("wrapify", "#!/bin/sh\n")
    path = f"{machine.bin}:{machine.home}/.local/bin"
    assert f"Another wrapify comes first on your PATH: {machine.bin}/wrapify" in machine.run(PATH=path)


def test_data_home_is_respected(machine):
    machine.with_bwrap().run(XDG_DATA_HOME=str(machine.home / "data dir"))
    assert (machine.home / "data dir/wrapify/venv/bin/wrapify").exists()
    assert machine.version() == "wrapify 0.0.1"


def test_a_strangers_program_of_that_name_is_left_alone(machine):
    stranger = machine.home / ".local/bin/wrapify"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("not ours\n")
    give(machine.home, machine.user)
    before = tree(machine.home)
    assert "exists already" in machine.with_bwrap().run(code=1)
    assert "Nothing that this script installed" in machine.run("--uninstall")
    assert tree(machine.home) == before


def test_a_failed_first_install_leaves_nothing(machine):
    (machine.checkout / "backend.py").write_text("raise SystemExit('the backend is unwell')\n")
    before = tree(machine.home)
    printed = machine.with_bwrap().run(code=1)
    assert "pip could not build or install wrapify" in printed
    assert tree(machine.home) == before


def test_a_failed_upgrade_leaves_the_old_one_working(machine):
    machine.with_bwrap().run()
    before = tree(machine.home)
    (machine.checkout / "program").write_text("#!/bin/sh\nexit 1\n")
    assert "does not start" in machine.run(code=1)
    assert tree(machine.home) == before
    assert machine.version() == "wrapify 0.0.1"


def test_pip_settings_of_the_user_do_not_send_it_elsewhere(machine):
    elsewhere = str(machine.home / "elsewhere")
    machine.with_bwrap().run(PIP_USER="1", PIP_TARGET=elsewhere, PYTHONPATH=elsewhere)
    assert not (machine.home / "elsewhere").exists()
    assert machine.version() == "wrapify 0.0.1"


def test_changing_the_way_takes_the_earlier_one_away(machine):
    machine.with_bwrap().run()
    machine.stub("uv", TOOL_STUB)
    assert "with uv" in machine.run()
    assert not list((machine.home / ".local/share/wrapify").glob("venv*"))
    assert machine.version() == "wrapify 0.0.1"
    machine.stub("uv", BROKEN_STUB)
    printed = machine.run()
    assert "environment of its own in ~/.local/share/wrapify/venv" in printed


@pytest.mark.parametrize("arguments", [[], ["--demo"], ["--uninstall"]], ids=str)
@pytest.mark.parametrize("tool", ["uv", "pipx", None])
def test_dry_run_changes_nothing(machine, arguments, tool):
    machine.stub("apt-get", MANAGER_STUB)
    machine.stub("sudo", ADMIN_STUB)
    if tool:
        machine.stub(tool, TOOL_STUB)
    before = tree(machine.home)
    printed = machine.run("--dry-run", *arguments)
    assert tree(machine.home) == before
    assert all(re.match(r"tool: (uv tool dir|pipx environment)", line) for line in machine.logged())
    if not arguments:
        assert "apt-get install -y bubblewrap" in printed
        assert f"$ {tool} " in printed if tool else "-m venv" in printed
        assert "nothing was changed" in printed


def test_what_the_internet_needs_is_named(machine):
    assert "network   none until you install slirp4netns" in machine.with_bwrap().run()
    machine.stub("pasta", "#!/bin/sh\n")
    assert re.search(r"network +\S+/pasta\n", machine.run())
