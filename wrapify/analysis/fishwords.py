"""Pure. The words of fish: quoting, variables, indexes, substitutions. `fish` reads the commands around them.

What it does is what fish 3.5 to 4.x do; every loop takes each character once, or twice after an unclosed bracket.
"""

from __future__ import annotations

from wrapify.analysis.fishescapes import read_escape
from wrapify.analysis.fishtext import BREAKS, Cursor, Pieces
from wrapify.analysis.tree import Simple, Substitution, Text, Variable, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Pipeline

SPECIAL = BREAKS | frozenset("&\\'\"$(){}[]")
SINGLE_STOPS = frozenset("'\\")
DOUBLE_STOPS = frozenset('"\\$')
INDEX_STOPS = frozenset(']"$\\')
CLOSERS = {"[": "]", "{": "}"}


class Words(Cursor):
    """Read words."""

    def commands(self, block: str = "") -> list[Pipeline]:
        """Read commands up to what ends them."""
        raise NotImplementedError

    def word(self, start: int = -1) -> Word:
        """Read one word; `start` is where it began if something in front of it is read already (`VAR=`)."""
        first = self.pos
        start = first if start < 0 else start
        pieces = Pieces()
        self.fill(pieces, start=start)
        if self.unclosed >= 0 and not self.plain_brackets and not self.cut:
            # fish takes all the rest for the inside of the bracket and refuses it. Read on as if it were none.
            self.trouble(self.unclosed, "This bracket is not closed.")
            self.plain_brackets = True
            self.pos, pieces = first, Pieces()
            self.fill(pieces, start=start)
        self.unclosed = -1
        self.end = self.pos
        return Word(pieces.done(), start=first, end=self.pos)

    def ends_word(self, char: str) -> bool:
        """Tell if a word ends here. `&` ends one only before what ends one too."""
        if char != "&":
            return char in BREAKS or self.closes(char)
        behind = self.peek(1)
        return not behind or behind == "&" or behind in BREAKS or self.closes(behind)

    def fill(self, pieces: Pieces, *, start: int, index: bool = False) -> None:
        """Read a word, or an index to its `]`, into pieces; note the place of a bracket that is not closed."""
        nest = [("]", self.pos - 1)] if index else []
        while self.pos < self.size:
            plain = self.run(SPECIAL)
            if plain:
                pieces.text(plain)
            char = self.peek()
            if not char or (not nest and self.ends_word(char)):
                break
            if nest and char == nest[-1][0]:
                nest.pop()
                self.pos += 1
                if index and not nest:
                    return
                pieces.text(char)
            elif char in CLOSERS and not self.plain_brackets and (char == "{" or self.pos != start):
                nest.append((CLOSERS[char], self.pos))
                self.take(pieces)
            elif nest and (char == "}" or self.closes(char)):
                break
            else:
                self.special(pieces, char)
        if nest and self.unclosed < 0:
            self.unclosed = nest[-1][1]

    def special(self, pieces: Pieces, char: str) -> None:
        """Read what begins with a character that means something."""
        match char:
            case "\\":
                read_escape(self, pieces)
            case "'":
                self.single(pieces)
            case '"':
                self.double(pieces)
            case "$":
                self.dollar(pieces, quoted=False)
            case "(":
                self.substitution(pieces, quoted=False)
            case _:
                if char == ")" or (char == "}" and not self.plain_brackets):
                    self.trouble(self.pos, f"This {char} closes nothing.")
                self.take(pieces)

    def single(self, pieces: Pieces) -> None:
        r"""Read '…', where only \' and \\ mean something."""
        start = self.pos
        self.pos += 1
        got = [self.run(SINGLE_STOPS)]
        while self.peek() == "\\":
            escaped = self.peek(1) in ("'", "\\")
            got.append(self.peek(escaped))
            self.pos += 1 + escaped
            got.append(self.run(SINGLE_STOPS))
        if self.pos == self.size:
            self.trouble(start, "This ' is not closed.")
        self.pos = min(self.pos + 1, self.size)
        pieces.part(Text("".join(got), "'"))

    def double(self, pieces: Pieces) -> None:
        """Read "…" with the variables and substitutions in it."""
        start, before = self.pos, len(pieces.done())
        self.pos += 1
        char = self.between(pieces, DOUBLE_STOPS)
        if not char:
            self.trouble(start, 'This " is not closed.')
        self.pos = min(self.pos + 1, self.size)
        if len(pieces.done()) == before:
            pieces.part(Text("", '"'))

    def double_escape(self, pieces: Pieces) -> None:
        r"""Read a backslash in "…", which means something before " $ \ and the end of a line."""
        char = self.peek(1)
        if char in ('"', "$", "\\"):
            pieces.text(char, '"')
        elif char != "\n":
            pieces.text("\\" + char, '"')
        self.pos = min(self.pos + 2, self.size)

    def dollar(self, pieces: Pieces, *, quoted: bool) -> None:
        """Read $name, $$name, $name[index] or $(…)."""
        start = self.pos
        while self.pos < self.size and self.text[self.pos] == "$":
            self.pos += 1
        dollars = self.pos - start
        name = self.name()
        if name:
            index = self.index(dollars, quoted=quoted)
            operator = "!" * (dollars - 1) + ("[" if index else "")
            pieces.part(Variable(name, operator=operator, argument=index, quoted=quoted))
            return
        called = self.peek() == "("
        if dollars > called:
            self.trouble(start, "This $ has no name of a variable behind it.")
            pieces.text("$" * (dollars - called), '"' if quoted else "")
        if called:
            self.substitution(pieces, quoted=quoted)

    def index(self, most: int, *, quoted: bool) -> Word | None:
        """Read up to `most` indexes as one word, the brackets between them as text; None if there is none."""
        start, pieces, count = self.pos + 1, Pieces(), 0
        while self.peek() == "[" and count < most and not self.plain_brackets:
            if not self.enter(pieces):
                return Word(pieces.done(), start=start - 1, end=self.pos)
            if count:
                pieces.text("][")
            count += 1
            self.pos += 1
            if quoted:
                self.quoted_index(pieces)
            else:
                self.fill(pieces, start=-1, index=True)
            self.depth -= 1
        return Word(pieces.done(), start=start, end=max(start, self.pos - 1)) if count else None

    def between(self, pieces: Pieces, stops: frozenset[str]) -> str:
        """Read what stands between double quotes up to one of `stops`. Give that, "" at the end of the text."""
        while True:
            plain = self.run(stops)
            if plain:
                pieces.text(plain, '"')
            char = self.peek()
            if char == "\\":
                self.double_escape(pieces)
            elif char == "$":
                self.dollar(pieces, quoted=True)
            else:
                return char

    def quoted_index(self, pieces: Pieces) -> None:
        """Read an index within "…", to its end or that of the quotes."""
        char = self.between(pieces, INDEX_STOPS)
        self.pos += char == "]"

    def substitution(self, pieces: Pieces, *, quoted: bool) -> None:
        """Read (…) with the index behind it, which becomes an index of the variable without a name."""
        start = self.pos
        if not self.enter(pieces):
            return
        self.pos += 1
        around, self.braces = self.braces, 0
        self.parens += 1
        script = self.commands()
        self.parens -= 1
        self.braces = around
        self.depth -= 1
        if self.peek() == ")":
            self.pos += 1
        else:
            self.trouble(start, "This ( is not closed.")
        pieces.part(Substitution("<(" if feeds_file(script) else "$(", script, quoted=quoted))
        index = self.index(1, quoted=quoted)
        if index:
            pieces.part(Variable("", operator="[", argument=index, quoted=quoted))


def feeds_file(script: list[Pipeline]) -> bool:
    """Tell if a substitution ends in `| psub`, which gives the name of a file to read."""
    last = script[-1].stages[-1] if script and script[-1].stages else None
    return isinstance(last, Simple) and bool(last.words) and literal(last.words[0]) == "psub"


def literal(word: Word) -> str | None:
    """Give the text of a word that is nothing but text, else None."""
    texts = [part.text for part in word.parts if isinstance(part, Text)]
    return "".join(texts) if len(texts) == len(word.parts) else None
