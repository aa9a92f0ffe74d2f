"""Pure. The structure of a shell text, as the readers give it: the same records for bash, zsh, sh and fish.

Offsets are characters of the text that was read. A part inside of something that had to be unescaped first
(backquotes) has the offsets of the whole.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Part: TypeAlias = "Text | Variable | Substitution | Arithmetic"
    Stage: TypeAlias = "Simple | Compound"


class Text:
    """Hold literal text, unquoted already. `quote` is how it was quoted: "", `'`, `"`, `$'` or a backslash."""

    __slots__ = ("quote", "text")

    def __init__(self, text: str, quote: str = "") -> None:
        self.text = text
        self.quote = quote


class Variable:
    """Hold the expansion of a variable: `name`, what is done to it (`:-`, `#`, `/` …; "!" first: indirect), with what.

    `argument` is the rest of a braced expansion as a word, `index` what stands in `[…]` behind the name.
    `quoted`: it is not divided into fields.
    """

    __slots__ = ("argument", "index", "name", "operator", "quoted")

    def __init__(
        self,
        name: str,
        *,
        operator: str = "",
        argument: Word | None = None,
        index: Word | None = None,
        quoted: bool = False,
    ) -> None:
        self.name = name
        self.operator = operator
        self.argument = argument
        self.index = index
        self.quoted = quoted


class Substitution:
    """Hold the script of a command or process substitution. `kind` is `$(`, "`", `<(`, `>(` or `=(`."""

    __slots__ = ("kind", "quoted", "script")

    def __init__(self, kind: str, script: list[Pipeline], *, quoted: bool = False) -> None:
        self.kind = kind
        self.script = script
        self.quoted = quoted


class Arithmetic:
    """Hold the expression of an arithmetic expansion. `inner` are the substitutions in it."""

    __slots__ = ("inner", "text")

    def __init__(self, text: str, inner: list[Substitution]) -> None:
        self.text = text
        self.inner = inner


class Word:
    """Hold one word of a command: its parts, next to each other."""

    __slots__ = ("end", "parts", "start")

    def __init__(self, parts: list[Part], *, start: int, end: int) -> None:
        self.parts = parts
        self.start = start
        self.end = end


class Redirect:
    """Hold one redirection. `number` is its descriptor or "", `operator` as written (`>`, `>>`, `<`, `<<<`, `<<` …).

    `target` is the word behind it, for a here-document its body.
    """

    __slots__ = ("number", "operator", "target")

    def __init__(self, operator: str, target: Word, *, number: str = "") -> None:
        self.operator = operator
        self.target = target
        self.number = number


class Assignment:
    """Hold `name=value` in front of a command or alone. `append`: it was `+=`. An array's value holds its items.

    `index` is what stands in `[…]` behind the name.
    """

    __slots__ = ("append", "index", "items", "name", "value")

    def __init__(self, name: str, value: Word, *, append: bool = False, items: list[Word] | None = None) -> None:
        self.name = name
        self.value = value
        self.append = append
        self.items = items
        self.index: Word | None = None


class Simple:
    """Hold a simple command: assignments, words and redirections."""

    __slots__ = ("assignments", "end", "redirects", "start", "words")

    def __init__(self, start: int) -> None:
        self.start = self.end = start
        self.assignments: list[Assignment] = []
        self.words: list[Word] = []
        self.redirects: list[Redirect] = []


class Compound:
    """Hold a compound command. `kind` is its first word: `(`, `{`, `if`, `while`, `for`, `case`, `function` …

    `body` holds all lists of commands in it, in their order; `words` what a loop goes over, a `case` looks at and its
    patterns, or a test holds; `name` the variable of a loop or the name of a function.
    """

    __slots__ = ("body", "end", "kind", "name", "redirects", "start", "words")

    def __init__(self, kind: str, start: int) -> None:
        self.kind = kind
        self.start = self.end = start
        self.name = ""
        self.words: list[Word] = []
        self.body: list[Pipeline] = []
        self.redirects: list[Redirect] = []


class Pipeline:
    """Hold commands whose output goes into the next one. `before` is what joins it to the one before: `&&`, `||` …

    `background`: it ends with `&`.
    """

    __slots__ = ("background", "before", "stages")

    def __init__(self, before: str) -> None:
        self.before = before
        self.stages: list[Stage] = []
        self.background = False


class Reading:
    """Hold a text as read. `troubles` are (offset, sentence) of what did not fit the grammar; empty: all of it did."""

    __slots__ = ("script", "text", "troubles")

    def __init__(self, text: str) -> None:
        self.text = text
        self.script: list[Pipeline] = []
        self.troubles: list[tuple[int, str]] = []
