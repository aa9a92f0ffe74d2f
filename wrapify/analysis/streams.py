"""Pure. What a program would print, as far as that can be told without running it."""

from __future__ import annotations

from wrapify.analysis import decoding
from wrapify.analysis.escapes import unescape
from wrapify.analysis.programs import DECODERS, FETCHERS, FILTERS
from wrapify.analysis.values import DECODED, NETWORK, NOTHING, PROGRAM, UNKNOWN, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.analysis.invocation import Invocation

    Files = dict[str, Content]
    Simulator = Callable[..., Content]


def output(by: Invocation, stdin: Content | None, *, files: Files) -> Content:
    """Give what `by` would print, reading `stdin` (None: a terminal) and the `files` that the text wrote."""
    given = stdin if stdin is not None else Content(None)
    simulator = SIMULATORS.get(by.name)
    if simulator is not None:
        return simulator(by, given, files=files)
    if by.name in FETCHERS:
        return fetched(by, given)
    if by.name in FILTERS:
        decoded = DECODED if by.name in DECODERS and _decodes(by) else 0
        return _input(by, given, files=files).changed(None, origins=decoded)
    if NETWORK_CODE.intersection(_tokens(by)):
        return Content(None, origins=NETWORK | PROGRAM)
    return Content(None, origins=PROGRAM | given.origins, paths=given.paths, hosts=given.hosts)


NETWORK_CODE = frozenset(("urlopen", "requests", "urllib", "LWP", "Net::HTTP", "fsockopen", "fetch", "http", "socket"))


def _tokens(by: Invocation) -> set[str]:
    """Give the words of code on the command line of a language."""
    if by.name not in ("python", "perl", "ruby", "node", "php", "deno", "bun", "lua"):
        return set()
    text = " ".join(by.words())[:4096]
    return set("".join(char if char.isalnum() or char == ":" else " " for char in text).split())


def fetched(by: Invocation, given: Content) -> Content:
    """Give what a program for the network prints: nothing if it writes a file instead."""
    content = Content(None, origins=NETWORK, paths=given.paths, hosts=tuple(by.plain()[:8]))
    target = target_file(by)
    if by.name in ("ssh", "scp", "rsync", "sftp"):
        return Content(None, origins=NETWORK if by.name == "ssh" else 0, hosts=content.hosts)
    return content if target in ("", "-", "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1") else NOTHING


def target_file(by: Invocation) -> str:
    """Give the file that a fetcher writes, "" if it prints."""
    texts = list(by.words())
    for number, text in enumerate(texts):
        for option in ("-o", "-O", "--output", "--output-document") if by.name != "curl" else ("-o", "--output"):
            if text.startswith(f"{option}=") and len(option) > 2:
                return text.partition("=")[2]
            if _ends_with(text, option):
                return texts[number + 1] if number + 1 < len(texts) else ""
            if text.startswith(option) and len(option) == 2 and not text.startswith("--"):
                return text[2:]
            glued = text.find(option[1]) if len(option) == 2 and text[:1] == "-" and text[1:2] != "-" else -1
            if glued > 0 and text[1:glued].isalpha():
                return text[glued + 1 :]
    named = by.name in ("wget", "aria2c", "axel") or (by.name == "curl" and by.has("-O", "--remote-name", "-J"))
    urls = [text for text in by.plain() if "/" in text or "." in text] if named else []
    return urls[-1].rstrip("/").rpartition("/")[2].partition("?")[0] or "index.html" if urls else ""


def _ends_with(text: str, option: str) -> bool:
    """Tell whether the value of `option` is the next word: alone, or last in a cluster of short ones."""
    if text == option:
        return True
    return len(option) == 2 and text[:1] == "-" and text[1:2] != "-" and text[-1:] == option[1] and text[1:].isalpha()


def _decodes(by: Invocation) -> bool:
    """Tell whether a program is told to decode, or does nothing else."""
    if by.name in ("base64", "base32", "basenc", "gzip", "bzip2", "xz", "zstd", "lzma", "lz4", "brotli"):
        return by.has("-d", "-D", "--decode", "--decompress", "-c", "--stdout") and by.has(
            "-d", "-D", "--decode", "--decompress"
        )
    if by.name in ("openssl", "gpg", "gpg2", "age"):
        return by.has("-d", "--decrypt", "-D")
    if by.name == "xxd":
        return by.has("-r", "-revert")
    return by.name not in ("rev", "tr", "tar")


def _input(by: Invocation, given: Content, *, files: Files, skip: int = 0) -> Content:
    """Give what a filter reads: the files it names, else its input."""
    named = [text for text in by.plain()[skip:] if text]
    if not named:
        return given
    content = NOTHING
    for path in named[:8]:
        one = given if path == "-" else files.get(clean(path)) or Content(None, paths=(path,))
        content = content.joined(one)
    return content.joined(Content("", origins=given.origins)) if by.name in ("sed", "awk", "grep", "tr") else content


def clean(path: str) -> str:
    """Give a path as the files a text wrote are known by."""
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    return path.replace("//", "/")


