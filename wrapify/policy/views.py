"""Pure. What the data files of the package say: a profile, and what every profile shows and hides."""

from __future__ import annotations

from dataclasses import dataclass, field


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
