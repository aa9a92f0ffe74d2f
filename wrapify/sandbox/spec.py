"""Pure. What goes into a plan and what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from wrapify.policy.model import Policy
from wrapify.policy.views import Profile, RootView, View
from wrapify.sandbox.mounts import Mount

BOX = "@box@"
"""Stands for the directory of the box in a spec; replaced when the sandbox is launched. No real path is relative."""
SKELETON = "@root@"
"""Stands, in front of a path, for the skeleton of that path's tree; replaced when a current one is there."""


@dataclass(frozen=True, slots=True)
class Person:
    """Hold who runs the sandbox, and from where.

    `home` is as the user spells it, symlinks and all. `runtime` is a private directory in memory. `private` are the
    directories in which wrapify keeps its own state: never shown inside. `tools` are those of PATH in the home.
    """

    uid: int
    gid: int
    home: str
    cwd: str
    runtime: str
    private: tuple[str, ...]
    dropped: bool = False
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """Hold what this machine can do, found by trying. Source: `sandbox/probe.py`.

    `route` is how copy-on-write is mounted: "bwrap" (its own --overlay), "userns" (our own mount around it) or
    "none". `upper` says where changes can be written: "state" or "memory". `signals` are words in front of a command
    that give the signals put for @signals@ their default action back, if a program here can. `busctl` is the program
    that asks the user's systemd for a scope, "" where it makes none. `memory` is this machine's, in bytes.
    """

    bwrap: str
    version: tuple[int, ...]
    route: str
    upper: str
    signals: tuple[str, ...]
    landlock: int
    arch: str
    memory: int
    busctl: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """Hold what the command line asks for beyond the profile. Paths are absolute."""

    ro: tuple[str, ...] = ()
    rw: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    env: tuple[str, ...] = ()
    home: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Network:
    """Hold what a sandbox reaches: `kind` is "none", "internet", "domains" (the listed ones alone) or "host".

    `carrier` is the path of slirp4netns or pasta, which carries the traffic of kind "internet". `ports` are reached
    inside from this machine's loopback, `host_ports` are those of this machine's loopback that are reached from inside.
    `missing` says why there is none where the command seems to need one.
    """

    kind: str = "none"
    carrier: str = ""
    domains: tuple[str, ...] = ()
    ports: tuple[int, ...] = ()
    host_ports: tuple[int, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Hold everything a plan depends on, apart from the machine itself. `root` is there where --root is wished."""

    person: Person
    facts: Facts
    policy: Policy
    profile: Profile
    view: View
    wish: Wish = field(default_factory=Wish)
    root: RootView | None = None
    network: Network = field(default_factory=Network)


@dataclass(frozen=True, slots=True)
class Mask:
    """Describe a layer that hides: `whiteouts` are relative paths that do not exist inside, whatever lies below.

    `folders` are the directories on the way to them, each with its permission bits. `path` is where the layer is.
    `files`, with permission bits and content, are what such a layer shows where nothing lies below.
    """

    path: str
    folders: tuple[tuple[str, int], ...]
    whiteouts: tuple[str, ...]
    files: tuple[tuple[str, int, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """Describe one directory of a box that records writes.

    `kind` is "overlay" (an overlayfs upper directory), "farm" (a copy of a directory that has mounts below it) or
    "part" (an overlay that shows nothing of `dest` but `folders` and `files`).
    `store` is its name in the box, `dest` where it is seen inside, `mode` the permission bits of its root.
    `folders` and `files` are what a farm starts with, relative to `dest`.
    """

    kind: str
    store: str
    dest: str
    mode: int
    folders: tuple[tuple[str, int], ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Describe the layer that makes a tree of root's files writable in the copy.

    It has every directory of `base`, but for what lies in `pruned`, and copies of the files below `copied`. `placed`
    are files of wrapify's own (path, content); `made` stand-ins for passwords (path, file with the names). It holds
    as long as what it copied, and `counts`, are unchanged. All paths are absolute.
    """

    base: str
    copied: tuple[str, ...]
    pruned: tuple[str, ...]
    placed: tuple[tuple[str, bytes], ...]
    made: tuple[tuple[str, str], ...]
    counts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """Hold the limits set on a sandbox. Sizes are bytes; `written` and `memory` hold for all its processes together."""

    processes: int
    open_files: int
    file_size: int
    written: int
    memory: int


@dataclass(frozen=True, slots=True)
class SandboxSpec:
    """Describe one sandbox completely; nothing more is decided after it.

    `hidden` are the paths that exist and are not seen inside, `masked` all that are never written back from a layer.
    `skeletons` belong to the layers whose real files are root's, which `of_root` names by where they are seen.
    """

    mounts: tuple[Mount, ...]
    layers: tuple[Layer, ...]
    masks: tuple[Mask, ...]
    passed: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...]
    chdir: str
    uid: int
    gid: int
    limits: Limits
    extra: tuple[str, ...]
    hidden: tuple[str, ...]
    masked: tuple[str, ...]
    status: tuple[str, ...]
    notes: tuple[str, ...]
    skeletons: tuple[Skeleton, ...] = ()
    of_root: tuple[str, ...] = ()
    network: Network = field(default_factory=Network)
