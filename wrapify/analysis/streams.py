"""Pure. What a program would print, as far as that can be told without running it."""

from __future__ import annotations

from wrapify.analysis import decoding, filters
from wrapify.analysis.escapes import unescape
from wrapify.analysis.fetching import fetched
from wrapify.analysis.programs import DECODERS, FETCHERS, FILTERS, LANGUAGES
from wrapify.analysis.values import DECODED, MADE, NETWORK, NOTHING, PROGRAM, UNKNOWN, Content

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
    tokens = _tokens(by)
    if NETWORK_CODE.intersection(tokens):
        return Content(None, origins=NETWORK | PROGRAM)
    if by.name in FILTERS and (stdin is not None or not tokens):
        decoded = DECODED if by.name in DECODERS and _decodes(by) else 0
        named = [] if by.name in LANGUAGES else None
        content = unfollowed(_input(by, given, files=files, named=named), origins=decoded)
        return content.joined(Content("", origins=given.origins, hosts=given.hosts))
    origins = PROGRAM | given.origins | (MADE if tokens else 0)
    addresses = tuple(word for word in by.words() if word.startswith(("http://", "https://", "ftp://")))[:4]
    origins |= NETWORK if addresses else 0  # whatever the program is: what it prints may come from there
    return Content(None, origins=origins, paths=given.paths, hosts=(*given.hosts, *addresses))


def unfollowed(content: Content, *, origins: int = 0) -> Content:
    """Give what a program that is not followed makes of a content: of known text nobody can tell any more."""
    made = MADE if content.text and content.text.strip("\n" + UNKNOWN) else 0
    return content.changed(None, origins=origins | made)


NETWORK_CODE = frozenset(("urlopen", "requests", "urllib", "LWP", "Net::HTTP", "fsockopen", "fetch", "http", "socket"))


def _tokens(by: Invocation) -> set[str]:
    """Give the words of code on the command line of a language."""
    if by.name not in ("python", "perl", "ruby", "node", "php", "deno", "bun", "lua"):
        return set()
    text = " ".join(by.words())[:4096]
    return set("".join(char if char.isalnum() or char == ":" else " " for char in text).split())


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


def _input(by: Invocation, given: Content, *, files: Files, named: list[str] | None = None) -> Content:
    """Give what a filter reads: the files it names, else its input."""
    named = [text for text in (by.plain() if named is None else named) if text]
    if not named:
        return given
    content = NOTHING
    for path in named[:8]:
        place = by.place(path)
        one = given if path in INPUTS else files.get(clean(place)) or Content(None, paths=(place,))
        content = content.joined(one)
    return content


INPUTS = frozenset(("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"))
"""Names of what a program reads anyway."""
DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")


def clean(path: str) -> str:
    """Give a path as the files a text wrote are known by. Those of open descriptors are `&` and their number."""
    while path.startswith("./"):
        path = path[2:].lstrip("/")
    for place in DESCRIPTORS:
        if path.startswith(place):
            return "&" + path[len(place) :]
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
                pieces.append(_converted(kind, left.pop(0) if left else ""))
            at = end + 1
        pieces.append(unescape(form[at:]))
        if not left or len(left) == used:
            break
    return "".join(pieces)


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


def _cat(by: Invocation, given: Content, *, files: Files) -> Content:
    return _input(by, given, files=files)


def _mapped(change: Callable[[str, list[str]], str | None], *, origins: int = 0) -> Simulator:
    """Make a simulator of what changes its input by `change`, which gives None where that cannot be told."""

    def simulate(by: Invocation, given: Content, *, files: Files) -> Content:
        named = [path for path in by.plain() if path == "-" or clean(by.place(path)) in files]
        content = _input(by, given, files=files, named=named if named or given.text is not None else by.plain())
        content = (
            content.joined(Content("", origins=given.origins, hosts=given.hosts)) if content is not given else given
        )
        if content.text is None or UNKNOWN in content.text:
            return content.changed(None, origins=origins)
        text = change(content.text, [word for word in by.words() if word not in named or word == "-"])
        return unfollowed(content, origins=origins) if text is None else content.changed(text, origins=origins)

    return simulate


def _awk(by: Invocation, given: Content, *, files: Files) -> Content:
    """Carry awk out: a program that only begins reads nothing."""
    begins = any(text.startswith("BEGIN") for text in by.words())
    return _mapped(filters.awk)(by, Content("\n") if begins and given.text is None else given, files=files)


