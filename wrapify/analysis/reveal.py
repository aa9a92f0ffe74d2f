"""Pure. Texts with everything unseen made visible, fit for a terminal."""

from __future__ import annotations

from wrapify.analysis import lookalikes
from wrapify.analysis.columns import columns, combines
from wrapify.analysis.padding import run_end
from wrapify.analysis.signs import BLANKS, UNSEEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = (
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "TAB", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
)  # fmt: skip
BRACKETS = "\u27e8\u27e9"  # they are ours: those of a text are shown by their numbers
MORE = "\u2026"
MOST_BLANKS, MOST_EMPTY, MOST_MARKS, MOST_TAGS = 8, 2, 2, 64
LIMIT = 4000


def reveal(text: str, *, limit: int = LIMIT, newlines: bool = True, letters: bool = False) -> str:
    """Write a text with everything unseen made visible, in at most `limit` characters.

    `newlines`: line ends stay line ends, else they are shown. `letters`: letters that look like Latin ones are
    followed by their number.
    """
    made: list[str] = []
    length = 0
    for piece in _pieces(text, newlines=newlines, letters=letters):
        length += len(piece)
        if length > limit:
            return _cut("".join(made), limit)
        made.append(piece)
    return "".join(made)


def _cut(made: str, limit: int) -> str:
    return (made if len(made) < limit else made[: max(0, limit - 1)]) + MORE * (limit > 0)


def excerpt(content: bytes, span: tuple[int, int], *, width: int) -> tuple[str, int, int]:
    """Show a span of bytes in one line of at most `width` columns, with what stands around it on its line.

    Returned are the line and the columns at which the span begins and ends in it. What does not fit is left out at the
    far ends, or of the span itself at its end, and stands as an ellipsis.
    """
    start = min(max(0, span[0]), len(content))
    end = min(max(start, span[1]), len(content))
    reach = 8 * max(0, width)  # a character has at most four bytes; blanks are told in fewer columns than they take
    left, cut_left = _window(content[max(0, start - reach) : start], b"\n", whole=start <= reach)
    right, cut_right = _window(content[end : end + reach], b"\n", whole=end + reach >= len(content), first=True)
    marked = _fit(_list(content[start : min(end, start + reach)], marked=True), width, cut=end > start + reach)
    room = width - columns(marked)
    tail = _fit(_list(right), room // 2, cut=cut_right)
    head = _fit(_list(left)[::-1], room - columns(tail), cut=cut_left, backwards=True)
    tail = _fit(_list(right), room - columns(head), cut=cut_right)
    first = columns(head)
    return head + marked + tail, first, first + columns(marked)


def _window(near: bytes, mark: bytes, *, whole: bool, first: bool = False) -> tuple[bytes, bool]:
    """Cut what stands around a span at its line. The second value: it goes on beyond what is given."""
    before, found, after = near.partition(mark) if first else near.rpartition(mark)
    piece = before if first else after
    return piece, not found and not whole


def _list(piece: bytes, *, marked: bool = False) -> list[str]:
    text = piece.decode("utf-8", "surrogateescape")
    return list(_pieces(text, newlines=False, letters=marked and _misread(text)))


def _misread(text: str) -> bool:
    """Tell whether all letters that are not ASCII look like ones that are."""
    letters = [char for char in text if not char.isascii() and char.isalpha()]
    return bool(letters) and all(lookalikes.read_as(char) for char in letters)


def _fit(pieces: list[str], room: int, *, cut: bool, backwards: bool = False) -> str:
    """Join what fits into `room` columns, and an ellipsis if it is not all."""
    sizes = [columns(piece) for piece in pieces]
    if cut or sum(sizes) > room:
        kept = 0
        used = 1
        while kept < len(pieces) and used + sizes[kept] <= room:
            used += sizes[kept]
            kept += 1
        pieces = [*pieces[:kept], MORE] if room > 0 else []
    return "".join(pieces[::-1] if backwards else pieces)


def _pieces(text: str, *, newlines: bool, letters: bool) -> Iterator[str]:
    """Give what each character, or run of characters, is shown as."""
    blanks = " \t" + "".join(BLANKS)
    at = 0
    while at < len(text):
        char = text[at]
        end = at + 1
        if char in " \t":
            end = run_end(text, at, of=blanks)
            shown = _blanks(text[at:end])
        elif char == "\n":
            end = _empty_end(text, at, blanks=blanks)
            shown = _line_ends(text.count("\n", at, end), newlines=newlines)
        elif UNSEEN.get(char) == "tag-characters":
            end = run_end(text, at, of=TAGS)
            shown = _tags(text[at:end])
        elif char > "\u02ff" and combines(char) and char not in UNSEEN:
            end = _marks_end(text, at)
            shown = _marks(text, at, end=end)
        else:
            shown = _one(char, letters=letters)
        yield shown
        at = end


def _blanks(run: str) -> str:
    if len(run) > MOST_BLANKS:
        return f"\u27e8{len(run)} blanks\u27e9"
    return "".join(" " if char in " \t" else _number(char) for char in run)


def _empty_end(text: str, at: int, *, blanks: str) -> int:
    """Find the end of a run of empty lines, which may hold blanks; of the line end alone if they are few."""
    end = text.rfind("\n", at, run_end(text, at, of=blanks + "\n")) + 1
    return end if text.count("\n", at, end) - 1 > MOST_EMPTY else at + 1


def _line_ends(count: int, *, newlines: bool) -> str:
    end = "\n" if newlines else "\u27e8LF\u27e9"
    if count - 1 <= MOST_EMPTY:
        return end * count
    return f"{end}\u27e8{count - 1} empty lines\u27e9{end}"


def _tags(run: str) -> str:
    said = "".join(_said(char) for char in run[:MOST_TAGS])
    return f'\u27e8tags: "{said}{MORE * (len(run) > MOST_TAGS)}"\u27e9'


def _said(char: str) -> str:
    plain = chr(ord(char) - 0xE0000)
    return plain if plain.isprintable() else "\u00b7"


def _marks_end(text: str, at: int) -> int:
    while at < len(text) and text[at] > "\u02ff" and text[at] not in UNSEEN and combines(text[at]):
        at += 1
    return at


def _marks(text: str, at: int, *, end: int) -> str:
    """Show marks on the letter they belong to; where none stands before them, on a dotted circle."""
    bare = at == 0 or not text[at - 1].isprintable() or text[at - 1] in UNSEEN or text[at - 1] in BRACKETS + " "
    hidden = end - at - MOST_MARKS
    rest = f"\u27e8{hidden} marks\u27e9" if hidden > 0 else ""
    return "\u25cc" * bare + text[at : min(end, at + MOST_MARKS)] + rest


def _one(char: str, *, letters: bool) -> str:
    if "\udc80" <= char <= "\udcff":
        return f"\u27e80x{ord(char) - 0xDC00:02x}\u27e9"
    if char not in UNSEEN and char not in BRACKETS and char.isprintable():
        return char + _number(char) if letters and not char.isascii() and lookalikes.read_as(char) else char
    return _number(char)


def _number(char: str) -> str:
    code = ord(char)
    name = NAMES[code] if code < len(NAMES) else "DEL" if code == 0x7F else f"U+{code:04X}"
    return f"\u27e8{name}\u27e9"


def _all_tags() -> str:
    return "".join(char for char, rule in UNSEEN.items() if rule == "tag-characters")


TAGS = _all_tags()
"""All tag characters."""
