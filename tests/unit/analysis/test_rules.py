"""Every rule about commands on its cases: tests/cases/rules/<id>.toml, the gravest severity of that rule exactly."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.analysis.analyse import UNREAD, analyse
from wrapify.analysis.catalogue import CATALOGUE, STRUCTURE
from wrapify.analysis.model import FACTS, SEVERITIES
from wrapify.analysis.rules import RULES

CASES = Path(__file__).resolve().parents[2] / "cases" / "rules"


def cases(rule: str) -> dict[str, list[dict[str, Any]]]:
    read: dict[str, list[dict[str, Any]]] = tomllib.loads((CASES / f"{rule}.toml").read_text(encoding="utf-8"))
    assert set(read) == {"flagged", "clean"}
    return read


def found(rule: str, case: dict[str, Any]) -> str:
    text = case["text"] * case.get("times", 1)
    report = analyse(text.encode(), shell=case.get("shell", "bash"))
    return next((one.severity for one in report.findings if one.rule == rule), "")


@pytest.mark.parametrize("rule", STRUCTURE)
def test_a_rule_flags_its_flagged_cases_and_no_clean_one(rule: str) -> None:
    read = cases(rule)
    rows = [*read["flagged"], *read["clean"]]
    wrong = [(case["text"][:200], got) for case in rows if (got := found(rule, case)) != case.get("severity", "")]
    assert wrong == []
    assert all(case["severity"] in SEVERITIES for case in read["flagged"])


def test_the_table_and_the_catalogue_hold_the_same_rules() -> None:
    assert {rule for rule, _ in RULES} | {UNREAD} == set(STRUCTURE)


@given(st.binary(max_size=300) | st.text(alphabet="$(){}`'\"\\|&;<>\n echosudo=#[]*?~!", max_size=200).map(str.encode))
def test_any_bytes_give_a_report(content: bytes) -> None:
    for shell in ("bash", "zsh", "fish", "python3"):
        report = analyse(content, shell=shell)
        assert report.facts <= FACTS.keys()
        for one in report.findings:
            assert one.rule in CATALOGUE
            assert one.severity in SEVERITIES
            assert 0 <= one.start <= one.end <= len(content)
            assert one.why.endswith(".")
