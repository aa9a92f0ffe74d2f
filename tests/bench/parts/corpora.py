"""Commands that others published, with a label: how they are read, and which family a row belongs to.

A row is text to look at, never to run. The families come from the names that a source gave its rows and from MITRE's
technique ids, and the kinds of benign rows from the text by a regular expression: no verdict of ours moves a row.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

FAMILIES = {
    # Bidirectional marks, look-alikes and invisible characters, most of them in source code.
    "trojan-source/": "hidden-text",
    "clickfix/high-12-base64-shell-decode": "obfuscation",
    "art/T1027": "obfuscation",  # Obfuscated Files or Information, but for the next two:
    "art/T1027.002": "other",  # Software Packing: the program is packed, its command is plain
    "art/T1027.004": "other",  # Compile After Delivery: the command is a plain call of a compiler
    "art/T1140": "obfuscation",  # Deobfuscate/Decode Files or Information
    "clickfix/critical-10-osascript": "remote-code",
    "clickfix/critical-11-bash-pipe-shell": "remote-code",
    "clickfix/high-13-shell-substitution-download": "remote-code",
    "clickfix/medium-22-python-ruby-perl": "remote-code",
    "shellfirm/shell": "remote-code",  # its `shell` checks are about `curl | sh` and nothing else
    # What only fetches a file runs no remote code; two rows that also run it are counted here all the same.
    "clickfix/medium-21-download-commands": "download",
    "art/T1105": "download",  # Ingress Tool Transfer
    "revshell-generator": "reverse-shell",
    # The techniques of MITRE's tactic Persistence (TA0003) that are there.
    "art/T1037": "persistence",  # Boot or Logon Initialization Scripts
    "art/T1053": "persistence",  # Scheduled Task/Job
    "art/T1078": "persistence",  # Valid Accounts
    "art/T1098": "persistence",  # Account Manipulation
    "art/T1136": "persistence",  # Create Account
    "art/T1176": "persistence",  # Software Extensions
    "art/T1505": "persistence",  # Server Software Component
    "art/T1543": "persistence",  # Create or Modify System Process
    "art/T1546": "persistence",  # Event Triggered Execution
    "art/T1547": "persistence",  # Boot or Logon Autostart Execution
    "art/T1554": "persistence",  # Compromise Host Software Binary
    "art/T1556": "persistence",  # Modify Authentication Process
    "art/T1574": "persistence",  # Hijack Execution Flow
}
"""The longest prefix of a category decides; `dcg/bypass_attempts/obfuscation` is `rm -fr /` and the like, so other."""

NAMED = ("hidden-text", "obfuscation", "remote-code", "reverse-shell", "persistence")
"""The families that have a bar."""

_RIGHTS = rb"(?:sudo|sudoedit|visudo|doas|pkexec|run0|su)"
_BEFORE = (
    rb"(?:^|[|;&({`]|\b(?:then|do|else|if|while|xargs[^|;&\n]*|env|time|nohup|exec|command|watch|eval|--|-exec|-c)\b)"
)
_SUDO = re.compile(
    _BEFORE + rb"[\s\"'\\]*(?:\w+=\S*\s+|-\S+\s+)*(?:/usr/bin/|/bin/)?" + _RIGHTS + rb"(?![\w./=@-])", re.MULTILINE
)
_FETCH = rb"\b(?:curl|wget|fetch|https?(?!:)|aria2c|lwp-request|lynx|irm|iwr|Invoke-WebRequest)\b"
_SHELL = rb"(?:(?:ba|z|k|da|a|fi|c|tc)?sh|python[\d.]*(?!\s+-m)|perl|ruby|node|php|source|eval|iex)"
_DOWNLOAD = re.compile(
    rb"|".join(
        (
            _FETCH + rb"[^\n]*\|\s*(?:\S*/)?(?:(?:sudo|env|doas)\s+|-\S+\s+|\w+=\S*\s+)*(?:\S*/)?" + _SHELL + rb"\b",
            rb"\b" + _SHELL + rb"\b[^\n|;&]*[<$]\(\s*" + _FETCH,
            rb"\b" + _SHELL + rb"\b[^\n|;&]*`\s*" + _FETCH,
            rb"(?:^|[\s;&|])\.\s+<\(\s*" + _FETCH,
            _FETCH + rb"[^\n]*(?:&&|;|\n)\s*(?:sudo\s+)?(?:" + _SHELL + rb"\b|chmod\b|\./)",
        )
    ),
    re.MULTILINE,
)
_COMMENT = re.compile(rb"(?:^|\s)#[^\n]*", re.MULTILINE)


class Row:
    """Hold one command. `expected` is danger, dualuse, safe or "" (benign); `kind` is for benign rows."""

    __slots__ = ("category", "content", "expected", "kind", "language", "source")

    def __init__(self, fields: dict[str, str]) -> None:
        command = fields["command"].encode("utf-8", "surrogateescape")
        self.content = base64.b64decode(command) if fields.get("enc") == "b64" else command
        self.source = fields["source"]
        self.category = fields["category"]
        self.expected = fields.get("expected", "")
        self.language = "source code" if fields.get("shell") == "source-code" else "command"
        self.kind = kind_of(self.content)

    def origin(self) -> str:
        """Give the first part of the category: who published it."""
        return self.category.partition("/")[0]

    def family(self) -> str:
        """Give one of the families of issue 5, or "download" or "other"."""
        prefixes = [prefix for prefix in FAMILIES if self.category.startswith(prefix)]
        return FAMILIES[max(prefixes, key=len)] if prefixes else "other"


def kind_of(content: bytes) -> str:
    """Tell what an ordinary text has in it by the look of it: "with sudo", "with executed downloads" or "rest"."""
    if _SUDO.search(content):
        return "with sudo"
    return "with executed downloads" if _DOWNLOAD.search(_COMMENT.sub(b"", content)) else "rest"


def only_remarks(content: bytes) -> bool:
    """Tell whether nothing is fetched but in a comment."""
    return not re.search(_FETCH, _COMMENT.sub(b"", content))


def read(folder: Path, name: str) -> Iterator[Row]:
    """Read `NAME.tsv`: a line of column names, then one row a line."""
    text = (folder / f"{name}.tsv").read_bytes().decode("utf-8", "surrogateescape")
    lines = [line.split("\t") for line in text.split("\n") if line]
    return (Row(dict(zip(lines[0], fields, strict=True))) for fields in lines[1:])
