"""install.sh and the package managers (stubs on PATH), with and without a terminal."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path

import pytest

from tests.cli import install_machine
from tests.cli.install_machine import on_terminal, tree
from tests.cli.install_stubs import ADMIN_STUB, MANAGER_STUB, MANAGERS, TOOL_STUB
from tests.conftest import need

machine = install_machine.machine


@pytest.mark.parametrize("admin", ["sudo", "doas"])
@pytest.mark.parametrize("manager", MANAGERS)
def test_bubblewrap_comes_from_the_package_manager_after_saying_so(machine, manager, admin):
    machine.stub(manager, MANAGER_STUB)
    machine.stub(admin, ADMIN_STUB)
    machine.stub("uv", TOOL_STUB)
    printed = machine.run()
    expected = []
    for line in MANAGERS[manager]:
        expected += [f"admin: {admin} {line}", f"announced: {line}"]
    called = [line for line in machine.logged() if not line.startswith("tool:")]
    assert len(called) == len(expected)
    assert all(re.fullmatch(want, got) for want, got in zip(expected, called, strict=True)), called
    assert f"$ {admin} {manager} " in printed
    assert "wrapify 0.0.1 is installed" in printed


@pytest.mark.parametrize("manager", MANAGERS)
def test_without_sudo_or_doas_the_administrator_gets_the_command(machine, manager):
    machine.stub(manager, MANAGER_STUB)
    before = tree(machine.home)
    printed = machine.run(code=1)
    assert all(re.search(rf"^ +{line}$", printed, re.MULTILINE) for line in MANAGERS[manager]), printed
    assert "administrator" in printed
    assert machine.logged() == []
    assert tree(machine.home) == before


def test_the_distributions_own_manager_goes_before_a_foreign_one(machine):
    release = Path("/etc/os-release")
    if not release.exists() or not re.search(r"(?m)^ID(_LIKE)?=.*(debian|ubuntu)", release.read_text()):
        pytest.skip("needs a Debian")
    for name in ("dnf", "pacman", "apt-get"):
        machine.stub(name, MANAGER_STUB)
    assert "apt-get install -y bubblewrap" in machine.run(code=1)


def test_nixos_is_told_what_to_add(machine):
    machine.stub("nixos-rebuild", MANAGER_STUB)
    machine.stub("apt-get", MANAGER_STUB)
    printed = machine.run(code=1)
    assert "environment.systemPackages" in printed
    assert machine.logged() == []


def test_an_unknown_distribution_gets_a_clear_sentence(machine):
    assert "No package manager" in machine.run(code=1)


def test_a_failing_package_manager_stops_it_with_its_words(machine):
    machine.stub("dnf", "#!/bin/sh\necho 'No match for argument'\nexit 1\n")
    machine.stub("sudo", ADMIN_STUB)
    before = tree(machine.home)
    printed = machine.run(code=1)
    assert "| No match for argument" in printed
    assert "did not work: sudo dnf install -y bubblewrap" in printed
    assert tree(machine.home) == before


def test_a_failing_update_does_not_stop_it(machine):
    machine.stub("apt-get", MANAGER_STUB.replace("line=", '[ "$1" != update ] || exit 100\nline='))
    machine.stub("sudo", ADMIN_STUB)
    machine.stub("uv", TOOL_STUB)
    assert "is installed" in machine.run()


def test_no_packages_never_calls_the_package_manager(machine):
    machine.stub("apt-get", MANAGER_STUB)
    machine.stub("sudo", ADMIN_STUB)
    machine.stub("uv", TOOL_STUB)
    printed = machine.run("--no-packages")
    assert "bubblewrap (bwrap) is missing" in printed
    assert all(line.startswith("tool:") for line in machine.logged())


@pytest.mark.sandbox
@pytest.mark.parametrize(
    ("manager", "verdict", "packages"),
    [
        ("apt-get", "absent", "bubblewrap slirp4netns python3 python3-venv"),
        ("apt-get", "venv", "bubblewrap slirp4netns python3-venv"),
        ("apt-get", "old", "bubblewrap slirp4netns python3.11 python3.11-venv"),
        ("dnf", "old", "bubblewrap slirp4netns python3.11"),
        ("zypper", "old", "bubblewrap slirp4netns python311"),
        ("pacman", "absent", "bubblewrap slirp4netns python"),
        ("apk", "absent", "bubblewrap slirp4netns python3"),
    ],
)
def test_a_missing_python_is_asked_for_in_the_same_command(machine, manager, verdict, packages):
    """The machine's own python is covered by one that answers as told, or by nothing that can run."""
    bwrap = need("bwrap")
    machine.stub(manager, MANAGER_STUB)
    machine.stub("sudo", ADMIN_STUB)
    fake = machine.place / "fake-python"
    fake.write_text(f"#!/bin/sh\necho {verdict}\n")
    fake.chmod(0o644 if verdict == "absent" else 0o755)
    python = os.path.realpath("/usr/bin/python3")
    printed = machine.run("--dry-run", wrapper=(bwrap, "--dev-bind", "/", "/", "--bind", str(fake), python))
    assert re.search(rf"\$ sudo {manager} .* {re.escape(packages)}$", printed, re.MULTILINE), printed
    assert machine.logged() == []


@pytest.mark.root
def test_root_needs_no_sudo_and_installs_for_everyone(machine):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    machine.stub("dnf", MANAGER_STUB)
    machine.stub("sudo", ADMIN_STUB)
    machine.stub("uv", TOOL_STUB)
    machine.user = dataclasses.replace(machine.user, name="root", uid=0, gid=0)
    printed = machine.run("--dry-run")
    assert "$ dnf install -y bubblewrap" in printed
    assert re.search(r"ln -sf /opt/wrapify/venv/bin/wrapify /usr/local/bin/wrapify", printed)
    assert "uv tool" not in printed
    assert machine.logged() == []


@pytest.mark.parametrize(("answer", "runs"), [("\n", True), ("y\n", True), ("n\n", False)])
def test_on_a_terminal_it_asks_before_the_package_manager_runs(machine, answer, runs):
    machine.stub("dnf", MANAGER_STUB)
    machine.stub("sudo", ADMIN_STUB)
    machine.stub("uv", TOOL_STUB)
    code, printed = on_terminal(machine, answer)
    assert "Go ahead? [Y/n]" in printed
    assert (code == 0, bool(machine.logged())) == (runs, runs)
    assert ("Nothing was changed" in printed) is not runs


def test_yes_asks_nothing(machine):
    machine.stub("dnf", MANAGER_STUB)
    machine.stub("sudo", ADMIN_STUB)
    machine.stub("uv", TOOL_STUB)
    code, printed = on_terminal(machine, "", "--yes")
    assert code == 0
    assert "Go ahead" not in printed


def test_colours_are_for_terminals_without_no_color(machine):
    machine.with_uv()
    assert "\033[" in on_terminal(machine, "")[1]
    assert "\033[" not in on_terminal(machine, "", NO_COLOR="1")[1]
    assert "\033[" not in machine.run(LANG="C.UTF-8")
