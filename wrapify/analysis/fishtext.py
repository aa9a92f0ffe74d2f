"""Pure. A fish text and the place in it: characters, blanks, names, and the parts of a word that is being read."""

from __future__ import annotations

from wrapify.analysis.tree import Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Part

DEPTH = 40
MOST = 40_000
"""So many commands, redirections and stray signs are read: more than a script of 256 KiB has, but not what is made to
be slow."""
BREAKS = frozenset(" \t\r\n;|<>\0")
LINE_STOPS = frozenset("\n")
# Python calls these blanks, neither C nor Rust does.
NO_BLANKS = frozenset("\x1c\x1d\x1e\x1f\n")


class Pieces:
    """Gather the parts of a word: literal text next to text of the same quoting is one part."""

    __slots__ = ("buffer", "parts", "quote")

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.buffer: list[str] = []
        self.quote = ""

    def text(self, text: str, quote: str = "") -> None:
        """Add literal text."""
        if quote != self.quote:
            self.flush()
            self.quote = quote
        self.buffer.append(text)

    def part(self, part: Part) -> None:
        """Add anything else, or text that stays a part of its own."""
        self.flush()
        self.parts.append(part)

    def flush(self) -> None:
        """End the part that is being gathered."""
        if self.buffer:
            self.parts.append(Text("".join(self.buffer), self.quote))
            self.buffer = []

    def done(self) -> list[Part]:
        """Give all parts."""
        self.flush()
        return self.parts


class Cursor:
    """Hold the text, the place in it, and what is open around that place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.size = len(text)
        self.pos = 0
        self.end = 0  # of the last word read
        self.depth = 0
        self.parens = 0  # of substitutions around the place
        self.braces = 0  # of { … } blocks around the place, within the innermost substitution
        self.unclosed = -1  # where the innermost bracket of the word stands that is not closed
        self.plain_brackets = False  # after an unclosed one, brackets are mere characters
        self.steps = 0  # commands, redirections and stray signs so far
        self.cut = False  # nothing is read any more, all that is missing is missing for that
        self.troubles: list[tuple[int, str]] = []

    def trouble(self, at: int, sentence: str) -> None:
        """Note what does not fit the grammar."""
        if not self.cut:
            self.troubles.append((at, sentence))

    def count(self) -> None:
        """Stop reading after too many steps."""
        self.steps += 1
        if self.steps > MOST and self.pos < self.size:
            self.trouble(self.pos, "This text is too long to be read to its end.")
            self.cut = True
            self.pos = self.size

    def enter(self, pieces: Pieces) -> bool:
        """Go one level down. If that is too deep, give False: all the rest has become literal text."""
        if self.depth < DEPTH:
            self.depth += 1
            return True
        self.trouble(self.pos, "This is nested too deep to be read.")
        self.cut = True
        pieces.text(self.rest())
        return False

    def peek(self, ahead: int = 0) -> str:
        """Give a character, "" behind the end."""
        return self.text[self.pos + ahead : self.pos + ahead + 1]

    def run(self, stops: frozenset[str]) -> str:
        """Take everything up to one of some characters, or to the end."""
        text, size, at = self.text, self.size, self.pos
        start = at
        while at < size and text[at] not in stops:
            at += 1
        self.pos = at
        return text[start:at]

    def rest(self) -> str:
        """Take everything that is left."""
        start, self.pos = self.pos, self.size
        return self.text[start:]

    def closes(self, char: str) -> bool:
        """Tell if a character ends the substitution or the block around this place."""
        return (char == ")" and self.parens > 0) or (char == "}" and self.braces > 0)

    def blanks(self) -> None:
        """Skip blanks, continued lines and comments, but no end of a line."""
        continued = False
        while self.pos < self.size:
            char = self.text[self.pos]
            if char.isalnum() or char == ";":
                return
            if char == "\\" and self.peek(1) == "\n":
                self.pos += 2
                continued = True
            elif char == "#":
                self.run(LINE_STOPS)
                self.pos += continued  # the line goes on behind a comment
            elif char == "\0" or (char.isspace() and char not in NO_BLANKS):
                self.pos += 1
            else:
                break
        self.pos = min(self.pos, self.size)

    def take(self, pieces: Pieces) -> None:
        """Take one character as it is."""
        pieces.text(self.text[self.pos])
        self.pos += 1

    def name(self) -> str:
        """Take the name of a variable, "" if there is none."""
        text, size, at = self.text, self.size, self.pos
        while at < size and (text[at] == "_" or text[at].isalnum()):
            at += 1
        start, self.pos = self.pos, at
        return text[start:at]
