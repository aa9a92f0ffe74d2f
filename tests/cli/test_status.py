"""`wrapify status`: what holds in all shells."""

from __future__ import annotations

from tests.conftest import Wrapify

THIS = "this shell: no hook is loaded in it, which would have answered\n"


def test_it_says_whether_pastes_are_judged(wrapify: Wrapify) -> None:
    done = wrapify("status")
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        f"{THIS}all shells: pastes are judged where the hook is loaded\n",
        "",
    )
    assert wrapify("off", "--global").returncode == 0
    done = wrapify("status")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{THIS}all shells: pastes are not judged, by {wrapify.home}/.config/wrapify/off\n"


def test_it_says_how_this_shell_tells_of_itself(wrapify: Wrapify) -> None:
    assert "With the hook loaded" in wrapify("status", "--help").stdout
