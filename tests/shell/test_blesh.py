"""bash under ble.sh, whose own editor takes the place of readline: the prefix, pastes, keys, and no wrapify at all.

ble.sh is in no registry that the suite installs from: WRAPIFY_BLESH names the one to run with, and without it all is
skipped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import SUDO, Shell, opened

BLESH = os.environ.get("WRAPIFY_BLESH", "")
pytestmark = [
    pytest.mark.shell,
    pytest.mark.sandbox,
    pytest.mark.skipif(not BLESH, reason="ble.sh is not tested: WRAPIFY_BLESH=/path/of/ble.sh is not given"),
]
QUIET = "bleopt prompt_eol_mark= exec_errexit_mark= exec_elapsed_mark= complete_auto_complete="
ORDERS = {
    "hook-last": {"before": f"PATH=~/bin:$PATH; source {BLESH}; {QUIET}"},
    "hook-first": {"before": "PATH=~/bin:$PATH", "after": f"source {BLESH}; {QUIET}"},
    "attached": {"before": f"PATH=~/bin:$PATH; source {BLESH} --noattach; {QUIET}; ble-attach"},
    "attached-last": {
        "before": f"PATH=~/bin:$PATH; source {BLESH} --noattach; {QUIET}",
        "after": "ble-attach",
    },
}


@pytest.fixture(scope="module", params=ORDERS)
def shell(
    request: pytest.FixtureRequest, wrapify_bin: Path, user: User, make_home: Callable[[], Path]
) -> Iterator[Shell]:
    """Give one shell for all tests of the file: each leaves an empty line behind."""
    need("bwrap")
    wrapify = Wrapify(wrapify_bin, user, make_home())
    wrapify.put("bin/sudo", SUDO, 0o755)
    with opened(wrapify, "bash", **ORDERS[request.param]) as it:
        # Its first prompt goes on loading when it is drawn.
        until(lambda: it.screen().rpartition("\n")[2].endswith("ready>"), it.screen)
        it.run("true")
        yield it


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    if "shell" not in request.fixturenames:
        yield
        return
    shell: Shell = request.getfixturevalue("shell")
    with shell.prompt():
        shell.type("clear")
    shell.ready()
    yield
    shell.keys("C-c")


def boxed(shell: Shell) -> None:
    """Let the run in a sandbox end, and keep its box if it has one."""
    before = len(shell.statuses())
    until(lambda: len(shell.statuses()) > before or shell.asks(), shell.screen)
    if shell.asks():
        shell.keys("Enter")
        until(lambda: len(shell.statuses()) > before, shell.screen)


def test_a_prefix_runs_all_of_the_line_inside(shell: Shell) -> None:
    shell.run("touch previous")
    for prefix in ("!!sandbox", ",,"):
        shell.ready()
        shell.type(f"{prefix} echo in''side | tee made; touch made2; (exit 42)")
        boxed(shell)
        assert shell.statuses()[-1] == 42
        shell.shows("inside")
        shell.ready()
        shell.keys("Up")
        shell.contains(f"ready> {prefix} echo in''side | tee made; touch made2; (exit 42)")
        shell.keys("C-c")
    assert [name for name in ("made", "made2") if shell.made(name)] == []


def test_what_is_refused_stays(shell: Shell) -> None:
    shell.run("touch previous2")
    for line, said in (("true; echo !!sandboxed", "only at the start"), ("!!sandbox+what x", "there is no +what")):
        shell.ready()
        shell.type(line)
        shell.contains(said)
        shell.contains(f"ready> {line}")
        shell.keys("C-c")


def test_the_keys_of_the_question(shell: Shell) -> None:
    shell.paste("sudo touch by-r")
    shell.keys("Enter")
    shell.question()
    assert not shell.made("by-r")
    with shell.prompt():
        shell.answer("r")
    assert shell.made("by-r")
    shell.ready()
    shell.paste("sudo touch by-e")
    shell.keys("Enter")
    shell.answer("e")
    until(lambda: shell.screen().rpartition("\n")[2] == "ready> sudo touch by-e", shell.screen)
    shell.type("dited")
    shell.answer("c")
    shell.ready()
    shell.keys("Up")
    shell.contains("ready> !!sandbox sudo touch by-edited")
    shell.keys("C-c")
    shell.ready()
    shell.paste("sudo touch by-s")
    shell.keys("Enter")
    shell.answer("s")
    boxed(shell)
    assert [name for name in ("by-e", "by-edited", "by-s") if shell.made(name)] == []


def test_a_clean_paste_runs_and_the_mark_goes_with_the_line(shell: Shell) -> None:
    shell.paste("touch clean")
    with shell.prompt():
        shell.keys("Enter")
    shell.ready()
    shell.paste("echo dropped")
    shell.keys("C-c")
    shell.ready()
    shell.run("sudo touch typed")
    assert (shell.made("clean"), shell.made("typed")) == (True, True)


def test_an_enter_that_comes_with_the_paste_runs_nothing(shell: Shell) -> None:
    shell.paste("touch safe\x1b[201~\r", shown="touch safe")
    shell.question()
    shell.answer("e")
    shell.look()
    assert not shell.made("safe")


def test_lines_that_come_as_typing(shell: Shell) -> None:
    """ble.sh takes them for one text of many rows, which Ctrl-J accepts, where they come fast enough."""
    shell.paste("sudo touch raw1\nsudo touch raw2\n", shown="sudo touch raw2", bracketed=False)
    shell.look()
    if "also came" not in shell.screen() and not shell.questioned():
        shell.keys("C-j")
    shell.answer("e")
    shell.look()
    assert (shell.made("raw1"), shell.made("raw2")) == (False, False)


def test_keys_that_expand_or_edit(shell: Shell) -> None:
    shell.run("touch previous3")
    shell.ready()
    shell.paste("echo $(touch expanded)")
    shell.keys("M-C-e")
    shell.contains("not expanded")
    shell.keys("C-c")
    shell.ready()
    script = "#!/bin/sh\necho 'touch by-editor' >\"$1\"\n"
    editor = shell.wrapify.put("bin/editor", script, 0o755)
    shell.run(f"VISUAL={editor}")
    shell.ready()
    shell.paste("echo pasted")
    shell.keys("C-x", "C-e")
    until(lambda: shell.screen().rpartition("\n")[2] == "ready> touch by-editor", shell.screen)
    assert (shell.made("expanded"), shell.made("by-editor")) == (False, False)
    shell.keys("C-c")
    shell.ready()
    shell.type("!!sandbox+nonsense x")
    shell.contains("there is no +nonsense")


def test_off_and_on(shell: Shell) -> None:
    shell.run("wrapify off")
    shell.ready()
    shell.paste("sudo touch while-off")
    with shell.prompt():
        shell.keys("Enter")
    shell.run("wrapify on")
    assert shell.made("while-off")


def test_vi(wrapify: Wrapify) -> None:
    with opened(wrapify, "bash", before=f"set -o vi; source {BLESH}; {QUIET}; bleopt keymap_vi_mode_show=") as shell:
        shell.ready()
        shell.run("true")
        shell.ready()
        shell.paste("sudo touch vi")
        shell.keys("Enter")
        shell.answer("e")
        shell.look()
        shell.keys("Escape")
        shell.look()
        shell.keys("Enter")
        shell.answer("e")
        assert not shell.made("vi")


def test_without_wrapify_and_without_ble(wrapify: Wrapify) -> None:
    folder = wrapify.home / "bin"
    folder.mkdir()
    (folder / "wrapify").symlink_to(wrapify.program)
    with opened(wrapify, "bash", **ORDERS["hook-last"]) as shell:
        shell.ready()
        shell.run("true")
        (folder / "wrapify").unlink()
        shell.ready()
        shell.paste("sudo touch lost")
        shell.keys("Enter")
        shell.contains("wrapify off")
        shell.keys("C-c")
        shell.ready()
        shell.type("!!sandbox touch lost2")
        shell.contains("is not there, so nothing was run")
        shell.keys("C-c")
        shell.ready()
        (folder / "wrapify").symlink_to(wrapify.program)
        shell.run("ble-detach")
        shell.ready()
        shell.run("true")
        shell.ready()
        shell.paste("sudo touch detached")
        shell.keys("Enter")
        shell.answer("e")
        shell.keys("C-c")
        shell.ready()
        shell.run("ble-attach")
        shell.ready()
        shell.run("touch typed")
        shell.ready()
        shell.paste("sudo touch attached")
        shell.keys("Enter")
        shell.answer("e")
        assert [one for one in ("lost", "lost2", "detached", "attached", "typed") if shell.made(one)] == ["typed"]
