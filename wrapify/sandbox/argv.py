"""Pure. The only place that knows bwrap's words and the order they must come in."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import assert_never

from wrapify.sandbox.mounts import (
    Bind,
    Dev,
    Directory,
    Mount,
    Overlay,
    Proc,
    RemountRo,
    RoBind,
    RoOverlay,
    Symlink,
    Tmpfs,
)
from wrapify.sandbox.spec import Facts, SandboxSpec

DISABLE_USERNS = (0, 8)
"""The first bwrap with --disable-userns; before it the seccomp filter alone forbids nested user namespaces."""


def argv(spec: SandboxSpec, facts: Facts) -> tuple[str, ...]:
    """Spell `spec` as bwrap options, without the program and without descriptors.

    Paths in the box start with `spec.BOX`. With route "userns" the overlays are already mounted where they belong
    when bwrap starts, and are only carried over.
    """
    return (*_walls(spec, facts), *_mounts(spec, facts), "--chdir", spec.chdir)


def _walls(spec: SandboxSpec, facts: Facts) -> tuple[str, ...]:
    return (
        "--unshare-all",
        # Also named alone, because --unshare-all only tries it.
        "--unshare-user",
        *(("--share-net",) if spec.network.kind == "host" else ()),
        *(("--disable-userns",) if facts.version >= DISABLE_USERNS else ()),
        "--die-with-parent",
        # A bwrap started by a mapped root would otherwise leave all capabilities in place.
        *("--cap-drop", "ALL"),
        *("--uid", str(spec.uid), "--gid", str(spec.gid)),
        *("--hostname", "sandbox"),
    )


def _mounts(spec: SandboxSpec, facts: Facts) -> tuple[str, ...]:
    """Order mounts: parents before children, one per destination (the last one wins), closing remounts at the end."""
    closing = [mount for mount in spec.mounts if isinstance(mount, RemountRo)]
    mounts = [mount for mount in spec.mounts if not isinstance(mount, RemountRo)]
    links = {mount.dest: mount.target for mount in mounts if isinstance(mount, Symlink)}
    places: dict[str, Mount] = {}
    for mount in _carried(mounts, facts):
        dest = _beside_links(mount.dest, links)
        places[dest] = mount if dest == mount.dest else replace(mount, dest=dest)
    for folder in _parents(places):
        places[folder] = Directory(folder)
    ordered = sorted(places.values(), key=lambda mount: mount.dest.split("/"))
    opened = (word for mount in ordered for word in _words(mount))
    # The user's own options come before the remounts, so that they can still make mount points.
    return (*opened, *spec.extra, *(word for mount in closing for word in _words(mount)))


def _carried(mounts: Iterable[Mount], facts: Facts) -> Iterator[Mount]:
    """With route "userns" the overlays are mounted before bwrap starts, and are bound where they are."""
    for mount in mounts:
        if facts.route == "userns" and isinstance(mount, Overlay):
            yield Bind(mount.upper, mount.dest)
        elif facts.route == "userns" and isinstance(mount, RoOverlay):
            yield RoBind(mount.dest, mount.dest)
        else:
            yield mount


def _beside_links(dest: str, links: dict[str, str]) -> str:
    """Give the place that `dest` leads to where a symlink of the sandbox lies on the way to it.

    bwrap follows symlinks while it builds the root, absolute ones out of it: the mount would be lost.
    """
    for _ in range(40):
        above = (dest[:at] for at in range(1, len(dest)) if dest[at] == "/")
        link = next((folder for folder in above if folder in links), "")
        if not link:
            break
        dest = posixpath.normpath(posixpath.join(posixpath.dirname(link), links[link]) + dest[len(link) :])
    return dest


def _parents(places: dict[str, Mount]) -> set[str]:
    """List the directories that lead to a mount point and exist nowhere yet: bwrap would make them mode 0700.

    Below what is shown of the host nothing is made: a mount point there exists already.
    """
    found: set[str] = set()
    for dest in places:
        above = [dest[:at] for at in range(1, len(dest)) if dest[at] == "/"]
        for folder in above:
            if isinstance(places.get(folder), (RoBind, Bind, Overlay, RoOverlay, Proc, Dev, Symlink)):
                break
            if folder not in places:
                found.add(folder)
    return found


def _words(mount: Mount) -> tuple[str, ...]:
    match mount:
        case RoBind(source, dest):
            return ("--ro-bind", source, dest)
        case Bind(source, dest):
            return ("--bind", source, dest)
        case Tmpfs(dest, size, mode):
            return ("--perms", f"{mode:04o}", "--size", str(size), "--tmpfs", dest)
        case Directory(dest, mode):
            return ("--perms", f"{mode:04o}", "--dir", dest)
        case Symlink(target, dest):
            return ("--symlink", target, dest)
        case Proc(dest):
            return ("--proc", dest)
        case Dev(dest):
            return ("--dev", dest)
        case Overlay() | RoOverlay():
            return _overlay(mount)
        case RemountRo(dest):
            return ("--remount-ro", dest)
        case _:
            assert_never(mount)


def _overlay(mount: Overlay | RoOverlay) -> tuple[str, ...]:
    sources = tuple(word for lower in mount.lowers for word in ("--overlay-src", lower))
    match mount:
        case Overlay(_, upper, work, dest):
            return (*sources, "--overlay", upper, work, dest)
        case RoOverlay(_, dest):
            return (*sources, "--ro-overlay", dest)
