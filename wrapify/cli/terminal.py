"""Touches: the terminal, signals. Owns the terminal while a question is asked, and gives it back as it was.

A key counts only if it comes alone: what a paste, a program, or a finger that was on its way already leaves in the
terminal answers nothing.
"""

from __future__ import annotations

import _signal
import os
import select
import termios
import time

from wrapify.pasted import Marks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self

ALONE_S = 0.03
"""What comes within this time of a byte belongs to it. A person has no next key so soon, a sequence its next byte."""
BEHIND_S = 0.08
"""What comes so soon after a burst, or after the question is there, belongs to what came before: nobody is so quick."""
HASTY_S = 0.5
"""For so long after keys that were pressed before the question, one that runs something here may be one of them."""
PIECE = 1 << 16
MOST = 1 << 12
ENDING = (_signal.SIGHUP, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTERM)
WAKING = (*ENDING, _signal.SIGCONT)
STOPPING = (_signal.SIGTTIN, _signal.SIGTTOU, _signal.SIGTSTP)
"""Ignored: a terminal that is somebody else's is an error here, and no reason to stop."""
NAMED = {b"\r": "enter", b"\n": "enter", b"\x1b": "escape", b"\x03": "end", b"\x04": "end", b"\x1c": "end"}
LEAVING = ("escape", "end")


class Gone(Exception):
    """Report that nothing can be asked any more: the terminal is gone, or a signal ends the question."""


class Terminal:
    """Own the terminal. A `with` block holds it; `Gone` or OSError where there is none to be had."""

    def __init__(self) -> None:
        self._descriptor = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        self._found: list[Any] = []
        self._holder = 0
        self._handlers: dict[int, Any] = {}
        self._quiet = self._hasty = 0.0
        self._pastes = Marks()

    def __enter__(self) -> Self:
        self._woken, self._wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        _signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in WAKING:
            self._handlers[number] = _signal.signal(number, _nothing)
        for number in STOPPING:
            self._handlers[number] = _signal.signal(number, _signal.SIG_IGN)
        try:
            self._take()
        except (OSError, Gone):
            self._give_back()
            raise
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._give_back()

    def _take(self) -> None:
        """Come to the foreground, and have each key at once, as it is, without its letter being shown."""
        try:
            if (holder := os.tcgetpgrp(self._descriptor)) != os.getpgrp():
                os.tcsetpgrp(self._descriptor, os.getpgrp())
                self._holder = holder
            self._found = termios.tcgetattr(self._descriptor)
            self._set_single()
        except termios.error as error:
            raise Gone(str(error)) from error
        # What is printed is to appear on the terminal, wherever the standard output leads.
        os.dup2(self._descriptor, 1)

    def _set_single(self) -> None:
        wanted = [*self._found[:6], list(self._found[6])]
        wanted[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.ISTRIP)
        wanted[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
        wanted[6][termios.VMIN], wanted[6][termios.VTIME] = 1, 0
        termios.tcsetattr(self._descriptor, termios.TCSANOW, wanted)

    def _give_back(self) -> None:
        """Leave the terminal as it was found; the signals come last, so that none of them comes in between."""
        try:
            if self._found:
                termios.tcsetattr(self._descriptor, termios.TCSANOW, self._found)
            if self._holder:
                os.tcsetpgrp(self._descriptor, self._holder)
        except (OSError, termios.error):
            pass  # It is gone, and nobody is there who would miss it.
        for number, handler in self._handlers.items():
            _signal.signal(number, handler)
        _signal.set_wakeup_fd(-1)
        for descriptor in (self._woken, self._wake, self._descriptor):
            os.close(descriptor)

    def size(self) -> tuple[int, int]:
        """Give the columns and rows of the terminal."""
        try:
            found = os.get_terminal_size(self._descriptor)
        except OSError:
            return 80, 24
        return found.columns or 80, found.lines or 24

    def drained(self) -> bytes:
        """Read what was typed, or came with a paste, before the question; the last of it if it is very much."""
        heard = piece = self._read(0)
        while piece:
            piece = self._read(ALONE_S)
            heard = (heard + piece)[-MOST:]
        self._hasty = time.monotonic() + HASTY_S if heard else 0.0
        return heard

    def shown(self) -> None:
        """Know that a question has just been shown: nobody has read it yet."""
        self._quiet = time.monotonic() + BEHIND_S

    @property
    def is_hasty(self) -> bool:
        """Tell whether the last key may have been on its way before there was a question."""
        return time.monotonic() < self._hasty

    def key(self) -> str:
        """Wait for a key that comes alone: a character, "enter", "escape" or "end" (Ctrl-C, Ctrl-D). Raises Gone."""
        while True:
            if not (piece := self._read(None)):
                continue
            came = time.monotonic()
            name = self._name(piece)
            if name in LEAVING or (name and came >= self._quiet):
                return name
            self._quiet = time.monotonic() + BEHIND_S

    def _name(self, piece: bytes) -> str:
        """Read the rest of a burst, and give the name of the key if it is one that stands alone, else ""."""
        is_alone, is_pasted = len(piece) == 1, self._pastes.is_open
        name = NAMED.get(piece) or piece.decode("ascii", "replace")
        while piece:
            self._pastes.follow(piece)
            if piece := self._read(ALONE_S):
                is_alone = False
        return name if is_alone and (name in LEAVING or not is_pasted) else ""

    def _read(self, seconds: float | None) -> bytes:
        """Read what is there, b"" if nothing comes within the time, or a signal does. Raises Gone."""
        ready, _, _ = select.select([self._descriptor, self._woken], [], [], seconds)
        if self._woken in ready:
            numbers = os.read(self._woken, PIECE)
            if any(number in ENDING for number in numbers):
                raise Gone("a signal came")
            if _signal.SIGCONT in numbers:
                # Whoever stopped it may have given the terminal to somebody else meanwhile. `timeout` sends one as well
                # when its time is over: what a burst is must not depend on it.
                self._set_single()
            return self._read(seconds)
        if not ready:
            return b""
        try:
            piece = os.read(self._descriptor, PIECE)
        except OSError as error:
            raise Gone("the terminal is gone") from error
        if not piece:
            raise Gone("the terminal is gone")
        return piece


def _nothing(number: int, frame: object) -> None:
    """Let a signal only wake what waits."""
