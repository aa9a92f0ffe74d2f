"""Pure. Lists, pipelines and blocks of fish. What fits nowhere is a trouble, and the reading goes on behind it."""

from __future__ import annotations

from wrapify.analysis.fishcommands import BLOCKS, NO_WORD, Commands
from wrapify.analysis.fishtext import Pieces
from wrapify.analysis.fishwords import literal
from wrapify.analysis.tree import Compound, Pipeline, Simple, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Assignment, Stage

KINDS = {"begin": "{", "switch": "case"}
SECTIONS = {"if": "else", "switch": "case"}
"""The words that begin another section of a block."""

JOINTS = {"and": "&&", "or": "||"}
SEPARATORS = frozenset(";\n\r\t ")
LONGEST_BRACES = 4096


class Blocks(Commands):
    """Read lists of commands."""

    def commands(self, block: str = "") -> list[Pipeline]:
        """Read commands up to what ends them: a closing bracket, the end of the text, a keyword of the block."""
        found: list[Pipeline] = []
        while not self.over(block):
            self.chain(found)
        return found

    def over(self, block: str) -> bool:
        """Skip to the next command; tell if there is none in this block."""
        while True:
            self.separators()
            self.count()
            char = self.peek()
            if not char or self.closes(char):
                return True
            word = self.keyword()
            if word and block and (word == "end" or word == SECTIONS.get(block)):
                return True
            if word in ("end", "else", "case"):
                self.trouble(self.pos, f"This {word} belongs to no block.")
                self.skip_keyword()
            elif char in ")}" or (char in "&|" and self.operator()[1] not in ("&>", "&>>", "&>?", "&>>?")):
                self.trouble(self.pos, f"This {char} has no command in front of it.")
                self.pos += 1
            else:
                return False

    def separators(self) -> None:
        """Skip what stands between commands."""
        while True:
            while self.pos < self.size and self.text[self.pos] in SEPARATORS:
                self.pos += 1
            self.blanks()
            if self.peek() not in SEPARATORS:
                return

    def chain(self, found: list[Pipeline]) -> None:
        """Read pipelines that `&&` and `||` join."""
        before = ";" if found else ""
        while True:
            pipeline = Pipeline(before)
            self.joints(pipeline)
            self.pipeline(pipeline)
            if pipeline.stages:
                found.append(pipeline)
            self.blanks()
            before = self.text[self.pos : self.pos + 2]
            if before not in ("&&", "||"):
                return
            self.pos += 2
            self.newlines()

    def newlines(self) -> None:
        """Skip the ends of lines behind an operator."""
        self.blanks()
        while self.peek() == "\n":
            self.pos += 1
            self.blanks()

    def joints(self, pipeline: Pipeline) -> None:
        """Take `and` and `or`, unless they are asked for help."""
        self.blanks()
        while self.keyword() in JOINTS:
            word, start = self.keyword(), self.pos
            self.skip_keyword()
            self.blanks()
            if self.asks_help():
                self.pos = start
                return
            pipeline.before = JOINTS[word]

    def asks_help(self) -> bool:
        """Tell if the next word is `-h` or `--help`."""
        if self.peek() != "-":
            return False
        behind = " \t\r\n;"
        return any(self.text.startswith(one, self.pos) and self.peek(len(one)) in behind for one in ("-h", "--help"))

    def pipeline(self, pipeline: Pipeline) -> None:
        """Read stages with pipes between them."""
        while True:
            self.count()
            stage = self.stage()
            if stage is None:
                self.trouble(self.pos, "A command is missing here.")
            else:
                pipeline.stages.append(stage)
            self.blanks()
            number, operator = self.operator()
            if "|" not in operator:
                break
            self.pos += len(number) + len(operator)
            self.newlines()
            if self.keyword() in JOINTS:
                self.trouble(self.pos, f"fish takes no {self.keyword()} within a pipeline.")
                self.joints(Pipeline(""))
        if self.peek() == "&" and self.peek(1) != "&":
            pipeline.background = True
            self.pos += 1

    def stage(self) -> Stage | None:
        """Read one command with what stands before it: `not`, `!`, `time`, assignments."""
        start, assignments = self.prefixes()
        word = self.keyword()
        if word in ("end", "else", "case"):
            node: Stage | None = None
        elif word in BLOCKS and not self.is_name(word):
            node = self.block(word)
        elif self.peek() == "{" and self.opens_block():
            node = self.braces_block()
        else:
            simple = self.simple(start if assignments else self.pos, assignments)
            return simple if simple.words or simple.redirects or simple.assignments else None
        if not assignments:
            return node
        scope = Simple(start)
        scope.assignments, scope.end = assignments, assignments[-1].value.end
        return scope if node is None else scoped(scope, node)

    def prefixes(self) -> tuple[int, list[Assignment]]:
        """Take what stands before a command; give the place of the first assignment, and all of them."""
        assignments: list[Assignment] = []
        start = -1
        while True:
            self.blanks()
            word, at = self.keyword(), self.pos
            if word in ("not", "!", "time") and not self.is_name(word):
                self.skip_keyword()
                continue
            found = None if word else self.assignment()
            if found is None:
                return start, assignments
            start = at if start < 0 else start
            assignments.append(found)

    def is_name(self, word: str) -> bool:
        """Tell if a keyword is the name of a command here: options or nothing at all behind it."""
        start = self.pos
        self.skip_keyword()
        self.blanks()
        char = self.peek()
        naked = not char or char in ";\n" or self.closes(char)
        as_name = self.asks_help() if word == "function" else char == "-" or (naked and word not in ("begin", "time"))
        self.pos = start
        return as_name

    def block(self, word: str) -> Compound | Simple:
        """Read a block up to its `end`, and the redirections behind that."""
        start, pieces = self.pos, Pieces()
        if not self.enter(pieces):
            return self.unread(start, pieces)
        node = Compound(KINDS.get(word, word), start)
        self.skip_keyword()
        self.header(node, word)
        node.body += self.commands(word)
        while self.keyword() and self.keyword() == SECTIONS.get(word):
            self.section(node)
            node.body += self.commands(word)
        self.depth -= 1
        if self.keyword() == "end":
            self.skip_keyword()
            self.finish(node)
        else:
            self.trouble(start, f"This {word} has no end.")
            node.end = max(start, self.end)
        return node

    def header(self, node: Compound, word: str) -> None:
        """Read what stands between the first word of a block and its body."""
        if word in ("for", "function"):
            self.blanks()
            if self.starts_word():
                first = self.word()
                node.name = literal(first) or ""
                if not node.name:
                    node.words.append(first)
        if word == "for":
            self.blanks()
            if self.keyword() == "in":
                self.skip_keyword()
            else:
                self.trouble(self.pos, "This for has no in.")
        if word in ("for", "function", "switch"):
            self.arguments(node.words, node.redirects)

    def section(self, node: Compound) -> None:
        """Take `else`, `else if` or `case` with its patterns."""
        word = self.keyword()
        self.skip_keyword()
        self.blanks()
        if word == "case":
            self.arguments(node.words, node.redirects)
        elif self.keyword() == "if":
            self.skip_keyword()

    def finish(self, node: Compound) -> None:
        """Read what stands behind a block that is closed."""
        extra: list[Word] = []
        self.arguments(extra, node.redirects)
        if extra:
            self.trouble(extra[0].start, "There is a word behind the end of a block.")
            node.words += extra
        node.end = self.end

    def opens_block(self) -> bool:
        """Tell the `{` of a block from that of a list without blanks in its items."""
        depth, comma, last, gap = 0, False, "", False
        for char in self.text[self.pos : self.pos + LONGEST_BRACES]:
            if char.isspace():
                gap = last not in ("{", ",", "")
                continue
            if char in NO_WORD or (gap and char not in ",}"):
                return True
            depth += {"{": 1, "}": -1}.get(char, 0)
            comma = comma or char == ","
            last, gap = char, False
            if not depth:
                return not comma
        return True

    def braces_block(self) -> Compound | Simple:
        """Read { … } as a block."""
        start, pieces = self.pos, Pieces()
        if not self.enter(pieces):
            return self.unread(start, pieces)
        node = Compound("{", start)
        self.pos += 1
        self.braces += 1
        node.body = self.commands()
        self.braces -= 1
        self.depth -= 1
        if self.peek() == "}":
            self.pos += 1
            self.end = self.pos
            self.finish(node)
        else:
            self.trouble(start, "This { is not closed.")
            node.end = max(start, self.end)
        return node

    def unread(self, start: int, pieces: Pieces) -> Simple:
        """Give what is nested too deep as the one word of a command."""
        node = Simple(start)
        node.words.append(Word(pieces.done(), start=start, end=self.pos))
        node.end = self.end = self.pos
        return node


def scoped(scope: Simple, node: Stage) -> Compound:
    """Put a block behind the assignments that hold for it."""
    whole = Compound("{", scope.start)
    for stage, before in ((scope, ""), (node, ";")):
        pipeline = Pipeline(before)
        pipeline.stages.append(stage)
        whole.body.append(pipeline)
    whole.end = node.end
    return whole
