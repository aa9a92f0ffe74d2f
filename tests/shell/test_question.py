"""The question of `wrapify ask` on a real terminal: each key, what is no key, and the terminal as it was before."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import until
from tests.shell.asking import BEHIND, CANCEL, EDIT, KEYS, RUN, SANDBOX, SUDO, Asked, gone, opened

pytestmark = [pytest.mark.shell]


@pytest.fixture
def asked(wrapify: Wrapify) -> Iterator[Asked]:
    with opened(wrapify) as terminal:
        yield terminal


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("s", SANDBOX), ("Enter", SANDBOX), ("C-j", SANDBOX), ("r", RUN), ("e", EDIT), ("Escape", EDIT), ("C-c", EDIT),
        ("C-d", EDIT), ("C-\\", EDIT), ("c", CANCEL),
    ],
)  # fmt: skip
def test_each_key_and_the_question_takes_itself_away(asked: Asked, key: str, status: int) -> None:
    asked.ask()
    asked.keys(key)
    asked.ends(status)
    gone(asked)
    (entry,) = map(json.loads, asked.wrapify("log", "--json").stdout.splitlines())
    assert (entry["event"], entry["decision"], entry["rules"], entry["text"]) == (
        "paste",
        "ask",
        ["sudo"],
        SUDO.decode(),
    )
    assert entry["answer"] == {SANDBOX: "sandbox", RUN: "run", EDIT: "edit", CANCEL: "cancel"}[status]


def test_what_is_no_key_answers_nothing(asked: Asked) -> None:
    asked.ask()
    for key in ("x", "a", "S", "R", "1", "Up", "F1", "C-z", "C-s", "C-q", "Space", "M-r", "M-s", "C-r", "é"):
        asked.keys(key)
        asked.look()
    asked.stays()
    asked.keys("r")
    asked.ends(RUN)
    gone(asked)


def test_two_keys_at_once_answer_nothing(asked: Asked) -> None:
    asked.ask()
    for burst in (b"rr", b"ru", b"run\r", b"\rr", b"s\r", b"\x1br", b"r\x1b", b"\xc3\xa9", b"cc", b"e\r", b"\x03r"):
        asked.raw(burst)
        asked.look()
    asked.stays()
    asked.keys("e")
    asked.ends(EDIT)


def test_a_paste_at_the_question_is_swallowed(asked: Asked) -> None:
    asked.ask()
    asked.wrapify.put("paste", "r")
    for _ in range(2):
        asked.tmux("load-buffer", str(asked.home / "paste"))
        asked.tmux("paste-buffer", "-p", "-d")
        asked.look()
    for content in (b"r", b"r\r", b"x" * 100_000, b"", "é".encode(), b"\x1b[201~\x1b[200~s"):
        asked.raw(b"\x1b[200~" + content + b"\x1b[201~")
        asked.look()
    asked.raw(b"\x1b[200~r\x1b[201~r")
    asked.stays()
    asked.keys("s")
    asked.ends(SANDBOX)


def test_a_paste_that_comes_in_pieces_is_swallowed_and_leaving_it_stays_possible(asked: Asked) -> None:
    asked.ask()
    for piece in (b"\x1b[200~", b"r", b"s", b"\r", b"\x1b[20", b"1~"):
        asked.raw(piece)
        if piece != b"\x1b[20":
            asked.look()
    asked.stays()
    asked.raw(b"\x1b[200~never ended")
    asked.look()
    asked.keys("r")
    asked.stays()
    asked.keys("C-c")
    asked.ends(EDIT)


@pytest.mark.parametrize("modes", ["-echo -icanon -icrnl min 1 time 0", "-echo", "-echo -icanon tostop ixon"])
def test_what_was_typed_ahead_is_taken_in_and_shown_and_runs_nothing(asked: Asked, modes: str) -> None:
    asked.open(SUDO, modes=modes)
    asked.raw(b"r")
    asked.raw(b"touch ahead\r\x1b[201~rm \xe2\x80\xae x\rr")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.stays()
    asked.keys("e")
    asked.ends(EDIT)
    lines = asked.lines()
    assert lines[1].startswith("wrapify: also came, and was not run: rtouch ahead")
    assert "⟨U+202E⟩" in lines[1]
    assert "\u202e" not in asked.screen()
    assert len(lines) == 2


def test_keys_and_answers_of_the_terminal_that_came_before_are_not_worth_a_line(asked: Asked) -> None:
    asked.open(SUDO)
    asked.raw(b"\r\x1b[A\x1bOP\x1b[12;4R \x1b[?1;2c\r")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.keys("c")
    asked.ends(CANCEL)
    gone(asked)


def test_a_key_on_its_way_does_not_run_it_here(asked: Asked) -> None:
    """Somebody types on after the paste, and the last keys come when the question is there."""
    asked.open(SUDO)
    asked.raw(b"touch fo")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.keys("r")
    asked.stays()
    seen = time.monotonic()
    until(lambda: time.monotonic() - seen > 0.6)
    asked.keys("r")
    asked.ends(RUN)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP])
def test_a_signal_ends_the_question_and_the_line_stays(asked: Asked, number: int) -> None:
    asked.ask()
    os.kill(asked.pid(), number)
    asked.ends(EDIT)
    assert asked.lines()[0] == "above 1"
    assert KEYS not in asked.screen()


def test_its_window_is_closed(asked: Asked) -> None:
    asked.ask()
    pid = asked.pid()
    asked.close()
    until(lambda: not os.path.exists(f"/proc/{pid}"), "its end")


def test_signals_that_stop_do_nothing(asked: Asked) -> None:
    asked.ask()
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT):
        os.kill(asked.pid(), number)
    asked.stays()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_it_comes_to_the_foreground_and_hands_that_back(asked: Asked) -> None:
    asked.ask(how=BEHIND)
    asked.keys("r")
    asked.ends(RUN)
    gone(asked)


@pytest.mark.parametrize(("option", "waiting", "status"), [("", b"x", 20), ("", b"", RUN), ("--burst", b"x", RUN)])
def test_a_judgement_looks_for_what_waits_behind_enter(asked: Asked, option: str, waiting: bytes, status: int) -> None:
    asked.open(b"ls", "--judge", option)
    if waiting:
        asked.raw(waiting)
        asked.look()
    asked.go()
    asked.ends(status)
    gone(asked)
