"""Pure. Simple commands of fish: words, redirections, assignments, and what is a keyword at their beginning."""

from __future__ import annotations

from wrapify.analysis.fishtext import BREAKS
from wrapify.analysis.fishwords import Words, literal
from wrapify.analysis.tree import Assignment, Redirect, Simple, Substitution, Text, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Part

ENDERS = frozenset({"end", "else", "case"})
BLOCKS = frozenset({"begin", "if", "while", "for", "switch", "function"})
KEYWORDS = ENDERS | BLOCKS | {"and", "or", "not", "!", "time", "in"}
LONGEST_KEYWORD = 8
OPERATORS = (
    "&>>?", "&>>", "&>?", "&>", "&|", ">>?", ">>|", ">>&", ">>", ">|", ">&", ">?", ">", "<&", "<?", "<", "|&", "|",
)  # fmt: skip
DIGITS = frozenset("0123456789")
NO_WORD = frozenset(";\n|&<>")
"""What no word begins with."""

SCOPES = frozenset("glUuxfa")
LONG_SCOPES = ("global", "local", "universal", "export", "unexport", "function", "path", "unpath", "append")


class Commands(Words):
    """Read simple commands."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.known = (-1, "", 0)  # the last place where a keyword was looked for, what was found, its end

    def starts_word(self) -> bool:
        """Tell if a word begins here, blanks being skipped."""
        char = self.peek()
        if char in DIGITS and self.operator()[1]:
            return False
        return bool(char) and char not in NO_WORD and not self.closes(char)

    def keyword(self) -> str:
        """Give the keyword that stands here, else ""; quotes and backslashes do not hide one."""
        if self.known[0] != self.pos:
            self.known = (self.pos, *self.find_keyword())
        return self.known[1]

    def skip_keyword(self) -> None:
        """Go behind the keyword that stands here."""
        self.keyword()
        self.pos = self.end = self.known[2]

    def find_keyword(self) -> tuple[str, int]:
        """Look for a keyword here and for its end."""
        text, size, at = self.text, self.size, self.pos
        while at < size and (text[at].isalnum() or text[at] in "'\"\\\n!"):
            if text[at] == "\n" and text[at - 1] != "\\":
                break
            at += 1
        raw = text[self.pos : at]
        if at < size and text[at] not in BREAKS and text[at] != "&" and not self.closes(text[at]):
            return "", at
        if "\\" in raw or "'" in raw or '"' in raw:
            inner = Words(raw)
            raw = literal(inner.word()) or ""
            raw = "" if inner.troubles else raw
        return (raw, at) if len(raw) <= LONGEST_KEYWORD and raw in KEYWORDS else ("", at)

    def operator(self) -> tuple[str, str]:
        """Give the number and the operator of a redirection or a pipe that stands here, else twice ""."""
        at = self.pos
        while at < self.size and self.text[at] in DIGITS:
            at += 1
        number = self.text[self.pos : at]
        if self.text[at : at + 1] in ("<", ">") or (not number and self.text[at : at + 1] in ("&", "|")):
            for one in OPERATORS:
                if self.text.startswith(one, at) and not self.text.startswith("||", at):
                    return number, one
        return "", ""

    def redirect(self, number: str, operator: str) -> Redirect:
        """Read the redirection that stands here."""
        start = self.pos
        self.pos += len(number) + len(operator)
        self.blanks()
        if self.starts_word():
            return Redirect(operator, self.word(), number=number)
        self.trouble(start, "This redirection has no target.")
        self.end = start + len(number) + len(operator)
        return Redirect(operator, Word([], start=self.end, end=self.end), number=number)

    def arguments(self, words: list[Word], redirects: list[Redirect]) -> None:
        """Read words and redirections up to what ends a command."""
        while True:
            self.blanks()
            char = self.peek()
            if char in DIGITS or char in ("&", "|", "<", ">"):
                self.count()
                number, operator = self.operator()
                if operator and "|" not in operator:
                    redirects.append(self.redirect(number, operator))
                    continue
                if operator:
                    return
            if not self.starts_word():
                return
            words.append(self.word())

    def assignment(self) -> Assignment | None:
        """Read VAR=value if that stands here."""
        start, name = self.pos, self.name()
        if not name or self.peek() != "=":
            self.pos = start
            return None
        self.pos += 1
        return Assignment(name, self.word(start))

    def simple(self, start: int, assignments: list[Assignment]) -> Simple:
        """Read a simple command behind its assignments. It is empty if there is none."""
        node = Simple(start)
        self.end = start if not assignments else self.end
        node.assignments = assignments
        self.arguments(node.words, node.redirects)
        node.end = self.end
        if not node.words and assignments:
            self.trouble(start, "fish takes VAR=value in front of a command only.")
        elif not node.words and node.redirects:
            self.trouble(start, "This redirection has no command in front of it.")
        elif node.words:
            self.check_name(node.words[0])
            note_set(node)
        return node

    def check_name(self, word: Word) -> None:
        """Note a command whose name would come out of a substitution, which fish refuses."""
        if any(isinstance(part, Substitution) for part in word.parts):
            self.trouble(word.start, "fish takes no substitution as the name of a command.")


def note_set(node: Simple) -> None:
    """Give `set NAME value…` its assignment."""
    if literal(node.words[0]) != "set":
        return
    append, at = False, 1
    for word in node.words[1:]:
        option = literal(word) or ""
        if not option.startswith("-") or option == "-":
            break
        at += 1
        if option == "--":
            break
        if not keeps(option):
            return
        append = append or adds(option)
    name = literal(node.words[at]) if at < len(node.words) else None
    if name and all(char == "_" or char.isalnum() for char in name):
        items = node.words[at + 1 :]
        value = joined(items, at=node.words[at].end)
        node.assignments.append(Assignment(name, value, append=append, items=None if len(items) == 1 else items))


def keeps(option: str) -> bool:
    """Tell if an option of `set` only says where and how a variable is kept."""
    if option.startswith("--"):
        return any(one.startswith(option[2:]) for one in LONG_SCOPES)
    return SCOPES.issuperset(option[1:])


def adds(option: str) -> bool:
    """Tell if an option of `set` keeps the values that were there."""
    return "append".startswith(option[2:]) if option.startswith("--") else "a" in option


def joined(items: list[Word], *, at: int) -> Word:
    """Give what a variable in quotes would: its values with blanks between them."""
    if len(items) == 1:
        return items[0]
    parts: list[Part] = []
    for item in items:
        parts += [*([Text(" ")] if parts else []), *item.parts]
    return Word(parts, start=items[0].start if items else at, end=items[-1].end if items else at)
