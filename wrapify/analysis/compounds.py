"""Pure. Read compound commands of bash, zsh and sh: conditions, loops, groups and functions."""

from __future__ import annotations

from wrapify.analysis.branches import Branches
from wrapify.analysis.cursor import Level
from wrapify.analysis.tree import Compound, Pipeline, Text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Stage


class Compounds(Branches):
    """Read compound commands."""

    def command(self) -> Stage | None:
        """Read one command."""
        raise NotImplementedError

    def pipeline(self, before: str) -> Pipeline:
        """Read commands joined by `|`."""
        raise NotImplementedError

    def compound(self, name: str) -> Compound:
        """Read the compound command that begins with the reserved word `name`."""
        compound = Compound(name, self.at)
        self.take()
        if self.too_deep():
            return compound
        kept = self.level
        self.level = Level(kept.parentheses, braces=kept.braces)
        self.depth += 1
        reading = {
            "[[": self.test, "{": self._braces, "case": self.case, "function": self._function, "if": self._if,
            "while": self._while, "until": self._while,
        }  # fmt: skip
        reading.get(name, self._for)(compound)
        self.level = kept
        self.depth -= 1
        return self.finish(compound)

    def subshell(self) -> Compound:
        """Read what a parenthesis begins: a subshell, an arithmetic command or a function of zsh without a name."""
        compound = Compound("(", self.at)
        if self.dialect != "sh" and self.next_is("((") and self.closes_twice(self.at + 2):
            self.at += 2
            compound.kind = "(("
            compound.words = [self.make_word([self.arithmetic("))")], compound.start)]
        elif self.dialect == "zsh" and self.next_is("()") and not self.too_deep():
            compound.kind = "function"
            self.at += 2
            self.function_body(compound)
            compound.words = self.words()
        else:
            compound.body = self.substitution("(").script
        return self.finish(compound)

    def finish(self, compound: Compound) -> Compound:
        """Read the redirections behind a compound command."""
        while self.skip_blanks() or self.at < self.end:
            redirect = self.redirect()
            if redirect is None:
                break
            compound.redirects.append(redirect)
        compound.end = self.at
        if self.fixed:
            compound.start, compound.end = self.fixed
        return compound

    def _until(self, compound: Compound, *closers: str) -> str:
        """Read a list into the body of `compound` up to one of `closers`. Give the one found, "" if none was."""
        compound.body.extend(self.lists(frozenset(closers)))
        name = self.keyword()
        if name in closers and name:
            self.take()
            return name
        self.trouble(f"{compound.kind} has no {closers[-1]}", at=compound.start)
        return ""

    def _braces(self, compound: Compound) -> None:
        self._group(compound)
        if self.dialect == "zsh":
            self.skip_blanks()
            if self.keyword() == "always":
                self.take()
                self.skip_lines()
                self._braced(compound)

    def _group(self, compound: Compound) -> None:
        """Read a group whose brace was taken already."""
        self.level.braces += 1
        self._until(compound, "}")
        self.level.braces -= 1

    def _braced(self, compound: Compound) -> bool:
        """Read a group if one begins here; tell whether it did."""
        if self.keyword() != "{":
            return False
        self.take()
        self._group(compound)
        return True

    def _if(self, compound: Compound) -> None:
        brace = ("{",) if self.dialect == "zsh" else ()
        found = self._until(compound, *brace, "then", "fi")
        while found and found != "fi":
            if found == "{":
                self._group(compound)
                self.skip_blanks()
                found = self.keyword() if self.keyword() in ("elif", "else") else ""
                self.take() if found else None
                if found == "else" and (self.skip_blanks() or self.at < self.end) and self._braced(compound):
                    return
            else:
                found = self._until(compound, *brace, "then", "elif", "else", "fi")

    def _while(self, compound: Compound) -> None:
        brace = ("{",) if self.dialect == "zsh" else ()
        found = self._until(compound, *brace, "done", "do")
        if found == "{":
            self._group(compound)
        elif found == "do":
            self._until(compound, "done")

    def _for(self, compound: Compound) -> None:
        """Read `for`, `select`, and what zsh calls `foreach` and `repeat`."""
        self.skip_blanks()
        self._loop_head(compound)
        closer = "end" if compound.kind == "foreach" else "done"
        is_zsh = self.dialect == "zsh"
        joined = self.separators("")
        if self._braced(compound):
            return
        if self.keyword() == "do":
            self.take()
            self._until(compound, "done")
        elif is_zsh and closer == "done":
            self._short(compound)
        elif is_zsh and joined:
            self._until(compound, closer)
        else:
            self._until(compound, "do")
            self._until(compound, closer)

    def _short(self, compound: Compound) -> None:
        """Read the body of a loop of zsh that is one command."""
        before = ""
        while self.at < self.end:
            start = self.at
            compound.body.append(self.pipeline(before))
            self.skip_blanks()
            if self.at == start or not self.text.startswith(("&&", "||"), self.at, self.end):
                return
            before = self.text[self.at : self.at + 2]
            self.at += 2
            self.skip_lines()

    def _loop_head(self, compound: Compound) -> None:
        if self.next_is("(("):
            self.at += 2
            compound.words = [self.make_word([self.arithmetic("))")], compound.start)]
            return
        head = self.word()
        compound.name = head.parts[0].text if head.parts and isinstance(head.parts[0], Text) else ""
        if compound.kind == "repeat":
            compound.words = [head]
            return
        while self.dialect == "zsh" and self.skip_blanks() and self.keyword() not in ("in", "do", "{", ""):
            self.word()  # zsh: several variables
        self.skip_lines()
        if self.keyword() == "in":
            self.take()
            compound.words = self.words()
        elif self.next_is("("):
            self.at += 1
            compound.words = self.items()

    def _function(self, compound: Compound) -> None:
        names: list[str] = []
        while self.skip_blanks() or self.at < self.end:
            start = self.at
            if names and (self.dialect != "zsh" or self.keyword() == "{"):
                break
            if self.keyword() == "{":
                break
            head = self.word()
            if self.at == start:
                break
            names.append("".join(part.text for part in head.parts if isinstance(part, Text)))
        compound.name = " ".join(names)
        self.at += 2 if self.next_is("()") else 0
        self.function_body(compound)

    def function_body(self, compound: Compound) -> None:
        """Read the command that is the body of a function."""
        self.skip_lines()
        body = Pipeline("")
        self.depth += 1
        stage = self.command()
        self.depth -= 1
        if stage is not None:
            body.stages.append(stage)
            compound.body = [body]
