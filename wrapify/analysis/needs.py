"""Pure. What a command line or script needs that has to be decided before it runs: the network, the rights of root.

A line of plain words is told by them alone, since the walk costs its imports at every start.
"""

from __future__ import annotations

from wrapify.analysis.code import fetches
from wrapify.analysis.programs import FETCHERS, RIGHTS, SHELLS, canonical
from wrapify.analysis.values import NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wrapify.analysis.invocation import Course

LONGEST = 1 << 20
"""Characters of a text that are looked at."""
ACTIVE = frozenset("'\"\\$`|;&<>(){}*?[\n\r#=~!")
"""What makes a line more than plain words."""

ALWAYS = FETCHERS | frozenset(
    "ncat ping npx pnpx bunx uvx pipx rustup nvm fnm volta mise asdf sdk brew hub svn yt-dlp youtube-dl whois".split()
)
"""Programs of no use without a network."""

ASKED = (
    (
        "apt apt-get aptitude dnf dnf5 yum zypper apk snap flatpak",
        "install update upgrade full-upgrade dist-upgrade download source build-dep refresh add in up dup reinstall",
    ),
    (
        "pip pip3 pip2 uv poetry pdm conda mamba easy_install",
        "install download sync add update upgrade lock create pip wheel tool",
    ),
    ("npm yarn pnpm bun deno", "install i ci add update upgrade up dlx exec create x"),
    ("git", "clone fetch pull push ls-remote submodule remote"),
    ("cargo", "install add update fetch publish search"),
    ("go", "get install mod"),
    ("gem bundle composer", "install update fetch add require create-project"),
    ("docker podman helm", "pull push build run repo install upgrade"),
    ("nix", "run shell build develop"),
    ("pacman", "-S -Sy -Syu -Syyu -Su"),
)
"""Programs that need a network for some of what they do, and the words for that."""


class Needs:
    """Hold what a text needs: the network, the rights of root."""

    __slots__ = ("network", "root")

    def __init__(self, *, network: bool, root: bool) -> None:
        self.network = network
        self.root = root


def needs(text: str, *, shell: str = "bash") -> Needs:
    """Tell what a command line or script needs. For the network one guess too many costs the view of the home."""
    seen = text[:LONGEST]
    if ACTIVE.isdisjoint(seen):
        words = seen.split()
        called = [number for number in range(min(len(words), 4)) if _may_call(words, number)]
        return Needs(
            network=any(_asks(canonical(words[number]), words[number + 1 :]) for number in called),
            root=any(canonical(words[number]) in RIGHTS for number in called),
        )
    from wrapify.analysis.walk import follow

    _, course = follow(seen, shell=shell, arguments=True)
    return Needs(network=network(course), root=root(course))


def root(course: Course) -> bool:
    """Tell whether something in it asks for the rights of root."""
    return any(by.name in RIGHTS or not RIGHTS.isdisjoint(by.wrappers) for by in course.invocations)


def network(course: Course) -> bool:
    """Tell whether something in it is of use only with a network."""
    return any(
        _asks(by.name, by.words())
        or any(path.startswith(("/dev/tcp/", "/dev/udp/")) for path in (*by.reads, *_paths(by.writes)))
        for by in course.invocations
    ) or any(feed.content.origins & NETWORK or fetches(feed.content.text or "", feed.language) for feed in course.feeds)


def _paths(writes: list[tuple[str, bool]]) -> Iterator[str]:
    return (path for path, _ in writes)


def _may_call(words: list[str], number: int) -> bool:
    """Tell whether the word of this number may be a command: the first, or one behind a wrapper and its options."""
    from wrapify.analysis.programs import WRAPPERS

    front = [canonical(word) for word in words[:number] if word[:1] != "-" and not word.isdigit()]
    return all(word in WRAPPERS or word in SHELLS or word == "python" for word in front)


def _asks(name: str, arguments: Iterable[str]) -> bool:
    if name in ALWAYS:
        return True
    given = [word for word in arguments if word][:6]
    if name == "python" and given[:1] == ["-m"]:
        return _asks(given[1], given[2:]) if len(given) > 1 else False
    return any(name in names.split() and not set(words.split()).isdisjoint(given[:4]) for names, words in ASKED)
