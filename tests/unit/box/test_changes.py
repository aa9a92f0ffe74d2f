"""What is against a change: the real one has changed, or another one lies there, by the times that the kernel keeps."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User
from tests.unit.box.layering import NEVER, Laid, folder, laid_out, put, whiteout
from wrapify.box import changes as texts
from wrapify.box.changes import classify
from wrapify.box.scan import scan
from wrapify.box.steps import plan_apply


@pytest.fixture
def laid(tmp_path: Path, user: User) -> Iterator[Laid]:
    with laid_out(tmp_path, user) as made:
        yield made


def conflicts(laid: Laid, since: int) -> dict[str, str]:
    return {f"{change.kind} {change.at[1]}": change.conflict for change in laid.changes(since=since)}


@pytest.mark.parametrize("how", ["write", "append", "mode", "link", "rename over", "restore", "touch"])
def test_a_file_changed_on_the_host_is_a_conflict_however_that_was_done(laid: Laid, how: str) -> None:
    for name in ("a", "gone"):
        put(laid.real / name)
    put(laid.aside / "old", "the host's\n")
    os.utime(laid.aside / "old", (1, 1))
    put(laid.upper / "a", "the run's\n", copied=True)
    whiteout(laid.upper / "gone")
    since = laid.tick()
    assert conflicts(laid, since) == {"modified a": "", "deleted gone": ""}
    for name in ("a", "gone"):
        spot = laid.real / name
        match how:
            case "write":
                spot.write_text("the host's\n")
            case "append":
                with spot.open("a") as end:
                    end.write("more\n")
            case "mode":
                spot.chmod(0o600)
            case "link":
                os.link(spot, laid.aside / f"to {name}")
            case "rename over":
                os.link(laid.aside / "old", laid.aside / name)
                os.rename(laid.aside / name, spot)
            case "restore":
                spot.write_text("as it was\n")
                os.utime(spot, (1, 1))
            case "touch":
                os.utime(spot, (1, 1))
    assert conflicts(laid, since) == {"modified a": texts.CHANGED, "deleted gone": texts.CHANGED}


def test_the_same_change_on_the_host_is_none(laid: Laid) -> None:
    put(laid.real / "a")
    put(laid.upper / "a", "the run's\n", copied=True)
    since = laid.tick()
    put(laid.real / "a", "the run's\n")
    assert laid.changes(since=since) == []


def test_a_file_made_anew_is_not_known_to_have_come_from_the_real_one(laid: Laid) -> None:
    """Editors write beside and rename. The reason must hold for both."""
    put(laid.upper / "a", "the run's\n")
    since = laid.tick()
    put(laid.real / "a", "the host's\n")
    assert conflicts(laid, since) == {"modified a": texts.APPEARED}


# ---- directories


GONE = {"deleted d": texts.CHANGED}


@pytest.mark.parametrize(
    "how", ["made", "changed", "changed below", "moved in", "removed", "mode", "exchanged", "empty"]
)
def test_a_directory_that_goes_must_be_the_one_the_run_saw(laid: Laid, how: str) -> None:
    put(laid.real / "d/x")
    put(laid.real / "d/sub/y")
    put(laid.real / "other/precious")
    put(laid.real / "old")
    folder(laid.real / "bare")
    for name in ("other", "bare"):
        os.utime(laid.real / name, (1, 1))
    whiteout(laid.upper / "d")
    since = laid.tick()
    assert conflicts(laid, since) == {"deleted d": ""}
    match how:
        case "made":
            put(laid.real / "d/new")
        case "changed":
            put(laid.real / "d/x", "the host's\n")
        case "changed below":
            (laid.real / "d/sub/y").chmod(0o600)
        case "moved in":
            os.rename(laid.real / "old", laid.real / "d/sub/old")
        case "removed":
            (laid.real / "d/x").unlink()
        case "mode":
            (laid.real / "d").chmod(0o700)
        case "exchanged" | "empty":
            os.rename(laid.real / "d", laid.real / "was d")
            os.rename(laid.real / {"exchanged": "other", "empty": "bare"}[how], laid.real / "d")
    assert conflicts(laid, since) == GONE
    (change,) = laid.changes(since=since)
    assert plan_apply([change]).steps == ()
    assert [step.op for step in plan_apply([change], force=True).steps] == ["delete"]


def test_the_permissions_of_a_directory(laid: Laid) -> None:
    folder(laid.real / "d")
    folder(laid.upper / "d", 0o700, copied=True)
    since = laid.tick()
    put(laid.real / "d/made since")
    assert conflicts(laid, since) == {"metadata d": ""}
    (laid.real / "d/made since").unlink()
    os.utime(laid.real / "d", (1, 1))
    (laid.real / "d").chmod(0o711)
    assert conflicts(laid, since) == {"metadata d": texts.CHANGED}


@pytest.mark.parametrize("opaque", [False, True])
def test_another_directory_in_its_place_is_no_place_for_what_the_run_saw(laid: Laid, opaque: bool) -> None:
    """Its files are as old as they were: only the directory that was moved tells."""
    for top in ("d", "other"):
        for name in ("x", "gone", "in/deep/x", "in/deep/gone", "same"):
            put(laid.real / top / name)
    for name in ("d", "d/in", "d/in/deep"):
        folder(laid.upper / name, copied=not opaque, opaque=opaque)
    for name in ("d/x", "d/in/deep/x"):
        put(laid.upper / name, "the run's\n", copied=True)
    put(laid.upper / "d/same", copied=True)
    put(laid.upper / "d/new")
    for name in ("d/gone", "d/in/deep/gone"):
        if not opaque:
            whiteout(laid.upper / name)
    words = ["deleted d/gone", "deleted d/in/deep/gone", "modified d/in/deep/x", "modified d/x"]
    since = laid.tick()
    assert conflicts(laid, since) == dict.fromkeys([*words, "added d/new"], "")
    put(laid.real / "d/beside")
    (laid.real / "d/beside").unlink()
    assert conflicts(laid, since) == dict.fromkeys([*words, "added d/new"], "")
    os.rename(laid.real / "d", laid.real / "was d")
    os.rename(laid.real / "other", laid.real / "d")
    assert conflicts(laid, since) == dict.fromkeys(words, texts.MOVED) | {"added d/new": ""}


def test_another_directory_in_place_of_the_whole(laid: Laid) -> None:
    put(laid.real / "x")
    put(laid.upper / "x", "the run's\n", copied=True)
    put(laid.aside / "other/x")
    since = laid.tick()
    os.rename(laid.real, laid.aside / "was")
    os.rename(laid.aside / "other", laid.real)
    assert conflicts(laid, since) == {"modified x": texts.MOVED}


# ---- what never goes


@pytest.mark.parametrize(("mode", "never"), [(0o4755, True), (0o2755, True), (0o1755, False), (0o755, False)])
def test_a_file_that_runs_with_the_rights_of_another_is_never_applied(laid: Laid, mode: int, never: bool) -> None:
    put(laid.real / "b")
    for name in ("a", "b"):
        put(laid.upper / name, mode=mode)
    found = laid.changes(since=NEVER)
    assert [(change.never, change.conflict) for change in found] == [(never, texts.RIGHTS if never else "")] * 2
    assert len(plan_apply(found, force=True).steps) == (0 if never else 2)


def test_a_directory_may_hand_down_its_group(laid: Laid) -> None:
    folder(laid.upper / "d", 0o2775)
    (change,) = laid.changes(since=NEVER)
    assert (change.conflict, change.new and change.new.mode) == ("", 0o2775)


# ---- besides


def test_what_this_box_placed_itself_is_no_conflict(laid: Laid) -> None:
    put(laid.upper / "a", "the run's again\n", copied=True)
    put(laid.upper / "b", "the run's again\n", copied=True)
    since = laid.tick()
    placed, other = put(laid.real / "a", "the run's\n").stat(), put(laid.real / "b", "the host's\n").stat()
    ours = frozenset({(placed.st_ino, placed.st_mtime_ns), (other.st_ino, 5)})
    found = classify(scan(laid.layer()), dests=(str(laid.real),), since=since, ours=ours)
    assert [(change.at[1], change.conflict) for change in found] == [("a", ""), ("b", texts.CHANGED)]


def test_what_undo_brought_back_can_be_applied_again(laid: Laid) -> None:
    """A rename changes the time of a directory, and says nothing about what is in it."""
    for name in ("gone/in", "mode/in"):
        put(laid.real / name / "x")
    whiteout(laid.upper / "gone")
    folder(laid.upper / "mode", 0o700, copied=True)
    put(laid.upper / "mode/in/x", "the run's\n", copied=True)
    since = laid.tick()
    os.rename(laid.real / "gone", laid.real / "kept")
    os.rename(laid.real / "kept", laid.real / "gone")
    for mode in (0o700, 0o755):
        (laid.real / "mode").chmod(mode)

    def found() -> dict[str, str]:
        ours = frozenset(((laid.real / name).stat().st_ino, 0) for name in ("gone", "mode"))
        changes = classify(scan(laid.layer()), dests=(str(laid.real),), since=since, ours=ours)
        return {change.at[1]: change.conflict for change in changes}

    assert found() == {"gone": "", "mode": "", "mode/in/x": ""}
    (laid.real / "gone/in/x").chmod(0o600)
    (laid.real / "mode/in/x").chmod(0o600)
    assert found() == {"gone": texts.CHANGED, "mode": "", "mode/in/x": texts.CHANGED}


@pytest.mark.parametrize("dest", ["/", "/home/u", "/home/u/"])
def test_paths_are_absolute(laid: Laid, dest: str) -> None:
    laid.upper.chmod(0o711)
    put(laid.upper / "a/b")
    found = classify(scan(laid.layer()), dests=(dest,), since=NEVER)
    top = "" if dest == "/" else "/home/u"
    assert [change.path for change in found] == [top or "/", f"{top}/a", f"{top}/a/b"]
