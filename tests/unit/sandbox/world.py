"""A small real world in a temporary directory: a home, a system, a bwrap that is only looked at, and a place."""

from __future__ import annotations

import io
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.unit.sandbox.situations import FACTS
from wrapify import host, prepare, session
from wrapify.cli.options import Request
from wrapify.errors import SandboxUnavailable
from wrapify.host import Machine, Record
from wrapify.place import Place
from wrapify.policy import files, quick
from wrapify.policy.views import View
from wrapify.sandbox import cache, facts
from wrapify.sandbox.recipe import Recipe
from wrapify.sandbox.spec import Facts

HOME_SECRETS = {".ssh": "", ".netrc": "", "*.pem": "", ".config/gh": "", ".config/x*": "", "apps/*/key": "", ".lnk": ""}


@dataclass
class World:
    """Where everything lies, and what is asked for. Paths are below `root`."""

    root: Path
    request: Request
    cwd: Path
    bwrap: str = ""

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def place(self) -> Place:
        env = {"XDG_RUNTIME_DIR": str(self.root / "run"), "WRAPIFY_BWRAP": self.bwrap}
        return Place(str(self.home), str(self.cwd), env=env)

    @property
    def key(self) -> tuple[object, ...]:
        return session.key(self.request, self.place)

    def kept(self) -> Recipe | None:
        """Give what a run would take from the cache."""
        found: Recipe | None = cache.load(self.place.dirs.cache, self.key)
        return found

    def fresh(self) -> Recipe:
        """Plan anew, as if there were no cache, and keep nothing."""
        return prepare.design(self.request, self.place).recipe

    def keep(self) -> list[Record]:
        """Plan anew, keep the recipe, and give the questions and answers it was made from."""
        return prepare.prepare(self.request, self.place, key=self.key).machine.records


def build(root: Path, patch: pytest.MonkeyPatch) -> World:
    """Make a world below `root` in which the planner sees a small system and no bubblewrap is started."""
    # A plan looks at these two, and a first run would make them.
    for name in ("home/.cache/wrapify", "home/.local/state/wrapify"):
        (root / name).mkdir(parents=True)
    for name in (
        "home/work",
        "home/.ssh",
        "home/.config/gh",
        "home/apps/one",
        "home/apps/two",
        "run",
        "sys/usr",
        "etc",
    ):
        (root / name).mkdir(parents=True)
    for name in ("bwrap", "other", "home/.netrc", "home/a.pem", "home/apps/one/key", "home/work/.env", "sys/file"):
        (root / name).write_text(name)
    (root / "home/.lnk").symlink_to("work")
    (root / "sys/link").symlink_to("usr")
    (root / "sys/astray").symlink_to("../etc/x")
    (root / "etc/x").write_text("x")
    world = World(root, Request("run"), root / "home/work", str(root / "bwrap"))
    listed = {f"{root}/sys/{name}": "" for name in ("usr", "file", "link", "astray", "absent")}
    view = View(listed, {"LANG": ""}, HOME_SECRETS, {".env": "", "*.key": "", "*/.env": ""}, {"public.key": ""})
    patch.setattr(quick, "ADMINISTRATOR", str(root / "etc/policy.toml"))
    patch.setattr(files, "read_view", lambda machine: view)
    patch.setattr(facts, "facts", _facts)
    return world


def _facts(machine: Machine, place: Place, *, state: str, runtime: str) -> Facts:
    bwrap = place.env["WRAPIFY_BWRAP"]
    if not machine.identity(bwrap):
        raise SandboxUnavailable("no bwrap")
    return replace(FACTS, bwrap=bwrap, version=(0, len(Path(bwrap).read_bytes()), 0))


def bind(path: str) -> None:
    """Leave a bound socket at `path`; it stays in the kernel's table until the process ends or it is collected."""
    holder = socket.socket(socket.AF_UNIX)
    holder.bind(path)
    HELD.append(holder)


HELD: list[socket.socket] = []


def drop(path: Path) -> None:
    """Remove whatever is at `path`."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif path.is_symlink() or path.exists():
        path.unlink()


def _another_kind(path: Path) -> None:
    was_file = path.is_file() or path.is_symlink()
    drop(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    if was_file:
        path.mkdir()
    else:
        path.write_text("new")


def _lead_elsewhere(path: Path) -> None:
    drop(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to("/somewhere/else")


def _replace(path: Path) -> None:
    if path.is_dir():
        path.rename(f"{path}.was")
        path.mkdir()
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if path.exists() else "") + "more")


def _deeper(path: Path, rests: tuple[str, ...]) -> None:
    (path / "new" / rests[0]).parent.mkdir(parents=True)
    (path / "new" / rests[0]).write_text("x")


CHANGES: dict[str, Callable[..., object]] = {
    "kind": _another_kind,
    "link": _lead_elsewhere,
    "real": _lead_elsewhere,
    "mode": lambda path: path.chmod(path.stat().st_mode ^ 0o011),
    "identity": _replace,
    "content": lambda path, most: _replace(path),
    "reachable": _another_kind,
    "names": lambda path, patterns: (path / patterns[0].replace("*", "new")).write_text("x"),
    "present": lambda path, wanted: _another_kind(path / f"new{wanted[1][0]}" if wanted[1] else path / min(wanted[0])),
    "one_deeper": _deeper,
    "sockets_below": lambda path: bind(f"{path}/new.sock"),
}
"""How to change what a question looked at. `mounts_below` is missing: it takes a mountinfo of our own."""


def other_mountinfo(patch: pytest.MonkeyPatch, *points: str) -> None:
    """Let the planner see mounts at `points` and nowhere else."""
    lines = [f"1 0 0:1 / {point} rw - tmpfs none rw" for point in ("/", *points)]

    def reader(name: str, *rest: object, **more: object) -> object:
        told = io.BytesIO("\n".join([*lines, ""]).encode())
        return told if name == "/proc/self/mountinfo" else open(name, *rest, **more)  # type: ignore[call-overload]

    patch.setattr(host, "open", reader, raising=False)
