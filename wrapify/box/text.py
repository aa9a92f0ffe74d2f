"""Pure. Text or not, and the unified diff of two texts.

What is compared was written by untrusted code, so every loop here has a bound that its input cannot move.
"""

from __future__ import annotations

import codecs
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import NamedTuple

HEAD = 8 << 10  # bytes that tell text from binary: as many as git looks at
STRAY = 0.3  # the part of them that may be no UTF-8: texts in Latin-1 have less, compressed data has more
LARGEST = 1 << 20  # bytes a side: no person reads more, and both sides lie in memory several times
LONGEST = 50_000  # lines a side: a file of nothing but line ends must not become a million objects
WIDEST = 2_000  # characters of a line that are shown, as many as a screen of 80×24 holds
FARTHEST = 1_000  # edits until a search is given up; it keeps d + 1 numbers of 4 bytes for each distance d, so 2 MiB
# Turns of the inner loops for one pair of files, about a second: the edits alone bound no loop over lines that are
# all alike. A count and not a clock, so that the same files give the same diff on every machine.
BUDGET = 8_000_000
TURN, LINE = 4, 10  # what a diagonal of a search costs, and a line of what is searched

Pair = tuple[int, int]


class Line(NamedTuple):
    """One line of a diff: `sign` and `text` together are the line as `diff -u` prints it.

    `sign` is `@` (a hunk begins), a space, `-`, `+` or a backslash (the line before has no line end). `text` is
    hostile: undecodable bytes are surrogates, a carriage return stays, nothing is escaped. `hidden` is the number
    of characters that were cut off its end.
    """

    sign: str
    text: str
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Diff:
    """What became of a text.

    `added` and `removed` count lines whether or not they are in `lines`. `cut`: there are lines that are not in
    `lines`, whose last hunk is then incomplete. `exact`: no diff with fewer changed lines exists; else a bound was
    hit, and some hunk may say that all of this was replaced by all of that.
    """

    lines: tuple[Line, ...]
    added: int
    removed: int
    cut: bool
    exact: bool


class Change(NamedTuple):
    """Lines `start` to `end` of the old file became `new_start` to `new_end` of the new one; ends are excluded."""

    start: int
    end: int
    new_start: int
    new_end: int


def is_binary(head: bytes) -> bool:
    """Tell whether a file that begins with `head` is no text.

    Looked at are the first 8 KiB. UTF-16 that begins with its byte order mark, decodes and has no U+0000 is text.
    Of anything else a NUL byte makes it binary, and so do bytes that are no UTF-8 if they are more than 3 in 10.
    The answer is for the layout only, since whoever writes a file can choose it: `unified` takes any bytes.
    """
    head = head[:HEAD]
    if _is_utf16(head):
        return False
    stray = sum("\udc80" <= char <= "\udcff" for char in head.decode("utf-8", "surrogateescape"))
    return b"\0" in head or stray > STRAY * len(head)


def _is_utf16(head: bytes) -> bool:
    if not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    try:
        # Incremental: the head may end within a character.
        return "\0" not in codecs.getincrementaldecoder("utf-16")().decode(head)
    except UnicodeDecodeError:
        return False


def unified(before: bytes, after: bytes, *, context: int = 3, most: int = 2000) -> Diff:
    """Compare two texts line by line; `context` and `most` are lines, `most` counts the hunk headers too.

    Lines end at LF alone. UTF-16 is compared and shown as the bytes it is: to programs that read bytes, a byte order
    mark before plain ASCII is plain ASCII, which a decoder would show as Chinese. Sides of more than 1 MiB or 50,000
    lines are not compared: `lines` is empty and every line of both counts as changed.
    """
    if before == after:
        return Diff((), 0, 0, cut=False, exact=True)
    counts = _count(after), _count(before)
    if max(len(before), len(after)) > LARGEST or max(counts) > LONGEST:
        return Diff((), *counts, cut=True, exact=False)
    context, most = max(context, 0), max(most, 0)
    old, new = _split(before), _split(after)
    changes, exact = _changes(old, new)
    hunks = (_hunk(old, new, changes=hunk, context=context) for hunk in _hunks(changes, context))
    # One more than asked for tells whether there is more; the others are never made.
    lines = tuple(islice(chain.from_iterable(hunks), most + 1))
    added = sum(change.new_end - change.new_start for change in changes)
    removed = sum(change.end - change.start for change in changes)
    return Diff(lines[:most], added, removed, cut=len(lines) > most, exact=exact)


