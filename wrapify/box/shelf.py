"""Touches: the state directory. Finds boxes: which there are, what is known of each, and which is the newest."""

from __future__ import annotations

import fcntl
import os

from wrapify.box.store import NAME, Box, checked, read, write_about
from wrapify.errors import BoxMissing, StateError, UsageError


def rename(box: Box, name: str) -> None:
    """Give a box a name of the user's, by which it is kept. Raises UsageError or StateError."""
    path = f"{os.path.dirname(box.path)}/{checked(name)}"
    if not name or os.path.lexists(path):
        raise UsageError(f"there is a box {name} already", "take another name")
    try:
        about = read(box.path) | {"name": name}
        write_about(f"{box.path}/.box", about)
        os.rename(f"{box.path}/.box", f"{box.path}/box.json")
        os.rename(box.path, path)
    except OSError as error:
        raise StateError(f"the box {box.name} cannot be renamed: {error.strerror}", "wrapify box list") from error


def newest(state: str) -> str:
    """Name the box of the latest run. Raises BoxMissing if there is none."""
    names = [name for name, about in listing(state) if "error" not in about]
    if not names:
        raise BoxMissing("there are no boxes", "wrapify run makes one when a command changes something")
    return names[-1]


def exists_as_box(state: str, name: str) -> bool:
    """Tell whether there is a box of this name, whatever the name."""
    return set(name) <= NAME and os.path.isfile(f"{state}/boxes/{name}/box.json")


def dests(path: str) -> tuple[str, ...]:
    """Give the real directories of the layers of the box at `path`, as far as that is known."""
    try:
        rows = read(path).get("layers")
    except BoxMissing:
        return ()
    return tuple(str(row).partition(" ")[2] for row in rows) if isinstance(rows, list) else ()


def listing(state: str) -> list[tuple[str, dict[str, object]]]:
    """List every box with what is known of it, oldest first. One that cannot be read has an "error"."""
    found = []
    for path in _paths(state):
        try:
            about = read(path)
        except BoxMissing as error:
            about = {"error": error.message}
        found.append((os.path.basename(path), about | {"busy": in_use(path)}))
    return sorted(found, key=lambda row: (str(row[1].get("started", "")), row[0]))


def _paths(state: str) -> list[str]:
    try:
        return [f"{state}/boxes/{name}" for name in os.listdir(f"{state}/boxes") if not name.startswith(".")]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"{state}/boxes cannot be read: {error.strerror}", "make it readable") from error


def in_use(path: str) -> bool:
    """Tell whether a run holds the lock of the box at `path`."""
    try:
        descriptor = os.open(f"{path}/lock", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
