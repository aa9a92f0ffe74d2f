"""kill -9 at every line of the journal and at any system call: apply is finished or taken back, and nothing is lost."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from tests.unit.box.killing import KILLED, Mixed, at_call, at_write, calls
from wrapify.box import journal, kernel, waiting
from wrapify.box.journal import DONE, LEFT, STUCK, UNDONE, Record

FEW, MANY, CALLS = 25, 500, 200
SEED = int(os.environ.get("WRAPIFY_TEST_SEED", "3"))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: a kill leaves what the kernel has."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(kernel, "sync_folder", lambda folder, *, whole: None)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_every_line_of_the_journal(tmp_path: Path, before: bool) -> None:
    mixed = Mixed(tmp_path, FEW)
    ground = mixed.ground
    assert ground.apply(mixed.plan) == {}
    mixed.check_applied()
    total = lines(ground.box / "applied/1/journal")
    assert total > 2 * FEW
    assert ground.undo() == {}
    mixed.check_undone()
    for number in range(1, total + 1):
        for go_on in (ground.resume, ground.undo):
            mixed.begin()
            assert at_write(ground.first, number, before=before) == KILLED
            assert go_on() == {}
            if go_on == ground.resume:
                mixed.check_applied()
                assert ground.undo() == {}
            mixed.check_undone()


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_every_line_of_the_journal_of_an_undo(tmp_path: Path, before: bool) -> None:
    mixed = Mixed(tmp_path, FEW)
    number, status = 0, KILLED
    while status == KILLED:
        number += 1
        assert mixed.ground.apply(mixed.plan) == {}
        status = at_write(mixed.ground.undo, number, before=before)
        if mixed.ground.is_applied():
            assert mixed.ground.undo() == {}
        mixed.check_undone()
    assert (status, number > FEW) == (0, True)


def test_killed_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 changes: each attempt comes one step further until they are applied, then five until all are undone."""
    monkeypatch.setattr(waiting, "BATCH", 7)
    mixed = Mixed(tmp_path, MANY)
    mixed.begin()
    steps = mixed.plan.steps
    assert len(steps) > MANY
    # Parsing the plan a thousand times would take most of the time.
    monkeypatch.setattr(journal, "read", lambda box, number: Record(f"{box}/applied/{number}", steps))
    for _ in steps:
        assert at_write(mixed.ground.resume, 1, before=False, words=DONE + LEFT) == KILLED
    assert mixed.ground.resume() == {}
    mixed.check_applied()
    for _ in range(len(steps) // 5):
        assert at_write(mixed.ground.undo, 5, before=False, words=UNDONE + STUCK) == KILLED
    assert mixed.ground.undo() == {}
    mixed.check_undone()


def test_any_system_call(tmp_path: Path) -> None:
    mixed = Mixed(tmp_path, 32)
    ground, log = mixed.ground, tmp_path / "log"
    mixed.begin()
    every = calls(ground.first, log=log)
    assert ground.undo() == {}
    killed = 0
    for count, (call, number) in enumerate(random.Random(SEED).sample(every, CALLS)):
        mixed.begin()
        killed += at_call(ground.first, call, what=f"signal=KILL:when={number}", log=log) == KILLED
        if count % 2:
            assert ground.resume() == {}, (call, number)
            mixed.check_applied()
        assert ground.undo() == {}, (call, number)
        mixed.check_undone()
    # The first call of some kind may come a little earlier or later than it did.
    assert killed > CALLS * 0.95
