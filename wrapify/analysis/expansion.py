"""Pure. From words to the fields a shell would make of them: quotes, variables, braces and known substitutions."""

from __future__ import annotations

from wrapify.analysis.tree import Arithmetic, Substitution, Text, Variable
from wrapify.analysis.values import NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wrapify.analysis.tree import Part, Pipeline, Word

    Run = Callable[[Substitution], Content]

MOST_FIELDS = 64
LONGEST_BRACES = 1024
ASSUMED = {"IFS": " \t\n", "HOME": "~", "PWD": ".", "SHELL": "/bin/bash", "BASH": "/bin/bash", "0": "bash"}
ASSUMED_PATH = "/usr/local/bin:/usr/bin:/bin"
POSITIONAL = frozenset("@*#123456789")
WILD = frozenset("*?[")
BLANK = frozenset(" \t\n")
# Stand for the characters of a brace expansion where they are quoted.
QUOTED_BRACES = {"{": "\ue0f0", ",": "\ue0f1", "}": "\ue0f2"}


class Scope:
    """Hold what the text has said so far: variables, aliases, functions, and the files it wrote.

    `run` gives the content of a substitution. `arguments`: positional parameters may be set, as in a script.
    """

    __slots__ = ("aliases", "arguments", "files", "functions", "run", "variables")

    def __init__(self, run: Run, *, arguments: bool) -> None:
        self.run = run
        self.arguments = arguments
        self.variables: dict[str, Content] = {}
        self.aliases: dict[str, str] = {}
        self.functions: dict[str, list[Pipeline]] = {}
        self.files: dict[str, Content] = {}

    def variable(self, name: str) -> Content:
        """Give what a variable holds."""
        if name in self.variables:
            return self.variables[name]
        if name in ASSUMED:
            return Content(ASSUMED[name])
        if name == "PATH":
            return Content(ASSUMED_PATH)
        if name in POSITIONAL and not self.arguments:
            return NOTHING
        return Content(UNKNOWN)


class Field:
    """Collect one field while its word is expanded."""

    __slots__ = ("content", "empty", "globs", "glued", "pieces", "quotes")

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.content: Content | None = None
        self.globs = False
        self.empty = True  # nothing of it was quoted or literal: it vanishes if it has no text
        self.quotes: list[str] = []
        self.glued = 0


def expand(word: Word, scope: Scope) -> list[Value]:
    """Give the fields of a word. A word that vanishes (an empty variable) has none."""
    fields = [Field()]
    for part in word.parts:
        _add(fields, part, scope=scope)
    values: list[Value] = []
    for field in fields:
        text = "".join(field.pieces)
        if text or not field.empty:
            values.extend(_finished(field, text, word=word))
    return values[:MOST_FIELDS]


def single(word: Word, scope: Scope) -> Content:
    """Give a word as one content, as the value of an assignment or a here-document is taken."""
    text, content = [], NOTHING
    for part in word.parts:
        piece = _content(part, scope)
        text.append(piece.text if piece.text is not None else UNKNOWN)
        content = content.joined(Content("", origins=piece.origins, paths=piece.paths, hosts=piece.hosts))
    return content.changed("".join(text))


def _finished(field: Field, text: str, *, word: Word) -> Iterator[Value]:
    spelled = _is_spelled(field)
    braced = _braces(text) if "{" in text and "," in text and len(text) <= LONGEST_BRACES else [text]
    for one in braced:
        value = Value(_with_braces(one), start=word.start, end=word.end)
        value.content = field.content
        value.globs = field.globs
        value.spelled = spelled or len(braced) > 1
        yield value


def _is_spelled(field: Field) -> bool:
    """Tell whether a field is put together so that its letters are hidden: `s''udo`, `$'\\x73'`, `$a$b`."""
    quotes = field.quotes
    if "$'" in quotes:
        return True
    inner = quotes[1:] if quotes[:1] == ["\\"] else quotes
    return (len(inner) > 1 and any(inner)) or field.glued > 1


def _add(fields: list[Field], part: Part, *, scope: Scope) -> None:
    field = fields[-1]
    if isinstance(part, Text):
        field.empty = field.empty and not part.quote and not part.text
        if part.text or part.quote not in ('"', ""):
            field.quotes.append(part.quote)
        if part.quote:
            field.pieces.append(_without_braces(part.text))
        else:
            field.pieces.append(part.text)
            field.globs = field.globs or not WILD.isdisjoint(part.text)
        return
    content = _content(part, scope)
    text = content.text if content.text is not None else UNKNOWN
    field.glued += text != UNKNOWN
    if content.origins or content.paths or content.text is None:
        field.content = content if field.content is None else field.content.joined(content)
    if getattr(part, "quoted", False) or isinstance(part, Arithmetic) or BLANK.isdisjoint(text):
        field.empty = field.empty and not getattr(part, "quoted", False)
        field.pieces.append(text)
        return
    _split(fields, text)


def _without_braces(text: str) -> str:
    """Mark the characters of a brace expansion in quoted text as plain ones."""
    for char, mark in QUOTED_BRACES.items():
        text = text.replace(char, mark)
    return text


