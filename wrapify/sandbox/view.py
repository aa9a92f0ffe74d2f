"""Pure. The system as a sandbox sees it: the listed paths read-only, everything else private or absent."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wrapify.host import Machine
from wrapify.sandbox.mounts import Dev, Directory, Mount, Proc, RemountRo, RoBind, Symlink, Tmpfs

MIB = 1 << 20


def below(path: str, base: str) -> bool:
    """Tell whether `path` is `base` or lies below it. Both are normalised."""
    return path == base or path.startswith(base.rstrip("/") + "/")


def covered(path: str, bases: tuple[str, ...]) -> bool:
    """Tell whether `path` lies at or below one of `bases`."""
    return any(below(path, base) for base in bases)


def system(machine: Machine, listed: tuple[str, ...], *, shown: tuple[str, ...] = ()) -> Iterator[Mount]:
    """Show each listed path that exists. A symlink stays a symlink where its target is shown too.

    `shown` are directories that are shown by other mounts.
    """
    for path in listed:
        found = machine.kind(path)
        if found in ("dir", "file"):
            yield RoBind(path, path)
        elif found == "link":
            yield from _link(machine, path, shown=(*listed, *shown))


def _link(machine: Machine, path: str, *, shown: tuple[str, ...]) -> Iterator[Mount]:
    target = machine.link(path)
    if covered(posixpath.normpath(posixpath.join(posixpath.dirname(path), target)), shown):
        yield Symlink(target, path)
        return
    # resolv.conf and friends point into /run: show the file itself, since /run is private.
    real = machine.real(path)
    if machine.kind(real) in ("dir", "file"):
        yield RoBind(real, path)


def instead(machine: Machine, path: str, *, of: str) -> Iterator[Mount]:
    """Show a file that ships with wrapify instead of the real one.

    So the hosts file knows the sandbox's own name, and not the names the administrator gave to machines.
    """
    if path and machine.kind(path) == "file":
        yield RoBind(path, of)


def private(machine: Machine, uid: int, *, tmp_size: int) -> Iterator[Mount]:
    """Give the sandbox its own /proc, /dev, /tmp, /run and /dev/shm, each with a size, and a root nobody can write."""
    share = max(tmp_size // 4, MIB)
    yield Proc("/proc")
    # The first process inside is bwrap's own, without the system-call filter, and of the same user: whoever could
    # write its /proc/1/mem would be rid of the filter.
    yield Tmpfs("/proc/1", 4096, 0o555)
    yield Dev("/dev")
    yield Tmpfs("/dev/shm", share, 0o1777)
    yield Tmpfs("/tmp", tmp_size, 0o1777)
    yield Tmpfs("/run", share, 0o755)
    yield Directory(f"/run/user/{uid}", 0o700)
    yield Symlink("../tmp", "/var/tmp")
    yield Symlink("../run", "/var/run")
    # bwrap's /dev and its root are tmpfs of half the memory: closed once everything is in place.
    if machine.kind("/proc/keys") == "file":
        # It lists the keys of every process of this user, whatever keyring it has.
        yield RoBind("/dev/null", "/proc/keys")
    yield RemountRo("/proc/1")
    yield RemountRo("/proc")
    yield RemountRo("/dev")
    yield RemountRo("/")


def links_on(machine: Machine, path: str) -> tuple[str, tuple[Symlink, ...]]:
    """Follow `path` (say /home/u where /home is a symlink) and give its real path and the symlinks on the way.

    Where symlinks lead in a circle (40 of them, as in the kernel) the rest stays as it is, and cannot be shown.
    """
    links: list[Symlink] = []
    rest = [part for part in path.split("/") if part]
    here = "/"
    while rest and len(links) < 40:
        here = posixpath.normpath(posixpath.join(here, rest.pop(0)))
        if machine.kind(here) == "link":
            target = machine.link(here)
            links.append(Symlink(target, here))
            rest = [part for part in posixpath.join(posixpath.dirname(here), target).split("/") if part] + rest
            here = "/"
    return posixpath.join(here, *rest), tuple(links)
