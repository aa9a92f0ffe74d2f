"""Pure. Which code a program would run: what is given to a shell or a language, by argument, input, file or name."""

from __future__ import annotations

from wrapify.analysis.invocation import Feed, Invocation
from wrapify.analysis.programs import LANGUAGES, SHELLS
from wrapify.analysis.streams import clean
from wrapify.analysis.values import DECODED, NETWORK, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Files = dict[str, Content]

LINE_OPTIONS = {
    "su": ("-c", "--command"),
    "runuser": ("-c", "--command"),
    "sg": ("-c",),
    "script": ("-c", "--command"),
    "flock": ("-c", "--command"),
    "nix-shell": ("--run", "--command"),
    "nix": ("-c",),
    "wsl": ("-e",),
    "konsole": ("-e",),
    "xterm": ("-e",),
    "gnome-terminal": ("-e",),
}
"""Programs that take a line of shell behind an option."""
WHOLE_LINES = frozenset(("watch", "parallel", "at", "batch"))
"""Programs whose words are a line of shell."""
STANDARD_INPUT = frozenset(("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"))
SHELL_VALUES = frozenset(("-o", "-O", "+o", "+O", "--rcfile", "--init-file"))


def feeds(by: Invocation, files: Files) -> Iterator[Feed]:
    """Give the code that `by` would run."""
    if by.name in SHELLS:
        yield from _shell(by, files)
    elif by.name in LANGUAGES:
        yield from _language(by, files)
    elif by.name == "eval":
        # `… | eval` runs nothing, but whoever writes it means it to.
        code = by.stdin if not by.arguments and by.stdin is not None else _joined(by.arguments)
        yield Feed(by, code, language="shell", how="eval")
    elif by.name in ("source", "."):
        yield from _sourced(by, files)
    elif by.name in LINE_OPTIONS:
        yield from _line_option(by)
    elif by.name == "trap" and by.arguments and by.arguments[0].text not in ("-", "", "-p", "-l"):
        yield Feed(by, _content(by.arguments[0]), language="shell", how="argument")
    elif by.name == "find":
        yield from _find(by)
    elif by.name == "tar":
        yield from _checkpoint(by)
    elif by.name == "git":
        yield from _git(by)
    if by.name in ("sudo", "doas", "sudo-rs") and by.has("-s", "-i", "--shell", "--login") and by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")
    if by.name == "su" and by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")
    if by.name in ("at", "batch") and by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")
    if WHOLE_LINES.intersection(by.wrappers) and " " in by.word.text:
        yield Feed(by, _joined([by.word, *by.arguments]), language="shell", how="argument")
    yield from _called(by, files)


def _content(value: Value) -> Content:
    """Give an argument as code: its text, and where what was substituted in it comes from."""
    return value.content.changed(value.text) if value.content is not None else Content(value.text)


def _joined(values: list[Value]) -> Content:
    content = Content("")
    for number, value in enumerate(values):
        one = _content(value)
        content = content.joined(one if not number else one.changed(f" {value.text}"))
    return content


def _of_file(value: Value, by: Invocation, *, files: Files) -> Content:
    """Give the content of a file that is named on a command line."""
    if value.content is not None and (value.content.origins or value.content.text is not None):
        return value.content
    if value.text in STANDARD_INPUT:
        return by.stdin or Content(None)
    return files.get(clean(value.text)) or Content(None, paths=(value.text,))


def _shell(by: Invocation, files: Files) -> Iterator[Feed]:
    values, at, inline = by.arguments, 0, False
    while at < len(values):
        text = values[at].text
        if text == "--" or text[:1] not in ("-", "+") or len(text) == 1 or text in STANDARD_INPUT:
            break
        if text in SHELL_VALUES:
            if text.endswith("file") and at + 1 < len(values):
                yield Feed(by, _of_file(values[at + 1], by, files=files), language="shell", how="file")
            at += 1
        elif _takes_code(text):
            inline = True
        at += 1
    at += at < len(values) and values[at].text == "--"
    if inline:
        if at < len(values):
            yield Feed(by, _content(values[at]), language="shell", how="argument")
        return
    if at < len(values) and not by.has("-s"):
        yield Feed(by, _of_file(values[at], by, files=files), language="shell", how="file")
    elif by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")


def _takes_code(text: str) -> bool:
    """Tell whether an option of a shell takes code: `-c`, in a cluster too, or fish's names for it."""
    if text[:2] == "--":
        return text in ("--command", "--commands", "--init-command") or text.startswith("--command=")
    return "c" in text[1:] or text == "-C"