def _count(content: bytes) -> int:
    return content.count(b"\n") + (content[-1:] not in (b"", b"\n"))


def _split(content: bytes) -> list[bytes]:
    """Split after each LF, which stays: a last line without one differs from the same line with one."""
    *lines, rest = content.split(b"\n")
    return [line + b"\n" for line in lines] + [rest] * bool(rest)


def _hunks(changes: list[Change], context: int) -> Iterator[list[Change]]:
    """Group changes whose lines of context touch or overlap."""
    group: list[Change] = []
    for change in changes:
        if group and change.start - group[-1].end > 2 * context:
            yield group
            group = []
        group.append(change)
    yield group


def _hunk(old: list[bytes], new: list[bytes], *, changes: list[Change], context: int) -> Iterator[Line]:
    first, last = changes[0], changes[-1]
    start, end = max(first.start - context, 0), min(last.end + context, len(old))
    new_start, new_end = first.new_start - first.start + start, last.new_end - last.end + end
    yield Line("@", f"@ -{_span(start, end)} +{_span(new_start, new_end)} @@")
    for change in changes:
        yield from _shown(" ", old[start : change.start])
        yield from _shown("-", old[change.start : change.end])
        yield from _shown("+", new[change.new_start : change.new_end])
        start = change.end
    yield from _shown(" ", old[start:end])


def _span(start: int, end: int) -> str:
    # Lines are counted from 1, but of no lines the one before them is named: so POSIX has it, and patch relies on it.
    return f"{start + (end > start)},{end - start}"


def _shown(sign: str, lines: list[bytes]) -> Iterator[Line]:
    for line in lines:
        text = line.removesuffix(b"\n").decode("utf-8", "surrogateescape")
        yield Line(sign, text[:WIDEST], max(len(text) - WIDEST, 0))
        if not line.endswith(b"\n"):
            yield Line("\\", " No newline at end of file")


def _changes(old: list[bytes], new: list[bytes]) -> tuple[list[Change], bool]:
    """Find what lies between the lines that both have in common, and whether it is the least possible."""
    common = _Common(old, new)
    common.find()
    changes, at, new_at = [], 0, 0
    for row, column in [*sorted(common.pairs), (len(old), len(new))]:
        if row > at or column > new_at:
            changes.append(Change(at, row, new_at, column))
        at, new_at = row + 1, column + 1
    return changes, common.exact


