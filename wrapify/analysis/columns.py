"""Pure. How many columns of a terminal a text takes."""

from __future__ import annotations

JAMO = ("\u1160", "\u11ff")  # vowels and finals that are drawn into the syllable before

OWN = "…⟨⟩"
"""What stands in a revealed text by our own hand: known without the table of all characters."""


def combines(char: str) -> bool:
    """Tell whether a character is drawn onto the one before."""
    import unicodedata

    return unicodedata.category(char) in {"Mn", "Me"}


def columns(text: str) -> int:
    """Count the columns of a printable text: two for wide characters, none for marks."""
    return len(text) if text.isascii() else sum(map(column, text))


def column(char: str) -> int:
    """Count the columns of one printable character."""
    if char < "\u0300" or char in OWN:
        return 1
    import unicodedata

    if combines(char) or JAMO[0] <= char <= JAMO[1]:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
