"""Pure. What a command changes for those after it in the same text: variables, aliases, files, the directory."""

from __future__ import annotations

from wrapify.analysis.expansion import divided, expand
from wrapify.analysis.filters import option
from wrapify.analysis.places import clean
from wrapify.analysis.printing import formatted
from wrapify.analysis.programs import canonical
from wrapify.analysis.values import NOTHING, UNKNOWN, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.analysis.invocation import Invocation
    from wrapify.analysis.scope import Scope
    from wrapify.analysis.tree import Assignment
    from wrapify.analysis.values import Value

MOST_LINES = 64
MOST_LINKS = 16


def apply(by: Invocation, scope: Scope) -> None:
    """Carry out on `scope` what a builtin or a program that moves files does."""
    effect = EFFECTS.get(by.name)
    if effect is not None:
        effect(by, scope)


def assign_array(one: Assignment, scope: Scope) -> None:
    """Set an array: `a=(x y)`, `a=([k]=v)`."""
    values = [value for word in one.items or () for value in expand(word, scope)]
    assign_values(one.name, values, scope=scope, append=one.append)


def assign_values(name: str, values: list[Value], *, scope: Scope, append: bool = False) -> None:
    """Set the items of an array to words, which may name the key they are for."""
    contents: dict[str, Content] = {}
    for value in values:
        key, mark, text = value.text.partition("]=")
        keyed = mark and key.startswith("[")
        contents[key[1:] if keyed else str(len(contents) + scope.base)] = of_value(value, text if keyed else value.text)
    scope.assign_items(name, contents, append=append)


def of_value(value: Value, text: str) -> Content:
    """Give a text with the origins of the word it stands in."""
    return value.content.changed(text) if value.content else Content(text)


def _declare(by: Invocation, scope: Scope) -> None:
    options = {char for text in by.words() if text[:1] == "-" for char in text[1:]}
    for number, value in enumerate(by.arguments):
        name, equals, text = value.text.partition("=")
        if options & {"a", "A"} and equals and not text and number + 1 < len(by.arguments):
            assign_values(name, by.arguments[number + 1 :], scope=scope)
            return
        if not name.isidentifier():
            continue
        if "n" in options and by.name != "export":
            scope.references[name] = text
            continue
        if options & {"l", "u"}:
            scope.cases[name] = "l" if "l" in options else "u"
        if equals:
            scope.assign(name, of_value(value, text))


def _alias(by: Invocation, scope: Scope) -> None:
    texts = list(by.words())
    if len(texts) == 2 and "=" not in texts[0] and texts[0][:1] != "-":
        scope.aliases[texts[0]] = texts[1]  # as fish spells it
    for text in texts:
        name, equals, line = text.partition("=")
        if equals and name and name != line.partition(" ")[0]:
            scope.aliases[name] = line


def _read(by: Invocation, scope: Scope) -> None:
    """Carry out `read`: names take one word each, the last one the rest; `-a` takes all of them."""
    given = by.stdin or Content(UNKNOWN)
    words = list(by.words())
    whole = option(words, "d") == "" and any(text[:1] == "-" and "d" in text for text in words)
    text = given.text if given.text is not None else UNKNOWN
    text = text if whole else text.partition("\n")[0]
    separators = (by.environment.get("IFS") or scope.variable("IFS")).text or ""
    fields = divided(text, separators) if separators else [text]
    array = option(words, "a")
    if array:
        scope.assign_items(array, {str(number): given.changed(one) for number, one in enumerate(fields)})
        return
    skipped = {option(words, letter) for letter in "dinNptu"} - {""}
    names = [name for name in by.plain() if name.isidentifier() and name not in skipped] or ["REPLY"]
    for number, name in enumerate(names[:-1]):
        scope.assign(name, given.changed(fields[number] if number < len(fields) else text if text == UNKNOWN else ""))
    rest = (separators[:1] or " ").join(fields[len(names) - 1 :])
    scope.assign(names[-1], given.changed(rest if UNKNOWN not in text else UNKNOWN))


