"""Pure. Which paths are hidden, and the layers of whiteouts that hide them without a mount for each."""

from __future__ import annotations

import posixpath
from _blake2 import blake2b  # hashlib costs 2 ms more, for the same function
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from wrapify.globs import is_pattern, matching, wanted
from wrapify.host import Machine
from wrapify.policy.views import View
from wrapify.sandbox.mounts import Bind, Mount, RoBind, Tmpfs
from wrapify.sandbox.spec import Mask
from wrapify.sandbox.view import below, covered


@dataclass(slots=True)
class Hidden:
    """Collect absolute paths that are hidden. `existing` are there now; `paths` are all, there or not yet."""

    machine: Machine
    paths: set[str] = field(default_factory=set)
    existing: set[str] = field(default_factory=set)

    def add(self, path: str) -> None:
        """Hide what exists at `path`; of a symlink, what it leads to as well."""
        self.existing.add(path)
        self.paths.add(path)
        if self.machine.kind(path) == "link":
            self.paths.add(self.machine.real(path))

    def discard(self, path: str) -> None:
        """Show `path` after all; of a hidden directory above it, what else is in there now stays hidden."""
        above = [secret for secret in self.paths if path != secret and below(path, secret)]
        for secret in above:
            self._drop(secret)
            while below(path, secret) and path != secret:
                onward = posixpath.join(secret, path[len(secret) :].strip("/").split("/", 1)[0])
                spots = (posixpath.join(secret, name) for name in self.machine.names(secret, "*"))
                self.paths.update(spot for spot in spots if spot != onward)
                secret = onward
        self._drop(path)

    def _drop(self, path: str) -> None:
        self.paths.discard(path)
        self.existing.discard(path)

    def search(self, base: str, entries: tuple[str, ...], *, keep: tuple[str, ...] = ()) -> None:
        """Look for `entries` (relative, with patterns) in `base`, one question for each directory they name."""
        folders: dict[str, list[str]] = {}
        deeper: dict[str, list[str]] = {}
        for entry in entries:
            folder, name = posixpath.split(entry)
            if is_pattern(folder):
                folder, _, name = entry.partition("*/")
                deeper.setdefault(folder.rstrip("/"), []).append(name)
            else:
                folders.setdefault(folder, []).append(name)
        for folder, names in folders.items():
            if place := self._directory(base, folder):
                self._look(place, names, keep=keep)
        for folder, rests in deeper.items():
            if place := self._directory(base, folder):
                for spot in self.machine.one_deeper(place, tuple(rests)):
                    inner, name = posixpath.split(spot)
                    self.add(posixpath.join(self._directory(place, inner) or place, name if inner else spot))

    def _directory(self, base: str, folder: str) -> str:
        """Walk from `base` to `folder`, through symlinks; "" if there is no such directory."""
        here = base
        for part in filter(None, folder.split("/")):
            here = posixpath.join(here, part)
            if self.machine.kind(here) == "link":
                here = self.machine.real(here)
            if self.machine.kind(here) != "dir":
                return ""
        return here

    def _look(self, place: str, names: list[str], *, keep: tuple[str, ...]) -> None:
        sought = wanted(names)
        for name in self.machine.present(place, sought):
            if name in sought[0] or not matching(name, keep):
                self.add(posixpath.join(place, name))
        # What is absent now may appear while the sandbox runs: it is hidden all the same.
        self.paths.update(posixpath.join(place, name) for name in sought[0])


def hidden(machine: Machine, view: View, *, home: str, cwd: str) -> Hidden:
    """Find what the secrets list hides in `home` and `cwd` (real paths), and every socket bound there."""
    found = Hidden(machine)
    found.search(home, tuple(view.home_secrets))
    found.search(cwd, tuple(view.cwd_secrets), keep=tuple(view.cwd_keep))
    # A directory above the home is never shown; to list all its sockets would make every stamp a stale one.
    for base in (home,) if below(home, cwd) else (home, cwd):
        for path in machine.sockets_below(base):
            found.add(path)
    # A secret that is a symlink to the home (`.env -> .`) hides itself, not everything.
    for path in [path for path in found.paths if below(home, path)]:
        found.discard(path)
    return found


def outermost(paths: Iterable[str]) -> tuple[str, ...]:
    """Drop every path that lies below another one."""
    kept: list[str] = []
    for path in sorted(set(paths), key=lambda path: path.split("/")):
        if not kept or not below(path, kept[-1]):
            kept.append(path)
    return tuple(kept)


def covers(machine: Machine, mounts: Iterable[Mount], *, hidden: Iterable[str]) -> Iterator[Mount]:
    """Hide, each by a mount of its own, what `mounts` show of the host as it is: no mask can be laid over that."""
    places = {mount.dest: mount for mount in mounts}
    shown: dict[str, list[str]] = {}
    for mount in places.values():
        if isinstance(mount, (RoBind, Bind)):
            shown.setdefault(mount.source, []).append(mount.dest)
    for path in outermost(hidden):
        for source in _upwards(path):
            for dest in shown.get(source, ()):
                spot = dest if path == source else posixpath.join(dest, path[len(source) :].lstrip("/"))
                # Not where another mount, nearer to it, decides what is seen.
                if next((place for place in _upwards(spot) if place in places), "") == dest:
                    yield from _cover(machine, path, spot=spot)


def _cover(machine: Machine, path: str, *, spot: str) -> Iterator[Mount]:
    found = machine.kind(path)
    if found == "dir":
        yield Tmpfs(spot, 1 << 20, 0o500)
    elif found not in ("absent", "link"):
        # bwrap adds nodev, so reading this gives EACCES: unreadable, which is what is wanted.
        yield RoBind("/dev/null", spot)


def _upwards(path: str) -> Iterator[str]:
    """Give `path` and every directory above it, nearest first."""
    yield path
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def mask(machine: Machine, base: str, *, paths: Iterable[str], runtime: str) -> Mask | None:
    """Describe the layer that hides `paths` in the tree at `base`, or None if none of them lies in it.

    The layer's name is a hash of what it holds, so that one built earlier serves again.
    """
    cut = len(base.rstrip("/")) + 1
    inside = outermost(path for path in paths if path != base and below(path, base))
    whiteouts = _seen_whole(machine, base, whiteouts=tuple(path[cut:] for path in inside))
    if not whiteouts:
        return None
    folders = tuple((name, machine.mode(f"{base}/{name}")) for name in _on_the_way(whiteouts))
    content = repr((base, folders, whiteouts)).encode("utf-8", "surrogateescape")
    name = blake2b(content, digest_size=16).hexdigest()
    return Mask(f"{runtime}/masks/{name}", folders, whiteouts)


def _seen_whole(machine: Machine, base: str, *, whiteouts: tuple[str, ...]) -> tuple[str, ...]:
    """Move each whiteout up to where `base` has a directory for it.

    In a directory that only the layer of whiteouts had, the kernel would list them: names that lead nowhere.
    """
    kinds = {folder: machine.kind(f"{base.rstrip('/')}/{folder}") for folder in _on_the_way(whiteouts)}
    absent = tuple(folder for folder, kind in kinds.items() if kind == "absent")
    blocked = tuple(folder for folder, kind in kinds.items() if kind not in ("absent", "dir"))
    return tuple(path for path in outermost((*whiteouts, *absent)) if not covered(path, blocked))


def _on_the_way(whiteouts: tuple[str, ...]) -> tuple[str, ...]:
    folders = set()
    for path in whiteouts:
        while path := posixpath.dirname(path):
            folders.add(path)
    return tuple(sorted(folders))
