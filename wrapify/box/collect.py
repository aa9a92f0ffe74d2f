"""Touches: the state directory. Removes boxes that nobody wants any more, and what killed runs left half made."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from wrapify.box import nodes, removal, shelf, store
from wrapify.errors import WrapifyError

DAY = 86400
HALF_MADE_S = 3600
"""Making a box takes milliseconds; what is older than this was left by a run that was killed."""
MOST_COUNTED = 20_000
"""Files of a box that are counted for its size; with more it is a lower bound."""


def old(state: str, *, days: int, now: float) -> Iterator[str]:
    """Name the unnamed boxes that ended more than `days` days before `now` and that nobody uses."""
    for name, about in shelf.listing(state):
        ended = about.get("ended", about.get("started"))
        unnamed = "error" not in about and not about.get("name") and not about.get("busy")
        if unnamed and isinstance(ended, (int, float)) and now - ended > days * DAY:
            yield name


def sweep(state: str) -> None:
    """Remove what is left of boxes that were being made, or thrown away, when a run was killed."""
    base = f"{state}/boxes"
    try:
        names = [name for name in os.listdir(base) if name.startswith((".new-", ".gone-"))]
        for name in names:
            if time.time() - os.lstat(f"{base}/{name}").st_mtime > HALF_MADE_S:
                removal.remove(f"{base}/{name}")
    except OSError:
        return  # Another run does the same at this moment.


def throw_away(state: str, name: str, *, force: bool = False) -> None:
    """Remove one box, also one that cannot be read any more; with `force` also one of which an apply was cut off.

    Raises BoxMissing, BoxBusy or StateError.
    """
    box = store.open_box(state, name, whole=False)
    try:
        removal.throw_away(box, shelf.dests(box.path), force=force)
    finally:
        os.close(box.lock)


def size(state: str, name: str) -> int:
    """Add up the bytes on disk of a box, those of its first files if it has very many."""
    try:
        about = store.read(f"{state}/boxes/{name}")
        root = nodes.open_recorded(str(about.get("store") or f"{state}/boxes/{name}"), directory=True)
    except (WrapifyError, OSError):
        return 0
    left = [MOST_COUNTED]
    try:
        return _size(root, left, deep=0)
    finally:
        os.close(root)


def _size(folder: int, left: list[int], *, deep: int) -> int:
    total = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            left[0] -= 1
            if left[0] < 0:
                break
            try:
                total += entry.stat(follow_symlinks=False).st_blocks * 512
            except OSError:
                break  # A directory that may be listed and not entered.
            if entry.is_dir(follow_symlinks=False) and deep < nodes.DEEPEST:
                total += _below(entry.name, folder, left=left, deep=deep + 1)
    return total


def _below(name: str, folder: int, *, left: list[int], deep: int) -> int:
    inner = nodes.open_real(name, folder, directory=True)
    try:
        return _size(inner, left, deep=deep) if inner >= 0 else 0
    finally:
        nodes.close(inner)
