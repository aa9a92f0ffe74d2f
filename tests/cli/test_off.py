"""`wrapify off` as a program: --global writes the mark, and without it the hook is what would have answered."""

from __future__ import annotations

from tests.conftest import Wrapify

MARK = ".config/wrapify/off"


def test_global_writes_the_mark_and_again_does_no_harm(wrapify: Wrapify) -> None:
    for _ in range(2):
        done = wrapify("off", "--global")
        assert (done.returncode, done.stdout) == (0, "")
        assert "not judged" in done.stderr
        assert (wrapify.home / MARK).is_file()


def test_the_mark_lies_where_xdg_says(wrapify: Wrapify) -> None:
    assert wrapify("off", "--global", env={"XDG_CONFIG_HOME": str(wrapify.home / "xdg")}).returncode == 0
    assert (wrapify.home / "xdg/wrapify/off").is_file()


def test_a_symlink_is_replaced_and_not_followed(wrapify: Wrapify) -> None:
    other = wrapify.put("other", "mine")
    wrapify.put(".config/wrapify/x", "")
    (wrapify.home / MARK).symlink_to(other)
    assert wrapify("off", "--global").returncode == 0
    assert other.read_text() == "mine"
    assert not (wrapify.home / MARK).is_symlink()


def test_a_mark_that_cannot_be_written_is_a_failure(wrapify: Wrapify) -> None:
    wrapify.put(f"{MARK}/x", "")
    done = wrapify("off", "--global")
    assert done.returncode == 125
    assert "cannot be removed" in done.stderr


def test_without_global_the_hook_is_missing(wrapify: Wrapify) -> None:
    done = wrapify("off")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the hook is not loaded in this shell" in done.stderr
    assert "wrapify init" in done.stderr
    assert not (wrapify.home / MARK).exists()
