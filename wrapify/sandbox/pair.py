"""Touches: descriptors. A terminal of ours, both ends of it: the sandbox has one, the launcher the other."""

from __future__ import annotations

import fcntl
import os
import termios

from wrapify.sandbox.modes import CC, IFLAG, LFLAG, has_typed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PIECE, PIECES = 4096, 8


class Pair:
    """Hold `slave`, the end that is a terminal for the sandbox, and `master`, -1 once it is closed."""

    __slots__ = ("_given", "master", "slave")

    def __init__(self) -> None:
        self.master, self.slave = os.openpty()
        os.set_blocking(self.master, False)
        self._given = termios.tcgetattr(self.slave)

    def adopt(self, found: list[Any]) -> None:
        """Set it to the modes of another, as which the sandbox finds it."""
        termios.tcsetattr(self.slave, termios.TCSANOW, found)
        self._given = termios.tcgetattr(self.slave)

    def is_as_given(self) -> bool:
        """Tell whether nobody inside has set a mode."""
        return bool(termios.tcgetattr(self.slave) == self._given)

    def turns_returns(self) -> bool:
        """Tell whether a carriage return that is typed is a newline for who reads it."""
        return bool(termios.tcgetattr(self.slave)[IFLAG] & termios.ICRNL)

    def eof(self) -> bytes:
        """Give the key that ends what is typed."""
        return bytes(self._given[CC][termios.VEOF])

    def size_like(self, other: int) -> None:
        """Give it the size of another; the kernel tells those in front of it if it is a new one."""
        try:
            fcntl.ioctl(self.slave, termios.TIOCSWINSZ, fcntl.ioctl(other, termios.TIOCGWINSZ, bytes(8)))
        except OSError:
            pass  # One of them is gone.

    def read(self) -> bytes:
        """Give a good piece of what was printed and not read yet, b"" if there is nothing."""
        pieces: list[bytes] = []
        try:
            # The kernel gives a page at a time. A line's end is not torn: its two bytes may be to be one.
            while self.master >= 0 and (len(pieces) < PIECES or pieces[-1].endswith(b"\r")):
                pieces.append(os.read(self.master, PIECE))
        except OSError:
            pass  # There is no more at this moment, or nobody holds the other end.
        return b"".join(pieces)

    def type(self, keys: bytes) -> bytes:
        """Type keys and give those that it does not take at this moment."""
        try:
            return keys[os.write(self.master, keys) :]
        except BlockingIOError:
            return keys
        except OSError:
            return b""

    def type_line(self, line: bytes) -> bool:
        """Type a line that was shown already, and tell whether its end, and nothing else of it, is shown once more.

        What reads it may set a mode at once, and must find the usual ones: so they are back before the line ends.
        """
        found = termios.tcgetattr(self.slave)
        if line.endswith(b"\r") and found[IFLAG] & termios.ICRNL:
            line = line[:-1] + b"\n"  # It was typed while a line editor had the terminal.
        if not line.endswith(b"\n"):
            line += self.eof()
        quiet = list(found)
        quiet[LFLAG] &= ~(termios.ECHO | termios.ISIG)
        termios.tcsetattr(self.slave, termios.TCSANOW, quiet)
        self.type(line[:-1])
        has_typed(self.slave)  # The kernel takes in what was typed before it answers.
        termios.tcsetattr(self.slave, termios.TCSANOW, found)
        self.type(line[-1:])
        return bool(found[LFLAG] & termios.ECHO) and line.endswith(b"\n")

    def hang_up(self) -> None:
        """Take it away: who is inside hears of it as of the end of any terminal."""
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def close(self) -> None:
        """Close both ends."""
        self.hang_up()
        os.close(self.slave)
