"""Touches: boxes. Throws away a box, or single changes in one; also what sandboxed code made hard to remove."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from wrapify.box import journal, nodes
from wrapify.box.journal import CUT_OFF
from wrapify.box.model import Change, ChangeKind, Kind
from wrapify.box.nodes import OPAQUE
from wrapify.box.scan import Layer
from wrapify.box.store import Box
from wrapify.errors import StateError

DEEPEST = 60
"""Levels that are gone down before a directory is moved up: each costs a descriptor and a call."""
ANEW = "its directory was made anew, and can only be thrown away as a whole"
COPY = "it lies in a copy of a directory, and can only be thrown away with the box"
ABOVE = ".wrapify-deep"


def throw_away(box: Box, dests: Sequence[str], *, force: bool = False) -> None:
    """Remove a box with all that it keeps, for undo too. Raises StateError if that is not possible.

    It is out of sight first, so that one that is cut off leaves no half of a box. While an apply is cut off, real
    files may lie in the box and nowhere else: then it stays, but for `force`.
    """
    if not force and journal.is_cut_off(box.path):
        raise StateError(f"an apply of the box {box.name} was cut off", CUT_OFF)
    gone = f"{os.path.dirname(box.path)}/.gone-{box.name}-{os.getpid()}"
    try:
        os.rename(box.path, gone)
        for dest in dests:
            _remove_bins(dest, box.name)
        if box.store != box.path:
            remove(box.store)
        remove(gone)
    except OSError as error:
        raise StateError(f"the box {box.name} cannot be removed: {error}", "wrapify box list") from error


def _remove_bins(dest: str, name: str) -> None:
    """Remove what an apply kept for undo in a real directory that is on another file system than the box."""
    folder = nodes.open_real(dest, directory=True)
    try:
        for found in os.listdir(folder) if folder >= 0 else ():
            # Root keeps its own, of root's files.
            if found.startswith(f".wrapify-undo-{name}-") and _is_mine(found, folder):
                _remove(found, folder)
    finally:
        nodes.close(folder)


def _is_mine(name: str, folder: int) -> bool:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_uid == os.geteuid()


def remove(path: str) -> None:
    """Remove a directory of ours with everything in it, whatever its permissions. Raises OSError."""
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        _remove(os.path.basename(path), folder)
    finally:
        os.close(folder)


def _remove(name: str, folder: int) -> None:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISDIR(found.st_mode):
        os.unlink(name, dir_fd=folder)
        return
    inner = _open(name, folder)
    try:
        # What lay too deep has been moved up to here, and is next.
        while names := os.listdir(inner):
            for below in names:
                _empty(below, inner, top=inner, deep=1)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)


def _empty(name: str, folder: int, *, top: int, deep: int) -> None:
    """Remove `name`; a directory too deep below `top` is moved there instead."""
    if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=folder)
        return
    inner = _open(name, folder)
    try:
        for below in os.listdir(inner):
            if deep < DEEPEST:
                _empty(below, inner, top=top, deep=deep + 1)
            else:
                os.rename(below, f"{ABOVE}-{os.fstat(inner).st_ino}-{below}"[:200], src_dir_fd=inner, dst_dir_fd=top)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=folder)


def _open(name: str, folder: int) -> int:
    """Open a directory that is to be emptied, and make that possible."""
    inner = nodes.open_recorded(name, folder, directory=True)
    os.fchmod(inner, 0o700)
    return inner


# ---- single changes


def drop(layers: Sequence[Layer], changes: Iterable[Change]) -> tuple[int, tuple[tuple[Change, str], ...]]:
    """Throw single changes of a box away; give their number, and those that have to stay with the reason."""
    left: list[tuple[Change, str]] = []
    done = 0
    # What is in a directory goes before the directory.
    for change in sorted(changes, key=lambda change: change.path, reverse=True):
        why = _drop(layers[change.at[0]], change)
        done += not why
        left.extend([(change, why)] if why else [])
    return done, tuple(reversed(left))


def _drop(layer: Layer, change: Change) -> str:
    """Throw one change away: without what was recorded, the real one is seen. Say why not if that would not be so."""
    if layer.farm:
        return COPY
    above, _, name = change.at[1].rpartition("/")
    folder, alone = _walk(layer, above)
    try:
        if folder < 0 or (alone and change.old is not None):
            return ANEW
        if not name and change.old:
            os.fchmod(folder, change.old.mode)
            return ""
        with _writable(folder):
            _take_out(change, name, folder=folder)
        return ""
    finally:
        nodes.close(folder)


def _take_out(change: Change, name: str, *, folder: int) -> None:
    if change.kind is ChangeKind.METADATA and change.old and change.old.kind is Kind.DIR:
        _as_it_was(name, folder, mode=change.old.mode)
    elif _holds(name, folder):
        _remove(name, folder)


@contextmanager
def _writable(folder: int) -> Iterator[None]:
    """Lend this user all rights in an open directory of a layer."""
    mode = stat.S_IMODE(os.fstat(folder).st_mode)
    os.fchmod(folder, mode | 0o700)
    try:
        yield
    finally:
        os.fchmod(folder, mode)


def _walk(layer: Layer, path: str) -> tuple[int, bool]:
    """Open a directory of a layer, -1 if there is none; tell whether nothing real shows through there."""
    here = nodes.open_recorded(layer.root, directory=True)
    alone = OPAQUE in nodes.marks_of(here)
    for part in filter(None, path.split("/")):
        try:
            below = nodes.open_recorded(part, here, directory=True)
        except OSError:
            below = -1
        os.close(here)
        here = below
        if here < 0:
            break
        alone = alone or OPAQUE in nodes.marks_of(here)
    return here, alone


def _holds(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False  # It went with its directory, or is a file that was moved here.
    return True


def _as_it_was(name: str, folder: int, *, mode: int) -> None:
    inner = nodes.open_recorded(name, folder, directory=True)
    os.fchmod(inner, mode)
    os.close(inner)
