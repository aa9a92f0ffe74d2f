"""Touches: the terminal. Its modes, and whose it is."""

from __future__ import annotations

import errno
import marshal
import os
import select
import termios

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

IFLAG, OFLAG, LFLAG, CC = 0, 1, 3, 6
"""Where termios has what."""
IUTF8 = 0o40000


def open_terminal() -> int:
    """Open the terminal, -1 if there is none. Anew: not to wait for it would hold for all who share a descriptor."""
    shown = next((number for number in (1, 2, 0) if os.isatty(number)), -1)
    for path in (*((f"/proc/self/fd/{shown}",) if shown >= 0 else ()), "/dev/tty"):
        try:
            return os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            continue
    return os.dup(shown) if shown >= 0 else -1  # Another user's, as after su.


class Modes:
    """Hold the user's terminal, at the descriptor `terminal`, and what it was set to before it was made raw.

    `returns` says that it makes newlines of carriage returns even then, for whoever reads what is left.
    """

    __slots__ = ("_before", "_kept", "is_raw", "returns", "terminal")

    def __init__(self, terminal: int) -> None:
        self.terminal = terminal
        self.is_raw = self.returns = False
        self._before = termios.tcgetattr(terminal)
        # Where the keeper finds them, should the launcher be killed.
        self._kept = os.memfd_create("modes")

    def adds_returns(self) -> bool:
        """Tell whether the terminal puts a carriage return before each newline."""
        return not self.is_raw and bool(self._before[OFLAG] & termios.OPOST and self._before[OFLAG] & termios.ONLCR)

    def in_front(self) -> bool:
        """Tell whether this process may use the terminal; one that controls no session anybody may."""
        try:
            return os.tcgetpgrp(self.terminal) == os.getpgrp()
        except OSError as error:
            return error.errno == errno.ENOTTY

    def make_raw(self, *, returns: bool) -> None:
        """Have each key come as it is pressed. Raises termios.error once the terminal is gone."""
        if not self.is_raw:
            self._before = termios.tcgetattr(self.terminal)
            os.pwrite(self._kept, marshal.dumps(self._before), 0)
            self.is_raw = True
        found = raw(self._before)
        found[IFLAG] |= termios.ICRNL * returns
        termios.tcsetattr(self.terminal, termios.TCSANOW, found)
        self.returns = returns

    def follow(self, *, returns: bool) -> None:
        """Make newlines of carriage returns from now on, or no more."""
        if returns != self.returns:
            try:
                self.make_raw(returns=returns)
            except termios.error:
                pass  # It is gone.

    def put_back(self) -> None:
        """Set the terminal to what it was."""
        if self.is_raw and self.in_front():
            try:
                termios.tcsetattr(self.terminal, termios.TCSANOW, self._before)
            except termios.error:
                pass  # It is gone.
        self.forget()

    def forget(self) -> None:
        """Leave the terminal to whoever has it now."""
        self.is_raw = False
        os.ftruncate(self._kept, 0)

    def mend(self) -> None:
        """Set the terminal to what it was, for a launcher that was killed. Any other session may do so."""
        found = os.pread(self._kept, 4096, 0)
        if found:
            termios.tcsetattr(self.terminal, termios.TCSANOW, marshal.loads(found))  # noqa: S302 - from our launcher

    def close(self) -> None:
        """Close the descriptors."""
        os.close(self.terminal)
        os.close(self._kept)


def has_typed(terminal: int) -> bool:
    """Tell whether something was typed that nobody has read yet."""
    poll = select.poll()
    poll.register(terminal, select.POLLIN)
    return any(event & select.POLLIN for _, event in poll.poll(0))


def is_utf8(modes: list[Any]) -> bool:
    """Tell how the terminal reads bytes above 127: by what it says itself, or else by the locale."""
    return bool(modes[IFLAG] & IUTF8) or _utf8_locale()


def raw(modes: list[Any]) -> list[Any]:
    """Give the modes in which a terminal does nothing by itself (cfmakeraw)."""
    found = list(modes)
    found[IFLAG] &= ~(
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR | termios.IGNCR
        | termios.ICRNL | termios.IXON
    )  # fmt: skip
    found[OFLAG] &= ~termios.OPOST
    found[LFLAG] &= ~(termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN)
    found[CC] = list(found[CC])
    found[CC][termios.VMIN], found[CC][termios.VTIME] = 1, 0
    return found


def _utf8_locale() -> bool:
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next((name for name in names if name), "").upper().replace("-", "").endswith("UTF8")
