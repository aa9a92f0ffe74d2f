"""The prefix, with one body for bash, zsh and fish: what runs where, and what the shell remembers of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.terminal import launchers, marked, stopped, until
from tests.shell.shells import CANDIDATES, Shell, opened

pytestmark = [pytest.mark.shell, pytest.mark.sandbox]
ACCEPTING = {("bash", "C-j"), ("bash", "C-o"), ("zsh", "C-j"), ("zsh", "C-o"), ("zsh", "M-a"), ("fish", "C-j")}


@pytest.fixture(scope="module", params=CANDIDATES)
def shell(
    request: pytest.FixtureRequest, wrapify_bin: Path, user: User, make_home: Callable[[], Path]
) -> Iterator[Shell]:
    """Give one shell for all tests of the file: each leaves an empty line behind."""
    need("bwrap")
    with opened(Wrapify(wrapify_bin, user, make_home()), request.param) as it:
        yield it


def ran(shell: Shell, line: str) -> int:
    """Type a line that runs in a sandbox, keep its box if it has one, and give its exit status."""
    with shell.prompt():
        shell.type(line)
        before = len(shell.statuses())
        until(lambda: len(shell.statuses()) > before or shell.asks(), shell.screen)
        if shell.asks():
            shell.keys("Enter")
    return shell.statuses()[-1]


@pytest.mark.parametrize("prefix", ["!!sandbox", ",,", "!!sandbox+offline", ",,+offline"])
def test_all_of_the_line_runs_inside(shell: Shell, prefix: str) -> None:
    name = f"made{prefix.strip('!,').replace('+', '-')}{len(prefix)}"
    assert ran(shell, f"{prefix} echo one | tee {name} && touch {name}2; touch {name}3") == 0
    assert [made for made in (name, f"{name}2", f"{name}3") if shell.made(made)] == []
    shell.shows("one")


@pytest.mark.parametrize("status", [0, 1, 42])
def test_exit_status(shell: Shell, status: int) -> None:
    assert ran(shell, f"!!sandbox sh -c 'exit {status}'") == status


def test_a_typed_line_runs_on_this_machine(shell: Shell) -> None:
    assert shell.run("touch outside") == 0
    assert shell.made("outside")


def test_up_arrow_brings_the_line_back_as_typed(shell: Shell) -> None:
    line = """!!sandbox  echo 'a  "b"' "c\\$d" | tr a-z A-Z >up"""
    # fish 3 takes up what was written to its history file once in a second.
    shell.run("sleep 1.1")
    ran(shell, line)
    shell.keys("Up")
    shell.contains(f"ready> {line}")
    ran(shell, "; true")
    assert not shell.made("up")


def test_quotes_and_utf8_arrive_as_typed(shell: Shell) -> None:
    assert ran(shell, """,, printf '<%s>\\n' 'a  b' "c'd" 'é→√' '!' '$HOME' '*' \\#""") == 0
    for word in ("a  b", "c'd", "é→√", "!", "$HOME", "*", "#"):
        shell.shows(f"<{word}>")


def test_a_line_of_four_kilobytes(shell: Shell) -> None:
    text = "x" * 4000
    assert ran(shell, f"!!sandbox printf %s {text} | wc -c >&2; echo {text[:9]}") == 0
    shell.shows("4000")


def test_a_loop_over_several_lines(shell: Shell) -> None:
    lines = ["for i in 1 2; do", "touch loop$i; echo got$i", "done"]
    if shell.name == "fish":
        lines = ["for i in 1 2", "touch loop$i; echo got$i", "end"]
    shell.type(f"!!sandbox {lines[0]}")
    shell.type(lines[1])
    assert ran(shell, lines[2]) == 0
    shell.shows("got2")
    assert not shell.made("loop1")


def test_a_here_document(shell: Shell) -> None:
    if shell.name == "fish":
        pytest.skip("fish has none")
    shell.type("!!sandbox cat >here <<E; cat here")
    shell.type("inside $((40 + 2))")
    assert ran(shell, "E") == 0
    shell.shows("inside 42")
    assert not shell.made("here")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("touch mid && !!sandbox touch mid2", "works only at the start"),
        ("touch mid; echo !!sandboxed", "works only at the start"),
        ("!!sandbox+online+what touch mid", "there is no +what"),
        ("!!sandbox", "there is no command"),
    ],
)
def test_what_is_refused_stays_in_the_editor(shell: Shell, line: str, said: str) -> None:
    shell.run("true")
    shell.type(line)
    shell.contains(said)
    shell.keys("C-u")
    shell.run("clear")
    assert not shell.made("mid")


