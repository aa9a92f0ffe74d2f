"""Pure. From changes to the rows that a person reads: what matters first, new trees as one row, nothing lost unseen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wrapify.box.model import Change, ChangeKind, Kind

SIGNS = {
    ChangeKind.ADDED: "+",
    ChangeKind.MODIFIED: "~",
    ChangeKind.DELETED: "-",
    ChangeKind.REPLACED: "!",
    ChangeKind.METADATA: "m",
}
MOVED = "inside, moving a directory is a copy and a deletion"
LINKED = "hard links are broken: their other names outside keep the old content"


class Row(NamedTuple):
    """Hold one row: a change, and how many files and bytes a new directory brings with it.

    `inside` are the changes below it that it stands for.
    """

    change: Change
    files: int = 0
    size: int = 0
    inside: tuple[Change, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Give all changes that the row stands for."""
        return (self.change, *self.inside)


class Table(NamedTuple):
    """Hold the rows of a box: what `matters`, the `rest`, and sentences that explain what may surprise."""

    matters: tuple[Row, ...]
    rest: tuple[Row, ...]
    notes: tuple[str, ...]

    @property
    def rows(self) -> tuple[Row, ...]:
        """Give all rows in the order in which they are read."""
        return (*self.matters, *self.rest)


def table(changes: Sequence[Change]) -> Table:
    """Sort and fold changes. What is lost, cannot be applied, or matters for a reason of its own, has a row."""
    every = tuple(_folded(changes))
    matters = tuple(row for row in every if row.change.matters)
    return Table(matters, tuple(row for row in every if not row.change.matters), tuple(_notes(every)))


def _folded(changes: Sequence[Change]) -> Iterator[Row]:
    """Fold what is new in a new directory into its row. Parents come before what is in them."""
    heads: list[tuple[Change, list[Change]]] = []
    open_ones: list[tuple[str, list[Change], str]] = []
    for change in changes:
        while open_ones and not change.path.startswith(open_ones[-1][0]):
            open_ones.pop()
        for _, inside, reason in reversed(open_ones):
            if _fits_in(change) and change.matters in ("", reason):
                inside.append(change)
                break
        else:
            heads.append((change, []))
            if _folds(change):
                open_ones.append((change.path.rstrip("/") + "/", heads[-1][1], change.matters))
    for change, inside in heads:
        yield Row(change, *_weight([change, *inside]), tuple(inside))


def _folds(change: Change) -> bool:
    return change.kind is ChangeKind.ADDED and change.new is not None and change.new.kind is Kind.DIR


def _fits_in(change: Change) -> bool:
    return change.kind is ChangeKind.ADDED and not change.conflict


def _weight(changes: Sequence[Change]) -> tuple[int, int]:
    """Count the files, and their bytes; one with several names counts once for its bytes."""
    files = [change for change in changes if change.new is not None and change.new.kind is not Kind.DIR]
    return len(files), sum(change.new.size for change in files if change.new and not change.twin)


def _notes(every: Sequence[Row]) -> Iterator[str]:
    """Explain what a person would otherwise take for damage."""
    gone = [row.change for row in every if row.change.kind is ChangeKind.DELETED and row.change.below]
    made = [row for row in every if _folds(row.change)]
    if any(_looks_moved(change, row) for change in gone for row in made):
        yield MOVED
    replaced = [row.change.old for row in every if row.change.kind is ChangeKind.MODIFIED and row.change.old]
    if any(old.links > 1 and old.kind is Kind.FILE for old in replaced):
        yield LINKED


def _looks_moved(gone: Change, made: Row) -> bool:
    things = gone.below.things if gone.below else 0
    return things > 0 and (_name(gone) == _name(made.change) or things == len(made.inside))


def _name(change: Change) -> str:
    return change.path.rpartition("/")[2]


def count(changes: Sequence[Change]) -> dict[ChangeKind, int]:
    """Count changes by what they are, those that there are."""
    found = {kind: sum(change.kind is kind for change in changes) for kind in ChangeKind}
    return {kind: number for kind, number in found.items() if number}


def lost(changes: Sequence[Change]) -> int:
    """Count the things that are lost with all deletions and replacements."""
    return sum(change.lost for change in changes)
