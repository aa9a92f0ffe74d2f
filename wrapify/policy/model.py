"""Pure. The policy: the only place where a key is declared, with its type, default and one line of explanation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
UNITS = {"": 1, "B": 1, "KB": KIB, "KIB": KIB, "MB": MIB, "MIB": MIB, "GB": GIB, "GIB": GIB}

KeyKind = Literal["profile", "count", "size", "name"]


@dataclass(frozen=True, slots=True)
class Key:
    """Declare one policy key. `kind` says how a value is read; sizes are bytes, written `"4 GiB"` or as a number."""

    name: str
    kind: KeyKind
    default: str | int
    doc: str


PROFILES = ("auto", "offline", "online", "sealed")

KEYS = (
    Key("profile", "profile", "auto", "the profile used when none is named"),
    Key("shell", "name", "", "the shell for `-c`; empty: $SHELL, then sh"),
    Key("script.max_size", "size", 16 * MIB, "the largest script `wrapify sh` takes"),
    Key("network.carrier", "name", "", "slirp4netns or pasta; empty: the first of them that is installed"),
    Key("box.keep_days", "count", 30, "days that an unnamed box is kept"),
    Key("limits.processes", "count", 4096, "processes and threads in one sandbox"),
    Key("limits.open_files", "count", 65536, "open files per process"),
    Key("limits.file_size", "size", 20 * GIB, "the largest single file a sandbox may write"),
    Key("limits.written", "size", 20 * GIB, "disk space all files of one sandbox may take"),
    Key("limits.memory_percent", "count", 75, "memory of one sandbox, in percent of this machine's"),
    Key("limits.tmp_size", "size", 2 * GIB, "size of the private /tmp; /run and /dev/shm get a quarter of it at most"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """Hold one key's value and where it comes from ("default", or the path of a file)."""

    value: str | int
    source: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Hold the value of every key."""

    settings: dict[str, Setting]

    def text(self, name: str) -> str:
        """Give the value of a key that holds text."""
        return str(self.settings[name].value)

    def number(self, name: str) -> int:
        """Give the value of a key that holds a count or a size in bytes."""
        return int(self.settings[name].value)


@dataclass(frozen=True, slots=True)
class Profile:
    """Hold what one profile shows. Source: `policy/profiles/NAME.toml`."""

    name: str
    network: str
    home: str
    cwd: str
    record: bool
    summary: str


@dataclass(frozen=True, slots=True)
class View:
    """Hold what every profile shares. Source: `policy/profiles/system.toml` and `policy/secrets.toml`.

    Each dict maps a path, a pattern or a variable to its reason. `start_up` and `tools` are what a home with the
    network shows, relative to it. `hosts` is the file shown as /etc/hosts, `resolver` as
    /etc/resolv.conf where there is the internet.
    """

    read_only: dict[str, str]
    environment: dict[str, str]
    home_secrets: dict[str, str]
    cwd_secrets: dict[str, str]
    cwd_keep: dict[str, str]
    start_up: dict[str, str] = field(default_factory=dict)
    tools: dict[str, str] = field(default_factory=dict)
    hosts: str = ""
    resolver: str = ""


@dataclass(frozen=True, slots=True)
class RootView:
    """Hold what --root shows besides. Source: `policy/profiles/root.toml`, which explains each table.

    Each dict maps a path to its reason, `placed` to the content that is put there, `made` to the file of the names.
    """

    trees: dict[str, str]
    copied: dict[str, str]
    hidden: dict[str, str]
    kept: dict[str, str]
    offered: dict[str, str]
    placed: dict[str, bytes]
    made: dict[str, str]
    counts: dict[str, str]
