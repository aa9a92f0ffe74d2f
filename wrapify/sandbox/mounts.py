"""Pure. The kinds of mount a sandbox is made of, each spelled as bwrap(1) spells it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RoBind:
    """Show `source` of the host at `dest`, read-only."""

    source: str
    dest: str


@dataclass(frozen=True, slots=True)
class Bind:
    """Show `source` of the host at `dest`; writes reach the source."""

    source: str
    dest: str


@dataclass(frozen=True, slots=True)
class Tmpfs:
    """Mount an empty file system in memory. `size` is in bytes; `mode` are permission bits."""

    dest: str
    size: int
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class Directory:
    """Make an empty directory. `mode` are permission bits."""

    dest: str
    mode: int = 0o755


@dataclass(frozen=True, slots=True)
class Symlink:
    """Make a symlink at `dest` that holds the text `target`."""

    target: str
    dest: str


@dataclass(frozen=True, slots=True)
class Proc:
    """Mount the sandbox's own /proc."""

    dest: str


@dataclass(frozen=True, slots=True)
class Dev:
    """Make a /dev that holds null, zero, full, random, urandom, tty, pts and nothing else."""

    dest: str


@dataclass(frozen=True, slots=True)
class Overlay:
    """Show `lowers` (bottom first) at `dest`; writes go to `upper`. `work` is the kernel's scratch directory."""

    lowers: tuple[str, ...]
    upper: str
    work: str
    dest: str


@dataclass(frozen=True, slots=True)
class RoOverlay:
    """Show `lowers` (bottom first) at `dest`, read-only."""

    lowers: tuple[str, ...]
    dest: str


@dataclass(frozen=True, slots=True)
class RemountRo:
    """Make the mount at `dest` read-only; what is mounted below it stays as it is."""

    dest: str


Mount = RoBind | Bind | Tmpfs | Directory | Symlink | Proc | Dev | Overlay | RoOverlay | RemountRo
