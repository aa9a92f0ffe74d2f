"""Pure. Decoders, carried out on known text and within bounds: base64, base32, hex, compression, tr, sed."""

from __future__ import annotations

import binascii

LARGEST = 1 << 16


def _text(content: bytes) -> str:
    return content[:LARGEST].decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") if not _lone(text) else b""


def _lone(text: str) -> bool:
    return any("\ud800" <= char <= "\udc7f" or "\udd00" <= char <= "\udfff" for char in text)


def base(text: str, name: str) -> str | None:
    """Decode base64 or base32 as a lenient decoder does, None if it cannot be."""
    plain = "".join(text.split()).encode("ascii", "ignore")
    if name == "base32":
        import base64

        try:
            return _text(base64.b32decode(plain + b"=" * (-len(plain) % 8), casefold=True))
        except (binascii.Error, ValueError):
            return None
    plain = plain.replace(b"-", b"+").replace(b"_", b"/")
    for missing in (b"", b"=", b"=="):
        try:
            return _text(binascii.a2b_base64(plain + missing))
        except (binascii.Error, ValueError):
            continue
    return None


def hexadecimal(text: str) -> str | None:
    """Decode pairs of hexadecimal digits, None if there are none."""
    digits = "".join(char for char in text.replace("\\x", "") if char in "0123456789abcdefABCDEF")
    return _text(bytes.fromhex(digits[: len(digits) & ~1])) if len(digits) > 1 else None


def uncompressed(text: str) -> str | None:
    """Undo gzip, bzip2 or xz, at most LARGEST bytes of what it gives. None if it is none of them, or damaged."""
    content = _bytes(text)
    for magic, undo in ((b"\x1f\x8b", _gzip), (b"BZh", _bzip2), (b"\xfd7zXZ", _xz)):
        if content.startswith(magic):
            return undo(content)
    return None


def _gzip(content: bytes) -> str | None:
    import zlib

    try:
        return _text(zlib.decompressobj(31).decompress(content, LARGEST))
    except zlib.error:
        return None


def _bzip2(content: bytes) -> str | None:
    import bz2

    try:
        return _text(bz2.BZ2Decompressor().decompress(content, LARGEST))
    except (OSError, ValueError, EOFError):
        return None


def _xz(content: bytes) -> str | None:
    import lzma

    try:
        return _text(lzma.LZMADecompressor(memlimit=1 << 26).decompress(content, LARGEST))
    except (lzma.LZMAError, EOFError):
        return None


CLASSES = {
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
    "[:digit:]": "0123456789",
    "[:space:]": " \t\n\r\f\v",
}


def translated(text: str, words: list[str]) -> str | None:
    """Carry out `tr SET1 SET2` or `tr -d SET1`."""
    options = "".join(word[1:] for word in words if word[:1] == "-" and len(word) > 1 and word[1:].isalpha())
    sets = [_set(word) for word in words if not (word[:1] == "-" and len(word) > 1 and word[1:].isalpha())]
    if "c" in options or "C" in options:
        return None
    if "d" in options and sets:
        return "".join(char for char in text if char not in sets[0])
    if len(sets) < 2 or not sets[1]:
        return None
    second = sets[1] + sets[1][-1] * max(0, len(sets[0]) - len(sets[1]))
    return text.translate({ord(old): new for old, new in reversed(list(zip(sets[0], second, strict=False)))})


def _set(word: str) -> str:
    from wrapify.analysis.escapes import unescape

    for name, members in CLASSES.items():
        word = word.replace(name, members)
    word = unescape(word[:512])
    pieces, at = [], 0
    while at < len(word):
        if word[at + 1 : at + 2] == "-" and at + 2 < len(word) and 0 <= ord(word[at + 2]) - ord(word[at]) < 256:
            pieces.append("".join(map(chr, range(ord(word[at]), ord(word[at + 2]) + 1))))
            at += 3
        else:
            pieces.append(word[at])
            at += 1
    return "".join(pieces)


def edited(text: str, words: list[str]) -> str | None:
    """Carry out the plainest commands of sed: `s/old/new/` and `y/abc/xyz/` without any pattern."""
    scripts = [word for word in words if word[:1] != "-"]
    if len(scripts) != 1 or len(scripts[0]) < 4 or scripts[0][0] not in "sy":
        return None
    script = scripts[0]
    pieces = script[2:].split(script[1])
    if (
        len(pieces) != 3
        or any(char in pieces[0] for char in "\\.*[]^$+?{|(")
        or any(char in pieces[1] for char in "\\&")
    ):
        return None
    if script[0] == "y":
        return translated(text, [pieces[0], pieces[1]])
    if "e" in pieces[2] or not pieces[0]:
        return None
    return text.replace(pieces[0], pieces[1], -1 if "g" in pieces[2] else 1)
