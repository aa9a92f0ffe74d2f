"""Pure. One marked block of ours in a file of somebody else's: put in, found, and taken out again byte for byte.

What must be known to take it out is written into the block itself, so that no record elsewhere can be lost or be wrong.
Content is bytes and stays what it is: other encodings, CRLF, no new line at the end.
"""

from __future__ import annotations

import re

from wrapify.errors import StateError

BEGIN, END = b"# >>> wrapify >>>", b"# <<< wrapify <<<"
NOTE = b"# By `wrapify setup`; removed by `wrapify setup --uninstall`"
PLAIN, NO_NEWLINE, NEW_FILE = b".", b" and the new line before it.", b" with this file"
_DIRECTORIES = re.compile(rb" and (\d{1,2}) director(?:y|ies)")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_OWN = re.compile(rb"\bwrapify +init\b|\bwrapify\.(?:bash|zsh|fish|plugin\.zsh)\b|^\s*plugins\+?=\([^#]*\bwrapify\b")


class Block:
    """Hold where a block is in its file, from byte `start` to before `stop`, and what its second line tells of it."""

    __slots__ = ("note", "start", "stop")

    def __init__(self, start: int, stop: int, *, note: bytes) -> None:
        self.start = start
        self.stop = stop
        self.note = note


def find(content: bytes) -> Block | None:
    """Find the block, None if there is none. Raises StateError if its marks do not belong together."""
    begins, ends, position = [], [], 0
    for line in _LINE.findall(content):
        mark = line.strip()
        begins += [position] if mark == BEGIN else []
        ends += [position + len(line)] if mark == END else []
        position += len(line)
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or begins[0] >= ends[0]:
        raise StateError("the marks of wrapify in it do not belong together", f"delete the lines by hand: {BEGIN!a}")
    second = content[begins[0] : ends[0]].split(b"\n")[1].strip()
    return Block(begins[0], ends[0], note=second.removeprefix(NOTE) if second.startswith(NOTE) else PLAIN)


def with_block(content: bytes | None, body: str, *, directories: int = 0) -> bytes:
    """Give the file with a block that holds `body`: in the place of the one that it has, else at its end.

    Without a file `content` is None, and `directories` tells how many have to be made for it. Raises StateError.
    """
    found = find(content or b"")
    if content is not None and found:
        return content[: found.start] + _block(body, found.note) + content[found.stop :]
    if content is None:
        noun = b"directory" if directories == 1 else b"directories"
        return _block(body, NEW_FILE + (b" and %d %s" % (directories, noun) if directories else b"") + b".")
    if content and not content.endswith(b"\n"):
        return content + b"\n" + _block(body, NO_NEWLINE)
    return content + _block(body, PLAIN)


def _block(body: str, note: bytes) -> bytes:
    return b"\n".join((BEGIN, NOTE + note, body.encode("utf-8", "surrogateescape").rstrip(b"\n"), END, b""))


def without_block(content: bytes) -> tuple[bytes | None, int]:
    """Give the file without its block, None if nothing else is in a file that was made for it.

    The number is how many directories were made for that file. Raises StateError.
    """
    found = find(content)
    if found is None:
        return content, 0
    before, after = content[: found.start], content[found.stop :]
    if found.note.startswith(NEW_FILE) and not before and not after:
        made = _DIRECTORIES.search(found.note)
        return None, int(made[1]) if made else 0
    # A block that was moved up has a line of the user's behind it, which must not be joined to the one before.
    if found.note == NO_NEWLINE and not after:
        before = before.removesuffix(b"\n")
    return before + after, 0


def has_own_line(content: bytes) -> bool:
    """Tell whether the file loads the hook by itself, outside of our block, comments aside. Raises StateError."""
    rest, _ = without_block(content)
    lines = (rest or b"").split(b"\n")
    return any(_OWN.search(line) for line in lines if not line.lstrip().startswith(b"#"))
