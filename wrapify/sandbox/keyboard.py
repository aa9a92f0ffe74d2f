"""Touches: the terminal. What was typed at it stays there until something inside waits for it.

What was taken from a terminal cannot be put back, and if the sandbox ends before it has read it, it is lost for the
shell. So a line is taken when something waits for one. Keys are taken one by one, the next when that one has been
read: a pager that is left by `q` then leaves to the shell what was typed after it.
"""

from __future__ import annotations

import fcntl
import os
import sys
import termios
import time

from wrapify.sandbox.modes import has_typed
from wrapify.sandbox.readers import Readers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.sandbox.pair import Pair

PIECE = 4096
FEW = 64
"""Bytes that a person may have typed ahead. What is more was pasted, and goes on as it comes."""
PATIENCE_S, BUSY_S = 0.05, 0.3
"""How long keys wait for a reader that is not seen to wait: one that looks for keys now and then, or a Ctrl-C.

Longer while something inside runs: it may be about to read, or to end, on a busy machine.
"""
SETTLED_S = 0.1
"""How long nothing inside may want keys until the terminal is the shell's again."""


class Keyboard:
    """Hold what the terminal at the descriptor `outer` has for ours, and what ours has not taken yet: `left`.

    `waits` says that something lies there that nobody is ready for; it does so since `_since`.
    """

    __slots__ = ("_begun", "_glances", "_readers", "_settled", "_since", "left", "outer", "waits")

    def __init__(self, outer: int, ours: Pair, *, keeper: int) -> None:
        self.outer = outer
        self.left = b""
        self.waits = self._begun = self._glances = False
        self._since = self._settled = 0.0
        self._readers = Readers(keeper, ours.slave)

    def heard(self) -> None:
        """Note that something was typed."""
        self.waits, self._since = True, time.monotonic()

    def is_awaited(self) -> bool:
        """Tell whether a line was typed and something waits for it."""
        self.waits = has_typed(self.outer)
        return self.waits and self._readers.wait()

    def line(self) -> bytes | None:
        """Give a line that was typed, edited and shown already (b"": the end of what is typed), None if it is gone."""
        try:
            return os.read(self.outer, PIECE)
        except OSError:
            return None  # Somebody else has read it, or the terminal is gone: then the next look finds that.

    def has_readers(self) -> bool:
        """Tell whether anything of the command still runs."""
        return self._readers.live()

    def settled(self, *, needed: bool) -> bool:
        """Tell whether nothing inside has needed keys for a while, or is in the middle of a line."""
        now = time.monotonic()
        if needed:
            self._settled, self._begun = 0.0, False
        elif not self._settled:
            self._settled = now
        return bool(self._settled) and now - self._settled > SETTLED_S and not self._begun and not self.left

    def take(self, *, needed: bool) -> bool:
        """Take the next keys if it is time to, and tell whether."""
        if not self.waits or self.left:
            return False
        if self._readers.wait():
            self.left, self._glances = self._next(), False
        elif needed and self._is_late() and self.has_readers():
            self.left, self._glances = self._read(PIECE), True
        else:
            return False
        self.waits = False
        self._begun = not needed and self.left[-1:] not in (b"\r", b"\n")
        return True

    def _is_late(self) -> bool:
        """Tell whether the keys have waited for long enough: no time at all for what has let others lie before."""
        waited = time.monotonic() - self._since
        return self._glances or waited > BUSY_S or (waited > PATIENCE_S and not self._readers.run())

    def type(self, ours: Pair) -> None:
        """Type what was taken, as far as ours takes it at this moment."""
        if self.left:
            self.left = ours.type(self.left)

    def _next(self) -> bytes:
        """Give one key, or all that is there if it was pasted or a key is more than one byte."""
        try:
            count = int.from_bytes(fcntl.ioctl(self.outer, termios.FIONREAD, bytes(4)), sys.byteorder)
        except OSError:
            return b""
        key = self._read(1 if count <= FEW else PIECE)
        return key if count > FEW or (key < b"\x80" and key != b"\x1b") else key + self._read(PIECE)

    def _read(self, size: int) -> bytes:
        """Read what there is at this moment. That the terminal is gone is seen elsewhere."""
        try:
            return os.read(self.outer, size)
        except OSError:
            return b""
