"""Touches: nothing but what is printed. The words of a decision: lines for a person, one JSON object for a program."""

from __future__ import annotations

import os

from wrapify.analysis.columns import column as columns_of
from wrapify.analysis.columns import columns as columns_of_all
from wrapify.analysis.reveal import excerpt, reveal
from wrapify.cli import render

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wrapify.analysis.model import Finding, Report
    from wrapify.policy.decide import Decision

FORMAT = 1
MOST = 5
WIDTH, NARROWEST, WIDEST = 80, 40, 100
HEADLINES = {
    "allow": "Allowed, and worth knowing",
    "ask": "Look at this before you run it",
    "sandbox": "To be run in a sandbox only",
    "block": "Blocked: this is not to be run on your machine",
}
SANDBOX_FIRST = "Look at this, and try it in a sandbox first"
COLOURS = {"critical": render.RED, "high": render.RED, "medium": render.YELLOW}


def width() -> int:
    """Give the columns to write in: those of the terminal, within bounds."""
    try:
        return min(max(os.get_terminal_size(1).columns, NARROWEST), WIDEST)
    except OSError:
        return WIDTH


def headline(decision: Decision) -> str:
    """Say in plain words what is to be done."""
    return SANDBOX_FIRST if decision.sandbox_first and decision.action == "ask" else HEADLINES[decision.action]


def lines(report: Report, decision: Decision, *, columns: int) -> Iterator[str]:
    """Give the lines for a person: nothing at all where nothing was found and nothing is to be done."""
    if decision.action == "allow" and not report.findings:
        return
    head = fitted(headline(decision), columns)
    by = fitted(f" ({decision.decided_by})", columns - len(head))
    yield render.styled(head, render.BOLD, on=1) + render.styled(by, render.DIM, on=1)
    if not report.findings:
        yield fitted(f"  {decision.why}", columns)
    yield from findings(report, columns=columns)
    if len(report.findings) > MOST:
        yield render.styled(f"and {len(report.findings) - MOST} more (--json shows them)", render.DIM, on=1)


def findings(report: Report, *, columns: int, most: int = MOST, advising: bool = True) -> Iterator[str]:
    """Give the lines about the gravest findings: where it is, what it does and, if `advising`, what to do about it."""
    numbered = report.content.rstrip(b"\n").count(b"\n") > 0
    for finding in report.findings[:most]:
        lines = list(_finding(report, finding, numbered=numbered, columns=columns))
        yield from lines if advising else lines[:2]


def _finding(report: Report, finding: Finding, *, numbered: bool, columns: int) -> Iterator[str]:
    gutter = f"{report.line_of(finding):5}| " if numbered else "  "
    # Of the width two columns go to the marks, which stay where there is no colour, and for whom colours are alike.
    text, begin, end = excerpt(report.content, (finding.start, finding.end), width=columns - len(gutter) - 2)
    begin, end = _index(text, begin), _index(text, end)
    colour = COLOURS.get(finding.severity, render.BOLD)
    marked = render.styled(f"»{text[begin:end]}«", colour, on=1)
    yield f"{render.styled(gutter, render.DIM, on=1)}{text[:begin]}{marked}{text[end:]}"
    indent = " " * len(gutter)
    why = f"{finding.via}: {finding.why}" if finding.via else finding.why
    room = columns - len(indent)
    yield indent + render.styled(finding.rule, colour, on=1) + fitted(f": {why}", room - len(finding.rule))
    if finding.advice:
        yield indent + render.styled(fitted(finding.advice, room), render.DIM, on=1)


def fitted(text: str, room: int) -> str:
    """Write a text on one line in no more than `room` columns, with nothing in it that is not visible."""
    if room < 1:
        return ""
    shown = reveal(" ".join(text.split("\n")), limit=room)
    return shown if _index(shown, room) == len(shown) else f"{shown[: _index(shown, room - 1)]}…"


def wrapped(words: Sequence[str], width: int, *, between: str = " ", indent: str = "") -> list[str]:
    """Put words, each of which stays whole, on lines of at most `width` columns."""
    lines: list[str] = []
    for word in words:
        if lines and columns_of_all(lines[-1]) + len(between) + columns_of_all(word) <= width:
            lines[-1] += between + word
        else:
            lines.append((indent if lines else "") + word)
    return lines


def _index(text: str, column: int) -> int:
    """Give where in a text a column of the terminal is: wide characters take two, marks none."""
    if text.isascii():
        return min(column, len(text))
    taken = 0
    for at, char in enumerate(text):
        taken += columns_of(char)
        if taken > column:
            return at
    return len(text)


def as_json(report: Report, decision: Decision, *, digest: str) -> str:
    """Write all that is known as one JSON object, in ASCII. `digest` is the SHA-256 of the text."""
    from wrapify.jsontext import written

    about: dict[str, object] = {
        "version": FORMAT,
        "origin": report.origin,
        "shell": report.shell,
        "decision": {name: getattr(decision, name) for name in ("action", "sandbox_first", "why", "decided_by")},
        "facts": sorted(report.facts),
        "findings": [_row(report, finding) for finding in report.findings],
        "sha256": digest,
    }
    return written(about) + "\n"


def _row(report: Report, finding: Finding) -> dict[str, object]:
    names = ("rule", "severity", "start", "end")
    row: dict[str, object] = {name: getattr(finding, name) for name in names}
    return row | {"line": report.line_of(finding), "via": finding.via, "why": finding.why, "advice": finding.advice}
