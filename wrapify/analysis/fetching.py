"""Pure. What the programs of the network print, and which file they write instead."""

from __future__ import annotations

from wrapify.analysis.values import NETWORK, NOTHING, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.invocation import Invocation

PRINTED = frozenset(("", "-", "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1", "/dev/stderr"))
COPIERS = frozenset(("scp", "rsync", "sftp"))
PRINTERS = frozenset(("lynx", "links", "elinks", "w3m", "httpie", "ssh", "nc", "socat", "dig"))
"""Those that print, whatever their options are called."""
OPTIONS = {"curl": ("-o", "--output"), "axel": ("-o", "--output"), "aria2c": ("-o", "--out")}
DIRECTORIES = {
    "wget": ("-P", "--directory-prefix"),
    "curl": ("--output-dir",),
    "aria2c": ("-d", "--dir"),
}


def fetched(by: Invocation, given: Content) -> Content:
    """Give what a program for the network prints: nothing if it writes a file instead."""
    hosts = tuple(by.plain()[:8])
    if by.name in COPIERS:
        return Content(None, hosts=hosts)
    printed = by.name in PRINTERS or target_file(by) in PRINTED
    return Content(None, origins=NETWORK, paths=given.paths, hosts=hosts) if printed else NOTHING


def target_file(by: Invocation) -> str:
    """Give the file that a fetcher writes, "" if it prints."""
    if by.name in COPIERS:
        return _copied(by)
    if by.name in PRINTERS:
        return ""
    texts = list(by.words())
    named = value_of(texts, OPTIONS.get(by.name, ("-o", "-O", "--output", "--output-document")))
    return _inside(value_of(texts, DIRECTORIES.get(by.name, ())), named or _by_address(by))


def value_of(texts: list[str], options: tuple[str, ...]) -> str:
    """Give the value of one of these options, in all the ways to write one."""
    for number, text in enumerate(texts):
        for option in options:
            if text == option or _ends_with(text, option):
                return texts[number + 1] if number + 1 < len(texts) else ""
            if len(option) > 2 and text.startswith(f"{option}="):
                return text.partition("=")[2]
            glued = _glued(text, option)
            if glued:
                return glued
    return ""


def _ends_with(text: str, option: str) -> bool:
    """Tell whether a cluster of short options ends with this one, so that its value is the next word."""
    return _is_cluster(text, option) and text[-1:] == option[1] and text[1:].isalpha()


def _glued(text: str, option: str) -> str:
    """Give the value that stands right behind a short option: `-ofile`, `-sSofile`."""
    at = text.find(option[1]) if _is_cluster(text, option) else -1
    return text[at + 1 :] if at == 1 or (at > 1 and text[1:at].isalpha()) else ""


def _is_cluster(text: str, option: str) -> bool:
    return len(option) == 2 and text[:1] == "-" and text[1:2] not in ("-", "")


def _by_address(by: Invocation) -> str:
    """Give the file that is called as the address ends."""
    own = by.name in ("wget", "aria2c", "axel") or (by.name == "curl" and by.has("-O", "--remote-name", "-J"))
    urls = [text for text in by.plain() if "/" in text or "." in text] if own else []
    return urls[-1].rstrip("/").rpartition("/")[2].partition("?")[0] or "index.html" if urls else ""


def _copied(by: Invocation) -> str:
    """Give the file that a copy from another machine makes, "" if it goes there."""
    plain = by.plain()
    if len(plain) < 2 or ":" not in plain[-2]:
        return ""
    name = plain[-2].rstrip("/").rpartition("/")[2].rpartition(":")[2]
    return _inside(
        plain[-1] if plain[-1].endswith(("/", ".")) else "", name if plain[-1].endswith(("/", ".")) else plain[-1]
    )


def _inside(directory: str, name: str) -> str:
    if not directory or directory == "." or name in PRINTED or name.startswith("/"):
        return name
    return f"{directory.rstrip('/')}/{name}"