def _base64(by: Invocation, given: Content, *, files: Files) -> Content:
    content = _input(by, given, files=files)
    if not by.has("-d", "-D", "--decode", "-di"):
        encodes = by.name == "base64" and content.text is not None and UNKNOWN not in content.text
        return content.changed(decoding.encoded(content.text or "")) if encodes else unfollowed(content)
    text = decoding.base(content.text, by.name) if content.text is not None else None
    return content.changed(text, origins=DECODED)


def _openssl(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    words = list(by.words())
    if words[:1] == ["s_client"]:
        return Content(None, origins=NETWORK, hosts=tuple(words[1:4]))
    if not by.has("-d"):
        return given.changed(None)
    known = given.text is not None and not {"base64", "-base64", "-a", "-A"}.isdisjoint(words)
    return given.changed(decoding.base(given.text or "", "base64") if known else None, origins=DECODED)


def _unhexed(text: str, words: list[str]) -> str | None:
    return decoding.hexadecimal(text) if any(word[:1] == "-" and "r" in word for word in words) else None


def _reversed(text: str) -> str:
    return "\n".join(reversed(text.strip("\n").split("\n"))) + "\n"


def _which(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    names = by.plain()
    return Content(f"/usr/bin/{names[0]}\n") if names else NOTHING


def _basename(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    names = by.plain()
    return Content(names[0].rstrip("/").rpartition("/")[2] + "\n") if names else NOTHING


def _named(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    """Give what `ls` and `find` print: names of what is in the places they are told, all of it or what fits tests."""
    narrow = any(text.startswith(NARROWING) for text in by.words())
    places = [by.place(path) for path in by.plain() if path[:1] not in ("(", "!", ";")][:4]
    return Content(None, origins=PROGRAM, paths=() if narrow else tuple(f"{place}/*" for place in places or [by.place(".")]))


NARROWING = ("-name", "-iname", "-path", "-wholename", "-regex", "-iregex", "-nouser", "-used", "-ctime", "-cmin", "-atime", "-amin", "-mtime", "-mmin", "-size", "-newer", "-empty", "-perm")
"""Tests of find that let only some of the files through."""


def _silent(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    return NOTHING


def _command(by: Invocation, given: Content, *, files: Files) -> Content:
    return _which(by, given, files=files) if by.has("-v", "-V", "-p", "-P", "-t") else Content(None, origins=PROGRAM)


def _uncompressed(by: Invocation, given: Content, *, files: Files) -> Content:
    if by.name in ("gzip", "bzip2", "xz") and not by.has("-d", "--decompress"):
        packs = by.name == "gzip" and given.text is not None and UNKNOWN not in given.text
        return given.changed(decoding.compressed(given.text or "")) if packs else unfollowed(given)
    content = _input(by, given, files=files)
    return content.changed(decoding.uncompressed(content.text) if content.text else None, origins=DECODED)


def _temporary(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    """Give a name for the file that mktemp makes: another one for each call, the same as long as it is kept."""
    return Content(f"/tmp/tmp.{by.start:06}\n")


def _local(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    return Content(None, origins=PROGRAM)


SIMULATORS: dict[str, Simulator] = {
    "echo": _echo,
    "print": _echo,
    "printf": _printf,
    "cat": _cat,
    "tee": lambda by, given, *, files: given,  # noqa: ARG005
    "pv": _cat,
    "tac": _mapped(lambda text, words: _reversed(text)),  # noqa: ARG005
    "rev": _mapped(lambda text, words: "\n".join(line[::-1] for line in text.split("\n")), origins=DECODED),  # noqa: ARG005
    "tr": _mapped(decoding.translated, origins=DECODED),
    "sed": _mapped(decoding.edited),
    "cut": _mapped(filters.cut),
    "head": _mapped(filters.head),
    "tail": _mapped(filters.tail),
    "sort": _mapped(filters.order),
    "uniq": _mapped(filters.unique),
    "fold": _mapped(filters.fold),
    "paste": _mapped(filters.paste),
    "grep": _mapped(filters.grep),
    "awk": _awk,
    "xxd": _mapped(_unhexed, origins=DECODED),
    "ls": _named,
    "find": _named,
    "dd": lambda by, given, *, files: given,  # noqa: ARG005
    "mktemp": _temporary,
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
    **dict.fromkeys("true false : cd mkdir rm chmod export sleep set".split(), _silent),
    "git": _local,
}
