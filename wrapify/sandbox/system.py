"""Pure. The system under --root: root's trees copy-on-write, what of them is hidden, and the skeletons they need.

To an ordinary user's overlay every file of root's is a stranger's: in the copy it may be removed or replaced, but not
written to, moved or given other permissions, and nothing may be made in its directory. A *skeleton* between the real
tree and the user's changes holds the same directories, and copies of some files, as the user's own.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wrapify.errors import SandboxUnavailable, UsageError
from wrapify.policy.views import RootView
from wrapify.sandbox.mounts import Mount, Symlink, Tmpfs
from wrapify.sandbox.secrets import Hidden
from wrapify.sandbox.spec import SKELETON, Situation, Skeleton
from wrapify.sandbox.trees import Trees
from wrapify.sandbox.view import below, covered

STATUS = "fake root in a throw-away copy: nothing on this machine changes"
SCRATCH = "/var/tmp"
"""Files of other programs that are at work: an empty one is there instead, and what is written to it is lost."""


@dataclass(frozen=True, slots=True)
class System:
    """Hold what --root adds to a plan; without it everything is empty. `layers` are where its layers are seen.

    `aside` is in them and never written back, as something else is there instead.
    """

    bases: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    skeletons: tuple[Skeleton, ...] = ()
    status: tuple[str, ...] = ()
    size: int = 0
    aside: tuple[str, ...] = ()

    def private(self, mounts: Iterable[Mount]) -> Iterator[Mount]:
        """Leave out the links in /var of a sandbox's own where the real /var is shown, and add what is root's own."""
        yield from (it for it in mounts if not (isinstance(it, Symlink) and covered(it.dest, self.bases)))
        if self.bases:
            yield Tmpfs("/root", self.size, 0o700)
            yield Tmpfs("/boot", self.size, 0o755)
        if covered(SCRATCH, self.bases):
            yield Tmpfs(SCRATCH, self.size, 0o1777)


def hide(hidden: Hidden, situation: Situation, *, home: str) -> None:
    """Hide, whoever may read it, what --root leaves out of the system. Sockets lead to programs outside."""
    root = situation.root
    if root is None:
        return
    for path in root.offered if _may_leave(situation) else ():
        hidden.paths.update(_around(hidden, path, spared=situation.person.cwd))
    for base in root.trees:
        for path in hidden.machine.sockets_below(base):
            hidden.paths.add(path)
    homes = (path for path in _other_homes(hidden, root, home=home) if not _holds(path, situation.view.read_only))
    for path in (*root.hidden, *homes):
        hidden.paths.add(path)
        # It may lead elsewhere, or be on the way to what does not exist.
        hidden.paths.add(hidden.machine.real(path))
    for path in (*root.kept, *situation.wish.ro, *situation.wish.rw):
        hidden.discard(hidden.machine.real(path))


def _around(hidden: Hidden, path: str, *, spared: str) -> Iterator[str]:
    """Give `path`, or what is in it beside `spared`: the working directory is what the command works on."""
    if not below(spared, path):
        yield path
    elif path != spared:
        for name in hidden.machine.names(path, "*"):
            yield from _around(hidden, posixpath.join(path, name), spared=spared)


def _other_homes(hidden: Hidden, root: RootView, *, home: str) -> Iterator[str]:
    """Give what lies beside the home, and beside what leads to it, in /home or /var/home."""
    folder = posixpath.dirname(home)
    while folder != "/" and folder not in root.trees:
        yield from _beside(hidden, folder, home=home)
        folder = posixpath.dirname(folder)
    yield from _beside(hidden, hidden.machine.real("/home"), home=home)


def _beside(hidden: Hidden, folder: str, *, home: str) -> Iterator[str]:
    spots = (posixpath.join(folder, name) for name in hidden.machine.names(folder, "*"))
    return (spot for spot in spots if not below(home, spot))


def _may_leave(situation: Situation) -> bool:
    return situation.network.kind != "none" or bool(situation.network.host_ports)


def add(trees: Trees, situation: Situation, *, home: str) -> System:
    """Plan root's trees where --root is wished. Raises SandboxUnavailable or UsageError where it cannot be had."""
    root = situation.root
    if root is None:
        return System()
    if situation.facts.route == "none":
        why = f"--root needs copy-on-write, which is not possible here ({situation.facts.why_not})"
        raise SandboxUnavailable(f"{why}, so nothing was run", "leave --root out to try it as yourself")
    if not situation.profile.record:
        raise UsageError("--root records what changes, which this profile does not", "leave --profile out")
    bases = tuple(path for path in root.trees if trees.machine.kind(path) == "dir" and path not in trees.hidden)
    already = len(trees.layers)
    trees.skeleton, trees.aside = SKELETON, (home, SCRATCH)
    for base in bases:
        trees.copy_on_write(base)
    trees.skeleton, trees.aside = "", ()
    layers = tuple(layer.dest for layer in trees.layers[already:])
    size = situation.policy.number("limits.tmp_size")
    pruned = (home, SCRATCH, *situation.person.private)
    skeletons = tuple(_skeleton(root, base, pruned=pruned) for base in bases)
    return System(bases, layers, skeletons, (STATUS,), size, (SCRATCH,))


def _skeleton(root: RootView, base: str, *, pruned: tuple[str, ...]) -> Skeleton:
    hidden = tuple(path for path in root.hidden if below(path, base) and not _holds(path, root.kept))
    return Skeleton(
        base=base,
        copied=tuple(path for path in root.copied if below(path, base)),
        pruned=(*hidden, *(path for path in pruned if path != base and below(path, base))),
        placed=tuple((path, content) for path, content in root.placed.items() if below(path, base)),
        made=tuple((path, names) for path, names in root.made.items() if below(path, base)),
        counts=tuple(root.counts),
    )


def _holds(path: str, others: Iterable[str]) -> bool:
    return any(below(posixpath.normpath(other), path) for other in others)
