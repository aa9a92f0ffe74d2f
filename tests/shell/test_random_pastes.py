"""Random pastes of printable, UTF-8 and control bytes: the shell with the hook has what the shell without it has.

Whatever is in a paste, nothing runs before a person presses a key. WRAPIFY_PASTES is how many are tried.
"""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import random
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import FILES, GUARDED, RC, START, Name

pytestmark = pytest.mark.shell
COUNT = int(os.environ.get("WRAPIFY_PASTES") or 60)
DUMP = {
    "bash": r"""bind -x '"\C-x\C-d": printf "%s\0END" "$READLINE_LINE" >~/dump'""",
    "zsh": "dump() { printf '%s\\0END' \"$BUFFER\" >~/dump }; zle -N dump; bindkey '^X^D' dump",
    "fish": "bind \\cx\\cd 'begin; commandline -b; printf \"\\0END\"; end >~/dump'",
}
START_OF_PASTE, END_OF_PASTE, INTERRUPT, DUMP_KEY = b"\x1b[200~", b"\x1b[201~", b"\x03", b"\x18\x04"
# Not those that the terminal itself acts on: a terminal's own paste leaves them out.
CONTROLS = "".join(
    map(chr, {*range(1, 32), 127} - {0x03, 0x04, 0x11, 0x13, 0x16, 0x17, 0x0F, 0x12, 0x15, 0x1A, 0x1C, 0x7F})
)
PRINTABLE = "abc XYZ 019 '\"\\$`!#~*?[](){}<>|&;=%^,.:/-_@+\n\n\r\t"
WIDE = "éß√漢字🙂\u0301\u202e\u200b\u00a0"


class Pty:
    """Hold a shell at a terminal of its own that is read all the time."""

    def __init__(self, wrapify: Wrapify, name: str, *, hooked: bool) -> None:
        rc = RC[name] if hooked else "\n".join(line for line in RC[name].splitlines() if "wrapify init" not in line)
        wrapify.put(FILES[name], rc.format(before="", after=DUMP[name]))
        self.home = wrapify.home
        self.name = name
        self.seen = b""
        self.master, slave = os.openpty()
        environment = wrapify.environment(PATH=f"{wrapify.program.parent}:{wrapify.environment()['PATH']}")
        self.process = subprocess.Popen(
            START[name].split(), stdin=slave, stdout=slave, stderr=slave, cwd=self.home, env=environment,
            start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **wrapify.user.drop,
        )  # fmt: skip
        os.close(slave)
        threading.Thread(target=self._read, daemon=True).start()
        self.fresh(0)

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while piece := os.read(self.master, 65536):
                self.seen += piece

    def send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self.master, data) :]

    def fresh(self, since: int) -> None:
        """Wait until a prompt was drawn since `since` bytes of output."""
        until(lambda: b"ready>" in self.seen[since:], lambda: repr(self.seen[since:][-600:]))

    def dump(self) -> Path:
        return self.home / "dump"

    def dumped(self) -> bool:
        return self.dump().exists() and self.dump().read_bytes().endswith(b"\0END")

    def clear(self) -> None:
        """Drop the line, and wait for the next prompt."""
        since = len(self.seen)
        # One that comes while the key that writes the file is still at work may only end that.
        for _ in range(20):
            self.send(INTERRUPT)
            with contextlib.suppress(AssertionError):
                until(lambda: b"ready>" in self.seen[since:], seconds=1)
                break
        self.fresh(since)
        with contextlib.suppress(FileNotFoundError):
            self.dump().unlink()

    def received(self, text: bytes) -> bytes:
        """Give what the editor holds after a paste."""
        self.send(START_OF_PASTE + text + END_OF_PASTE + DUMP_KEY)
        until(self.dumped, lambda: f"the line in {self.seen[-600:]!r}")
        return self.dump().read_bytes()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def came(shell: Pty, since: int) -> bool:
    """Tell whether the question is there. fish adds a line to a text that is not complete, and asks nothing yet."""
    return b"]un here" in shell.seen[since:] or (shell.name.startswith("fish") and b"[201~" in shell.seen[since:])


def pause() -> None:
    """Let as much time pass as there is between two keys of a fast person."""
    began = time.monotonic()
    until(lambda: time.monotonic() - began > 0.15)


@pytest.fixture(params=[name for name in GUARDED if isinstance(name, Name)])
def pair(request: pytest.FixtureRequest, wrapify: Wrapify, make_home: object) -> Iterator[tuple[Pty, Pty]]:
    """Give one shell with the hook and one without."""
    need(request.param)
    plain_home = make_home()  # type: ignore[operator]
    plain = Pty(Wrapify(wrapify.program, wrapify.user, plain_home), request.param, hooked=False)
    hooked = Pty(wrapify, request.param, hooked=True)
    try:
        yield hooked, plain
    finally:
        hooked.close()
        plain.close()


def random_text(source: random.Random) -> str:
    kinds = [PRINTABLE, PRINTABLE, WIDE, CONTROLS] if source.random() < 0.5 else [PRINTABLE, WIDE]
    pieces = (source.choice(source.choice(kinds)) for _ in range(source.randrange(1, 60)))
    return "touch early\r" * source.randrange(2) + "".join(pieces)


def test_what_the_editor_holds_is_the_same_with_and_without_the_hook(pair: tuple[Pty, Pty]) -> None:
    hooked, plain = pair
    source = random.Random(6)
    for _ in range(COUNT):
        text = random_text(source).encode()
        if source.random() < 0.1:
            text += source.randbytes(8).translate(None, bytes(range(32)) + b"\x7f")
        assert hooked.received(text) == plain.received(text), text
        for one in pair:
            one.clear()
        assert not (hooked.home / "early").exists(), text


def test_what_follows_the_end_of_a_paste_runs_nothing(pair: tuple[Pty, Pty]) -> None:
    hooked, _ = pair
    source = random.Random(7)
    for _ in range(COUNT // 4):
        since = len(hooked.seen)
        text = random_text(source).replace("\x1b", "").replace("#", "").encode()
        hooked.send(START_OF_PASTE + text + END_OF_PASTE + b"\rtouch early\r" + END_OF_PASTE)
        asked = functools.partial(came, hooked, since)
        until(asked, lambda: repr(hooked.seen[-900:]))
        # A key counts when it comes alone.
        pause()
        hooked.send(b"e")
        pause()
        hooked.clear()
        assert not (hooked.home / "early").exists(), text
