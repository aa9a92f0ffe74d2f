"""Pure. From words to the fields a shell would make of them: quotes, variables, braces and known substitutions."""

from __future__ import annotations

from wrapify.analysis.braces import LONGEST, braced, protect, restore
from wrapify.analysis.parameters import LONGEST_PATTERN, WILD, operated
from wrapify.analysis.scope import BLANK, EVERYTHING, joined
from wrapify.analysis.tree import Arithmetic, Substitution, Text, Variable
from wrapify.analysis.values import MADE, NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.scope import Scope
    from wrapify.analysis.tree import Part, Word

MOST_FIELDS = 64
MOST_FILES, MOST_MATCHES = 32, 6


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
    if scope.files and any(value.globs for value in values):
        values = [one for value in values for one in _matched(value, scope)]
    return values[:MOST_FIELDS]


def _matched(value: Value, scope: Scope) -> list[Value]:
    """Give the files that a pattern matches, among those that the text wrote."""
    if not value.globs or len(value.text) > LONGEST_PATTERN or value.text.count("*") > 2:
        return [value]
    from fnmatch import fnmatchcase

    pattern = value.text.removeprefix("./")
    found = [
        name for name in list(scope.files)[:MOST_FILES] if fnmatchcase(name, pattern) and name[:1] not in ("", "&", "$")
    ]
    matches = []
    for name in found[:MOST_MATCHES]:
        matches.append(Value(name, start=value.start, end=value.end))
    return matches or [value]


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
    words = braced(text) if "{" in text and "," in text and len(text) <= LONGEST else [text]
    for one in words:
        value = Value(restore(one), start=word.start, end=word.end)
        value.content = field.content
        value.globs = field.globs
        value.spelled = spelled or len(words) > 1
        yield value


def _is_spelled(field: Field) -> bool:
    """Tell whether a field is put together so that its letters are hidden: `s''udo`, `$'\\x73'`, `$a$b`."""
    quotes = field.quotes
    if "$'" in quotes:
        return True
    inner = quotes[1:] if quotes[:1] == ["\\"] else quotes
    return (len(inner) > 1 and any(inner)) or field.glued > 1


def _add(fields: list[Field], part: Part, *, scope: Scope) -> None:
    if isinstance(part, Text):
        _add_text(fields[-1], part)
        return
    several = _several(part, scope) if isinstance(part, Variable) else None
    if several is None:
        _put(fields, _content(part, scope), part=part, scope=scope)
        return
    for number, content in enumerate(several[:MOST_FIELDS]):
        if number:
            fields.append(Field())
        _put(fields, content, part=part, scope=scope)


def _add_text(field: Field, part: Text) -> None:
    field.empty = field.empty and not part.quote and not part.text
    if part.text or part.quote not in ('"', ""):
        field.quotes.append(part.quote)
    if part.quote:
        field.pieces.append(protect(part.text))
    else:
        field.pieces.append(part.text)
        field.globs = field.globs or not WILD.isdisjoint(part.text)


def _put(fields: list[Field], content: Content, *, part: Part, scope: Scope) -> None:
    """Add what an expansion gives to the last field, and more fields if it is divided."""
    field = fields[-1]
    text = content.text if content.text is not None else UNKNOWN
    scope.spent += len(text) + 8
    field.glued += text != UNKNOWN
    if content.origins or content.paths or content.text is None:
        field.content = content if field.content is None else field.content.joined(content)
    quoted = getattr(part, "quoted", False)
    separators = scope.variable("IFS").text or ""
    if quoted or isinstance(part, Arithmetic) or all(char not in text for char in separators[:8]):
        field.empty = field.empty and not quoted
        field.pieces.append(text)
        return
    _split(fields, text, separators=separators[:8])


def _split(fields: list[Field], text: str, *, separators: str) -> None:
    """Divide what an unquoted expansion gives into fields."""
    words = divided(text, separators)
    if text[0] in separators and fields[-1].pieces:
        fields.append(Field())
    for number, one in enumerate(words[:MOST_FIELDS]):
        if number:
            content, fields_content = fields[-1].content, Field()
            fields_content.content = content
            fields.append(fields_content)
        fields[-1].pieces.append(one)
        fields[-1].glued += 1
    if words and text[-1] in separators:
        fields.append(Field())


def divided(text: str, separators: str) -> list[str]:
    """Divide a text at any of some characters, as IFS does; nothing between two of them counts for nothing."""
    if separators == BLANK:
        return text.split()
    for char in separators[1:]:
        text = text.replace(char, separators[0])
    return [one for one in text.split(separators[0]) if one] if separators else [text]


def _content(part: Part, scope: Scope) -> Content:
    if isinstance(part, Text):
        return Content(part.text)
    if isinstance(part, Substitution):
        content = scope.run(part)
        return content if content.text is None else content.changed(content.text.rstrip("\n"))
    if isinstance(part, Arithmetic):
        for inner in part.inner:
            scope.run(inner)
        number = _number(part.text, scope)
        return Content(str(number) if number is not None else "0")
    return _variable(part, scope)


