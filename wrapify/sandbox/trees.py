"""Pure. Copy-on-write views of the home and the working directory, also where other mounts lie below them.

An overlay shows nothing of what is mounted below its lower directory, and the kernel refuses it to an ordinary user
when anything is (EINVAL, "failed to clone lowerpath", since 5.14). Such a directory becomes a *farm*: a directory of
the box with copies of its small files, where each child without mounts, and each nested mount, gets an overlay.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from wrapify.host import Machine
from wrapify.sandbox import secrets
from wrapify.sandbox.mounts import Bind, Mount, Overlay, RoBind, RoOverlay
from wrapify.sandbox.spec import BOX, Layer, Mask
from wrapify.sandbox.view import below, covered

LARGEST_COPY = 8 << 20
"""Files of a farm above this many bytes are shown read-only instead of copied."""


@dataclass(slots=True)
class Trees:
    """Collect the mounts, layers and masks of the trees planned so far. `hidden` are absolute paths.

    `skeleton` stands for a layer with directories of the user's own, laid between the real ones and the mask, or "".
    `aside` are directories that get a view of their own, whatever they lie in.
    """

    machine: Machine
    runtime: str
    hidden: set[str]
    mounts: list[Mount] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    masks: list[Mask] = field(default_factory=list)
    skeleton: str = ""
    aside: tuple[str, ...] = ()

    def copy_on_write(self, base: str) -> None:
        """Show `base` so that writes are recorded in the box."""
        nested = self._mounts_below(base)
        if nested:
            self._farm(base, nested)
        else:
            self._overlay(base)

    def read_only(self, base: str, *, overlays: bool) -> None:
        """Show `base` read-only, by an overlay where there are overlays and nothing is mounted below it."""
        mask = secrets.mask(self.machine, base, paths=self.hidden, runtime=self.runtime)
        if mask and overlays and not self._mounts_below(base):
            self.masks.append(mask)
            self.mounts.append(RoOverlay((base, mask.path), base))
            return
        self.mounts.append(RoBind(base, base))

    def _mounts_below(self, base: str) -> tuple[str, ...]:
        return self.machine.mounts_below(base)

    def _overlay(self, base: str) -> None:
        number = len(self.layers)
        mask = secrets.mask(self.machine, base, paths=self.hidden, runtime=self.runtime)
        if mask:
            self.masks.append(mask)
        between = (f"{self.skeleton}{base}",) if self.skeleton else ()
        lowers = (base, *between, *((mask.path,) if mask else ()))
        self.mounts.append(Overlay(lowers, f"{BOX}/u{number}", f"{BOX}/w{number}", base))
        self.layers.append(Layer("overlay", f"u{number}", base, self.machine.mode(base)))

    def _farm(self, base: str, nested: tuple[str, ...]) -> None:
        number = len(self.layers)
        mode = self.machine.mode(base)
        farm = Farm({path for path in _ancestors(base, nested) if path == base or not covered(path, self.aside)})
        self.layers.append(Layer("farm", f"f{number}", base, mode))
        self.mounts.append(Bind(f"{BOX}/f{number}", base))
        for place in sorted(farm.broken):
            self._plot(place, farm)
        cut = len(base.rstrip("/")) + 1
        folders = tuple((path[cut:], mode) for path, mode in farm.folders)
        self.layers[number] = Layer("farm", f"f{number}", base, mode, folders, tuple(path[cut:] for path in farm.files))

    def _plot(self, place: str, farm: Farm) -> None:
        """Divide a directory that has mounts below it: folders to make, files to copy, children to overlay."""
        for name in self.machine.names(place, "*"):
            path = posixpath.join(place, name)
            if any(below(path, secret) for secret in self.hidden):
                continue
            found = self.machine.kind(path)
            if found == "dir":
                farm.folders.append((path, self.machine.mode(path)))
                if path not in farm.broken and path not in self.aside:
                    self._child(path)
            elif found in ("file", "link"):
                farm.files.append(path)
                if found == "file" and self._size(path) > LARGEST_COPY:
                    self.mounts.append(RoBind(path, path))

    def _child(self, path: str) -> None:
        if self.machine.reachable(path):
            self._overlay(path)
        else:
            self.mounts.append(RoBind(path, path))

    def _size(self, path: str) -> int:
        found = self.machine.identity(path)
        return found[2] if found else 0


@dataclass(slots=True)
class Farm:
    """Collect what one farm holds. `broken` are the directories that have mounts below them."""

    broken: set[str]
    folders: list[tuple[str, int]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def _ancestors(base: str, points: tuple[str, ...]) -> set[str]:
    """Give every directory from `base` down to the parents of `points`."""
    found = {base}
    for point in points:
        while below(point := posixpath.dirname(point), base) and point not in found:
            found.add(point)
    return found
