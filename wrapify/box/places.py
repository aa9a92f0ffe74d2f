"""Touches: the user's real directories. Where the steps of an apply take place, and where what they replace is kept."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from wrapify.box import kernel, nodes
from wrapify.box.changes import CHANGED
from wrapify.box.journal import Record
from wrapify.box.model import Kind, Node, Print
from wrapify.box.steps import OURS, Step

ELSEWHERE = "its directory is not what it was"
GONE = "the real one has gone since"
OCCUPIED = "something else lies there now; the old one is kept"
NOT_EMPTY = "it holds something that was made since"
GRAIN = 2 * 10**9
"""Nanoseconds: the coarsest times of a file system (FAT)."""
FATAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.ENOMEM, errno.EMFILE})
"""What the next step would fail of, too."""
_ROOT = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def still(found: Node) -> Print:
    """Give the fingerprint of what was found as steps hold it."""
    return found.print._replace(dev=0)


def is_as_adjusted(step: Step, found: Node) -> bool:
    """Tell whether a file is as it was planned for, but for permissions that a step sets or goes through."""
    modes = {mode | more for mode in (step.was[0], step.mode) for more in (0, 0o600)}
    return found.mode in modes and step.base is not None and still(found) == step.base._replace(mode=found.mode)


def reason(error: OSError) -> str:
    """Say what a failed system call means for one path."""
    if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENOENT, errno.EXDEV):
        return ELSEWHERE
    return (error.strerror or "failed").lower()


class Conflict(Exception):
    """Say why a path is left as it is."""


class Spot(NamedTuple):
    """Hold the open directory in which a step takes place, the name there, and the name beside it for what is new."""

    folder: int
    name: str
    beside: str

    @property
    def at(self) -> tuple[int, str]:
        """Give the place as `Kernel.rename` takes it."""
        return (self.folder, self.name)

    @property
    def at_beside(self) -> tuple[int, str]:
        """Give the place beside it as `Kernel.rename` takes it."""
        return (self.folder, self.beside)

    def look(self, name: str) -> os.stat_result:
        """Look at a name in the directory. Raises OSError."""
        return os.stat(name, dir_fd=self.folder, follow_symlinks=False)

    def inode(self, name: str) -> int | None:
        """Give the inode of a name in the directory, None if there is nothing."""
        try:
            return self.look(name).st_ino
        except FileNotFoundError:
            return None

    def clear_beside(self) -> None:
        """Remove what was made beside the place."""
        try:
            found = self.look(self.beside)
        except FileNotFoundError:
            return
        (os.rmdir if stat.S_ISDIR(found.st_mode) else os.unlink)(self.beside, dir_fd=self.folder)


class Places:
    """Open the directories of steps, and keep what they replace for undo."""

    def __init__(self, record: Record, dests: Sequence[str], *, tag: str) -> None:
        self.kernel = kernel.Kernel()
        self._record = record
        self._name = tag
        self._dests = dests
        self._roots: dict[int, int] = {}
        self._local: dict[int, int] = {}

    def close(self) -> None:
        """Close what is open."""
        nodes.close(*self._local.values(), *self._roots.values())

    def tidy(self) -> None:
        """Remove the directories for what was replaced that hold nothing."""
        for layer in {step.layer for step in self._record.steps}:
            try:
                os.rmdir(self._bin, dir_fd=self._root(layer))
            except OSError:
                continue  # It holds something: until undo, or until the box is thrown away.

    def _root(self, layer: int) -> int:
        if layer not in self._roots:
            self._roots[layer] = os.open(self._dests[layer], _ROOT)
        return self._roots[layer]

    def open(self, step: Step) -> int:
        """Open the directory of a step, through no symlink and no mount point. Raises OSError."""
        return self.kernel.folder(self._root(step.layer), step.path.rpartition("/")[0])

    def beside(self, number: int) -> str:
        """Give the name of what is new beside the place of a step. Raises OSError."""
        return f"{OURS[0]}{self._record.tagged(self._name)}-{number}"

    @contextmanager
    def spot(self, number: int, step: Step) -> Iterator[Spot]:
        """Open the directory of a step for as long as it takes place. Raises OSError."""
        beside = self.beside(number)
        folder = self.open(step)
        try:
            # The permissions of the layer's root itself are changed by the name ".".
            yield Spot(folder, step.path.rpartition("/")[2] or ".", beside)
        finally:
            os.close(folder)

    def is_there(self, step: Step, spot: Spot) -> bool:
        """Tell whether the directory of a step is still that of `spot`. Raises OSError."""
        now = self.open(step)
        try:
            return os.path.samestat(os.fstat(now), os.fstat(spot.folder))
        finally:
            os.close(now)

    def sync(self, *layers: int) -> None:
        """Write the file systems of `layers` to disk, or all that were changed."""
        for layer in layers or tuple(self._roots):
            kernel.sync_folder(self._root(layer), whole=True)

    # ---- what is there

    def is_base(self, step: Step, spot: Spot, *, name: str) -> bool:
        """Tell whether what lies at `name` is what lay in the place when the plan was made."""
        return self._matches(step, name, folder=spot.folder)

    def _matches(self, step: Step, name: str, *, folder: int) -> bool:
        found, base = nodes.node(name, folder), step.base
        if found is None or base is None:
            return False
        if found.kind is not Kind.DIR:
            return still(found) == base
        # One that may not be written to is opened for being moved.
        return _writable(still(found)) == _writable(base) and nodes.tree_at(name, folder) == step.below

    def check_placed(self, number: int, step: Step, *, spot: Spot, name: str) -> None:
        """Raise Conflict if what lies at `name` is not what was placed, as it was placed."""
        found = nodes.bare(name, spot.folder)
        if found is None or found.kind is not step.kind or found.ino != self._record.inodes[number]:
            raise Conflict(CHANGED)
        if step.kind is Kind.DIR:
            if nodes.tree_at(name, spot.folder).things:
                raise Conflict(NOT_EMPTY)
        elif found.target != step.target or not (step.kind is Kind.FIFO or 0 <= step.mtime - found.mtime < GRAIN):
            # What is changed later has a later time. A file system may round ours down; a fifo is only used.
            raise Conflict(CHANGED)

    # ---- what is kept

    @property
    def _bin(self) -> str:
        return f"{OURS[1]}{self._record.tagged(self._name)}"

    def _bins(self, layer: int, *, make: bool = False) -> Iterator[int]:
        """Give the directories where what is replaced may lie: in the box, or else on the same file system."""
        yield self._record.trash
        if layer not in self._local:
            try:
                if make:
                    os.mkdir(self._bin, 0o700, dir_fd=self._root(layer))
            except FileExistsError:
                pass  # An earlier attempt made it.
            try:
                self._local[layer] = _private(self._bin, self._root(layer))
            except FileNotFoundError:
                return
        yield self._local[layer]

    def kept(self, number: int, step: Step) -> int | None:
        """Give the directory that holds what step `number` replaced, None if there is none."""
        for folder in self._bins(step.layer):
            if nodes.bare(str(number), folder) is not None:
                return folder
        return None

    def keep(self, number: int, step: Step, *, spot: Spot, name: str) -> None:
        """Move `name` to where what is replaced is kept. Raises OSError; then it is where it was."""
        for folder in self._bins(step.layer, make=True):
            try:
                self._move(step, (spot.folder, name), to=(folder, str(number)))
                return
            except OSError as error:
                if error.errno != errno.EXDEV or folder != self._record.trash:
                    raise

    def is_kept_base(self, number: int, step: Step) -> bool:
        """Tell whether what is kept is what lay in the place when the plan was made."""
        folder = self.kept(number, step)
        return folder is not None and self._matches(step, str(number), folder=folder)

    def give_back(self, number: int, step: Step, *, spot: Spot, name: str = "") -> None:
        """Move what is kept back to its place, or to `name` beside it. Raises OSError if something lies there."""
        folder = self.kept(number, step)
        if folder is not None:
            self._move(step, (folder, str(number)), to=(spot.folder, name or spot.name))

    def _move(self, step: Step, source: tuple[int, str], *, to: tuple[int, str]) -> None:
        """Rename. A directory that its owner may not write to cannot be moved to another, so it is opened for that."""
        try:
            self.kernel.rename(source, to, how=kernel.NOREPLACE)
        except PermissionError:
            if not _set_write(step, source, may=True):
                raise
            try:
                self.kernel.rename(source, to, how=kernel.NOREPLACE)
            except OSError:
                _set_write(step, source, may=False)
                raise
        try:
            _set_write(step, to, may=False)
        except OSError:
            pass  # It is where it should be; when it has come back it is closed, too.

    def as_it_was(self, step: Step, spot: Spot) -> None:
        """Close a directory again that was opened for being moved, and then was not."""
        _set_write(step, spot.at, may=False)


def _private(name: str, folder: int) -> int:
    """Open a directory of ours; one that somebody else made, or may write to, is not it. Raises OSError."""
    held = os.open(name, _ROOT, dir_fd=folder)
    found = os.fstat(held)
    if found.st_uid == os.geteuid() and not found.st_mode & 0o077:
        return held
    os.close(held)
    raise PermissionError(errno.EPERM, "it cannot be kept for undo")


def _writable(found: Print) -> Print:
    return found._replace(mode=found.mode | stat.S_IWUSR)


def _set_write(step: Step, at: tuple[int, str], *, may: bool) -> bool:
    """Let the owner write to a directory that is replaced and that nobody may write to, or not again; tell whether."""
    base = step.base
    if base is None or base.kind != Kind.DIR or base.mode & stat.S_IWUSR:
        return False
    held = os.open(at[1], os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at[0])
    try:
        found = still(nodes.node_of(held))
        if _writable(found) != _writable(base):
            return False
        os.chmod(f"/proc/self/fd/{held}", base.mode | stat.S_IWUSR * may)
        return True
    finally:
        os.close(held)
