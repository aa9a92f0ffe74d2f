"""A real terminal for tests: a shell in tmux, driven by keys and read as a screen.

tmux has a server of its own for each terminal, on a socket in the test's home. The shell writes its last exit status
to a file at every prompt, so "the prompt is back" and "it ended with 7" are facts on disk. Nothing here sleeps for a
fixed time: `until` polls with a deadline.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.conftest import Wrapify, need

SECONDS = 20.0
_numbers = itertools.count(os.getpid() % 100_000 * 100)


def until(true: Callable[[], object], what: Callable[[], str] | str = "", *, seconds: float = SECONDS) -> None:
    """Wait until `true` holds; fail with `what` (a text, or what makes one then) if it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what if isinstance(what, str) else what()}"
        time.sleep(0.02)


def marked() -> str:
    """Give a number of seconds for sleep(1) by which this one process can be found, and no other test's."""
    return f"1000.{next(_numbers)}"


def processes(word: str) -> dict[int, str]:
    """Find the processes of this machine with `word` as an argument, in whatever namespace; zombies do not count."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            words = Path(f"/proc/{name}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            if any(word in one for one in words):
                found[int(name)] = " ".join(words)
    return found


def launchers(word: str) -> list[int]:
    """Find the pids of wrapify itself that were started with `word` as an argument."""
    return [pid for pid, line in processes(word).items() if "wrapify/__main__.py" in line.partition(word)[0]]


def sleepers(word: str) -> list[int]:
    """Find the pids of the programs inside: those that are sleep(1) with `word`."""
    return [pid for pid, line in processes(word).items() if line.startswith("sleep ")]


def gone(word: str, *, seconds: float = SECONDS) -> None:
    """Wait until no process has `word` as an argument any more; end those that stay and fail."""
    try:
        until(lambda: not processes(word), f"no process with {word}", seconds=seconds)
    finally:
        kill(list(processes(word)))


def stopped(pid: int) -> bool:
    """Tell whether a process is stopped, as by Ctrl-Z."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False


class Terminal:
    """Hold one terminal with an interactive bash in it; `environment` is what that shell has."""

    def __init__(self, wrapify: Wrapify) -> None:
        self.wrapify = wrapify
        self.home = wrapify.home
        self.prompts = wrapify.home / ".prompts"
        self.socket = wrapify.home / ".tmux"

    def start(self) -> None:
        rc = self.home / ".terminal-rc"
        rc.write_text('PS1="ready> "; PROMPT_COMMAND=\'echo "$?" >>~/.prompts\'; unset HISTFILE\n')
        path = f"{self.wrapify.program.parent}:{self.wrapify.environment()['PATH']}"
        shell = f"PATH={path} exec bash --rcfile {rc}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "40", shell)
        self.tmux("set-option", "-g", "history-limit", "20000")
        until(self.statuses, "the first prompt of bash in tmux")

    def tmux(self, *words: str) -> str:
        done = subprocess.run(
            [need("tmux"), "-S", str(self.socket), *words],
            cwd=self.home, env=self.wrapify.environment(), text=True, capture_output=True, timeout=30, check=False,
            **self.wrapify.user.drop,
        )  # fmt: skip
        assert done.returncode == 0, f"tmux {words}: {done.stderr}"
        return str(done.stdout)

    def keys(self, *names: str) -> None:
        """Press keys by tmux's names: C-c, Enter, Escape …"""
        self.tmux("send-keys", *names)

    def type(self, text: str, *, enter: bool = True) -> None:
        self.tmux("send-keys", "-l", text)
        if enter:
            self.keys("Enter")

    def screen(self) -> str:
        """Give all that was ever shown, without trailing spaces and with wrapped lines joined."""
        text = self.tmux("capture-pane", "-p", "-J", "-S", "-")
        return "\n".join(line.rstrip() for line in text.splitlines()).rstrip()

    def lines(self) -> list[str]:
        return self.screen().splitlines()

    def shows(self, text: str, *, seconds: float = SECONDS) -> None:
        """Wait until a line of the screen is exactly `text`: the echo of what was typed is not enough."""
        until(lambda: text in self.lines(), lambda: f"a line {text!r} in\n{self.screen()}", seconds=seconds)

    def contains(self, text: str, *, seconds: float = SECONDS) -> None:
        until(lambda: text in self.screen(), lambda: f"{text!r} in\n{self.screen()}", seconds=seconds)

    def statuses(self) -> list[int]:
        """List the exit statuses the outer shell has seen, one for each prompt."""
        return [int(line) for line in self.prompts.read_text().split()] if self.prompts.exists() else []

    def run(self, line: str, *, seconds: float = SECONDS) -> int:
        """Type a line, wait for the next prompt and give the exit status."""
        with self.prompt(seconds=seconds):
            self.type(line)
        return self.statuses()[-1]

    @contextmanager
    def prompt(self, *, seconds: float = SECONDS) -> Iterator[None]:
        """Expect that what is done inside the block brings the prompt of the outer shell back."""
        before = len(self.statuses())
        yield
        until(lambda: len(self.statuses()) > before, lambda: f"the prompt in\n{self.screen()}", seconds=seconds)

    def modes(self) -> list[str]:
        """Give the modes of the terminal in the words of stty(1)."""
        device = self.tmux("display-message", "-p", "#{pane_tty}").strip()
        told = subprocess.run(["stty", "-a", "-F", device], capture_output=True, text=True, check=True, timeout=10)
        return told.stdout.replace(";", " ").split()

    def said(self, name: str) -> str:
        """Give the content of a file in the home, "" if it is not there (yet)."""
        path = self.home / name
        return path.read_text() if path.exists() else ""

    def shell(self) -> int:
        """Give the pid of the shell in the terminal."""
        return int(self.tmux("display-message", "-p", "#{pane_pid}"))

    def close(self) -> None:
        """Close the terminal as its window's cross does: the master's end is closed, nobody is asked."""
        with suppress(AssertionError):
            self.tmux("kill-server")


@contextmanager
def opened(wrapify: Wrapify) -> Iterator[Terminal]:
    """Open a terminal for a test, and close it with all that runs in it."""
    terminal = Terminal(wrapify)
    terminal.start()
    try:
        yield terminal
    finally:
        terminal.close()


def kill(pids: list[int], number: int = signal.SIGKILL) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
