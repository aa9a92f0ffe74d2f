"""What happens on the host between the plan, the apply and the undo: nothing of the user's is ever lost."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.box.ground import (
    NEW,
    OLD,
    Ground,
    before_rename,
    file,
    folder,
    gone,
    kept,
    link,
    look,
    without_numbers,
)
from tests.unit.box.killing import KILLED, at_write, in_child
from tests.unit.box.kinds import NEWS
from wrapify.box.apply import ROW
from wrapify.box.changes import APPEARED, CHANGED
from wrapify.box.copying import RUN_SINCE
from wrapify.box.journal import DONE, LINES, PREPARED
from wrapify.box.places import ELSEWHERE, GONE, OCCUPIED, Places
from wrapify.box.steps import PARENT


def edit(path: Path) -> None:
    """Save a file as most editors do."""
    file(path.with_name("draft"), "mine", mtime=NEW + 5).rename(path)


def write(path: Path) -> None:
    path.write_text("mine")


def remove(path: Path) -> None:
    path.unlink()


def other_directory(path: Path) -> None:
    path.unlink()
    file(path / "mine", "mine")


def other_link(path: Path) -> None:
    path.unlink()
    link(path, "../outside/file")


MEDDLING = (edit, write, remove, other_directory, other_link)


@pytest.mark.parametrize("meddle", MEDDLING)
@pytest.mark.parametrize("new", ["file", "symlink", "fifo", "directory", "whiteout"])
def test_changed_at_the_last_moment(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, new: str, meddle: Callable[[Path], None]
) -> None:
    file(ground.outside / "file", "outside")
    file(ground.real / "thing", "old", mtime=OLD)
    NEWS[new](ground.upper / "thing")
    before_rename(monkeypatch, lambda: meddle(ground.real / "thing"))
    left = ground.apply()
    meddle_again = Ground(folder(ground.outside / "again"))
    meddle(file(meddle_again.real / "thing", "old", mtime=OLD))
    assert without_numbers(look(ground.real)) == without_numbers(look(meddle_again.real))
    if (meddle, new) == (remove, "whiteout"):
        assert left == {}  # It is what was wanted.
    else:
        assert left.pop("thing") == (GONE if meddle is remove else CHANGED)
        assert set(left.values()) <= {PARENT}
    assert ground.trash() == []
    assert (ground.outside / "file").read_text() == "outside"
    found = look(ground.real)
    assert ground.undo() == {}
    assert kept(look(ground.real)) == kept(found)


@pytest.mark.parametrize("new", ["file", "symlink", "fifo", "directory"])
def test_appeared_at_the_last_moment(ground: Ground, monkeypatch: pytest.MonkeyPatch, new: str) -> None:
    """Nothing comes into a directory that only bears the name of the new one, and it keeps its permissions."""
    NEWS[new](ground.upper / "thing")
    before_rename(monkeypatch, lambda: folder(ground.real / "thing", mode=0o711))
    left = ground.apply()
    assert left.pop("thing") == APPEARED
    assert set(left.values()) <= {PARENT}
    found = look(ground.real)
    assert (sorted(found), stat.S_IMODE(found["thing"].mode), found["thing"].xattrs) == (["", "thing"], 0o711, ())
    assert ground.undo() == {}
    assert kept(look(ground.real)) == kept(found)


@pytest.mark.parametrize("new", ["whiteout", "file", "symlink"])
def test_directory_that_goes_gets_something_at_the_last_moment(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, new: str
) -> None:
    file(ground.real / "thing/sub/old", "old", mtime=OLD)
    NEWS[new](ground.upper / "thing")
    before_rename(monkeypatch, lambda: file(ground.real / "thing/sub/mine", "mine"))
    assert ground.apply() == {"thing": CHANGED}
    assert sorted(look(ground.real)) == ["", "thing", "thing/sub", "thing/sub/mine", "thing/sub/old"]
    assert ground.trash() == []


def test_something_comes_while_it_is_put_back(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is faster than that twice loses nothing either."""
    for name in ("deleted", "replaced"):
        file(ground.real / name, "old", mtime=OLD)
    gone(ground.upper / "deleted")
    file(ground.upper / "replaced", "new")
    actions = [
        lambda: file(ground.real / "deleted", "mine"),
        lambda: file(ground.real / "deleted", "mine too"),
        lambda: edit(ground.real / "replaced"),
        lambda: file(ground.real / "draft", "mine too").rename(ground.real / "replaced"),
    ]
    before_rename(monkeypatch, *actions)
    assert ground.apply() == {"deleted": OCCUPIED, "replaced": CHANGED}
    found = {name: one.content for name, one in look(ground.real).items() if name}
    assert found == {"deleted": b"mine too", "replaced": b"mine too"}
    kept_back = [(ground.box / "applied/1/trash" / name).read_text() for name in ground.trash()]
    assert kept_back == ["mine", "mine"]
    assert ground.undo() == {"deleted": OCCUPIED, "replaced": OCCUPIED}
    assert ground.trash() == ["0", "1"]


def test_directory_became_a_symlink(ground: Ground) -> None:
    for name in ("made", "changed"):
        file(ground.outside / name, "outside", mtime=OLD)
        file(ground.real / "d" / name, "old", mtime=OLD)
    (ground.real / "d/made").unlink()
    file(ground.real / "d/deleted", "old", mtime=OLD)
    file(ground.outside / "deleted", "outside", mtime=OLD)
    (ground.outside / "made").unlink()
    for name in ("made", "changed", "mode"):
        file(ground.upper / "d" / name, "new")
    gone(ground.upper / "d/deleted")
    plan = ground.plan()
    (ground.real / "d").rename(ground.real / "away")
    link(ground.real / "d", str(ground.outside))
    before, outside = look(ground.real), look(ground.outside)
    left = ground.apply(plan)
    assert left == dict.fromkeys(("d/made", "d/changed", "d/mode", "d/deleted"), "its directory is not what it was")
    assert look(ground.outside) == outside
    assert kept(look(ground.real)) == kept(before)
    assert ground.undo() == {}
    assert (look(ground.outside), kept(look(ground.real))) == (outside, kept(before))


