"""The table of disguises, tests/cases/disguises.toml: what has to be asked about in any spelling, and what must not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from wrapify.analysis.analyse import analyse
from wrapify.analysis.catalogue import STRUCTURE
from wrapify.analysis.model import SEVERITIES

FILE = Path(__file__).resolve().parents[2] / "cases" / "disguises.toml"
TABLE: dict[str, list[str]] = tomllib.loads(FILE.read_text(encoding="utf-8"))
ASKED = frozenset(SEVERITIES[SEVERITIES.index("medium") :])


def asked(text: str) -> set[str]:
    """Give the rules about commands that would ask; those about characters and hosts have tables of their own."""
    report = analyse(text.encode("utf-8", "surrogateescape"))
    return {one.rule for one in report.findings if one.severity in ASKED and one.rule in STRUCTURE}


@pytest.mark.parametrize(
    ("kind", "rules"),
    [("root", {"sudo", "decoded-run", "persistence"}), ("download", {"download-run"}), ("danger", set(STRUCTURE))],
)
def test_no_disguise_hides_it(kind: str, rules: set[str]) -> None:
    assert [text for text in TABLE[kind] if not asked(text) & rules] == []


def test_what_is_harmless_is_not_asked_about() -> None:
    assert [(text, found) for text in TABLE["harmless"] if (found := asked(text))] == []


def test_nothing_is_listed_twice() -> None:
    texts = [text for rows in TABLE.values() for text in rows]
    assert len(texts) == len(set(texts))
