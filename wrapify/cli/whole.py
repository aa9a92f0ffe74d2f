"""Touches: nothing but what is printed. A whole text in rows, with all that is unseen made visible, findings marked."""

from __future__ import annotations

from wrapify.analysis.columns import column
from wrapify.analysis.reveal import reveal
from wrapify.cli import render
from wrapify.cli.verdict import COLOURS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.model import Report

LIMIT = 1 << 20
"""Characters that are shown of a text: nobody turns more pages."""
Piece = tuple[str, str]


def rows(report: Report, width: int) -> list[str]:
    """Give the text of a report in rows of at most `width` columns; what was found stands between » and «."""
    lines = list(_lines(_pieces(report)))
    gutter = len(str(len(lines))) + 2 if len(lines) > 1 else 0
    made: list[str] = []
    for number, line in enumerate(lines, 1):
        head = f"{number:{gutter - 2}}| " if gutter else ""
        for row in _folded(line, max(width - gutter, 1)):
            made.append(render.styled(head, render.DIM, on=1) + row if head else row)
            head = " " * gutter
    return made


def _pieces(report: Report) -> Iterator[Piece]:
    """Give (revealed text, colour) in the order of the text; "" is no colour. Findings that overlap are one."""
    content, at = report.content.rstrip(b"\n"), 0
    for start, end, severity in _spans(report):
        yield _shown(content[at:start]), ""
        colour = COLOURS.get(severity, render.BOLD)
        yield f"»{_shown(content[start:end])}«", colour
        at = end
    yield _shown(content[at:]), ""


def _spans(report: Report) -> list[tuple[int, int, str]]:
    """Give where something was found, each with the gravest severity, none overlapping another."""
    found: list[tuple[int, int, str]] = []
    weights = {one: place for place, one in enumerate(reversed([*COLOURS, ""]))}
    for one in sorted(report.findings, key=lambda finding: (finding.start, -finding.end)):
        if found and one.start < found[-1][1]:
            start, end, severity = found.pop()
            graver = max(severity, one.severity, key=lambda name: weights.get(name, 0))
            found.append((start, max(end, one.end), graver))
        else:
            found.append((one.start, one.end, one.severity))
    return found


def _shown(content: bytes) -> str:
    return reveal(content.decode("utf-8", "surrogateescape"), limit=LIMIT)


def _lines(pieces: Iterator[Piece]) -> Iterator[list[Piece]]:
    """Cut pieces at the ends of lines."""
    line: list[Piece] = []
    for text, colour in pieces:
        first, *rest = text.split("\n")
        line.append((first, colour))
        for one in rest:
            yield line
            line = [(one, colour)]
    yield line


def _folded(line: list[Piece], width: int) -> Iterator[str]:
    """Fold a line to rows of `width` columns, and colour them."""
    row, taken = "", 0
    for text, colour in line:
        start = 0
        for at, char in enumerate(text):
            size = column(char)
            if taken + size > width and taken:
                yield row + _coloured(text[start:at], colour)
                row, taken, start = "", 0, at
            taken += size
        row += _coloured(text[start:], colour)
    yield row


def _coloured(text: str, colour: str) -> str:
    return render.styled(text, colour, on=1) if colour and text else text
