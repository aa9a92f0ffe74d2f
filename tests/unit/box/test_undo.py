"""Undo brings back what was, unless the user has done something with it since: then both stay, and it says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.box.ground import NEW, OLD, Ground, away, before_rename, fifo, file, folder, gone, kept, link, look
from wrapify.box.changes import CHANGED
from wrapify.box.places import NOT_EMPTY, OCCUPIED


@pytest.fixture
def applied(ground: Ground) -> Ground:
    """A box that was applied: something of every kind, and of it new, replaced and deleted."""
    for name in ("file", "deleted", "mode"):
        file(ground.real / name, f"old {name}", mtime=OLD)
    file(ground.real / "became a directory", "old", mtime=OLD)
    file(ground.real / "gone/in", "old", mtime=OLD)
    file(ground.upper / "file", "new")
    file(ground.upper / "mode", "old mode", mode=0o600)
    file(ground.upper / "added", "new")
    link(ground.upper / "link", "added")
    fifo(ground.upper / "pipe")
    file(ground.upper / "new/sub/in", "new").parent.chmod(0o555)
    file(ground.upper / "became a directory/in", "new")
    for name in ("deleted", "gone"):
        gone(ground.upper / name)
    assert ground.apply() == {}
    return ground


def texts(ground: Ground, *names: str) -> list[str]:
    return [(ground.real / name).read_text() for name in names]


def test_what_was_placed_is_changed_since(applied: Ground) -> None:
    for name in ("file", "added", "mode"):
        (applied.real / name).write_text("mine")
    (applied.real / "link").unlink()
    link(applied.real / "link", "mine", mtime=NEW)
    file(applied.real / "deleted", "mine")
    folder(applied.real / "gone/mine")
    found = look(applied.real)
    assert applied.undo() == dict.fromkeys(("file", "added", "mode", "link"), CHANGED) | dict.fromkeys(
        ("deleted", "gone"), OCCUPIED
    )
    after = look(applied.real)
    for name in ("file", "added", "mode", "link", "deleted", "gone", "gone/mine"):
        assert after[name] == found[name]._replace(mtime=after[name].mtime), name
    # The old ones are not lost.
    trash = applied.box / "applied/1/trash"
    held = {path.read_text() if path.is_file() else (path / "in").read_text() for path in trash.iterdir()}
    assert held == {"old file", "old deleted", "old"}
    assert sorted(after) == sorted(
        ["", "file", "added", "mode", "link", "deleted", "gone", "gone/mine", "became a directory"]
    )


def test_what_was_placed_is_saved_anew(applied: Ground) -> None:
    for name in ("file", "added", "link", "became a directory"):
        away(applied.real / name)
        file(applied.real / "draft", "mine", mtime=NEW + 5).rename(applied.real / name)
    left = applied.undo()
    assert left.pop("file") in (OCCUPIED, CHANGED)  # It may have got the inode of the one that was removed.
    assert left == {"became a directory": OCCUPIED, "added": CHANGED, "link": CHANGED}
    assert sorted((applied.box / "applied/1/trash" / one).read_text() for one in applied.trash()) == ["old", "old file"]
    assert texts(applied, "file", "added", "link", "became a directory") == ["mine"] * 4


def test_what_was_placed_is_removed(applied: Ground) -> None:
    for name in ("file", "added", "link", "pipe", "new", "became a directory"):
        away(applied.real / name)
    assert applied.undo() == {}
    assert texts(applied, "file", "deleted", "mode", "became a directory", "gone/in") == [
        "old file", "old deleted", "old mode", "old", "old",
    ]  # fmt: skip
    assert sorted(look(applied.real)) == sorted(
        ["", "became a directory", "deleted", "file", "gone", "gone/in", "mode"]
    )


def test_something_is_made_in_new_directories(applied: Ground) -> None:
    (applied.real / "new/sub").chmod(0o755)
    file(applied.real / "new/sub/mine", "mine")
    (applied.real / "new/sub").chmod(0o555)
    file(applied.real / "became a directory/mine", "mine")
    left = applied.undo()
    assert left == dict.fromkeys(("new/sub", "new", "became a directory"), NOT_EMPTY)
    assert texts(applied, "new/sub/mine", "became a directory/mine") == ["mine", "mine"]
    found = look(applied.real)
    assert (found["new/sub"].mode & 0o777, found["new"].mode & 0o777) == (0o555, 0o755)
    assert "new/sub/in" not in found
    assert not [name for name in found if ".wrapify" in name]


@pytest.mark.parametrize("name", ["file", "added"])
def test_it_is_changed_while_it_is_taken_out(applied: Ground, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def meddle() -> None:
        if (applied.real / name).read_text() == "new":
            (applied.real / name).write_text("mine")

    before_rename(monkeypatch, *[meddle] * 100)
    assert applied.undo() == {name: CHANGED}
    assert texts(applied, name) == ["mine"]
    assert not [found for found in look(applied.real) if ".wrapify" in found]
    assert [(applied.box / "applied/1/trash" / one).read_text() for one in applied.trash()] == (
        ["old file"] if name == "file" else []
    )


def test_a_used_fifo_is_not_a_changed_one(applied: Ground) -> None:
    pipe = os.open(applied.real / "pipe", os.O_RDWR)
    os.write(pipe, b"x")
    os.close(pipe)
    assert applied.undo() == {}
    assert not (applied.real / "pipe").exists()


def test_coarse_times(applied: Ground) -> None:
    """A file system may know whole seconds only."""
    os.utime(applied.real / "file", ns=(NEW, NEW // 10**9 * 10**9))
    os.utime(applied.real / "added", ns=(NEW, NEW + 1))
    assert applied.undo() == {"added": CHANGED}


def test_own_rights_come_back(ground: Ground) -> None:
    """What a run may not set, undo may: the user had set it."""
    file(ground.real / "file", "old", mode=0o4755, mtime=OLD)
    file(ground.upper / "file", "old", mode=0o755)
    before = look(ground.real)
    assert ground.apply() == {}
    assert look(ground.real)["file"].mode & 0o7777 == 0o755
    assert ground.undo() == {}
    assert kept(look(ground.real)) == kept(before)


def test_a_moved_parent(applied: Ground) -> None:
    """A directory that has gone is not missed where nothing is to come back, and is where something is."""
    file(applied.real / "d/x", "old", mtime=OLD)
    applied.clear()
    file(applied.upper / "d/x", "new")
    file(applied.upper / "d/y", "new")
    assert applied.apply() == {}
    away(applied.real / "d")
    assert applied.undo() == {"d/x": "no such file or directory"}
    assert [(Path(applied.box) / "applied/2/trash" / one).read_text() for one in applied.trash(2)] == ["old"]
