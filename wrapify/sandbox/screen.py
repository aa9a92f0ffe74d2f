"""Touches: the terminal. Shows what a sandbox prints, filtered, without ever waiting for a terminal that is held up."""

from __future__ import annotations

import os
import select

from wrapify.sandbox.plain import is_plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.sandbox.sieve import Sieve

HURRY_MS = 100


class Screen:
    """Write to the terminal at `descriptor`, -1 once it is gone; `backlog` is what it has not taken yet.

    `adds_returns` says that the terminal itself puts a carriage return before each newline, as ours did already;
    `echoes` that what comes next begins with the end of a line, which the terminal has shown already; `hurried` that
    nobody waits for what is left.
    """

    __slots__ = ("_sieve", "_titles", "_utf8", "adds_returns", "backlog", "descriptor", "echoes", "hurried")

    def __init__(self, descriptor: int, *, utf8: bool, titles: bool) -> None:
        self.descriptor = descriptor
        self.adds_returns = self.echoes = self.hurried = False
        self.backlog = b""
        self._utf8 = utf8
        self._titles = titles
        self._sieve: Sieve | None = None

    def show(self, piece: bytes) -> None:
        """Take the next piece of what the sandbox prints, and write what may be shown of it."""
        if self.echoes:
            piece, self.echoes = piece.removeprefix(b"\r\n"), False
        plain = self._sieve is None and is_plain(piece, utf8=self._utf8)
        shown = piece if plain else self._sifting().feed(piece)
        if self.adds_returns:
            shown = shown.replace(b"\r\n", b"\n")
        self.backlog += shown
        self.write()

    def prepare(self) -> None:
        """Load what is needed for more than plain text; it takes a while, so best when nothing else is to do."""
        self._sifting()

    def write(self) -> None:
        """Write what the terminal takes at this moment."""
        while self.backlog and self.descriptor >= 0:
            try:
                self.backlog = self.backlog[os.write(self.descriptor, self.backlog) :]
            except BlockingIOError:
                return
            except OSError:
                self.gone()
        if self.descriptor < 0:
            self.backlog = b""

    def end(self) -> None:
        """Write all that is left, however long the terminal is held up, unless asked to end meanwhile."""
        if self._sieve is not None:
            self.backlog += self._sieve.end()
        self.write()
        self.hurried = False
        poll = select.poll()
        if self.descriptor >= 0:
            poll.register(self.descriptor, select.POLLOUT)
        while self.backlog and not self.hurried:
            poll.poll(HURRY_MS)
            self.write()

    def gone(self) -> None:
        """Show nothing any more."""
        self.descriptor = -1
        self.backlog = b""

    def _sifting(self) -> Sieve:
        if self._sieve is None:
            from wrapify.sandbox.sieve import Sieve

            self._sieve = Sieve(utf8=self._utf8, titles=self._titles)
        return self._sieve
