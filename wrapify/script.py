"""Touches: standard input, files, the terminal, a sandbox. Reading a whole script, and refusing what is no script."""

from __future__ import annotations

import os
import stat

from wrapify.errors import ScriptRefused, UsageError

PIECE = 1 << 16


def open_source(name: str) -> int:
    """Open the script `name`, or standard input for "-". Raises UsageError."""
    if name == "-":
        return 0
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise UsageError(f"{name!a} cannot be read: {error.strerror}", "name a script that you can read") from error
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        raise UsageError(f"{name!a} is a directory", "name a script")
    return descriptor


def read(source: int, largest: int) -> bytes:
    """Read a script to its end. `largest` is in bytes. Raises ScriptRefused for one that is none, or too large."""
    try:
        return sound(_to_end(source, largest), largest)
    except OSError as error:
        raise ScriptRefused(f"the script cannot be read to its end: {error.strerror}", "nothing was run") from error


def read_text(source: int, largest: int) -> bytes:
    """Read any text to its end, to judge it. `largest` is in bytes. Raises ScriptRefused: half a text is not judged."""
    try:
        return bounded(_to_end(source, largest), largest)
    except OSError as error:
        raise ScriptRefused(
            f"the text cannot be read to its end: {error.strerror}", "nothing is said about it"
        ) from error


def bounded(content: bytes, largest: int) -> bytes:
    """Give a text back. Raises ScriptRefused if it is larger than `largest` bytes."""
    if len(content) > largest:
        hint = "wrapify policy set script.max_size SIZE allows more"
        raise ScriptRefused(f"the text is larger than {largest >> 10} KiB, so it is not judged", hint)
    return content


def _to_end(descriptor: int, largest: int) -> bytes:
    pieces, size = [], 0
    while size <= largest and (piece := os.read(descriptor, PIECE)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def sound(content: bytes, largest: int) -> bytes:
    """Give a script back. Raises ScriptRefused for what is none, or larger than `largest` bytes."""
    if len(content) > largest:
        raise ScriptRefused(
            f"the script is larger than {largest >> 10} KiB, so nothing was run",
            "wrapify policy set script.max_size SIZE allows more",
        )
    if not content.strip():
        raise ScriptRefused("the script is empty, so nothing was run", "look at what the download says")
    if content.lstrip()[:9].lower().startswith((b"<!doctype", b"<html")):
        raise ScriptRefused("this is a web page and no script, so nothing was run", "the address may be wrong")
    if b"\0" in content[:PIECE]:
        raise ScriptRefused("this is no script but binary data, so nothing was run", "look at what was downloaded")
    return content


def digest(content: bytes) -> str:
    """Give the SHA-256 of a script in hexadecimal. (hashlib, for the same function, loads all of OpenSSL.)"""
    try:
        from _sha2 import sha256
    except ImportError:  # before Python 3.12
        from _sha256 import sha256
    return str(sha256(content).hexdigest())


def take_terminal() -> None:
    """Make the terminal the standard input, so that prompts work after the script came through it.

    Without a terminal there is nothing to read: standard input is empty then.
    """
    for path in ("/dev/tty", "/dev/null"):
        try:
            descriptor = os.open(path, os.O_RDWR if path == "/dev/tty" else os.O_RDONLY)
        except OSError:
            continue
        os.dup2(descriptor, 0)
        if descriptor != 0:
            os.close(descriptor)
        return


def on_path(name: str, path: str) -> bool:
    """Tell whether a program of this name can be found on `path`."""
    spots = (os.path.join(folder or ".", name) for folder in path.split(":"))
    return any(os.path.isfile(spot) and os.access(spot, os.X_OK) for spot in spots)
