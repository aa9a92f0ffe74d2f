"""Pure. Read bash, zsh and sh: simple commands, pipelines and lists, to their structure. Total, and linear in time."""

from __future__ import annotations

from wrapify.analysis.compounds import Compounds
from wrapify.analysis.cursor import META, Shared
from wrapify.analysis.expansions import IN_NAME
from wrapify.analysis.tree import Assignment, Compound, Pipeline, Reading, Simple, Text
from wrapify.analysis.words import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Stage, Word

LONGEST = 1 << 18
"""Characters that are read; what lies behind them is left, and a trouble says so."""

LONGEST_INDEX = 1 << 12

OPENERS = frozenset(("if", "while", "until", "for", "case", "function", "{"))
OF_BASH = OPENERS | frozenset(("select", "[["))
OF_ZSH = OF_BASH | frozenset(("repeat", "foreach"))
CLOSERS = frozenset(("then", "elif", "else", "fi", "do", "done", "esac", "}"))
PREFIXES = frozenset(("!", "time", "coproc"))


def read(text: str, *, dialect: str = "bash", comments: bool = True) -> Reading:
    """Read a text for `dialect` ("bash", "zsh", "sh"). Carriage returns are line ends, as a terminal pastes them.

    `comments`: `#` begins one, which it does not where a person types to zsh.
    """
    reading = Reading(text)
    plain = text.replace("\r", "\n")
    shared = Shared(dialect, comments=comments)
    reader = Reader(plain, start=0, end=min(len(plain), LONGEST), shared=shared)
    reading.script = reader.script()
    if len(plain) > LONGEST:
        shared.troubles.append((LONGEST, "too long to be read to its end"))
    reading.troubles = sorted(shared.troubles)
    return reading


