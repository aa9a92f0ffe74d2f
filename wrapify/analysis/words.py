"""Pure. Read the words of bash, zsh and sh: quotes, expansions, and the scripts inside of them.

Tolerant: what does not close takes the rest, and a trouble says so. Written by hand and without `re`: this runs at
every start, and the published parsers either are too slow to be there or lose commands (`coproc`, two backquotes).
"""

from __future__ import annotations

from wrapify.analysis.tree import Arithmetic, Pipeline, Redirect, Substitution, Text, Variable, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Part

DEEPEST = 40
"""How many substitutions, quotes and compound commands may lie in each other."""

META = frozenset(" \t\n;&|<>()")
ACTIVE = frozenset("'\"\\$`")
IN_DOUBLE = frozenset('"\\$`')
ONLY_BRACE = frozenset("}")
ONLY_PARENTHESIS = frozenset(")")
NOTHING: frozenset[str] = frozenset()
SPECIAL = frozenset("@*#?-$!0123456789_")
OPERATORS = (":-", ":=", ":?", ":+", "##", "%%", "//", "/#", "/%", "^^", ",,", *"-=?+#%/:^,@*~")
EXTENDED = frozenset("?*+@!")
SIMPLE_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
DIGITS = {"x": (2, 16), "u": (4, 16), "U": (8, 16)}


class Pending:
    """Hold a here-document whose body begins at the next line."""

    __slots__ = ("delimiter", "literal", "redirect", "strip")

    def __init__(self, redirect: Redirect, delimiter: str, *, literal: bool, strip: bool) -> None:
        self.redirect = redirect
        self.delimiter = delimiter
        self.literal = literal
        self.strip = strip


