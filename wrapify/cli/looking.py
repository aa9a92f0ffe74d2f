"""Touches: a box, the policy's list of what matters. What every command that looks into a box begins with."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property

from wrapify.box import gitconfig, rows, shelf, store, text
from wrapify.box.matters import Matters
from wrapify.box.model import Change, ChangeKind, Kind
from wrapify.box.review import Review
from wrapify.box.weight import project_reasons, weighed
from wrapify.cli import render
from wrapify.errors import BoxMissing, UsageError
from wrapify.place import Place
from wrapify.policy import files
from wrapify.sandbox.view import below, covered

MOST_STATS = 200
"""Changed texts that are compared for a listing; all after them show their sizes."""


class Look:
    """Hold an open box with its changes and why they matter."""

    def __init__(self, place: Place, review: Review) -> None:
        self.place = place
        self.review = review
        self.home = os.path.realpath(place.home)
        self._compared = 0

    @cached_property
    def _places(self) -> dict[str, dict[str, str]]:
        return tomllib.loads(files.shipped("matters.toml").decode())

    @cached_property
    def _matters(self) -> Matters:
        folders = self.place.env.get("PATH", "").split(":")
        path_dirs = tuple(os.path.realpath(path) for path in folders if path.startswith("/"))
        found = Matters(self._places, home=self.home, path_dirs=path_dirs)
        # A start-up file that is a symlink into a directory of dotfiles matters where it really lies.
        elsewhere = {os.path.realpath(path): path for path in found.places() if os.path.islink(path)}
        return Matters(self._places, home=self.home, path_dirs=path_dirs, elsewhere=elsewhere) if elsewhere else found

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """Give all changes. Raises StateError."""
        return weighed(self.review.changes(), self._reason, project=project_reasons(self._places))

    @cached_property
    def table(self) -> rows.Table:
        """Give the changes as rows."""
        return rows.table(self.changes)

    def _reason(self, change: Change) -> str:
        node = change.new or change.old
        if node is None:
            return ""
        if node.kind is Kind.FILE and self._matters.is_git_config(change.path):
            return self._git(change)
        kind = "dir" if node.kind is Kind.DIR else str(node.kind)
        return self._matters.reason(change.path, kind=kind, mode=node.mode, deleted=change.new is None)

    def _git(self, change: Change) -> str:
        """Say what a changed configuration makes git run: most of what is in one runs nothing."""
        before, after = self.review.contents(change)
        new = sorted(set(gitconfig.executing(after)) - set(gitconfig.executing(before)))
        return f"makes git run something: {render.escape(', '.join(new[:3]))}" if new else ""

    def stat(self, change: Change) -> str:
        """Count the lines added to and removed from a changed text, "" for anything else."""
        if change.kind is not ChangeKind.MODIFIED or not change.new or change.new.size > text.LARGEST:
            return ""
        self._compared += 1
        if self._compared > MOST_STATS:
            return ""
        before, after = self.review.contents(change)
        if text.is_binary(before) or text.is_binary(after):
            return ""
        diff = text.unified(before, after, most=1)
        return f"+{diff.added} -{diff.removed}"

    def at(self, paths: Sequence[str]) -> tuple[Change, ...]:
        """Give the changes at and below `paths` (absolute), all if none are named.

        Raises UsageError for a path at which nothing changed.
        """
        found = [change for change in self.changes if not paths or covered(change.path, tuple(paths))]
        for path in paths:
            if not any(below(change.path, path) for change in found):
                raise UsageError(f"{path!a} is not changed in this box", "wrapify diff shows what is")
        return tuple(found)


@contextmanager
def looking(place: Place, name: str) -> Iterator[Look]:
    """Open a box for a look at it. Raises BoxMissing, BoxBusy or StateError."""
    box = store.open_box(place.dirs.state, name)
    try:
        yield Look(place, Review(box))
    finally:
        os.close(box.lock)


def chosen(place: Place, words: Sequence[str], *, last: bool = False) -> tuple[str, tuple[str, ...]]:
    """Read "[BOX] [PATH…]": the name of a box (the newest if none is given) and absolute paths. Raises BoxMissing."""
    state = place.dirs.state
    named = bool(words) and not last and "/" not in words[0] and shelf.exists_as_box(state, words[0])
    if words and not named and not last and "/" not in words[0] and not os.path.lexists(words[0]):
        raise BoxMissing(f"there is no box {words[0]!a}, and no file of that name", "wrapify box list")
    name = words[0] if named else shelf.newest(state)
    return name, tuple(absolute(word) for word in words[named:])


def absolute(path: str) -> str:
    """Give the path as the box knows it: its directory without symlinks, its last part as it is."""
    folder, name = os.path.split(path.rstrip("/") or "/")
    return os.path.normpath(os.path.join(os.path.realpath(folder or "."), name))
