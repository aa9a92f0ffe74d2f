"""From nothing to a guarded shell and back: `wrapify setup`, a new shell, Tab, a paste, and no trace afterwards."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pyperclip
import pytest
import tomlkit

import wrapify as package
from tests.cli.install_machine import give, tree
from tests.conftest import ROOT, Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import CANDIDATES, SUDO, Shell

RC = {
    "bash": """
PS1='ready> '; HISTFILE=~/.hist
PROMPT_COMMAND='echo "$?" >>~/.prompts'
[ ! -e /usr/share/bash-completion/bash_completion ] || . /usr/share/bash-completion/bash_completion
PATH=~/venv/bin:~/bin:$PATH""",  # no new line at the end
    "zsh": """
PS1='ready> '; HISTFILE=~/.hist
precmd() { echo "$?" >>~/.prompts; }
autoload -Uz compinit; compinit -u
PATH=~/venv/bin:~/bin:$PATH
""",
    "fish": """
function fish_greeting; end
function fish_prompt; echo -n 'ready> '; end
function prompts --on-event fish_prompt; echo $status >>~/.prompts; end
set -gx PATH ~/venv/bin ~/bin $PATH
""",
}
FILES = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
LOGGED = '#!/bin/sh\necho "$*" >>~/.calls\nexec "${0%/*}/real" "$@"\n'


class SetUp(Shell):
    """Hold a terminal in which `name` runs with what `wrapify setup` wrote and a start-up file of the user's own."""

    def __init__(self, wrapify: Wrapify, name: str, *, words: str = "") -> None:
        super().__init__(wrapify, name)
        (wrapify.home / ".rc.bash").unlink(missing_ok=True)
        wrapify.put(FILES[name], RC[name])
        self.words = words or {"zsh": "-d"}.get(name, "")
        self.starts = 0

    def start(self) -> None:
        # A server of tmux that is ending answers no more, and is still there.
        self.starts += 1
        self.socket = self.home / f".tmux{self.starts}"
        words = f"env SHELL={need(self.name)} {self.program()} {self.words}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", words)
        until(self.statuses, f"the first prompt of {self.name}")

    def completes(self, typed: str, shown: str) -> None:
        """Press Tab behind what is typed and wait for what the shell makes of it, then empty the line."""
        self.ready()
        self.type(typed, enter=False)
        self.keys("Tab")
        self.contains(shown)
        self.keys("C-e")
        self.keys("C-u")


@pytest.fixture
def installed(wrapify: Wrapify) -> Wrapify:
    """Install the program below the home, as uv and pipx do; each call of it is written down in ~/.calls."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = wrapify.home / "venv/lib" / version / "site-packages"
    for module in (package, click, tomlkit, pyperclip):
        folder = Path(str(module.__file__)).parent
        shutil.copytree(folder, packages / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    program = wrapify.put("venv/bin/wrapify", LOGGED, 0o755)
    shutil.copy(ROOT / "wrapify/launcher.sh", program.with_name("real"))
    program.with_name(version).symlink_to(os.path.realpath(sys.executable))
    wrapify.put("bin/sudo", SUDO, 0o755)
    give(wrapify.home / "venv", wrapify.user)
    return dataclasses.replace(wrapify, program=program)


def set_up(wrapify: Wrapify, *words: str) -> subprocess.CompletedProcess[str]:
    done = wrapify("setup", "--yes", *words, start_new_session=True)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.shell
@pytest.mark.sandbox
@pytest.mark.parametrize("name", CANDIDATES)
def test_set_up_guarded_and_gone_without_a_trace(installed: Wrapify, name: str) -> None:
    shell = SetUp(installed, name)
    before = tree(installed.home)
    set_up(installed, "--shell", name)
    (installed.home / ".calls").unlink()
    shell.start()
    try:
        shell.ready()
        assert not (installed.home / ".calls").exists(), "a shell's start called wrapify"
        shell.completes("wrapify pol", "wrapify policy")
        shell.completes("wrapify policy set network.car", "network.carrier")
        shell.completes("wrapify run --profile seal", "--profile sealed")
        shell.completes("wrapify run --root mkte", "--root mktemp")
        shell.completes(",, mkte", ",, mktemp")
        calls = (installed.home / ".calls").read_text().splitlines()
        assert [one for one in calls if not one.startswith("ask")] == [f"completions {name}"]
        with shell.prompt():
            shell.type(",, touch inside")
            until(shell.asks, shell.screen)
            shell.keys("Enter")
        shell.completes("wrapify box sho", "wrapify box show")
        box = next(path.name for path in installed.boxes.iterdir())
        shell.completes(f"wrapify box show {box[:2]}", f"show {box}")
        shell.paste("sudo touch outside", shown="outside")
        shell.keys("Enter")
        shell.answer("c")
        assert not shell.made("outside")
    finally:
        shell.close()
    done = installed("setup", "--uninstall", "--yes", start_new_session=True)
    assert f"kept: 1 box in ~/.local/state/wrapify/boxes: {box}" in done.stderr
    after = tree(installed.home)
    assert {path: after.get(path) for path in before} == before
    ours = {path for path in set(after) - set(before) if "wrapify" in path and "venv/" not in path}
    assert {path for path in ours if not f"{path}/".startswith(".local/state/wrapify/")} == set()
    kept = {path.split("/")[3] for path in ours if path.count("/") > 2}
    assert kept == {"boxes"}


@pytest.mark.shell
def test_a_login_bash_that_reads_no_bashrc_is_guarded_too(installed: Wrapify) -> None:
    shell = SetUp(installed, "bash", words="--login")
    installed.put(".bash_profile", RC["bash"])
    set_up(installed, "--shell", "bash")
    shell.start()
    try:
        shell.run("wrapify status")
        shell.shows("Pastes are judged in this shell.")
    finally:
        shell.close()


@pytest.mark.shell
@pytest.mark.parametrize("name", CANDIDATES)
def test_the_block_holds_where_the_package_moved_and_where_it_went(installed: Wrapify, name: str) -> None:
    shell = SetUp(installed, name)
    set_up(installed, "--shell", name)
    lib = installed.home / "venv/lib"
    (lib / "python3.0").mkdir()
    python = next(one for one in lib.iterdir() if one.name != "python3.0")
    hook = next(python.glob(f"site-packages/wrapify/shell/wrapify.{name}"))
    text = hook.read_text()
    hook.unlink()
    # The program still prints it: a package that moved.
    installed.put("venv/bin/wrapify", '#!/bin/sh\ncase $1 in init) cat ~/hook ;; *) exec real "$@" ;; esac\n', 0o755)
    installed.put("hook", text)
    shell.start()
    try:
        shell.run("wrapify status")
        shell.contains("judg")
    finally:
        shell.close()
    (installed.home / "venv/bin/wrapify").unlink()
    shell.prompts.unlink()
    shell.start()
    try:
        assert shell.run("true") == 0
        assert "wrapify" not in shell.screen()
        assert shell.run("wrapify status") == 127
    finally:
        shell.close()
    installed.put("venv/bin/wrapify", "#!/bin/sh\nexit 1\n", 0o755)
    shell.prompts.unlink()
    shell.start()
    try:
        assert shell.run("true") == 0
        assert "wrapify" not in shell.screen()
    finally:
        shell.close()
