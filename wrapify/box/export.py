"""Touches: one box, a file. Writes what a box holds as a tar archive, for looking at it elsewhere."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Sequence
from typing import IO

from wrapify.box import nodes
from wrapify.box.model import Change, Kind, Node
from wrapify.box.review import Review

DELETED = "deleted.txt"
FILES = "files/"
TYPES = {Kind.FILE: tarfile.REGTYPE, Kind.DIR: tarfile.DIRTYPE, Kind.LINK: tarfile.SYMTYPE, Kind.FIFO: tarfile.FIFOTYPE}


def archive(review: Review, changes: Sequence[Change], *, to: IO[bytes]) -> None:
    """Write the changes of a box: new content below files/, by its absolute path, and the list of what was deleted.

    Sockets are left out. setuid and setgid are not written. Raises OSError.
    """
    with tarfile.open(fileobj=to, mode="w|", format=tarfile.PAX_FORMAT, errors="surrogateescape") as out:
        for change in changes:
            if change.new is not None and change.new.kind in TYPES:
                _add(out, review, change=change, node=change.new)
        gone = "".join(f"{change.path}\n" for change in changes if change.new is None)
        content = gone.encode("utf-8", "surrogateescape")
        row = tarfile.TarInfo(DELETED)
        row.size = len(content)
        out.addfile(row, io.BytesIO(content))


def _add(out: tarfile.TarFile, review: Review, *, change: Change, node: Node) -> None:
    row = tarfile.TarInfo(FILES + change.path.lstrip("/"))
    row.type, row.mode, row.mtime = TYPES[node.kind], node.mode & 0o1777, node.mtime // 10**9
    row.linkname = node.target
    if node.kind is not Kind.FILE:
        out.addfile(row)
        return
    row.size = node.size
    descriptor = review.open(change)
    try:
        with open(descriptor, "rb", closefd=False) as source:
            out.addfile(row, source)
    finally:
        nodes.close(descriptor)
