"""Pure. Read bash, zsh and sh: commands, pipelines and lists, to their structure. Total, and linear in time."""

from __future__ import annotations

from wrapify.analysis.tree import Assignment, Compound, Pipeline, Reading, Redirect, Simple, Text, Word
from wrapify.analysis.words import META, NOTHING, Pending, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Stage

LONGEST = 1 << 18
"""Characters that are read; what lies behind them is left, and a trouble says so."""

OPENERS = frozenset("if while until for select case function [[ repeat foreach {".split())
CLOSERS = frozenset("then elif else fi do done esac }".split())
PREFIXES = frozenset("! time coproc".split())
REDIRECTS = ("<<<", "<<-", "<<", "<>", "<&", ">>", ">|", ">&", ">!", "<", ">")
ENDS = frozenset(";;& ;; ;& ;|".split())


def read(text: str, *, dialect: str = "bash") -> Reading:
    """Read a text for `dialect` ("bash", "zsh", "sh"). Carriage returns are line ends, as a terminal pastes them."""
    reading = Reading(text)
    plain = text.replace("\r", "\n")
    reader = Reader(plain, start=0, end=min(len(plain), LONGEST), dialect=dialect)
    reading.script = reader.everything()
    if len(plain) > LONGEST:
        reader.troubles.append((LONGEST, "too long to be read to its end"))
    reading.troubles = sorted(reader.troubles)
    return reading


