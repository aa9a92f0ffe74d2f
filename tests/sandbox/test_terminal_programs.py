"""Programs that take the whole terminal: editors, pagers, prompts, sizes; and none types into the shell outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, launchers, marked, opened, processes, stopped, until

pytestmark = pytest.mark.sandbox

INJECT = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open(sys.argv[1], os.O_RDWR)
line = b"touch injected\\n"
for high in (0, 1 << 32):
    for byte in line:
        done = libc.ioctl(fd, ctypes.c_ulong(0x5412 | high), ctypes.byref(ctypes.c_char(byte)))
        said = ctypes.get_errno() if done < 0 else "typed"
    print("TIOCSTI", said)
    done = libc.ioctl(fd, ctypes.c_ulong(0x541C | high), ctypes.byref(ctypes.c_char(3)))
    print("TIOCLINUX", ctypes.get_errno() if done < 0 else "pasted")
"""


@pytest.fixture
def terminal(wrapify: Wrapify) -> Iterator[Terminal]:
    with opened(wrapify) as it:
        yield it


@pytest.fixture
def each_terminal(each_bwrap: Wrapify) -> Iterator[Terminal]:
    with opened(each_bwrap) as it:
        yield it


def recorded(terminal: Terminal, name: str) -> list[str]:
    """Give the contents of the files of this name in all boxes."""
    return [path.read_text() for path in terminal.wrapify.boxes.rglob(name)]


def suspend_and_resume(terminal: Terminal, word: str) -> None:
    """Press Ctrl-Z in a full-screen program, see the prompt and the stopped job, and bring it back."""
    with terminal.prompt():
        terminal.keys("C-z")
    terminal.run("jobs >jobs; echo here")
    assert "Stopped" in terminal.said("jobs")
    terminal.shows("here")
    assert all(map(stopped, launchers(word)))
    terminal.type("fg")
    until(lambda: launchers(word) and not any(map(stopped, processes(word))), terminal.screen)


def test_vim_edits_stops_and_saves_into_the_box(each_terminal: Terminal) -> None:
    need("vim")
    terminal = each_terminal
    name = f"note-{marked()}.txt"
    terminal.type(f"wrapify run vim -u NONE -n {name}")
    terminal.contains("[New")
    terminal.type("ifirst line", enter=False)
    terminal.contains("first line")
    terminal.keys("Escape")
    suspend_and_resume(terminal, name)
    terminal.type("osecond line", enter=False)
    terminal.contains("second line")
    terminal.keys("Escape")
    with terminal.prompt():
        terminal.type(":wq")
        terminal.contains("[Enter] keep")
        terminal.keys("Enter")
    assert terminal.statuses()[-1] == 0
    assert not (terminal.home / name).exists()
    assert recorded(terminal, name) == ["first line\nsecond line\n"]
    # The terminal is in its usual state again.
    assert terminal.run("stty -a >modes") == 0
    assert {"icanon", "echo", "isig"} <= set(terminal.said("modes").split())


def test_less_pages_stops_and_quits(terminal: Terminal) -> None:
    need("less")
    name = f"long-{marked()}.txt"
    terminal.wrapify.put(name, "".join(f"line {number}\n" for number in range(1, 301)))
    terminal.type(f"wrapify run -q less {name}")
    terminal.shows("line 39")
    terminal.keys("G")
    terminal.shows("line 300")
    suspend_and_resume(terminal, name)
    terminal.keys("g")
    terminal.shows("line 2")
    with terminal.prompt():
        terminal.keys("q")
    assert terminal.statuses()[-1] == 0


@pytest.mark.parametrize("program", ["top", "htop"])
def test_a_full_screen_monitor_shows_the_sandbox_alone(terminal: Terminal, program: str) -> None:
    need(program)
    # Quiet: htop and top write settings when they end, and a review would ask about them.
    terminal.type(f"wrapify run -q {program}")
    until(lambda: "PID" in terminal.screen() and program in terminal.screen().partition("PID")[2], terminal.screen)
    assert "tmux" not in terminal.screen().partition("PID")[2]
    with terminal.prompt():
        terminal.keys("q")
    assert terminal.statuses()[-1] == 0


