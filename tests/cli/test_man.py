"""`wrapify man`: a page that names everything, renders without a warning, and is the one that the wheel ships."""

from __future__ import annotations

import re
import subprocess

import pexpect
import pytest

from tests.cli.test_policy import spawning
from tests.conftest import ROOT, Wrapify, need
from tests.test_registries import table
from wrapify.cli.reference import entries
from wrapify.manual import EXITS, PROFILES, escaped, explained
from wrapify.policy.model import KEYS
from wrapify.policy.model import PROFILES as KNOWN


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "wrapify/wrapify.1").read_text()


def test_the_page_that_ships_is_the_one_of_these_tables(wrapify: Wrapify, page: str) -> None:
    assert wrapify("man").stdout == page, "`make man` writes it anew"


def test_everything_is_in_it(page: str) -> None:
    words = {name for entry in entries() for option in entry.options for name in option.spellings if entry.path}
    words |= {f"wrapify {' '.join(entry.path)}" for entry in explained(entries())} | {key.family for key in KEYS}
    assert [word for word in words if escaped(word) not in page] == []
    assert [name for name, _ in PROFILES] == list(KNOWN)


def test_exit_statuses_are_those_of_the_readme() -> None:
    rows = table("| exit status | means |\n|---|---|\n| the command's own |")
    assert [(one.replace("`", ""), text.replace("`", "")) for one, text in rows] == [
        row for row in EXITS if row[0] != "20, 21, 22"
    ]


@pytest.mark.parametrize(
    "words",
    [["mandoc", "-T", "lint", "-W", "warning"], ["groff", "-man", "-ww", "-z", "-T", "utf8"]],
    ids=lambda it: it[0],
)
def test_it_renders_without_a_warning(words: list[str]) -> None:
    done = subprocess.run(
        [need(words[0]), *words[1:], str(ROOT / "wrapify/wrapify.1")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_on_a_terminal_it_is_shown_by_man(wrapify: Wrapify) -> None:
    need("man")
    env = wrapify.environment(MANPAGER="cat", MANROFFOPT="-c", COLUMNS="80")
    child = pexpect.spawn(str(wrapify.program), ["man"], env=env, timeout=30, encoding="utf-8", **spawning(wrapify))
    child.expect(pexpect.EOF)
    shown = re.sub(r".\x08|\x1b\[[0-9;]*m", "", child.before or "")
    assert "NAME wrapify - run commands you don't trust" in " ".join(shown.split())
    assert "!!sandbox LINE, ,, LINE" in shown
