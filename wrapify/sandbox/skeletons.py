"""Touches: the private directory in memory. Keeps the skeletons of --root, and finds or builds current ones for a run.

A skeleton never changes once it has its name. Before every run what it was made from is looked at again: a copy of
/etc/passwd from before a user was added would make the run look as if it had removed that user.
"""

from __future__ import annotations

import marshal
import os
import sys
import time
from _blake2 import blake2b

from wrapify import __version__
from wrapify.box import layers
from wrapify.errors import StateError
from wrapify.sandbox import masks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.sandbox.recipe import OverlayRow, Recipe, SkeletonRow

PLACEHOLDER = b"@root@"
TRIES = 3
UNFINISHED = "not all directories of {} could be prepared in time: some are read-only in this run, and not in the next"
KEPT = 24
"""Skeletons kept of other trees, homes and versions: each takes up to some ten megabytes of memory."""
HALF_MADE_S = 600


class Standing:
    """Hold a skeleton that is there: the base of its tree, where its layer is, and what it stands for."""

    __slots__ = ("base", "layer", "masked", "whole")

    def __init__(self, base: str, layer: str, *, masked: tuple[str, ...], whole: bool) -> None:
        self.base = base
        self.layer = layer
        self.masked = masked
        self.whole = whole


def ready(recipe: Recipe, say: Callable[[], None]) -> Recipe:
    """Give the recipe with current skeletons in the place of their names, held as long as this process lives.

    `say` is called, once, if building them takes long. Raises StateError.
    """
    if not recipe["skeletons"]:
        return recipe
    said: list[bool] = []

    def once() -> None:
        if not said:
            said.append(True)
            say()

    folder = f"{recipe['runtime']}/skeletons"
    found = [_standing(folder, row, say=once) for row in recipe["skeletons"]]
    unfinished = tuple(UNFINISHED.format(one.base) for one in found if not one.whole)
    masked = b"".join(os.fsencode(path) + b"\0" for one in found for path in one.masked)
    places = {one.base: one.layer for one in found}
    words = b"\0".join(_placed(word, places) for word in recipe["args"].split(b"\0"))
    return {
        **recipe,
        "args": words,
        "overlays": tuple(_overlay(row, places) for row in recipe["overlays"]),
        "masked": recipe["masked"] + masked,
        "notes": (*recipe["notes"], *unfinished),
        "standing": tuple(places.items()),
    }


def furnish(recipe: Recipe, store: str) -> None:
    """Put the copies of the skeletons into the farms of a new box, in the place of what its user might not write to."""
    for kind, name, dest, _, _, files in recipe["layers"]:
        for path in files if kind == "farm" and dest in recipe["of_root"] else ():
            base, layer = next(it for it in recipe["standing"] if f"{dest}/".startswith(f"{it[0]}/"))
            copy = f"{layer}{dest[len(base) :]}/{path}"
            if os.path.isfile(copy):
                import shutil

                os.unlink(f"{store}/{name}/{path}")
                shutil.copy2(copy, f"{store}/{name}/{path}")


def _placed(word: bytes, places: dict[str, str]) -> bytes:
    """Give the place of a directory of a skeleton for its name; any other word as it is."""
    if not word.startswith(PLACEHOLDER):
        return word
    path = os.fsdecode(word[len(PLACEHOLDER) :])
    base = next(base for base in places if path == base or path.startswith(base + "/"))
    found = places[base] + path[len(base) :]
    # One that is mounted, or was not reached in time, is not in it.
    return os.fsencode(found if os.path.isdir(found) else f"{os.path.dirname(places[base])}/empty")


def _overlay(row: OverlayRow, places: dict[str, str]) -> OverlayRow:
    lowers, upper, work, dest = row
    return tuple(os.fsdecode(_placed(os.fsencode(lower), places)) for lower in lowers), upper, work, dest


def _standing(folder: str, row: SkeletonRow, *, say: Callable[[], None]) -> Standing:
    """Give a current skeleton, held. Raises StateError."""
    key = blake2b(repr((__version__, row)).encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
    try:
        for _ in range(TRIES):
            for name in _names(folder, key):
                found = _checked(f"{folder}/{name}", row)
                if found:
                    return found
            name = _build(folder, key, row=row, say=say)
            found = _checked(f"{folder}/{name}", row, fresh=True)
            if found:
                prune(folder, key)
                return found
    except OSError as error:
        raise StateError(f"the copy of {row[0]} cannot be made: {error.strerror}", "make room in memory") from error
    raise StateError(f"the copy of {row[0]} vanished while it was made, so nothing was run", "try again")


def _names(folder: str, key: str) -> list[str]:
    """List the skeletons of `key`, newest first."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted((name for name in names if name.startswith(f"{key}-")), reverse=True)


def _checked(path: str, row: SkeletonRow, *, fresh: bool = False) -> Standing | None:
    """Hold the skeleton at `path` and give it if what it was made from is as it was; one just built may be partial."""
    descriptor = masks.held(path)
    if descriptor is None:
        return None
    found = _read(path, row, fresh=fresh)
    if found is None:
        os.close(descriptor)  # Else nobody could remove it, and it would stay in memory.
    return found


def _read(path: str, row: SkeletonRow, *, fresh: bool) -> Standing | None:
    try:
        with open(f"{path}/made", "rb") as source:
            tag, stamps, masked, whole = marshal.loads(source.read())  # noqa: S302 - this user's own private file
    except (OSError, ValueError, TypeError, EOFError):
        return None
    if tag != sys.version or not (fresh or (whole and _holds(stamps))):
        return None
    return Standing(row[0], f"{path}/layer", masked=masked, whole=whole)


def _holds(stamps: tuple[tuple[str, tuple[int, int, int, int] | None], ...]) -> bool:
    look = os.lstat
    for path, was in stamps:
        try:
            found = look(path)
        except OSError:
            if was is not None:
                return False
            continue
        if was != (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino):
            return False
    return True


def _build(folder: str, key: str, *, row: SkeletonRow, say: Callable[[], None]) -> str:
    from wrapify.sandbox.skeleton import Builder

    name = f"{key}-{time.time_ns():020x}"
    fresh = f"{folder}/.new-{name}"
    try:
        os.makedirs(fresh, 0o700)
        os.mkdir(f"{fresh}/empty", 0o700)
        builder = Builder(row, f"{fresh}/layer", say=say)
        builder.build()
        made = (sys.version, tuple(builder.stamps), tuple(builder.masked), builder.whole)
        with open(f"{fresh}/made", "wb") as target:
            target.write(marshal.dumps(made))
        os.rename(fresh, f"{folder}/{name}")
        return name
    except OSError:
        layers.discard(fresh)  # It would fill the memory that is already full.
        raise


def prune(folder: str, key: str) -> None:
    """Remove what no run holds of older skeletons of `key`, and of too many others; and what was left half made."""
    try:
        names = os.listdir(folder)
        others = sorted((name for name in names if not name.startswith((".", f"{key}-"))), key=_stamp)
        stale = [f"{folder}/{name}" for name in (*_names(folder, key)[1:], *others[:-KEPT])]
        for name in names:
            spot = f"{folder}/{name}"
            if name.startswith(".new-") and time.time() - os.lstat(spot).st_mtime > HALF_MADE_S:
                layers.remove(spot)
        for spot in stale:
            masks.remove_unheld(spot)
    except OSError:
        return  # Another run does the same at this moment.


def _stamp(name: str) -> str:
    return name.rpartition("-")[2]