def test_a_new_size_is_told_inside(each_terminal: Terminal) -> None:
    terminal = each_terminal
    inside = "trap 'stty size; tput cols' WINCH; stty size; while :; do sleep 0.1; done"
    terminal.type(f'wrapify run -q bash -c "{inside}"')
    terminal.shows("40 150")
    terminal.tmux("resize-window", "-x", "71", "-y", "22")
    terminal.shows("22 71")
    terminal.shows("71")
    with terminal.prompt():
        terminal.keys("C-c")


def test_the_terminal_has_a_name_and_a_device(terminal: Terminal) -> None:
    terminal.run("wrapify run -q sh -c 'tty && test -t 0 && test -t 1 && test -t 2 && echo hello >/dev/tty'")
    terminal.shows("hello")
    assert terminal.statuses()[-1] == 0
    assert "not a tty" not in terminal.screen()


def test_prompts_read_what_is_typed(each_terminal: Terminal) -> None:
    terminal = each_terminal
    inside = 'read -r -p "name? " name; read -rs secret </dev/tty; echo "got:$name:$secret"'
    terminal.type(f"wrapify run -q bash -c '{inside}'")
    terminal.shows("name?")
    terminal.type("alice")
    terminal.shows("name? alice")
    until(lambda: "-echo" in terminal.modes(), "a prompt that does not echo")
    terminal.type("hidden")
    terminal.shows("got:alice:hidden")
    assert terminal.screen().count("hidden") == 1


def test_what_was_typed_ahead_is_still_there_for_the_shell(terminal: Terminal) -> None:
    terminal.type("wrapify run sleep 1")
    terminal.type("touch later")
    until(lambda: (terminal.home / "later").exists(), terminal.screen)


def injected(terminal: Terminal) -> bool:
    return (terminal.home / "injected").exists()


def test_nothing_can_be_typed_into_the_shell_outside(each_terminal: Terminal) -> None:
    terminal = each_terminal
    need("python3")
    terminal.wrapify.put("inject.py", INJECT)
    for device in ("/dev/tty", "/dev/stdin"):
        terminal.run(f"wrapify run -q python3 inject.py {device} >out")
        # EPERM: the filter answered and not the driver.
        assert terminal.said("out").splitlines() == ["TIOCSTI 1", "TIOCLINUX 1"] * 2
        terminal.run("true")
        assert not injected(terminal)


def test_the_injection_works_without_a_sandbox(terminal: Terminal) -> None:
    """Else the test above proves nothing."""
    switch = Path("/proc/sys/dev/tty/legacy_tiocsti")
    if switch.exists() and switch.read_text().strip() == "0":
        pytest.skip("this kernel does not have TIOCSTI")
    terminal.wrapify.put("inject.py", INJECT)
    terminal.run("/usr/bin/python3 inject.py /dev/tty >out")
    until(lambda: injected(terminal), terminal.said("out"))


def test_a_run_leaves_no_noise_behind(terminal: Terminal) -> None:
    """One line before, the review where something was recorded, and the prompt alone in its line."""
    with terminal.prompt():
        terminal.type("wrapify run sh -c 'echo hi; echo there >new.txt'")
        terminal.contains("[Enter] keep")
        terminal.keys("Enter")
    lines = terminal.lines()[1:]
    assert len(lines) == 7, lines
    assert lines[0].startswith("wrapify: ")
    assert lines[1] == "hi"
    assert lines[2].startswith("wrapify: 1 added (box ")
    assert lines[3].split() == ["+", "~/new.txt", "6", "B"]
    assert lines[4].endswith("[Enter] keep")
    assert lines[5].startswith("wrapify: your files are as they were; what it changed is in box ")
    assert lines[6] == "ready>"
    terminal.run("clear; wrapify run -q true")
    until(lambda: terminal.tmux("capture-pane", "-p").split() == ["ready>"], terminal.screen)
