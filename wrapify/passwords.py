"""Pure. Finds passwords in options of one letter: `mysql -pSECRET`, `curl -u NAME:SECRET`, `echo SECRET | sudo -S`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER_P = frozenset(
    "mkdir rmdir cp install ssh scp sftp docker podman ps ss netstat tar read git set export declare typeset test trap"
    " command type umask bash zsh fish sh dash time lsof nmap pgrep journalctl make dpkg adb pacman xargs npx nix"
    " wrapify rsync python python3 pip perl touch ls lpr date unshare find gcc g++ cc clang openssl".split()
)
"""Programs whose -p is no password: a port, a parent, a profile."""
PASSWORD_OPTIONS = {
    "redis-cli": "-a", "http": "-a", "https": "-a", "zip": "-P", "unzip": "-P", "ldapsearch": "-w", "ldapadd": "-w",
    "ldapmodify": "-w", "smbclient": "-U", "openssl": "-k -K", "cqlsh": "-p", "mongo": "-p", "wpa_passphrase": "-p",
}  # fmt: skip
LOGIN_OPTIONS = ("-u", "-U", "--user", "--proxy-user")
READS_PASSWORD = ("sudo -S", "chpasswd", "stdin", "passwd", "cryptsetup", "askpass", "-S ")
SAYS = ("echo", "printf")
FRONT = frozenset("sudo doas env command exec time nohup nice then do else ! {".split())
BREAKS = frozenset(";|&()<>\n")


def closing(text: str, at: int) -> int:
    """Give where the quote that opens at `at` closes, the end of the text if nowhere."""
    quote, at = text[at], at + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" and quote == '"' else 1
    return min(at, len(text))


def word_end(text: str, at: int, *, stop: int) -> int:
    """Give where the word of a shell ends that begins at `at`."""
    while at < stop and not text[at].isspace() and text[at] not in BREAKS:
        if text[at] in "'\"":
            at = closing(text, at)
        elif text[at] == "\\":
            at += 1
        at += 1
    return min(at, stop)


def options(text: str) -> Iterator[tuple[int, int]]:
    """Give where the passwords stand."""
    feeds = any(word in text for word in READS_PASSWORD)
    program, before = "", ""
    for start, end, is_first in _words(text):
        word = text[start:end].strip("'\"")
        program = "" if is_first else program
        if not program:
            is_front = word in FRONT or "=" in word or word.startswith("-")
            program = "" if is_front else word.rsplit("/", 1)[-1]
        elif word == "login":
            program = word
        elif (feeds and (before == "<<<" or program in SAYS)) or _is_password(program, before, word=word):
            yield start, end
        elif glued := _glued(program, word):
            yield start + text[start:end].find(word) + glued, end
        before = word


def _words(text: str) -> Iterator[tuple[int, int, bool]]:
    """Give the words of a text, and whether each is the first of a command."""
    at, is_first = 0, True
    while at < len(text):
        if text.startswith("<<<", at):
            yield at, at + 3, False
            at += 3
        elif text[at] in BREAKS:
            is_first = is_first or text[at] not in "<>"
            at += 1
        elif text[at].isspace():
            at += 1
        else:
            end = word_end(text, at, stop=len(text))
            yield at, end, is_first
            at, is_first = end, False


def _is_password(program: str, before: str, *, word: str) -> bool:
    if before in LOGIN_OPTIONS:
        user, colon, password = word.partition(":")
        return (colon != "" and not (user + password).isdigit()) or before in PASSWORD_OPTIONS.get(program, "").split()
    if before == program == "login":
        return word[:1] not in ("-", "/") and "." not in word  # The address of what is logged in to has a dot.
    if before in PASSWORD_OPTIONS.get(program, "").split():
        return True
    return before == "-p" and not _no_password(program, word)


def _glued(program: str, word: str) -> int:
    """Give how long an option is that a password is glued to, 0 if there is none."""
    if word.startswith("--") or len(word) < 3:
        return 0
    options = PASSWORD_OPTIONS.get(program, "").split()
    if word[:2] in options or (word[:2] in LOGIN_OPTIONS and ":" in word):
        return 2
    return 2 if word[:2] == "-p" and not _no_password(program, word[2:]) else 0


def _no_password(program: str, word: str) -> bool:
    is_port = all(char.isdigit() or char in ":./-" for char in word)
    return program in OTHER_P or is_port