def test_interrupt(shell: Shell) -> None:
    with shell.prompt():
        shell.type("!!sandbox sh -c 'echo wait\"\"ing; exec sleep 1000'")
        shell.shows("waiting")
        shell.keys("C-c")
    assert shell.statuses()[-1] == 130


def test_stop_and_go_on(shell: Shell) -> None:
    mark = marked()
    with shell.prompt():
        shell.type(f"!!sandbox sh -c 'echo stop\"\"pable; read a; echo got-$a' {mark}")
        shell.shows("stoppable")
        shell.keys("C-z")
    with shell.prompt():
        shell.type("fg")
        until(lambda: not any(map(stopped, launchers(mark))), shell.screen)
        shell.type("back")
        shell.shows("got-back")


def test_the_history_of_the_others_is_as_it_was(shell: Shell) -> None:
    if shell.name == "fish":
        pytest.skip("fish has no history expansion")
    shell.run("echo previous words")
    ran(shell, "!!sandbox echo inside last")
    shell.type("echo !$ is it")
    shell.shows("last is it")


def test_what_the_shell_alone_knows_is_named(shell: Shell) -> None:
    shell.run("function mine; true; end" if shell.name == "fish" else "mine() { true; }")
    assert ran(shell, "!!sandbox mine") == 127
    shell.contains("mine is a function of this shell, which is not inside")


@pytest.mark.parametrize("key", ["C-j", "C-o", "M-a", "M-Enter"])
def test_every_key_that_accepts_a_line(shell: Shell, key: str) -> None:
    """A key that accepts nothing in this shell leaves the line for Enter. Nothing runs on this machine either way."""
    name = f"key-{key}"
    shell.type(f"!!sandbox touch {name}; true", enter=False)
    before = len(shell.statuses())
    shell.keys(key)
    if (shell.name, key) not in ACCEPTING:
        shell.keys("Enter")
    until(shell.asks, shell.screen)
    shell.keys("Enter")
    until(lambda: len(shell.statuses()) > before, shell.screen)
    shell.keys("C-u")
    shell.run("true")
    assert not shell.made(name)


@pytest.mark.parametrize("again", ["!!", "!-1", "!?past", "true; !!", "^past^gone^"])
def test_history_brings_no_line_with_the_prefix_past_the_sandbox(shell: Shell, again: str) -> None:
    """What bash makes of `!!` is not what was typed: behind the first `;` it would run on this machine."""
    if shell.name.startswith("fish"):
        pytest.skip("fish expands no history")
    for prefix in (",,", "!!sandbox"):
        assert ran(shell, f"{prefix} true; touch past") == 0
        shell.type(again)
        shell.contains("history makes this of the line" if shell.name == "bash" else "goes to the editor")
        shell.keys("C-u")
        shell.run("true")
        assert not shell.made("past")
        assert not shell.made("gone")


def test_vi_mode(shell: Shell) -> None:
    modes = {"bash": ("set -o vi", "set -o emacs"), "zsh": ("bindkey -v", "bindkey -e"),
             "fish": ("fish_vi_key_bindings", "fish_default_key_bindings")}  # fmt: skip
    shell.run(modes[shell.name][0])
    assert ran(shell, "!!sandbox touch vi; true") == 0
    shell.type("!!sandbox touch vi2; true", enter=False)
    shell.keys("Escape")
    # fish would take an Escape and an Enter that come together for Alt-Enter.
    shell.contains("[N]" if shell.name == "fish" else "vi2; true")
    assert ran(shell, "") == 0
    assert shell.run(modes[shell.name][1]) == 0
    assert [name for name in ("vi", "vi2") if shell.made(name)] == []


def test_status_variable_survives(shell: Shell) -> None:
    shell.run("false")
    shell.type("echo is-$status" if shell.name != "bash" else "echo is-$?")
    shell.shows("is-1")
