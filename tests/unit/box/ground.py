"""A box made by hand, a real directory below it, and exact looks at both."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from wrapify.box import journal
from wrapify.box.apply import Applier
from wrapify.box.changes import classify
from wrapify.box.journal import LEFT, STUCK, Record
from wrapify.box.kernel import Kernel
from wrapify.box.model import Change
from wrapify.box.scan import Layer, scan
from wrapify.box.steps import ApplyPlan, plan_apply
from wrapify.box.undo import Undoer

OLD = 1_500_000_000 * 10**9 + 123_456_789
NEW = 1_600_000_000 * 10**9 + 987_654_321
OPAQUE = "user.overlay.opaque"


class Look(NamedTuple):
    """What lies at a path: everything that an apply or undo could get wrong. `names` are those of the same file."""

    mode: int
    mtime: int
    content: bytes
    xattrs: tuple[tuple[str, bytes], ...]
    names: tuple[str, ...] = ()
    ino: int = 0
    blocks: int = 0


def look(root: Path) -> dict[str, Look]:
    """Look at everything below `root`, "" is itself."""
    found: dict[str, Look] = {}
    names: dict[int, list[str]] = {}
    for path, about in [(path, path.lstat()) for path in (root, *_below(root))]:
        name = str(path.relative_to(root)) if path != root else ""
        if not stat.S_ISDIR(about.st_mode):
            names.setdefault(about.st_ino, []).append(name)
        xattrs = tuple((key, os.getxattr(path, key, follow_symlinks=False)) for key in _keys(path))
        found[name] = Look(
            about.st_mode, about.st_mtime_ns, content(path, about.st_mode), xattrs, (), about.st_ino, about.st_blocks
        )
    return {name: one._replace(names=tuple(sorted(names.get(one.ino, ())))) for name, one in found.items()}


def _below(root: Path) -> Iterator[Path]:
    mode = stat.S_IMODE(root.lstat().st_mode)
    is_shut = not os.access(root, os.R_OK | os.X_OK, effective_ids=True)
    if is_shut:
        root.chmod(0o700)
    for path in sorted(root.iterdir()):
        yield path
        if stat.S_ISDIR(path.lstat().st_mode):
            yield from _below(path)
    if is_shut:
        root.chmod(mode)


def _keys(path: Path) -> list[str]:
    return sorted(key for key in os.listxattr(path, follow_symlinks=False) if not key.startswith("user.overlay."))


def content(path: Path, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.fsencode(os.readlink(path))
    if not stat.S_ISREG(mode):
        return b""
    try:
        return path.read_bytes()
    except PermissionError:
        path.chmod(0o400)
        try:
            return path.read_bytes()
        finally:
            path.chmod(stat.S_IMODE(mode))


def kept(looks: dict[str, Look]) -> dict[str, Look]:
    """Leave out what nobody promises to keep: the times of directories in which something was made and removed."""
    return {name: one._replace(mtime=0, blocks=0) if stat.S_ISDIR(one.mode) else one for name, one in looks.items()}


def shown(upper: Path, lower: Path) -> dict[str, Look]:
    """Give what the run saw: what overlayfs makes of a layer and what lies below it."""
    found: dict[str, Look] = {}
    _merge(found, "", look(upper), look(lower), upper=upper)
    groups: dict[tuple[str, int], list[str]] = {}
    for name, one in found.items():
        if one.names:
            groups.setdefault((one.names[0], one.ino), []).append(name)
    return {
        name: one._replace(names=tuple(sorted(groups[one.names[0], one.ino])) if one.names else (), ino=0, blocks=0)
        for name, one in found.items()
    }


def _merge(found: dict[str, Look], name: str, up: dict[str, Look], low: dict[str, Look], *, upper: Path) -> None:
    over, under = up.get(name), low.get(name)
    one = over or under
    if one is None or stat.S_ISCHR(one.mode):
        return
    merged = over is not None and under is not None and stat.S_ISDIR(over.mode) and stat.S_ISDIR(under.mode)
    found[name] = one._replace(
        mtime=0 if merged or (over is None and stat.S_ISDIR(one.mode)) else one.mtime,
        names=("upper" if over else "lower",) if not stat.S_ISDIR(one.mode) else (),
    )
    if stat.S_ISDIR(one.mode):
        alone = over is not None and (not merged or OPAQUE in os.listxattr(upper / name))
        below = {path for path in (up if alone else up | low) if path and os.path.dirname(path) == name}
        for path in sorted(below):
            _merge(found, path, up, {} if alone else low, upper=upper)


def placed(looks: dict[str, Look], like: dict[str, Look]) -> dict[str, Look]:
    """Make a look at real files comparable with what `shown` gives."""
    return {
        name: one._replace(ino=0, blocks=0, mtime=0 if name in like and not like[name].mtime else one.mtime)
        for name, one in looks.items()
    }


def away(path: Path) -> None:
    """Remove whatever lies at a path, whatever its permissions."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for top, folders, _ in os.walk(path):
        for name in folders:
            if not os.path.islink(f"{top}/{name}"):
                os.chmod(f"{top}/{name}", 0o700)
    shutil.rmtree(path)


