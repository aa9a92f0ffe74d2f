"""Pure. Which code a program would run: what is given to a shell or a language, by argument, input, file or name."""

from __future__ import annotations

from wrapify.analysis.calls import quoted
from wrapify.analysis.fetching import value_of
from wrapify.analysis.invocation import Feed, Invocation
from wrapify.analysis.lines import handed
from wrapify.analysis.places import ON_PATH, clean
from wrapify.analysis.programs import LANGUAGES, SHELLS
from wrapify.analysis.values import DECODED, MADE, NETWORK, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Files = dict[str, Content]

WHOLE_LINES = frozenset(
    "watch at batch flock hyperfine xterm x-terminal-emulator konsole gnome-terminal alacritty kitty foot"
    " xfce4-terminal terminator entr".split()
)
"""Programs whose words are a line of shell."""
LAUNCHERS = frozenset(("uv", "uvx", "pipx", "go", "npx", "bunx", "pnpx", "ansible-playbook"))
"""Programs that run a file, or an address, among their words."""
MOST_FILES = 4
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
    elif by.name == "trap":
        yield from _trapped(by)
    elif by.name in ("find", "fd", "fdfind"):
        yield from _find(by, files)
    elif by.name == "make":
        yield from _made(by, files)
    elif by.name == "bind":
        yield from (_line(by, Content(text.partition(":")[2].strip())) for text in by.plain() if ":" in text)
    elif by.name == "exec" and by.stdin is not None and not by.arguments:
        yield Feed(by, by.stdin, language="shell", how="input")  # the shell itself reads on from there
    elif by.name in LAUNCHERS:
        contents = [_of_file(value, by, files=files) for value in by.arguments]
        yield from (Feed(by, one, language=by.name, how="file") for one in contents if one.origins)
    elif by.name == "alias":
        yield from (_line(by, Content(line)) for name, _, line in _pairs(by) if line.strip() != name)
    yield from (_line(by, content) for content in handed(by))
    if by.name in ("sudo", "doas", "sudo-rs") and by.has("-s", "-i", "--shell", "--login") and by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")
    if by.name == "su" and by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")
    if by.name in ("at", "batch") and by.stdin is not None:
        yield Feed(by, by.stdin, language="shell", how="input")
    if by.name == "try":
        line = by.plain()[-1:]
        if line and " " in line[0]:
            yield Feed(by, Content(line[0]), language="shell", how="argument")
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
    if value.text in STANDARD_INPUT:
        return by.stdin or Content(None)
    if value.text.startswith(("http://", "https://")):
        return Content(None, origins=NETWORK, hosts=(value.text,))
    known = files.get(clean(by.place(value.text)))
    if known is not None:
        return known
    if value.content is not None and value.content.origins:
        return value.content.changed(None)
    return Content(None, paths=(value.text,))


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
            yield with_arguments(Feed(by, _content(values[at]), language="shell", how="argument"), values[at + 1 :])
    elif at < len(values) and not by.has("-s"):
        feed = Feed(by, _of_file(values[at], by, files=files), language="shell", how="file")
        yield with_arguments(feed, values[at:])
    elif by.stdin is not None:
        yield with_arguments(Feed(by, by.stdin, language="shell", how="input"), [by.word, *values[at:]])


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
        elif by.name == "python" and text[:2] == "-m" and len(text) > 2:
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
    script = value_of([value.text for value in values], ("-f", "--file")) if by.name == "awk" else ""
    if script:
        named = next((value for value in values if value.text == script), by.word)
        yield Feed(by, _of_file(named, by, files=files), language="awk", how="file")
    elif by.name == "awk":
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


def _line(by: Invocation, content: Content) -> Feed:
    return Feed(by, content, language="shell", how="argument")


def _pairs(by: Invocation) -> Iterator[tuple[str, str, str]]:
    return (text.partition("=") for text in by.words() if "=" in text)


def _trapped(by: Invocation) -> Iterator[Feed]:
    given = [value for value in by.arguments if value.text != "--"]
    if given and given[0].text not in ("-", "", "-p", "-l"):
        yield _line(by, _content(given[0]))


def _made(by: Invocation, files: Files) -> Iterator[Feed]:
    """Give what make reads: the file it is told, or the one it looks for, and lines among its words."""
    texts = list(by.words())
    named = value_of(texts, ("-f", "--file", "--makefile"))
    for name in (named,) if named else ("GNUmakefile", "makefile", "Makefile"):
        content = by.stdin if name in STANDARD_INPUT else files.get(clean(by.place(name)))
        if content is not None:
            yield Feed(by, content, language="make", how="file")
    for text in texts:
        if text.startswith("--eval="):
            yield Feed(by, Content(text.partition("=")[2]), language="make", how="argument")
        elif text.startswith(("SHELL=", "CC=", "CXX=")) and " " in text:
            yield _line(by, Content(text.partition("=")[2]))


RUN_OPTIONS = frozenset("-exec -execdir -ok -okdir -x -X --exec --exec-batch".split())


def _find(by: Invocation, files: Files) -> Iterator[Feed]:
    """Give what `find -exec` runs, as a line whose words are quoted: on files that the text wrote, if there are any."""
    texts = [value.text for value in by.arguments]
    written = [name for name in list(files)[:MOST_FILES] if name[:1] not in ("", "&", "$")]
    for number, text in enumerate(texts):
        if text in RUN_OPTIONS:
            behind = texts[number + 1 :]
            end = next((at for at, one in enumerate(behind) if one in (";", "+")), len(behind))
            line = " ".join(map(quoted, behind[:end]))
            yield _line(by, Content(line))
            yield from (_line(by, Content(line.replace("{}", quoted(name)))) for name in written if "{}" in line)


def _called(by: Invocation, files: Files) -> Iterator[Feed]:
    """Give the content of a program that the text itself wrote, or that a substitution gives."""
    content = _program(by.place(by.path), files)
    if content is not None and by.name not in SHELLS:
        yield with_arguments(Feed(by, content, language="shell", how="file"), [by.word, *by.arguments])
    if by.word.content is not None and by.word.content.origins & (NETWORK | DECODED | MADE):
        yield Feed(by, by.word.content.changed(None), language="shell", how="eval")


def _program(path: str, files: Files) -> Content | None:
    """Give the content of a program that the text wrote: by its path, or in a directory of programs by its name."""
    if "/" in path:
        return files.get(clean(path))
    return files.get(ON_PATH + path)


def with_arguments(feed: Feed, values: list[Value]) -> Feed:
    """Give code the name and the arguments it is run with."""
    feed.arguments = values
    return feed


WAYS = {"argument": "in an argument of {}", "input": "in what {} reads", "file": "in a file for {}", "eval": "in {}"}


def way(feed: Feed) -> str:
    """Say where code in code is."""
    decoded = "decoded, " if feed.content.origins & DECODED else ""
    return decoded + WAYS[feed.how].format(feed.by.name)
