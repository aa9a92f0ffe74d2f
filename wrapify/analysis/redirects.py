"""Pure. Read redirections, here-documents and the ends of lines, where the bodies of these begin."""

from __future__ import annotations

from wrapify.analysis.expansions import IN_NAME, Expansions
from wrapify.analysis.tree import Redirect, Text, Word
from wrapify.analysis.words import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.cursor import Shared
    from wrapify.analysis.tree import Pipeline

DIGITS = frozenset("0123456789")
REDIRECTS = {
    "bash": ("<<<", "<<-", "<<", "<>", "<&", ">>", ">|", ">&", "<", ">"),
    "sh": ("<<-", "<<", "<>", "<&", ">>", ">|", ">&", "<", ">"),
    "zsh": (
        *("<<<", "<<-", "<<", "<>", "<&", ">>&|", ">>&!", ">&|", ">&!", ">>|", ">>!", ">>&", ">>"),
        *(">|", ">!", ">&", "<", ">"),
    ),
}


class Pending:
    """Hold a here-document whose body begins at the next line."""

    __slots__ = ("delimiter", "literal", "redirect", "strip")

    def __init__(self, redirect: Redirect, delimiter: str, *, literal: bool, strip: bool) -> None:
        self.redirect = redirect
        self.delimiter = delimiter
        self.literal = literal
        self.strip = strip


class Redirects(Expansions):
    """Read redirections and here-documents."""

    def __init__(self, text: str, *, start: int, end: int, shared: Shared) -> None:
        super().__init__(text, start=start, end=end, shared=shared)
        self.pending: list[Pending] = []

    def script(self, closers: frozenset[str] = NOTHING) -> list[Pipeline]:
        """Read like `lists` what has here-documents of its own."""
        kept, self.pending = self.pending, []
        found = self.lists(closers)
        if self.pending:
            self.trouble("a here-document has no end")
        self.pending = kept
        return found

    def redirect(self) -> Redirect | None:
        """Read a redirection if one begins here."""
        if self.dialect == "zsh" and self.next_is("<") and self.range_end():
            return None
        at = self._descriptor()
        number = self.text[self.at : at]
        if not number and self.dialect != "sh" and self.next_is("&>"):
            number, at = "&", at + 1
        known = REDIRECTS.get(self.dialect, REDIRECTS["bash"])
        operator = next((one for one in known if self.text.startswith(one, at, self.end)), "")
        if not operator or (operator in "<>" and self.text.startswith("(", at + 1, self.end)):
            return None
        self.at = at + len(operator)
        self.spend(1)
        self.skip_blanks()
        if operator in ("<<", "<<-"):
            return self._announce(operator, number)
        return Redirect(operator, self.word(), number=number)

    def _descriptor(self) -> int:
        """Give where a descriptor in front of a redirection would end: `2>`, or `{name}>`, which takes a free one."""
        text, at, end = self.text, self.at, self.end
        if not self.next_is("{"):
            while at < end and text[at] in DIGITS:
                at += 1
            return at
        at += 1
        while at < end and text[at] in IN_NAME:
            at += 1
        is_name = at > self.at + 1 and text.startswith(("}<", "}>"), at, end)
        return at + 1 if is_name else self.at

    def _announce(self, operator: str, number: str) -> Redirect:
        """Read the delimiter of a here-document. It is not expanded: what matters is how it is written."""
        start = self.at
        target = self.word()
        delimiter, literal = self._delimiter(self.text[start : self.at], target)
        redirect = Redirect(operator, Word([], start=target.start, end=target.end), number=number)
        self.pending.append(Pending(redirect, delimiter, literal=literal, strip=operator == "<<-"))
        return redirect

    def _delimiter(self, raw: str, word: Word) -> tuple[str, bool]:
        """Give the delimiter without its quotes, and whether it had any."""
        texts = [part for part in word.parts if isinstance(part, Text)]
        literal = any(part.quote for part in texts)
        is_plain = len(texts) == len(word.parts)
        return ("".join(part.text for part in texts) if is_plain else raw.replace('"', "").replace("'", "")), literal

    def skip_lines(self) -> None:
        """Skip blanks, line ends and comments."""
        while self.at < self.end:
            if self.next_is("\n"):
                self.newline()
            elif not self.skip_comment() and not self.skip_blanks():
                return

    def newline(self) -> None:
        """Go to the next line, behind the here-documents that begin there."""
        self.at += 1
        if self.pending:
            self._documents()

    def _documents(self) -> None:
        """Read the bodies of the here-documents that were announced."""
        waiting, self.pending = self.pending, []
        for document in waiting:
            start, last, after = self._body(document)
            body = Word([Text(self.text[start:last], "'")], start=start, end=last)
            if not document.literal and not self.too_deep():
                inner = self.inner(self.text, start=start, end=last)
                body.parts = []
                inner.quoted(body.parts, closing="")
            if self.fixed:
                body.start, body.end = self.fixed
            document.redirect.target = body
            self.at = after

    def _body(self, document: Pending) -> tuple[int, int, int]:
        """Give where the body of a here-document begins and ends, and where reading goes on."""
        start = at = min(self.at, self.end)
        continued = False
        while at < self.end:
            found = self.text.find("\n", at, self.end)
            last = found if found >= 0 else self.end
            line = self.text[at:last]
            if not continued and (line.lstrip("\t") if document.strip else line) == document.delimiter:
                return start, at, min(last + 1, self.end)
            at = last + 1
            backslashes = len(line) - len(line.rstrip("\\"))
            continued = not document.literal and backslashes % 2 == 1
        self.trouble("a here-document has no end", at=start)
        return start, self.end, self.end
