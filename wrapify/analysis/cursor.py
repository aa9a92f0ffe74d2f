"""Pure. A place in a shell text: what comes next there, what did not fit, how deep and how far to look.

The readers of words, expansions, redirections and commands add to it, one upon the other.
"""

from __future__ import annotations

from wrapify.analysis.tree import Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from wrapify.analysis.tree import Part

DEEPEST = 40
"""How many substitutions, quotes and compound commands may lie in each other."""

MOST_AHEAD = 1 << 19
"""How many characters may be looked at twice: looking ahead must not make a hostile text slow."""

MOST_STEPS = 100_000
"""How much may be read: a word is a step, a command or a substitution four. The largest installers take half of it."""

META = frozenset(" \t\n;&|<>()")
LONGEST_KEYWORD = 8  # "function"


class Shared:
    """Hold what all readers of one text share: what did not fit, and how much may still be read."""

    __slots__ = ("ahead", "comments", "dialect", "steps", "troubles")

    def __init__(self, dialect: str, *, comments: bool) -> None:
        self.dialect = dialect
        self.comments = comments
        self.troubles: list[tuple[int, str]] = []
        self.ahead = MOST_AHEAD
        self.steps = MOST_STEPS


class Level:
    """Hold how many parentheses, branches of `case` and braces are open in the script that is being read."""

    __slots__ = ("braces", "cases", "parentheses")

    def __init__(self, parentheses: int = 0, *, braces: int = 0) -> None:
        self.parentheses = parentheses
        self.braces = braces
        self.cases = 0


class Cursor:
    """Stand at `at` in `text`, which ends at `end`. `fixed`: the span to give for text that was unescaped first."""

    def __init__(self, text: str, *, start: int, end: int, shared: Shared) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.shared = shared
        self.dialect = shared.dialect
        self.depth = 0
        self.level = Level()
        self.fixed: tuple[int, int] | None = None
        self._keyword_end = start

    def inner(self, text: str, *, start: int, end: int) -> Self:
        """Make a reader of the same kind for a part of the text, or for text that was unescaped."""
        other = type(self)(text, start=start, end=end, shared=self.shared)
        other.depth = self.depth + 1
        other.fixed = self.fixed
        return other

    def trouble(self, what: str, *, at: int | None = None) -> None:
        """Note something that does not fit the grammar, here or at `at`."""
        here = self.at if at is None else at
        self.shared.troubles.append((self.fixed[0] if self.fixed else here, what))

    def too_deep(self) -> bool:
        """Tell whether no more may be opened; then the rest is left unread."""
        if self.depth < DEEPEST:
            return False
        if self.at < self.end:
            self.trouble("nested too deep")
        self.at = self.end
        return True

    def spend(self, steps: int) -> None:
        """Count what is read. When it was too much, the rest is left unread."""
        left = self.shared.steps
        self.shared.steps -= steps
        if left < steps:
            if left >= 0:
                self.trouble("too much to be read to its end")
            self.at = self.end

    def next_is(self, text: str) -> bool:
        """Tell whether `text` comes next."""
        return self.text.startswith(text, self.at, self.end)

    def plain(self, stops: frozenset[str]) -> str:
        """Read up to a character of `stops`."""
        text, at, end = self.text, self.at, self.end
        while at < end and text[at] not in stops:
            at += 1
        first, self.at = self.at, at
        return text[first:at]

    def keyword(self) -> str:
        """Give the word that comes next if it is short and plain enough to be a reserved one. `take` goes behind it."""
        text, at, end = self.text, self.at, self.end
        last = min(at + LONGEST_KEYWORD + 1, end)
        while at < last and (char := text[at]) not in META:
            if char == "\\":
                return self._divided_keyword()
            at += 1
        self._keyword_end = at
        return text[self.at : at] if at >= end or text[at] in META else ""

    def _divided_keyword(self) -> str:
        """Give a reserved word that a backslash at the end of a line divides: the shell puts it together first."""
        at, word = self.at, ""
        while at < self.end and self.text[at] not in META and len(word) <= LONGEST_KEYWORD:
            if self.text.startswith("\\\n", at, self.end):
                at += 2
                continue
            word += self.text[at]
            at += 1
        self._keyword_end = at
        return word

    def take(self) -> None:
        """Go behind the word that `keyword` gave last."""
        self.at = self._keyword_end

    def skip_blanks(self) -> bool:
        """Skip blanks and continued lines; tell whether there were any."""
        start = self.at
        while self.at < self.end:
            if self.text[self.at] in " \t":
                self.at += 1
            elif self.next_is("\\\n"):
                self.at += 2
            else:
                break
        return self.at > start

    def skip_comment(self) -> bool:
        """Skip a comment if one begins here; tell whether it did."""
        if not self.shared.comments or not self.next_is("#"):
            return False
        found = self.text.find("\n", self.at, self.end)
        self.at = found if found >= 0 else self.end
        return True

    def make_word(self, parts: list[Part], start: int) -> Word:
        """Make a word that began at `start` and ends here."""
        if self.fixed:
            return Word(parts, start=self.fixed[0], end=self.fixed[1])
        return Word(parts, start=start, end=self.at)
