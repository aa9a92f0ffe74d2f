"""Pure. Which changes are put first: not every place that could run something is news in a tree that is new."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from wrapify.box.model import Change, ChangeKind, Kind


def project_reasons(table: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    """Give the reasons that hold for a file in any project. Source of `table`: policy/matters.toml.

    What git runs by itself is not among them: a fresh clone has no hooks.
    """
    found = {reason: ".git/" in pattern for pattern, reason in table.get("anywhere", {}).items()}
    return frozenset(reason for reason, is_gits in found.items() if not is_gits)


def weighed(
    changes: Iterable[Change], reason: Callable[[Change], str], *, project: frozenset[str]
) -> tuple[Change, ...]:
    """Write on every change why it matters, "" if it does not.

    A Makefile in a directory that was made by the same run is that directory's business, as all else in it; one in a
    directory that was there before is the user's. A new directory matters only with what is in it.
    """
    made: set[str] = set()
    marked: set[tuple[str, str]] = set()
    found = []
    for change in changes:
        why = reason(change)
        above = change.path.rpartition("/")[0]
        if change.kind is ChangeKind.ADDED:
            if why in project and above in made:
                why = ""
            if _is_folder(change):
                made.add(change.path)
            elif why:
                _mark(above, why, made=made, marked=marked)
        found.append(change._replace(matters=why) if why else change)
    return tuple(_alone(change, marked) for change in found)


def _is_folder(change: Change) -> bool:
    return change.new is not None and change.new.kind is Kind.DIR


def _mark(above: str, why: str, *, made: set[str], marked: set[tuple[str, str]]) -> None:
    """Note that all new directories above hold something that matters for this reason."""
    while above in made and (above, why) not in marked:
        marked.add((above, why))
        above = above.rpartition("/")[0]


def _alone(change: Change, marked: set[tuple[str, str]]) -> Change:
    """Take the mark off a new directory in which nothing has it."""
    empty = change.kind is ChangeKind.ADDED and _is_folder(change) and (change.path, change.matters) not in marked
    return change._replace(matters="") if change.matters and empty else change
