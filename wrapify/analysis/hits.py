"""Pure. From places in a text, counted in characters, to findings with spans in bytes."""

from __future__ import annotations

from wrapify.analysis.model import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MOST = 100  # findings of one rule in a text: nobody reads the next one


class Rule:
    """Hold what a rule says: its severity, one sentence why (`{}` stands for what was found) and one what to do."""

    __slots__ = ("advice", "severity", "why")

    def __init__(self, severity: str, *, why: str, advice: str) -> None:
        self.severity = severity
        self.why = why
        self.advice = advice


class Hit:
    """Hold one place where a rule applies. `start` and `end` count characters; `what` fits into the rule's sentence."""

    __slots__ = ("end", "rule", "start", "what")

    def __init__(self, rule: str, start: int, *, end: int, what: str = "") -> None:
        self.rule = rule
        self.start = start
        self.end = end
        self.what = what


def size(piece: str) -> int:
    """Give the number of bytes a piece of the text had before it was decoded."""
    if piece.isascii():
        return len(piece)
    try:
        return len(piece.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # a surrogate that no byte was decoded to
        return len(piece.encode("utf-8", "surrogatepass"))


def in_bytes(text: str, places: Iterable[int]) -> dict[int, int]:
    """Map each of `places`, counted in characters, to its place in bytes: one pass over the text for all of them."""
    known: dict[int, int] = {}
    at = offset = 0
    for place in sorted({*places}):
        offset += size(text[at:place])
        known[place] = offset
        at = place
    return known


def findings(text: str, *, hits: Iterable[Hit], rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Give the findings in the order of the text, hits of one rule that touch as one, at most `MOST` of each rule."""
    kept = _joined(sorted(hits, key=lambda hit: (hit.start, hit.end, hit.rule)))
    if kept:
        places = in_bytes(text, [place for hit in kept for place in (hit.start, hit.end)])
        for hit in kept:
            rule = rules[hit.rule]
            span = (places[hit.start], places[hit.end])
            yield Finding(hit.rule, rule.severity, span=span, why=rule.why.replace("{}", hit.what), advice=rule.advice)


def _joined(hits: list[Hit]) -> list[Hit]:
    last: dict[str, Hit] = {}
    count: dict[str, int] = {}
    kept: list[Hit] = []
    for hit in hits:
        before = last.get(hit.rule)
        if before is not None and before.what == hit.what and hit.start <= before.end:
            before.end = max(before.end, hit.end)
        elif count.setdefault(hit.rule, 0) < MOST:
            count[hit.rule] += 1
            last[hit.rule] = hit
            kept.append(hit)
    return kept
