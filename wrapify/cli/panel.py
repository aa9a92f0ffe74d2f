"""Touches: the terminal. Draws lines below the cursor and takes them away again; turns the pages of a long text."""

from __future__ import annotations

import os

from wrapify.cli import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wrapify.cli.terminal import Terminal

CUT, UNCUT = "\x1b[?7l", "\x1b[?7h"
"""Lines that are too long end at the edge, so that each takes one row whatever a terminal thinks of its characters."""
PAGES, NO_PAGES = "\x1b[?1049h\x1b[H", "\x1b[?1049l"
BACK = ("b", "p")


class Panel:
    """Draw lines on a terminal whose cursor is in the first column of an empty row, and know how to take them away."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._drawn = 0
        self._below = 0
        self._is_plain = os.environ.get("TERM", "dumb") == "dumb"

    @property
    def is_hasty(self) -> bool:
        """Tell whether the last key may have been on its way before there was a question."""
        return self._terminal.is_hasty

    @property
    def width(self) -> int:
        """Give the columns to write in."""
        return max(self._terminal.size()[0] - 1, 10)

    @property
    def height(self) -> int:
        """Give the rows that a panel may have, so that none of it leaves the screen."""
        return max(self._terminal.size()[1] - 1, 3)

    def go_down(self, rows: int) -> None:
        """Stand so many rows below the cursor, wherever that is in its row; what is kept there is there for good."""
        self._below = rows
        render.out("\r\n" * rows)

    def go_back(self) -> None:
        """Take everything away and go back to the row of the beginning, unless something was kept below it."""
        self.erase()
        if self._below:
            render.out(f"\x1b[{self._below}A")

    def keep(self, line: str) -> None:
        """Write a line that stays."""
        self.erase()
        self._below = 0
        render.out(f"{line}\r\n")

    def draw(self, lines: Sequence[str]) -> None:
        """Put lines in the place of those that are there; the last ones if they are too many."""
        self.erase()
        shown = lines[-self.height :]
        self._drawn = len(shown)
        if self._is_plain:
            render.out("\r\n".join(shown) + " ")
        else:
            render.out(CUT + "\r\n".join(shown) + " " + UNCUT)

    def erase(self) -> None:
        """Take away what was drawn. Where a terminal cannot, go on below it."""
        if not self._drawn:
            return
        # A terminal that became narrower meanwhile may have wrapped the lines, or cut them. Too few rows are better
        # than too many: above are those of somebody else.
        up = f"\x1b[{self._drawn - 1}A" if self._drawn > 1 else ""
        self._drawn = 0
        render.out("\r\n" if self._is_plain else f"\r{up}\x1b[J")

    def turn(self, lines: Sequence[str], *, keys: str) -> None:
        """Show a long text page by page on a screen of its own, until the reader goes back. Raises Gone."""
        self.erase()
        first = 0
        render.out("" if self._is_plain else PAGES)
        try:
            while first < len(lines):
                page = self.height
                last = min(first + page, len(lines))
                about = f"lines {first + 1} to {last} of {len(lines)}   {keys}"
                body = "\r\n".join([*lines[first:last], render.styled(about, render.DIM, on=1)])
                render.out(f"{body}\r\n" if self._is_plain else f"{CUT}\x1b[H\x1b[J{body} {UNCUT}")
                key = self._terminal.key()
                if key in ("q", "escape", "end"):
                    return
                if key in BACK:
                    first = max(first - page, 0)
                elif key in (" ", "enter"):
                    first += page
        finally:
            render.out("" if self._is_plain else NO_PAGES)
