"""Pure. The HTML that came with a text: what a browser would show of it, and whether that is the text.

What a page shows is decided by style sheets and scripts that nobody copies. So this looks at the styles that stand in
the markup itself, compares the text with what they leave to be seen and with all there is, and says what it cannot
know.
"""

from __future__ import annotations

from wrapify.analysis.signs import UNSEEN
from wrapify.clip.markup import Piece, pieces
from wrapify.clip.styles import Look, declarations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1 << 18
"""Bytes of HTML that are read: a page whose text is pasted into a shell is shorter."""
DEEPEST = 200
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
UNREAD = frozenset("script style head title template noscript noembed noframes iframe object svg math".split())
BREAKING = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main"
    " nav ol p pre section table tr ul".split()
)
MARKS = "*-+\u2022\u25e6\u25aa\u00b7o"
SAME, HIDES, OTHER, UNKNOWN = "same", "hides", "other", "unknown"


class Page:
    """Hold what was read of a page: what it shows, all there is, and the pieces that it hides."""

    __slots__ = ("doubt", "hidden", "visible", "whole")

    def __init__(self, visible: str, whole: str, *, hidden: tuple[str, ...], doubt: str) -> None:
        self.visible = visible
        self.whole = whole
        self.hidden = hidden
        self.doubt = doubt


def read(html: bytes) -> Page:
    """Read a page, as it lies on a clipboard."""
    reader = _Reader()
    for piece in pieces(_decoded(html[:LARGEST])):
        reader.take(piece)
    doubt = "it is too long to be read to its end" if len(html) > LARGEST else reader.doubt
    hidden = tuple(filter(None, (_line("".join(run)) for run in reader.runs)))
    return Page(_tidy(reader.seen), _tidy(reader.all), hidden=hidden, doubt=doubt)


def compared(text: str, page: Page) -> str:
    """Tell how a text and the page it came with differ.

    SAME: the page shows it. HIDES: it is all of the page, a part of which the page does not show. OTHER: it is neither.
    UNKNOWN: the page could not be read whole.
    """
    forms = {_squeezed(text), _squeezed(_unmarked(text))}
    if _squeezed(page.visible) in forms or _squeezed(_unmarked(page.visible)) in forms:
        return SAME
    if page.doubt:
        return UNKNOWN
    return HIDES if _squeezed(page.whole) in forms else OTHER


class _Reader:
    """Take a page apart into what is seen and what is not."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.all: list[str] = []
        self.runs: list[list[str]] = []
        self.doubt = ""
        self._open: list[tuple[str, Look, bool]] = [("", Look(), False)]
        self._is_hidden = False

    def take(self, piece: Piece) -> None:
        """Take the next piece in."""
        if not piece.tag:
            _, look, unread = self._open[-1]
            if not unread:
                self._put(piece.text, look.is_hidden)
        elif piece.tag[0] == "/":
            self._leave(piece.tag[1:])
        else:
            self._enter(piece)

    def _enter(self, piece: Piece) -> None:
        tag = piece.tag
        if tag in BREAKING:
            self._put("\n", self._open[-1][1].is_hidden)
        if tag in VOID or tag == "!":
            return
        if len(self._open) > DEEPEST:
            self.doubt = "it is nested too deep to be read"
            return
        _, look, unread = self._open[-1]
        self._open.append((tag, look.within(declarations(tag, piece.named())), unread or tag in UNREAD))

    def _leave(self, tag: str) -> None:
        """Leave an element, and those in it that were never closed."""
        for at in range(len(self._open) - 1, 0, -1):
            if self._open[at][0] == tag:
                if tag in BREAKING:
                    self._put("\n", self._open[-1][1].is_hidden)
                del self._open[at:]
                return

    def _put(self, text: str, is_hidden: bool) -> None:
        self.all.append(text)
        if not is_hidden:
            self.seen.append(text)
        elif self._is_hidden:
            self.runs[-1].append(text)
        else:
            self.runs.append([text])
        self._is_hidden = is_hidden


def _decoded(html: bytes) -> str:
    """Decode what may be UTF-8 or, from older browsers, UTF-16."""
    if html[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return html.decode("utf-16", "replace")
    if html[1:2] == b"\0":
        return html.decode("utf-16-le", "replace")
    return html.decode("utf-8-sig", "replace").replace("\0", "")


def _tidy(pieces: list[str]) -> str:
    """Join pieces of text, one line for each block and none that is empty."""
    return "\n".join(filter(None, map(_line, "".join(pieces).split("\n"))))


def _line(text: str) -> str:
    return " ".join(text.split())


def _squeezed(text: str) -> str:
    """Give what is left without blanks and unseen characters, which browsers change as they like."""
    return "".join(char for char in text if not char.isspace() and char not in UNSEEN)


def _unmarked(text: str) -> str:
    """Leave out the marks and numbers that a browser puts before the points of a list."""
    return "\n".join(_without_marks(text))


def _without_marks(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        mark, _, rest = line.strip().partition(" ")
        numbered = mark[-1:] in (".", ")") and mark[:-1].isdecimal()
        yield rest if numbered or (mark and len(mark) == 1 and mark in MARKS) else line
