"""Pure. Which characters are not seen, or are seen as something else, and where the unseen ones are ordinary."""

from __future__ import annotations

CR, ESC = "\r", "\x1b"

# First and last code point, and the rule that speaks of them. Unicode's "default ignorable" characters, its spaces,
# and what fonts draw as nothing.
RANGES = (
    (0x00, 0x00, "nul"),
    (0x01, 0x07, "control-character"),
    (0x08, 0x08, "backspace"),
    (0x0B, 0x0C, "control-character"),
    (0x0E, 0x1A, "control-character"),
    (0x1B, 0x1B, "escape-other"),
    (0x1C, 0x1F, "control-character"),
    (0x7F, 0x9F, "control-character"),
    (0xA0, 0xA0, "odd-space"),
    (0xAD, 0xAD, "invisible-letter"),
    (0x034F, 0x034F, "invisible-letter"),
    (0x061C, 0x061C, "bidi-mark"),
    (0x115F, 0x1160, "invisible-letter"),
    (0x1680, 0x1680, "odd-space"),
    (0x17B4, 0x17B5, "invisible-letter"),
    (0x180B, 0x180F, "invisible-letter"),
    (0x2000, 0x2009, "odd-space"),
    (0x200A, 0x200A, "invisible-letter"),
    (0x200B, 0x200D, "zero-width"),
    (0x200E, 0x200F, "bidi-mark"),
    (0x2028, 0x2029, "invisible-letter"),
    (0x202A, 0x202E, "bidi-control"),
    (0x202F, 0x202F, "odd-space"),
    (0x205F, 0x205F, "odd-space"),
    (0x2060, 0x2065, "zero-width"),
    (0x2066, 0x2069, "bidi-control"),
    (0x206A, 0x206F, "zero-width"),
    (0x2800, 0x2800, "invisible-letter"),
    (0x3000, 0x3000, "odd-space"),
    (0x3164, 0x3164, "invisible-letter"),
    (0xFE00, 0xFE0F, "variation-selector"),
    (0xFEFF, 0xFEFF, "zero-width"),
    (0xFFA0, 0xFFA0, "invisible-letter"),
    (0xFFF0, 0xFFFB, "invisible-letter"),
    (0x1BCA0, 0x1BCA3, "invisible-letter"),
    (0x1D173, 0x1D17A, "invisible-letter"),
    (0xE0000, 0xE007F, "tag-characters"),
    (0xE0100, 0xE01EF, "variation-selector"),
)

# Scripts whose letters are joined or kept apart by ZWJ and ZWNJ, or divided into words by U+200B: from Arabic to
# Tai Tham, later blocks for the same languages, and the Indic ones beyond the first plane.
JOINING = ((0x0600, 0x109F), (0x1700, 0x1CFF), (0xA800, 0xAADF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC), (0x11000, 0x11FFF))
RIGHT_TO_LEFT = ((0x0590, 0x08FF), (0xFB1D, 0xFDFF), (0xFE70, 0xFEFC), (0x10800, 0x10FFF), (0x1E800, 0x1EFFF))
HAN = ((0x2E80, 0x9FFF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))
JAMO = ((0x1100, 0x11FF), (0xA960, 0xA97C), (0xD7B0, 0xD7FB))
# What an emoji, or a sign that has an emoji form, may begin with; the last two are what may stand inside of one.
EMOJI = (
    (0xA9, 0xAE), (0x203C, 0x2049), (0x2122, 0x2139), (0x2190, 0x2BFF), (0x3030, 0x303D), (0x3297, 0x3299),
    (0x1F000, 0x1FAFF), (0xFE0F, 0xFE0F), (0xE0020, 0xE007F),
)  # fmt: skip
# What has standardised variants besides emoji: Myanmar, Mongolian, mathematical signs, Phags-pa, CJK.
VARYING = ((0x1000, 0x109F), (0x1800, 0x18AF), (0x2200, 0x2AFF), (0xA840, 0xA87F), *HAN)
BLACK_FLAG, CANCEL_TAG, KEYCAP = 0x1F3F4, 0xE007F, 0x20E3


def _spread() -> dict[str, str]:
    return {chr(code): rule for first, last, rule in RANGES for code in range(first, last + 1)}


UNSEEN = _spread()
"""Character: the rule that speaks of it, unless `ordinary` says that it belongs where it is."""

BLANKS = frozenset(char for char in UNSEEN if UNSEEN[char] == "odd-space") | frozenset("\u2800\u3164\uffa0")
"""What is seen as a blank, besides the blank and the tab."""


def within(char: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Tell whether a character ("": none) lies in one of the ranges."""
    return char != "" and any(first <= ord(char) <= last for first, last in ranges)


def ordinary(text: str, at: int) -> bool:
    """Tell whether the unseen character at `at` is one that its language or its emoji needs there."""
    char, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    match UNSEEN.get(char):
        case "zero-width":
            return _joins(char, before=before, after=after)
        case "bidi-mark":
            return within(before, RIGHT_TO_LEFT) or within(after, RIGHT_TO_LEFT)
        case "variation-selector":
            return _varies(char, before=before, after=after)
        case "odd-space":
            return char == "\u3000" and (within(before, HAN) or within(after, HAN))
        case "invisible-letter":
            return (within(char, JAMO) and (within(before, JAMO) or within(after, JAMO))) or within(
                before, ((0x1780, 0x18AF),)
            )
        case "tag-characters":
            return _flag(text, at)
    return False


def _joins(char: str, *, before: str, after: str) -> bool:
    if char > "\u200d":
        return False
    if within(before, JOINING):
        return not (after.isascii() and after.isalnum())
    return char == "\u200d" and within(before, EMOJI) and within(after, EMOJI)


def _varies(char: str, *, before: str, after: str) -> bool:
    if char >= "\U000e0100":
        return within(before, HAN)
    if before != "" and before in "0123456789#*":
        return after != "" and ord(after) == KEYCAP
    return within(before, VARYING) or (before != char and within(before, EMOJI))


def _flag(text: str, at: int) -> bool:
    """Tell whether a tag belongs to the flag of a part of a country: a black flag, at most six tags and their end."""
    piece = text[max(0, at - 8) : at]
    start = at - len(piece) + piece.rfind(chr(BLACK_FLAG))
    end = text.find(chr(CANCEL_TAG), at, at + 8)
    return chr(BLACK_FLAG) in piece and end > 0 and all(_tag_of_flag(char) for char in text[start + 1 : end])


def _tag_of_flag(char: str) -> bool:
    return 0xE0030 <= ord(char) <= 0xE0039 or 0xE0061 <= ord(char) <= 0xE007A
