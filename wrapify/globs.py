"""Pure. The small pattern language of the data files: `*` and `?` within one name."""

from __future__ import annotations


def matching(name: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether `name` matches one of `patterns`. A name and a pattern hold no slash."""
    return any(matches(name, pattern) for pattern in patterns)


def matches(name: str, pattern: str) -> bool:
    """Match `name` as a whole against `pattern`, in time linear in both (no backtracking over several stars)."""
    head, *rest = pattern.split("*")
    if not _same(name[: len(head)], head):
        return False
    if not rest:
        return len(name) == len(head)
    return _floats(name[len(head) :], rest)


def _floats(name: str, pieces: list[str]) -> bool:
    *middle, tail = pieces
    for piece in middle:
        spot = _find(name, piece)
        if spot < 0:
            return False
        name = name[spot + len(piece) :]
    return len(name) >= len(tail) and _same(name[len(name) - len(tail) :], tail)


def _find(name: str, piece: str) -> int:
    if "?" not in piece:
        return name.find(piece)
    return next((at for at in range(len(name) - len(piece) + 1) if _same(name[at : at + len(piece)], piece)), -1)


def _same(text: str, piece: str) -> bool:
    return len(text) == len(piece) and all(want in ("?", have) for have, want in zip(text, piece, strict=True))


def is_pattern(text: str) -> bool:
    """Tell whether `text` has a wildcard."""
    return "*" in text or "?" in text


Wanted = tuple[frozenset[str], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Names sought: literally, by suffix (`*x`), by prefix (`x*`), and by any other pattern, which is slowest to match."""


def wanted(names: list[str]) -> Wanted:
    """Sort names and patterns into what can be looked for fast."""
    literals = frozenset(name for name in names if not is_pattern(name))
    suffixes, prefixes, others = [], [], []
    for pattern in filter(is_pattern, names):
        if not is_pattern(pattern[1:]) and pattern[:1] == "*":
            suffixes.append(pattern[1:])
        elif not is_pattern(pattern[:-1]) and pattern[-1:] == "*":
            prefixes.append(pattern[:-1])
        else:
            others.append(pattern)
    return literals, tuple(suffixes), tuple(prefixes), tuple(others)