def _echo(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    texts = [value.text for value in by.arguments]
    escapes = False
    while texts and texts[0][:1] == "-" and texts[0][1:] and not set(texts[0][1:]) - set("neE"):
        escapes = "e" in texts.pop(0) or escapes
    line = " ".join(texts)
    return _carried(by, (unescape(line) if escapes else line) + "\n")


def _carried(by: Invocation, text: str) -> Content:
    """Give a text with the origins of the substitutions in the arguments."""
    content = Content("")
    for value in by.arguments:
        if value.content is not None:
            content = content.joined(Content("", origins=value.content.origins, paths=value.content.paths))
    return content.changed(text)


def _printf(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    texts = [value.text for value in by.arguments]
    if texts[:1] == ["--"]:
        texts.pop(0)
    if not texts:
        return NOTHING
    if texts[0] == "-v":
        return NOTHING
    return _carried(by, formatted(texts[0], texts[1:]))


def formatted(form: str, arguments: list[str]) -> str:
    """Carry out a format of printf, as often as the arguments ask for it."""
    pieces: list[str] = []
    left = list(arguments[:256])
    for _ in range(256):
        used = len(left)
        at = 0
        while (found := form.find("%", at)) >= 0:
            pieces.append(unescape(form[at:found]))
            end = found + 1
            while end < len(form) and form[end] in "-+ #0123456789.*":
                end += 1
            kind = form[end : end + 1]
            if kind == "%":
                pieces.append("%")
            else:
                argument = left.pop(0) if left else ""
                pieces.append(unescape(argument) if kind == "b" else argument)
            at = end + 1
        pieces.append(unescape(form[at:]))
        if not left or len(left) == used:
            break
    return "".join(pieces)


def _cat(by: Invocation, given: Content, *, files: Files) -> Content:
    return _input(by, given, files=files)


def _mapped(change: Callable[[Invocation, str], str | None], *, skip: int = 0, origins: int = 0) -> Simulator:
    """Make a simulator of what changes its input by `change`, which gives None where that cannot be told."""

    def simulate(by: Invocation, given: Content, *, files: Files) -> Content:
        content = _input(by, given, files=files, skip=skip)
        known = content.text is not None and UNKNOWN not in content.text
        text = change(by, content.text or "") if known else None
        return content.changed(text, origins=origins)

    return simulate


def _base64(by: Invocation, given: Content, *, files: Files) -> Content:
    content = _input(by, given, files=files)
    if not by.has("-d", "-D", "--decode", "-di"):
        return content.changed(None)
    text = decoding.base(content.text, by.name) if content.text is not None else None
    return content.changed(text, origins=DECODED)


def _openssl(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    words = list(by.words())
    if words[:1] == ["s_client"]:
        return Content(None, origins=NETWORK, hosts=tuple(words[1:4]))
    if not by.has("-d"):
        return given.changed(None)
    known = given.text is not None and ("base64" in words or "-base64" in words or words[:2] == ["enc", "-a"])
    return given.changed(decoding.base(given.text or "", "base64") if known else None, origins=DECODED)


def _xxd(by: Invocation, text: str) -> str | None:
    return decoding.hexadecimal(text) if by.has("-r") else None


def _which(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    names = by.plain()
    return Content(f"/usr/bin/{names[0]}\n") if names else NOTHING


def _basename(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    names = by.plain()
    return Content(names[0].rstrip("/").rpartition("/")[2] + "\n") if names else NOTHING


def _silent(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    return NOTHING


def _command(by: Invocation, given: Content, *, files: Files) -> Content:
    return _which(by, given, files=files) if by.has("-v", "-V", "-p", "-P", "-t") else Content(None, origins=PROGRAM)


def _uncompressed(by: Invocation, given: Content, *, files: Files) -> Content:
    if by.name in ("gzip", "bzip2", "xz") and not by.has("-d", "--decompress"):
        return given.changed(None)
    content = _input(by, given, files=files)
    return content.changed(decoding.uncompressed(content.text) if content.text else None, origins=DECODED)


def _clipboard(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    return Content(None, origins=PROGRAM)


SIMULATORS: dict[str, Simulator] = {
    "echo": _echo,
    "print": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": lambda by, given, *, files: given,  # noqa: ARG005
    "pv": _cat,
    "tac": _mapped(lambda by, text: "\n".join(reversed(text.strip("\n").split("\n"))) + "\n"),  # noqa: ARG005
    "rev": _mapped(lambda by, text: "\n".join(line[::-1] for line in text.split("\n")), origins=DECODED),  # noqa: ARG005
    "tr": _mapped(lambda by, text: decoding.translated(text, list(by.words())), skip=9, origins=DECODED),
    "sed": _mapped(lambda by, text: decoding.edited(text, list(by.words())), skip=9),
    "xxd": _mapped(_xxd, skip=9, origins=DECODED),
    "base64": _base64,
    "base32": _base64,
    "openssl": _openssl,
    "gunzip": _uncompressed,
    "zcat": _uncompressed,
    "gzip": _uncompressed,
    "bunzip2": _uncompressed,
    "bzip2": _uncompressed,
    "unxz": _uncompressed,
    "xz": _uncompressed,
    "which": _which,
    "type": _which,
    "command": _command,
    "whereis": _which,
    "basename": _basename,
    "true": _silent,
    "false": _silent,
    ":": _silent,
    "cd": _silent,
    "mkdir": _silent,
    "rm": _silent,
    "chmod": _silent,
    "export": _silent,
    "sleep": _silent,
    "set": _silent,
    "git": _clipboard,
}