def test_directory_becomes_a_symlink_while_its_files_are_placed(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the row that has begun go into the directory itself, wherever it is now; the others stay away."""
    place, more = folder(ground.real / "d"), 20
    for number in range(ROW + more):
        file(ground.upper / f"d/{number:03}", "new")

    def swap() -> None:
        place.rename(ground.real / "away")
        link(place, str(ground.outside))

    before_rename(monkeypatch, lambda: None, swap)
    left = ground.apply()
    assert left == {f"d/{number:03}": ELSEWHERE for number in range(ROW, ROW + more)}
    assert os.listdir(ground.outside) == []
    assert sorted(os.listdir(ground.real / "away")) == [f"{number:03}" for number in range(ROW)]


def test_journal_names_all_files_before_one_is_placed(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(LINES + 20):
        file(ground.upper / str(number), "new")
    read: list[list[str]] = []
    before_rename(monkeypatch, lambda: read.append((ground.box / "applied/1/journal").read_text().splitlines()))
    assert ground.apply() == {}
    prepared = {line.split()[2] for line in read[0] if line.split()[0] == PREPARED}
    assert prepared == {str((ground.real / str(number)).stat().st_ino) for number in range(LINES + 20)}


def test_something_has_the_name_beside_the_place(ground: Ground) -> None:
    """Only what was left of an earlier box of the same name can have it."""
    file(ground.real / ".wrapify-new-box-1-0", "left")
    file(ground.upper / "file", "new")
    assert ground.apply() == {}
    assert {name: one.content for name, one in look(ground.real).items() if name} == {"file": b"new"}


def test_box_was_used_before_it_is_finished(ground: Ground) -> None:
    file(ground.upper / "file", "what was planned")
    file(ground.upper / "other", "new")
    plan = ground.plan()
    file(ground.upper / "file", "what nobody looked at", mtime=NEW + 1)
    assert ground.apply(plan) == {"file": RUN_SINCE}
    assert sorted(look(ground.real)) == ["", "other"]


# ---- between a kill and what comes after it


def cut_off(ground: Ground) -> None:
    """Apply, and be killed when the new one is in its place and the old one beside it, before that is kept."""

    def act() -> None:
        Places.keep = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
        ground.apply()

    assert in_child(act) == KILLED
    assert (ground.real / "thing").read_text() == "new"


@pytest.mark.parametrize("then", ["resume", "undo", "resume and undo"])
@pytest.mark.parametrize("meddle", [edit, write, remove, other_directory])
@pytest.mark.parametrize("last", [False, True], ids=["as planned", "changed at the last moment"])
def test_what_was_placed_is_changed_after_a_kill(
    ground: Ground, last: bool, meddle: Callable[[Path], None], then: str
) -> None:
    """Neither what the user has now is lost nor what was there before, which has no place of its own yet."""
    file(ground.real / "thing", "old", mtime=OLD)
    file(ground.upper / "thing", "new", mode=0o755)
    cut_off(ground)
    if last:
        # As if it had been changed right before it was replaced.
        (beside,) = ground.real.glob(".wrapify-new-*")
        file(beside, "old and mine")
    meddle(ground.real / "thing")
    if "resume" in then:
        ground.resume()
    if "undo" in then:
        ground.undo()
    found = {name: one.content for name, one in look(ground.real).items() if name}
    trash = [(ground.box / "applied/1/trash" / name).read_bytes() for name in ground.trash()]
    assert not [name for name in found if name.startswith(".wrapify")]
    assert b"mine" in found.values() or meddle is remove
    old = b"old and mine" if last else b"old"
    assert old in [*found.values(), *trash]
    if meddle is remove and "undo" in then:
        assert (found, trash) == ({"thing": old}, [])


@pytest.mark.parametrize("then", ["resume", "undo"])
def test_journal_is_behind_the_files(ground: Ground, then: str) -> None:
    """After a power failure renames may be on the disk that the journal does not know of."""
    file(ground.real / "thing", "old", mtime=OLD)
    file(ground.upper / "thing", "new")
    cut_off(ground)
    os.truncate(ground.box / "applied/1/journal", 0)
    ground.resume() if then == "resume" else ground.undo()
    found = {name: one.content for name, one in look(ground.real).items() if name}
    trash = [(ground.box / "applied/1/trash" / name).read_bytes() for name in ground.trash()]
    assert (found, trash) == ({"thing": b"new"}, [b"old"])


def test_an_adjusted_file_is_changed_after_a_kill(ground: Ground) -> None:
    """A step that was never begun is not missed by undo, whatever the user did; one that was begun is."""
    for name in ("a", "b", "c"):
        file(ground.real / name, "old", mtime=OLD)
        file(ground.upper / name, "old", mode=0o600, mtime=OLD)
    ground.begin(ground.plan()).close()
    assert at_write(ground.resume, 2, before=False, words=DONE) == KILLED
    for name in ("b", "c"):
        (ground.real / name).write_text("mine")
    assert ground.undo() == {"b": CHANGED}
    modes = [stat.S_IMODE((ground.real / name).stat().st_mode) for name in ("a", "b", "c")]
    assert modes == [0o644, 0o600, 0o644]
