"""Pure. Read the words of bash, zsh and sh, with their quotes.

Tolerant: what does not close takes the rest, and a trouble says so. Written by hand and without `re`: this runs at
every start, and the published parsers either are too slow to be there or lose commands (`coproc`, two backquotes).
"""

from __future__ import annotations

from wrapify.analysis.cursor import META, Cursor
from wrapify.analysis.escapes import unescape, unescape_backquoted
from wrapify.analysis.tree import Pipeline, Substitution, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Part, Word

ACTIVE = frozenset("'\"\\$`")
IN_DOUBLE = frozenset('"\\$`')
IN_DOCUMENT = frozenset("\\$`")
IN_GROUP = frozenset("'\"\\$`()<>\n")
EXTENDED = frozenset("?*+@!")
NOTHING: frozenset[str] = frozenset()


class Words(Cursor):
    """Read words. What reads expansions and commands is added to it."""

    def lists(self, closers: frozenset[str] = NOTHING) -> list[Pipeline]:
        """Read commands up to one of `closers`, a closing parenthesis or the end."""
        raise NotImplementedError

    def script(self, closers: frozenset[str] = NOTHING) -> list[Pipeline]:
        """Read like `lists` what has here-documents of its own."""
        raise NotImplementedError

    def dollar(self, parts: list[Part], *, quoted: bool) -> None:
        """Read what begins with a dollar."""
        raise NotImplementedError

    def substitution(self, kind: str, *, quoted: bool = False) -> Substitution:
        """Read a command or process substitution; `kind` is what it begins with."""
        raise NotImplementedError

    def word(self, stops: frozenset[str] = META) -> Word:
        """Read one word, up to a character of `stops`."""
        start = self.at
        self.spend(1)
        return self.rest_of_word([], start=start, stops=stops)

    def rest_of_word(self, parts: list[Part], *, start: int, stops: frozenset[str] = META) -> Word:
        """Read on in a word that began at `start` with `parts`."""
        both = stops | ACTIVE
        while self.at < self.end:
            char = self.text[self.at]
            if char in ACTIVE:
                self.active(parts, char)
            elif char not in stops:
                parts.append(Text(self.plain(both)))
            elif not self.process(parts, char) and (char != "(" or not self._glob(parts, start)):
                break
        return self.make_word(parts, start)

    def process(self, parts: list[Part], char: str) -> bool:
        """Read a process substitution if one begins here; tell whether it did."""
        if char == "<" and self.dialect == "zsh" and (end := self.range_end()):
            parts.append(Text(self.text[self.at : end]))
            self.at = end
            return True
        if char not in "<>" or not self.text.startswith("(", self.at + 1, self.end):
            return False
        parts.append(self.substitution(f"{char}("))
        return True

    def range_end(self) -> int:
        """Give where a range of numbers in zsh, `<1-9>`, ends if one begins here, else 0."""
        at = self.at + 1
        while at < self.end and self.text[at] in "0123456789-":
            at += 1
        inside = self.text[self.at : min(at + 1, self.end)]
        return at + 1 if inside.count("-") == 1 and inside.endswith(">") else 0

    def _glob(self, parts: list[Part], start: int) -> bool:
        """Read an extended glob, `@(a|b)`, or what zsh takes for one, `*(.)`; zsh's `=(…)` is a substitution."""
        before = self.text[self.at - 1] if self.at > start else ""
        is_zsh = self.dialect == "zsh"
        if is_zsh and self.at == start + 1 and before == "=":
            self.at = start
            parts[:] = [self.substitution("=(")]
            return True
        if not before or not (before in EXTENDED or (is_zsh and before != "=")) or self.next_is("()"):
            return False
        self.group(parts)
        return True

    def group(self, parts: list[Part]) -> None:
        """Read a pattern in parentheses as text, with the substitutions in it."""
        opened = 0
        while self.at < self.end and (char := self.text[self.at]) != "\n":
            if char in ACTIVE:
                self.active(parts, char)
            elif not self.process(parts, char):
                self.at += char in IN_GROUP
                parts.append(Text(char if char in IN_GROUP else self.plain(IN_GROUP)))
                opened += (char == "(") - (char == ")")
                if not opened:
                    return
        self.trouble("a pattern in parentheses does not end")

    def active(self, parts: list[Part], char: str) -> None:
        """Read what begins with a quote, backslash, dollar or backquote."""
        if char == "\\":
            self._backslash(parts)
        elif char == "'":
            parts.append(self.single())
        elif char == '"':
            self.double(parts)
        elif char == "`":
            parts.append(self.backquoted(quoted=False))
        else:
            self.dollar(parts, quoted=False)

    def _backslash(self, parts: list[Part]) -> None:
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        self.at += 1 + len(following)
        if following != "\n":
            parts.append(Text(following or "\\", "\\"))

    def single(self) -> Text:
        """Read text in single quotes."""
        closing = self.text.find("'", self.at + 1, self.end)
        if closing < 0:
            self.trouble("a quote ' is not closed")
        content = self.text[self.at + 1 : closing if closing >= 0 else self.end]
        self.at = closing + 1 if closing >= 0 else self.end
        return Text(content, "'")

    def ansi(self) -> Text:
        """Read text in `$'…'`."""
        start = at = self.at + 2
        while at < self.end and self.text[at] != "'":
            at += 2 if self.text[at] == "\\" else 1
        closing = min(at, self.end)
        if at >= self.end:
            self.trouble("a quote $' is not closed")
        self.at = min(closing + 1, self.end)
        return Text(unescape(self.text[start:closing]), "$'")

    def double(self, parts: list[Part]) -> None:
        """Read text in double quotes."""
        opened = self.at
        self.at += 1
        parts.append(Text("", '"'))
        if self.too_deep():
            return
        self.depth += 1
        self.quoted(parts, closing='"')
        self.depth -= 1
        if self.next_is('"'):
            self.at += 1
        elif self.at >= self.end:
            self.trouble('a quote " is not closed', at=opened)

    def quoted(self, parts: list[Part], *, closing: str) -> None:
        """Read text as between double quotes up to `closing`; "" reads a here-document to its end."""
        special = IN_DOUBLE if closing else IN_DOCUMENT
        while self.at < self.end and (char := self.text[self.at]) != closing:
            if char == "\\":
                self.escaped(parts, special)
            elif char == "`":
                parts.append(self.backquoted(quoted=bool(closing)))
            elif char == "$":
                self.dollar(parts, quoted=True)
            else:
                parts.append(Text(self.plain(special), '"'))

    def escaped(self, parts: list[Part], special: frozenset[str]) -> None:
        """Read a backslash between double quotes, where it only takes the meaning of `special` characters."""
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        self.at += 1 + len(following)
        if following != "\n":
            parts.append(Text(following if following in special else f"\\{following}", '"'))

    def backquoted(self, *, quoted: bool) -> Substitution:
        """Read a substitution in backquotes. Its script is unescaped before it is read."""
        start = at = self.at + 1
        while at < self.end and self.text[at] != "`":
            at += 2 if self.text[at] == "\\" else 1
        closing = min(at, self.end)
        if at >= self.end:
            self.trouble("a backquote ` is not closed")
        self.spend(6)
        content = self.text[start:closing]
        inner = self.inner(self.text, start=start, end=closing)
        if "\\" in content:
            plain = unescape_backquoted(content, quoted=quoted)
            inner = self.inner(plain, start=0, end=len(plain))
            inner.fixed = self.fixed or (start - 1, min(closing + 1, self.end))
        self.at = min(closing + 1, self.end)
        return Substitution("`", [] if inner.too_deep() else inner.script(), quoted=quoted)
