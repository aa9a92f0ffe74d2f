"""Touches: the size of the terminal. Writes the changes of a box as lines of text; everything hostile is escaped."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from wrapify.box import rows
from wrapify.box.model import Change, ChangeKind, Kind, Node
from wrapify.box.rows import Row, Table
from wrapify.cli.render import BOLD, DIM, GREEN, RED, YELLOW, escape, styled

COLOURS = {
    ChangeKind.ADDED: GREEN,
    ChangeKind.MODIFIED: YELLOW,
    ChangeKind.DELETED: RED,
    ChangeKind.REPLACED: RED,
    ChangeKind.METADATA: DIM,
}
WIDEST_PATH = 48
WIDEST_DETAIL = 20
LONGEST_TARGET = 60
ALIKE = 6
"""Rows of what matters for the same reason in a listing with a bound."""
Stat = Callable[[Change], str]


def width() -> int:
    """Give the columns of the terminal, 80 if there is none."""
    for descriptor in (1, 2, 0):
        try:
            return max(os.get_terminal_size(descriptor).columns, 40)
        except OSError:
            continue
    return 80


class Listing:
    """Write rows. `home` is shown as ~; `stat` gives "+1 -2" for a changed text, "" for anything else."""

    def __init__(self, home: str, *, stat: Stat, on: int = 1) -> None:
        self._home = home
        self._stat = stat
        self._on = on
        self._width = width()
        self._stats: dict[str, str] = {}

    def lines(self, table: Table, *, most: int = 0) -> Iterator[str]:
        """Give the lines of a table, with a bound of `most` rows (0: none) what is alike and the rest counted.

        Of what matters each reason has rows, however much there is of another.
        """
        column = self._column(table.rows)
        widest = max((len(self._detail(row)) for row in table.matters), default=0)
        seen: Counter[str] = Counter()
        for row in table.matters:
            reason = row.change.matters
            seen[reason] += 1
            if not most or seen[reason] <= ALIKE:
                yield from self.row(row, column, detail=min(widest, WIDEST_DETAIL))
        for reason, number in seen.items():
            if most and number > ALIKE:
                yield self._style(f"    … and {number - ALIKE:,} more: {reason}", YELLOW)
        if table.matters and table.rest:
            yield ""
        room = max(most - len(table.matters), 5) if most else len(table.rest)
        # One line that says "1 more" would take the place of that one.
        shown = range(len(table.rest)) if len(table.rest) <= room + 1 else sorted(_worst_first(table.rest)[:room])
        for at in shown:
            yield from self.row(table.rest[at], column)
        if len(shown) < len(table.rest):
            yield self._style(f"    … and {len(table.rest) - len(shown):,} more: wrapify diff", DIM)
        for note in table.notes:
            yield self._style(f"  note: {note}", DIM)

    def _column(self, every: Sequence[Row]) -> int:
        longest = max((len(self.name(row.change)) for row in every[:500]), default=0)
        return min(longest, WIDEST_PATH, self._width // 2)

    def row(self, row: Row, column: int = 0, *, detail: int = 0) -> Iterator[str]:
        """Give the lines of one row, its name padded to `column` and what is said of it to `detail`."""
        change = row.change
        sign = self._style(rows.SIGNS[change.kind], COLOURS[change.kind])
        name = shortened(self.name(change), max(self._width - 6, 20))
        about = f"{self._detail(row):{detail}}"
        line = f"  {sign} {self._style(f'{name:{column}}', BOLD) if change.matters else f'{name:{column}}'}  {about}"
        if not change.matters:
            yield line.rstrip()
        elif max(len(name), column) + len(about) + len(change.matters) + 8 <= self._width:
            yield f"{line}  {self._style(change.matters, YELLOW)}"
        else:
            yield line.rstrip()
            yield f"      {self._style(change.matters, YELLOW)}"
        if change.conflict:
            yield self._style(f"      cannot be applied: {change.conflict}", RED)

    def name(self, change: Change) -> str:
        """Give the path of a change as a person writes it, escaped."""
        path, home = change.path, self._home.rstrip("/")
        short = f"~{path[len(home) :]}" if path == home or path.startswith(f"{home}/") else path
        node = change.new or change.old
        return escape(short) + ("/" if node is not None and node.kind is Kind.DIR else "")

    def _detail(self, row: Row) -> str:
        change = row.change
        new, old = change.new, change.old
        if change.kind is ChangeKind.ADDED and new:
            if new.kind is not Kind.DIR:
                return _what(new)
            return f"{counted(row.files, 'file')}, {sized(row.size)}" if row.files else "new directory"
        if change.kind is ChangeKind.DELETED and old:
            return f"{counted(change.lost, 'thing')} lost" if old.kind is Kind.DIR else f"{_what(old)} lost"
        if change.kind is ChangeKind.REPLACED and new and old:
            what = f"{new.kind}{_what(new)[1:]}" if new.kind is Kind.LINK else str(new.kind)
            return f"{old.kind} → {what}, {counted(change.lost, 'thing')} lost"
        if change.kind is ChangeKind.METADATA and new and old:
            return f"mode {old.mode:o} → {new.mode:o}" if new.mode != old.mode else "attributes"
        return self._modified(change)

    def _modified(self, change: Change) -> str:
        new, old = change.new, change.old
        if not new or not old:
            return ""
        if new.kind is Kind.LINK:
            return f"{_what(new)} (was {escape(shortened(old.target, LONGEST_TARGET))})"
        if change.path not in self._stats:
            self._stats[change.path] = self._stat(change)
        text = self._stats[change.path] or f"{sized(old.size)} → {sized(new.size)}"
        return text if new.mode == old.mode else f"{text}, mode {old.mode:o} → {new.mode:o}"

    def _style(self, text: str, *codes: str) -> str:
        return styled(text, *codes, on=self._on)


def _worst_first(every: Sequence[Row]) -> list[int]:
    """Give the places of rows, first those of what is lost or cannot be applied: they must not be left out."""
    return sorted(range(len(every)), key=lambda at: not (every[at].change.lost or every[at].change.conflict))


def _what(node: Node) -> str:
    if node.kind is Kind.FILE:
        return sized(node.size)
    return f"→ {escape(shortened(node.target, LONGEST_TARGET))}" if node.kind is Kind.LINK else str(node.kind)


def shortened(text: str, most: int) -> str:
    """Cut the middle out of a text that is longer than `most` characters."""
    if len(text) <= most:
        return text
    tail = most // 2
    return f"{text[: most - tail - 1]}…{text[len(text) - tail :]}"


def counted(number: int, noun: str) -> str:
    """Say how many there are."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def sized(count: int) -> str:
    """Write a number of bytes as a person reads it."""
    size = float(count)
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def summary(changes: Sequence[Change]) -> str:
    """Say in a few words what changed."""
    parts = [f"{number:,} {kind}" for kind, number in rows.count(changes).items()]
    if gone := rows.lost(changes):
        parts.append(f"{counted(gone, 'thing')} lost")
    return ", ".join(parts) or "nothing"
