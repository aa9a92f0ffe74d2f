"""The review after a run, in a real terminal: look, apply, choose, name, keep or discard, with single keys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import Terminal, opened, until

pytestmark = pytest.mark.sandbox

QUESTION = "[a]pply all  [c]hoose  [v]iew  [n]ame and keep  [d]iscard  [Enter] keep"
CHANGE = "echo two >> notes.txt; echo x > new; echo 'curl x' >> .bashrc"


@pytest.fixture
def terminal(wrapify: Wrapify) -> Iterator[Terminal]:
    wrapify.put("notes.txt", "one\n")
    wrapify.put(".bashrc", "# mine\n")
    with opened(wrapify) as it:
        yield it


def run(terminal: Terminal, line: str, *, asked: int = 1) -> None:
    """Type a command and wait for the question after it."""
    terminal.type(line)
    asks(terminal, asked)


def asks(terminal: Terminal, times: int) -> None:
    until(lambda: terminal.screen().count(QUESTION) >= times, terminal.screen)


def assert_in_order(terminal: Terminal) -> None:
    """Check the terminal's modes as a program finds them; at the prompt the line editor has its own."""
    terminal.run("stty -a >modes")
    assert {"icanon", "echo", "isig", "icrnl", "opost"} <= set(terminal.said("modes").replace(";", " ").split())


def test_it_shows_what_matters_first_and_keeps_by_default(terminal: Terminal) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}; exit 3"')
    shown = [" ".join(line.split()) for line in terminal.lines()]
    first = shown.index("~ ~/.bashrc +1 -0 runs whenever bash starts")
    assert shown[first + 1 : first + 4] == ["", "+ ~/new 2 B", "~ ~/notes.txt +1 -0"]
    with terminal.prompt():
        terminal.keys("Enter")
    assert terminal.statuses()[-1] == 3
    terminal.contains("your files are as they were; what it changed is in box")
    assert len(list(terminal.wrapify.boxes.iterdir())) == 1


def test_apply_all_asks_once_more(terminal: Terminal) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}"')
    terminal.keys("a")
    terminal.contains("change 3 paths of your real files? [y]es [n]o")
    terminal.keys("n")
    asks(terminal, 2)
    assert not (terminal.home / "new").exists()
    terminal.keys("a")
    until(lambda: terminal.screen().count("real files?") == 2, terminal.screen)
    with terminal.prompt():
        terminal.keys("y")
    assert terminal.said("notes.txt") == "one\ntwo\n"
    assert terminal.said("new") == "x\n"
    assert terminal.run("wrapify apply --undo") == 0
    assert terminal.said("notes.txt") == "one\n"


def test_choosing_one_by_one(terminal: Terminal) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}"')
    terminal.keys("c")
    terminal.contains("(1 of 3) apply this?")
    terminal.keys("v")
    terminal.shows("+curl x")
    terminal.keys("n")
    terminal.contains("(2 of 3) apply this?")
    terminal.keys("y")
    terminal.contains("(3 of 3) apply this?")
    terminal.keys("n")
    terminal.contains("change 1 path of your real files?")
    with terminal.prompt():
        terminal.keys("y")
    assert (terminal.said("new"), terminal.said("notes.txt"), terminal.said(".bashrc")) == ("x\n", "one\n", "# mine\n")


def test_a_name(terminal: Terminal) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}"')
    terminal.keys("n")
    terminal.contains("its name:")
    with terminal.prompt():
        terminal.type("work")
    terminal.contains("what it changed is in box work")
    assert terminal.wrapify("run", "-q", "--box", "work", "cat", "new").stdout == "x\n"


def test_discard_and_view_and_help(terminal: Terminal) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}"')
    terminal.keys("?")
    terminal.contains("throw it all away")
    terminal.keys("v")
    terminal.shows("+two")
    asks(terminal, 3)
    with terminal.prompt():
        terminal.keys("d")
    assert list(terminal.wrapify.boxes.iterdir()) == []
    assert terminal.said("notes.txt") == "one\n"


