"""Pure. Carriage returns: what a terminal draws over what stands before."""

from __future__ import annotations

from wrapify.analysis.hits import Hit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LOOKED_AT = 10_000


def hits(text: str) -> Iterator[Hit]:
    """Judge each CR that is no part of a line end and not at the end of the text."""
    if "\r" not in text.replace("\r\n", "\n"):
        return
    at = 0
    for line in text.split("\n"):
        if "\r" in line:
            yield from _in_line(line.rstrip("\r"), at)
        at += len(line) + 1


def _in_line(line: str, at: int) -> Iterator[Hit]:
    """Compare each piece with what it is drawn over: as long as that or longer, it hides it.

    Else a part of it stays to be seen, as where an old Mac ended its lines.
    """
    seen = 0
    for number, piece in enumerate(line.split("\r")):
        if seen and piece:
            yield Hit(_rule(piece, covers=len(piece) >= seen), at - 1, end=at)
        seen = len(piece) or seen
        at += len(piece) + 1
        if number == MOST_LOOKED_AT:
            yield Hit("carriage-return", at - 1, end=at - 1)
            return


def _rule(piece: str, *, covers: bool) -> str:
    if piece[:40].lstrip().startswith("#"):
        return "decoy-comment"
    return "carriage-return" if covers else "stray-return"
