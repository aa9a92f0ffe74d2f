"""Copy-on-write and read-only trees, with and without mounts below them; and the system around them."""

from __future__ import annotations

import pytest

from tests.unit.sandbox.fake import Fake, Node, Tree
from wrapify.sandbox import view
from wrapify.sandbox.mounts import Bind, Directory, Overlay, Proc, RemountRo, RoBind, RoOverlay, Symlink, Tmpfs
from wrapify.sandbox.spec import BOX, Layer
from wrapify.sandbox.trees import LARGEST_COPY, Trees

HOME: Tree = {
    "/h": Node("dir", 0o710),
    "/h/a/deep/x": "file",
    "/h/b/mnt/x": "file",
    "/h/b/near": Node("dir", 0o700),
    "/h/b/file": "file",
    "/h/.ssh/id": "file",
    "/h/a/secret": "file",
    "/h/link": "-> a",
    "/h/small": "file",
    "/h/large": Node("file", 0o644, size=LARGEST_COPY + 1),
    "/h/shut": Node("dir", 0o700, closed=True),
    "/h/pipe": "other",
}


def trees(*hidden: str, mounts: tuple[str, ...] = ()) -> Trees:
    return Trees(Fake(HOME, mounts=mounts), "/run/w", set(hidden))


def test_an_overlay_without_secrets() -> None:
    found = trees()
    found.copy_on_write("/h")
    assert found.mounts == [Overlay(("/h",), f"{BOX}/u0", f"{BOX}/w0", "/h")]
    assert found.layers == [Layer("overlay", "u0", "/h", 0o710)]
    assert found.masks == []


def test_an_overlay_with_a_mask_on_top() -> None:
    found = trees("/h/.ssh", "/w/.env")
    found.copy_on_write("/h")
    (mask,) = found.masks
    assert mask.whiteouts == (".ssh",)
    assert found.mounts == [Overlay(("/h", mask.path), f"{BOX}/u0", f"{BOX}/w0", "/h")]


def test_two_trees_have_two_layers() -> None:
    found = trees()
    found.copy_on_write("/h/a")
    found.copy_on_write("/h/b")
    assert [(layer.store, layer.dest) for layer in found.layers] == [("u0", "/h/a"), ("u1", "/h/b")]


def test_a_farm_of_two_levels() -> None:
    found = trees("/h/.ssh", "/h/a/secret", mounts=("/h/b/mnt",))
    found.copy_on_write("/h")
    farm = found.layers[0]
    assert (farm.kind, farm.store, farm.dest, farm.mode) == ("farm", "f0", "/h", 0o710)
    assert dict(farm.folders) == {"a": 0o755, "b": 0o755, "b/mnt": 0o755, "b/near": 0o700, "shut": 0o700}
    assert sorted(farm.files) == ["b/file", "large", "link", "small"]
    assert [(layer.kind, layer.dest) for layer in found.layers[1:]] == [
        ("overlay", "/h/a"), ("overlay", "/h/b/mnt"), ("overlay", "/h/b/near"),
    ]  # fmt: skip
    assert [mount for mount in found.mounts if not isinstance(mount, Overlay)] == [
        Bind(f"{BOX}/f0", "/h"), RoBind("/h/large", "/h/large"), RoBind("/h/shut", "/h/shut"),
    ]  # fmt: skip
    assert [mask.whiteouts for mask in found.masks] == [("secret",)]


def test_a_farm_where_a_single_file_is_a_mount() -> None:
    found = trees(mounts=("/h/b/file",))
    found.copy_on_write("/h")
    assert "b/file" in found.layers[0].files
    assert all(layer.dest != "/h/b" for layer in found.layers), "an overlay of /h/b would be refused by the kernel"


def test_a_farm_makes_each_folder_after_its_parent() -> None:
    found = trees(mounts=("/h/b/mnt",))
    found.copy_on_write("/h")
    names = [name for name, _ in found.layers[0].folders]
    assert all("/" not in name or name.rpartition("/")[0] in names[: names.index(name)] for name in names)


def test_read_only_by_an_overlay_where_there_are_overlays() -> None:
    found = trees("/h/.ssh")
    found.read_only("/h", overlays=True)
    assert found.mounts == [RoOverlay(("/h", found.masks[0].path), "/h")]
    assert found.layers == []


def test_read_only_without_secrets_is_a_bind() -> None:
    found = trees()
    found.read_only("/h", overlays=True)
    assert (found.mounts, found.masks) == ([RoBind("/h", "/h")], [])


