"""Layers of a box made by hand, beside the real directory that they were laid over. No test.

Everything is made and read as an ordinary user: to root nothing would be unreadable.
"""

from __future__ import annotations

import os
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wrapify.box.changes import classify
from wrapify.box.model import Change, Entry
from wrapify.box.nodes import OPAQUE, ORIGIN
from wrapify.box.scan import Layer, scan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tests.conftest import User


@contextmanager
def acting_as(user: User) -> Iterator[None]:
    """Be an ordinary user for a while, if this is root."""
    if os.getuid() != 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(user.gid)
    os.seteuid(user.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@contextmanager
def being_root() -> Iterator[None]:
    """Be root again within `acting_as`, if this is root."""
    user = os.geteuid()
    if os.getuid() == 0:
        os.seteuid(0)
    try:
        yield
    finally:
        os.seteuid(user)


@dataclass(frozen=True)
class Laid:
    """A real directory, what was recorded over it, and a place that is neither."""

    real: Path
    upper: Path
    aside: Path

    def layer(self, **more: Any) -> Layer:
        return Layer(0, str(self.upper), str(self.real), **more)

    def entries(self, **more: Any) -> list[Entry]:
        return list(scan(self.layer(**more)))

    def changes(self, *, since: int, **more: Any) -> list[Change]:
        return list(classify(scan(self.layer(**more)), dests=(str(self.real),), since=since))

    def seen(self, **more: Any) -> list[str]:
        """Tell what changed, in words: `added a/b`. Nothing has changed on the host meanwhile."""
        return [in_words(self, change) for change in self.changes(since=NEVER, **more)]

    def tick(self) -> int:
        """Wait until the clock of the file system moves; give a time after what was done and not after what comes."""
        probe = self.aside / "clock"
        probe.touch()
        before, deadline = probe.stat().st_ctime_ns, time.monotonic() + 10
        while probe.stat().st_ctime_ns <= before:
            assert time.monotonic() < deadline, "the clock of the file system stands still"
            os.sched_yield()
            os.utime(probe)
        return probe.stat().st_ctime_ns


NEVER = (1 << 62) - 1


@contextmanager
def laid_out(base: Path, user: User) -> Iterator[Laid]:
    """Make a real directory and an empty layer in `base` that belong to the user, and be the user meanwhile."""
    for folder in base.parents[:2]:
        folder.chmod(0o755)
    os.chown(base, user.uid, user.gid)
    with acting_as(user):
        laid = Laid(base / "real", base / "upper", base / "aside")
        for folder in (laid.real, laid.upper, laid.aside):
            folder.mkdir()
        yield laid


def in_words(laid: Laid, change: Change) -> str:
    return f"{change.kind} {change.path.removeprefix(str(laid.real)).lstrip('/') or '.'}"


# ---- what overlayfs records


def put(path: Path, content: str | bytes = "as it was\n", mode: int = 0o644, *, copied: bool = False) -> Path:
    """Write a file, with its parents; `copied` marks it as overlayfs marks what came up from a real one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if copied:
        os.setxattr(path, ORIGIN, b"")
    path.chmod(mode)
    return path


def folder(path: Path, mode: int = 0o755, *, copied: bool = False, opaque: bool = False) -> Path:
    path.mkdir(parents=True)
    if copied:
        os.setxattr(path, ORIGIN, b"")
    if opaque:
        os.setxattr(path, OPAQUE, b"y")
    path.chmod(mode)
    return path


def whiteout(path: Path) -> Path:
    os.mknod(path, stat.S_IFCHR, os.makedev(0, 0))
    return path


def listener(path: Path) -> Path:
    """Make a socket, however long the path is."""
    above = os.open(path.parent, os.O_PATH)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(f"/proc/self/fd/{above}/{path.name}")
    os.close(above)
    return path
