"""Touches: single paths in a box or below a real directory, by descriptor. Looking at them and opening them.

No name is resolved beyond its directory, no link followed, nothing but a regular file opened for reading.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from wrapify.box.model import UNKNOWN, Kind, Node, Tree

OVERLAY = "user.overlay."
OPAQUE, WHITEOUT, ORIGIN = f"{OVERLAY}opaque", f"{OVERLAY}whiteout", f"{OVERLAY}origin"
DEEPEST = 100
"""Levels of directories that are looked into: each costs two descriptors, of which a process may have 1024."""
PIECE = 1 << 18
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_PATH = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
_KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIR,
    stat.S_IFLNK: Kind.LINK,
    stat.S_IFIFO: Kind.FIFO,
    stat.S_IFSOCK: Kind.SOCKET,
}


Found = TypeVar("Found")


class Recorded(NamedTuple):
    """Hold what lies at a path of a layer. `marks` are overlayfs' own attributes; `gone` says that it is a whiteout."""

    node: Node
    marks: tuple[str, ...]
    gone: bool


def recorded(name: str, folder: int, *, new: bool = False) -> Recorded:
    """Look at `name` in the open directory `folder` of a layer, also one that forbids it. Raises OSError.

    `new` says that nothing real can be there: then the attributes of a file tell nothing, and are not asked for.
    """
    try:
        return _recorded(name, folder, new=new)
    except PermissionError:
        return _entered(folder, lambda: _recorded(name, folder, new=new))


def _recorded(name: str, folder: int, *, new: bool) -> Recorded:
    found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if new and stat.S_ISREG(found.st_mode) and found.st_size:
        return Recorded(_node(found), (), gone=False)
    if stat.S_ISCHR(found.st_mode):
        # A whiteout, which anybody may make, is the device 0/0.
        return Recorded(_node(found), (), found.st_rdev == 0)
    spot = f"/proc/self/fd/{folder}/{name}"
    names = _names(spot)
    marks = tuple(one for one in names if one.startswith(OVERLAY))
    try:
        own = _own(spot, names)
    except PermissionError:
        with _lent(name, folder) as lent:
            own = _own(lent, names, follow=True)
    whole = _node(found, target=_target(found, name, folder=folder), xattrs=own)
    # The kernel never writes this kind for an ordinary user, but a reader has to know it.
    return Recorded(whole, marks, WHITEOUT in marks and whole.kind is Kind.FILE and whole.size == 0)


def node(name: str, folder: int) -> Node | None:
    """Look at `name` in the open directory `folder`, None if there is nothing (or `folder` is -1). Raises OSError."""
    found = bare(name, folder)
    return found and found._replace(xattrs=_readable(f"/proc/self/fd/{folder}/{name}"))


def bare(name: str, folder: int) -> Node | None:
    """Look at `name` as `node` does, but for the attributes."""
    if folder < 0:
        return None
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    return _node(found, target=_target(found, name, folder=folder))


def node_of(descriptor: int) -> Node:
    """Look at what an open descriptor leads to."""
    return _node(os.fstat(descriptor), xattrs=_readable(f"/proc/self/fd/{descriptor}", follow=True))


def marks_of(descriptor: int) -> tuple[str, ...]:
    """List overlayfs' own attributes of an open directory."""
    return tuple(one for one in _names(f"/proc/self/fd/{descriptor}", follow=True) if one.startswith(OVERLAY))


def _node(found: os.stat_result, *, target: str = "", xattrs: tuple[tuple[str, bytes], ...] = ()) -> Node:
    return Node(
        _KINDS.get(stat.S_IFMT(found.st_mode), Kind.DEVICE), stat.S_IMODE(found.st_mode), found.st_size,
        found.st_mtime_ns, found.st_ctime_ns, found.st_dev, found.st_ino, found.st_nlink, found.st_uid,
        target, xattrs,
    )  # fmt: skip


def attributes_of(descriptor: int) -> tuple[tuple[str, bytes], ...]:
    """Read what a user may set of a file that is open for reading or writing: of one opened as a path it finds none."""
    return _readable(descriptor, follow=True)


def _target(found: os.stat_result, name: str, *, folder: int) -> str:
    return os.readlink(name, dir_fd=folder) if stat.S_ISLNK(found.st_mode) else ""


def _names(spot: str | int, *, follow: bool = False) -> list[str]:
    try:
        return os.listxattr(spot, follow_symlinks=follow)
    except OSError:
        return []  # A file system without them.


def _own(spot: str | int, names: list[str], *, follow: bool = False) -> tuple[tuple[str, bytes], ...]:
    """Read what a user may set; overlayfs' own marks, and those of the system (SELinux), are not compared.

    Raises PermissionError where the file itself may not be read either.
    """
    own = sorted(name for name in names if name.startswith("user.") and not name.startswith(OVERLAY))
    try:
        return tuple((name, os.getxattr(spot, name, follow_symlinks=follow)) for name in own)
    except PermissionError:
        raise
    except OSError:
        return ()


