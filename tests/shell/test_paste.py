"""A paste, one body for bash, zsh and fish: asked about when it should be, run when it may be, whole in any case."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import GUARDED, SUDO, Shell, opened

pytestmark = [pytest.mark.shell, pytest.mark.sandbox]
FORMS = {"bash": "PATH=~/bin:$PATH", "zsh": "PATH=~/bin:$PATH", "fish": "set -gx PATH ~/bin $PATH"}


@pytest.fixture(scope="module", params=GUARDED)
def shell(
    request: pytest.FixtureRequest, wrapify_bin: Path, user: User, make_home: Callable[[], Path]
) -> Iterator[Shell]:
    """Give one shell for all tests of the file: each leaves an empty line behind."""
    need("bwrap")
    wrapify = Wrapify(wrapify_bin, user, make_home())
    wrapify.put("bin/sudo", SUDO, 0o755)
    with opened(wrapify, request.param, before=FORMS[request.param]) as it:
        yield it


@pytest.fixture(autouse=True)
def fresh(shell: Shell) -> Iterator[None]:
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


def asked(shell: Shell, text: str) -> None:
    shell.paste(text)
    shell.keys("Enter")
    shell.question()


def test_nothing_runs_before_the_key_and_run_runs_it_here(shell: Shell) -> None:
    asked(shell, "sudo touch by-r")
    assert not shell.made("by-r")
    with shell.prompt():
        shell.answer("r")
    assert shell.made("by-r")


@pytest.mark.parametrize("key", ["s", "Enter"])
def test_sandbox_runs_it_inside_and_history_says_so(shell: Shell, key: str) -> None:
    asked(shell, f"sudo touch by-{key}; touch 2by-{key}")
    shell.answer(key)
    boxed(shell)
    shell.ready()
    assert [name for name in (f"by-{key}", f"2by-{key}") if shell.made(name)] == []
    # fish 3 takes up what was written to its history file once in a second.
    shell.run("sleep 1.1")
    shell.keys("Up", "Up")
    shell.contains(f"ready> !!sandbox sudo touch by-{key}; touch 2by-{key}")


def test_edit_gives_the_text_back_and_it_is_still_a_paste(shell: Shell) -> None:
    asked(shell, "sudo touch by-e")
    shell.answer("e")
    shell.contains("ready> sudo touch by-e")
    shell.look()
    shell.type("dited")
    shell.question()
    shell.answer("e")
    shell.contains("by-edited")
    assert not shell.made("by-edited")


def test_cancel_drops_the_line_and_history_brings_it_back_for_a_sandbox(shell: Shell) -> None:
    asked(shell, "sudo touch by-c")
    shell.answer("c")
    shell.ready()
    shell.run("sleep 1.1")
    shell.keys("Up", "Up")
    shell.contains("ready> !!sandbox sudo touch by-c")
    assert not shell.made("by-c")


def test_view_and_help_are_no_answers(shell: Shell) -> None:
    asked(shell, "sudo touch by-v")
    shell.look()
    shell.keys("v")
    shell.look()
    shell.question()
    shell.keys("?")
    shell.contains("this text")
    shell.answer("e")
    assert not shell.made("by-v")


def test_a_second_paste_at_the_question_answers_nothing(shell: Shell) -> None:
    asked(shell, "sudo touch second")
    shell.look()  # From then on a key counts.
    shell.paste("r", shown="[r]un")
    shell.look()
    shell.paste("run\n", shown="[r]un", bracketed=False)
    assert shell.questioned()
    shell.answer("e")
    assert not shell.made("second")


def test_an_edited_paste_is_asked_about(shell: Shell) -> None:
    shell.paste("sudo touch edited")
    shell.keys("Home")
    shell.type("true; ", enter=False)
    shell.keys("End")
    shell.type("; true")
    shell.question()
    shell.answer("e")
    assert not shell.made("edited")


def test_a_paste_behind_what_was_typed(shell: Shell) -> None:
    shell.type("true; ", enter=False)
    shell.paste("sudo touch behind")
    shell.keys("Enter")
    shell.question()
    shell.answer("e")
    assert not shell.made("behind")


def test_sudo_that_was_typed_does_not_count(shell: Shell) -> None:
    shell.type("sudo touch ", enter=False)
    shell.paste("typed-sudo")
    with shell.prompt():
        shell.keys("Enter")
    assert shell.made("typed-sudo")


def test_a_clean_paste_runs_without_a_question(shell: Shell) -> None:
    shell.paste("touch clean && touch 'clean 2'")
    with shell.prompt():
        shell.keys("Enter")
    assert (shell.made("clean"), shell.made("clean 2")) == (True, True)


def test_a_paste_of_three_lines(shell: Shell) -> None:
    shell.paste("touch three1\ntouch three2\ntouch three3", shown="three3")
    assert not shell.made("three1")
    with shell.prompt():
        shell.keys("Enter")
    until(lambda: all(map(shell.made, ("three1", "three2", "three3"))), shell.screen)


def test_a_paste_of_three_lines_with_sudo(shell: Shell) -> None:
    shell.paste("touch first1\nsudo touch first2\ntouch first3", shown="first3")
    shell.keys("Enter")
    shell.question()
    shell.answer("s")
    boxed(shell)
    assert [name for name in ("first1", "first2", "first3") if shell.made(name)] == []


def test_a_paste_into_the_second_line_of_a_command(shell: Shell) -> None:
    shell.type("if true" if shell.name == "fish" else "if true; then")
    shell.paste("sudo touch ps2")
    shell.keys("Enter")
    if shell.name == "fish":
        shell.type("end")
    shell.question()
    shell.answer("e")
    shell.keys("C-c")
    assert not shell.made("ps2")


def test_the_text_of_a_here_document_is_text(shell: Shell) -> None:
    if shell.name == "fish":
        pytest.skip("fish has none")
    shell.type("cat >here <<E")
    shell.paste("sudo is a word here")
    shell.keys("Enter")
    with shell.prompt():
        shell.type("E")
    assert shell.said("here") == "sudo is a word here\n"


@pytest.mark.parametrize("end", ["", "\x1b[201~"])
def test_an_enter_that_comes_with_the_paste_runs_nothing(shell: Shell, end: str) -> None:
    """The end of a paste, written into it: what follows is typed, in the terminal's eyes."""
    shell.paste(f"touch safe\x1b[201~\rtouch injected\r{end}", shown="touch safe")
    shell.question()
    shell.answer("e")
    assert [name for name in ("safe", "injected") if shell.made(name)] == []


