"""What hooks cost: Enter to output for a typed line, start-up, a pasted sudo to its question. Prints a Markdown table.

Run it with the Python of a venv that has wrapify installed, as root (it then measures as the test user) or as an
ordinary user; SHELLS="bash zsh" measures these alone. Shells without and with the hook take turns in ptys of their own,
and the difference is the median of the differences within one turn: what else the machine does hits both alike. The
null column is the same between two shells without a hook. Times are milliseconds.
"""

from __future__ import annotations

import fcntl
import os
import pty
import pwd
import select
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from contextlib import suppress
from pathlib import Path

import wrapify
from wrapify.shells import HOOKS

TURNS = int(os.environ.get("TURNS", "200"))
TEST_USER = "wrapify-test"
PACKAGE = Path(wrapify.__file__).parent
RC = {
    "bash": ("rc.bash", "PS1='ready> '; HISTFILE=\n{hook}\n", ("--noprofile", "--rcfile", "{home}/rc.bash", "-i")),
    "zsh": (".zshrc", "PS1='ready> '\n{hook}\n", ("-d", "-i")),
    "fish": (
        ".config/fish/config.fish",
        "function fish_greeting; end\nfunction fish_prompt; echo -n 'ready> '; end\n{hook}\n",
        ("-i",),
    ),
}
BARS = {"bash": 0.4, "zsh": 0.6, "fish": 1.0}
STARTUP, QUESTION = 5.0, 150.0
PATIENCE = 20.0


def become_ordinary() -> None:
    if os.getuid() == 0:
        entry = pwd.getpwnam(TEST_USER)
        os.setgroups([])
        os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
        os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
        os.environ["HOME"] = entry.pw_dir
    os.chdir(os.environ["HOME"])


class Session:
    """Hold a shell in a pty, with its hook sourced as a file or without."""

    def __init__(self, name: str, home: Path, *, hooked: bool) -> None:
        rc, text, words = RC[name]
        path = home / rc
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(hook=f". {PACKAGE / 'shell' / HOOKS[name]}" if hooked else ""))
        program = shutil.which(name) or name
        bin_dir = Path(sys.executable).parent
        env = {"HOME": str(home), "PATH": f"{bin_dir}:/usr/bin:/bin", "TERM": "xterm", "LANG": "C.UTF-8"}
        self.seen = b""
        started = time.perf_counter()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
            os.chdir(home)
            os.execve(program, [name, *(word.format(home=home) for word in words)], env)
        self.until(b"ready> ")
        self.start = (time.perf_counter() - started) * 1000
        self.quiet()

    def until(self, text: bytes) -> None:
        """Read until `text` has come since the last call."""
        end = time.monotonic() + PATIENCE
        while text not in self.seen:
            ready, _, _ = select.select([self.terminal], [], [], 1)
            if ready:
                self.seen += os.read(self.terminal, 65536)
            if time.monotonic() > end:
                raise TimeoutError(f"no {text!r} in {self.seen[-500:]!r}")
        self.seen = self.seen.partition(text)[2]

    def quiet(self, seconds: float = 0.03) -> None:
        """Read until nothing has come for as long as that, and forget it."""
        while select.select([self.terminal], [], [], seconds)[0]:
            os.read(self.terminal, 65536)
        self.seen = b""

    def write(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def enter(self, turn: int) -> float:
        """Type a line, wait until it is drawn, and time Enter to its output."""
        self.write(f"printf '%s%s\\n' a{turn} 'z='")
        self.quiet()
        started = time.perf_counter()
        self.write("\r")
        self.until(f"a{turn}z=".encode())
        took = (time.perf_counter() - started) * 1000
        self.until(b"ready> ")
        self.quiet()
        return took

    def ask(self) -> float:
        """Paste a line with sudo and time Enter to the question."""
        self.write("\x1b[200~sudo touch nothing\x1b[201~")
        self.quiet(0.1)
        started = time.perf_counter()
        self.write("\r")
        self.until(b"ancel")
        took = (time.perf_counter() - started) * 1000
        self.quiet(0.1)
        self.write("e")
        self.quiet(0.3)
        self.write("\x03")
        self.quiet(0.1)
        return took

    def close(self) -> None:
        os.close(self.terminal)
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def middle(values: list[float]) -> str:
    return f"{statistics.median(values):.2f}"


def latency(name: str, home: Path) -> tuple[str, float]:
    plain, null, hooked = (Session(name, home, hooked=hooked) for hooked in (False, False, True))
    order = [plain, null, hooked]
    for one in order:
        one.enter(0)
    times: dict[int, list[float]] = {id(one): [] for one in order}
    for turn in range(1, TURNS + 1):
        for one in order[turn % 3 :] + order[: turn % 3]:
            times[id(one)].append(one.enter(turn))
    for one in order:
        one.close()
    base = times[id(plain)]
    extra = [b - a for a, b in zip(base, times[id(hooked)], strict=True)]
    nothing = [b - a for a, b in zip(base, times[id(null)], strict=True)]
    row = f"{middle(base)} | {middle(times[id(hooked)])} | {middle(extra)} | {middle(nothing)}"
    return row, statistics.median(extra)


def startup(name: str, home: Path) -> float:
    extra = []
    for _ in range(max(10, TURNS // 5)):
        took = []
        for hooked in (False, True):
            session = Session(name, home, hooked=hooked)
            took.append(session.start)
            session.close()
        extra.append(took[1] - took[0])
    return statistics.median(extra)


def question(name: str, home: Path) -> float:
    session = Session(name, home, hooked=True)
    times = [session.ask() for _ in range(max(5, TURNS // 10))]
    session.close()
    return statistics.median(times[1:])


def main() -> int:
    become_ordinary()
    missed = []
    print("| shell | Enter, plain | with hook | paired difference | null | start-up added | pasted sudo to question |")
    print("|---|---|---|---|---|---|---|")
    for name in os.environ.get("SHELLS", " ".join(HOOKS)).split():
        if not shutil.which(name):
            print(f"| {name} | not installed | | | | | |")
            continue
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            home = Path(folder)
            row, extra = latency(name, home)
            start, asked = startup(name, home), question(name, home)
        print(f"| {name} | {row} | {start:.2f} | {asked:.0f} |", flush=True)
        for what, value, bar in (
            ("Enter", extra, BARS[name]),
            ("start", start, STARTUP),
            ("question", asked, QUESTION),
        ):
            if value > bar:
                missed.append(f"{name}: {what} {value:.2f} ms, at most {bar}")
    for line in missed:
        print(f"missed: {line}", file=sys.stderr)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