def without_numbers(looks: dict[str, Look]) -> dict[str, Look]:
    """Leave out what is another for the same thing made twice."""
    return {name: one._replace(ino=0, mtime=0) for name, one in looks.items()}


# ---- making things


def file(path: Path, text: bytes | str = "", *, mode: int = 0o644, mtime: int = NEW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)
    os.utime(path, ns=(mtime, mtime))
    return path


def folder(path: Path, *, mode: int = 0o755) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    return path


def link(path: Path, target: str, *, mtime: int = NEW) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
    os.utime(path, ns=(mtime, mtime), follow_symlinks=False)
    return path


def fifo(path: Path, *, mode: int = 0o622) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    path.chmod(mode)
    os.utime(path, ns=(NEW, NEW))
    return path


def gone(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mknod(path, stat.S_IFCHR, 0)


def opaque(path: Path, *, mode: int = 0o755) -> Path:
    folder(path, mode=mode)
    os.setxattr(path, OPAQUE, b"y")
    return path


def before_rename(monkeypatch: pytest.MonkeyPatch, *actions: Callable[[], object]) -> None:
    """Let things happen at the last moment: one action before each call that puts something into or out of a place."""
    original, left = Kernel.rename, list(actions)

    def rename(self: Kernel, source: tuple[int, str], dest: tuple[int, str], *, how: int) -> None:
        if left:
            left.pop(0)()
        original(self, source, dest, how=how)

    monkeypatch.setattr(Kernel, "rename", rename)


class Ground:
    """A box at `box` with one layer, `upper`, over the real directory `real`."""

    def __init__(self, base: Path, real: Path | None = None) -> None:
        self.box = folder(base / "box", mode=0o700)
        self.upper = folder(self.box / "u0")
        self.real = folder(real or base / "real")
        self.outside = folder(base / "outside")
        self.layer = Layer(0, str(self.upper), str(self.real))

    def changes(self) -> list[Change]:
        """Find the changes. What lies in the real directory now is older than the run."""
        return list(classify(scan(self.layer), dests=(str(self.real),), since=self._now() + 1))

    def _now(self) -> int:
        clock = self.box / "clock"
        clock.touch()
        return clock.stat().st_ctime_ns

    def plan(self, *paths: str, force: bool = False) -> ApplyPlan:
        return plan_apply(self.changes(), paths=[f"{self.real}/{path}" for path in paths], force=force)

    def begin(self, plan: ApplyPlan) -> Record:
        return journal.begin(str(self.box), plan.steps)

    def apply(self, plan: ApplyPlan | None = None) -> dict[str, str]:
        """Apply a plan, or everything; give what is left with the reasons."""
        chosen = plan or self.plan()
        assert plan or not chosen.left, chosen.left
        return self.go_on(self.begin(chosen))

    def go_on(self, record: Record) -> dict[str, str]:
        applier = Applier(record, [(self.layer.root, self.layer.dest)], tag=self.box.name)
        try:
            applier.run()
            return _said(record, LEFT)
        finally:
            applier.close()
            record.close()

    def first(self) -> dict[str, str]:
        """Carry out what was only begun, as the apply that has begun it: nothing of it can be there."""
        record = self.latest()
        record.begun = False
        return self.go_on(record)

    def resume(self) -> dict[str, str]:
        record = self.latest()
        return self._take_back(record) if record.undoing else self.go_on(record)

    def undo(self) -> dict[str, str]:
        return self._take_back(self.latest())

    def _take_back(self, record: Record) -> dict[str, str]:
        undoer = Undoer(record, [self.layer.dest], tag=self.box.name)
        try:
            undoer.run()
            return _said(record, STUCK)
        finally:
            undoer.close()
            record.close()

    def is_applied(self) -> bool:
        record = journal.latest(str(self.box))
        if record is not None:
            record.close()
        return record is not None

    def latest(self) -> Record:
        record = journal.latest(str(self.box))
        assert record is not None
        return record

    def trash(self, number: int = 1) -> Sequence[str]:
        return sorted(os.listdir(self.box / f"applied/{number}/trash"))

    def clear(self) -> None:
        """Make the layer empty again, as another run in a new box would find it."""
        away(self.upper)
        folder(self.upper)


def _said(record: Record, state: str) -> dict[str, str]:
    return {record.steps[number].path: record.why[number] for number, one in record.states.items() if one == state}
