"""Touches: the terminal. Reads single keys from it, after a program that is not trusted has had it.

What such a program printed may still make the terminal answer, as if somebody typed. So the terminal is asked a
question of ours, and everything before its answer is thrown away; an escape sequence is never taken for a letter.
"""

from __future__ import annotations

import os
import select
import signal
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ANSWER_S = 0.3
"""How long the terminal may take to answer: a connection across the world, and no person."""
SEQUENCE_S = 0.03
RESET = b"\x0f\x1b(B\x1b[0m\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l"
"""The usual letters and colours, a cursor, no reports of the mouse, no bracketed paste."""
QUESTION, ANSWER = b"\x1b[5n", b"\x1b[0n"
NAMED = {"\r": "enter", "\n": "enter", "\x03": "", "\x04": "", "\x1c": ""}
"""What is not its own name; Ctrl-C, Ctrl-D and Ctrl-\\ are ends."""


class Keys:
    """Read keys from the terminal at `descriptor`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def key(self) -> str:
        """Wait for a key: a letter, "enter", "escape", "other", or "" for an end of any kind."""
        first = self._read(None)
        if first != b"\x1b":
            text = first.decode("ascii", "replace")
            return NAMED.get(text, text)
        sequence = first
        while piece := self._read(SEQUENCE_S):
            sequence += piece
        return "escape" if sequence == b"\x1b" else "other"

    def line(self) -> str:
        """Read a line that is typed and shown, "" for an end of any kind."""
        attributes = termios.tcgetattr(self._descriptor)
        attributes[3] |= termios.ECHO | termios.ICANON
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, attributes)
        try:
            return os.read(self._descriptor, 4096).decode("utf-8", "replace").strip()
        finally:
            attributes[3] &= ~(termios.ECHO | termios.ICANON)
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, attributes)

    def forget(self) -> None:
        """Throw away what was typed, or answered by the terminal, before now."""
        termios.tcflush(self._descriptor, termios.TCIFLUSH)
        if os.environ.get("TERM", "dumb") == "dumb":
            return
        os.write(self._descriptor, QUESTION)
        heard, deadline = b"", time.monotonic() + ANSWER_S
        while ANSWER not in heard and (rest := deadline - time.monotonic()) > 0:
            heard = (heard + self._read(rest))[-64:]

    def _read(self, seconds: float | None) -> bytes:
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        return os.read(self._descriptor, 1) if ready else b""


@contextmanager
def opened() -> Iterator[Keys | None]:
    """Open the terminal for reading keys, None if there is none or it belongs to somebody else at the moment.

    Raises OSError or termios.error once it has gone.
    """
    try:
        descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        sane = _sane(termios.tcgetattr(descriptor)) if _is_ours(descriptor) else None
        if sane is None:
            yield None
            return
        try:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, _single(sane))
            if os.environ.get("TERM", "dumb") != "dumb":
                os.write(descriptor, RESET)
            yield Keys(descriptor)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, sane)
    finally:
        os.close(descriptor)


def _is_ours(descriptor: int) -> bool:
    """Tell whether this process may read from the terminal; take it if whoever had it has ended.

    A shell that ran inside cannot give it back: the group that had it before does not exist in its namespace.
    """
    holder = os.tcgetpgrp(descriptor)
    if holder == os.getpgrp():
        return True
    try:
        os.killpg(holder, 0)
    except ProcessLookupError:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGTTOU,))
        os.tcsetpgrp(descriptor, os.getpgrp())
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGTTOU,))
        return True
    except PermissionError:
        pass
    return False


def _sane(before: list[Any]) -> list[Any]:
    """Give the settings as a shell expects them, whatever the program left behind."""
    found = list(before)
    found[0] |= termios.ICRNL
    found[1] |= termios.OPOST | termios.ONLCR
    found[3] |= termios.ECHO | termios.ICANON | termios.ISIG | termios.IEXTEN
    return found


def _single(sane: list[Any]) -> list[Any]:
    """Give the settings in which each key comes at once, is not shown, and interrupts nothing."""
    found = list(sane)
    found[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    return found
