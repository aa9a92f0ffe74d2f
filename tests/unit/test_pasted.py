"""What a hook hands over, and which findings stem from what was typed around a paste."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify import pasted
from wrapify.analysis.analyse import analyse
from wrapify.analysis.model import SEVERITIES

FEW = st.text("ab' ;\n", max_size=8).map(str.encode)
ANY = st.binary(max_size=20).map(lambda one: one.replace(b"\0", b""))


@given(ANY, ANY, ANY)
def test_what_is_framed_comes_apart_as_it_was(before: bytes, after: bytes, line: bytes) -> None:
    assert pasted.parts(b"%s\0%s\0%s\0" % (before, after, line)) == (before, after, line)


@given(st.binary(max_size=40))
def test_nothing_else_comes_apart(content: bytes) -> None:
    found = pasted.parts(content)
    assert (found is not None) == (content.count(b"\0") == 3 and content.endswith(b"\0"))
    assert found is None or b"\0".join((*found, b"")) == content


@given(FEW, FEW, FEW)
def test_the_typed_ends_are_in_common_and_as_long_as_can_be(before: bytes, after: bytes, line: bytes) -> None:
    begin, end = pasted.span(before, after, line=line)
    assert 0 <= begin <= end <= len(line)
    assert before.startswith(line[:begin])
    assert after.endswith(line[end:])
    assert begin == len(line) or not before.startswith(line[: begin + 1])
    assert end == begin or not after.endswith(line[end - 1 :])


@given(FEW, FEW, FEW)
def test_of_an_unedited_paste_all_counts_and_nothing_else(before: bytes, after: bytes, paste: bytes) -> None:
    where = pasted.span(before, after, line=before + paste + after)
    assert where == (len(before), len(before) + len(paste))


@given(FEW, st.tuples(st.integers(0, 8), st.integers(0, 8)))
def test_neutral_words_keep_every_place(line: bytes, where: tuple[int, int]) -> None:
    begin, end = min(where[0], len(line)), min(max(where), len(line))
    plain = pasted.neutral(line, (begin, end))
    assert (len(plain), plain[:begin], plain[end:]) == (len(line), line[:begin], line[end:])
    assert set(plain[begin:end]) <= set(b"x \t\n")


@given(st.lists(st.sampled_from([pasted.BEGIN, pasted.END, b"r", b"\x1b", b"\x1b[20"]), max_size=8), st.data())
def test_the_marks_are_seen_however_they_are_cut(pieces: list[bytes], data: st.DataObject) -> None:
    sent = b"".join(pieces)
    cuts = sorted({0, len(sent), *data.draw(st.lists(st.integers(0, len(sent)), max_size=6))})
    marks = pasted.Marks()
    for begin, end in itertools.pairwise(cuts):
        marks.follow(sent[begin:end])
    assert marks.is_open == (sent.rfind(pasted.BEGIN) > sent.rfind(pasted.END))


def test_every_severity_has_its_weight() -> None:
    assert sorted(pasted.WEIGHT, key=lambda one: pasted.WEIGHT[one]) == list(SEVERITIES)


@pytest.mark.parametrize(
    ("before", "paste", "after", "rules"),
    [
        (b"", b"sudo ls", b"", ["sudo"]),
        (b"sudo apt install ", b"name", b"", []),
        (b"sudo apt install ", b"name; sudo ls", b"", ["sudo"]),
        (b"sudo ", b"bash -c 'sudo ls'", b"", ["sudo", "sudo"]),
        (b"", b"name", b" && sudo ls", []),
        (b"echo '", b"a'; ", b"sudo ls", ["sudo"]),
        (b"", b"x=sudo;", b" $x ls", ["sudo"]),
        (b"su", b"do ls", b"", ["sudo"]),
        (b"su\\\n", b"do ls", b"", ["sudo"]),
        (b"rm -rf ", b"/", b"", ["destruction"]),
        (b"sudo rm -rf ", b"/", b"", ["destruction"]),
        (b"curl https://a.example/x | ", b"sh", b"", ["download-run"]),
        (b"curl ", b"https://a.example/x", b" | sh", []),
    ],
)
def test_what_counts(before: bytes, paste: bytes, after: bytes, rules: list[str]) -> None:
    line = before + paste + after
    where = pasted.span(before, after, line=line)
    found, plain = (analyse(one).findings for one in (line, pasted.neutral(line, where)))
    assert [one.rule for one in pasted.counting(found, plain, where=where)] == rules
