"""Pure. The escapes of a shell: those of $'…', printf and echo -e, and those within backquotes."""

from __future__ import annotations

SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
DIGITS = {"x": (2, 16), "u": (4, 16), "U": (8, 16)}


def unescape_backquoted(content: str, *, quoted: bool) -> str:
    pieces, at = [], 0
    while (found := content.find("\\", at)) >= 0:
        following = content[found + 1 : found + 2]
        drop = following in ("$", "`", "\\") or (quoted and following == '"')
        pieces.append(content[at : found + (0 if drop else 1)] + following)
        at = found + 1 + len(following)
    return "".join(pieces) + content[at:]


def unescape(text: str) -> str:
    """Decode the escapes of $'…', printf and echo -e."""
    pieces, at = [], 0
    while (found := text.find("\\", at)) >= 0:
        pieces.append(text[at:found])
        char, at = _escape(text, found + 1)
        pieces.append(char)
    return "".join(pieces) + text[at:]


def _escape(text: str, at: int) -> tuple[str, int]:
    """Decode the escape whose first character behind the backslash is at `at`. Give it and where it ends."""
    char = text[at : at + 1]
    if char in DIGITS or (char and char in "01234567"):
        length, base = DIGITS.get(char, (3, 8))
        first = at + (char in DIGITS)
        length += char == "0"  # printf and echo take \0nnn
        last = first
        while (
            last < min(first + length, len(text))
            and text[last] in "0123456789abcdefABCDEF"[: base if base == 8 else 22]
        ):
            last += 1
        code = int(text[first:last], base) if last > first else -1
        return (chr(code & 0xFF if base == 8 else code) if 0 <= code < 0x110000 else f"\\{char}"), max(last, at + 1)
    if char == "c" and at + 1 < len(text):
        return chr(ord(text[at + 1]) & 0x1F), at + 2
    return SIMPLE_ESCAPES.get(char, char if char and char in "\\'\"?" else f"\\{char}"), at + len(char)