class _Common:
    """The search for the lines that two files have in common, in the same order: `pairs` of line numbers."""

    def __init__(self, old: list[bytes], new: list[bytes]) -> None:
        # Numbers, since comparing them takes the same time however long and alike the lines are.
        names: dict[bytes, int] = {}
        self.old = [names.setdefault(line, len(names)) for line in old]
        self.new = [names.setdefault(line, len(names)) for line in new]
        self.pairs: list[Pair] = []
        self.exact = True
        self.budget = BUDGET
        # Places still to be searched; a list and not recursion, whose depth the files could choose.
        self.gaps = [Change(0, len(old), 0, len(new))]

    def find(self) -> None:
        while self.gaps:
            gap = self.gaps.pop()
            self.budget -= LINE * (gap.end - gap.start + gap.new_end - gap.new_start)
            if self.budget < 0:
                self.exact = False
            else:
                self._search(self._trimmed(gap))

    def _trimmed(self, gap: Change) -> Change:
        """Pair the first and the last lines of a gap as far as they are equal, and give what is between."""
        start, end, new_start, new_end = gap
        while start < end and new_start < new_end and self.old[start] == self.new[new_start]:
            self.pairs.append((start, new_start))
            start, new_start = start + 1, new_start + 1
        while start < end and new_start < new_end and self.old[end - 1] == self.new[new_end - 1]:
            end, new_end = end - 1, new_end - 1
            self.pairs.append((end, new_end))
        return Change(start, end, new_start, new_end)

    def _search(self, gap: Change) -> None:
        """Pair the lines of a gap by the shortest way; when that is too far, split it at lines that occur once."""
        old, new = self.old[gap.start : gap.end], self.new[gap.new_start : gap.new_end]
        # A line that the other side has not is in no pair. Without it the way is shorter and as good.
        olds, news = set(old), set(new)
        rows = [at for at, line in enumerate(old) if line in news]
        columns = [at for at, line in enumerate(new) if line in olds]
        old, new = [old[row] for row in rows], [new[column] for column in columns]
        trail = self._trail(old, new)
        pairs = _anchors(old, new) if trail is None else _walked(trail, (len(old), len(new)))
        found = [(gap.start + rows[row], gap.new_start + columns[column]) for row, column in pairs]
        self.pairs += found
        if trail is None:
            self.exact = False
            self.gaps += _between(found, gap)[::-1] if found else []

    def _trail(self, old: list[int], new: list[int]) -> list[array[int]] | None:
        """Go as far as d edits lead, for d = 0, 1, …, until the end of both is reached (Myers, 1986).

        Row d has the lines of `old` that are passed on the diagonals -d, -d + 2, … d: lines of `old` minus lines of
        `new`. Past the edges nothing is equal, and a way over them is never the shortest.
        """
        trail: list[array[int]] = []
        last = array("i", [0])
        reserve = self.budget // 2  # A hopeless search must leave something for the parts it is split into.
        for edits in range(FARTHEST + 1):
            reached = array("i", bytes(4 * (edits + 1)))
            trail.append(reached)
            for at in range(edits + 1):
                start = row = last[at] if _is_added(last, at) else last[at - 1] + 1
                column = row - 2 * at + edits
                while row < len(old) and column < len(new) and old[row] == new[column]:
                    row, column = row + 1, column + 1
                reached[at] = row
                self.budget -= row - start + TURN
                if row >= len(old) and column >= len(new):
                    return trail
                if self.budget < reserve:
                    return None
            last = reached
        return None


def _is_added(last: array[int], at: int) -> bool:
    """Tell whether the way to a diagonal adds a line of `new`, and does not remove one of `old`."""
    return at == 0 or (at < len(last) and last[at - 1] < last[at])


def _walked(trail: list[array[int]], end: Pair) -> list[Pair]:
    """Go back from the end of both sides to their beginning, and give the equal lines on the way."""
    pairs, (row, column) = list[Pair](), end
    for edits in range(len(trail) - 1, 0, -1):
        last, diagonal = trail[edits - 1], row - column
        at = (diagonal + edits) // 2
        is_added = _is_added(last, at)
        before = last[at] if is_added else last[at - 1]
        start = before if is_added else before + 1
        pairs += zip(range(start, row), range(start - diagonal, column), strict=True)
        row, column = before, start - diagonal - is_added
    return pairs + [(at, at) for at in range(row)]


def _anchors(old: list[int], new: list[int]) -> list[Pair]:
    """Pair lines that occur once on each side: as many as are in the same order."""
    olds, news = Counter(old), Counter(new)
    spots = {line: at for at, line in enumerate(new) if news[line] == 1}
    return _rising([(at, spots[line]) for at, line in enumerate(old) if olds[line] == 1 and line in spots])


def _rising(pairs: list[Pair]) -> list[Pair]:
    """Choose as many pairs as possible whose second numbers rise; the first ones do."""
    lowest: list[int] = []  # of the chains of each length, the lowest end …
    ends: list[int] = []  # … and whose it is
    before: list[int] = []
    for at, (_, column) in enumerate(pairs):
        length = bisect_left(lowest, column)
        before.append(ends[length - 1] if length else -1)
        lowest[length : length + 1], ends[length : length + 1] = [column], [at]
    chosen, at = [], ends[-1] if ends else -1
    while at >= 0:
        chosen.append(pairs[at])
        at = before[at]
    return chosen[::-1]


def _between(pairs: list[Pair], gap: Change) -> list[Change]:
    """Give what lies before, between and after the pairs of a gap."""
    starts = [(gap.start, gap.new_start), *((row + 1, column + 1) for row, column in pairs)]
    ends = [*pairs, (gap.end, gap.new_end)]
    return [Change(at, end, new, new_end) for (at, new), (end, new_end) in zip(starts, ends, strict=True)]
