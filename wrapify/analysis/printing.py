"""Pure. What programs print that read nothing: echo and printf, names of programs and files, and silence."""

from __future__ import annotations

from wrapify.analysis.escapes import unescape
from wrapify.analysis.programs import NOTABLE
from wrapify.analysis.values import MADE, NOTHING, PROGRAM, UNKNOWN, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.analysis.invocation import Invocation

MOST_ROUNDS = 256
"""How often a format of printf is used again for what is left of its arguments."""
NARROWING = tuple(
    "-name -iname -path -wholename -regex -iregex -nouser -used -ctime -cmin -atime -amin -mtime -mmin -size -newer"
    " -empty -perm".split()
)
"""Tests of find that let only some of the files through."""


def _echo(by: Invocation) -> Content:
    texts = [value.text for value in by.arguments]
    options = ""
    while texts and texts[0][:1] == "-" and texts[0][1:] and not set(texts[0][1:]) - set("neE"):
        options += texts.pop(0)
    line = " ".join(texts)
    return _carried(by, (unescape(line) if "e" in options else line) + ("" if "n" in options else "\n"))


def _carried(by: Invocation, text: str) -> Content:
    """Give a text with the origins of the substitutions in the arguments."""
    content = Content("")
    for value in by.arguments:
        if value.content is not None:
            content = content.joined(value.content.changed(""))
    return content.changed(text)


def _printf(by: Invocation) -> Content:
    texts = [value.text for value in by.arguments]
    if texts[:1] == ["--"]:
        texts.pop(0)
    if not texts or texts[0] == "-v":
        return NOTHING
    return _carried(by, formatted(texts[0], texts[1:]))


def formatted(form: str, arguments: list[str]) -> str:
    """Carry out a format of printf, as often as the arguments ask for it."""
    pieces: list[str] = []
    left = list(arguments[:MOST_ROUNDS])
    for _ in range(MOST_ROUNDS):
        used = len(left)
        _once(form, left, pieces=pieces)
        if not left or len(left) == used:
            break
    return "".join(pieces)


def _once(form: str, left: list[str], *, pieces: list[str]) -> None:
    at = 0
    while (found := form.find("%", at)) >= 0:
        pieces.append(unescape(form[at:found]))
        end = found + 1
        while end < len(form) and form[end] in "-+ #0123456789.*":
            end += 1
        kind = form[end : end + 1]
        pieces.append("%" if kind == "%" else _converted(kind, left.pop(0) if left else ""))
        at = end + 1
    pieces.append(unescape(form[at:]))


def _converted(kind: str, argument: str) -> str:
    """Carry out one conversion of printf."""
    if kind == "b":
        return unescape(argument)
    if kind == "c":
        return argument[:1]
    if kind not in ("d", "i", "o", "u", "x", "X"):
        return argument
    from wrapify.analysis.arithmetic import Unknown, literal

    try:
        number = ord(argument[1]) if argument[:1] in ("'", '"') and len(argument) > 1 else literal(argument or "0")
    except Unknown:
        return UNKNOWN
    return format(number, kind if kind in "oxX" else "d")


def _which(by: Invocation) -> Content:
    names = by.plain()
    return Content(f"/usr/bin/{names[0]}\n") if names else NOTHING


def _command(by: Invocation) -> Content:
    return _which(by) if by.has("-v", "-V", "-p", "-P", "-t") else Content(None, origins=PROGRAM)


def _directory(by: Invocation) -> Content:
    return Content(f"{by.directory or '.'}\n")


def _same(by: Invocation) -> Content:
    names = by.plain()
    return Content(f"{by.place(names[-1])}\n") if names else NOTHING


def _dirname(by: Invocation) -> Content:
    names = by.plain()
    return Content((names[0].rstrip("/").rpartition("/")[0] or ".") + "\n") if names else NOTHING


def _yes(by: Invocation) -> Content:
    return _carried(by, (" ".join(by.words()) or "y") + "\n")


def _variables(by: Invocation) -> Content:
    """Give what printenv prints of the variables in front of it."""
    known = [by.environment[name] for name in by.plain() if name in by.environment]
    return known[0] if known else Content(None, origins=PROGRAM)


def prints_words(by: Invocation) -> bool:
    """Tell whether what a program prints may be words it was given: a line among them that names a program."""
    if by.name in CALCULATORS:
        return True
    lines = (text for text in by.words() if " " in text)
    return any(not NOTABLE.isdisjoint(line.replace("+", " ").replace("|", " | ").split()) for line in lines)


CALCULATORS = frozenset("dc bc jot expr seq".split())
"""Programs that print characters by their numbers, or texts as often as they are told."""


def _basename(by: Invocation) -> Content:
    names = by.plain()
    return Content(names[0].rstrip("/").rpartition("/")[2] + "\n") if names else NOTHING


def _listed(by: Invocation) -> Content:
    """Give what `ls` and `find` print: names of all that is in the places they are told, unless tests narrow it."""
    places = [by.place(path) for path in by.plain() if path[:1] not in ("(", "!", ";")][:4] or [by.place(".")]
    narrow = any(text.startswith(NARROWING) for text in by.words())
    paths = () if narrow else tuple(f"{place}/*" for place in places)
    return Content(None, origins=PROGRAM | (MADE if prints_words(by) else 0), paths=paths)


def _temporary(by: Invocation) -> Content:
    """Give a name for the file that mktemp makes: another one for each call in the text."""
    return Content(f"/tmp/tmp.{by.start:06}\n")


def _silent(_: Invocation) -> Content:
    return NOTHING


def _declared(by: Invocation) -> Content:
    return _output(by) if by.has("-p", "-f") else NOTHING


def _output(by: Invocation) -> Content:
    return Content(None, origins=PROGRAM | (MADE if prints_words(by) else 0))


PRINTERS: dict[str, Callable[[Invocation], Content]] = {
    "echo": _echo,
    "print": _echo,
    "printf": _printf,
    "which": _which,
    "type": _which,
    "whereis": _which,
    "command": _command,
    "basename": _basename,
    "dirname": _dirname,
    "pwd": _directory,
    **dict.fromkeys(("realpath", "readlink"), _same),
    "yes": _yes,
    "printenv": _variables,
    "ls": _listed,
    "find": _listed,
    "mktemp": _temporary,
    "git": _output,
    **dict.fromkeys("true false : cd mkdir rm chmod sleep set shift read mapfile readarray unset".split(), _silent),
    **dict.fromkeys("export declare typeset local readonly".split(), _declared),
}
