r"""Pure. The escapes of fish outside of quotes: `\n`, `\x41`, `\u263a`, `\101`, `\cA`, `\$`.

What they give is text with the quote `$'` if a character is spelled as a code, and a backslash if it is only escaped.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.fishtext import Cursor, Pieces

NAMED = {"a": "\a", "b": "\b", "e": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
DIGITS = {"x": 2, "X": 2, "u": 4, "U": 8}
HEX = frozenset("0123456789abcdefABCDEF")
OCTAL = frozenset("01234567")


def read_escape(cursor: Cursor, pieces: Pieces) -> None:
    """Read a backslash and what it stands before."""
    start, char = cursor.pos, cursor.peek(1)
    if not char:
        cursor.trouble(start, "This \\ has nothing behind it.")
        cursor.take(pieces)
    elif char == "\n":
        cursor.pos += 2
    elif char in NAMED:
        cursor.pos += 2
        pieces.text(NAMED[char], "$'")
    elif char in DIGITS or char in OCTAL or char == "c":
        read_code(cursor, pieces)
    else:
        cursor.pos += 2
        pieces.text(char, "\\")


def read_code(cursor: Cursor, pieces: Pieces) -> None:
    """Read a character that is spelled as a number or as a key; one that is not right stays as it is."""
    start, char = cursor.pos, cursor.peek(1)
    if char in "xX":
        got = read_bytes(cursor)
    elif char == "c":
        got = read_key(cursor)
    else:
        got = read_number(cursor)
    if got:
        pieces.text(got, "$'")
    else:
        cursor.trouble(start, "This \\ begins no character.")
        cursor.pos = start
        cursor.take(pieces)


def digits(cursor: Cursor, *, of: frozenset[str], most: int) -> int:
    """Take up to so many digits and give their number, -1 if there is none."""
    at = cursor.pos
    while at - cursor.pos < most and cursor.text[at : at + 1] in of:
        at += 1
    start, cursor.pos = cursor.pos, at
    return int(cursor.text[start:at], 16 if of is HEX else 8) if at > start else -1


def read_bytes(cursor: Cursor) -> str:
    r"""Take \xHH and all that follow it: together they are the bytes of one text."""
    found = bytearray()
    while cursor.peek() == "\\" and cursor.peek(1) in ("x", "X") and cursor.peek(2) in HEX:
        cursor.pos += 2
        found.append(digits(cursor, of=HEX, most=2))
    return found.decode("utf-8", "replace")


def read_number(cursor: Cursor) -> str:
    r"""Take \uXXXX, \UXXXXXXXX or \ooo."""
    octal = cursor.peek(1) in OCTAL
    most = 3 if octal else DIGITS[cursor.peek(1)]
    cursor.pos += 1 if octal else 2
    code = digits(cursor, of=OCTAL if octal else HEX, most=most)
    if code < 0 or code > (0x7F if octal else 0x10FFFF):
        return ""
    return "�" if 0xD800 <= code < 0xE000 else chr(code)


def read_key(cursor: Cursor) -> str:
    r"""Take \cA: the character that the key gives together with Ctrl."""
    key = cursor.peek(2).upper()
    cursor.pos += 3
    return chr(ord(key) - 64) if len(key) == 1 and "A" <= key <= "_" else ""
