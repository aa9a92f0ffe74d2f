"""What was not there for the run, or only as a copy or a stand-in, is never taken for something that it changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User
from tests.unit.box.layering import NEVER, Laid, folder, laid_out, listener, put, whiteout
from wrapify.box import layers
from wrapify.box.changes import HIDDEN, HOLDS_HIDDEN


@pytest.fixture
def laid(tmp_path: Path, user: User) -> Iterator[Laid]:
    with laid_out(tmp_path, user) as made:
        yield made


def hiding(*paths: str) -> frozenset[str]:
    return frozenset(paths)


def conflicts(laid: Laid, hidden: frozenset[str], *, farm: bool = False) -> dict[str, str]:
    found = laid.changes(since=NEVER, hidden=hidden, farm=farm)
    assert all(change.never == bool(change.conflict) for change in found)
    return {f"{change.kind} {change.at[1]}": change.conflict for change in found}


# ---- hidden


@pytest.mark.parametrize("farm", [False, True])
def test_what_was_hidden_and_what_was_made_in_its_place(laid: Laid, farm: bool) -> None:
    for name in (".ssh/id", ".netrc", ".seen", "in/.env", ".twice/a"):
        put(laid.real / name)
    put(laid.upper / ".seen")
    put(laid.upper / "in/x")
    hidden = hiding(".ssh", ".netrc", "in/.env", ".twice", ".none")
    assert conflicts(laid, hidden, farm=farm) == {"added in/x": ""}
    put(laid.upper / ".ssh/id", "the run's\n")
    put(laid.upper / ".netrc", "the run's\n")
    folder(laid.upper / ".twice", opaque=True)
    whiteout(laid.upper / "in/.env")
    (laid.upper / ".none").symlink_to("x")
    assert conflicts(laid, hidden, farm=farm) == {
        "added .netrc": HIDDEN,
        "added .none": HIDDEN,
        "added .ssh": HIDDEN,
        "added .ssh/id": HIDDEN,
        "added .twice": HIDDEN,
        "added in/x": "",
    }


def test_what_was_hidden_below_a_directory_made_anew(laid: Laid) -> None:
    for name in ("cfg/token", "cfg/plain", "cfg/sub/token", "cfg/sub/plain", "cfg/other/plain"):
        put(laid.real / name)
    folder(laid.upper / "cfg", opaque=True)
    put(laid.upper / "cfg/new")
    assert conflicts(laid, hiding("cfg/token", "cfg/sub/token", "cfg/other/token")) == {
        "added cfg/new": "",
        "deleted cfg/other": "",
        "deleted cfg/plain": "",
        "deleted cfg/sub": HOLDS_HIDDEN,
    }


@pytest.mark.parametrize("recorded", ["whiteout", "file", "symlink"])
def test_a_directory_goes_in_which_something_was_hidden(laid: Laid, recorded: str) -> None:
    put(laid.real / "a/b/token")
    for name in ("a", "c"):
        spot = laid.upper / name
        {"whiteout": whiteout, "file": put, "symlink": lambda spot: spot.symlink_to("x")}[recorded](spot)
    put(laid.real / "c/plain")
    put(laid.aside / "token")
    (laid.real / "c/link").symlink_to(laid.aside)
    kind = "deleted" if recorded == "whiteout" else "replaced"
    # What is hidden and not there is lost by nobody, nor is what lies behind a link.
    hidden = hiding("a/b/token", "c/token", "c/link/token", "c/plain/token", "ab/token")
    assert conflicts(laid, hidden) == {f"{kind} a": HOLDS_HIDDEN, f"{kind} c": ""}


# ---- directories that were made for the run


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o500, 0o555, 0o1777, 0o2750, 0])
@pytest.mark.parametrize("kind", ["overlay", "farm"])
def test_a_layer_as_it_was_made_has_no_changes(laid: Laid, mode: int, kind: str) -> None:
    for name in ("sub/deeper", "sub/link/to"):
        folder(laid.real / name)
    put(laid.real / "file", mode=0o640)
    (laid.real / "link").symlink_to("file")
    for spot in (laid.real / "sub", laid.real / "file", laid.real):
        os.setxattr(spot, "user.a", b"b")
    (laid.real / "sub").chmod(mode)
    laid.real.chmod(mode | 0o500)
    laid.upper.rmdir()
    made = stat.S_IMODE(laid.real.stat().st_mode)
    folders = (("sub", stat.S_IMODE((laid.real / "sub").stat().st_mode)),)
    store, name = str(laid.aside), "f0" if kind == "farm" else "u0"
    layers.make(store, (kind, name, str(laid.real), made, folders, ("file", "link")))
    os.rename(f"{store}/{name}", laid.upper)
    skip = frozenset({"sub/deeper", "sub/link"})
    assert laid.seen(farm=kind == "farm", skip=skip) == []
    # What the run does to them is a change all the same.
    os.setxattr(laid.upper, "user.a", b"c")
    assert laid.seen(farm=kind == "farm", skip=skip) == ["metadata ."]
    os.removexattr(laid.upper, "user.a")
    laid.upper.chmod(0o711)
    assert laid.seen(farm=kind == "farm", skip=skip) == ["metadata ."]


# ---- farms


def test_what_a_run_changes_in_a_farm(laid: Laid) -> None:
    for name in ("same", "changed", "gone", "in/gone", "in/same", "replaced"):
        put(laid.real / name)
    for name in ("same", "in/same"):
        put(laid.upper / name)
    put(laid.upper / "changed", "the run's\n")
    put(laid.upper / "in/new")
    put(laid.upper / "replaced/x")
    (laid.real / "link").symlink_to("x")
    assert laid.seen(farm=True) == [
        *("modified changed", "added in/new", "deleted in/gone", "replaced replaced", "added replaced/x"),
        *("deleted gone", "deleted link"),
    ]


def test_what_a_farm_has_no_copy_of(laid: Laid) -> None:
    """Large and unreadable files have stand-ins, other layers lie in it, and fifos and sockets are not seen at all."""
    put(laid.real / "large", b"x" * 100)
    put(laid.real / "mode", b"")
    put(laid.upper / "large", "", mode=0)
    put(laid.upper / "mode", "", mode=0o600)
    put(laid.upper / "new", "", mode=0)
    put(laid.real / "written")
    put(laid.upper / "written", "the run's\n", mode=0)
    os.mkfifo(laid.real / "fifo")
    listener(laid.real / "socket")
    for top in (laid.real, laid.upper):
        folder(top / "mnt/layer")
        folder(top / "child")
    for name in ("mnt/layer/x", "child/x"):
        put(laid.real / name)
    skip = frozenset({"mnt/layer", "child"})
    assert laid.seen(farm=True, skip=skip) == ["metadata mode", "added new", "modified written"]
    more = ["deleted child/x", "deleted mnt/layer/x"]
    assert laid.seen(farm=True) == [*more, "metadata mode", "added new", "modified written"]


@pytest.mark.parametrize("mode", [0, 0o300, 0o100, 0o400, 0o444])
def test_a_child_that_the_user_cannot_read_was_shown_as_it_is(laid: Laid, mode: int) -> None:
    put(laid.real / "child/x")
    folder(laid.upper / "child")
    (laid.real / "child").chmod(mode)
    assert [word for word in laid.seen(farm=True) if word != "metadata child"] == []


def test_a_farm_copies_a_symlink_and_not_what_it_leads_to(laid: Laid) -> None:
    put(laid.real / "a")
    put(laid.upper / "a")
    for top, target in ((laid.real, "a"), (laid.upper, "/etc/passwd")):
        (top / "link").symlink_to(target)
    assert laid.seen(farm=True) == ["modified link"]
