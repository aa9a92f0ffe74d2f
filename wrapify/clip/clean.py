"""Pure. What is hidden in a text, counted by the rules that speak of it, and the text without it."""

from __future__ import annotations

import re

from wrapify.analysis import sequences
from wrapify.analysis.signs import BLANKS, CR, ESC, UNSEEN, ordinary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NO_TEXT = "invalid-utf8"
RETURN = "carriage-return"
ROUNDS = 10
"""How often a text is gone over; who needs more has made it so, and loses all that is unseen."""
BYTES = ("\udc80", "\udcff")
"""Bytes that are no UTF-8, as `surrogateescape` decodes them."""


def _unusual() -> re.Pattern[str]:
    return re.compile(f"[{re.escape(CR + ''.join(UNSEEN))}{BYTES[0]}-{BYTES[1]}]")


UNUSUAL = _unusual()
"""What may be hidden, as far as one character tells."""


class Hidden:
    """Hold one thing that is hidden in a text: where it is, the rule that speaks of it, what stands in its place."""

    __slots__ = ("end", "instead", "rule", "start")

    def __init__(self, start: int, end: int, *, rule: str, instead: str = "") -> None:
        self.start = start
        self.end = end
        self.rule = rule
        self.instead = instead


def hidden(text: str, *, strictly: bool = False) -> Iterator[Hidden]:
    """Find what is not seen in a text that was decoded with `surrogateescape`, in its order.

    What a language or an emoji needs where it stands is none of it unless `strictly`, nor is the return of a line end
    of DOS.
    """
    done = 0
    for found in UNUSUAL.finditer(text):
        one = _one(text, found.start(), strictly=strictly) if found.start() >= done else None
        if one:
            done = one.end
            yield one


def _one(text: str, at: int, *, strictly: bool) -> Hidden | None:
    char = text[at]
    if char == CR:
        is_end = text[at + 1 : at + 2] == "\n"
        return None if is_end else Hidden(at, at + 1, rule=RETURN, instead="\n")
    if char not in UNSEEN:
        return Hidden(at, at + 1, rule=NO_TEXT)
    if char == ESC or char in sequences.INTRODUCERS:
        found = sequences.sequence(text, at)
        return Hidden(at, found.end, rule=found.rule)
    if not strictly and ordinary(text, at):
        return None
    return Hidden(at, at + 1, rule=UNSEEN[char], instead=" " if char in BLANKS else "")


def counts(text: str) -> dict[str, int]:
    """Count what is hidden in a text, by rule, the most frequent first."""
    found: dict[str, int] = {}
    for one in hidden(text):
        found[one.rule] = found.get(one.rule, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def cleaned(text: str) -> str:
    """Give a text without what is hidden in it; line ends of DOS become plain ones.

    What belonged where it stood may not do so any more when its neighbours have gone, and what was removed may have
    kept the parts of an escape sequence apart. So it is gone over until nothing is found.
    """
    text = text.replace("\r\n", "\n")
    left = ROUNDS
    while found := list(hidden(text, strictly=not left)):
        left = max(left - 1, 0)
        pieces, done = [], 0
        for one in found:
            pieces += [text[done : one.start], one.instead]
            done = one.end
        text = "".join((*pieces, text[done:])).replace("\r\n", "\n")
    return text


def is_text(content: bytes) -> bool:
    """Tell whether bytes are meant to be read: with few that are no UTF-8, and hardly a NUL."""
    text = content.decode("utf-8", "surrogateescape")
    odd = text.count("\0") + sum(BYTES[0] <= char <= BYTES[1] for char in text)
    return odd * 10 <= len(text)
