"""Nothing hostile reaches the terminal, and nothing but a terminal gets colours."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.cli import render
from wrapify.errors import UsageError

ESCAPED = {
    "\x1b[2J": r"\x1b[2J",
    "a\nb\r\tc": r"a\nb\r\tc",
    "\x7f\x9b31m": r"\x7f\x9b31m",
    "\u202eevil\u2066": r"\u202eevil\u2066",
    "\u200b\ufeff\u00ad": r"\u200b\ufeff\xad",
    "\ud800\udcff": r"\ud800\xff",
    "\U000e0041": r"\U000e0041",
    "\u2028\u00a0": r"\u2028\xa0",
}


@pytest.mark.parametrize(("text", "shown"), ESCAPED.items(), ids=ascii)
def test_what_is_escaped(text: str, shown: str) -> None:
    assert render.escape(text) == shown


@pytest.mark.parametrize("text", ["plain text", "grüße · 漢字 …", "emoji 🎉", "back\\slash"])
def test_what_stays(text: str) -> None:
    assert render.escape(text) == text


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_escaped_is_visible_and_can_be_written(text: str) -> None:
    assert render.escape(text).isprintable() or not text
    render.escape(text).encode("utf-8")


HOSTILE = "x\x1b]0;title\x07\u202e\ud800"


def said(capfd: pytest.CaptureFixture[str]) -> str:
    out, err = capfd.readouterr()
    assert out == ""
    assert re.fullmatch(r"[\x20-\x7e·\n]*", err), "something raw got through"
    return err


def test_every_line_escapes_what_it_is_given(capfd: pytest.CaptureFixture[str]) -> None:
    render.status("name", (HOSTILE, "no network"), notes=[HOSTILE])
    render.ended(HOSTILE)
    render.error(UsageError(HOSTILE, HOSTILE))
    render.kept("name")
    text = said(capfd)
    assert text.count("x\\x1b]0;title\\x07\\u202e\\ud800") == 5
    assert "box name" in text


def test_an_error_without_a_hint_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    render.error(UsageError("this failed"))
    assert said(capfd) == "wrapify: this failed\n"


def test_no_colours_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(os, "isatty", lambda descriptor: False)
    assert render.styled("x", render.BOLD) == "x"
    monkeypatch.setattr(os, "isatty", lambda descriptor: descriptor == 2)
    assert render.styled("x", render.BOLD, render.RED) == "\x1b[1;31mx\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert render.styled("x", render.BOLD) == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert render.styled("x", render.BOLD) == "x"


def test_text_goes_to_standard_output_whole_and_surrogates_do_not_stop_it(capfd: pytest.CaptureFixture[str]) -> None:
    render.out("a" * 100_000 + "\udcff\n")
    assert capfd.readouterr().out == "a" * 100_000 + "\\udcff\n"


def test_a_reader_that_went_away_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int, content: bytes) -> int:
        raise BrokenPipeError

    monkeypatch.setattr(os, "write", broken)
    render.say("nobody listens")
