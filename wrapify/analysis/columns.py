"""Pure. How many columns of a terminal a text takes."""

from __future__ import annotations

JAMO = ("\u1160", "\u11ff")  # vowels and finals that are drawn into the syllable before


def combines(char: str) -> bool:
    """Tell whether a character is drawn onto the one before."""
    import unicodedata

    return unicodedata.category(char) in {"Mn", "Me"}


def columns(text: str) -> int:
    """Count the columns of a printable text: two for wide characters, none for marks."""
    return len(text) if text.isascii() else sum(map(_column, text))


def _column(char: str) -> int:
    if char < "\u0300":
        return 1
    import unicodedata

    if combines(char) or JAMO[0] <= char <= JAMO[1]:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
