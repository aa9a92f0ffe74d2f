"""The end of a terminal: nothing in a sandbox outlives it, unless the user asked for that with nohup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import Terminal, gone, kill, launchers, marked, opened, sleepers, stopped, until

pytestmark = pytest.mark.sandbox

# What a program does that wants to stay: a session of its own, two forks, deaf to signals, no terminal.
DAEMON = 'trap "" HUP TERM INT; (setsid nohup sh -c "sleep {mark} & sleep {mark}" >/dev/null 2>&1 </dev/null &)'


@pytest.fixture
def terminal(each_bwrap: Wrapify) -> Iterator[Terminal]:
    with opened(each_bwrap) as it:
        yield it


def start(terminal: Terminal, line: str, mark: str, *, sleeping: int = 1) -> None:
    terminal.type(line)
    until(lambda: len(sleepers(mark)) == sleeping and launchers(mark), terminal.screen)


@pytest.mark.parametrize("how", ["kill-pane", "kill-server"])
def test_a_closed_terminal_ends_it(terminal: Terminal, how: str) -> None:
    mark = marked()
    start(terminal, f"wrapify run sleep {mark}", mark)
    terminal.tmux(how)
    gone(mark)


def test_a_daemon_inside_ends_with_the_terminal(terminal: Terminal) -> None:
    mark = marked()
    start(terminal, f"wrapify run sh -c '{DAEMON.format(mark=mark)}; sleep {mark}'", mark, sleeping=3)
    terminal.close()
    gone(mark)


def test_a_daemon_inside_ends_with_its_command(terminal: Terminal) -> None:
    mark = marked()
    terminal.run(f"wrapify run sh -c '{DAEMON.format(mark=mark)}; sleep 0.3'")
    gone(mark)


def test_a_stopped_job_ends_with_the_terminal(terminal: Terminal) -> None:
    mark = marked()
    start(terminal, f"wrapify run sleep {mark}", mark)
    with terminal.prompt():
        terminal.keys("C-z")
    until(lambda: all(map(stopped, launchers(mark))))
    terminal.close()
    gone(mark)


def test_a_background_job_ends_with_a_killed_shell(terminal: Terminal) -> None:
    mark = marked()
    start(terminal, f"wrapify run sh -c '{DAEMON.format(mark=mark)}; sleep {mark}' &", mark, sleeping=3)
    kill([terminal.shell()])
    gone(mark)


def test_a_pipeline_of_a_script_ends_with_the_terminal(terminal: Terminal) -> None:
    mark = marked()
    terminal.type(f"echo 'setsid sleep {mark} & sleep {mark}' | wrapify sh")
    until(lambda: len(sleepers(mark)) == 2, terminal.screen)
    terminal.close()
    gone(mark)


def test_the_program_inside_hears_of_it_and_may_save(terminal: Terminal) -> None:
    mark = marked()
    # The shell outside may send its jobs a HUP of its own, after the kernel's.
    inside = f'trap "trap : HUP; echo saved; exit" HUP; echo ready; sleep {mark} & wait; wait'
    start(terminal, f"wrapify run -q bash -c '{inside}' >out", mark)
    until(lambda: "ready" in terminal.said("out"))
    terminal.close()
    gone(mark)
    assert terminal.said("out") == "ready\nsaved\n"


def test_a_program_deaf_to_it_has_a_second(terminal: Terminal) -> None:
    mark = marked()
    start(terminal, f"wrapify run sh -c 'trap \"\" HUP TERM INT QUIT; echo deaf; sleep {mark}; sleep {mark}'", mark)
    terminal.shows("deaf")
    terminal.close()
    gone(mark, seconds=5)


def test_the_box_of_a_run_that_lost_its_terminal_is_readable(terminal: Terminal) -> None:
    mark = marked()
    start(terminal, f"wrapify run --box lost sh -c 'echo kept >kept.txt; sleep {mark}'", mark)
    terminal.close()
    gone(mark)
    assert [path.read_text() for path in terminal.wrapify.boxes.rglob("kept.txt")] == ["kept\n"]
    done = terminal.wrapify("box", "list")
    assert done.returncode == 0
    assert "lost" in done.stdout
    assert terminal.wrapify("run", "-q", "--box", "lost", "cat", "kept.txt").stdout == "kept\n"


def test_nohup_outlives_the_terminal_and_still_works(terminal: Terminal) -> None:
    mark = marked()
    start(terminal, f"nohup wrapify run -q sh -c 'sleep {mark}; echo went on; exit 3' >out 2>&1 &", mark)
    terminal.type("echo $! >pid")
    until(lambda: terminal.said("pid"))
    terminal.close()
    until(lambda: not launchers(str(terminal.socket)))
    assert launchers(mark)
    assert sleepers(mark)
    kill(sleepers(mark))
    gone(mark)
    assert "went on" in terminal.said("out")
