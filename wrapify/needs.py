"""Pure. What a command line or script needs that has to be decided before it runs, as far as its words tell."""

from __future__ import annotations

LONGEST = 1 << 20
"""Characters of a text that are looked at."""

FETCHERS = (
    "curl wget wget2 aria2c axel lftp ftp sftp scp rsync ssh telnet nc ncat socat ping dig host nslookup whois"
    " npx pnpx bunx uvx pipx rustup nvm fnm volta mise asdf sdk brew gh glab hub svn yt-dlp youtube-dl"
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
WRAPPERS = (
    "sudo doas env exec command builtin time nohup timeout nice ionice setsid xargs eval then do else elif if while"
    " until ! { bash sh zsh dash python python3"
)
"""What stands in front of a command."""
BEGINS, ENDS = ";&|(`", "\"')}"
"""What begins a new command, and what may end one's words."""


def network(text: str) -> bool:
    """Tell whether a command line or script asks for something that only a network can give.

    A guess by its words: one too many costs the view of the home, one too few shows as a failure for want of a network.
    """
    seen = text[:LONGEST]
    fetchers, wrappers = frozenset(FETCHERS.split()), frozenset(WRAPPERS.split())
    asked = {name: frozenset(words.split()) for names, words in ASKED for name in names.split()}
    for segment in _segments(seen):
        words = _from_command(segment.split(), wrappers)
        name = words[0].rpartition("/")[2] if words else ""
        if name in fetchers or (name in asked and not asked[name].isdisjoint(words[1:4])):
            return True
    return "/dev/tcp/" in seen or "/dev/udp/" in seen


RIGHTS = ("sudo", "doas", "su", "pkexec", "run0")
"""Programs that give another command the rights of root."""


def root(text: str) -> bool:
    """Tell whether a command of a typed line asks for the rights of root."""
    return any(segment.split()[:1] and segment.split()[0].rpartition("/")[2] in RIGHTS for segment in _segments(text))


def _from_command(words: list[str], wrappers: frozenset[str]) -> list[str]:
    start = 0
    while start < len(words) and (words[start] in wrappers or words[start][0] in "-0123456789" or "=" in words[start]):
        start += 1
    return words[start : start + 4]


def _segments(text: str) -> list[str]:
    """Drop comments, and divide where a shell begins a new command."""
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    marks = {ord(char): "\n" for char in BEGINS} | {ord(char): " " for char in ENDS}
    return "\n".join(lines).translate(marks).split("\n")
