"""What is tried is tried in bounded time, and nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.sandbox.terminal import gone, kill, marked, sleepers, until
from wrapify.doctor.trial import Trying
from wrapify.errors import StateError


def test_an_answer() -> None:
    trying = Trying(lambda: ("yes", 1, [True]), 20)
    assert trying.answer() == ("yes", 1, [True])


def test_an_answer_that_is_fetched_after_its_time() -> None:
    trying = Trying(lambda: "yes", 0.5)
    end = time.monotonic() + 1
    until(lambda: time.monotonic() > end)
    assert trying.answer() == "yes"


@pytest.mark.parametrize("error", [OSError(5, "no"), StateError("no"), ValueError("no"), SystemExit(3)])
def test_a_failure_is_no_answer(error: BaseException) -> None:
    def fail() -> None:
        raise error

    assert Trying(fail, 20).answer() is None


def test_what_takes_too_long_is_ended() -> None:
    mark = marked()

    def hang() -> None:
        subprocess.run(["sh", "-c", f"setsid sleep {mark} & wait"], check=False)

    begun = time.monotonic()
    assert Trying(hang, 0.5).answer() is None
    assert time.monotonic() - begun < 10
    # Only its leader is killed here: the process that asks the doctor ends the others (`look`).
    kill(sleepers(mark))
    gone(mark)


def test_what_takes_too_long_puts_its_things_in_order(tmp_path: Path) -> None:
    mark = tmp_path / "mark"

    def hang() -> None:
        mark.touch()
        try:
            signal.pause()
        finally:
            mark.unlink()

    trying = Trying(hang, 0.5)
    until(mark.exists)
    assert trying.answer() is None
    assert not mark.exists()


def test_it_has_no_terminal_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    def look() -> list[object]:
        os.write(1, b"noise")
        os.write(2, b"noise")
        return [os.getsid(0) == os.getpid(), os.isatty(0)]

    assert Trying(look, 20).answer() == [True, False]
    assert capfd.readouterr() == ("", "")
