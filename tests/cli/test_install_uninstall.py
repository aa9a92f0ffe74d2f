"""install.sh --uninstall leaves no trace, and nobody else's things are touched."""

from __future__ import annotations

import os

import pytest

from tests.cli import install_machine
from tests.cli.install_machine import give, tree
from tests.cli.install_stubs import MANAGER_STUB, TOOL_STUB

machine = install_machine.machine


@pytest.mark.parametrize("tool", ["uv", "pipx", None])
def test_uninstall_leaves_the_home_as_it_was(machine, tool):
    if tool:
        machine.stub(tool, TOOL_STUB)
        (machine.home / ".local/bin").mkdir(parents=True)  # the tool's own to make, and to leave
        (machine.home / ".local/share").mkdir()
        give(machine.home, machine.user)
    before = tree(machine.home)
    machine.with_bwrap().run()
    machine.run()
    printed = machine.run("--uninstall")
    assert "wrapify was removed" in printed
    assert tree(machine.home) == before
    assert "Nothing that this script installed" in machine.run("--uninstall")


def test_uninstall_takes_the_cache_the_log_and_empty_directories(machine):
    before = tree(machine.home)
    machine.with_uv().run()
    (machine.home / ".cache/wrapify/plans").mkdir(parents=True)
    (machine.home / ".cache/wrapify/facts").write_text("measured\n")
    (machine.home / ".local/state/wrapify/boxes").mkdir(parents=True)
    for name in ("log.jsonl", "log.jsonl.1", "log.jsonl.3"):
        (machine.home / ".local/state/wrapify" / name).write_text("{}\n")
    give(machine.home, machine.user)
    assert "your boxes" not in machine.run("--uninstall")
    for name in (".cache", ".local/bin", ".local/state", ".local/share", ".local"):
        if (machine.home / name).exists():
            (machine.home / name).rmdir()  # not ours to take, but empty
    assert tree(machine.home) == before


def test_uninstall_takes_the_hooks_out_first(machine):
    assert "wrapify setup" in machine.with_uv().run()
    assert not (machine.place / "setup").exists()
    assert "setup --uninstall --yes" in machine.run("--uninstall", "--dry-run")
    assert not (machine.place / "setup").exists()
    assert "setup --uninstall says" in machine.run("--uninstall", SETUP_ENDS="1")
    assert (machine.place / "setup").read_text() == "setup --uninstall --yes\n"


def test_uninstall_dry_run_removes_nothing(machine):
    machine.with_bwrap().run()
    before = tree(machine.home)
    assert "$ rm -f" in machine.run("--uninstall", "--dry-run")
    assert tree(machine.home) == before


def test_uninstall_keeps_boxes_and_strangers_files_and_says_so(machine):
    machine.stub("apt-get", MANAGER_STUB)
    machine.with_uv().run()
    for name in (".local/state/wrapify/boxes/one", ".local/bin/other", ".local/share/wrapify/mine"):
        path = machine.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")
    (machine.home / ".bashrc").write_text('eval "$(wrapify init bash)"\n')
    give(machine.home, machine.user)
    printed = machine.run("--uninstall")
    assert "your boxes, in ~/.local/state/wrapify" in printed
    assert "bubblewrap; to remove it: apt-get remove bubblewrap" in printed
    assert "~/.bashrc still starts wrapify" in printed
    left = {name for name, (kind, _, _) in tree(machine.home).items() if kind != "d"}
    kept = {".bashrc", ".local/state/wrapify/boxes/one", ".local/bin/other", ".local/share/wrapify/mine"}
    assert left == kept


def test_uninstall_leaves_a_link_that_now_points_elsewhere(machine):
    machine.with_bwrap().run()
    link = machine.home / ".local/bin/wrapify"
    link.unlink()
    link.symlink_to("/somewhere/else")
    machine.run("--uninstall")
    assert os.readlink(link) == "/somewhere/else"
