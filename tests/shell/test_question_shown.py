"""What the question of `wrapify ask` shows on a real terminal, whatever its size, and that it takes it away again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.shell.asking import CANCEL, EDIT, KEYS, RUN, SANDBOX, SUDO, Asked, above, gone, opened

pytestmark = [pytest.mark.shell]


@pytest.fixture
def asked(wrapify: Wrapify) -> Iterator[Asked]:
    with opened(wrapify) as terminal:
        yield terminal


def test_what_it_looks_like(asked: Asked) -> None:
    asked.ask()
    assert asked.screen() == (
        "above 1\n"
        "Look at this before you run it (paste.sudo, default)\n"
        "  »sudo touch x«\n"
        "  sudo: Runs touch as root, who may change anything on this machine.\n"
        "The sandbox has root in a throw-away copy: nothing real changes.\n"
        "[Enter/s] sandbox  [v]iew  [r]un here  [e]dit  [c]ancel  [?]"
    )


@pytest.mark.parametrize("count", [1, 22, 23, 24, 60])
def test_wherever_the_cursor_was_it_is_again(asked: Asked, count: int) -> None:
    asked.ask(above=above(count))
    asked.keys("?")
    asked.contains("exactly this text")
    asked.look()
    asked.keys("c")
    asked.ends(CANCEL)
    gone(asked, count)


@pytest.mark.parametrize("size", ["40x12", "20x8", "200x50"])
def test_any_size_of_terminal(asked: Asked, size: str) -> None:
    columns, rows = map(int, size.split("x"))
    asked.ask(SUDO + b"; " + b"\xe4\xbd\xa0" * 90 + b"; sudo ls", size=size, above=above(3))
    assert all(len(line) <= columns for line in asked.lines())
    for key in ("?", "v"):
        asked.keys(key)
        asked.look()
        assert len(asked.tmux("capture-pane", "-p").rstrip().splitlines()) <= rows
        asked.keys("q")
        asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked, 3)


@pytest.mark.parametrize("columns", ["120", "50"])
def test_a_terminal_that_becomes_wider_or_narrower(asked: Asked, columns: str) -> None:
    asked.ask()
    asked.tmux("resize-window", "-x", columns)
    asked.look()
    asked.keys("?")
    asked.contains("exactly this text" if columns == "120" else "what is hidden in")
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    assert asked.lines()[0] == "above 1"
    assert KEYS not in asked.screen()
    if columns == "120":
        gone(asked)


def test_view_shows_all_of_the_text_and_what_is_hidden_in_it(asked: Asked) -> None:
    asked.ask("echo \u202edlrow\u2069 ⟨ESC⟩\nsudo touch x\necho \x01\x1b[31mred\n".encode())
    asked.keys("v")
    asked.contains("2| »sudo touch x«")
    asked.contains("⟨U+202E⟩")
    asked.contains("»⟨SOH⟩«»⟨ESC⟩[31m«red")
    asked.contains("⟨U+27E8⟩ESC")
    asked.contains("[e]dit")
    assert "\u202e" not in asked.screen()
    assert "\x01" not in asked.screen()
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_a_long_text_has_pages_on_a_screen_of_its_own(asked: Asked) -> None:
    asked.ask(b"sudo true\n" + b"".join(b"echo line %d\n" % at for at in range(2, 61)))
    asked.keys("v")
    asked.contains("lines 1 to 23 of 60")
    asked.look()
    asked.keys("Space")
    asked.contains("lines 24 to 46 of 60")
    asked.look()
    asked.keys("b")
    asked.contains("lines 1 to 23 of 60")
    for page in ("24 to 46", "47 to 60"):
        asked.look()
        asked.keys("Space")
        asked.contains(page)
    asked.look()
    asked.keys("r")
    asked.look()
    asked.keys("q")
    asked.contains(KEYS)
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_help_explains_the_keys_and_a_is_offered_only_then(asked: Asked) -> None:
    asked.ask()
    asked.keys("a")
    asked.stays()
    asked.keys("?")
    asked.contains("for 30 days ask nothing about exactly this text")
    asked.look()
    asked.keys("a")
    asked.ends(RUN)
    gone(asked)
    done = asked.wrapify("ask", "--judge", text=b"\0\0" + SUDO + b"\0")
    assert done.returncode == RUN
    assert asked.wrapify("policy", "trusted").stdout.count("sudo") == 1
    assert asked.wrapify("ask", "--judge", text=b"\0\0" + SUDO + b"2\0").returncode == 20


def test_what_cannot_be_remembered_is_said_and_not_run(asked: Asked) -> None:
    asked.wrapify.put(".local/state/wrapify/trusted", "damaged")
    asked.ask()
    asked.keys("?")
    asked.contains("exactly this text")
    asked.look()
    asked.keys("a")
    asked.contains("is damaged")
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)


def test_what_continues_a_line_has_no_sandbox(asked: Asked) -> None:
    asked.ask(SUDO, "--continued")
    assert "sandbox  [v]" not in asked.screen()
    asked.contains("no sandbox can take it")
    for key in ("s", "Enter"):
        asked.keys(key)
        asked.look()
    asked.stays()
    asked.keys("c")
    asked.ends(CANCEL)
    gone(asked)


@pytest.mark.parametrize(("option", "says"), [("--early", "Enter came with the paste"), ("--burst", "came faster")])
def test_what_came_too_fast_says_so(asked: Asked, option: str, says: str) -> None:
    asked.ask(b"ls", option)
    asked.contains(says)
    asked.keys("?")
    asked.contains("back to the editor")
    assert "[a]lways run" not in asked.screen()
    asked.look()
    asked.keys("r")
    asked.ends(RUN)


def test_what_belongs_in_a_sandbox_is_never_offered_here(asked: Asked) -> None:
    asked.wrapify("policy", "set", "paste.sudo", "sandbox")
    asked.ask(SUDO, "--early")
    assert KEYS not in asked.screen()
    asked.keys("r")
    asked.stays()
    asked.keys("Enter")
    asked.ends(SANDBOX)
    gone(asked)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {}])
def test_colours_are_wanted_or_not(asked: Asked, env: dict[str, str]) -> None:
    asked.wrapify.env.update(env)
    asked.ask()
    coloured = asked.tmux("capture-pane", "-p", "-e")
    assert ("\x1b[" in coloured) is (not env)


def test_a_terminal_that_knows_no_sequences(asked: Asked) -> None:
    asked.ask(term="dumb")
    asked.keys("?")
    asked.contains("exactly this text")
    assert "[?7" not in asked.screen()
    asked.look()
    asked.keys("r")
    asked.ends(RUN)


def test_more_findings_than_fit_are_counted(asked: Asked) -> None:
    asked.ask(b"sudo a; sudo b; sudo c; sudo d")
    assert asked.screen().count("sudo: Runs") == 2
    asked.contains("and 2 more: v marks them all")
    asked.keys("v")
    asked.contains("»sudo a«; »sudo b«; »sudo c«; »sudo d«")


def test_hostile_text_is_never_raw(asked: Asked) -> None:
    text = "sudo echo " + "".join(chr(code) for code in (*range(1, 10), *range(11, 32), 0x7F, 0x9B, 0x202E, 0xE0041))
    asked.ask(text.encode())
    asked.keys("v")
    asked.contains("⟨U+009B⟩")
    shown = asked.screen()
    assert not [char for char in shown if not char.isprintable() and char != "\n"]
