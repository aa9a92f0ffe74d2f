"""Pure. What a command changes for those after it in the same text: variables, aliases, files that it moves."""

from __future__ import annotations

from wrapify.analysis.streams import clean
from wrapify.analysis.values import NOTHING, UNKNOWN, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.expansion import Scope
    from wrapify.analysis.invocation import Invocation

DECLARING = frozenset("export declare typeset local readonly".split())


def apply(by: Invocation, scope: Scope) -> None:
    """Carry out on `scope` what a builtin or a program that moves files does."""
    if by.name in DECLARING:
        _declare(by, scope)
    elif by.name == "alias":
        _alias(by, scope)
    elif by.name == "read":
        _read(by, scope)
    elif by.name == "printf" and by.has("-v"):
        _print_to_variable(by, scope)
    elif by.name == "unset":
        for name in by.plain():
            scope.variables[name] = NOTHING
    elif by.name in ("cp", "mv", "ln", "install"):
        _move(by, scope)
    elif by.name == "tee":
        for path in by.plain():
            scope.files[clean(path)] = by.stdin or Content(None)


def _declare(by: Invocation, scope: Scope) -> None:
    for value in by.arguments:
        name, equals, text = value.text.partition("=")
        if equals and name.isidentifier():
            scope.variables[name] = value.content.changed(text) if value.content else Content(text)


def _alias(by: Invocation, scope: Scope) -> None:
    texts = list(by.words())
    if len(texts) == 2 and "=" not in texts[0] and texts[0][:1] != "-":
        scope.aliases[texts[0]] = texts[1]  # as fish spells it
    for text in texts:
        name, equals, line = text.partition("=")
        if equals and name and name != line.partition(" ")[0]:
            scope.aliases[name] = line


def _read(by: Invocation, scope: Scope) -> None:
    given = by.stdin or Content(UNKNOWN)
    text = given.text.partition("\n")[0] if given.text is not None else UNKNOWN
    for name in by.plain():
        if name.isidentifier():
            scope.variables[name] = given.changed(text)


def _print_to_variable(by: Invocation, scope: Scope) -> None:
    texts = [value.text for value in by.arguments]
    if len(texts) >= 3 and texts[0] == "-v":
        from wrapify.analysis.streams import formatted

        scope.variables[texts[1]] = Content(formatted(texts[2], texts[3:]))


def _move(by: Invocation, scope: Scope) -> None:
    paths = by.plain()
    if len(paths) < 2:
        return
    for source in paths[:-1]:
        content = scope.files.get(clean(source))
        if content is not None:
            target = paths[-1].rstrip("/")
            scope.files[clean(target)] = content
            scope.files[clean(f"{target}/{source.rpartition('/')[2]}")] = content
