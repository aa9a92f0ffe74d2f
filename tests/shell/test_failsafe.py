"""wrapify goes away or mad in the middle of a session: typed lines run, pastes that may matter stay, in each shell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import until
from tests.shell.shells import GUARDED, opened

pytestmark = [pytest.mark.shell, pytest.mark.parametrize("name", GUARDED)]


def script(text: str) -> Callable[[Path], None]:
    def put(program: Path) -> None:
        program.unlink()
        program.write_text(text)
        program.chmod(0o755)

    return put


BROKEN: dict[str, Callable[[Path], None]] = {
    "gone": lambda program: program.unlink(),
    "fails": script("#!/bin/sh\nexit 1\n"),
    "agrees-to-all": script("#!/bin/sh\nexit 0\n"),
    "hangs": script("#!/bin/sh\nexec sleep 60\n"),
    "garbage": script("#!/bin/sh\ncat >/dev/null; printf '\\377\\033[31m garbage'; exit 77\n"),
    "killed": script("#!/bin/sh\nkill -9 $$\n"),
    "no-interpreter": script("#!/nonexistent/python3\n"),
    "no-program": script("\x00\x01\x02"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_typed_lines_run_and_pastes_stay(wrapify: Wrapify, name: str, how: str) -> None:
    program, before = broken(wrapify, name)
    with opened(wrapify, name, before=before) as shell:
        shell.run("true")
        BROKEN[how](program)
        assert shell.run("touch typed; sudo --version >/dev/null 2>&1; true") == 0
        shell.ready()
        shell.paste("touch lost; sudo touch lost2")
        shell.keys("Enter")
        shell.contains("wrapify off")
        assert [one for one in ("lost", "lost2") if shell.made(one)] == []
        shell.contains("touch lost; sudo touch lost2")
        shell.keys("C-c")
        shell.ready()
        # What no filter finds anything in runs.
        shell.paste("touch plain")
        shell.keys("Enter")
        until(lambda: shell.made("plain"), shell.screen)
        shell.ready()
        shell.run("wrapify off")
        shell.ready()
        shell.paste("touch after; touch after2")
        shell.keys("Enter")
        until(lambda: shell.made("after2"), shell.screen)
        assert shell.made("typed")


def broken(wrapify: Wrapify, name: str) -> tuple[Path, str]:
    """Give a name of the program that can be broken, and the line that has the shell find it."""
    folder = wrapify.home / "bin"
    folder.mkdir()
    (folder / "wrapify").symlink_to(wrapify.program)
    return folder / "wrapify", "set -gx PATH ~/bin $PATH" if name.startswith("fish") else "PATH=~/bin:$PATH"


def test_a_question_that_ends_without_an_answer_runs_nothing(wrapify: Wrapify, name: str) -> None:
    program, before = broken(wrapify, name)
    with opened(wrapify, name, before=before) as shell:
        shell.run("true")
        mad = "case $* in *--judge*) exit 20 ;; *--below*) echo asking ;; esac\ntouch ~/asked\nexit 1\n"
        script(f"#!/bin/sh\ncat >/dev/null\n{mad}")(program)
        shell.ready()
        shell.paste("touch plain")
        shell.keys("Enter")
        until(lambda: shell.made("asked"), shell.screen)
        shell.look()
        shell.keys("C-c")
        shell.look()
        shell.run("touch typed")
        assert (shell.made("typed"), shell.made("plain")) == (True, False)


def test_an_enter_that_came_with_a_paste_runs_nothing_without_wrapify(wrapify: Wrapify, name: str) -> None:
    program, before = broken(wrapify, name)
    with opened(wrapify, name, before=before) as shell:
        shell.run("true")
        program.unlink()
        shell.ready()
        shell.paste("touch plain\x1b[201~\r", shown="touch plain")
        shell.contains("wrapify off")
        shell.keys("C-c")
        shell.look()
        shell.run("touch typed")
        assert (shell.made("typed"), shell.made("plain")) == (True, False)


def test_without_a_home(wrapify: Wrapify, name: str) -> None:
    away = wrapify.home.parent / f"{wrapify.home.name}-away"
    with opened(wrapify, name) as shell:
        shell.run("true")
        wrapify.home.rename(away)
        try:
            shell.socket = away / shell.socket.name
            shell.home = away
            object.__setattr__(wrapify, "home", away)
            shell.type("touch typed")
            until(lambda: (away / "typed").exists(), shell.screen)
            shell.ready()
            shell.paste("touch lost; sudo touch lost2")
            shell.keys("Enter")
            until(lambda: shell.questioned() or "wrapify off" in shell.screen(), shell.screen)
            assert not (away / "lost").exists()
        finally:
            shell.close()
