"""What earlier code may have left on the way to a mount point, every kind of it; and how layers are made."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from wrapify.box import layers
from wrapify.errors import StateError


def _whiteout(path: str) -> None:
    os.mknod(path, stat.S_IFCHR, 0)


def _opaque(path: str) -> None:
    os.mkdir(path)
    os.setxattr(path, layers.OPAQUE, b"y")


KINDS: dict[str, Callable[[str], object]] = {
    "missing": lambda path: None,
    "dir": os.mkdir,
    "opaque": _opaque,
    "file": lambda path: Path(path).write_text(""),
    "symlink to a directory": lambda path: os.symlink("real", path),
    "symlink out": lambda path: os.symlink("/oldroot/etc", path),
    "symlink to nothing": lambda path: os.symlink("nothing", path),
    "fifo": os.mkfifo,
    "whiteout": _whiteout,
}
# What is mounted over lies in the layer, or is the host's own below it.
LAST = {"dir", "opaque", "file"}
OVERLAY_ONLY = {"missing"}


@pytest.mark.parametrize("layer", ["u0", "f0"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_at_a_mount_point(tmp_path: Path, layer: str, kind: str) -> None:
    (tmp_path / layer / "a/real").mkdir(parents=True)
    KINDS[kind](f"{tmp_path}/{layer}/a/point")
    points = [(layer, "a"), (layer, "a/point")]
    if kind in LAST or (kind in OVERLAY_ONLY and layer == "u0"):
        layers.guard(str(tmp_path), points)
        return
    with pytest.raises(StateError, match=r"replaced '.0/a/point'"):
        layers.guard(str(tmp_path), points)


@pytest.mark.parametrize("layer", ["u0", "f0"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_lies_on_the_way(tmp_path: Path, layer: str, kind: str) -> None:
    (tmp_path / layer / "real/point").mkdir(parents=True)
    KINDS[kind](f"{tmp_path}/{layer}/way")
    if kind in ("dir", "opaque"):
        os.mkdir(f"{tmp_path}/{layer}/way/point")
    allowed = {"dir", "opaque", "file"} | ({"missing"} if layer == "u0" else set())
    if kind in allowed:
        layers.guard(str(tmp_path), [(layer, "way/point")])
        return
    with pytest.raises(StateError):
        layers.guard(str(tmp_path), [(layer, "way/point")])


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_below_an_opaque_directory_nothing_of_the_host_is_seen(tmp_path: Path, depth: int) -> None:
    (tmp_path / "u0").mkdir()
    _opaque(f"{tmp_path}/u0/a")
    (tmp_path / "u0/a/b/c").mkdir(parents=True)
    with pytest.raises(StateError):
        layers.guard(str(tmp_path), [("u0", "/".join(("a", "b", "c")[: depth + 1]) + "/point")])


def test_an_untouched_layer_is_let_through(tmp_path: Path) -> None:
    (tmp_path / "u0").mkdir()
    layers.guard(str(tmp_path), [("u0", "a"), ("u0", "a/b/c")])
    layers.guard(str(tmp_path), [])


@pytest.mark.parametrize("path", ["..", "a/../b", "a/.."])
def test_no_mount_point_leads_back(tmp_path: Path, path: str) -> None:
    (tmp_path / "u0/a").mkdir(parents=True)
    with pytest.raises(StateError):
        layers.guard(str(tmp_path), [("u0", path)])


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "u0/a/b").mkdir(parents=True)
    os.symlink("b", tmp_path / "u0/a/link")
    before = len(os.listdir("/proc/self/fd"))
    for path in ("a/b", "a/b/c", "a", "x", "a/link/x"):
        try:
            layers.guard(str(tmp_path), [("u0", path)])
        except StateError:
            continue
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_overlay_lends_its_mode_to_what_is_seen(tmp_path: Path) -> None:
    layers.make(str(tmp_path), ("overlay", "u3", "/x", 0o2751, (), ()))
    assert stat.S_IMODE(os.stat(tmp_path / "u3").st_mode) == 0o2751
    assert stat.S_IMODE(os.stat(tmp_path / "w3").st_mode) == 0o700
    # Whoever made it must be able to enter it.
    layers.make(str(tmp_path), ("overlay", "u4", "/x", 0o000, (), ()))
    assert stat.S_IMODE(os.stat(tmp_path / "u4").st_mode) == 0o700


def test_a_farm_holds_copies_of_files_and_symlinks(tmp_path: Path) -> None:
    source, store = tmp_path / "home", tmp_path / "store"
    for folder in (source / "a/b", store):
        folder.mkdir(parents=True)
    (source / "a/file").write_text("content")
    (source / "a/file").chmod(0o640)
    os.utime(source / "a/file", (1, 2))
    (source / "link").symlink_to("/etc/shadow")
    (source / "large").touch()
    os.truncate(source / "large", layers.LARGEST_COPY + 1)
    folders = (("a", 0o750), ("a/b", 0o500))
    layers.make(str(store), ("farm", "f0", str(source), 0o711, folders, ("a/file", "link", "large", "gone")))
    farm = store / "f0"
    assert (farm / "a/file").read_text() == "content"
    assert (os.stat(farm / "a/file").st_mtime, stat.S_IMODE(os.stat(farm / "a/file").st_mode)) == (2, 0o640)
    assert os.readlink(farm / "link") == "/etc/shadow"
    assert (os.stat(farm / "large").st_size, stat.S_IMODE(os.stat(farm / "large").st_mode)) == (0, 0)
    assert sorted(os.listdir(farm)) == ["a", "large", "link"]
    assert [stat.S_IMODE(os.stat(farm / name).st_mode) for name in ("", "a", "a/b")] == [0o711, 0o750, 0o700]


@pytest.mark.parametrize(
    ("make", "recorded"),
    [
        (lambda store: None, False),
        (lambda store: _whiteout(f"{store}/u0/x"), True),
        (lambda store: os.mkdir(f"{store}/u0/x"), True),
        (lambda store: os.mkdir(f"{store}/f1"), True),
        (lambda store: Path(store, "w0/work").mkdir(), False),
        (lambda store: Path(store, "box.json").write_text("{}"), False),
    ],
    ids=["empty", "removal", "directory", "farm", "scratch", "description"],
)
def test_nothing_recorded(tmp_path: Path, make: Callable[[str], object], recorded: bool) -> None:
    layers.make(str(tmp_path), ("overlay", "u0", "/x", 0o700, (), ()))
    make(str(tmp_path))
    assert layers.nothing_recorded(str(tmp_path)) is not recorded


def test_remove_follows_no_symlink(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/kept").write_text("")
    (tmp_path / "box/w0/work").mkdir(parents=True)
    (tmp_path / "box/link").symlink_to("../out")
    (tmp_path / "box/w0/work").chmod(0)
    layers.remove(str(tmp_path / "box"))
    assert os.listdir(tmp_path) == ["out"]
    assert os.listdir(tmp_path / "out") == ["kept"]
