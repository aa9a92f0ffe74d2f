"""Touches: one box, locked. What it holds: its layers, its changes, and applying, undoing or dropping them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from wrapify.box import journal, nodes, removal, store
from wrapify.box.apply import Applier
from wrapify.box.changes import classify
from wrapify.box.journal import CUT_OFF, LEFT, STUCK, Record
from wrapify.box.model import Change, Kind
from wrapify.box.scan import Layer, scan
from wrapify.box.steps import ApplyPlan, plan_apply
from wrapify.box.text import LARGEST
from wrapify.box.undo import Undoer
from wrapify.errors import BoxMissing, StateError

ROOTS = "it is root's, so it takes sudo wrapify apply"


class Outcome(NamedTuple):
    """Hold how an apply or undo ended: how many paths are done, and which are left, with the reason."""

    done: int
    left: tuple[tuple[str, str], ...]


class Review:
    """Hold one box open for looking at it; nobody runs anything in it meanwhile."""

    def __init__(self, box: store.Box) -> None:
        self.box = box
        self.about = store.read(box.path)
        self.layers = tuple(_layers(box, self.about))

    @property
    def dests(self) -> tuple[str, ...]:
        """Give the real directories of the layers."""
        return tuple(layer.dest for layer in self.layers)

    def changes(self) -> Iterator[Change]:
        """Find what the runs in this box changed. Raises StateError if it cannot be read."""
        try:
            entries = (entry for layer in self.layers for entry in scan(layer))
            yield from classify(entries, dests=self.dests, since=self._since(), ours=self._ours())
        except OSError as error:
            where = f"it lies in {self.box.path}"
            raise StateError(f"the box {self.box.name} cannot be read: {error}", where) from error

    def _since(self) -> int:
        """Give the time before the first run in this box looked at anything. Raises BoxMissing."""
        since = self.about.get("since")
        if isinstance(since, int):
            return since
        raise BoxMissing(f"the box {self.box.name} does not say when it was begun", f"it lies in {self.box.path}")

    def _ours(self) -> frozenset[tuple[int, int]]:
        """Give (inode, time) of every real file that an apply of this box placed, or replaced and undo brought back."""
        found: set[tuple[int, int]] = set()
        for record in journal.every(self.box.path):
            record.close()
            for number, step in enumerate(record.steps):
                if step.base:
                    found.add((step.base.ino, step.base.mtime))
                if number in record.inodes:
                    found.add((record.inodes[number], step.mtime))
        return frozenset(found)

    def contents(self, change: Change) -> tuple[bytes, bytes]:
        """Read what was and what is in the file of a change, as far as a text is compared; b"" for anything else."""
        before = after = -1
        try:
            if change.old and change.old.kind is Kind.FILE:
                before = self._open(change, nodes.open_real, root=self.layers[change.at[0]].dest)
            if change.new and change.new.kind is Kind.FILE:
                after = self.open(change)
            return _content(before), _content(after)
        finally:
            nodes.close(before, after)

    def open(self, change: Change) -> int:
        """Open the recorded file of a change for reading."""
        return self._open(change, nodes.open_recorded, root=self.layers[change.at[0]].root)

    def _open(self, change: Change, opening: Callable[..., int], *, root: str) -> int:
        """Open a file below `root`, going down one directory at a time."""
        *folders, name = change.at[1].split("/")
        held = [opening(root, directory=True)]
        try:
            for part in folders:
                held.append(opening(part, held[-1], directory=True))
            return opening(name, held[-1])
        finally:
            nodes.close(*held)

    # ---- to the real files

    def plan(
        self, changes: Sequence[Change], *, paths: Sequence[str] = (), exactly: Sequence[str] = (), force: bool = False
    ) -> ApplyPlan:
        """Plan to apply changes: those at and below `paths`, or `exactly` those at some, or all if both are empty.

        Raises StateError if an earlier apply was cut off.
        """
        record = journal.latest(self.box.path)
        if record is not None:
            record.close()
            if not record.ended:
                raise StateError("an earlier apply of this box was cut off", CUT_OFF)
        if os.geteuid() != 0:
            changes = [self._as_others(change) for change in changes]
        return plan_apply(changes, paths=paths, exactly=exactly, force=force)

    def _as_others(self, change: Change) -> Change:
        """Give a change of root's files as one that this user cannot apply."""
        mine = change.never or not self.layers[change.at[0]].of_root
        return change if mine else change._replace(conflict=ROOTS, never=True)

    def apply(self, plan: ApplyPlan) -> Outcome:
        """Carry out a plan. Raises StateError when it cannot go on; then it can be resumed or undone."""
        left = tuple((change.path, why) for change, why in plan.left)
        if not plan.steps:
            return Outcome(0, left)
        outcome = self._go_on(journal.begin(self.box.path, plan.steps))
        return outcome._replace(left=(*left, *outcome.left))

    def resume(self) -> Outcome:
        """Finish an apply, or an undo, that was cut off. Raises StateError if there is none."""
        record = journal.latest(self.box.path)
        if record is None or record.ended:
            raise StateError("nothing of this box was cut off", "wrapify apply begins anew")
        return self._take_back(record) if record.undoing else self._go_on(record)

    def undo(self) -> Outcome:
        """Take back the last apply. Raises StateError if there is none."""
        record = journal.latest(self.box.path)
        if record is None:
            raise StateError(f"nothing of the box {self.box.name} was applied", "wrapify diff")
        return self._take_back(record)

    def _go_on(self, record: Record) -> Outcome:
        roots = [(layer.root, layer.dest) for layer in self.layers]
        applier = Applier(record, roots, tag=self.box.name)
        try:
            applier.run()
            return self._outcome(record, left=LEFT)
        finally:
            applier.close()
            record.close()

    def _take_back(self, record: Record) -> Outcome:
        undoer = Undoer(record, self.dests, tag=self.box.name)
        try:
            undoer.run()
            return self._outcome(record, left=STUCK)
        finally:
            undoer.close()
            record.close()

    def _outcome(self, record: Record, *, left: str) -> Outcome:
        paths: dict[str, str] = {}
        for number, step in enumerate(record.steps):
            path = f"{self.dests[step.layer].rstrip('/')}/{step.path}"
            if record.states.get(number) == left:
                paths[path] = record.why[number]
        every = {(step.layer, step.path) for step in record.steps}
        return Outcome(len(every) - len(paths), tuple(paths.items()))


