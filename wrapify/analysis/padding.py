"""Pure. Text that is out of sight: behind many blanks, or below many empty lines."""

from __future__ import annotations

from wrapify.analysis.hits import Hit
from wrapify.analysis.signs import BLANKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WIDE, TAB, HIGH = 100, 8, 30  # columns of blanks, columns of a tab, empty lines: more than one sees at once


def run_end(text: str, start: int, *, of: str) -> int:
    """Find where a run of the characters `of` that begins at `start` ends, in time of its length alone."""
    step = 64
    while True:
        piece = text[start : start + step]
        rest = piece.lstrip(of)
        if rest or len(piece) < step:
            return start + len(piece) - len(rest)
        start, step = start + step, step * 2


def hits(text: str, chars: set[str]) -> Iterator[Hit]:
    """Find what is pushed out of sight. `chars` are those of the text."""
    flat = text.replace("\t", " ")
    for blank in chars & BLANKS:
        flat = flat.replace(blank, " ")
    yield from _pushed_aside(text, flat)
    yield from _pushed_down(flat)


def _pushed_aside(text: str, flat: str) -> Iterator[Hit]:
    probe = " " * (WIDE // TAB + 1 if "\t" in text else WIDE)
    at = flat.find(probe)
    while at >= 0:
        end = run_end(flat, at, of=" ")
        columns = end - at + (TAB - 1) * text.count("\t", at, end)
        if columns >= WIDE and flat[end : end + 1] not in {"", "\n", "\r"}:
            yield Hit("pushed-aside", at, end=end, what=str(columns))
        at = flat.find(probe, end)


def _pushed_down(flat: str) -> Iterator[Hit]:
    if flat.count("\n") < HIGH:
        return
    at = start = empty = 0
    for line in flat.split("\n"):
        if line and not line.isspace():
            if empty >= HIGH and start > 0:
                yield Hit("pushed-down", start, end=at, what=str(empty))
            empty = 0
        else:
            start, empty = (start, empty + 1) if empty else (at, 1)
        at += len(line) + 1
