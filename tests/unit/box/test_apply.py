"""What apply does to real files, compared exactly: every kind of new thing over every kind of old one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.unit.box.ground import NEW, OLD, Ground, fifo, file, folder, gone, kept, look, placed, shown
from tests.unit.box.kinds import NEWS, OLDS, with_attributes
from wrapify.box.changes import CHANGED, classify
from wrapify.box.model import Kind, Print
from wrapify.box.scan import scan
from wrapify.box.steps import ADJUST, FINISH, PUT, RESERVED, ApplyPlan, Step, plan_apply

STRANGE = os.fsdecode(b"\xff\n\x1b[31m -rf")
NAMES = ("thing", STRANGE)


@pytest.mark.parametrize("old", OLDS)
@pytest.mark.parametrize("new", NEWS)
def test_every_kind_over_every_kind(ground: Ground, old: str, new: str) -> None:
    file(ground.outside / "file", "outside", mtime=OLD)
    for name in NAMES:
        file(ground.real / f"beside {name}", "stays", mtime=OLD)
        OLDS[old](ground.real / name)
        NEWS[new](ground.upper / name)
    before, outside, want = look(ground.real), look(ground.outside), shown(ground.upper, ground.real)
    assert want != placed(before, want) or (old, new) == ("nothing", "whiteout")

    is_user = os.geteuid() != 0
    if is_user and (old, new) == ("read-only directory", "read-only directory"):
        # The permissions of the real one are those of the recorded one: nothing says that it may be opened.
        assert ground.apply() == {f"{name}/file": "permission denied" for name in NAMES}
        assert all(look(ground.real)[f"{name}/file"] == before[f"{name}/file"] for name in NAMES)
    else:
        assert ground.apply() == {}
        assert placed(look(ground.real), want) == want
        # What cannot be read cannot be compared.
        assert (is_user and new == "unreadable file") or ground.plan() == ((), ())
    assert look(ground.outside) == outside

    assert ground.undo() == {}
    assert kept(look(ground.real)) == kept(before)
    assert ground.trash() == []
    assert look(ground.outside) == outside


def test_permissions_and_attributes(ground: Ground) -> None:
    for name, mode in (("file", 0o644), ("shut", 0o444), ("open", 0o400)):
        with_attributes(ground.real / name, mode=mode)
        with_attributes(ground.upper / name, mode=0o600)
        os.setxattr(ground.upper / name, "user.note", b"new")
        os.setxattr(ground.upper / name, "user.more", b"")
        os.utime(ground.upper / name, ns=(NEW, NEW))
        (ground.upper / name).chmod({"file": 0o555, "shut": 0o444, "open": 0o755}[name])
    fifo(ground.real / "pipe", mode=0o600)
    fifo(ground.upper / "pipe", mode=0o622)
    for name, mode in (("d", 0o755), ("grown", 0o500), ("both", 0o1500)):
        file(ground.real / name / "in", "old", mtime=OLD)
        (ground.real / name).chmod(mode)
        file(ground.upper / name / "in", "new")
        file(ground.upper / name / "more", "new")
    os.setxattr(ground.upper / "d", "user.note", b"new")
    # Permissions that are lost come last, those that are gained come first, and both may be needed.
    (ground.upper / "d").chmod(0o555)
    (ground.upper / "grown").chmod(0o700)
    (ground.upper / "both").chmod(0o300)
    ground.upper.chmod(0o750)
    before, want = look(ground.real), shown(ground.upper, ground.real)

    assert ground.apply() == {}
    assert placed(look(ground.real), want) == want
    # They are changed and not replaced.
    same = ("file", "shut", "open", "pipe", "d", "grown", "both", "")
    assert [look(ground.real)[name].ino for name in same] == [before[name].ino for name in same]
    assert ground.undo() == {}
    assert kept(look(ground.real)) == kept(before)


def test_holes(ground: Ground) -> None:
    size, piece = 64 << 20, os.urandom(5000)
    for name, spots in (("all", ()), ("start", (0,)), ("middle", (10 << 20, 30 << 20)), ("end", (size - 5000,))):
        with open(ground.upper / name, "wb") as target:
            target.truncate(size)
            for spot in spots:
                target.seek(spot)
                target.write(piece)
    file(ground.upper / "full", os.urandom(3 << 20))
    wanted = look(ground.upper)
    assert ground.apply() == {}
    found = look(ground.real)
    for name, one in wanted.items():
        assert found[name].content == one.content
        assert found[name].blocks <= one.blocks + 16, name


def test_no_rights_of_an_owner(ground: Ground) -> None:
    """The plan refuses such files; a step that asks for it all the same does not get it."""
    file(ground.upper / "new", "new", mode=0o6755)
    base = file(ground.real / "old", "old", mode=0o700)
    assert [why for _, why in ground.plan(force=True).left] == ["it would run with its owner's rights"]

    found = base.stat()
    was = Print(0, found.st_ino, found.st_size, found.st_mtime_ns, 0o700, Kind.FILE)
    steps = (
        Step(PUT, 0, "new", mode=0o6755, mtime=NEW),
        Step(ADJUST, 0, "old", mode=0o6755, base=was, was=(0o700, ())),
        Step(PUT, 0, "d", Kind.DIR, mode=0o6755, mtime=NEW),
        Step(FINISH, 0, "d", Kind.DIR, mode=0o6755, mtime=NEW),
    )
    assert ground.apply(ApplyPlan(steps, ())) == {}
    # A directory may give its group to what is made in it.
    modes = {name: stat.S_IMODE(one.mode) for name, one in look(ground.real).items() if name}
    assert modes == {"new": 0o755, "old": 0o755, "d": 0o2755}


# ---- not everything, and more than once


def test_only_what_is_asked_for(ground: Ground) -> None:
    for name in ("a/one", "a/two", "old"):
        file(ground.upper / "new" / name, name)
    file(ground.real / "old", "old", mtime=OLD)
    file(ground.upper / "old", "changed")
    folder(ground.upper / "new/b")
    assert ground.apply(ground.plan("new/a/one")) == {}
    assert sorted(look(ground.real)) == ["", "new", "new/a", "new/a/one", "old"]
    assert (ground.real / "old").read_text() == "old"
    assert ground.apply(ground.plan("new/a")) == {}
    assert ground.apply(ground.plan("old", "new/old")) == {}
    assert sorted(look(ground.real)) == ["", "new", "new/a", "new/a/one", "new/a/two", "new/old", "old"]
    for left in (
        ["", "new", "new/a", "new/a/one", "new/a/two", "old"],
        ["", "new", "new/a", "new/a/one", "old"],
        ["", "old"],
    ):
        assert ground.undo() == {}
        assert sorted(look(ground.real)) == left
    assert (ground.real / "old").read_text() == "old"


def test_force_keeps_what_it_replaces(ground: Ground) -> None:
    file(ground.real / "file", "what the run saw", mtime=OLD)
    file(ground.upper / "file", "what the run made")
    changes = ground.changes()
    file(ground.real / "file", "what was written since", mtime=OLD + 1)
    before = look(ground.real)
    assert ground.apply(ApplyPlan(plan_apply(changes).steps, ())) == {"file": CHANGED}
    assert kept(look(ground.real)) == kept(before)

    late = list(classify(scan(ground.layer), dests=(str(ground.real),), since=1))
    assert [why for _, why in plan_apply(late).left] == [late[0].conflict]
    assert ground.apply(plan_apply(late, force=True)) == {}
    assert (ground.real / "file").read_text() == "what the run made"
    assert ground.undo() == {}
    assert kept(look(ground.real)) == kept(before)


def test_two_applies_two_undos(ground: Ground) -> None:
    file(ground.real / "file", "first", mtime=OLD)
    file(ground.real / "d/in", "first", mtime=OLD)
    looks = [look(ground.real)]
    file(ground.upper / "file", "second")
    gone(ground.upper / "d")
    assert ground.apply() == {}
    looks.append(look(ground.real))
    ground.clear()
    file(ground.upper / "file", "third", mtime=NEW + 1)
    file(ground.upper / "d/in", "third")
    assert ground.apply() == {}
    assert (ground.real / "d/in").read_text() == "third"
    for before in reversed(looks):
        assert ground.undo() == {}
        assert kept(look(ground.real)) == kept(before)
    with pytest.raises(AssertionError):
        ground.latest()


def test_names_that_an_apply_uses(ground: Ground) -> None:
    """A run that knows the box's name could lay out what undo would then bring back in place of something else."""
    file(ground.real / "file", "old", mtime=OLD)
    file(ground.upper / "file", "new")
    for number in range(4):
        file(ground.upper / f".wrapify-undo-box-1/{number}", "bad")
        file(ground.upper / f".wrapify-new-box-1-{number}", "bad")
    (ground.upper / ".wrapify-undo-box-1").chmod(0o700)
    plan = ground.plan()
    assert {why for _, why in plan.left} == {RESERVED}
    assert ground.apply(plan) == {}
    assert {name: one.content for name, one in look(ground.real).items() if name} == {"file": b"new"}
    assert ground.undo() == {}
    assert {name: one.content for name, one in look(ground.real).items() if name} == {"file": b"old"}


def test_group_and_owner_of_what_is_replaced(tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs root")
    ground = Ground(tmp_path)
    os.chown(file(ground.real / "file", "old", mtime=OLD), 1234, 2345)
    file(ground.upper / "file", "new")
    assert ground.apply() == {}
    found = (ground.real / "file").stat()
    assert (found.st_uid, found.st_gid, found.st_size) == (1234, 2345, 3)