def _readable(spot: str | int, *, follow: bool = False) -> tuple[tuple[str, bytes], ...]:
    """Read what a user may set, as far as it may be read."""
    try:
        return _own(spot, _names(spot, follow=follow), follow=follow)
    except PermissionError:
        return ()


def equal(one: int, other: int) -> bool:
    """Compare two open files from where they are read next to their ends."""
    while True:
        piece = os.read(one, PIECE)
        if piece != os.read(other, PIECE):
            return False
        if not piece:
            return True


def open_recorded(name: str, folder: int | None = None, *, directory: bool = False) -> int:
    """Open a file or directory of a layer, also one whose permissions forbid it; they are as before afterwards.

    Raises OSError, for anything else as well.
    """
    return _entered(folder, lambda: _open_recorded(name, folder, directory=directory))


def _open_recorded(name: str, folder: int | None, *, directory: bool) -> int:
    flags = _FOLDER if directory else _FILE
    try:
        return _regular(os.open(name, flags, dir_fd=folder), directory=directory)
    except PermissionError:
        with _lent(name, folder) as lent:
            return _regular(os.open(lent, flags & ~os.O_NOFOLLOW), directory=directory)


def _entered(folder: int | None, look: Callable[[], Found]) -> Found:
    """Do something with a name in an open directory of a layer, also one that may be listed and not entered."""
    try:
        return look()
    except PermissionError:
        if folder is None:
            raise
        mode = stat.S_IMODE(os.fstat(folder).st_mode)
        if mode & 0o100:
            raise
    os.fchmod(folder, mode | 0o700)
    try:
        return look()
    finally:
        os.fchmod(folder, mode)


@contextmanager
def _lent(name: str, folder: int | None) -> Iterator[str]:
    """Lend its owner the permission to read a file or directory of a layer. Give a path to it. Raises OSError."""
    held = os.open(name, _PATH, dir_fd=folder)
    try:
        mode = os.fstat(held).st_mode
        if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
            raise PermissionError(f"{name!a} is something else")
        # By descriptor: chmod(2) of a name would follow a link.
        spot = f"/proc/self/fd/{held}"
        os.chmod(spot, stat.S_IMODE(mode) | (0o700 if stat.S_ISDIR(mode) else 0o400))
        try:
            yield spot
        finally:
            os.chmod(spot, stat.S_IMODE(mode))
    finally:
        os.close(held)


def open_real(name: str, folder: int | None = None, *, directory: bool = False) -> int:
    """Open a real file or directory, -1 if that is not possible: nothing of the user's is changed by looking."""
    if folder is not None and folder < 0:
        return -1
    try:
        return _regular(os.open(name, _FOLDER if directory else _FILE, dir_fd=folder), directory=directory)
    except OSError:
        return -1


def _regular(descriptor: int, *, directory: bool) -> int:
    """Give a descriptor back. Raises OSError if it is neither a directory, where one is wanted, nor a regular file."""
    if directory or stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise OSError("not a regular file")


def tree(folder: int, *, deep: int = 0) -> Tree:
    """Count what lies below an open real directory, and find its latest change. It may be changing meanwhile."""
    count = latest = 0
    for name in os.listdir(folder):
        try:
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except PermissionError:
            # It may be listed and not entered.
            return Tree(0, UNKNOWN)
        count, latest = count + 1, max(latest, found.st_ctime_ns)
        if stat.S_ISDIR(found.st_mode):
            below = _inside(name, folder, deep=deep + 1)
            count, latest = count + below.things, max(latest, below.latest)
    return Tree(count, latest)


def _inside(name: str, folder: int, *, deep: int) -> Tree:
    inner = open_real(name, folder, directory=True) if deep < DEEPEST else -1
    if inner < 0:
        return Tree(0, UNKNOWN)
    try:
        return tree(inner, deep=deep)
    finally:
        os.close(inner)


def tree_at(name: str, folder: int) -> Tree:
    """Sum up the real directory `name` in the open directory `folder`."""
    return _inside(name, folder, deep=0)


def lies_at(path: str, folder: int) -> bool:
    """Tell whether something lies at the relative `path` below an open real directory, through no symlink."""
    first, _, rest = path.partition("/")
    if not rest:
        return os.access(first, os.F_OK, dir_fd=folder, follow_symlinks=False)
    inner = open_real(first, folder, directory=True)
    try:
        return inner >= 0 and lies_at(rest, inner)
    finally:
        close(inner)


def close(*descriptors: int) -> None:
    """Close what is open of `descriptors`."""
    for descriptor in descriptors:
        if descriptor >= 0:
            os.close(descriptor)


def content(descriptor: int, most: int) -> bytes:
    """Read up to `most` bytes of an open file from its start."""
    text = b""
    while len(text) < most and (piece := os.pread(descriptor, most - len(text), len(text))):
        text += piece
    return text
