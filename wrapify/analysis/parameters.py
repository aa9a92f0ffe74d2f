"""Pure. What the operators of `${…}` make of a known value, patterns included, within bounds."""

from __future__ import annotations

from wrapify.analysis.values import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Callable

WILD = frozenset("*?[")
LONGEST_PATTERN = 64
LONGEST_MATCHED = 256
"""Characters of a value that patterns are compared with: the time grows with their cube."""


def operated(text: str, operator: str, *, argument: str, number: Callable[[str], int | None]) -> str:
    """Carry out an operator on a known value, UNKNOWN if it cannot be. `number` evaluates arithmetic."""
    if operator == ":":
        return _sliced(text, argument, number=number)
    if operator in ("/", "//", "/#", "/%"):
        return _replaced(text, operator, argument=argument)
    if operator in ("^^", "^", ",,", ",", "~~", "~"):
        return _cased(text, operator)
    if operator == "#" and not argument:
        return str(len(text))
    if operator in ("#", "##", "%", "%%"):
        return _trimmed(text, operator, pattern=argument)
    if operator == "@":
        return _transformed(text, argument)
    return UNKNOWN


def _transformed(text: str, letter: str) -> str:
    """Carry out `${x@E}` and its like."""
    if letter == "E":
        from wrapify.analysis.escapes import unescape

        return unescape(text)
    cased = {"U": text.upper(), "u": text[:1].upper() + text[1:], "L": text.lower()}
    return cased.get(letter, text)


def _cased(text: str, operator: str) -> str:
    part = text if len(operator) == 2 else text[:1]
    changed = {"^": part.upper(), ",": part.lower()}.get(operator[0], part.swapcase())
    return changed + text[len(part) :]


def _sliced(text: str, argument: str, *, number: Callable[[str], int | None]) -> str:
    first, colon, length = argument.partition(":")
    start = number(first) if first.strip() else 0
    size = number(length) if length.strip() else 0 if colon else len(text)
    if start is None or size is None:
        return UNKNOWN
    start = max(0, len(text) + start) if start < 0 else start
    return text[start : start + size] if size >= 0 else text[start:size]


def _replaced(text: str, operator: str, *, argument: str) -> str:
    old, _, new = argument.partition("/")
    if not old:
        return text
    if WILD.isdisjoint(old) and operator in ("/", "//"):
        return text.replace(old, new, -1 if operator == "//" else 1)
    anchors = {"/#": ("^", ""), "/%": ("", "$")}.get(operator, ("", ""))
    pattern = _compiled(old, text, anchors=anchors)
    return UNKNOWN if pattern is None else pattern.sub(lambda _: new, text, count=0 if operator == "//" else 1)


def _trimmed(text: str, operator: str, *, pattern: str) -> str:
    at_start = operator[0] == "#"
    if WILD.isdisjoint(pattern):
        return text.removeprefix(pattern) if at_start else text.removesuffix(pattern)
    compiled = _compiled(pattern, text, anchors=("", ""))
    if compiled is None:
        return UNKNOWN
    lengths = range(len(text) + 1) if len(operator) == 1 else range(len(text), -1, -1)
    for size in lengths:
        piece = text[:size] if at_start else text[len(text) - size :]
        if compiled.fullmatch(piece):
            return text[size:] if at_start else text[: len(text) - size]
    return text


def _compiled(pattern: str, text: str, *, anchors: tuple[str, str]) -> re.Pattern[str] | None:
    """Compile a pattern of a shell, None if matching it could take long."""
    if len(pattern) > LONGEST_PATTERN or len(text) > LONGEST_MATCHED or pattern.count("*") > 2:
        return None
    import re

    try:
        return re.compile(anchors[0] + _expression(pattern) + anchors[1], re.DOTALL)
    except (re.error, OverflowError):
        return None


def _expression(pattern: str) -> str:
    """Write a pattern of a shell as a regular expression."""
    from fnmatch import translate

    return translate(pattern.replace("[^", "[!")).removeprefix("(?s:").removesuffix(r")\Z")