@pytest.mark.parametrize("key", ["C-c", "C-d", "Escape", "q"])
def test_every_way_out_keeps(terminal: Terminal, key: str) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}"')
    with terminal.prompt():
        terminal.keys(key)
    assert terminal.statuses()[-1] == 0
    assert len(list(terminal.wrapify.boxes.iterdir())) == 1
    assert_in_order(terminal)


def test_nothing_changed_asks_nothing(terminal: Terminal) -> None:
    assert terminal.run("wrapify run -c 'mkdir d; rmdir d; cat notes.txt; touch notes.txt'") == 0
    assert QUESTION not in terminal.screen()
    assert list(terminal.wrapify.boxes.iterdir()) == []


def test_keys_pressed_before_the_question_are_no_answer(terminal: Terminal) -> None:
    terminal.type(f'wrapify run -c "{CHANGE}; touch started; sleep 1"')
    terminal.contains("changes go to a box")
    terminal.type("aydd", enter=False)
    asks(terminal, 1)
    with terminal.prompt():
        terminal.keys("Enter")
    assert not (terminal.home / "new").exists()
    assert len(list(terminal.wrapify.boxes.iterdir())) == 1


def test_what_the_terminal_answers_is_no_key(terminal: Terminal) -> None:
    """A program asks the terminal who it is again and again; the answers, which hold letters, come after its end."""
    ask = "printf '\\033[c\\033[>c\\033[6n\\033[5n%.0s' 1 2 3 4 5 6 7 8 9"
    terminal.type(f'wrapify run -c "{CHANGE}; {ask}"')
    asks(terminal, 1)
    with terminal.prompt():
        terminal.keys("Enter")
    assert terminal.screen().count(QUESTION) == 1
    assert not (terminal.home / "new").exists()


def test_a_terminal_left_in_disorder(terminal: Terminal) -> None:
    run(terminal, f"wrapify run -c \"{CHANGE}; stty raw -echo; printf '\\033[?1003h\\033[?25l\\016'\"")
    with terminal.prompt():
        terminal.keys("d")
    assert_in_order(terminal)
    assert list(terminal.wrapify.boxes.iterdir()) == []


def test_after_a_shell_inside(terminal: Terminal) -> None:
    terminal.type("wrapify run bash --norc")
    terminal.contains("bash-")
    run(terminal, "echo x > new; exit")
    with terminal.prompt():
        terminal.keys("d")
    assert list(terminal.wrapify.boxes.iterdir()) == []


def test_a_small_terminal_without_colour(terminal: Terminal) -> None:
    terminal.tmux("resize-window", "-x", "80", "-y", "24")
    run(terminal, "NO_COLOR=1 wrapify run -c 'for i in $(seq 60); do echo $i > f$i; done; echo x >> .bashrc'")
    visible = [line.rstrip() for line in terminal.tmux("capture-pane", "-p").splitlines()]
    assert any("runs whenever bash starts" in line for line in visible)
    assert any("more: wrapify diff" in line for line in visible)
    assert not any(len(line) > 80 for line in visible)
    with terminal.prompt():
        terminal.keys("d")


def test_a_closed_terminal_keeps_the_box(terminal: Terminal) -> None:
    run(terminal, f'wrapify run -c "{CHANGE}"')
    terminal.close()
    until(lambda: 'busy": true' not in terminal.wrapify("box", "list", "--json").stdout)
    assert len(list(terminal.wrapify.boxes.iterdir())) == 1
    assert not (terminal.home / "new").exists()


def test_quiet_and_redirected_runs_ask_nothing(terminal: Terminal) -> None:
    assert terminal.run(f'wrapify run -q -c "{CHANGE}"') == 0
    assert terminal.run(f'wrapify run -c "{CHANGE}" 2>err') == 0
    assert QUESTION not in terminal.screen()
    assert "what it changed is in box" in terminal.said("err")
