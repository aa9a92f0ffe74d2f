"""Pure. What a program would print, as far as that can be told without running it."""

from __future__ import annotations

from wrapify.analysis import decoding, filters
from wrapify.analysis.fetching import fetched
from wrapify.analysis.places import clean
from wrapify.analysis.printing import PRINTERS, prints_words
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
    printer = PRINTERS.get(by.name)
    if printer is not None:
        return printer(by)
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
        named: list[str] | None = [] if by.name in LANGUAGES else None
        printed = MADE if stdin is None and prints_words(by) else 0
        content = unfollowed(_input(by, given, files=files, named=named), origins=decoded | printed)
        return content.joined(given.changed(""))
    origins = PROGRAM | given.origins | (MADE if tokens or prints_words(by) else 0)
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
        return by.has("-d", "-D", "--decode", "--decompress")
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


def _passed(by: Invocation, given: Content, *, files: Files) -> Content:  # noqa: ARG001
    return given


def _cat(by: Invocation, given: Content, *, files: Files) -> Content:
    return _input(by, given, files=files)


def _mapped(change: Callable[[str, list[str]], str | None], *, origins: int = 0) -> Simulator:
    """Make a simulator of what changes its input by `change`, which gives None where that cannot be told."""

    def simulate(by: Invocation, given: Content, *, files: Files) -> Content:
        named = [path for path in by.plain() if path == "-" or clean(by.place(path)) in files]
        content = _input(by, given, files=files, named=named if named or given.text is not None else by.plain())
        if content is not given:
            content = content.joined(given.changed(""))
        if content.text is None or UNKNOWN in content.text:
            return content.changed(None, origins=origins)
        text = change(content.text, [word for word in by.words() if word not in named or word == "-"])
        return unfollowed(content, origins=origins) if text is None else content.changed(text, origins=origins)

    return simulate


def _awk(by: Invocation, given: Content, *, files: Files) -> Content:
    """Carry awk out: a program that only begins reads nothing."""
    begins = any(text.startswith("BEGIN") for text in by.words())
    if not begins or given.text is not None:
        return _mapped(filters.awk)(by, given, files=files)
    content = _mapped(filters.awk)(by, Content("\n"), files=files)
    return content if content.text is not None else content.changed(None, origins=MADE)


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


def _turned(text: str, words: list[str]) -> str | None:
    return None if words else "\n".join(reversed(text.strip("\n").split("\n"))) + "\n"


def _reversed(text: str, words: list[str]) -> str | None:
    return None if words else "\n".join(line[::-1] for line in text.split("\n"))


def _uncompressed(by: Invocation, given: Content, *, files: Files) -> Content:
    if by.name in ("gzip", "bzip2", "xz") and not by.has("-d", "--decompress"):
        packs = by.name == "gzip" and given.text is not None and UNKNOWN not in given.text
        return given.changed(decoding.compressed(given.text or "")) if packs else unfollowed(given)
    content = _input(by, given, files=files)
    return content.changed(decoding.uncompressed(content.text) if content.text else None, origins=DECODED)


SIMULATORS: dict[str, Simulator] = {
    "cat": _cat,
    "pv": _cat,
    "tee": _passed,
    "dd": _passed,
    "tac": _mapped(_turned),
    "rev": _mapped(_reversed, origins=DECODED),
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
    "base64": _base64,
    "base32": _base64,
    "openssl": _openssl,
    **dict.fromkeys("gunzip zcat gzip bunzip2 bzip2 unxz xz".split(), _uncompressed),
}
