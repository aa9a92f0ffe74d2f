"""install.sh --demo tells the truth, whatever the program under it does."""

from __future__ import annotations

import re

from tests.cli import install_machine
from tests.cli.install_machine import give, on_terminal, tree
from tests.cli.install_stubs import PROGRAM

machine = install_machine.machine


def test_the_demo_installs_if_need_be_and_shows_that_nothing_changed(machine):
    machine.with_bwrap()
    assert "is installed" in machine.run("--demo")
    before = tree(machine.home)
    printed = machine.run("--demo")
    assert tree(machine.home) == before
    assert "Installing" not in printed
    assert "hello-demo is installed. Bye!" in printed
    assert re.search(r"~/.bashrc +unchanged", printed)
    assert re.search(r"~/.local/bin +unchanged: hello-demo does not exist", printed)
    assert "To see it:  ~/.local/bin/wrapify box list\n" in printed
    assert len(printed.splitlines()) <= 23
    on_path = machine.run("--demo", PATH=f"{machine.home}/.local/bin:{machine.bin}")
    assert "To see it:  wrapify box list\n" in on_path


def test_the_demo_says_so_when_nothing_was_kept(machine):
    machine.with_uv().run()
    printed = machine.run("--demo", STANDIN="forget")
    assert "nothing of it was kept" in printed
    assert "box list" not in printed


def test_the_demo_fits_into_a_terminal(machine):
    """80 columns and 24 lines, the last one for the prompt."""
    machine.with_uv().run()
    printed = on_terminal(machine, "", "--demo", size=(24, 80), NO_COLOR="1")[1]
    lines = printed.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80, lines
    narrow = on_terminal(machine, "", "--demo", size=(24, 50), NO_COLOR="1")[1]
    assert max(len(line) for line in narrow.splitlines() if line.startswith("  |")) <= 50


def test_the_demo_notices_what_got_out(machine):
    machine.with_uv().run()
    printed = machine.run("--demo", code=1, STANDIN="leak")
    assert re.search(r"~/.bashrc +changed", printed)
    assert re.search(r"~/.local/bin +changed", printed)
    assert "Something outside the sandbox changed" in printed


def test_the_demo_notices_a_script_that_did_not_end(machine):
    machine.with_uv().run()
    assert "did not run to its end (exit status 0)" in machine.run("--demo", code=1, STANDIN="half")


def test_the_demo_notices_a_key_that_was_read(machine):
    machine.with_uv().run()
    (machine.home / ".ssh").mkdir()
    (machine.home / ".ssh/id_ed25519").write_text("a key\n")
    give(machine.home, machine.user)
    assert "your keys (1) stayed out of reach" in machine.run("--demo")
    program = machine.home / ".local/bin/wrapify"
    copy = 'HOME=$(new=$(mktemp -d); cp -r "$HOME/.ssh" $new; echo $new)'
    program.write_text(PROGRAM.replace("HOME=$(mktemp -d)", copy))
    assert "could read an ssh key" in machine.run("--demo", code=1)