@pytest.mark.parametrize("mounts", [(), ("/h/b/mnt",)])
def test_read_only_without_overlays_shows_the_tree_itself(mounts: tuple[str, ...]) -> None:
    found = trees("/h/.ssh", mounts=mounts)
    found.read_only("/h", overlays=bool(mounts))
    assert found.mounts[0] == RoBind("/h", "/h")
    assert found.masks == []


SYSTEM: Tree = {
    "/usr/bin/sh": "file",
    "/bin": "-> usr/bin",
    "/etc/passwd": "file",
    "/etc/resolv.conf": "-> ../run/resolve/conf",
    "/run/resolve/conf": "file",
    "/etc/dangling": "-> /nowhere",
    "/etc/chain": "-> /etc/resolv.conf",
    "/opt": "-> /srv/opt",
    "/srv/opt/tool": "file",
    "/etc/fifo": "other",
}


@pytest.mark.parametrize(
    ("path", "mounts"),
    [
        ("/usr", [RoBind("/usr", "/usr")]),
        ("/etc/passwd", [RoBind("/etc/passwd", "/etc/passwd")]),
        ("/bin", [Symlink("usr/bin", "/bin")]),
        ("/etc/resolv.conf", [RoBind("/run/resolve/conf", "/etc/resolv.conf")]),
        ("/etc/chain", [Symlink("/etc/resolv.conf", "/etc/chain")]),
        ("/opt", [RoBind("/srv/opt", "/opt")]),
        ("/etc/dangling", []),
        ("/etc/absent", []),
        ("/etc/fifo", []),
    ],
)
def test_the_system(path: str, mounts: list[object]) -> None:
    listed = (
        "/usr",
        "/bin",
        "/etc/passwd",
        "/etc/resolv.conf",
        "/etc/chain",
        "/opt",
        "/etc/dangling",
        "/etc/absent",
        "/etc/fifo",
    )
    found = view.system(Fake(SYSTEM), listed)
    assert [mount for mount in found if getattr(mount, "dest", "") == path] == mounts


def test_what_is_private_has_a_size_and_is_closed_at_the_end() -> None:
    found = list(view.private(Fake({"/proc/keys": "file"}), 1000, tmp_size=8 << 20))
    sizes = {mount.dest: mount.size for mount in found if isinstance(mount, Tmpfs)}
    assert sizes == {"/proc/1": 4096, "/dev/shm": 2 << 20, "/tmp": 8 << 20, "/run": 2 << 20}
    assert RoBind("/dev/null", "/proc/keys") in found
    assert Directory("/run/user/1000", 0o700) in found
    assert Proc("/proc") in found
    assert [mount for mount in found if isinstance(mount, RemountRo)][-1] == RemountRo("/")
    assert not any(isinstance(mount, RoBind) for mount in view.private(Fake({}), 1000, tmp_size=1))


@pytest.mark.parametrize(
    ("tree", "path", "real", "links"),
    [
        ({"/home/u": "dir"}, "/home/u", "/home/u", []),
        ({"/home": "-> var/home", "/var/home/u": "dir"}, "/home/u", "/var/home/u", ["/home"]),
        ({"/home": "-> /h", "/h/u": "-> ../d/u", "/d/u": "dir"}, "/home/u", "/d/u", ["/home", "/h/u"]),
        ({"/h/a": "-> .", "/h/x": "dir"}, "/h/a/a/x", "/h/x", ["/h/a", "/h/a"]),
        ({}, "/no/where", "/no/where", []),
        ({"/a/b": "dir"}, "/a/../a/./b/", "/a/b", []),
        ({}, "/", "/", []),
    ],
)
def test_symlinks_on_the_way(tree: Tree, path: str, real: str, links: list[str]) -> None:
    found, on_the_way = view.links_on(Fake(tree), path)
    assert (found, [link.dest for link in on_the_way]) == (real, links)


@pytest.mark.parametrize("tree", [{"/a": "-> a"}, {"/a": "-> b", "/b": "-> a"}, {"/a": "-> a/a"}, {"/a": "-> /a/x"}])
def test_symlinks_in_a_circle_end_and_lead_nowhere_else(tree: Tree) -> None:
    real, links = view.links_on(Fake(tree), "/a/home")
    assert len(links) == 40
    # Not "/", which would show everything.
    assert real.startswith(("/a/", "/b/"))
    assert real.endswith("/home")


@pytest.mark.parametrize(
    ("path", "base", "is_below"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/ab", "/a", False),
        ("/a", "/a/b", False),
        ("/x", "/", True),
        ("/", "/", True),
    ],
)
def test_below(path: str, base: str, is_below: bool) -> None:
    assert view.below(path, base) is is_below
