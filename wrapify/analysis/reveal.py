"""Pure. Making visible what a text hides: what a terminal would act upon, and what has no shape."""

from __future__ import annotations

NAMES = {"\x1b": "ESC", "\r": "CR", "\n": "LF", "\t": "TAB", "\0": "NUL", "\x07": "BEL", "\x08": "BS", "\x7f": "DEL"}
SHAPELESS = ((0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x2800, 0x2800), (0x3164, 0x3164),
             (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF))  # fmt: skip
"""Printable by their category, and yet nothing is to be seen of them."""
BLANKS = 8
"""More spaces than that in a row are counted instead."""


def reveal(text: str, *, limit: int) -> str:
    """Write a text with everything invisible made visible, in no more than `limit` characters."""
    pieces, at, length = [], 0, 0
    while at < len(text) and length <= limit:
        piece, at = _piece(text, at)
        pieces.append(piece)
        length += len(piece)
    found = "".join(pieces)
    return found if len(found) <= limit else found[: max(limit - 1, 0)] + "…"


def _piece(text: str, at: int) -> tuple[str, int]:
    """Write the character at `at`, or the blanks that begin there. Give that and where it ends."""
    end = at + 1
    if text[at] != " ":
        return _shown(text[at]), end
    while text[end : end + 1] == " ":
        end += 1
    return (f"⟨{end - at} blanks⟩" if end - at > BLANKS else " " * (end - at)), end


def _shown(char: str) -> str:
    number = ord(char)
    if char.isprintable() and not any(first <= number <= last for first, last in SHAPELESS):
        return char
    if 0xDC80 <= number <= 0xDCFF:
        return f"⟨0x{number - 0xDC00:02X}⟩"  # a byte that is no UTF-8
    return f"⟨{NAMES.get(char) or f'U+{number:04X}'}⟩"


def excerpt(content: bytes, span: tuple[int, int], *, width: int) -> tuple[str, int, int]:
    """Show the line around the bytes of `span`: (text, where they begin in it, where they end).

    `width` is in characters. What lies between the two is cut at the end of the line.
    """
    start, end = span
    first = content.rfind(b"\n", 0, start) + 1
    last = content.find(b"\n", start)
    last = len(content) if last < 0 else last
    end = min(max(end, start), last)
    marked = reveal(_text(content[start:end]), limit=max(width * 2 // 3, 1))
    before = reveal(_text(content[first:start]), limit=start - first + 12 * (start - first))
    room = max(width - len(marked), 0)
    if len(before) > room * 3 // 4:
        before = "…" + before[len(before) - max(room * 3 // 4 - 1, 0) :]
    after = reveal(_text(content[end:last]), limit=max(room - len(before), 0))
    return before + marked + after, len(before), len(before) + len(marked)


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")
