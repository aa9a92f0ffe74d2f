"""The disk is full, or fails, or is another one: an apply stops where it is, and can go on or be taken back."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import need
from tests.unit.box.ground import NEW, Ground, file, folder, gone, kept, look
from tests.unit.box.killing import KILLED, STOPPED, Mixed, at_call, at_write, calls, in_child
from wrapify.box import waiting
from wrapify.errors import StateError

TRIALS = (
    "write openat copy_file_range ftruncate fchmod mkdirat renameat2 fsync syncfs linkat symlinkat mknodat utimensat"
    " unlinkat openat2 newfstatat"
).split()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with little room."""
    place = folder(tmp_path / "small")
    done = subprocess.run([need("mount"), "-t", "tmpfs", "-o", "size=1m,mode=755", "tmpfs", place], check=False)
    if done.returncode:
        pytest.skip("nothing can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def filled(ground: Ground) -> dict[str, str]:
    """Fill a real directory and a layer over it; give what is wanted of it."""
    file(ground.real / "changed", "old\n")
    file(ground.real / "deleted/inside", "old\n")
    file(ground.upper / "changed", "new\n")
    gone(ground.upper / "deleted")
    for number in range(20):
        file(ground.upper / f"new/f{number}", f"{number}\n" * 20_000)
    files = (path for path in ground.upper.rglob("f*") if path.is_file())
    return {str(path.relative_to(ground.upper)): path.read_text() for path in files}


def test_a_full_disk(tmp_path: Path, small: Path) -> None:
    ground = Ground(tmp_path, folder(small / "real"))
    wanted = filled(ground)
    before = kept(look(ground.real))
    plan = ground.plan()
    ballast = file(small / "ballast", "x" * 500_000)
    with pytest.raises(StateError, match="No space left") as problem:
        ground.apply(plan)
    assert "--resume" in problem.value.hint
    assert "--undo" in problem.value.hint
    assert ground.undo() == {}
    assert kept(look(ground.real)) == before
    with pytest.raises(StateError):
        ground.apply(plan)
    ballast.unlink()
    subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
    assert ground.resume() == {}
    assert {name: (ground.real / name).read_text() for name in wanted} == wanted
    assert (ground.real / "changed").read_text() == "new\n"
    assert not (ground.real / "deleted").exists()


def test_directories_stay_open_no_longer_than_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those in which nothing could be made."""
    monkeypatch.setattr(waiting, "HELD", 10)
    ground, number = Ground(tmp_path), 200
    for count in range(number):
        folder(ground.real / f"d{count:03}")
        file(ground.upper / f"d{count:03}/file", "new")
    plan = ground.plan()
    for count in range(number // 2):
        file(ground.upper / f"d{count:03}/file", "what nobody looked at", mtime=NEW + 1)

    def act() -> None:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 30, most))
        assert len(ground.apply(plan)) == number // 2

    assert in_child(act) == 0


def test_another_file_system_than_the_box(tmp_path: Path, small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
    ground = Ground(tmp_path, folder(small / "real"))
    filled(ground)
    before = kept(look(ground.real))
    assert ground.apply() == {}
    # What was replaced cannot be moved to the box, so it lies beside, for nobody else to read.
    beside = [path for path in ground.real.iterdir() if path.name.startswith(".wrapify-undo-")]
    assert [path.stat().st_mode & 0o777 for path in beside] == [0o700]
    assert len(list(beside[0].iterdir())) == 2
    assert ground.trash() == []
    assert ground.undo() == {}
    assert kept(look(ground.real)) == before


def test_killed_on_another_file_system(tmp_path: Path, small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=8m", small], check=True)
    ground = Ground(tmp_path, folder(small / "real"))
    wanted = filled(ground)
    before, plan = kept(look(ground.real)), ground.plan()
    number, status = 0, KILLED
    while status == KILLED:
        number += 1
        ground.begin(plan).close()
        status = at_write(ground.first, number, before=False)
        if number % 2:
            assert ground.resume() == {}
            assert {name: (ground.real / name).read_text() for name in wanted} == wanted
        # The box may get its name only now: what was kept is found all the same.
        ground.box = ground.box.rename(tmp_path / f"box{number}")
        ground.layer = ground.layer._replace(root=f"{ground.box}/u0")
        if at_write(ground.undo, number, before=False) == KILLED and ground.is_applied():
            assert ground.undo() == {}
        assert kept(look(ground.real)) == before
    assert number > 40


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_any_system_call_fails(tmp_path: Path, error: str) -> None:
    mixed = Mixed(tmp_path, 40)
    ground, log = mixed.ground, tmp_path / "log"
    mixed.begin()
    every = calls(ground.first, log=log)
    assert ground.undo() == {}
    stopped = 0
    for call in TRIALS:
        numbers = [number for name, number in every if name == call]
        for number in {numbers[len(numbers) // 3], numbers[-1]} if numbers else ():
            mixed.begin()
            status = at_call(ground.first, call, what=f"error={error}:when={number}", log=log)
            assert status != KILLED
            stopped += status == STOPPED
            if status == STOPPED:
                assert ground.resume() == {}, (call, number)
                mixed.check_applied()
            assert ground.undo() == {}, (call, number)
            mixed.check_undone()
    assert stopped > 5