def dropped(box: store.Box) -> bool:
    """Throw an unnamed box away if nothing changed in it, and tell whether. Raises WrapifyError.

    There was something to look at: a directory that is opened for writing is recorded, written to or not.
    """
    review = Review(box)
    if not box.unnamed or next(review.changes(), None) is not None:
        return False
    removal.throw_away(box, review.dests)
    return True


def _content(descriptor: int) -> bytes:
    return nodes.content(descriptor, LARGEST + 1) if descriptor >= 0 else b""


def _layers(box: store.Box, about: dict[str, object]) -> Iterator[Layer]:
    """Describe the layers of a box by what its files say. Raises BoxMissing."""
    rows = about.get("layers")
    if not isinstance(rows, list) or not all(isinstance(row, str) and row[1:2].isdigit() for row in rows):
        why = "it does not say where its changes belong"
        raise BoxMissing(f"the box {box.name} cannot be read: {why}", "wrapify box list")
    pairs = [row.partition(" ")[::2] for row in rows]
    masked = _listed(f"{box.path}/masked")
    seen = _listed(f"{box.path}/seen") if any(name[0] == "p" for name, _ in pairs) else []
    for number, (name, dest) in enumerate(pairs):
        inside = dest.rstrip("/") + "/"
        others = frozenset(other[len(inside) :] for _, other in pairs if other.startswith(inside))
        hidden = frozenset(path[len(inside) :] for path in masked if path.startswith(inside))
        shown = frozenset(path[len(inside) :] for path in seen if path.startswith(inside)) if name[0] == "p" else None
        root, roots = f"{box.store}/{name}", dest in of_root(about)
        yield Layer(number, root, dest, name[0] == "f", others, hidden, shown, of_root=roots)


def of_root(about: dict[str, object]) -> tuple[str, ...]:
    """Give the directories whose layers hold changes of root's files, by what a box says of itself."""
    dests = about.get("of_root")
    return tuple(dest for dest in dests if isinstance(dest, str)) if isinstance(dests, list) else ()


def _listed(path: str) -> list[str]:
    """Read a list of paths, as of what is never written back. Raises BoxMissing: without it nothing may be applied."""
    try:
        with open(path, "rb") as source:
            return [os.fsdecode(one) for one in source.read().split(b"\0") if one]
    except OSError as error:
        raise BoxMissing(f"{path} cannot be read: {error.strerror}", "wrapify box list") from error
