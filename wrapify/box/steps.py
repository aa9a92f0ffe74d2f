"""Pure. From changes to the steps that make the real files like them, and those steps as lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wrapify.box.model import Change, ChangeKind, Kind, Print, Tree

PUT, DELETE, ADJUST, FINISH = "put", "delete", "adjust", "finish"
"""Place something new (or in exchange for what is there); remove; set permissions; set those of a new directory."""
NEEDS_FORCE = "use --force to apply it all the same"
PARENT = "its directory is not applied"
OURS = (".wrapify-new-", ".wrapify-undo-")
"""How names begin that an apply gives to what waits beside its place, and to where what was replaced is kept."""
RESERVED = "a name that wrapify uses itself"


class Step(NamedTuple):
    """Describe one step. `path` is relative to the layer; `mode`, `mtime`, `target` and `xattrs` are what it gets.

    `base` is what has to lie there before (None: nothing; its device is not compared), `below` the same for what lies
    below a directory. `twin` is the path of an earlier step that places the same file. `was` are permissions and
    attributes to go back to.
    """

    op: str
    layer: int
    path: str
    kind: Kind = Kind.FILE
    mode: int = 0
    mtime: int = 0
    target: str = ""
    xattrs: tuple[tuple[str, bytes], ...] = ()
    base: Print | None = None
    below: Tree | None = None
    twin: str = ""
    was: tuple[int, tuple[tuple[str, bytes], ...]] = (0, ())


def is_folder(step: Step) -> bool:
    """Tell whether a step makes a new directory."""
    return step.op == PUT and step.kind is Kind.DIR


class ApplyPlan(NamedTuple):
    """Hold what is to be done, in order, and the changes that are left with the reason why."""

    steps: tuple[Step, ...]
    left: tuple[tuple[Change, str], ...]


def plan_apply(
    changes: Sequence[Change], *, paths: Sequence[str] = (), exactly: Sequence[str] = (), force: bool = False
) -> ApplyPlan:
    """Plan to apply `changes`: those at and below `paths` or `exactly` those at some (absolute), all if both are empty.

    The new directories that they need go with them. Directories come before what is in them, and their final
    permissions and times last.
    """
    wanted = _wanted(changes, paths, exactly=frozenset(exactly))
    left: list[tuple[Change, str]] = []
    steps: list[Step] = []
    folders: list[Step] = []
    refused: set[tuple[int, str]] = set()
    placed: dict[tuple[int, str], bool] = {}
    for change in changes:
        why = "" if change.path in wanted else PARENT
        if not why and (why := _against(change, refused, force=force)):
            left.append((change, why))
        if why:
            # A directory that is there already, and only changes, is not missed.
            refused.update([change.at] if change.kind in (ChangeKind.ADDED, ChangeKind.REPLACED) else ())
            continue
        step = _step(change, twin=change.twin if placed.get((change.at[0], change.twin)) else "")
        if step.op == ADJUST and step.kind is Kind.DIR:
            early, late = _around(step)
            steps.extend(early)
            folders.extend(late)
            continue
        steps.append(step)
        placed[change.at] = step.op == PUT and step.kind is Kind.FILE
        if step.op == PUT and step.kind is Kind.DIR:
            folders.append(step._replace(op=FINISH))
    return ApplyPlan((*steps, *reversed(folders)), tuple(left))


def _wanted(changes: Sequence[Change], paths: Sequence[str], *, exactly: frozenset[str]) -> frozenset[str]:
    """Give the paths of the changes that are asked for, and of the new directories above them."""
    if not paths and not exactly:
        return frozenset(change.path for change in changes)
    made = {change.path for change in changes if change.kind is ChangeKind.ADDED}
    below = tuple(path.rstrip("/") + "/" for path in paths)
    found = set()
    for change in changes:
        if change.path in exactly or f"{change.path}/".startswith(below):
            found.add(change.path)
            above = change.path.rpartition("/")[0]
            while above in made and above not in found:
                found.add(above)
                above = above.rpartition("/")[0]
    return frozenset(found)


def _against(change: Change, refused: set[tuple[int, str]], *, force: bool) -> str:
    if change.conflict and (change.never or not force):
        return change.conflict
    layer, path = change.at
    if any(part.startswith(OURS) for part in path.split("/")):
        return RESERVED  # It could pass for what an apply left there, and come back by undo as something else.
    return PARENT if (layer, path.rpartition("/")[0]) in refused else ""


def _around(step: Step) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Split the change of a directory's permissions into what comes before what is done in it, and after."""
    before = step.was[0]
    if not step.mode & ~before & 0o300:
        return (), (step,)
    both = step.mode | before
    if both == step.mode:
        return (step,), ()
    return (step._replace(mode=both),), (step._replace(was=(both, step.xattrs)),)


def _step(change: Change, *, twin: str) -> Step:
    layer, path = change.at
    new, old = change.new, change.old
    base = old.print._replace(dev=0) if old else None  # The number may be another after a restart.
    if new is None:
        return Step(DELETE, layer, path, Kind.DIR if change.below else Kind.FILE, base=base, below=change.below)
    op = ADJUST if change.kind is ChangeKind.METADATA else PUT
    return Step(
        op, layer, path, new.kind, new.mode, new.mtime, new.target, new.xattrs, base, change.below, twin,
        (old.mode, old.xattrs) if old else (0, ()),
    )  # fmt: skip


# ---- as text


def to_line(step: Step) -> str:
    """Write a step as one line of JSON, without the end of line. Names that are no UTF-8 keep their bytes."""
    return json.dumps(step, default=bytes.hex)


def from_line(line: str) -> Step:
    """Read a step back. Raises ValueError for what `to_line` did not write."""
    try:
        op, layer, path, kind, mode, mtime, target, xattrs, base, below, twin, was = json.loads(line)
        return Step(
            op, layer, path, Kind(kind), mode, mtime, target, _attributes(xattrs),
            Print(*base) if base else None, Tree(*below) if below else None, twin, (was[0], _attributes(was[1])),
        )  # fmt: skip
    except (TypeError, IndexError, KeyError) as error:
        raise ValueError(f"not a step: {error}") from error


def _attributes(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, bytes.fromhex(value)) for name, value in rows)
