"""Everything that a layer can hold is found, as it is, and nothing is changed by looking."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User
from tests.unit.box.layering import Laid, folder, laid_out, put, whiteout
from wrapify.box import nodes
from wrapify.box.steps import plan_apply


@pytest.fixture
def laid(tmp_path: Path, user: User) -> Iterator[Laid]:
    with laid_out(tmp_path, user) as made:
        yield made


def modes(*paths: Path) -> list[str]:
    return [oct(stat.S_IMODE(path.lstat().st_mode)) for path in paths]


def test_nothing_recorded(laid: Laid) -> None:
    put(laid.real / "a/b")
    assert laid.seen() == []
    assert [entry.path for entry in laid.entries()] == [""]


def test_parents_come_before_what_is_in_them_in_the_order_of_names(laid: Laid) -> None:
    for name in ("b/c/d", "a", "b.c", "b/a", "c"):
        put(laid.upper / name)
    assert laid.seen() == [f"added {name}" for name in ("a", "b", "b/a", "b/c", "b/c/d", "b.c", "c")]


# ---- what is the same


def test_what_was_only_touched_or_written_again_is_left_out(laid: Laid) -> None:
    for name in ("touched", "again", "empty", "deep/in/it"):
        content = "" if name == "empty" else "as it was\n"
        put(laid.real / name, content)
        put(laid.upper / name, content, copied=name != "again")
        os.utime(laid.upper / name, (1, 1))
    os.setxattr(laid.upper / "deep", nodes.ORIGIN, b"")
    (laid.real / "link").symlink_to("x")
    (laid.upper / "link").symlink_to("x")
    assert laid.seen() == []


def test_contents_are_compared_whatever_size_and_time_say(laid: Laid) -> None:
    for name, content in (("front", b"X" + b"a" * 600_000), ("end", b"a" * 600_000 + b"X"), ("size", b"a" * 600_002)):
        put(laid.real / name, b"a" * 600_001)
        put(laid.upper / name, content, copied=True)
        os.utime(laid.real / name, (5, 5))
        os.utime(laid.upper / name, (5, 5))
    assert laid.seen() == ["modified end", "modified front", "modified size"]


def test_permissions_and_attributes_alone(laid: Laid) -> None:
    for top in (laid.real, laid.upper):
        for name in ("mode", "attribute", "both", "gone", "other", "same"):
            put(top / name)
            put(top / "in" / name)
        folder(top / "dir")
    for name in ("mode", "both", "in/mode", "dir"):
        (laid.upper / name).chmod(0o700)
    for name in ("attribute", "both", "in/attribute", "same"):
        os.setxattr(laid.upper / name, "user.a", b"\xff")
    for name in ("gone", "same", "other"):
        os.setxattr(laid.real / name, "user.a", b"\xff")
    os.setxattr(laid.upper / "other", "user.a", b"\xfe")
    # Not the user's: overlayfs' own, also where a program inside set one of that name.
    for name in ("same", "dir"):
        os.setxattr(laid.upper / name, "user.overlay.impure", b"y")
        os.setxattr(laid.upper / name, "user.overlay.overlay.opaque", b"y")
    names = "attribute both dir gone in/attribute in/mode mode other".split()
    assert laid.seen() == [f"metadata {name}" for name in names]


def test_content_counts_more_than_permissions(laid: Laid) -> None:
    put(laid.real / "a")
    put(laid.upper / "a", "the run's\n", 0o755, copied=True)
    assert laid.seen() == ["modified a"]


def test_copied_up_directories_say_nothing(laid: Laid) -> None:
    put(laid.real / "a/b/c/old")
    for name in ("a", "a/b", "a/b/c"):
        folder(laid.upper / name, copied=True)
    put(laid.upper / "a/b/c/new")
    assert laid.seen() == ["added a/b/c/new"]


# ---- what is gone


def test_both_forms_of_whiteouts(laid: Laid) -> None:
    for name in ("device", "attribute", "not empty", "no mark"):
        put(laid.real / name)
    whiteout(laid.upper / "device")
    for name, content in (("attribute", ""), ("not empty", "x"), ("no mark", "")):
        put(laid.upper / name, content)
    for name in ("attribute", "not empty"):
        os.setxattr(laid.upper / name, nodes.WHITEOUT, b"y")
    assert laid.seen() == ["deleted attribute", "deleted device", "modified no mark", "modified not empty"]


def test_whiteouts_over_nothing(laid: Laid) -> None:
    whiteout(laid.upper / "a")
    folder(laid.upper / "only new")
    whiteout(laid.upper / "only new/b")
    assert laid.seen() == ["added only new"]


def test_opaque_directories(laid: Laid) -> None:
    """The kernel may mark a new one, and marks only the topmost: nothing real shows in those below it either."""
    put(laid.upper / "new/x")
    put(laid.real / "remade/gone/a/b")
    put(laid.real / "remade/kept/gone")
    put(laid.real / "remade/kept/same")
    put(laid.real / "remade/kept/other")
    put(laid.upper / "remade/kept/same")
    put(laid.upper / "remade/kept/other", "the run's\n")
    for name in ("new", "remade"):
        os.setxattr(laid.upper / name, nodes.OPAQUE, b"y")
    assert laid.seen() == [
        *("added new", "added new/x", "modified remade/kept/other", "deleted remade/kept/gone", "deleted remade/gone"),
    ]
    gone = next(one for one in laid.changes(since=1 << 62) if one.path.endswith("remade/gone"))
    assert (gone.lost, gone.below and gone.below.things) == (3, 2)


def test_a_layer_that_is_opaque_as_a_whole(laid: Laid) -> None:
    put(laid.real / "gone")
    os.setxattr(laid.upper, nodes.OPAQUE, b"y")
    assert laid.seen() == ["deleted gone"]


# ---- what cannot be read


def test_permissions_that_forbid_to_look_are_as_before(laid: Laid) -> None:
    put(laid.real / "file", "as it was\n")
    put(laid.upper / "file", "the run's\n", copied=True)
    put(laid.upper / "dir/in it/too")
    os.setxattr(laid.upper / "file", "user.a", b"b")
    os.setxattr(laid.upper / "dir/in it", "user.c", b"d")
    closed = [laid.upper / "file", laid.upper / "dir/in it", laid.upper / "dir", laid.upper]
    for path in closed:
        path.chmod(0)
    try:
        found = {entry.path: entry.upper for entry in laid.entries()}
        assert list(found) == ["", "dir", "dir/in it", "dir/in it/too", "file"]
        assert [node.mode if node else None for node in found.values()] == [0, 0, 0, 0o644, 0]
        assert [node.xattrs if node else None for node in found.values()][2::2] == [
            (("user.c", b"d"),),
            (("user.a", b"b"),),
        ]
        assert laid.seen() == ["metadata .", "added dir", "added dir/in it", "added dir/in it/too", "modified file"]
    finally:
        left = [oct(stat.S_IMODE(os.lstat(laid.upper).st_mode))]
        for path in reversed(closed):
            left += modes(path)
            path.chmod(0o700)
    assert left == ["0o0"] * 5


def test_a_real_file_that_cannot_be_read_is_not_taken_for_the_same(laid: Laid) -> None:
    put(laid.real / "a", "1")
    put(laid.upper / "a", "1", copied=True)
    (laid.real / "a").chmod(0)
    assert laid.seen() == ["modified a"]
    assert modes(laid.real / "a") == ["0o0"]


@pytest.mark.parametrize("mode", [0, 0o300, 0o100])
def test_a_real_directory_that_cannot_be_read_keeps_what_is_in_it(laid: Laid, mode: int) -> None:
    """The run made it readable first. What is in it is not known now, so nothing of it is shown and none is applied."""
    for name in ("a", "opaque", "mode only"):
        put(laid.real / name / "x")
        folder(laid.upper / name, 0o700, copied=name != "opaque", opaque=name == "opaque")
        (laid.real / name).chmod(mode)
    whiteout(laid.upper / "a/x")
    found = laid.changes(since=1 << 62)
    assert laid.seen() == ["modified a", "metadata mode only", "modified opaque"]
    assert [(one.conflict, one.never) for one in found] == [(UNREAD, True), ("", False), (UNREAD, True)]
    assert [step.path for step in plan_apply(found, force=True).steps] == ["mode only"]
    assert modes(laid.real / "a") == [oct(mode)]


UNREAD = "the real directory cannot be read"
UNSURE = "not all that would be lost can be read"


@pytest.mark.parametrize("mode", [0, 0o300, 0o100, 0o400, 0o444])
def test_a_directory_that_goes_and_cannot_be_read(laid: Laid, mode: int) -> None:
    put(laid.real / "a/b/c")
    put(laid.real / "a/d")
    whiteout(laid.upper / "a")
    (laid.real / "a/b").chmod(mode)
    (gone,) = laid.changes(since=1 << 62)
    assert (gone.conflict, gone.never) == (UNSURE, False)
    (laid.real / "a").chmod(mode)
    (gone,) = laid.changes(since=1 << 62)
    assert (gone.conflict, gone.never) == (UNSURE, False)


def test_what_vanishes_on_the_host_while_it_is_counted(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b", "c"):
        put(laid.real / "gone" / name)
    whiteout(laid.upper / "gone")
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda spot: [*listed(spot), "vanished"] if spot != laid.upper else listed(spot))
    real = nodes.open_real(str(laid.real), directory=True)
    assert nodes.tree_at("gone", real).things == 3
    nodes.close(real)