class Reader(Compounds):
    """Read lists of commands."""

    def lists(self, closers: frozenset[str] = NOTHING) -> list[Pipeline]:
        """Read commands up to one of `closers`, a closing parenthesis or the end."""
        found: list[Pipeline] = []
        before = self.separators("")
        while self.at < self.end and not self._closes(closers):
            start = self.at
            pipeline = self.pipeline(before)
            if pipeline.stages:
                found.append(pipeline)
            if self.at == start:
                self.trouble(f"{self.text[self.at]!a} does not belong here")
                self.at += 1
            pipeline.background = self.next_is("&") and not self.next_is("&&")
            end = self.at
            before = self.separators("")
            if self.at == end and self.dialect != "zsh" and self.text.startswith(("('", '("'), self.at, self.end):
                self.trouble("'(' does not belong here")
            if self.at == end and "{" in closers and self.keyword() == "{":
                break
        return found

    def _closes(self, closers: frozenset[str]) -> bool:
        """Tell whether what comes next ends this list; skip what would end one that was never begun."""
        while self.at < self.end:
            name = self.keyword()
            if name in closers and name != "{":
                return True
            if self.next_is(")"):
                if self.level.parentheses:
                    return True
                self._keyword_end = self.at + 1
            elif self.at_branch_end():
                return True
            elif name not in CLOSERS:
                return False
            self.trouble(f"{name or ')'} does not belong here")
            self.take()
            self.separators("")
        return True

    def separators(self, before: str) -> str:
        """Skip what stands between commands. Give the last of it that joins them."""
        while self.at < self.end:
            char = self.text[self.at]
            if char == "\n":
                self.newline()
                before = before if before in ("&&", "||") else "\n"
            elif char == ";" and self.at_branch_end():
                break
            elif char in ";&" or self.next_is("||"):
                before = char * 2 if self.next_is(char * 2) else char
                self.at += len(before)
                self.at += before == "&" and self.at < self.end and self.text[self.at] in "!|"
            elif not self.skip_blanks() and not self.skip_comment():
                break
        return before

    def pipeline(self, before: str) -> Pipeline:
        """Read commands joined by `|`."""
        pipeline = Pipeline(before)
        while self.at < self.end:
            self._prefixes()
            stage = self.command()
            if stage is not None:
                pipeline.stages.append(stage)
            self.skip_blanks()
            if not self.next_is("|") or self.next_is("||"):
                break
            self.at += 2 if self.next_is("|&") else 1
            self.skip_lines()
        return pipeline

    def _prefixes(self) -> None:
        """Skip `!`, `time` with its options and `coproc` with its name."""
        while (name := self.keyword()) in PREFIXES:
            start = self.at
            self.take()
            self.skip_blanks()
            while name == "time" and self.keyword() in ("-p", "--"):
                self.take()
                self.skip_blanks()
            if name == "time" and self.next_is("-"):
                self.at = start  # other options: the program of that name
                return
            if name == "coproc":
                self._coprocess_name()

    def _coprocess_name(self) -> None:
        """Skip the name of a coprocess, which only stands in front of a compound command."""
        start = self.at
        self.plain_name()
        if self.at == start or not self.skip_blanks() or not (self.next_is("(") or self.keyword() in self.openers):
            self.at = start

    def plain_name(self) -> str:
        """Read a name that may be assigned to; in zsh also the number of an argument."""
        text, first, at = self.text, self.at, self.at
        while at < self.end and (text[at] in IN_NAME or (text[at] > "\x7f" and self.dialect == "zsh")):
            at += 1
        if at > first and (self.dialect == "zsh" or not text[first].isdigit()):
            self.at = at
        return text[first : self.at]

    @property
    def openers(self) -> frozenset[str]:
        """The words that begin compound commands."""
        return {"sh": OPENERS, "zsh": OF_ZSH}.get(self.dialect, OF_BASH)

    def command(self) -> Stage | None:
        """Read one command."""
        self.spend(4)
        if self.next_is("("):
            return self.subshell()
        name = self.keyword()
        if name in self.openers:
            return self.compound(name)
        return self._simple()

    def _simple(self) -> Simple | Compound | None:
        simple = Simple(self.at)
        while (self.skip_blanks() or self.at < self.end) and not self._ends_group():
            redirect = self.redirect()
            if redirect is not None:
                simple.redirects.append(redirect)
                continue
            if self.skip_comment():
                break
            if not simple.words:
                if self._assigns(simple):
                    continue
                if simple.redirects and not simple.assignments and self.keyword() in self.openers:
                    return self._redirected(simple)
            if not self._add_word(simple):
                break
            if self.next_is("(") and (function := self._after_word(simple)):
                return function
        simple.end = self.at
        if self.fixed:
            simple.start, simple.end = self.fixed
        return simple if simple.words or simple.assignments or simple.redirects else None

    def _ends_group(self) -> bool:
        """Tell whether a brace ends the group we are in: in zsh it does wherever it stands as a word."""
        return bool(self.level.braces) and self.dialect == "zsh" and self.keyword() == "}"

    def _redirected(self, simple: Simple) -> Compound:
        """Read a compound command behind redirections, which zsh lets stand in front of it."""
        compound = self.compound(self.keyword())
        compound.redirects[:0] = simple.redirects
        return compound

    def _add_word(self, simple: Simple) -> bool:
        start = self.at
        word = self.word()
        if self.at == start and not (simple.words and self.zsh_pattern(word)):
            return False
        simple.words.append(word)
        return True

    def _after_word(self, simple: Simple) -> Compound | None:
        """Read what a parenthesis behind a word means: a function, the items of `declare x=(…)`, or nothing known."""
        word = simple.words[-1]
        last = word.parts[-1] if word.parts else None
        if isinstance(last, Text) and last.text.endswith("=") and not last.quote:
            self.at += 1
            simple.words.extend(self.items())
            return None
        closing = self.text[self.at + 1 : min(self.at + 9, self.end)].lstrip(" \t")
        is_function = closing.startswith(")") and (len(simple.words) == 1 or self.dialect == "zsh")
        return self._defined(simple) if is_function and not self.too_deep() else None

    def _defined(self, simple: Simple) -> Compound:
        """Read a function whose name was read as a command."""
        compound = Compound("function", simple.start)
        names = ["".join(part.text for part in word.parts if isinstance(part, Text)) for word in simple.words]
        compound.name = " ".join(names)
        self.at = self.text.index(")", self.at) + 1
        self.function_body(compound)
        return self.finish(compound)

    def _assigns(self, simple: Simple) -> bool:
        """Read `name=value` if it comes next; tell whether it, or a word that began like it, was read."""
        start = self.at
        name = self.plain_name()
        if not name:
            return False
        index: Word | None = None
        if self.next_is("[") and self._index_ends():
            index = self.index()
        append = self.next_is("+=")
        if append or self.next_is("="):
            self.at += 1 + append
            simple.assignments.append(self._assignment(name, append=append, index=index))
            return True
        if index is not None:
            simple.words.append(self.rest_of_word([Text(f"{name}["), *index.parts, Text("]")], start=start))
            return True
        self.at = start
        return False

    def _index_ends(self) -> bool:
        """Tell whether a bracket is closed; where there are no arrays, it is so within the word."""
        end = min(self.end, self.at + LONGEST_INDEX)
        if self.dialect != "sh":
            return self.text.find("]", self.at, end) >= 0
        at = self.at
        while at < end and self.text[at] not in META and self.text[at] != "]":
            at += 1
        return at < end and self.text[at] == "]"

    def _assignment(self, name: str, *, append: bool, index: Word | None) -> Assignment:
        if self.next_is("("):
            start = self.at
            self.at += 1
            assignment = Assignment(name, self.make_word([], start), append=append, items=self.items())
        else:
            assignment = Assignment(name, self.word(), append=append)
        assignment.index = index
        return assignment
