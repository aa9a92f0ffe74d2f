"""Signals in a real terminal: Ctrl-C, Ctrl-\\, TERM and HUP reach the program inside, which decides about them."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import Terminal, gone, kill, launchers, marked, opened, sleepers, until

pytestmark = pytest.mark.sandbox


@pytest.fixture
def terminal(each_bwrap: Wrapify) -> Iterator[Terminal]:
    with opened(each_bwrap) as it:
        yield it


def trapping(number: str, then: str, mark: str = "") -> str:
    """Write a shell program that says it waits, and does `then` at a signal."""
    return f"bash -c 'trap \"{then}\" {number}; echo waiting; while :; do sleep 0.1; done; : {mark}'"


def heard(terminal: Terminal, text: str, times: int) -> None:
    """Wait until a handler has printed its text so often: beside the echo of the key, not in the command line."""
    until(lambda: sum(line in (text, f"^C{text}") for line in terminal.lines()) >= times, terminal.screen)


def wait_for_it(terminal: Terminal, mark: str) -> None:
    """Wait until both wrapify and the program inside run."""
    until(lambda: launchers(mark) and sleepers(mark), terminal.screen)


def test_ctrl_c_reaches_the_handler_inside(terminal: Terminal) -> None:
    terminal.type(f"wrapify run {trapping('INT', 'sleep 0.5; echo cleaned up; exit 7')}")
    terminal.shows("waiting")
    with terminal.prompt():
        terminal.keys("C-c")
    assert terminal.statuses()[-1] == 7
    assert "cleaned up" in terminal.screen()


def test_ctrl_c_that_is_ignored_inside_ends_nothing(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"wrapify run {trapping('INT', 'echo not yet', mark)}")
    terminal.shows("waiting")
    for times in (1, 2):
        terminal.keys("C-c")
        heard(terminal, "not yet", times)
    assert launchers(mark)
    with terminal.prompt():
        kill(launchers(mark))
    gone(mark)


@pytest.mark.parametrize(("key", "status"), [("C-c", 130), ("C-\\", 131)])
def test_the_keys_end_a_program_without_a_handler(terminal: Terminal, key: str, status: int) -> None:
    mark = marked()
    terminal.type(f"wrapify run sleep {mark}")
    wait_for_it(terminal, mark)
    with terminal.prompt():
        terminal.keys(key)
    assert terminal.statuses()[-1] == status
    gone(mark)
    assert "Traceback" not in terminal.screen()


@pytest.mark.parametrize("program", ["wrapify run sleep {}", "echo sleep {} | wrapify sh"])
def test_ctrl_c_stops_the_loop_outside(terminal: Terminal, program: str) -> None:
    mark = marked()
    terminal.type(f"while :; do {program.format(mark)}; echo again >>rounds; done")
    wait_for_it(terminal, mark) if "run" in program else until(lambda: sleepers(mark), terminal.screen)
    with terminal.prompt():
        terminal.keys("C-c")
    assert terminal.statuses()[-1] == 130
    gone(mark)
    assert terminal.said("rounds") == ""


def test_ctrl_c_while_the_script_still_comes_stops_the_loop(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"while :; do sleep {mark} | wrapify sh; echo again >>rounds; done")
    # Once it has kept its plan it reads.
    until(lambda: sleepers(mark) and list((terminal.home / ".cache/wrapify").glob("plans/*")), terminal.screen)
    with terminal.prompt():
        terminal.keys("C-c")
    gone(mark)
    assert terminal.said("rounds") == ""
    assert "Traceback" not in terminal.screen()


def test_ctrl_c_reaches_the_handler_of_a_script(terminal: Terminal) -> None:
    script = "trap 'sleep 0.5; echo cleaned; exit 7' INT\necho waiting\nwhile :; do sleep 0.1; done\n"
    terminal.wrapify.put("script", script)
    terminal.type("cat script | wrapify sh -q")
    terminal.shows("waiting")
    with terminal.prompt():
        terminal.keys("C-c")
    assert terminal.statuses()[-1] == 7
    assert "cleaned" in terminal.screen()


@pytest.mark.parametrize("name", ["TERM", "HUP"])
def test_a_request_to_end_reaches_the_handler_inside(terminal: Terminal, name: str) -> None:
    mark = marked()
    terminal.type(f"wrapify run -q {trapping(name, 'sleep 0.3; echo cleaned up; exit 7', mark)}")
    terminal.shows("waiting")
    with terminal.prompt():
        kill(launchers(mark), signal.Signals[f"SIG{name}"])
    assert terminal.statuses()[-1] == 7
    assert "cleaned up" in terminal.lines()
    gone(mark)


@pytest.mark.parametrize("name", ["TERM", "HUP"])
def test_a_later_request_ends_what_does_not_listen(terminal: Terminal, name: str) -> None:
    mark = marked()
    terminal.type(f"wrapify run {trapping(name, 'echo no', mark)}")
    terminal.shows("waiting")
    number = signal.Signals[f"SIG{name}"]
    asked = time.monotonic()
    kill(launchers(mark), number)
    terminal.shows("no")
    with terminal.prompt():
        # Within a second it counts as the same request.
        until(lambda: time.monotonic() - asked > 1.2)
        kill(launchers(mark), number)
    assert terminal.statuses()[-1] == 137
    terminal.shows("wrapify: ended: asked to end")
    gone(mark)


def test_timeout_lets_it_clean_up(terminal: Terminal) -> None:
    """timeout(1) signals its child, and then the whole group: that is one request, and bwrap must live through it."""
    terminal.run(f"timeout 2 wrapify run -q {trapping('TERM', 'sleep 0.5; echo cleaned up; exit 7')} >out")
    assert terminal.statuses()[-1] == 124
    until(lambda: "cleaned up" in terminal.said("out"), terminal.said("out"))


def test_a_signal_to_the_group_lets_it_clean_up(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"wrapify run -q {trapping('TERM', 'sleep 0.3; echo cleaned up; exit 7', mark)} >out &")
    until(lambda: "waiting" in terminal.said("out"), terminal.screen)
    terminal.run("kill -TERM -- -$!; wait $!; echo $? >ended")
    assert terminal.said("ended") == "7\n"
    assert "cleaned up" in terminal.said("out")
    gone(mark)


def test_what_the_caller_ignores_stays_ignored(terminal: Terminal) -> None:
    inside = "kill -INT $$; kill -QUIT $$; kill -HUP $$; kill -TERM $$; echo survived"
    terminal.run(f"(trap '' INT QUIT HUP TERM; wrapify run -q sh -c '{inside}' >out)")
    assert (terminal.statuses()[-1], terminal.said("out")) == (0, "survived\n")


def test_kill_9_of_the_launcher_ends_all(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"wrapify run sh -c 'setsid sleep {mark} & sleep {mark}'")
    until(lambda: len(sleepers(mark)) == 2, terminal.screen)
    with terminal.prompt():
        kill(launchers(mark))
    gone(mark)


def test_kill_0_inside_ends_only_what_is_inside(terminal: Terminal) -> None:
    """Without Landlock's scopes the launcher is in reach: then it is only sure that nothing survives."""
    mark = marked()
    terminal.run(f"wrapify run -q sh -c 'kill -9 0; sleep {mark}'; echo $? >ended")
    gone(mark)
    assert terminal.said("ended") in ("137\n", "")
