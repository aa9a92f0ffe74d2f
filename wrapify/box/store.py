"""Touches: the state directory. Boxes: where a sandbox's changes are recorded, one directory each.

A box is complete before it is seen (made under another name, then renamed), holds a lock while it is in use, and is
readable at any moment, also after kill -9. What sandboxed code wrote lies in its layers and is hostile: never
followed, never executed.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time

from wrapify.box import layers
from wrapify.errors import BoxBusy, BoxMissing, StateError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wrapify.box.layers import LayerRow

FORMAT = 1
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
LONGEST_NAME = 64


class Box:
    """Hold an open, locked box. `store` is where its layers are: `path`, or a directory in memory."""

    __slots__ = ("lock", "name", "path", "store", "unnamed")

    def __init__(self, path: str, *, store: str, lock: int, unnamed: bool) -> None:
        self.path = path
        self.name = os.path.basename(path)
        self.store = store
        self.lock = lock
        self.unnamed = unnamed


def private_directory(path: str) -> str:
    """Make `path` with its parents if need be and give it back; it belongs to this user alone.

    Raises StateError if it cannot be made, is a symlink, or belongs to somebody else.
    """
    try:
        os.makedirs(path, 0o700, exist_ok=True)
        found = os.lstat(path)
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise StateError(f"{path} is not a directory of yours", "move it away")
        if found.st_mode & 0o077:
            os.chmod(path, 0o700)
    except OSError as error:
        raise StateError(f"{path} cannot be used: {error.strerror}", "make room or make it writable") from error
    return path


def first_private(candidates: Sequence[str]) -> str:
    """Give the first of `candidates` that can be a private directory."""
    for path in candidates[:-1]:
        try:
            return private_directory(path)
        except StateError:
            continue
    return private_directory(candidates[-1])


def create(
    state: str, about: Mapping[str, object], *, rows: Sequence[LayerRow], memory: str, masked: bytes = b""
) -> Box:
    """Make a new box with the layers `rows` and open it.

    `memory` is a directory in memory that holds the layers instead, or "". `about` is kept in `box.json`; its "name"
    is the user's name for the box, or "". `masked` are the paths that are never written back, each ended by NUL.
    """
    name = checked(str(about["name"])) or _random_name()
    private_directory(f"{state}/boxes")
    tag = _random_name()
    fresh, path = f"{state}/boxes/.new-{tag}", f"{state}/boxes/{name}"
    store = f"{private_directory(f'{memory}/boxes')}/{name}-{tag}" if memory else ""
    try:
        for folder in filter(None, (fresh, store)):
            os.mkdir(folder, 0o700)
        for row in rows:
            layers.make(store or fresh, row)
        _write(f"{fresh}/masked", masked)
        if any(row[0] == "part" for row in rows):
            # Also where nothing was seen: without the file nobody could tell.
            _write(f"{fresh}/seen", _seen(rows))
        _write(f"{fresh}/box.json", _json_object(_described(rows, about, store=store)))
        lock = _lock(f"{fresh}/lock", name)
        os.rename(fresh, path)
    except OSError as error:
        layers.discard(fresh, store)
        why = error.strerror or error
        raise StateError(f"the changes cannot be recorded in {state}: {why}", "make room there") from error
    return Box(path, store=store or path, lock=lock, unnamed=not about["name"])


def _seen(rows: Sequence[LayerRow]) -> bytes:
    """List the paths that the run saw in those of its layers that show a part of a directory, each ended by NUL."""
    parts = (row for row in rows if row[0] == "part")
    paths = (f"{row[2]}/{path}" for row in parts for path in (*(name for name, _ in row[4]), *row[5]))
    return b"".join(os.fsencode(path) + b"\0" for path in paths)


def checked(name: str) -> str:
    """Give a box's name back. Raises UsageError for one that could not be typed, or would not be a file's name."""
    if set(name) <= NAME and len(name) <= LONGEST_NAME and name[:1] not in (".", "-"):
        return name
    raise UsageError(f"{name!a} cannot be the name of a box", f"letters, digits, . _ and -, {LONGEST_NAME} at most")


def _described(rows: Sequence[LayerRow], about: Mapping[str, object], *, store: str) -> dict[str, object]:
    places = [f"{row[1]} {row[2]}" for row in rows]
    return {"format": FORMAT, **about, "started": time.time(), "store": store, "layers": places}


def reopen(state: str, name: str, *, rows: Sequence[LayerRow], masked: bytes = b"") -> Box:
    """Open an existing box for another run with the same layers. Raises BoxMissing or BoxBusy."""
    box = open_box(state, name)
    if read(box.path).get("layers") != [f"{row[1]} {row[2]}" for row in rows]:
        raise BoxMissing(f"the box {name} was made for other directories", "run it from where it was made")
    _write(f"{box.path}/masked", masked, how=os.O_APPEND)
    if seen := _seen(rows):
        _write(f"{box.path}/seen", seen, how=os.O_APPEND)
    return box


def open_box(state: str, name: str, *, whole: bool = True) -> Box:
    """Open an existing box; as long as it is open nobody else can. Raises BoxMissing or BoxBusy.

    With `whole` False also one whose files cannot be read, to remove it.
    """
    path = f"{state}/boxes/{checked(name)}"
    if not os.path.isfile(f"{path}/box.json"):
        raise BoxMissing(f"there is no box {name}", "wrapify box list")
    lock = _lock(f"{path}/lock", name)
    try:
        about = read(path)
    except BoxMissing:
        if whole:
            raise
        about = {}
    store = str(about.get("store") or path)
    if not os.path.isdir(store):
        if not whole:
            return Box(path, store=path, lock=lock, unnamed=False)
        raise BoxMissing(f"the changes of the box {name} were kept in memory and are gone", "use a new box")
    return Box(path, store=store, lock=lock, unnamed=not about.get("name"))


def exists(state: str, name: str) -> bool:
    """Tell whether there is a box of this name. Raises UsageError for what cannot be one."""
    return os.path.isfile(f"{state}/boxes/{checked(name)}/box.json")


def read(path: str) -> dict[str, object]:
    """Read what is known of the box at `path`. Raises BoxMissing if it cannot be read."""
    import json

    about: dict[str, object] = {}
    for name in ("box.json", "end.json"):
        try:
            with open(f"{path}/{name}", "rb") as source:
                about.update(_checked_object(json.loads(source.read(1 << 20))))
        except FileNotFoundError:
            continue
        except (OSError, ValueError, RecursionError) as error:
            raise BoxMissing(f"the box {os.path.basename(path)} cannot be read: {error}", "wrapify box list") from error
    return about


def _checked_object(found: object) -> dict[str, object]:
    """Give an object read from a file back. Raises ValueError if it is none, or its store is no path."""
    if isinstance(found, dict) and isinstance(found.get("store", ""), str):
        return found
    raise ValueError("not what wrapify writes")


def finish(box: Box, status: int) -> bool:
    """Write down how the run ended; remove an unnamed box in which nothing was recorded. Tell whether it is kept."""
    if box.unnamed and layers.nothing_recorded(box.store):
        layers.remove(box.path)
        if box.store != box.path:
            layers.remove(box.store)
        return False
    try:
        _write(f"{box.path}/.end", _json_object({"status": status, "ended": time.time()}))
        os.rename(f"{box.path}/.end", f"{box.path}/end.json")
    except OSError:
        pass  # A full disk: the changes are there, only the time and status of the end are not.
    return True


def _random_name() -> str:
    return "".join(LETTERS[byte % len(LETTERS)] for byte in os.urandom(6))


def _json_object(values: Mapping[str, object]) -> bytes:
    """Write a flat JSON object."""
    return ("{" + ",".join(f"{_text(key)}:{_value(value)}" for key, value in values.items()) + "}\n").encode()


def write_about(path: str, about: Mapping[str, object]) -> None:
    """Write what is known of a box. Raises OSError."""
    _write(path, _json_object(about))


def _text(value: str) -> str:
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    # The json package costs 9 ms at a launch; its C half has what is needed, and most launches not even that.
    import _json

    return str(_json.encode_basestring_ascii(value))


def _value(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_value, value)) + "]"
    return _text(value) if isinstance(value, str) else str(value)


def _write(path: str, content: bytes, *, how: int = os.O_TRUNC) -> None:
    descriptor = os.open(path, os.O_CREAT | how | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    finally:
        os.close(descriptor)


def _lock(path: str, name: str) -> int:
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise BoxBusy(f"the box {name} is in use by another run", "wait for it to end, or use another box") from error
    return descriptor
