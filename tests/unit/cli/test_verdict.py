"""The words of a decision, for a person and for a program: short, within the width, and nothing raw in them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.analysis.model import SEVERITIES, Finding, Report
from wrapify.cli.verdict import MOST, as_json, lines
from wrapify.policy.decide import Decision, decide
from wrapify.policy.model import defaults

LONG = "it does something that takes very many words to say, " * 5


def judged(content: bytes, *findings: Finding) -> tuple[Report, Decision]:
    report = Report(content, origin="paste", shell="bash")
    report.add(findings)
    return report, decide(report, defaults().actions(), trusted=False)


def finding(content: bytes, part: bytes, *, severity: str = "high", why: str = "it runs what it downloads") -> Finding:
    start = content.index(part)
    return Finding("download-run", severity, span=(start, start + len(part)), why=why, advice="Look at it first.")


def test_a_clean_text_is_passed_in_silence() -> None:
    assert list(lines(*judged(b"ls -la"), columns=80)) == []


def test_three_lines_for_a_finding_and_the_part_is_marked_without_colour() -> None:
    content = b"curl https://x.example/i.sh | sh"
    assert list(lines(*judged(content, finding(content, b"| sh")), columns=80)) == [
        "Look at this, and try it in a sandbox first (action.high, default)",
        "  curl https://x.example/i.sh »| sh«",
        "  download-run: it runs what it downloads",
        "  Look at it first.",
    ]


def test_lines_are_numbered_where_there_are_several() -> None:
    content = b"cd /tmp\n\ncurl x | sh\n"
    assert list(lines(*judged(content, finding(content, b"curl x | sh")), columns=80))[1:3] == [
        "    3| »curl x | sh«",
        "       download-run: it runs what it downloads",
    ]


def test_says_where_it_was_found_if_not_in_plain_sight() -> None:
    hidden = finding(b"eval $x", b"eval", severity="info")
    hidden.via = "in what base64 decodes"
    found = list(lines(*judged(b"eval $x", hidden), columns=80))
    assert found[0] == "Allowed, and worth knowing (action.info, default)"
    assert found[2] == "  download-run: in what base64 decodes: it runs what it downloads"


def test_what_is_too_much_is_counted() -> None:
    content = b"abcdefghijk"
    found = list(lines(*judged(content, *(finding(content, bytes([char])) for char in content)), columns=80))
    assert found[-1] == f"and {len(content) - MOST} more (--json shows them)"
    assert len(found) == 1 + 3 * MOST + 1


def test_says_why_where_nothing_was_found_but_it_was_not_read_whole() -> None:
    report = Report(b"x", origin="paste", shell="bash")
    report.facts = frozenset({"not-read-whole"})
    decision = decide(report, defaults().actions(), trusted=False)
    assert list(lines(report, decision, columns=80))[1:] == ["  it was not read to its end"]


@pytest.mark.parametrize("columns", [40, 80, 100])
def test_everything_fits(columns: int) -> None:
    for content, part in ((b"a" * 500 + b"| sh" + b"b" * 500, b"| sh"), (b"x" * 500, b"x" * 500)):
        found = list(lines(*judged(content, finding(content, part, why=LONG)), columns=columns))
        assert max(map(len, found)) <= columns
        assert "»" in found[1]
        assert "«" in found[1]


def test_wide_characters_take_two_columns() -> None:
    wide = list(lines(*judged(b"ls", finding(b"ls", b"ls", why="本" * 100)), columns=40))[2]
    assert wide == "  download-run: " + "本" * 11 + "…"


spans = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda one: (one[0], sum(one)))


@given(st.binary(max_size=40), st.lists(spans, max_size=3), st.text(max_size=30), st.sampled_from(SEVERITIES))
def test_nothing_raw_gets_out_of_any_text(
    content: bytes, where: list[tuple[int, int]], why: str, severity: str
) -> None:
    found = [Finding("sudo", severity, span=span, why=why, advice=why) for span in where]
    report, decision = judged(content, *found)
    for line in lines(report, decision, columns=80):
        assert line.isprintable()
    text = as_json(report, decision, digest="0" * 64)
    assert text.isascii()
    read = json.loads(text)
    assert [row["why"] for row in read["findings"]] == [one.why for one in report.findings]
    assert read["decision"]["action"] == decision.action
