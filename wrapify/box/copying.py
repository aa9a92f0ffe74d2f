"""Touches: files in a box, reading, and new files beside real ones. Copies content, holes, permissions and times."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from wrapify.box import nodes
from wrapify.box.places import Conflict, Spot
from wrapify.box.steps import Step

RUN_SINCE = "the box has been used since this was planned"
PIECE = 1 << 20
LONG = 1 << 30
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Copier:
    """Copy files out of the layers at `roots`; the box is locked, so nobody changes them meanwhile.

    `sync`: each copy is written to disk before it is used.
    """

    def __init__(self, roots: Sequence[str], *, sync: bool) -> None:
        self._roots = roots
        self._sync = sync
        self._at: tuple[int, str] = (-1, "")
        self._folder = -1

    def close(self) -> None:
        """Close what is open."""
        nodes.close(self._folder)
        self._folder = -1

    def copy(self, step: Step, spot: Spot) -> int:
        """Copy the file of a step to the name beside its place; give its inode. Raises OSError, or Conflict."""
        above, _, name = step.path.rpartition("/")
        source = nodes.open_recorded(name, self._open(step.layer, above))
        try:
            found = os.fstat(source)
            if found.st_mtime_ns != step.mtime:
                raise Conflict(RUN_SINCE)
            target = os.open(spot.beside, _NEW, 0o600, dir_fd=spot.folder)
            try:
                _content(source, target, found=found)
                _about(step, source, target=target, spot=spot)
                if self._sync:
                    os.fsync(target)
                return os.fstat(target).st_ino
            finally:
                os.close(target)
        finally:
            os.close(source)

    def _open(self, layer: int, path: str) -> int:
        """Open a directory of a layer, also one whose permissions forbid it; the last one stays open."""
        if self._at != (layer, path) or self._folder < 0:
            self.close()
            here = nodes.open_recorded(self._roots[layer], directory=True)
            for part in filter(None, path.split("/")):
                below = nodes.open_recorded(part, here, directory=True)
                os.close(here)
                here = below
            self._at, self._folder = (layer, path), here
        return self._folder


def _content(source: int, target: int, *, found: os.stat_result) -> None:
    if found.st_blocks * 512 >= found.st_size:
        _piece(source, target, start=0, end=found.st_size)
        return
    os.ftruncate(target, found.st_size)
    end = 0
    while (start := _seek(source, end, how=os.SEEK_DATA)) < found.st_size:
        end = _seek(source, start, how=os.SEEK_HOLE)
        _piece(source, target, start=start, end=end)


def _seek(source: int, start: int, *, how: int) -> int:
    try:
        return os.lseek(source, start, how)
    except OSError as error:
        if error.errno == errno.ENXIO:
            return os.fstat(source).st_size  # Nothing but a hole from there to the end.
        raise


def _piece(source: int, target: int, *, start: int, end: int) -> None:
    """Copy a range of bytes, in the kernel where it can."""
    while start < end:
        try:
            done = os.copy_file_range(source, target, min(end - start, LONG), start, start)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            done = os.pwrite(target, os.pread(source, min(end - start, PIECE), start), start)
        if not done:
            raise OSError(errno.EIO, "the recorded file is shorter than it says")
        start += done


def _about(step: Step, source: int, *, target: int, spot: Spot) -> None:
    if step.base:
        _owner(target, spot)
    # Of a new file they are read only now: to ask for them while looking would take twice the time. They come before
    # the permissions, which may forbid it.
    if attributes := nodes.attributes_of(source):
        _set_attributes(target, attributes)
    os.fchmod(target, step.mode & 0o1777)
    os.utime(target, ns=(step.mtime, step.mtime))


def _owner(target: int, spot: Spot) -> None:
    """Keep the owner of what is replaced, which only root can, and its group, which may be one that users share."""
    found, made = spot.look(spot.name), os.fstat(target)
    for uid, gid in ((found.st_uid, found.st_gid), (made.st_uid, found.st_gid)):
        if (uid, gid) == (made.st_uid, made.st_gid):
            return
        try:
            os.fchown(target, uid, gid)
            return
        except PermissionError:
            continue  # Not this user's to give.


def _set_attributes(held: int, wanted: tuple[tuple[str, bytes], ...]) -> None:
    """Set the user's attributes of what a descriptor leads to, and remove others. Raises OSError."""
    spot, found = f"/proc/self/fd/{held}", dict(nodes.node_of(held).xattrs)
    for name in found.keys() - dict(wanted).keys():
        os.removexattr(spot, name)
    for name, value in wanted:
        if found.get(name) != value:
            try:
                os.setxattr(spot, name, value)
            except OSError as error:
                if error.errno == errno.ENOSPC:  # A file has only so much room for them, whatever the disk has.
                    raise OSError(errno.E2BIG, "its attributes do not fit here") from error
                raise


def set_about(held: int, mode: int, *, xattrs: tuple[tuple[str, bytes], ...]) -> None:
    """Set the permissions and the user's attributes of what an O_PATH descriptor leads to."""
    spot = f"/proc/self/fd/{held}"
    # Attributes are read and written only by who may do so to the content.
    os.chmod(spot, mode | 0o600)
    _set_attributes(held, xattrs)
    if mode | 0o600 != mode:
        os.chmod(spot, mode)


def set_mode_and_time(step: Step, at: tuple[int, str]) -> None:
    """Set the permissions and time of what a step has made at (open directory, name) and cannot open."""
    held = os.open(at[1], os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at[0])
    try:
        spot = f"/proc/self/fd/{held}"
        os.chmod(spot, step.mode & 0o1777)
        os.utime(spot, ns=(step.mtime, step.mtime))
    finally:
        os.close(held)
