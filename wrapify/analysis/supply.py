"""Pure. What xargs and parallel add to a command line: words, or whole lines, of what they read."""

from __future__ import annotations

from wrapify.analysis.fetching import value_of
from wrapify.analysis.places import clean
from wrapify.analysis.values import NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.unwrap import Unwrapped

    Files = dict[str, Content]

MOST_LINES = 6
MOST_WORDS = 32


def supplied(front: Unwrapped, stdin: Content | None, *, files: Files) -> list[list[Value]]:
    """Give the command lines that xargs runs; the same one if nothing is known of what it reads."""
    options = [value.known() for value in front.options["xargs"]]
    path = value_of(options, ("-a", "--arg-file"))
    given = (files.get(clean(path)) or Content(None)) if path else stdin
    if given is None or (given.text is None and not given.origins):
        return [front.values]
    marker = _marker(options)
    if marker:
        pieces = _pieces(given, lines=True)[:MOST_LINES]
        return [[_replaced(value, marker, piece=piece, given=given) for value in front.values] for piece in pieces]
    whole = any(text in ("-0", "--null") or text.startswith(("-d", "--delimiter")) for text in options)
    added = [_value(piece, given, near=front.values[0]) for piece in _pieces(given, lines=whole)[:MOST_WORDS]]
    return [[*front.values, *added]]


def _marker(options: list[str]) -> str:
    """Give what stands for an item in the command of `xargs -I{}`, "" if nothing does."""
    for text in options:
        if text in ("-i", "--replace"):
            return "{}"
        if text.startswith(("-i", "--replace=")):
            return text.partition("=")[2] or text[2:]
    return value_of(options, ("-I",))


def _pieces(given: Content, *, lines: bool) -> list[str]:
    text = given.text
    if text is None:
        return [UNKNOWN]
    if not lines:
        return [piece.strip("'\"") for piece in text.replace(UNKNOWN, " ").split()]
    return [piece for piece in text.replace(UNKNOWN, "\n").split("\n") if piece] or [UNKNOWN]


def _value(text: str, given: Content, *, near: Value) -> Value:
    value = Value(text, start=near.start, end=near.end)
    if given.origins:
        value.content = Content(None, origins=given.origins, hosts=given.hosts, paths=given.paths)
    return value


def _replaced(value: Value, marker: str, *, piece: str, given: Content) -> Value:
    if marker not in value.text:
        return value
    return _value(value.text.replace(marker, piece), given, near=value)


def parallel_lines(front: Unwrapped, stdin: Content | None) -> list[Content]:
    """Give the lines that parallel hands to a shell: its command with each item, or each item if there is none."""
    texts = [value.text for value in front.values]
    at = next((number for number, text in enumerate(texts) if text.startswith(":::")), len(texts))
    command, items = " ".join(texts[:at]), [Content(text) for text in texts[at + 1 :][:MOST_LINES]]
    if at == len(texts) and stdin is not None:
        items = [stdin.changed(piece) for piece in _pieces(stdin, lines=True)[:MOST_LINES]]
    if not command:
        return items
    filled = command if "{}" in command else f"{command} {{}}"
    return [item.changed(filled.replace("{}", item.text or "")) for item in items or [NOTHING]]
