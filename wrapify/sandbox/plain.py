"""Pure. What of a program's output is plain text and colours, told at a look, without regular expressions.

Most output is that, and of most runs all. Only for the rest the sieve is loaded, which takes as long as a launch.
"""

from __future__ import annotations

from _codecs import utf_8_decode

SIMPLE = (b"\x1b[m", b"\x1b[K", b"\x1b[H", b"\x1b[J", b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[G", b"\x1b[d")
"""Control sequences for colours, erasing or the cursor that may have any numbers in them, without those."""
NUMBERS = b"0123456789;"
LONGEST = 64


def _c1_as_one() -> bytes:
    return bytes(range(0x80)) + b"\x80" * 0x20 + bytes(range(0xA0, 0x100))


def _numbers_as_one() -> bytes:
    return bytes(NUMBERS[0] if byte in NUMBERS else byte for byte in range(256))


NUMBERS_AS_ONE = _numbers_as_one()
TOO_LONG = NUMBERS[:1] * (LONGEST + 1)
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
    """Tell whether every escape sequence is a simple one, all at once: one after the other takes five times as long."""
    rest = data.count(b"\x1b")
    if data.count(b"\x1b[") != rest or TOO_LONG in data.translate(NUMBERS_AS_ONE):
        return False
    bare = data.translate(None, NUMBERS)
    for sequence in SIMPLE:
        rest -= bare.count(sequence)
        if not rest:
            return True
    return False


def untorn(data: bytes, *, utf8: bool) -> int:
    """Give how many bytes come before the character or the escape sequence that is not complete at the end."""
    end = len(data)
    for back, byte in enumerate(data[:-4:-1] if utf8 else b"", 1):
        if byte < 0x80 or byte >= 0xC0:
            end -= back if byte >= 0xC0 and back < 2 + (byte >= 0xE0) + (byte >= 0xF0) else 0
            break
    last = data.rfind(b"\x1b", 0, end)
    return end if last < 0 or is_plain(data[last:end], utf8=utf8) else last
