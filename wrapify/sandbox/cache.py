"""Touches: the cache directory. Keeps recipes, each with the questions and answers it was made from.

A kept recipe is used only if its key is the same to the letter and every question, asked again, has the same answer.
Anything else (damaged, from another version, from another user) counts as not there.
"""

from __future__ import annotations

import binascii
import marshal
import os
import stat
import sys

from wrapify import __version__
from wrapify.host import unchanged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from wrapify.host import Record

TAG = f"wrapify {__version__} {sys.version} {__file__}"
"""Whose plans they are: two installations of one version may hold different code, and each stamps only its own."""
LARGEST = 8 << 20
KEPT = 100
"""Plans kept; each is some 30 KiB, and one that is missing costs the time of making it."""


def path_for(cache: str, key: tuple[object, ...]) -> str:
    """Name the file that keeps the recipe for `key`; the key itself is compared on reading."""
    content = repr(key).encode("utf-8", "surrogateescape")
    return f"{cache}/plans/{binascii.crc32(content):08x}"


def load(cache: str, key: tuple[object, ...]) -> Any:
    """Give the recipe, or another dict of plain values, that is kept for `key` if it still holds, else None."""
    content = _content(path_for(cache, key))
    head, body = content[:4], content[4:]
    if len(content) < 5 or binascii.crc32(body).to_bytes(4, "little") != head:
        return None
    try:
        tag, kept_key, records, recipe = marshal.loads(body)  # noqa: S302 - this user's own private file
        same = tag == TAG and kept_key == key and unchanged(records)
    except (ValueError, TypeError, EOFError, OSError, AttributeError, ArithmeticError, LookupError, MemoryError):
        return None  # What no wrapify wrote: wrong numbers, wrong kinds.
    return recipe if same and isinstance(recipe, dict) else None


def _content(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return b""
    try:
        found = os.fstat(descriptor)
        # Only what this user wrote and nobody else could have written.
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return b""
        if found.st_size > LARGEST:
            return b""
        return os.read(descriptor, LARGEST)
    finally:
        os.close(descriptor)


def save(cache: str, key: tuple[object, ...], *, records: list[Record], recipe: object) -> None:
    """Keep a recipe, or another dict of plain values. A cache that cannot be written is no failure."""
    body = marshal.dumps((TAG, key, records, recipe))  # type: ignore[arg-type] # plain values
    path = path_for(cache, key)
    fresh = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        os.write(descriptor, binascii.crc32(body).to_bytes(4, "little") + body)
        os.close(descriptor)
        os.rename(fresh, path)
        _prune(os.path.dirname(path))
    except OSError:
        return


def _prune(folder: str) -> None:
    """Remove all but the newest plans, and with them what a killed run left half written."""
    names = sorted(os.listdir(folder), key=lambda name: os.lstat(f"{folder}/{name}").st_mtime_ns)
    for name in names[:-KEPT]:
        os.unlink(f"{folder}/{name}")
