"""Pure. Lines that the code of a language hands to a shell: strings in `system(…)` and the like, recipes of make."""

from __future__ import annotations

from wrapify.analysis.code import RUNNING
from wrapify.analysis.programs import NOTABLE, canonical
from wrapify.analysis.values import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS = frozenset(
    "system popen exec execSync spawnSync spawn passthru shell_exec proc_open run call check_output check_call Popen"
    " getoutput execl execv execvp execlp posix_spawn spawnl spawnlp sh script qx open sys eval execute capture2"
    " getstatusoutput create_subprocess_shell execFile execFileSync".split()
)
"""What hands a line to a shell, in the languages."""
BRACKETS = {"(": ")", "{": "}", "[": "]", "<": ">", "/": "/", "|": "|", "!": "!"}
BARE = {"tclsh": ("exec ",), "expect": ("spawn ", "exec "), "gdb": ("shell ", "!")}
"""Languages without quotes around the command, and the words in front of it."""
SHOWING = frozenset("print echo puts say printf log write warn die error info debug".split())
"""What shows a string and does nothing else with it."""
MOST_STRINGS = 64


def shell_lines(text: str, language: str) -> Iterator[str]:
    """Give the lines in the code of a language that look as if they were handed to a shell. Bounded."""
    if language == "make":
        yield from recipes(text)
        return
    if language in BARE:
        yield from _bare(text, BARE[language])
    if language in ("perl", "ruby"):
        yield from _bracketed(text)
    if language in ("pwsh", "powershell"):
        yield text
    yield from _strings(text, language)
    whole = _glued(text)
    if whole != text:
        yield from _strings(whole, language)


def recipes(text: str) -> Iterator[str]:
    """Give the lines of a makefile that make runs: recipes, and `$(shell …)`."""
    for line in text.split("\n")[:256]:
        _, mark, rest = line.partition(";")
        if line.startswith("\t") or (mark and ":" in line.partition(";")[0]):
            yield (line if line.startswith("\t") else rest).strip("\t @-+")
        _, mark, rest = line.partition("$(shell ")
        if mark:
            yield rest.rpartition(")")[0]


def _bare(text: str, marks: tuple[str, ...]) -> Iterator[str]:
    for line in text.replace(";", "\n").split("\n")[:MOST_STRINGS]:
        found = next((line.lstrip().removeprefix(mark) for mark in marks if line.lstrip().startswith(mark)), "")
        if found:
            yield found


def _bracketed(text: str) -> Iterator[str]:
    """Give what `qx(…)` and `%x{…}` hold."""
    for mark in ("qx", "%x"):
        for piece in text.split(mark)[1:MOST_STRINGS]:
            closing = BRACKETS.get(piece.lstrip()[:1], "")
            if closing:
                yield piece.lstrip()[1:].partition(closing)[0]


def _strings(text: str, language: str) -> Iterator[str]:
    runs = any(word in text for word in RUNNING)
    seen, at = 0, 0
    while seen < MOST_STRINGS:
        found, quote = _next_quote(text, at)
        if found < 0:
            return
        closing = _closing(text, found, quote=quote)
        before = text[max(0, found - 48) : found].rstrip("([{ \t,br")
        items = _list_items(text, found) if text[max(0, found - 1) : found] == "[" else []
        if len(items) > 1:
            yield " ".join(map(quoted, items))
        string = text[found + 1 : closing]
        handed = _is_handed(before, text[closing + 1 : closing + 12].lstrip(), quote=quote, language=language)
        if handed or (runs and is_line(string) and before[_name_start(before) :] not in SHOWING):
            yield string.replace(UNKNOWN, "")
        elif language == "perl" and (string.endswith("|") or string.startswith("|")) and "open" in before:
            yield string.strip("| ")
        at, seen = closing + 1, seen + 1


def is_line(text: str) -> bool:
    """Tell whether a string looks like a line of shell: a program worth knowing, with words behind it."""
    first, blank, rest = text.strip().partition(" ")
    return bool(blank and rest) and canonical(first) in NOTABLE


def strings(text: str) -> Iterator[str]:
    """Give the strings in the code of a language. Bounded."""
    at = 0
    for _ in range(MOST_STRINGS):
        found, quote = _next_quote(text, at)
        if found < 0:
            return
        at = _closing(text, found, quote=quote) + 1
        yield text[found + 1 : at - 1]


def _glued(text: str) -> str:
    """Put strings together that code puts together: `"cu" + "rl"`, `"cu"."rl"`."""
    for join in ("+", ".", " + ", " . ", " .. ", ".."):
        text = text.replace(f'"{join}"', "").replace(f"'{join}'", "")
    return text


def _is_handed(before: str, behind: str, *, quote: str, language: str) -> bool:
    """Tell whether a string is handed to a shell, by what stands around it."""
    if language == "awk":
        return behind[:1] == "|" or before.endswith("|") or before[_name_start(before) :] == "system"
    called = before[_name_start(before) :]
    return (
        called in CALLS
        or called in ("PROGRAM", "command")
        or quote == "`"
        or before.endswith(("do shell script", "-c'", '-c"'))
    )


def quoted(text: str) -> str:
    """Quote a word for a shell if it needs that."""
    plain = text and all(char.isalnum() or char in "_-./=:,+@%{}~" for char in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _list_items(text: str, at: int) -> list[str]:
    """Give the strings of a list that begins at `at`: `["rm", "-rf", "/"]`."""
    items: list[str] = []
    while at < len(text) and text[at] in "'\"" and len(items) < 32:
        closing = _closing(text, at, quote=text[at])
        items.append(text[at + 1 : closing])
        rest = text[closing + 1 : closing + 9].lstrip(" ")
        if not rest.startswith(","):
            break
        at = text.find(",", closing) + 1
        while at < len(text) and text[at] in " \n":
            at += 1
    return items


def _next_quote(text: str, at: int) -> tuple[int, str]:
    found = min((place for quote in "'\"`" if (place := text.find(quote, at)) >= 0), default=-1)
    return found, text[found] if found >= 0 else ""


def _closing(text: str, at: int, *, quote: str) -> int:
    closing = at + 1
    while closing < len(text) and text[closing] != quote:
        closing += 2 if text[closing] == "\\" else 1
    return min(closing, len(text))


def _name_start(text: str) -> int:
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return start
