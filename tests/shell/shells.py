"""A real bash, zsh or fish with the hook in a real terminal, as an ordinary user. Truth is a file on the disk."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, until

RC = {
    "bash": """
PS1='ready> '; HISTFILE=~/.hist; HISTCONTROL=; set -o history
PROMPT_COMMAND='echo "$?" >>~/.prompts'
{before}
eval "$(wrapify init bash)"
{after}
""",
    "zsh": """
PS1='ready> '; HISTFILE=~/.hist; HISTSIZE=999; SAVEHIST=999; setopt banghist
precmd() {{ echo "$?" >>~/.prompts; }}
{before}
eval "$(wrapify init zsh)"
{after}
""",
    "fish": """
function fish_greeting; end
function fish_prompt; echo -n 'ready> '; end
function prompts --on-event fish_prompt; echo $status >>~/.prompts; end
{before}
status is-interactive; and wrapify init fish | source
{after}
""",
}
FILES = {"bash": ".rc.bash", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
START = {"bash": "bash --rcfile ~/.rc.bash", "zsh": "zsh -d", "fish": "fish"}


class Name(str):
    """The name of a shell. Those of two versions are not equal to one another, so that each has fixtures of its own."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, value: object) -> bool:
        return str.__eq__(self, value) and (not isinstance(value, Name) or type(value) is type(self))


class Other(Name):
    """A shell in a second version: what ./tests/run fetched of the other Debian release."""

    __slots__ = ()


CANDIDATES: tuple[Any, ...] = (*map(Name, FILES), pytest.param(Other("fish"), id="fish-other"))
GUARDED = CANDIDATES
"""The shells whose hook judges pastes."""
SUDO = '#!/bin/sh\nexec "$@"\n'
"""What stands in for sudo where a line is run on this machine on purpose: the suite gives nobody rights."""


class Shell(Terminal):
    """Hold a terminal in which `name` runs with the hook. `before` and `after` are lines of its start-up file."""

    def __init__(self, wrapify: Wrapify, name: str, *, before: str = "", after: str = "") -> None:
        super().__init__(wrapify)
        self.name = name
        wrapify.put(FILES[name], RC[name].format(before=before, after=after))

    def program(self) -> str:
        """Give the shell's program; without the other release's fail in CI and skip elsewhere."""
        if not isinstance(self.name, Other):
            return need(self.name)
        if not (found := os.environ.get("WRAPIFY_TEST_FISH")):
            (pytest.fail if os.environ.get("CI") else pytest.skip)("no other fish: ./tests/run fetches it on Debian")
        return found

    def start(self) -> None:
        program = self.program()
        path = f"{self.wrapify.program.parent}:{self.wrapify.environment()['PATH']}"
        start = START[self.name].removeprefix(self.name)
        words = f"env PATH={shlex.quote(path)} SHELL={need(self.name)} {shlex.quote(program)}{start}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", words)
        self.tmux("set-option", "-g", "history-limit", "20000")
        until(self.statuses, f"the first prompt of {self.name}")

    def made(self, name: str) -> bool:
        """Tell whether a file lies in the real home: a command ran on this machine."""
        return (self.home / name).exists()

    # ---- pastes

    def ready(self) -> None:
        """Wait for an empty prompt: from then on a shell takes a paste for one."""
        until(lambda: self.screen().rpartition("\n")[2].endswith("ready>"), self.screen)

    def paste(self, text: str, *, shown: str = "", bracketed: bool = True) -> None:
        """Paste as a terminal does, wait until `shown` (the text, if it is short) is on the screen, and look at it.

        An Enter that comes sooner than a person's counts as a part of the paste.
        """
        self.wrapify.put(".paste", text)
        self.tmux("load-buffer", str(self.home / ".paste"))
        self.tmux("paste-buffer", *(["-p"] if bracketed else []), "-d")
        self.contains(shown or text.splitlines()[0])
        self.look()

    def look(self) -> None:
        """Let as much time pass as a person needs at least between seeing a text and pressing a key."""
        seen = time.monotonic()
        until(lambda: time.monotonic() - seen > 0.1)

    def question(self) -> str:
        """Wait until the question about a paste is there, and give the screen."""
        until(self.questioned, lambda: f"no question in\n{self.screen()}")
        return self.screen()

    def questioned(self) -> bool:
        return "[r]un" in self.screen()

    def answer(self, key: str) -> None:
        """Press one key at the question and wait until the question has gone."""
        self.question()
        self.look()
        self.keys(key)
        until(lambda: not self.questioned(), self.screen)
        # Who asked has yet to end: until then a key is for nobody.
        self.look()
        self.look()

    def asks(self) -> bool:
        """Tell whether the review waits for a key."""
        return "[Enter] keep" in self.screen().rpartition("\n")[2]

    def holds(self, text: str) -> None:
        """Wait until the shell says on the screen why a line did not run, and see that no prompt came for it."""
        before = len(self.statuses())
        self.contains(text)
        assert len(self.statuses()) == before, self.screen()


@contextmanager
def opened(wrapify: Wrapify, name: str, *, before: str = "", after: str = "") -> Iterator[Shell]:
    shell = Shell(wrapify, name, before=before, after=after)
    shell.start()
    try:
        yield shell
    finally:
        shell.close()
