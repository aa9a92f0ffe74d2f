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
    "odd-spelling": ("medium", "spells a command so that it is not recognised"),
    "reverse-shell": ("critical", "hands a shell to another machine"),
    "persistence": ("high", "makes something run at every login or start"),
    "secrets-read": ("medium", "reads keys, tokens or passwords"),
    "secrets-out": ("critical", "sends keys, tokens or passwords to another machine"),
    "destruction": ("critical", "wipes files, a disk or a system"),
    "security-off": ("high", "switches a protection of the machine off"),
    "unsigned-source": ("high", "takes packages from a source that nobody vouches for"),
    "history-off": ("medium", "hides from the history of the shell"),
    "container-escape": ("high", "starts a container that has this machine in its hands"),
    "tls-off": ("medium", "does not check who it is talking to"),
}
"""What is found in what a text does."""

CHARACTERS: dict[str, tuple[str, str]] = {}
"""What is found in the characters of a text."""

CATALOGUE: dict[str, tuple[str, str]] = {**STRUCTURE, **CHARACTERS}
