"""`wrapify status`: what holds in all shells."""

from __future__ import annotations

from tests.conftest import Wrapify


def test_it_says_whether_pastes_are_judged(wrapify: Wrapify) -> None:
    done = wrapify("status")
    assert (done.returncode, done.stdout, done.stderr) == (0, "guard: on in every shell that has the hook\n", "")
    assert wrapify("off", "--global").returncode == 0
    done = wrapify("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"guard: off in all shells, by {wrapify.home}/.config/wrapify/off\n"


def test_it_says_how_this_shell_tells_of_itself(wrapify: Wrapify) -> None:
    assert "With the hook loaded" in wrapify("status", "--help").stdout
