"""The pictures of the README are the real terminal: made here, and as committed they say what the program says today.

WRAPIFY_PICTURES=DIR writes them to DIR (`make picture`).
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT, Wrapify
from tests.picture import scenes, svg
from wrapify.cli import question, review

KEYS = [label for key, label in question.KEYS.items() if key != "a"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def made(name: str, captured: str, *, title: str, tmp_path: Path) -> tuple[str, str]:
    """Draw a picture, and give its words and those of the committed one."""
    picture = svg.drawn(captured, title=title, wide=scenes.COLUMNS)
    ElementTree.fromstring(picture)
    (Path(os.environ.get("WRAPIFY_PICTURES") or tmp_path) / f"{name}.svg").write_text(picture, encoding="utf-8")
    committed = (ROOT / ".github" / f"{name}.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(committed)
    assert len(committed) < 12_000
    return svg.words(picture), svg.words(committed)


def test_the_question_about_a_paste(wrapify: Wrapify, tmp_path: Path) -> None:
    captured = scenes.question(wrapify)
    for words in made("question", captured, title="a paste into bash", tmp_path=tmp_path):
        assert scenes.PASTE in words
        plain = words.replace(" ", "")  # The keys in a label are drawn by themselves.
        assert [label for label in KEYS if label.replace(" ", "") not in plain] == []
        assert "Look at this" in words
        assert "download-run" in words
        assert "came with the paste" not in words


def test_the_review_of_a_script(wrapify: Wrapify, tmp_path: Path) -> None:
    captured = scenes.review(wrapify, tmp_path)
    for words in made("review", captured, title="a script from a pipe", tmp_path=tmp_path):
        assert scenes.PIPE in words
        assert re.sub(r" +", " ", review.PROMPT) in words
        assert "ssh keys that I could read: 0" in words
        assert "1 modified" in words
        assert f"(box {scenes.BOX})" in words


def test_a_picture_shows_colours_where_they_are_and_nothing_raw() -> None:
    picture = svg.drawn("\x1b[1ma<b\x1b[0m  \x1b[2;31mred\n still\x1b[39m & dim\x1b[22m plain\n\n", title="x", wide=20)
    ElementTree.fromstring(picture)
    assert svg.words(picture) == "a<b red\nstill & dim plain"
    assert '<text x="16" y="50" textLength="24" class="B">a&lt;b</text>' in picture
    assert '<text x="56" y="50" textLength="24" class="D r">red</text>' in picture
    assert '<text x="24" y="69" textLength="40" class="D r">still</text>' in picture
    assert "\x1b" not in picture


@pytest.mark.parametrize("name", re.findall(r"\.github/(\w+)\.svg", README))
def test_what_the_readme_shows_is_there(name: str) -> None:
    assert (ROOT / ".github" / f"{name}.svg").is_file()
