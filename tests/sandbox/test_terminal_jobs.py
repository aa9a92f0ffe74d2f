"""Job control in a real terminal: Ctrl-Z, fg, bg, jobs, kill %1, inside a sandbox and of a sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import Terminal, gone, launchers, marked, opened, sleepers, stopped, until

pytestmark = pytest.mark.sandbox


@pytest.fixture
def terminal(each_bwrap: Wrapify) -> Iterator[Terminal]:
    with opened(each_bwrap) as it:
        yield it


def start(terminal: Terminal, mark: str) -> int:
    """Start a program inside that waits, and give wrapify's pid once the program runs."""
    terminal.type(f"wrapify run sleep {mark}")
    until(lambda: sleepers(mark), terminal.screen)
    return launchers(mark)[0]


def suspend(terminal: Terminal, pid: int) -> None:
    with terminal.prompt():
        terminal.keys("C-z")
    assert stopped(pid)


def test_a_shell_inside_is_interactive(terminal: Terminal) -> None:
    mark = marked()
    terminal.type("wrapify run --env PS1='inner> ' bash --norc")
    terminal.shows("inner>")
    terminal.type(f"sleep {mark}")
    until(lambda: sleepers(mark))
    terminal.keys("C-z")
    until(lambda: stopped(sleepers(mark)[0]), terminal.screen)
    terminal.type("jobs >jobs; cat jobs")
    terminal.contains("[1]+  Stopped")
    terminal.type("bg")
    until(lambda: not stopped(sleepers(mark)[0]), terminal.screen)
    terminal.type("fg")
    terminal.keys("C-c")
    until(lambda: not sleepers(mark))
    with terminal.prompt():
        terminal.type("exit 3")
        terminal.contains("[Enter] keep")
        terminal.keys("Enter")
    assert terminal.statuses()[-1] == 3
    assert "job control" not in terminal.screen()
    assert "cannot set terminal" not in terminal.screen()


def test_ctrl_z_gives_the_prompt_back_and_fg_resumes(terminal: Terminal) -> None:
    mark = marked()
    pid = start(terminal, mark)
    suspend(terminal, pid)
    assert terminal.statuses()[-1] == 128 + 20
    assert all(map(stopped, sleepers(mark)))
    terminal.run("jobs >jobs")
    assert "Stopped" in terminal.said("jobs")
    terminal.type("fg")
    until(lambda: not stopped(pid) and not stopped(sleepers(mark)[0]), terminal.screen)
    # And once more, since the second stop takes another way in.
    suspend(terminal, pid)
    terminal.type("fg")
    until(lambda: not stopped(pid), terminal.screen)
    with terminal.prompt():
        terminal.keys("C-c")
    assert terminal.statuses()[-1] == 130
    gone(mark)


def test_bg_lets_it_end_behind_the_prompt(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"wrapify run -q sh -c 'sleep {mark}; exit 4' >out 2>&1")
    until(lambda: sleepers(mark))
    suspend(terminal, launchers(mark)[0])
    terminal.run("bg")
    until(lambda: not stopped(launchers(mark)[0]), terminal.screen)
    terminal.run(f"kill $(pgrep -fx 'sleep {mark}'); wait %1; echo $? >ended")
    until(lambda: terminal.said("ended") == "4\n", terminal.screen)
    gone(mark)


def test_started_in_the_background_it_runs_to_its_end(terminal: Terminal) -> None:
    terminal.run("wrapify run sh -c 'echo done; exit 6' >out & wait $!; echo $? >ended")
    assert (terminal.said("out"), terminal.said("ended")) == ("done\n", "6\n")


def test_reading_the_terminal_from_the_background_stops_it(terminal: Terminal) -> None:
    mark = marked()
    terminal.run(f"wrapify run -q sh -c 'read -r line; echo got:$line; : {mark}' &")
    until(lambda: launchers(mark) and stopped(launchers(mark)[0]), terminal.screen)
    terminal.type("fg")
    until(lambda: not stopped(launchers(mark)[0]))
    terminal.type("hello")
    terminal.shows("got:hello")


def test_kill_ends_a_stopped_job(terminal: Terminal) -> None:
    mark = marked()
    suspend(terminal, start(terminal, mark))
    terminal.run("kill %1")
    gone(mark)
    terminal.run("jobs >jobs; jobs >jobs")
    assert terminal.said("jobs") == ""


def test_kill_lets_a_stopped_job_clean_up(terminal: Terminal) -> None:
    mark = marked()
    handler = "trap : TERM; echo cleaned; exit 7"
    terminal.type(f"wrapify run -q bash -c 'trap \"{handler}\" TERM; sleep {mark} & wait; wait' >out")
    until(lambda: sleepers(mark))
    suspend(terminal, launchers(mark)[0])
    terminal.run("kill %1")
    gone(mark)
    assert terminal.said("out") == "cleaned\n"
    terminal.run("true")
    terminal.contains("Exit 7")


def test_a_pipeline_is_stopped_and_resumed_as_one(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"wrapify run -q sh -c 'sleep {mark}; echo out' | cat >out")
    until(lambda: sleepers(mark))
    suspend(terminal, launchers(mark)[0])
    terminal.type("fg")
    until(lambda: not stopped(launchers(mark)[0]))
    with terminal.prompt():
        terminal.keys("C-c")
    gone(mark)
    assert terminal.said("out") == ""
