"""Pure. What lies at a path, what was recorded of it, and what that means for the real file.

Paths are str as os.fsdecode gives them: any bytes, hostile, to be escaped before they are shown.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Name what can lie at a path."""

    FILE = "file"
    DIR = "directory"
    LINK = "symlink"
    FIFO = "fifo"
    SOCKET = "socket"
    DEVICE = "device"


class ChangeKind(StrEnum):
    """Name what a run did to a path, seen from the real one."""

    ADDED = "added"
    MODIFIED = "modified"
    DELETED = "deleted"
    REPLACED = "replaced"
    METADATA = "metadata"


class Node(NamedTuple):
    """Hold what lies at a path. Times are nanoseconds since 1970; `mode` are the 12 permission bits.

    `target` is where a symlink leads, "" for anything else. `xattrs` are (name, value), sorted, without overlayfs' own.
    """

    kind: Kind
    mode: int
    size: int
    mtime: int
    ctime: int
    dev: int
    ino: int
    links: int
    uid: int
    target: str = ""
    xattrs: tuple[tuple[str, bytes], ...] = ()

    @property
    def print(self) -> Print:
        """Give its fingerprint. A directory's size and time change with what is in it, so they do not count."""
        still = self.kind is not Kind.DIR
        return Print(self.dev, self.ino, self.size * still, self.mtime * still, self.mode, str(self.kind))


class Print(NamedTuple):
    """Identify one state of what lies at a path. It stays the same when the thing is moved, as ctime would not."""

    dev: int
    ino: int
    size: int
    mtime: int
    mode: int
    kind: str


UNKNOWN = (1 << 63) - 1
"""The latest change of a tree that cannot be read as a whole."""


class Tree(NamedTuple):
    """Sum up what lies below a directory: the number of things, and the latest change of any of them (ctime, ns)."""

    things: int
    latest: int


class Entry(NamedTuple):
    """Hold one finding in a layer: what the run left at `path`, and what really lies there now.

    `layer` is the number of the layer and `path` is relative to it. `upper` None: the run deleted it. `lower` None:
    there is nothing. `copied` says that it came up from a real file (overlayfs marks that), `same` that the contents
    are equal, `below` sums up what is lost with a directory that goes. Nothing below a directory is listed where it is
    `too_deep`, or `unread` since the real one cannot be read. `hidden` says that the run could not see what really lies
    there, or some of what is lost.
    """

    layer: int
    path: str
    upper: Node | None
    lower: Node | None
    copied: bool = False
    same: bool = False
    below: Tree | None = None
    too_deep: bool = False
    unread: bool = False
    hidden: bool = False


class Change(NamedTuple):
    """Hold one change. `path` is absolute; `at` is the layer's number and the path in it.

    `conflict` says why it cannot be applied as it is ("" if it can), `never` that not even force helps, `matters` what
    it could make run later ("" if nothing), `twin` is the path in the same layer of an earlier change that is the same
    file (a hard link).
    """

    path: str
    kind: ChangeKind
    at: tuple[int, str]
    new: Node | None
    old: Node | None
    below: Tree | None = None
    conflict: str = ""
    never: bool = False
    matters: str = ""
    twin: str = ""

    @property
    def lost(self) -> int:
        """Count what is lost with it, itself included; 0 if nothing is."""
        if self.kind not in (ChangeKind.DELETED, ChangeKind.REPLACED):
            return 0
        return 1 + (self.below.things if self.below else 0)
