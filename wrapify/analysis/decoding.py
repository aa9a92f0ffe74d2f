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


def encoded(text: str) -> str | None:
    """Encode as base64, None if a text has no bytes."""
    return binascii.b2a_base64(_bytes(text), newline=True).decode("ascii") if not _lone(text) else None


def compressed(text: str) -> str | None:
    """Compress as gzip does."""
    import zlib

    packer = zlib.compressobj(wbits=31)
    return _text(packer.compress(_bytes(text)) + packer.flush())


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
        return "".join(char for char in text if char in sets[0]) if "d" in options and sets else None
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
    """Carry out `s/old/new/` and `y/abc/xyz/` of sed, one after the other; expressions as far as filters compiles."""
    from wrapify.analysis.filters import option

    given = [word for word in words if word[:1] != "-" or word == "-"]
    scripts = option(words, "e") or (given[0] if len(given) == 1 else "")
    extended = any(word[:1] == "-" and ("E" in word or "r" in word) for word in words)
    if not scripts or any(word[:1] == "-" and "n" in word[1:] for word in words):
        return None
    current: str | None = text
    while scripts and current is not None:
        parts = _substitution(scripts.lstrip("; \n"))
        if parts is None:
            return None
        kind, old, new, _, _ = parts
        current = translated(current, [old, new]) if kind == "y" else _replaced(current, parts[:4], extended=extended)
        scripts = parts[4]
    return current


def _substitution(script: str) -> tuple[str, str, str, str, str] | None:
    """Read one command of sed. Give its letter, what is replaced, by what, its flags, and the rest of the script."""
    if len(script) < 4 or script[0] not in "sy" or script[1].isalnum() or script[1] in "\\\n":
        return None
    pieces: list[str] = [""]
    at, mark = 2, script[1]
    while at < len(script) and len(pieces) < 3:
        if script[at] == "\\" and script[at + 1 : at + 2] == mark:
            pieces[-1] += mark
            at += 2
        elif script[at] == mark:
            pieces.append("")
            at += 1
        else:
            size = 2 if script[at] == "\\" else 1
            pieces[-1] += script[at : at + size]
            at += size
    if len(pieces) < 3:
        return None
    flags, _, rest = script[at:].replace("\n", ";").partition(";")
    return script[0], pieces[0], pieces[1], flags.strip(), rest


def _replaced(text: str, parts: tuple[str, str, str, str], *, extended: bool) -> str | None:
    from wrapify.analysis.filters import compiled

    _, old, new, flags = parts
    if set(flags) - {"g"} or not old or "\\" in new or "&" in new:
        return None
    pattern = compiled(old, text, extended=extended)
    if pattern is None:
        return None
    count = 0 if "g" in flags else 1
    return "\n".join(pattern.sub(lambda _: new, line, count=count) for line in text.split("\n"))
