"""Files of the test user: planting them, comparing a tree before and after, reading what a box recorded. No test."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol

Tree = dict[bytes, tuple[object, ...]]
OWN = (".local/state/wrapify", ".cache/wrapify")
"""What wrapify itself keeps in a home, relative to it."""


class User(Protocol):
    """The part of the `user` fixture that is used here."""

    @property
    def uid(self) -> int: ...
    @property
    def gid(self) -> int: ...
    @property
    def drop(self) -> dict[str, Any]: ...


def plant(user: User, path: Path, content: str | bytes = "as the user left it\n", mode: int = 0o644) -> Path:
    """Write a file that belongs to the user, with its parents."""
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    for spot in (path, *missing):
        os.chown(spot, user.uid, user.gid)
    return path


def folder(user: User, path: Path, mode: int = 0o755) -> Path:
    """Make a directory that belongs to the user, with its parents."""
    missing = [path, *(above for above in path.parents if not above.exists())]
    path.mkdir(parents=True, exist_ok=True)
    for spot in missing:
        os.chown(spot, user.uid, user.gid)
    path.chmod(mode)
    return path


def as_user(user: User, script: str, cwd: Path) -> str:
    """Run a line of sh on the host as the user and give what it printed; it must succeed."""
    done = subprocess.run(["sh", "-ec", script], cwd=cwd, capture_output=True, check=False, **user.drop)
    assert done.returncode == 0, done.stderr
    return str(done.stdout.decode("utf-8", "replace"))


def snapshot(top: Path | str, skip: Iterable[str] = OWN) -> Tree:
    """Tell everything about every file below `top`: kind, mode, owner, links, times, attributes, content.

    `skip` are paths relative to `top`; of their parents only the existence is told, for they change with them.
    """
    base = os.fsencode(top)
    left_out = {os.path.join(base, os.fsencode(name)) for name in skip}
    loose = {path[: len(base) + at] for path in left_out for at in _cuts(path[len(base) :])}
    found: Tree = {}
    todo = [base]
    while todo:
        path = todo.pop()
        if path in left_out:
            continue
        about = os.lstat(path)
        found[path] = (stat.S_IFMT(about.st_mode),) if path in loose else _facts(path, about)
        if stat.S_ISDIR(about.st_mode):
            todo += [os.path.join(path, name) for name in os.listdir(path)]
    return found


def _cuts(path: bytes) -> list[int]:
    return [at for at in range(len(path)) if path[at : at + 1] == b"/"]


def _facts(path: bytes, about: os.stat_result) -> tuple[object, ...]:
    kind = stat.S_IFMT(about.st_mode)
    content: bytes = b""
    if kind == stat.S_IFREG:
        with open(path, "rb") as source:
            content = source.read()
    elif kind == stat.S_IFLNK:
        content = os.readlink(path)
    names = os.listxattr(path, follow_symlinks=False) if kind in (stat.S_IFREG, stat.S_IFDIR) else []
    return (about.st_mode, about.st_uid, about.st_gid, about.st_ino, about.st_mtime_ns, tuple(names), content)


def differences(before: Tree, after: Tree) -> list[bytes]:
    """List the paths that are not the same in both."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def boxes(state: Path) -> list[Path]:
    """List the boxes below a state directory, hidden leftovers aside."""
    found = state / "boxes" if state.name != "boxes" else state
    return sorted(path for path in found.iterdir() if path.name[0] != ".") if found.is_dir() else []


def about(box: Path) -> dict[str, object]:
    """Read a box's metadata."""
    found = json.loads((box / "box.json").read_text())
    end = box / "end.json"
    return dict(found) | (json.loads(end.read_text()) if end.exists() else {})


def layer(box: Path, dest: Path | str) -> Path:
    """Give the directory of a box that records writes to `dest`."""
    rows = about(box)["layers"]
    assert isinstance(rows, list)
    named = {place: name for name, _, place in (str(row).partition(" ") for row in rows)}
    return Path(str(about(box)["store"]) or box) / named[str(dest)]


def is_whiteout(path: Path) -> bool:
    """Tell whether overlayfs recorded a deletion here."""
    found = path.lstat()
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == 0


def until(holds: Callable[[], object], what: str, seconds: float = 20) -> None:
    """Poll until something holds; fail with `what` if it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        os.sched_yield()
        time.sleep(0.01)  # the pause of a poll, not a wait for something to have happened
