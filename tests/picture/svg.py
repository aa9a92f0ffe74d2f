"""Draws what a terminal shows, as `tmux capture-pane -e` gives it, as a compact SVG: a window, its title, its rows."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.sax.saxutils import escape

from wrapify.analysis.columns import columns

WIDTH, HEIGHT, MARGIN, BAR = 8, 19, 16, 34
"""Pixels of a column and of a row, around the text, and of the bar with the title."""
COLOURS = {31: "r", 32: "g", 33: "y", 34: "b", 35: "m", 36: "c"}
HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<title>{title}</title>
<style>
text{{font:13.3px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d4d7dd}}
.B{{font-weight:700;fill:#fff}}.D{{fill:#8b93a1}}.r{{fill:#ff7b72}}.g{{fill:#7ee787}}.y{{fill:#e3b341}}.b{{fill:#79c0ff}}
.m{{fill:#d2a8ff}}.c{{fill:#76e3ea}}.t{{fill:#8b93a1;text-anchor:middle}}
</style>
<rect width="{width}" height="{height}" rx="9" fill="#161b22"/>
<circle cx="20" cy="17" r="6" fill="#ff5f57"/><circle cx="40" cy="17" r="6" fill="#febc2e"/>
<circle cx="60" cy="17" r="6" fill="#28c840"/><text class="t" x="{middle}" y="22">{title}</text>
"""


class Run(NamedTuple):
    """Hold a stretch of one row that looks alike: where it begins, its text, and its classes."""

    column: int
    text: str
    style: str


def runs(row: str, codes: set[int]) -> list[Run]:
    """Split one row at its colours. `codes` are those that hold, and hold on to the next row."""
    found, column = [], 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", row):
        if piece.startswith("\x1b"):
            _change(codes, [int(number or 0) for number in piece[2:-1].split(";")])
        elif piece:
            style = " ".join(filter(None, ("B" * (1 in codes), "D" * (2 in codes), *(COLOURS.get(it) for it in codes))))
            # Blanks that stand together are one to some readers of SVG.
            for part in re.finditer(r"\S+(?: \S+)*", piece):
                found.append(Run(column + columns(piece[: part.start()]), part[0], style))
            column += columns(piece)
    return found


def _change(codes: set[int], numbers: list[int]) -> None:
    for number in numbers:
        if number == 0:
            codes.clear()
        elif number == 22:
            codes -= {1, 2}
        elif number == 39:
            codes -= set(COLOURS)
        else:
            codes.add(number)


def drawn(captured: str, *, title: str, wide: int) -> str:
    """Draw a screen."""
    codes: set[int] = set()
    rows = captured.rstrip().split("\n")
    width, height = wide * WIDTH + 2 * MARGIN, len(rows) * HEIGHT + BAR + MARGIN
    lines = [HEAD.format(width=width, height=height, title=escape(title), middle=width // 2)]
    for number, row in enumerate(rows):
        y = BAR + 16 + number * HEIGHT
        lines += [_text(run, y) for run in runs(row, codes)]
    return "".join(lines) + "</svg>\n"


def _text(run: Run, y: int) -> str:
    """Place a stretch at its column, as wide as its columns are, whatever the font is."""
    style = f' class="{run.style}"' if run.style else ""
    place = f'x="{MARGIN + run.column * WIDTH}" y="{y}" textLength="{columns(run.text) * WIDTH}"'
    return f"<text {place}{style}>{escape(run.text)}</text>\n"


def words(picture: str) -> str:
    """Give the text of a picture, a row a line."""
    found: dict[str, list[str]] = {}
    for y, text in re.findall(r'<text x="\d+" y="(\d+)" textLength="[^>]*>([^<]*)<', picture):
        found.setdefault(y, []).append(text)
    text = "\n".join(" ".join(parts) for parts in found.values())
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