class Reader(Words):
    """Read lists of commands."""

    def everything(self) -> list[Pipeline]:
        """Read to the end, whatever stands there."""
        script = self.lists()
        if self.pending:
            self.trouble("a here-document has no end")
            self._documents()
        return script

    def lists(self, closers: frozenset[str] = NOTHING) -> list[Pipeline]:
        """Read commands up to one of `closers`, a closing parenthesis or the end."""
        found: list[Pipeline] = []
        before = self._separators("")
        while self.at < self.end and not self._closes(closers):
            start = self.at
            pipeline = self._pipeline(before)
            if pipeline.stages:
                found.append(pipeline)
            if self.at == start:
                self.trouble(f"{self.text[self.at]!a} does not belong here")
                self.at += 1
            pipeline.background = self.next_is("&") and not self.next_is("&&")
            before = self._separators("")
        return found

    def _closes(self, closers: frozenset[str]) -> bool:
        """Tell whether what comes next ends this list; skip what would end one that was never begun."""
        while self.at < self.end:
            char = self.text[self.at]
            if char == ")":
                if self.parentheses:
                    return True
            elif char == ";" and self.cases:
                return True
            elif (name := self.peek()) in closers and name:
                return True
            elif name not in CLOSERS:
                return False
            self.trouble(f"{self.peek() or char} does not belong here")
            self.at += len(self.peek()) or 1
            self._separators("")
        return True

    def peek(self) -> str:
        """Give the word that comes next if it is short and plain enough to be a reserved one."""
        at, last = self.at, min(self.at + 9, self.end)
        while at < last and self.text[at] not in META:
            at += 1
        ends = at >= self.end or self.text[at] in META
        return self.text[self.at : at] if ends else ""

    def _separators(self, before: str) -> str:
        """Skip what stands between commands. Give the last of it that joins them."""
        while self.at < self.end:
            char = self.text[self.at]
            if char == "\n":
                self._newline()
                before = before if before in ("&&", "||") else "\n"
            elif char == "#":
                self._comment()
            elif char == ";" and self.cases and any(map(self.next_is, ENDS)):
                break
            elif char in ";&" or self.next_is("||"):
                before = char * 2 if self.next_is(char * 2) else char
                self.at += len(before)
                self.at += before == "&" and self.at < self.end and self.text[self.at] in "!|"
            elif not self.skip_blanks():
                break
        return before

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

    def _blank_lines(self) -> None:
        while self.at < self.end:
            if self.next_is("\n"):
                self._newline()
            elif self.next_is("#"):
                self._comment()
            elif not self.skip_blanks():
                return

    def _comment(self) -> None:
        found = self.text.find("\n", self.at, self.end)
        self.at = found if found >= 0 else self.end

    def _newline(self) -> None:
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
        while at < self.end:
            found = self.text.find("\n", at, self.end)
            last = found if found >= 0 else self.end
            line = self.text[at:last]
            if (line.lstrip("\t") if document.strip else line) == document.delimiter:
                return start, at, min(last + 1, self.end)
            at = last + 1
        self.trouble("a here-document has no end")
        return start, self.end, self.end

    def _pipeline(self, before: str) -> Pipeline:
        pipeline = Pipeline(before)
        while self.at < self.end:
            while self.peek() in PREFIXES:
                self.at += len(self.peek())
                self.skip_blanks()
            stage = self._command()
            if stage is not None:
                pipeline.stages.append(stage)
            self.skip_blanks()
            if not self.next_is("|") or self.next_is("||"):
                break
            self.at += 2 if self.next_is("|&") else 1
            self._blank_lines()
        return pipeline

    def _command(self) -> Stage | None:
        if self.next_is("("):
            return self._subshell()
        name = self.peek()
        if name in OPENERS and name:
            return self._compound(name)
        simple = self._simple()
        return simple if simple is None or isinstance(simple, Compound) or _holds(simple) else None

    def _subshell(self) -> Compound:
        compound = Compound("(", self.at)
        if self.next_is("((") and self.closes_twice(self.at + 2):
            self.at += 2
            compound.kind = "(("
            expression = self.arithmetic("))")
            compound.words = [Word([expression], start=compound.start, end=self.at)]
            return self._finish(compound)
        inside = self.substitution("(")
        compound.body = inside.script
        return self._finish(compound)

    def _finish(self, compound: Compound) -> Compound:
        """Read the redirections behind a compound command."""
        while self.skip_blanks() or self.at < self.end:
            redirect = self._redirect()
            if redirect is None:
                break
            compound.redirects.append(redirect)
        compound.end = self.at
        if self.fixed:
            compound.start, compound.end = self.fixed
        return compound

    def _compound(self, name: str) -> Compound:
        compound = Compound(name, self.at)
        self.at += len(name)
        if self.too_deep():
            return compound
        self.depth += 1
        cases, self.cases = self.cases, 0
        if name == "[[":
            self._test(compound)
        elif name == "{":
            self._until(compound, "}")
        elif name == "case":
            self._case(compound)
        elif name == "function":
            self._function(compound)
        elif name == "if":
            self._if(compound)
        else:
            self._loop(compound)
        self.cases = cases
        self.depth -= 1
        return self._finish(compound)

    def _until(self, compound: Compound, *closers: str) -> str:
        """Read a list into the body of `compound` up to one of `closers`. Give the one found, "" if none was."""
        compound.body.extend(self.lists(frozenset(closers)))
        name = self.peek()
        if name in closers and name:
            self.at += len(name)
            return name
        self.trouble(f"{compound.kind} has no {closers[-1]}")
        return ""

    def _if(self, compound: Compound) -> None:
        found = self._until(compound, "then", "fi")
        while found and found != "fi":
            found = self._until(compound, "then", "elif", "else", "fi")

    def _loop(self, compound: Compound) -> None:
        """Read `for`, `select`, `while`, `until`, and what zsh calls `foreach` and `repeat`."""
        self.skip_blanks()
        if compound.kind not in ("while", "until"):
            self._loop_head(compound)
        found = self._until(compound, "do", "done")
        if found == "do":
            self._until(compound, "done")

    def _loop_head(self, compound: Compound) -> None:
        if self.next_is("(("):
            self.at += 2
            compound.words = [Word([self.arithmetic("))")], start=compound.start, end=self.at)]
            return
        head = self.word()
        compound.name = head.parts[0].text if head.parts and isinstance(head.parts[0], Text) else ""
        self._blank_lines()
        if self.peek() == "in":
            self.at += 2
            compound.words = self._words()
        elif self.next_is("("):
            self.at += 1
            compound.words = self._items()

    def _words(self) -> list[Word]:
        """Read words up to the end of the line."""
        words = []
        while self.skip_blanks() or self.at < self.end:
            start = self.at
            word = self.word()
            if self.at == start:
                break
            words.append(word)
        return words

    def _items(self) -> list[Word]:
        """Read the items of an array up to its parenthesis."""
        words: list[Word] = []
        self.parentheses += 1
        self._blank_lines()
        while self.at < self.end and not self.next_is(")"):
            start = self.at
            words.append(self.word())
            self.at += self.at == start
            self._blank_lines()
        self.parentheses -= 1
        self.at = min(self.at + 1, self.end)
        return words

    def _test(self, compound: Compound) -> None:
        while self.at < self.end:
            self._blank_lines()
            if self.peek() == "]]":
                self.at += 2
                return
            start = self.at
            compound.words.append(self.word(TEST_STOPS))
            self.at += self.at == start
        self.trouble("[[ has no ]]")

    def _case(self, compound: Compound) -> None:
        self.skip_blanks()
        compound.words.append(self.word())
        self._blank_lines()
        if self.peek() == "in":
            self.at += 2
        while True:
            self._blank_lines()
            if self.at >= self.end or self.peek() == "esac":
                break
            self._branch(compound)
        self.trouble("case has no esac") if self.at >= self.end else None
        self.at = min(self.at + 4, self.end)

    def _branch(self, compound: Compound) -> None:
        """Read one branch of a `case`: its patterns and its commands."""
        self.at += self.next_is("(")
        while self.at < self.end and not self.next_is(")"):
            start = self.at
            self.word()
            self.skip_blanks()
            if self.next_is("|"):
                self.at += 1
            elif self.at == start:
                self.trouble("a pattern does not end")
                break
        self.at += self.at < self.end
        parentheses, self.parentheses = self.parentheses, 0
        self.cases += 1
        compound.body.extend(self.lists(frozenset(("esac",))))
        self.cases -= 1
        self.parentheses = parentheses
        self.at += next((len(end) for end in sorted(ENDS, key=len, reverse=True) if self.next_is(end)), 0)

    def _function(self, compound: Compound) -> None:
        self.skip_blanks()
        head = self.word()
        compound.name = "".join(part.text for part in head.parts if isinstance(part, Text))
        self.skip_blanks()
        self.at += 2 if self.next_is("()") else 0
        self._function_body(compound)

    def _function_body(self, compound: Compound) -> None:
        self._blank_lines()
        body = Pipeline("")
        stage = self._command()
        if stage is not None:
            body.stages.append(stage)
            compound.body = [body]

    def _simple(self) -> Simple | Compound | None:
        simple = Simple(self.at)
        while self.skip_blanks() or self.at < self.end:
            start = self.at
            redirect = self._redirect()
            if redirect is not None:
                simple.redirects.append(redirect)
            elif self.at < self.end and self.text[self.at] == "#":
                self._comment()
            elif not simple.words and (assignment := self._assignment()):
                simple.assignments.append(assignment)
            else:
                word = self.word()
                if self.at == start:
                    break
                simple.words.append(word)
                if self.next_is("("):
                    function = self._after_word(simple)
                    if function is not None:
                        return function
        simple.end = self.at
        if self.fixed:
            simple.start, simple.end = self.fixed
        return simple

    def _after_word(self, simple: Simple) -> Compound | None:
        """Read what a parenthesis behind a word means: a function, the items of `declare x=(…)`, or nothing known."""
        word = simple.words[-1]
        last = word.parts[-1] if word.parts else None
        if isinstance(last, Text) and last.text.endswith("=") and not last.quote:
            self.at += 1
            simple.words.extend(self._items())
            return None
        closing = self.text[self.at + 1 : self.at + 9].lstrip(" \t")
        if len(simple.words) == 1 and closing.startswith(")") and not self.too_deep():
            compound = Compound("function", simple.start)
            compound.name = "".join(part.text for part in word.parts if isinstance(part, Text))
            self.at = self.text.index(")", self.at) + 1
            self.depth += 1
            self._function_body(compound)
            self.depth -= 1
            return self._finish(compound)
        return None

    def _assignment(self) -> Assignment | None:
        at = self.at
        while at < self.end and ((char := self.text[at]).isalnum() or char == "_"):
            at += 1
        name = self.text[self.at : at]
        if not name or name[0].isdigit():
            return None
        if self.text.startswith("[", at, self.end):
            closing = self.text.find("]", at, min(self.end, at + 200))
            at = closing + 1 if closing >= 0 else at
        append = self.text.startswith("+", at, self.end)
        if not self.text.startswith("=", at + append, self.end):
            return None
        self.at = at + append + 1
        if self.next_is("("):
            self.at += 1
            start = self.at
            return Assignment(name, self.make_word([], start), append=append, items=self._items())
        return Assignment(name, self.word(), append=append)

    def _redirect(self) -> Redirect | None:
        at = self.at
        while at < self.end and self.text[at].isdigit():
            at += 1
        number = self.text[self.at : at]
        if not number and self.next_is("&>"):
            number, at = "&", at + 1
        operator = next((one for one in REDIRECTS if self.text.startswith(one, at, self.end)), "")
        if not operator or (operator in "<>" and self.text.startswith("(", at + 1, self.end)):
            return None
        self.at = at + len(operator)
        self.skip_blanks()
        target = self.word()
        redirect = Redirect(operator, target, number=number)
        if operator in ("<<", "<<-"):
            texts = [part for part in target.parts if isinstance(part, Text)]
            delimiter = "".join(part.text for part in texts)
            literal = any(part.quote for part in texts)
            self.pending.append(Pending(redirect, delimiter, literal=literal, strip=operator == "<<-"))
            redirect.target = Word([], start=target.start, end=target.end)
        return redirect


TEST_STOPS = frozenset(" \t\n")


def _holds(simple: Simple) -> bool:
    return bool(simple.words or simple.assignments or simple.redirects)