def _language(by: Invocation, files: Files) -> Iterator[Feed]:
    inline, valued = (options.split() for options in LANGUAGES[by.name])
    values, at, found = by.arguments, 0, False
    if by.name == "deno" and values and values[0].text in ("eval", "run"):
        inline, at = ["eval"] if values[0].text == "eval" else [], 1 if values[0].text == "run" else 0
    while at < len(values):
        text = values[at].text
        if text in inline or (len(text) > 2 and text[:1] == "-" and text[1] != "-" and f"-{text[-1]}" in inline):
            if at + 1 < len(values):
                yield Feed(by, _content(values[at + 1]), language=by.name, how="argument")
            found, at = True, at + 2
        elif len(text) > 2 and text[:2] in inline and by.name in ("python", "perl", "ruby", "php", "lua"):
            yield Feed(by, Content(text[2:]), language=by.name, how="argument")
            found, at = True, at + 1
        elif text in valued:
            found = found or text == "-m"
            at += 2
        elif text[:1] == "-" and len(text) > 1:
            at += 1
        else:
            break
    if found:
        return
    if by.name == "awk":
        if at < len(values):
            yield Feed(by, _content(values[at]), language="awk", how="argument")
    elif at < len(values) and values[at].text not in STANDARD_INPUT:
        yield Feed(by, _of_file(values[at], by, files=files), language=by.name, how="file")
    elif by.stdin is not None:
        yield Feed(by, by.stdin, language=by.name, how="input")


def _sourced(by: Invocation, files: Files) -> Iterator[Feed]:
    if by.arguments:
        yield Feed(by, _of_file(by.arguments[0], by, files=files), language="shell", how="file")
    elif by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")  # fish: curl … | source


def _line_option(by: Invocation) -> Iterator[Feed]:
    for option, value in zip(by.arguments, by.arguments[1:], strict=False):
        cluster = option.text[:1] == "-" and option.text[1:2] != "-" and option.text[-1:] == "c"
        if option.text in LINE_OPTIONS[by.name] or (cluster and "-c" in LINE_OPTIONS[by.name]):
            yield Feed(by, _content(value), language="shell", how="argument")
    for value in by.arguments:
        if value.text.startswith("--command="):
            yield Feed(by, Content(value.text.partition("=")[2]), language="shell", how="argument")


def _find(by: Invocation) -> Iterator[Feed]:
    """Give what `find -exec` runs, as a line whose words are quoted."""
    values = by.arguments
    for number, value in enumerate(values):
        if value.text in ("-exec", "-execdir", "-ok", "-okdir"):
            words = []
            for one in values[number + 1 :]:
                if one.text in (";", "+"):
                    break
                words.append(_quoted(one.text))
            yield Feed(by, Content(" ".join(words)), language="shell", how="argument")


def _quoted(text: str) -> str:
    plain = text and all(char.isalnum() or char in "_-./=:,+@%{}~" for char in text)
    return text if plain else "'" + text.replace("'", "'\\''") + "'"


def _checkpoint(by: Invocation) -> Iterator[Feed]:
    for text in by.words():
        for marker in ("--checkpoint-action=exec=", "--to-command=", "--use-compress-program="):
            if text.startswith(marker):
                yield Feed(by, Content(text[len(marker) :]), language="shell", how="argument")


def _git(by: Invocation) -> Iterator[Feed]:
    """Give what git is told to run by its configuration: `-c alias.x=!…`, `-c core.pager=…`."""
    for option, value in zip(by.words(), by.arguments[1:], strict=False):
        key, _, line = value.text.partition("=")
        if option == "-c" and line.startswith("!"):
            yield Feed(by, Content(line[1:]), language="shell", how="argument")
        elif option == "-c" and key.lower() in ("core.sshcommand", "core.pager", "core.editor", "core.fsmonitor"):
            yield Feed(by, Content(line), language="shell", how="argument")


def _called(by: Invocation, files: Files) -> Iterator[Feed]:
    """Give the content of a program that the text itself wrote, or that a substitution gives."""
    content = files.get(clean(by.path))
    if "/" in by.path and content is not None and by.name not in SHELLS:
        yield Feed(by, content, language="shell", how="file")
    if by.word.content is not None and by.word.content.origins & (NETWORK | DECODED):
        yield Feed(by, by.word.content.changed(None), language="shell", how="eval")


WAYS = {"argument": "in an argument of {}", "input": "in what {} reads", "file": "in a file for {}", "eval": "in {}"}


def way(feed: Feed) -> str:
    """Say where code in code is."""
    decoded = "decoded, " if feed.content.origins & DECODED else ""
    return decoded + WAYS[feed.how].format(feed.by.name)


# What hands a line to a shell, in the languages.
CALLS = (
    "system popen exec execSync spawnSync spawn passthru shell_exec proc_open run call check_output check_call Popen"
    " getoutput execl execv execvp posix_spawn sh script qx open sys eval"
).split()


def shell_lines(text: str, language: str) -> Iterator[str]:
    """Give the strings in the code of a language that look as if they were handed to a shell. Bounded."""
    seen, at = 0, 0
    while seen < 64:
        found, quote = _next_quote(text, at)
        if found < 0:
            return
        closing = _closing(text, found, quote=quote)
        before = text[max(0, found - 48) : found].rstrip("([{ \t,br")
        name = before[_name_start(before) :]
        items = _list_items(text, found) if before.endswith("[") or text[max(0, found - 1) : found] == "[" else ()
        if len(items) > 1:
            yield " ".join(map(_quoted, items))
        if name in CALLS or before.endswith(("do shell script", "-c'", '-c"')) or (quote == "`" and language != "awk"):
            yield text[found + 1 : closing].replace(UNKNOWN, "")
        elif language == "awk" and text[closing + 1 : closing + 12].lstrip()[:1] == "|":
            yield text[found + 1 : closing]
        at, seen = closing + 1, seen + 1


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
