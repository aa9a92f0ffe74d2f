"""SECURITY.md and CONTRIBUTING.md cannot drift: every path, name and option that they mention exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wrapify.cli import COMMANDS, options
from wrapify.policy.model import KEYS
from wrapify.sandbox import mounts

ROOT = Path(__file__).resolve().parent.parent
GUIDES = {name: (ROOT / name).read_text(encoding="utf-8") for name in ("SECURITY.md", ".github/CONTRIBUTING.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
PATH = re.compile(r"(?:\./)?((?:tests|wrapify|shell|\.github|\.ci)/[\w./-]*|\w+\.(?:md|toml|sh))(?:$| )")


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.mark.parametrize("name", GUIDES)
def test_every_path_exists(name: str) -> None:
    found = [match[1] for word in quoted(GUIDES[name]) if (match := PATH.match(word))]
    assert len(found) > 10
    assert [path for path in found if not (ROOT / path).exists()] == []


def test_every_name_is_one_of_the_file_beside_it() -> None:
    """`NAME` in `path`, or `NAME` of `path`, or (`path`) behind it."""
    pairs = re.findall(r"`(\w+)`(?: in| of| there,? in|) \(?`([\w./]+\.py)`", GUIDES[".github/CONTRIBUTING.md"])
    assert len(pairs) > 7
    assert [pair for pair in pairs if not re.search(rf"\b{pair[0]}\b", (ROOT / pair[1]).read_text())] == []
    assert mounts.Mount is not None


@pytest.mark.parametrize("name", GUIDES)
def test_every_command_key_and_option_exists(name: str) -> None:
    keys = {key.name for key in KEYS}
    known = {spelling for rows in options.OPTIONS.values() for row in rows for spelling in row.spellings}
    for word in quoted(GUIDES[name]):
        if word.startswith("wrapify ") and "/" not in word:
            assert word.split()[1] in COMMANDS
        if word.startswith("wrapify policy set"):
            assert word.split()[3] in keys
        if word.startswith("--") and " " not in word:
            assert word in known
        if re.fullmatch(r"(log|terminal|trust|paste|limits)\.[a-z]+", word):
            assert word in keys


def test_every_policy_key_has_its_row_in_the_readme() -> None:
    rows = set(re.findall(r"^\| `([\w.]+)` \|", README, re.MULTILINE))
    assert {key.family for key in KEYS} - rows == set()


def test_every_promise_of_the_readme_is_in_the_table() -> None:
    table = GUIDES["SECURITY.md"].split("## Promises")[1].split("## Not")[0]
    assert all(row.count("tests/") for row in table.splitlines()[4:] if row.startswith("| "))
    for promise in ("changes before `apply`", "readable inside", "process survives", "what was shown", "byte for byte"):
        assert promise in README
        assert promise in table
