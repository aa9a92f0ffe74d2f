"""Pure. Brace expansion: `{a,b}c` gives `ac` and `bc`, unless it is quoted."""

from __future__ import annotations

MOST_WORDS = 64
LONGEST = 1024
# Stand for the characters of a brace expansion where they are quoted.
QUOTED_BRACES = {"{": "\ue0f0", ",": "\ue0f1", "}": "\ue0f2"}


def protect(text: str) -> str:
    """Mark the characters of a brace expansion in quoted text as plain ones."""
    for char, mark in QUOTED_BRACES.items():
        text = text.replace(char, mark)
    return text


def restore(text: str) -> str:
    """Give a text with the characters that were marked."""
    for char, mark in QUOTED_BRACES.items():
        text = text.replace(mark, char)
    return text


def braced(text: str) -> list[str]:
    """Expand the first level of `{a,b}`, and what is left of it in each of them."""
    start = text.find("{")
    while start >= 0:
        depth, commas, at = 0, [start], start
        while at < len(text):
            char = text[at]
            depth += (char == "{") - (char == "}")
            if char == "," and depth == 1:
                commas.append(at)
            if depth == 0:
                break
            at += 1
        if depth == 0 and len(commas) > 1:
            edges = [*commas, at]
            pieces = [text[edges[i] + 1 : edges[i + 1]] for i in range(len(edges) - 1)][:MOST_WORDS]
            tails = braced(text[at + 1 :]) if "{" in text[at + 1 :] else [text[at + 1 :]]
            heads = [inner for piece in pieces for inner in (braced(piece) if "{" in piece else [piece])]
            return [text[:start] + head + tail for head in heads for tail in tails][:MOST_WORDS]
        start = text.find("{", start + 1)
    return [text]