def _read_lines(by: Invocation, scope: Scope) -> None:
    given, words = by.stdin or Content(None), list(by.words())
    valued = {option(words, letter) for letter in "dnOsuCc"}
    name = next((one for one in by.plain() if one.isidentifier() and one not in valued), "MAPFILE")
    lines = given.text.split("\n")[:MOST_LINES] if given.text is not None else [UNKNOWN]
    scope.assign_items(name, {str(number): given.changed(line) for number, line in enumerate(lines) if line})


def _print_to_variable(by: Invocation, scope: Scope) -> None:
    texts = [value.text for value in by.arguments]
    if len(texts) >= 3 and texts[0] == "-v":
        scope.assign(texts[1], Content(formatted(texts[2], texts[3:])))


def _unset(by: Invocation, scope: Scope) -> None:
    for name in by.plain():
        scope.assign(name, NOTHING)


def _positional(by: Invocation, scope: Scope) -> None:
    """Carry out `set -- words`."""
    values = by.arguments
    at = 0
    while at < len(values) and values[at].text[:1] in ("-", "+") and values[at].text != "--":
        at += 2 if values[at].text in ("-o", "+o") else 1
    marked = at < len(values) and values[at].text == "--"
    if marked or at < len(values):
        scope.positional = [of_value(value, value.text) for value in values[at + marked :]]


def _shift(by: Invocation, scope: Scope) -> None:
    count = next(iter(by.plain()), "1")
    if scope.positional is not None and count.isdecimal():
        scope.positional = scope.positional[int(count[:4]) :]


def _move(by: Invocation, scope: Scope) -> None:
    """Carry out copies, moves and links on what is known of files and programs."""
    paths = by.plain()
    if len(paths) < 2:
        return
    target = scope.place(paths[-1].rstrip("/") or "/")
    for source in paths[:-1]:
        known = _given(by) if source in ("-", "/dev/stdin") else scope.files.get(clean(scope.place(source)))
        for name in (target, f"{target}/{source.rpartition('/')[2]}"):
            if known is not None:
                scope.write(name, known)
            else:
                scope.programs[clean(name)] = canonical(source)
        if by.name == "ln" and by.has("-s", "--symbolic") and len(scope.links) < MOST_LINKS:
            scope.links[paths[-1]] = scope.place(source)


def _given(by: Invocation) -> Content:
    return by.stdin or Content(None)


def _tee(by: Invocation, scope: Scope) -> None:
    for path in by.plain():
        scope.write(scope.place(path), _given(by))


def _dd(by: Invocation, scope: Scope) -> None:
    for text in by.words():
        if text.startswith("of="):
            scope.write(scope.place(text[3:]), _given(by))


def _change_directory(by: Invocation, scope: Scope) -> None:
    target = next(iter(by.plain()), "~")
    scope.directory = "" if target == "-" or UNKNOWN in target else scope.place(target)


def _hash(by: Invocation, scope: Scope) -> None:
    texts = list(by.words())
    if texts[:1] == ["-p"] and len(texts) > 2:
        scope.programs[clean(texts[2])] = canonical(texts[1])


def _pipes(by: Invocation, scope: Scope) -> None:
    """Note the named pipes that are made."""
    scope.pipes.update(clean(scope.place(path)) for path in by.plain())


def _unpack(by: Invocation, scope: Scope) -> None:
    """Carry out `gunzip file.gz` on what is known of it."""
    for path in by.plain():
        known = scope.files.get(clean(scope.place(path)))
        if known is not None:
            scope.write(scope.place(path.rpartition(".")[0]), known.changed(None))


EFFECTS: dict[str, Callable[[Invocation, Scope], None]] = {
    **dict.fromkeys(("export", "declare", "typeset", "local", "readonly"), _declare),
    "alias": _alias,
    "read": _read,
    "mapfile": _read_lines,
    "readarray": _read_lines,
    "printf": _print_to_variable,
    "unset": _unset,
    "set": _positional,
    "shift": _shift,
    **dict.fromkeys(("cp", "mv", "ln", "install"), _move),
    "tee": _tee,
    "sponge": _tee,
    "dd": _dd,
    **dict.fromkeys(("cd", "pushd"), _change_directory),
    "hash": _hash,
    **dict.fromkeys(("mkfifo", "mknod"), _pipes),
    **dict.fromkeys(("gunzip", "unxz", "bunzip2"), _unpack),
}
