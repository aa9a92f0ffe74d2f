"""Pure. The rules by id: how grave each usually is, and one line that says what it finds.

A policy may name any of them (`rule.ID`), and the README lists them. A rule may report a finding as graver or less
grave than it usually is.
"""

from __future__ import annotations

STRUCTURE = {
    "sudo": ("medium", "asks for the rights of root, in whatever disguise"),
    "download-run": ("high", "runs code that it downloads"),
    "decoded-run": ("high", "runs code that it decodes first"),
    "local-run": ("info", "runs code that a program of this machine prints"),
    "odd-spelling": ("high", "spells a command so that it is not recognised"),
    "reverse-shell": ("critical", "hands a shell to another machine"),
    "persistence": ("medium", "makes something run at every login or start"),
    "secrets-read": ("medium", "reads keys, tokens or passwords"),
    "secrets-out": ("critical", "sends keys, tokens or passwords to another machine"),
    "destruction": ("high", "wipes files, a disk or a system"),
    "security-off": ("medium", "switches a protection of the machine off"),
    "unsigned-source": ("medium", "takes packages from a source that nobody vouches for"),
    "history-off": ("medium", "hides from the history of the shell"),
    "container-escape": ("medium", "starts a container that has this machine in its hands"),
    "tls-off": ("low", "does not check who it is talking to"),
    "not-read-whole": ("medium", "is too long or too deep to be read to its end"),
}
"""What is found in what a text does."""

CHARACTERS = {
    "paste-end": ("critical", "breaks out of the paste"),
    "escape-hides": ("high", "an escape sequence hides a part of the text"),
    "escape-acts": ("high", "an escape sequence acts on the terminal"),
    "escape-other": ("medium", "an escape character of unknown purpose"),
    "escape-colour": ("low", "a colour sequence was copied along"),
    "nul": ("medium", "a NUL in the text"),
    "backspace": ("high", "a backspace draws over what stands before"),
    "control-character": ("medium", "a control character in the text"),
    "carriage-return": ("high", "a carriage return draws over what stands before"),
    "decoy-comment": ("high", "a comment is drawn over the command"),
    "stray-return": ("medium", "a carriage return within a line"),
    "bidi-control": ("high", "the direction of the text is turned"),
    "bidi-mark": ("medium", "an unseen mark of direction"),
    "zero-width": ("medium", "a character without width"),
    "byte-order-mark": ("info", "an unseen mark at the beginning"),
    "tag-characters": ("high", "unseen letters spell a text"),
    "variation-selector": ("medium", "unseen characters that may carry a text"),
    "invisible-letter": ("medium", "a letter that is drawn as nothing"),
    "odd-space": ("low", "a blank that is none to a shell"),
    "pushed-aside": ("medium", "text behind many blanks"),
    "pushed-down": ("medium", "text below many empty lines"),
    "fake-comment": ("medium", "a sign that looks like # and is none"),
    "look-alike-word": ("medium", "letters of another script in a word"),
    "typographic-sign": ("info", "a sign of print instead of a plain one"),
    "invalid-utf8": ("low", "bytes that are no UTF-8"),
    "userinfo-trick": ("high", "a host in front of the @ that is only a user name"),
    "look-alike-host": ("high", "a host that looks like a well-known one"),
    "mixed-script-host": ("medium", "a host of several scripts"),
    "near-host": ("medium", "a host one letter off a well-known one"),
    "borrowed-name": ("high", "a well-known name within a foreign host"),
    "disguised-address": ("high", "an address that nobody can read"),
    "raw-address": ("low", "a bare address instead of a name"),
    "short-link": ("low", "a link that does not tell where it leads"),
    "trailing-dot-host": ("low", "a host that ends with a dot"),
    "too-many-hosts": ("medium", "more hosts than are looked at"),
}
"""What is found in the characters of a text, and in the names of hosts."""

CATALOGUE: dict[str, tuple[str, str]] = {**STRUCTURE, **CHARACTERS}
