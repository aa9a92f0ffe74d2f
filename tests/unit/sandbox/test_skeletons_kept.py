"""What stays in memory of the copies of the system: the current ones, and those that a run holds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.sandbox.test_skeletons import etc, ready, row
from wrapify.sandbox.recipe import Recipe

__all__ = ["etc", "ready"]


def test_one_that_was_found_stale_goes_at_once(etc: Path, ready: Callable[..., Recipe], tmp_path: Path) -> None:
    for mode in (0o600, 0o640, 0o644):
        (etc / "hosts").chmod(mode)
        child = os.fork()
        if not child:
            ready(row(etc))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    assert len(list((tmp_path / "run/skeletons").iterdir())) == 1


def test_of_other_keys_the_newest_are_kept(
    etc: Path, ready: Callable[..., Recipe], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wrapify.sandbox.skeletons.KEPT", 2)
    folder = tmp_path / "run/skeletons"
    for number in range(5):
        (folder / f"key{9 - number}-{number:020x}").mkdir(parents=True)
    ready(row(etc))
    assert sorted(path.name[:4] for path in folder.iterdir() if path.name.startswith("key")) == ["key5", "key6"]