def _with_braces(text: str) -> str:
    for char, mark in QUOTED_BRACES.items():
        text = text.replace(mark, char)
    return text


def _split(fields: list[Field], text: str) -> None:
    """Divide what an unquoted expansion gives into fields."""
    words = text.split()
    if text[0] in BLANK and fields[-1].pieces:
        fields.append(Field())
    for number, one in enumerate(words[:MOST_FIELDS]):
        if number:
            content, fields_content = fields[-1].content, Field()
            fields_content.content = content
            fields.append(fields_content)
        fields[-1].pieces.append(one)
        fields[-1].glued += 1
    if words and text[-1] in BLANK:
        fields.append(Field())


def _content(part: Part, scope: Scope) -> Content:
    if isinstance(part, Text):
        return Content(part.text)
    if isinstance(part, Substitution):
        content = scope.run(part)
        return content if content.text is None else content.changed(content.text.rstrip("\n"))
    if isinstance(part, Arithmetic):
        for inner in part.inner:
            scope.run(inner)
        return Content(part.text if part.text.isdigit() else "0")
    return _variable(part, scope)


def _variable(part: Variable, scope: Scope) -> Content:
    value, operator = scope.variable(part.name), part.operator
    argument = single(part.argument, scope) if part.argument is not None else NOTHING
    if operator.startswith("!") and value.text and UNKNOWN not in value.text:
        value, operator = scope.variable(value.text), operator[1:]
    if not operator:
        return value
    if operator in (":-", "-", ":=", "=", ":?", "?"):
        unset = value.text in (None, "", UNKNOWN) and not value.origins
        if unset and operator in (":=", "="):
            scope.variables[part.name] = argument
        return argument if unset and operator[-1] != "?" else value
    if operator in (":+", "+"):
        return argument if value.text else NOTHING
    if value.text is None or UNKNOWN in value.text or argument.text is None:
        return value.changed(UNKNOWN)
    return value.changed(_operated(value.text, operator, argument=argument.text))


def _operated(text: str, operator: str, *, argument: str) -> str:
    """Carry out an operator of `${…}` on a known value, as far as it needs no pattern matching of a shell."""
    if operator == ":":
        return _sliced(text, argument)
    if operator in ("/", "//", "/#", "/%"):
        old, _, new = argument.partition("/")
        if not WILD.isdisjoint(old) or not old:
            return UNKNOWN
        return text.replace(old, new) if operator == "//" else text.replace(old, new, 1)
    if operator in ("^^", "^"):
        return text.upper() if operator == "^^" else text[:1].upper() + text[1:]
    if operator in (",,", ","):
        return text.lower() if operator == ",," else text[:1].lower() + text[1:]
    if operator == "#" and not argument:
        return str(len(text))
    if operator in ("#", "##", "%", "%%"):
        return _trimmed(text, operator, pattern=argument)
    return text if operator == "@" else UNKNOWN


def _trimmed(text: str, operator: str, *, pattern: str) -> str:
    if WILD.isdisjoint(pattern):
        return text.removeprefix(pattern) if operator[0] == "#" else text.removesuffix(pattern)
    core = pattern.strip("*")
    if not WILD.isdisjoint(core) or core not in text:
        return UNKNOWN if not WILD.isdisjoint(core) else text
    if operator[0] == "#" and pattern.startswith("*"):
        return text.split(core, 1)[1] if operator == "#" else text.rsplit(core, 1)[1]
    if operator[0] == "%" and pattern.endswith("*"):
        return text.rsplit(core, 1)[0] if operator == "%" else text.split(core, 1)[0]
    return UNKNOWN


def _sliced(text: str, argument: str) -> str:
    first, _, length = argument.replace(" ", "").partition(":")
    try:
        start = int(first or "0")
        size = int(length) if length else len(text)
    except ValueError:
        return UNKNOWN
    start = max(0, len(text) + start) if start < 0 else start
    return text[start : start + size] if size >= 0 else text[start:size]


def _braces(text: str) -> list[str]:
    """Expand the first level of `{a,b}`, and what is left of it in each of them."""
    start = text.find("{")
    while start >= 0:
        depth, commas, at = 0, [start], start
        while at < len(text):
            char = text[at]
            depth += (char == "{") - (char == "}")
            if char == "," and depth == 1:
                commas.append(at)
            if depth == 0:
                break
            at += 1
        if depth == 0 and len(commas) > 1:
            edges = [*commas, at]
            pieces = [text[edges[i] + 1 : edges[i + 1]] for i in range(len(edges) - 1)][:MOST_FIELDS]
            tails = _braces(text[at + 1 :]) if "{" in text[at + 1 :] else [text[at + 1 :]]
            heads = [inner for piece in pieces for inner in (_braces(piece) if "{" in piece else [piece])]
            return [text[:start] + head + tail for head in heads for tail in tails][:MOST_FIELDS]
        start = text.find("{", start + 1)
    return [text]
