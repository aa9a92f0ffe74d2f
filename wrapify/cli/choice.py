"""Touches: the terminal. What is to be done with the text of a clipboard: the text, what it would do, and one key."""

from __future__ import annotations

from wrapify.cli import contents, render, verdict
from wrapify.cli.panel import Panel
from wrapify.cli.question import MOST, PAGES, ROOT, WIDEST, bold
from wrapify.cli.terminal import Gone, Terminal
from wrapify.cli.whole import rows
from wrapify.clip import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.model import Report
    from wrapify.policy.decide import Decision

__all__ = ("Choice", "Gone")

MOST_ROWS, FEWEST_ROWS = 12, 2
NOTHING = "Nothing was found in it, which proves nothing"
KEYS = {
    "s": "[Enter/s] sandbox",
    "v": "[v]iew",
    "r": "[r]un here",
    "k": "[k] copy cleaned",
    "c": "[c]ancel",
}


class Choice:
    """Hold the question about one text. `how` is how its page differs from it, `head` what it is called."""

    def __init__(self, report: Report, decision: Decision, *, how: str, head: str) -> None:
        self._report = report
        self._decision = decision
        self._how = how
        self._head = head
        text = contents.decoded(report.content)
        self._is_dirty = clean.is_text(report.content) and ("\r" in text or any(True for _ in clean.hidden(text)))

    def put(self) -> str:
        """Ask, and give the key that was pressed: one of `KEYS` but "v". Raises Gone or OSError."""
        with Terminal() as terminal:
            terminal.drained()
            panel = Panel(terminal)
            try:
                while True:
                    panel.draw(list(self._lines(panel)))
                    terminal.shown()
                    if key := self._taken(terminal.key(), panel):
                        return key
            finally:
                panel.erase()

    def _taken(self, pressed: str, panel: Panel) -> str:
        """Take one key, "" if it is no answer. Raises Gone."""
        key = {"enter": "s", "escape": "c", "end": "c"}.get(pressed, pressed)
        if key not in self._keys() or (key == "r" and panel.is_hasty):
            return ""
        if key == "v":
            panel.turn(rows(self._report, panel.width), keys=PAGES)
            return ""
        return key

    def _keys(self) -> list[str]:
        """Give the keys that are offered."""
        unwanted = {"r"} if self._decision.action in ("sandbox", "block") else set()
        unwanted |= set() if self._is_dirty else {"k"}
        return [key for key in KEYS if key not in unwanted]

    def _lines(self, panel: Panel) -> Iterator[str]:
        width = panel.width
        below = [*self._verdict(min(width, WIDEST)), *self._foot(width)]
        yield render.styled(verdict.fitted(self._head, width), render.BOLD, on=1)
        text = rows(self._report, width)
        room = max(min(panel.height - len(below) - 2, MOST_ROWS), FEWEST_ROWS)
        yield from text[:room]
        if len(text) > room:
            yield render.styled(
                verdict.fitted(f"and {len(text) - room} more rows: v shows all", width), render.DIM, on=1
            )
        yield from below

    def _verdict(self, width: int) -> Iterator[str]:
        decision = self._decision
        if self._how in contents.DIFFERENT:
            for line in verdict.wrapped(f"{contents.DIFFERENT[self._how].rstrip(':')}.".split(), width):
                yield render.styled(line, render.RED, on=1)
        plain = decision.action == "allow" and not self._report.findings
        head = verdict.fitted(NOTHING if plain else verdict.headline(decision), width)
        by = "" if plain else verdict.fitted(f" ({decision.decided_by})", width - len(head))
        yield render.styled(head, render.BOLD, on=1) + render.styled(by, render.DIM, on=1)
        yield from verdict.findings(self._report, columns=width, most=MOST, advising=False)
        if (more := len(self._report.findings) - MOST) > 0:
            yield render.styled(f"and {more} more: v marks them all", render.DIM, on=1)

    def _foot(self, width: int) -> Iterator[str]:
        if "needs-root" in self._report.facts:
            yield from (render.styled(line, render.DIM, on=1) for line in verdict.wrapped(ROOT.split(), width))
        yield from map(bold, verdict.wrapped([KEYS[key] for key in self._keys()], width, between="  "))
