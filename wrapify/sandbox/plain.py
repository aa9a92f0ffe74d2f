"""Pure. What of a program's output is plain text and colours, told at a look, without regular expressions.

Most output is that, and of most runs all. Only for the rest the sieve is loaded, which takes as long as a launch.
"""

from __future__ import annotations

from _codecs import utf_8_decode

FINALS = frozenset(b"mKJHABCDGd")
"""What ends a control sequence for colours, erasing or the cursor that may have any numbers in it."""
NUMBERS = b"0123456789;"
LONGEST = 64


def _c1_as_one() -> bytes:
    return bytes(range(0x80)) + b"\x80" * 0x20 + bytes(range(0xA0, 0x100))


C1_AS_ONE = _c1_as_one()
"""A table for bytes.translate in which every second byte of a C1 control is the same."""


def is_plain(data: bytes, *, utf8: bool) -> bool:
    """Tell whether all of `data` may go to a terminal as it is, and the terminal is between characters after it."""
    if b"\x05" in data or not (data.isascii() or (utf8 and _is_text(data))):
        return False
    return b"\x1b" not in data or _colours(data)


def _is_text(data: bytes) -> bool:
    """Tell whether it is whole characters of UTF-8, and no C1 controls among them."""
    if b"\xc2" in data and b"\xc2\x80" in data.translate(C1_AS_ONE):
        return False
    try:
        return utf_8_decode(data, "strict", False)[1] == len(data)
    except UnicodeDecodeError:
        return False


def _colours(data: bytes) -> bool:
    pieces = data.split(b"\x1b")
    del pieces[0]
    for piece in pieces:
        rest = piece[1:].lstrip(NUMBERS)
        if piece[:1] != b"[" or not rest or rest[0] not in FINALS or len(piece) - len(rest) > LONGEST:
            return False
    return True
