"""Pure. HTML in pieces: tags with their attributes, and text.

Not html.parser of the standard library: what is on a clipboard is hostile, and on tags or comments that never end that
one takes time by the square of the length (minutes for 256 KiB). Here whatever does not end ends the reading.
"""

from __future__ import annotations

import re
from html import unescape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

RAW = ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes", "noscript")
"""What holds no tags but the one that ends it."""
EDGE = re.compile(r"[\"'>]")
NAME = re.compile(r"[a-z][^\s/>]*", re.IGNORECASE)
ATTRIBUTE = re.compile(r"([^\s=/\"'>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]*)))?")


class Piece:
    """Hold one piece: `tag` is its name in small letters, "/name" for an end tag, "" for a text."""

    __slots__ = ("attributes", "tag", "text")

    def __init__(self, tag: str, text: str = "", *, attributes: str = "") -> None:
        self.tag = tag
        self.text = text
        self.attributes = attributes

    def named(self) -> dict[str, str]:
        """Give the attributes of a tag."""
        found: dict[str, str] = {}
        for one in ATTRIBUTE.finditer(self.attributes):
            found.setdefault(one[1].lower(), unescape(one[2] or one[3] or one[4] or ""))
        return found


def pieces(text: str) -> Iterator[Piece]:
    """Take HTML apart, in its order, up to where something does not end; that is a text then."""
    at = 0
    while (start := text.find("<", at)) >= 0:
        if start > at:
            yield Piece("", unescape(text[at:start]))
        end, piece = _markup(text, start)
        if end < 0:
            yield Piece("", unescape(text[start:]))
            return
        yield piece
        at = end
        if piece.tag in RAW:
            at = _behind_raw(text, at, tag=piece.tag)
    if at < len(text):
        yield Piece("", unescape(text[at:]))


def _markup(text: str, start: int) -> tuple[int, Piece]:
    """Give where the markup that "<" begins ends, -1 if nowhere, and what it is."""
    if text.startswith("<!--", start):
        end = text.find("-->", start + 4)
        return (end + 3 if end >= 0 else -1), Piece("!")
    slash = text[start + 1 : start + 2] == "/"
    name = NAME.match(text, start + 1 + slash)
    if not name:
        if text[start + 1 : start + 2] in ("!", "?", "/"):
            return text.find(">", start) + 1 or -1, Piece("!")
        return start + 1, Piece("", "<")
    end = _tag_end(text, name.end())
    tag = name[0].lower()
    return end, Piece(f"/{tag}" if slash else tag, attributes=text[name.end() : end - 1])


def _tag_end(text: str, at: int) -> int:
    """Find the end of a tag, past all that is quoted; -1 if there is none."""
    while found := EDGE.search(text, at):
        if found[0] == ">":
            return found.end()
        at = text.find(found[0], found.end()) + 1
        if not at:
            break
    return -1


def _behind_raw(text: str, at: int, *, tag: str) -> int:
    """Find the end tag of what holds no tags."""
    end = re.compile(f"</{re.escape(tag)}", re.IGNORECASE).search(text, at)
    return end.start() if end else len(text)
