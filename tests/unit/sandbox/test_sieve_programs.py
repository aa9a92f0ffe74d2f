"""What real programs draw, recorded in a pty as they run, passes byte for byte."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import need
from wrapify.sandbox.sieve import Sieve

# Each program with the keys that drive it: what must be on the screen first, then what is typed.
PROGRAMS = {
    "vim": (
        ["vim", "-u", "NONE", "-N", "text"],
        [(b"line 1", b":syntax on\r"), (b"syntax", b"GoNEW\x1b"), (b"NEW", b":q!\r")],
    ),
    "less": (["less", "text"], [(b"line 1", b"/line 77\r"), (b"line 77", b"q")]),
    "htop": (["htop"], [(b"PID", b"\x1b[B"), (b"\x1b", b"q")]),
    "git": (["git", "--no-pager", "log", "--color", "--graph", "--stat", "-p"], []),
    "fzf": (["sh", "-c", "seq 100 | fzf"], [(b"100/100", b"77"), (b"1/100", b"\r")]),
    "tmux": (
        ["tmux", "-S", "socket", "-f", "/dev/null", "new-session", "PS1='# ' sh"],
        [(b"# ", b"ls\r"), (b"text", b"exit\r")],
    ),
}
SECONDS = 10


def recorded(words: list[str], keys: list[tuple[bytes, bytes]], *, cwd: Path, term: str) -> bytes:
    """Run a program in a terminal of 80 columns that answers nothing, press the keys, and give what it wrote."""
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        home = {"HOME": str(cwd), "TERM": term, "LANG": "C.UTF-8", "PATH": os.environ["PATH"], "PS1": "$ "}
        os.execvpe(words[0], words, home)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    os.kill(pid, signal.SIGWINCH)
    said, since, waiting, end = b"", 0, list(keys), time.monotonic() + SECONDS
    while time.monotonic() < end:
        if not select.select([master], [], [], 0.2)[0]:
            continue
        try:
            said += os.read(master, 65536)
        except OSError:
            break
        if waiting and waiting[0][0] in said[since:]:
            since = len(said)
            os.write(master, waiting.pop(0)[1])
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(master)
    assert not waiting, (waiting, said[-2000:])
    return said


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("screen")
    text = "".join(f"line {number} ünïcödé 漢字 «°»\n" for number in range(1, 201))
    (folder / "text").write_text(text)
    env = {"HOME": str(folder), "PATH": os.environ["PATH"]}
    git = [need("git"), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "text"], ["commit", "-q", "-m", "first é"]):
        subprocess.run([*git, *words], cwd=folder, env=env, check=True)
    (folder / "text").write_text(text.replace("line 7 ", "row 7 "))
    subprocess.run([*git, "commit", "-q", "-a", "-m", "second"], cwd=folder, env=env, check=True)
    return folder


@pytest.mark.parametrize("term", ["xterm-256color", "screen-256color", "linux"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_passes_byte_for_byte(place: Path, name: str, term: str) -> None:
    need(name)
    words, keys = PROGRAMS[name]
    said = recorded(words, keys, cwd=place, term=term)
    assert said.count(b"\x1b") > 10
    sieve = Sieve()
    passed = b"".join(sieve.feed(said[at : at + 100]) for at in range(0, len(said), 100)) + sieve.end()
    assert passed == said
