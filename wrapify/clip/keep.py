"""Touches: the state directory. The text that was on the clipboard before it was cleaned: one, for this user's eyes."""

from __future__ import annotations

import os
import stat

from wrapify import script
from wrapify.box.store import private_directory
from wrapify.errors import StateError
from wrapify.paths import Dirs
from wrapify.policy.writing import replace_file

NAME = "clipboard-before"
MAGIC = "wrapify clipboard 1"
LONGEST_HEAD = 256


class Kept:
    """Hold a text from before: `digest` is the hash of what took its place, `primary` the selection it was."""

    __slots__ = ("content", "digest", "primary")

    def __init__(self, content: bytes, digest: str, *, primary: bool) -> None:
        self.content = content
        self.digest = digest
        self.primary = primary


def keep(dirs: Dirs, before: bytes, *, after: bytes, primary: bool) -> None:
    """Keep a text, in the place of the one that was kept. Raises StateError."""
    head = f"{MAGIC}\n{script.digest(after)} {'primary' if primary else 'clipboard'}\n"
    private_directory(dirs.state)
    replace_file(_path(dirs), head.encode() + before)


def kept(dirs: Dirs, *, most: int) -> Kept | None:
    """Give the text that is kept, None if there is none. Raises StateError for one that is not ours, or damaged."""
    path = _path(dirs)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}", "remove it") from error
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        private = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
        content = file.read(most + LONGEST_HEAD) if private and found.st_size < most + LONGEST_HEAD else b""
    magic, _, rest = content.partition(b"\n")
    head, newline, text = rest.partition(b"\n")
    words = head.decode("ascii", "replace").split(" ")
    if magic.decode("ascii", "replace") != MAGIC or not newline or len(words) != 2:
        raise StateError(f"{path} is damaged", "remove it")
    return Kept(text, words[0], primary=words[1] == "primary")


def forget(dirs: Dirs) -> None:
    """Keep nothing any more."""
    try:
        os.unlink(_path(dirs))
    except FileNotFoundError:
        return


def _path(dirs: Dirs) -> str:
    return f"{dirs.state}/{NAME}"