def _number(text: str, scope: Scope) -> int | None:
    if text.isdecimal() and len(text) < 9 and text[0] != "0":
        return int(text)
    from wrapify.analysis.arithmetic import evaluate

    return evaluate(text, lambda name: scope.variable(name).text or "0")


def _several(part: Variable, scope: Scope) -> list[Content] | None:
    """Give the items of `$@`, `${a[@]}` and slices of them, None if the part is one text."""
    operator = part.operator
    index = _known(part.index, scope) if part.index is not None else ""
    together = part.name == "*" or index == "*"
    if (part.name not in EVERYTHING and index not in EVERYTHING) or operator[:1] in ("#", "!") or operator[-1:] == "-":
        return None
    items = scope.items(part.name)
    if items is None or (together and part.quoted):
        return None
    argument = single(part.argument, scope) if part.argument is not None else NOTHING
    if operator == ":":
        return _slice_of(items, argument.text or "", scope=scope, skipped=part.name in EVERYTHING)
    return [_apply(one, operator, argument=argument, scope=scope) for one in items] if operator else items


def _slice_of(items: list[Content], argument: str, *, scope: Scope, skipped: bool) -> list[Content]:
    """Give the slice of an array. The positional parameters count from 1, which `skipped` says."""
    first, _, length = argument.partition(":")
    start = (_number(first.strip() or "0", scope) or 0) - skipped
    size = _number(length, scope) if length.strip() else None
    start = max(0, len(items) + start + skipped if start < -1 else start)
    return items[start:] if size is None else items[start : start + max(0, size)]


def _variable(part: Variable, scope: Scope) -> Content:
    value, operator = _value(part, scope), part.operator
    if part.name == "" and part.argument is not None and operator in ("", "-", ":"):
        return single(part.argument, scope)  # zsh: `${:-text}`, an expansion of an expansion
    argument = single(part.argument, scope) if part.argument is not None else NOTHING
    if operator.startswith("!") and value.text and UNKNOWN not in value.text:
        name, _, index = value.text.partition("[")
        value, operator = _item(name, index.rstrip("]"), scope=scope) if index else scope.variable(name), operator[1:]
    if operator in (":-", "-", ":=", "=", ":?", "?"):
        unset = value.text in (None, "", UNKNOWN) and not value.origins
        if unset and operator in (":=", "="):
            scope.assign(part.name, argument)
        return argument if unset and operator[-1] != "?" else value
    if operator in (":+", "+"):
        return argument if value.text else NOTHING
    return _apply(value, operator, argument=argument, scope=scope)


def _value(part: Variable, scope: Scope) -> Content:
    """Give what a variable or an item of an array holds, before anything is done to it."""
    if part.index is None:
        together = part.name == "*" and part.quoted and scope.positional is not None
        return joined(scope.positional or [], _between(scope)) if together else scope.variable(part.name)
    index = _known(part.index, scope)
    if index not in EVERYTHING:
        return _item(part.name, index, scope=scope)
    items = scope.items(part.name)
    if part.operator == "#" and items is not None:
        return Content("x" * len(items))
    return scope.variable(part.name) if items is None else joined(items, _between(scope) if index == "*" else " ")


def _item(name: str, index: str, *, scope: Scope) -> Content:
    array = scope.arrays.get(scope.references.get(name, name))
    if array is None:
        return scope.variable(name) if index in ("0", "@", "*") else Content(UNKNOWN)
    if index in array:
        return array[index]
    number = _number(index, scope)
    if number is not None and number < 0:
        number += len(array)
    return array.get(str(number), NOTHING if number is not None else Content(UNKNOWN))


def _known(word: Word, scope: Scope) -> str:
    return single(word, scope).text or ""


def _between(scope: Scope) -> str:
    return (scope.variable("IFS").text or "")[:1]


def _as_prompt(value: Content, scope: Scope) -> Content:
    """Expand a value as `${x@P}` does: what it holds is substituted as in a prompt."""
    from wrapify.analysis.shell import read

    if len(value.text or "") > LONGEST:
        return value.changed(None, origins=MADE)
    return scope.run(Substitution("$(", read(f'echo "{value.text}"', dialect="bash").script))


def _apply(value: Content, operator: str, *, argument: Content, scope: Scope) -> Content:
    """Carry out an operator. What becomes of known text in a way that is not followed is MADE of it."""
    if not operator:
        return value
    if value.text is None or UNKNOWN in value.text or argument.text is None:
        return value.changed(UNKNOWN)
    if operator == "@" and argument.text == "P":
        return _as_prompt(value, scope)
    text = operated(value.text, operator, argument=argument.text, number=lambda text: _number(text, scope))
    return value.changed(text, origins=MADE if text == UNKNOWN else 0)
