"""`wrapify on` as a program: --global removes the mark, and without it the hook is what would have answered."""

from __future__ import annotations

from tests.conftest import Wrapify

MARK = ".config/wrapify/off"


def test_global_removes_the_mark_whatever_it_is(wrapify: Wrapify) -> None:
    wrapify.put(MARK, "")
    for _ in range(2):
        done = wrapify("on", "--global")
        assert (done.returncode, done.stdout) == (0, "")
        assert "judged" in done.stderr
        assert not (wrapify.home / MARK).exists()


def test_without_global_the_hook_is_missing(wrapify: Wrapify) -> None:
    wrapify.put(MARK, "")
    done = wrapify("on")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the hook is not loaded in this shell" in done.stderr
    assert "wrapify init" in done.stderr
    assert (wrapify.home / MARK).exists()