class Words:
    """Read words from `text` between `at` and `end`. `lists`, which a reader adds, reads the scripts in them."""

    def __init__(self, text: str, *, start: int, end: int, dialect: str) -> None:
        self.text = text
        self.at = start
        self.end = end
        self.dialect = dialect
        self.depth = 0
        self.fixed: tuple[int, int] | None = None
        self.troubles: list[tuple[int, str]] = []
        self.pending: list[Pending] = []
        self.parentheses = self.cases = 0

    def lists(self, closers: frozenset[str] = NOTHING) -> list[Pipeline]:
        """Read commands up to one of `closers`, a closing parenthesis or the end."""
        raise NotImplementedError

    def inner(self, text: str, *, start: int, end: int) -> Words:
        """Make a reader of the same kind for a part of the text, or for text that was unescaped."""
        other = type(self)(text, start=start, end=end, dialect=self.dialect)
        other.depth = self.depth + 1
        other.fixed = self.fixed
        other.troubles = self.troubles
        return other

    def trouble(self, what: str) -> None:
        """Note something that does not fit the grammar."""
        self.troubles.append((self.fixed[0] if self.fixed else self.at, what))

    def next_is(self, text: str) -> bool:
        """Tell whether `text` comes next."""
        return self.text.startswith(text, self.at, self.end)

    def too_deep(self) -> bool:
        """Tell whether no more may be opened; then the rest is left unread."""
        if self.depth < DEEPEST:
            return False
        if self.at < self.end:
            self.trouble("nested too deep")
        self.at = self.end
        return True

    def make_word(self, parts: list[Part], start: int) -> Word:
        """Make a word that began at `start` and ends here."""
        if self.fixed:
            return Word(parts, start=self.fixed[0], end=self.fixed[1])
        return Word(parts, start=start, end=self.at)

    def word(self, stops: frozenset[str] = META) -> Word:
        """Read one word, up to a character of `stops`."""
        start, parts = self.at, []
        while self.at < self.end:
            char = self.text[self.at]
            if char in ACTIVE:
                self.active(parts, char)
            elif char not in stops:
                parts.append(Text(self._plain(stops)))
            elif char in "<>" and self.text.startswith("(", self.at + 1, self.end):
                parts.append(self.substitution(f"{char}("))
            elif char != "(" or not self._glob(parts, start):
                break
        return self.make_word(parts, start)

    def _plain(self, stops: frozenset[str]) -> str:
        text, at, end = self.text, self.at, self.end
        first = at
        while at < end and (char := text[at]) not in stops and char not in ACTIVE:
            at += 1
        self.at = at
        return text[first:at]

    def _glob(self, parts: list[Part], start: int) -> bool:
        """Read an extended glob, `@(a|b)`, or what zsh takes for one, `*(.)`, as text with substitutions in it."""
        if self.at == start or not (self.text[self.at - 1] in EXTENDED or self.dialect == "zsh"):
            return False
        if self.next_is("()") or self.too_deep():
            return False
        self.at += 1
        self.depth += 1
        parts.append(Text("("))
        parts.extend(self.word(ONLY_PARENTHESIS).parts)
        self.depth -= 1
        if self.next_is(")"):
            self.at += 1
            parts.append(Text(")"))
        return True

    def active(self, parts: list[Part], char: str) -> None:
        """Read what begins with a quote, backslash, dollar or backquote."""
        if char == "\\":
            self._backslash(parts)
        elif char == "'":
            parts.append(self._single())
        elif char == '"':
            self._double(parts)
        elif char == "`":
            parts.append(self._backquoted(quoted=False))
        else:
            self.dollar(parts, quoted=False)

    def _backslash(self, parts: list[Part]) -> None:
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        self.at += 1 + len(following)
        if following != "\n":
            parts.append(Text(following or "\\", "\\"))

    def _single(self) -> Text:
        closing = self.text.find("'", self.at + 1, self.end)
        if closing < 0:
            self.trouble("a quote ' is not closed")
        content = self.text[self.at + 1 : closing if closing >= 0 else self.end]
        self.at = closing + 1 if closing >= 0 else self.end
        return Text(content, "'")

    def _double(self, parts: list[Part]) -> None:
        self.at += 1
        parts.append(Text("", '"'))
        if self.too_deep():
            return
        self.depth += 1
        opened = self.at - 1
        self.quoted(parts, closing='"')
        self.depth -= 1
        if self.next_is('"'):
            self.at += 1
        elif self.at >= self.end:
            self.troubles.append((self.fixed[0] if self.fixed else opened, 'a quote " is not closed'))

    def quoted(self, parts: list[Part], *, closing: str) -> None:
        """Read text as between double quotes up to `closing`; "" reads a here-document to its end."""
        text, end = self.text, self.end
        while self.at < end and (char := text[self.at]) != closing:
            if char == "\\":
                self._escaped_in_double(parts)
            elif char == "`":
                parts.append(self._backquoted(quoted=True))
            elif char == "$":
                self.dollar(parts, quoted=True)
            else:
                first = at = self.at
                while at < end and text[at] not in IN_DOUBLE:
                    at += 1
                at = max(at, first + 1)
                self.at = at
                parts.append(Text(text[first:at], '"'))

    def _escaped_in_double(self, parts: list[Part]) -> None:
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        self.at += 1 + len(following)
        if following != "\n":
            parts.append(Text(following if following in IN_DOUBLE and following else f"\\{following}", '"'))

    def _backquoted(self, *, quoted: bool) -> Substitution:
        start = at = self.at + 1
        while at < self.end and self.text[at] != "`":
            at += 2 if self.text[at] == "\\" else 1
        closing = min(at, self.end)
        if closing >= self.end:
            self.trouble("a backquote ` is not closed")
        content = self.text[start:closing]
        inner = self.inner(self.text, start=start, end=closing)
        if "\\" in content:
            plain = _unescape_backquoted(content, quoted=quoted)
            inner = self.inner(plain, start=0, end=len(plain))
            inner.fixed = self.fixed or (start - 1, min(closing + 1, self.end))
        self.at = min(closing + 1, self.end)
        return Substitution("`", [] if inner.too_deep() else inner.lists(), quoted=quoted)

    def dollar(self, parts: list[Part], *, quoted: bool) -> None:
        """Read what begins with a dollar."""
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        if following == "(":
            parts.append(self._parenthesis(quoted=quoted))
        elif following == "{":
            parts.append(self._braced(quoted=quoted))
        elif following == "[":
            parts.append(self._old_arithmetic())
        elif following == "'" and not quoted:
            parts.append(self._ansi())
        elif following == '"' and not quoted:
            self.at += 1
            self._double(parts)
        elif following.isalpha() or (following and following in SPECIAL):
            parts.append(Variable(self._name(self.at + 1), quoted=quoted))
        else:
            self.at += 1
            parts.append(Text("$", '"' if quoted else ""))

    def _name(self, at: int) -> str:
        """Read the name of a variable that begins at `at`, and go behind it."""
        first = at
        if at < self.end and (self.text[at].isalpha() or self.text[at] == "_"):
            while at < self.end and (self.text[at].isalnum() or self.text[at] == "_"):
                at += 1
        elif at < self.end and self.text[at] in SPECIAL:
            at += 1
        self.at = at
        return self.text[first:at]

    def _parenthesis(self, *, quoted: bool) -> Substitution | Arithmetic:
        if self.next_is("$((") and self.closes_twice(self.at + 3):
            self.at += 3
            return self.arithmetic("))")
        return self.substitution("$(", quoted=quoted)

    def closes_twice(self, at: int) -> bool:
        """Tell whether what was opened by `((` before `at` is closed by `))`, so that it is arithmetic."""
        depth, text, end = 2, self.text, min(self.end, at + (1 << 14))
        while at < end:
            char = text[at]
            depth += (char == "(") - (char == ")")
            if char == "\\":
                at += 1
            elif depth == 1 and char == ")":
                return text.startswith("))", at, self.end)
            at += 1
        return False

    def arithmetic(self, closing: str) -> Arithmetic:
        """Read an arithmetic expression up to `closing`, with the substitutions in it."""
        start, parts, open_ones = self.at, [], 0
        while self.at < self.end and not (open_ones == 0 and self.next_is(closing)):
            char = self.text[self.at]
            if char in IN_DOUBLE and not self.too_deep():
                self.depth += 1
                self.active(parts, char)
                self.depth -= 1
                continue
            open_ones = max(0, open_ones + (char == "(") - (char == ")"))
            self.at += 1
        text = self.text[start : self.at]
        self.at = min(self.at + len(closing), self.end)
        return Arithmetic(text, [part for part in parts if isinstance(part, Substitution)])

    def _old_arithmetic(self) -> Arithmetic:
        self.at += 2
        return self.arithmetic("]")

    def substitution(self, kind: str, *, quoted: bool = False) -> Substitution:
        """Read a command or process substitution; `kind` is what it begins with."""
        self.at = min(self.at + len(kind), self.end)
        if self.too_deep():
            return Substitution(kind, [], quoted=quoted)
        self.depth += 1
        cases, self.cases = self.cases, 0
        self.parentheses += 1
        script = self.lists()
        self.parentheses -= 1
        self.cases = cases
        self.depth -= 1
        if self.next_is(")"):
            self.at += 1
        else:
            self.trouble(f"{kind} is not closed")
        return Substitution(kind, script, quoted=quoted)

    def _braced(self, *, quoted: bool) -> Variable | Substitution:
        self.at += 2
        if self.at < self.end and self.text[self.at] in " \t\n|":
            return self._in_braces(quoted=quoted)
        if self.dialect == "zsh" and self.next_is("("):
            closing = self.text.find(")", self.at, self.end)
            self.at = closing + 1 if closing >= 0 else self.end
        before = self.text[self.at : min(self.at + 1, self.end)]
        before = before if before in ("!", "#") and not self.text.startswith("}", self.at + 1) else ""
        name = self._name(self.at + len(before))
        if self.next_is("["):
            closing = self.text.find("]", self.at, self.end)
            self.at = closing + 1 if closing >= 0 else self.end
        operator = next((one for one in OPERATORS if self.next_is(one)), "")
        self.at += len(operator)
        argument = self._argument(quoted=quoted)
        return Variable(name, operator=before + operator, argument=argument, quoted=quoted)

    def _argument(self, *, quoted: bool) -> Word:
        start = self.at
        if self.too_deep():
            return self.make_word([], start)
        self.depth += 1
        parts: list[Part] = []
        while self.at < self.end and not self.next_is("}"):
            char = self.text[self.at]
            if quoted and char == "'":
                parts.append(Text(char, '"'))
                self.at += 1
            elif char in ACTIVE:
                self.active(parts, char)
            else:
                parts.append(Text(self._plain(ONLY_BRACE), '"' if quoted else ""))
        self.depth -= 1
        if self.next_is("}"):
            self.at += 1
        else:
            self.trouble("${ is not closed")
        return self.make_word(parts, start)

    def _in_braces(self, *, quoted: bool) -> Substitution:
        """Read `${ commands; }`, which bash 5.3 runs in this shell."""
        self.at += self.next_is("|")
        if self.too_deep():
            return Substitution("$(", [], quoted=quoted)
        self.depth += 1
        script = self.lists(ONLY_BRACE)
        self.depth -= 1
        self.at += self.next_is("}")
        return Substitution("$(", script, quoted=quoted)

    def _ansi(self) -> Text:
        start = at = self.at + 2
        while at < self.end and self.text[at] != "'":
            at += 2 if self.text[at] == "\\" else 1
        closing = min(at, self.end)
        if closing >= self.end:
            self.trouble("a quote $' is not closed")
        self.at = min(closing + 1, self.end)
        return Text(unescape(self.text[start:closing]), "$'")


