"""Somebody swaps a directory, or a file, with a symlink to the outside while an apply goes on: nothing lands there."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.unit.box.ground import Ground, file, folder

FILES, ROUNDS = 2000, 20


@contextmanager
def racing(swap: Callable[[], None]) -> Iterator[None]:
    """Swap again and again, as fast as it goes, in a process of its own."""
    pid = os.fork()
    if not pid:
        while True:
            with suppress(OSError):
                swap()
    try:
        yield
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def swapping(place: Path, outside: Path) -> Callable[[], None]:
    """Give what puts a symlink to `outside` in the place of `place`, and puts that back."""
    aside, lure = place.with_name(f"{place.name}.aside"), place.with_name(f"{place.name}.lure")
    lure.symlink_to(outside)

    def swap() -> None:
        os.rename(place, aside)
        os.rename(lure, place)
        os.rename(place, lure)
        os.rename(aside, place)

    return swap


def naive(ground: Ground) -> int:
    """Copy as anybody would; give how many files landed outside."""
    for path in sorted(ground.upper.rglob("f*")):
        with suppress(OSError):
            shutil.copyfile(path, ground.real / path.relative_to(ground.upper))
    return len(os.listdir(ground.outside))


def test_a_directory_is_swapped_with_a_symlink(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    place = folder(ground.real / "d")
    for number in range(FILES):
        file(ground.upper / "d" / f"f{number}", f"{number}\n")
    plan = ground.plan()
    with racing(swapping(place, ground.outside)):
        left = ground.apply(plan)
        assert os.listdir(ground.outside) == []
        # The race is a real one: what follows symlinks loses it, if not at the first try.
        assert any(naive(ground) for _ in range(ROUNDS))
    assert len(left) < FILES
    assert list(ground.real.rglob(".wrapify-*")) == []
    assert set(left.values()) <= {"its directory is not what it was"}


def test_a_file_is_swapped_with_a_symlink(tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    victim = file(ground.outside / "victim", "mine\n")
    paths = [file(ground.real / f"d{number}/f", "old\n") for number in range(50)]
    for number in range(50):
        file(ground.upper / f"d{number}/f", "new\n")
    plan = ground.plan()
    swaps = [swapping(path, victim) for path in paths]

    def swap() -> None:
        for one in swaps:
            with suppress(OSError):
                one()

    with racing(swap):
        ground.apply(plan)
    assert victim.read_text() == "mine\n"


@pytest.mark.parametrize("number", range(3))
def test_undo_in_a_race(tmp_path: Path, number: int) -> None:
    ground = Ground(tmp_path)
    place = folder(ground.real / "d")
    for count in range(300):
        file(place / f"f{count}", "old\n")
        file(ground.upper / "d" / f"f{count}", f"new {number}\n")
        file(ground.outside / f"f{count}", "mine\n")
    assert ground.apply() == {}
    with racing(swapping(place, ground.outside)):
        ground.undo()
        assert {path.read_text() for path in ground.outside.iterdir()} == {"mine\n"}
