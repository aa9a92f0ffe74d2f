"""Everything unseen made visible: what is shown, that it is safe to print, and where the marked part is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapify.analysis.columns import columns
from wrapify.analysis.reveal import excerpt, reveal

TEXTS = st.text(st.characters() | st.sampled_from("\x1b\u202e\u200b\u0301\U000e0041\ufe0f\udcff\u4f60 \t\n\r\u27e8"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ls -la", "ls -la"),
        ("a\u202eb\x1b[2Kc\r\x9b\x00", "a⟨U+202E⟩b⟨ESC⟩[2Kc⟨CR⟩⟨U+009B⟩⟨NUL⟩"),
        ("x\udcff\ud800", "x⟨0xff⟩⟨U+D800⟩"),
        ("ls" + " " * 300 + "x", "ls⟨300 blanks⟩x"),
        ("a\tb  c", "a b  c"),
        ("a" + "\n" * 31 + "b", "a\n⟨30 empty lines⟩\nb"),
        ("a\n\nb\n", "a\n\nb\n"),
        ("a" + "\n \t" * 31 + "\nb", "a\n⟨31 empty lines⟩\nb"),
        ("".join(chr(0xE0000 + ord(char)) for char in "rm -rf"), '⟨tags: "rm -rf"⟩'),
        ("e" + "\u0301" * 50 + "x", "e\u0301\u0301⟨48 marks⟩x"),
        ("\u0301", "\u25cc\u0301"),
        ("⟨ESC⟩", "⟨U+27E8⟩ESC⟨U+27E9⟩"),
        ("a\u00a0b\u3164", "a⟨U+00A0⟩b⟨U+3164⟩"),
        ("Привет 你好 🚀", "Привет 你好 🚀"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert reveal(text) == shown


def test_line_ends_letters_and_length_are_chosen() -> None:
    assert reveal("a\n\nb", newlines=False) == "a⟨LF⟩⟨LF⟩b"
    assert reveal("\u0455udo", letters=True) == "\u0455⟨U+0455⟩udo"
    assert reveal("abcdef", limit=4) == "abc…"
    assert reveal("\x1b\x1b", limit=6) == "⟨ESC⟩…"


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.integers(0, 60), st.booleans())
def test_what_is_shown_can_be_printed_and_is_bounded(text: str, limit: int, newlines: bool) -> None:
    shown = reveal(text, limit=limit, newlines=newlines, letters=True)
    assert len(shown) <= limit
    assert shown.replace("\n", "").isprintable()
    assert newlines or "\n" not in shown


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.data())
def test_an_excerpt_fits_and_marks_a_part_of_itself(text: str, data: st.DataObject) -> None:
    content = text.encode("utf-8", "surrogatepass")
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, len(content)))
    width = data.draw(st.integers(1, 80))
    line, first, last = excerpt(content, (start, end), width=width)
    assert line.isprintable()
    assert 0 <= first <= last <= columns(line) <= width


@pytest.mark.parametrize(
    ("before", "marked", "after", "shown"),
    [
        ("ls ", "\u202e", " x\nnext", ("ls ", "⟨U+202E⟩", " x")),
        ("first\n你好 ", "\x1b[2K", "", ("你好 ", "⟨ESC⟩[2K", "")),
        ("", "\u0455udo", " ls", ("", "\u0455⟨U+0455⟩udo", " ls")),
        ("ls", " " * 300, "x", ("ls", "⟨300 blanks⟩", "x")),
        ("a" * 500, "\x07", "b" * 500, ("…" + "a" * 17, "⟨BEL⟩", "b" * 16 + "…")),
    ],
)
def test_excerpts(before: str, marked: str, after: str, shown: tuple[str, str, str]) -> None:
    content = (before + marked + after).encode()
    span = (len(before.encode()), len((before + marked).encode()))
    line, first, last = excerpt(content, span, width=40)
    assert line == "".join(shown)
    assert (first, last) == (columns(shown[0]), columns(shown[0]) + columns(shown[1]))


def test_wide_letters_take_two_columns_and_marks_none() -> None:
    assert columns("a你🚀e\u0301\uff21") == 1 + 2 + 2 + 1 + 2


def test_a_span_that_is_too_long_is_cut_at_its_end() -> None:
    line, first, last = excerpt(b"\x1b" * 1_000_000, (0, 1_000_000), width=20)
    assert (line, first, last) == ("⟨ESC⟩⟨ESC⟩⟨ESC⟩…", 0, 16)
