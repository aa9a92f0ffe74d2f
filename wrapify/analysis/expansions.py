"""Pure. Read what a dollar begins in bash, zsh and sh: variables, substitutions and arithmetic."""

from __future__ import annotations

from wrapify.analysis.cursor import Level
from wrapify.analysis.tree import Arithmetic, Substitution, Text, Variable
from wrapify.analysis.words import ACTIVE, IN_DOUBLE, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Part, Word

ONLY_BRACE = frozenset("}")
IN_ARGUMENT = ACTIVE | frozenset("}<>")
IN_INDEX = ACTIVE | frozenset("[]}\n")
IN_ARITHMETIC = IN_DOUBLE | frozenset("()]")
SPECIAL = frozenset("@*#?-$!0123456789_")
LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
IN_NAME = LETTERS | frozenset("0123456789")
OPERATORS = (":-", ":=", ":?", ":+", "##", "%%", "//", "/#", "/%", "^^", ",,", *"-=?+#%/:^,@*~")
PATTERNS = frozenset("#%/^,")
NESTED = ("${", "$(", "$'", "$[")  # zsh: an expansion of an expansion
ZSH_FLAGS = frozenset("^=~+")


class Expansions(Words):
    """Read expansions."""

    def dollar(self, parts: list[Part], *, quoted: bool) -> None:
        """Read what begins with a dollar."""
        while self.text.startswith("\\\n", self.at + 1, self.end):
            self.at += 2  # the shell joins the lines before it looks at what follows
        following = self.text[self.at + 1 : min(self.at + 2, self.end)]
        if following == "(":
            parts.append(self._parenthesis(quoted=quoted))
        elif following == "{":
            parts.append(self._brace(quoted=quoted))
        elif following == "[":
            self.at += 2
            parts.append(self.arithmetic("]"))
        elif following == "'" and not quoted:
            parts.append(self.ansi())
        elif following == '"' and not quoted:
            self.at += 1
            self.double(parts)
        elif following in LETTERS or following in SPECIAL:
            self.at += 1
            parts.append(Variable(self.name(), quoted=quoted))
        else:
            self.at += 1
            parts.append(Text("$", '"' if quoted else ""))

    def name(self) -> str:
        """Read the name of a variable."""
        text, first, at = self.text, self.at, self.at
        if at < self.end and text[at] in LETTERS:
            while at < self.end and text[at] in IN_NAME:
                at += 1
        elif at < self.end and text[at] in SPECIAL:
            at += 1
        self.at = at
        return text[first:at]

    def _parenthesis(self, *, quoted: bool) -> Substitution | Arithmetic:
        if self.next_is("$((") and self.closes_twice(self.at + 3):
            self.at += 3
            return self.arithmetic("))")
        return self.substitution("$(", quoted=quoted)

    def closes_twice(self, start: int) -> bool:
        """Tell whether what was opened by `((` before `start` is closed by `))`, so that it is arithmetic."""
        depth, at, text = 2, start, self.text
        end = min(self.end, start + self.shared.ahead)
        while at < end and depth > 1:
            char = text[at]
            depth += (char == "(") - (char == ")")
            if char == "\\":
                at += 1
            at += 1
        self.shared.ahead -= min(at, end) - start
        if at >= end and not self.shared.ahead:
            self.trouble("too much is nested to tell arithmetic from commands")
        return depth == 1 and text.startswith(")", at, self.end)

    def arithmetic(self, closing: str) -> Arithmetic:
        """Read an arithmetic expression up to `closing`, with the substitutions in it."""
        start, opened = self.at, 0
        parts: list[Part] = []
        while self.at < self.end and (opened or not self.next_is(closing)):
            char = self.text[self.at]
            if char in IN_DOUBLE and not self.too_deep():
                self.depth += 1
                self.active(parts, char)
                self.depth -= 1
                continue
            opened = max(0, opened + (char == "(") - (char == ")"))
            self.at += 1
            self.plain(IN_ARITHMETIC)
        text = self.text[start : min(self.at, self.end)]
        if self.at >= self.end:
            self.trouble("an arithmetic expression does not end")
        self.at = min(self.at + len(closing), self.end)
        return Arithmetic(text, scripts(parts))

    def substitution(self, kind: str, *, quoted: bool = False) -> Substitution:
        """Read a command or process substitution; `kind` is what it begins with."""
        self.at = min(self.at + len(kind), self.end)
        self.spend(4)
        if self.too_deep():
            return Substitution(kind, [], quoted=quoted)
        kept, self.level = self.level, Level(1)
        self.depth += 1
        script = self.lists() if kind == "(" else self.script()
        self.depth -= 1
        self.level = kept
        if self.next_is(")"):
            self.at += 1
        else:
            self.trouble(f"{kind} is not closed")
        return Substitution(kind, script, quoted=quoted)

    def _brace(self, *, quoted: bool) -> Variable | Substitution:
        self.at += 2
        if self.at < self.end and self.text[self.at] in " \t\n|":
            return self._in_braces(quoted=quoted)
        if self.dialect == "zsh":
            self._zsh_flags()
        before = self.text[self.at : min(self.at + 1, self.end)]
        before = before if before in ("!", "#") and not self.text.startswith("}", self.at + 1) else ""
        self.at += len(before)
        name = "" if self.text.startswith(NESTED, self.at, self.end) else self.name()
        index = self.index() if self.next_is("[") else None
        operator = next((one for one in OPERATORS if self.next_is(one)), "")
        self.at += len(operator)
        argument = self._argument(operator, quoted=quoted)
        return Variable(name, operator=before + operator, argument=argument, quoted=quoted, index=index)

    def _zsh_flags(self) -> None:
        if self.next_is("("):
            closing = self.text.find(")", self.at, self.end)
            self.at = closing + 1 if closing >= 0 else self.end
        while self.at < self.end and self.text[self.at] in ZSH_FLAGS:
            self.at += 1

    def index(self) -> Word:
        """Read `[…]` behind a name; what is given has no brackets."""
        start, opened = self.at, 1
        self.at += 1
        parts: list[Part] = []
        if self.too_deep():
            return self.make_word(parts, start)
        self.depth += 1
        while self.at < self.end:
            char = self.text[self.at]
            if char in ACTIVE:
                self.active(parts, char)
            elif char in "}\n" or (char == "]" and opened == 1):
                self.at += char == "]"
                break
            else:
                opened += (char == "[") - (char == "]")
                self.at += 1
                parts.append(Text(char + self.plain(IN_INDEX)))
        self.depth -= 1
        return self.make_word(parts, start)

    def _argument(self, operator: str, *, quoted: bool) -> Word:
        """Read the rest of a braced expansion. In patterns a single quote quotes also between double quotes."""
        start = self.at
        parts: list[Part] = []
        if self.too_deep():
            return self.make_word(parts, start)
        self.depth += 1
        literal = "'" if quoted and operator[:1] not in PATTERNS else ""
        while self.at < self.end and (char := self.text[self.at]) != "}":
            if char == "\\" and quoted:
                self.escaped(parts, IN_DOUBLE | ONLY_BRACE)
            elif char == "`":
                parts.append(self.backquoted(quoted=quoted))
            elif char in ACTIVE and char != literal:
                self.active(parts, char)
            elif quoted or not self.process(parts, char):
                self.at += 1
                parts.append(Text(char + self.plain(IN_ARGUMENT), '"' if quoted else ""))
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
        kept, self.level = self.level, Level()
        self.depth += 1
        script = self.script(ONLY_BRACE)
        self.depth -= 1
        self.level = kept
        if self.next_is("}"):
            self.at += 1
        else:
            self.trouble("${ is not closed")
        return Substitution("$(", script, quoted=quoted)


def scripts(parts: list[Part]) -> list[Substitution]:
    """Give the substitutions in parts of a word, and in what these hold."""
    found: list[Substitution] = []
    for part in parts:
        if isinstance(part, Substitution):
            found.append(part)
        elif isinstance(part, Arithmetic):
            found.extend(part.inner)
        elif isinstance(part, Variable):
            words = (part.index, part.argument)
            found.extend(one for word in words if word is not None for one in scripts(word.parts))
    return found
