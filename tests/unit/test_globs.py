"""The small pattern language, against the one of Python."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify import globs

texts = st.text(st.sampled_from("ab.*?[]!"), max_size=8)


def expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)


@given(st.text(st.sampled_from("ab.[]!\n"), max_size=8), texts)
def test_matches_as_a_regular_expression_would(name: str, pattern: str) -> None:
    assert globs.matches(name, pattern) is bool(re.fullmatch(expression(pattern), name, re.DOTALL))


def test_many_stars_take_no_time() -> None:
    assert not globs.matches("a" * 5000, "*a" * 500 + "b")


@pytest.mark.parametrize(("text", "is_one"), [("a", False), ("*", True), ("a?", True), ("[a]", False), ("", False)])
def test_is_pattern(text: str, is_one: bool) -> None:
    assert globs.is_pattern(text) is is_one


def test_wanted_sorts_by_what_can_be_found_fast() -> None:
    found = globs.wanted(["a", "*.b", "c*", "d*e", "*f*", "g?", "*", ".h"])
    assert found == (frozenset({"a", ".h"}), (".b", ""), ("c",), ("d*e", "*f*", "g?"))
