"""Every kind of thing that a run can leave, and that can have been there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.unit.box.ground import NEW, OLD, fifo, file, folder, gone, link, opaque


def with_attributes(path: Path, *, mode: int) -> None:
    """Make a file with attributes, which may not be set any more once it is read-only."""
    file(path, "#!/bin/sh\n")
    os.setxattr(path, "user.note", b"\0\xff")
    os.utime(path, ns=(NEW, NEW))
    path.chmod(mode)


def shut(path: Path, *, text: str) -> None:
    """Make a directory that its owner may not write to, with something in it."""
    file(path / "in" / "deep", text, mtime=OLD)
    file(path / "file", text, mtime=OLD)
    path.chmod(0o555)


def tree(path: Path) -> None:
    file(path / "sub/one", "new one", mode=0o600)
    link(path / "sub/lead", "../../nowhere")
    fifo(path / "pipe")
    folder(path / "sub/empty", mode=0o1750)
    os.utime(path / "sub", ns=(NEW, NEW))
    os.setxattr(path, "user.note", b"tree")
    path.chmod(0o2755)
    os.utime(path, ns=(NEW + 1, NEW + 1))


def twins(path: Path) -> None:
    """Make three names of one file; only the first lies where there was something."""
    file(path, "one of three", mode=0o640)
    os.link(path, f"{path}.also")
    folder(path.parent / "far")
    os.link(path, path.parent / "far" / f"{path.name}.too")


NEWS: dict[str, Callable[[Path], object]] = {
    "file": lambda path: file(path, "new", mode=0o755),
    "read-only file with attributes": lambda path: with_attributes(path, mode=0o444),
    "unreadable file": lambda path: file(path, "secret", mode=0),
    "symlink": lambda path: link(path, "/etc/passwd"),
    "fifo": lambda path: fifo(path, mode=0o622),
    "directory": tree,
    "read-only directory": lambda path: shut(path, text="new"),
    "hard links": twins,
    "whiteout": gone,
    "opaque directory": lambda path: [opaque(path), file(path / "only", "this")],
}
OLDS: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "file": lambda path: file(path, "old", mtime=OLD),
    "read-only file": lambda path: with_attributes(path, mode=0o400),
    "symlink to a file outside": lambda path: link(path, "../outside/file", mtime=OLD),
    "symlink to a directory outside": lambda path: link(path, "../outside", mtime=OLD),
    "fifo": lambda path: fifo(path, mode=0o600),
    "directory": lambda path: [file(path / "sub/old", "old", mtime=OLD), link(path / "l", "x", mtime=OLD)],
    "read-only directory": lambda path: shut(path, text="old"),
}
