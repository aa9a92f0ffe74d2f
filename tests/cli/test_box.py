"""`wrapify box list`: what earlier runs left behind, readable at any moment."""

from __future__ import annotations

import json

from tests.conftest import Wrapify


def test_lists_what_runs_left_behind(wrapify: Wrapify) -> None:
    assert "there are no boxes" in wrapify("box", "list").stderr
    wrapify("run", "-c", "echo > ~/made; exit 3")
    wrapify("run", "--box", "mine", "-c", "echo > ~/made")
    first, second = wrapify("box", "list").stdout.splitlines()
    assert "exit 3" in first
    assert "offline: echo > ~/made; exit 3" in first
    assert second.startswith("mine ")
    rows = json.loads(wrapify("box", "list", "--json").stdout)
    assert [row["status"] for row in rows] == [3, 0]


def test_escapes_what_a_command_line_holds(wrapify: Wrapify) -> None:
    wrapify("run", "-c", "echo > ~/made; : \x1b]0;title\x07")
    listed = wrapify("box", "list").stdout
    assert "\x1b" not in listed
    assert "\\x1b]0;title\\x07" in listed


def test_lists_a_box_that_cannot_be_read_beside_the_others(wrapify: Wrapify) -> None:
    wrapify("run", "--box", "good", "-c", "echo > ~/made")
    wrapify("run", "--box", "bad", "-c", "echo > ~/made")
    (wrapify.boxes / "bad/box.json").write_text("{")
    done = wrapify("box", "list")
    assert done.returncode == 0
    assert "unreadable" in done.stdout
    assert "good" in done.stdout
