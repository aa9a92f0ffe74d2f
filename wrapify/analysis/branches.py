"""Pure. Read rows of words, arrays, tests and `case` of bash, zsh and sh.

Where a text breaks the grammar, what follows is read as commands: a shell drops a broken line and runs the next one.
"""

from __future__ import annotations

from wrapify.analysis.cursor import Level
from wrapify.analysis.redirects import Redirects

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Compound, Word

IN_TEST = frozenset(" \t\n;<>")
IN_PATTERN = frozenset(" \t\n;&|()<>")
TEST_JOINS = ("&&", "||", "(", "!")
TEST_GOES_ON = ("&&", "||", ")", "]]")
BRANCH_ENDS = (";;&", ";;", ";&", ";|")


class Branches(Redirects):
    """Read rows of words, tests and `case`."""

    def separators(self, before: str) -> str:
        """Skip what stands between commands. Give the last of it that joins them."""
        raise NotImplementedError

    def at_branch_end(self) -> bool:
        """Tell whether a branch of a `case` ends here."""
        return bool(self.level.cases) and self.text.startswith(BRANCH_ENDS, self.at, self.end)

    def words(self) -> list[Word]:
        """Read words up to the end of the command."""
        words = []
        while (self.skip_blanks() or self.at < self.end) and not self.skip_comment():
            start = self.at
            word = self.word()
            if self.at == start:
                break
            words.append(word)
        return words

    def items(self) -> list[Word]:
        """Read the items of an array up to its parenthesis."""
        words: list[Word] = []
        self.skip_lines()
        while self.at < self.end and not self.next_is(")"):
            start = self.at
            word = self.word()
            if self.at == start and not self.zsh_pattern(word):
                break
            words.append(word)
            self.skip_lines()
        if self.next_is(")"):
            self.at += 1
        else:
            self.trouble("an array does not end")
        return words

    def zsh_pattern(self, word: Word) -> bool:
        """Read on in a word of zsh that begins with a pattern in parentheses."""
        if self.dialect != "zsh" or not self.next_is("(") or self.next_is("()"):
            return False
        self.group(word.parts)
        self.rest_of_word(word.parts, start=word.start)
        word.end = self.at
        return True

    def test(self, compound: Compound) -> None:
        """Read `[[ … ]]`. A line end may only stand next to what joins; the shell drops a test that breaks off."""
        joined = True
        while self.skip_blanks() or self.at < self.end:
            if self.keyword() == "]]":
                self.take()
                return
            if self.next_is("\n") or (self.text[self.at - 1] in " \t\n" and self.skip_comment()):
                self.skip_lines()
                if not joined and not self.text.startswith(TEST_GOES_ON, self.at, self.end):
                    break
                continue
            if self.next_is(";"):
                break
            start = self.at
            compound.words.append(self.word(IN_TEST))
            self.at += self.at == start and self.at < self.end
            joined = self.text.endswith(TEST_JOINS, start, self.at)
        self.trouble("[[ has no ]]", at=compound.start)

    def case(self, compound: Compound) -> None:
        self.skip_blanks()
        compound.words.append(self.word())
        self.separators("") if self.dialect == "zsh" else self.skip_lines()
        closer = "esac"
        if self.keyword() == "in":
            self.take()
        elif self.dialect == "zsh" and self.keyword() == "{":
            self.take()
            closer = "}"
        else:
            self.trouble("case has no in")
        self.skip_lines()
        while self.at < self.end and self.keyword() != closer:
            self._branch(compound, closer)
            self.skip_lines()
        if self.at < self.end:
            self.take()
        else:
            self.trouble("case has no esac", at=compound.start)

    def _branch(self, compound: Compound, closer: str) -> None:
        """Read one branch of a `case`: its patterns and its commands."""
        start = self.at
        self._patterns(compound)
        kept, self.level = self.level, Level(braces=self.level.braces)
        self.level.cases = 1
        compound.body.extend(self.lists(frozenset((closer,))))
        self.level = kept
        end = next((one for one in BRANCH_ENDS if self.next_is(one)), "")
        self.at += len(end)
        if self.at == start:
            self.trouble(f"{self.text[start]!a} does not belong here")
            self.at += 1

    def _patterns(self, compound: Compound) -> None:
        self.at += self.next_is("(")
        while self.at < self.end:
            start = self.at
            self.skip_blanks()
            compound.words.append(self.word(IN_PATTERN))
            self.skip_blanks()
            if self.next_is(")"):
                self.at += 1
                if self.dialect != "zsh" or not self._pattern_goes_on():
                    return
            elif self.next_is("|"):
                self.at += 1
            elif self.next_is("<") or self.next_is(">"):
                self.at += 1  # zsh: <1-9> is a number
            elif self.at == start or not self.zsh_pattern(compound.words[-1]):
                break
        self.trouble("a pattern does not end")

    def _pattern_goes_on(self) -> bool:
        """Tell whether the parenthesis behind which we are was only part of a pattern: `(a|b)*)`."""
        following = self.text[self.at : min(self.at + 80, self.end)]
        rest = following.partition("\n")[0].partition(" ")[0].partition(";")[0]
        return following[:1] in tuple("*?[)|(#") or (rest[:1].isalnum() and ")" in rest)