def _unescape_backquoted(content: str, *, quoted: bool) -> str:
    pieces, at = [], 0
    while (found := content.find("\\", at)) >= 0:
        following = content[found + 1 : found + 2]
        drop = following in ("$", "`", "\\") or (quoted and following == '"')
        pieces.append(content[at : found + (0 if drop else 1)] + following)
        at = found + 1 + len(following)
    return "".join(pieces) + content[at:]


def unescape(text: str) -> str:
    """Decode the escapes of $'…', printf and echo -e."""
    pieces, at = [], 0
    while (found := text.find("\\", at)) >= 0:
        pieces.append(text[at:found])
        char, at = _escape(text, found + 1)
        pieces.append(char)
    return "".join(pieces) + text[at:]


def _escape(text: str, at: int) -> tuple[str, int]:
    """Decode the escape whose first character behind the backslash is at `at`. Give it and where it ends."""
    char = text[at : at + 1]
    if char in DIGITS or (char and char in "01234567"):
        length, base = DIGITS.get(char, (3, 8))
        first = at + (char in DIGITS)
        length += char == "0"  # printf and echo take \0nnn
        last = first
        while last < min(first + length, len(text)) and text[last] in "0123456789abcdefABCDEF"[: base if base == 8 else 22]:
            last += 1
        code = int(text[first:last], base) if last > first else -1
        return (chr(code & 0xFF if base == 8 else code) if 0 <= code < 0x110000 else f"\\{char}"), max(last, at + 1)
    if char == "c" and at + 1 < len(text):
        return chr(ord(text[at + 1]) & 0x1F), at + 2
    return SIMPLE_ESCAPES.get(char, char if char and char in "\\'\"?" else f"\\{char}"), at + len(char)
