"""Reads a bwrap command line back, and tells what a sandbox built by it would show of a machine on paper."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from tests.unit.sandbox.fake import Fake
from wrapify.sandbox.argv import argv
from wrapify.sandbox.recipe import OverlayRow, recipe
from wrapify.sandbox.spec import BOX, SandboxSpec, Situation

ARITY = {
    **dict.fromkeys(("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"), 0),
    **dict.fromkeys(("--cap-drop", "--uid", "--gid", "--hostname", "--perms", "--size", "--chdir", "--remount-ro"), 1),
    **dict.fromkeys(("--overlay-src", "--ro-overlay", "--tmpfs", "--dir", "--proc", "--dev"), 1),
    **dict.fromkeys(("--ro-bind", "--bind", "--symlink"), 2),
    "--overlay": 3,
}
MODIFIERS = ("--perms", "--size", "--overlay-src")
MOUNTS = ("--ro-overlay", "--tmpfs", "--dir", "--proc", "--dev", "--ro-bind", "--bind", "--symlink", "--overlay")


@dataclass(frozen=True)
class Op:
    """One option of bwrap with its values and what modified it."""

    name: str
    values: tuple[str, ...]
    modifiers: tuple[tuple[str, str], ...] = ()

    @property
    def dest(self) -> str:
        return self.values[-1] if self.values else ""

    @property
    def lowers(self) -> tuple[str, ...]:
        return tuple(value for name, value in self.modifiers if name == "--overlay-src")


def read(words: tuple[str, ...]) -> Iterator[Op]:
    """Read a command line; an unknown option or a value too few is an error."""
    rest, waiting = list(words), []
    while rest:
        name = rest.pop(0)
        values = tuple(rest.pop(0) for _ in range(ARITY[name]))
        if name in MODIFIERS:
            waiting.append((name, values[0]))
        else:
            yield Op(name, values, tuple(waiting))
            waiting = []


@dataclass(frozen=True)
class Reading:
    """A planned sandbox, read from its command line."""

    machine: Fake
    spec: SandboxSpec
    ops: tuple[Op, ...]
    overlays: tuple[OverlayRow, ...]

    @property
    def mounts(self) -> list[Op]:
        return [op for op in self.ops if op.name in MOUNTS]

    def chdir(self) -> str:
        return next(op.dest for op in self.ops if op.name == "--chdir")

    def governing(self, path: str) -> Op | None:
        """Find the mount that decides what is at `path` (which leads through no symlink)."""
        by_place = {op.dest: op for op in self.mounts}
        return next((by_place[up] for up in upwards(path) if up in by_place), None)

    def inside(self, path: str) -> str:
        """Follow the symlinks of the sandbox on the way to `path`."""
        links = {op.dest: op.values[0] for op in self.mounts if op.name == "--symlink"}
        for _ in range(40):
            link = next((up for up in upwards(path) if up in links), "")
            if not link:
                break
            path = posixpath.normpath(posixpath.join(posixpath.dirname(link), links[link]) + path[len(link) :])
        return path

    def sources(self, path: str) -> list[str]:
        """List the paths of the host that a program sees at `path`, [] if it sees none of them."""
        op = self.governing(self.inside(path))
        if op is None or op.name not in ("--ro-bind", "--bind", "--overlay", "--ro-overlay"):
            return []
        rest = self.inside(path)[len(op.dest.rstrip("/")) :]
        lowers = op.lowers or next((row[0] for row in self.overlays if op.values[0] == row[3]), op.values[:1])
        if lowers[0].startswith(BOX):
            return [path] if self._in_farm(op.values[0], rest) else []
        if len(lowers) > 1 and self._whited_out(lowers[1], rest):
            return []
        return [found] if self.machine.answer_kind(found := lowers[0].rstrip("/") + rest) != "absent" else []

    def _in_farm(self, source: str, rest: str) -> bool:
        layer = next(layer for layer in self.spec.layers if source == f"{BOX}/{layer.store}")
        return rest.strip("/") in ("", *dict(layer.folders), *layer.files)

    def _whited_out(self, layer: str, rest: str) -> bool:
        mask = next(mask for mask in self.spec.masks if mask.path == layer)
        return any(up.strip("/") in mask.whiteouts for up in upwards(rest or "/"))


def upwards(path: str) -> Iterator[str]:
    """Give `path` and all directories above it."""
    yield path
    while path != "/":
        path = posixpath.dirname(path)
        yield path


def reading(machine: Fake, spec: SandboxSpec, given: Situation) -> Reading:
    """Spell a spec and read it back."""
    return Reading(machine, spec, tuple(read(argv(spec, given.facts))), recipe(spec, given)["overlays"])