def test_a_raw_paste_is_judged_as_far_as_a_shell_can_tell(shell: Shell) -> None:
    """A terminal without bracketed paste: the second line waits while the first is accepted."""
    shell.paste("sudo touch raw1\nsudo touch raw2\nsudo touch raw3\n", shown="sudo touch raw1", bracketed=False)
    if shell.name == "fish":
        pytest.skip("fish has neither a clock nor a look at what waits")
    shell.question()
    shell.answer("e")
    assert [name for name in ("raw1", "raw2", "raw3") if shell.made(name)] == []


def test_the_mark_goes_with_the_line(shell: Shell) -> None:
    shell.paste("echo dropped")
    shell.keys("C-c")
    shell.ready()
    assert shell.run("sudo touch after-drop") == 0
    assert shell.made("after-drop")


@pytest.mark.parametrize("prefix", ["!!sandbox", ",,"])
def test_a_pasted_prefix_is_a_prefix(shell: Shell, prefix: str) -> None:
    shell.paste(f"{prefix} sudo touch prefixed")
    shell.keys("Enter")
    boxed(shell)
    assert not shell.made("prefixed")


def test_off_and_on(shell: Shell) -> None:
    shell.run("wrapify off")
    shell.run("wrapify status")
    shell.contains("off")
    shell.ready()
    shell.paste("sudo touch while-off")
    with shell.prompt():
        shell.keys("Enter")
    assert shell.made("while-off")
    shell.run("wrapify on")
    shell.ready()
    asked(shell, "sudo touch while-on")
    shell.answer("e")
    assert not shell.made("while-on")


def test_the_policy_holds_from_the_next_line_on(shell: Shell) -> None:
    wrapify = shell.wrapify
    assert wrapify("policy", "set", "paste.sudo", "block").returncode == 0
    shell.paste("sudo touch blocked")
    shell.keys("Enter")
    shell.contains("Blocked")
    shell.keys("C-c")
    assert wrapify("policy", "set", "paste.sudo", "sandbox").returncode == 0
    shell.ready()
    shell.paste("sudo touch sandboxed")
    shell.keys("Enter")
    boxed(shell)
    shell.ready()
    assert wrapify("policy", "set", "paste.sudo", "allow").returncode == 0
    shell.paste("sudo touch allowed")
    with shell.prompt():
        shell.keys("Enter")
    assert wrapify("policy", "unset", "paste.sudo").returncode == 0
    assert [shell.made(name) for name in ("blocked", "sandboxed", "allowed")] == [False, False, True]


def test_forty_kilobytes_arrive_byte_for_byte(shell: Shell) -> None:
    # fish takes a minute for as much, with and without a hook, and shows no more than fits on the screen.
    lines, end = (80, " ") if shell.name.startswith("fish") else (2600, "\n")
    text = "".join(f"{at} é√ wörter{end}" for at in range(lines))
    shell.paste(f"printf %s '{text}END' | sha256sum >hash", shown="END' | sha256sum")
    with shell.prompt(seconds=60):
        shell.keys("Enter")
    assert shell.said("hash").split()[0] == hashlib.sha256(f"{text}END".encode()).hexdigest()


def test_a_megabyte_arrives_byte_for_byte(shell: Shell) -> None:
    if shell.name.startswith("fish"):
        pytest.skip("fish 3 takes minutes for a megabyte, with and without a hook")
    text = "0123456789abcdef" * 65536
    shell.paste(f"printf %s '{text}END' | sha256sum >big", shown="END' | sha256sum")
    shell.keys("Enter")
    # More than is read of a line is asked about, whatever it is.
    with shell.prompt(seconds=120):
        shell.answer("r")
    assert shell.said("big").split()[0] == hashlib.sha256(f"{text}END".encode()).hexdigest()


def test_hostile_text_is_never_shown_raw(shell: Shell) -> None:
    shell.paste("sudo echo \u202egnirts # \x01\x02", shown="sudo echo")
    shell.keys("Enter")
    shell.question()
    assert "\u202e" not in shell.screen().partition("[r]un")[0].rpartition("ready>")[2].partition("\n")[2]
    shell.answer("e")
