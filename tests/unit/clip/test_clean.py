"""What is hidden in a text: counted by its rule, and taken out so that nothing is left of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.analysis.signs import UNSEEN
from wrapify.clip.clean import cleaned, counts, is_text

CASES = [
    ("plain\ttext\n", "plain\ttext\n", {}),
    ("dos\r\nlines\r\n", "dos\nlines\n", {}),
    ("rm -rf ~\r# harmless", "rm -rf ~\n# harmless", {"carriage-return": 1}),
    ("\x1b[31mred\x1b[0m", "red", {"escape-colour": 2}),
    ("a\x1b[8mhidden\x1b[0mb", "ahiddenb", {"escape-hides": 1, "escape-colour": 1}),
    ("a\x1b]52;c;ZXZpbA==\x07b", "ab", {"escape-acts": 1}),
    ("ls\x1b[201~\nrm", "ls\nrm", {"escape-other": 1}),
    ("a\u200bb\u200bc\ufeff", "abc", {"zero-width": 3}),
    ("\u202eevil\u202c", "evil", {"bidi-control": 2}),
    ("x\U000e0041\U000e0042", "x", {"tag-characters": 2}),
    ("a\ufe01\U000e0101", "a", {"variation-selector": 2}),
    ("a\u00a0b\u2003c\u3164d", "a b c d", {"odd-space": 2, "invisible-letter": 1}),
    ("a\0b\x07\x08\x7f", "ab", {"control-character": 2, "nul": 1, "backspace": 1}),
    ("a\udc9b31mb\udcff", "a31mb", {"invalid-utf8": 2}),
    # What a language or an emoji needs stays.
    ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467", {}),
    ("\u2764\ufe0f", "\u2764\ufe0f", {}),
    ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", {}),
    # … but not where it stands only because of something that goes.
    ("a\ufe0f\ufe00", "a", {"variation-selector": 1}),
    ("\x1b\u200b[31m", "[31m", {"escape-other": 1, "zero-width": 1}),
]


@pytest.mark.parametrize(("text", "clean", "found"), CASES)
def test_is_counted_and_taken_out(text: str, clean: str, found: dict[str, int]) -> None:
    assert counts(text) == found
    assert cleaned(text) == clean


@given(st.text(st.sampled_from([*UNSEEN, *"a1#[]m;~\r\n\t \\", "\U0001f468", "\u0645", "\u1780", "\udc9b"])))
def test_nothing_hidden_is_left(text: str) -> None:
    clean = cleaned(text)
    assert counts(clean) == {}
    assert "\r" not in clean
    assert cleaned(clean) == clean


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_what_is_seen_stays(text: str) -> None:
    assert cleaned(f"\u200b{text}\t\n") == f"{text}\t\n"


def test_who_makes_it_take_long_loses_all_that_is_unseen() -> None:
    assert cleaned("a" + "\ufe0f\ufe00" * 50_000 + "b") == "ab"


BINARY = [(b"", False), (b"a text of some length \xff", False), (bytes(range(256)), True), (b"\0" * 9 + b"x", True)]


@pytest.mark.parametrize(("content", "is_binary"), BINARY)
def test_tells_a_text_from_other_bytes(content: bytes, is_binary: bool) -> None:
    assert is_text(content) is not is_binary
