"""Every rule on its cases: tests/cases/rules/<id>.toml.

A case is `text` (or `hex`: bytes in hexadecimal; with `times` the text so often, `{n}` being the number of the time).
Of a `flagged` one the findings of that rule are exactly `found`: severity, and the span made visible. A `clean` one has
none of that rule; others may speak. A further layer adds its rules to `LAYERS`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from wrapify.analysis import characters, hosts
from wrapify.analysis.analyse import analyse
from wrapify.analysis.catalogue import CATALOGUE, CHARACTERS
from wrapify.analysis.model import SEVERITIES, Finding
from wrapify.analysis.reveal import reveal

CASES = Path(__file__).resolve().parents[2] / "cases" / "rules"
Found = Callable[[str], Iterator[Finding]]
LAYERS = ((characters.found, characters.RULES), (hosts.found, hosts.RULES))
RULES: dict[str, Found] = {rule: found for found, rules in LAYERS for rule in rules}


def cases(rule: str) -> dict[str, list[dict[str, Any]]]:
    read: dict[str, list[dict[str, Any]]] = tomllib.loads((CASES / f"{rule}.toml").read_text(encoding="utf-8"))
    assert set(read) == {"flagged", "clean"}, f"{rule}.toml has other tables than flagged and clean"
    return read


def text_of(case: dict[str, Any]) -> str:
    if "hex" in case:
        return bytes.fromhex(case["hex"]).decode("utf-8", "surrogateescape")
    if "times" in case:
        return "".join(case["text"].replace("{n}", str(number)) for number in range(case["times"]))
    return str(case["text"])


def findings(rule: str, text: str) -> list[list[str]]:
    content = text.encode("utf-8", "surrogateescape")
    found = [one for one in RULES[rule](text) if one.rule == rule]
    spans = [content[one.start : one.end].decode("utf-8", "surrogateescape") for one in found]
    return [[one.severity, reveal(span)] for one, span in zip(found, spans, strict=True)]


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_flags_its_flagged_cases_and_no_clean_one(rule: str) -> None:
    read = cases(rule)
    assert min(len(read["flagged"]), len(read["clean"])) >= 2
    wrong = [
        (text_of(case)[:200], case.get("found", []), found)
        for case in [*read["flagged"], *read["clean"]]
        if (found := findings(rule, text_of(case))) != case.get("found", [])
    ]
    assert wrong == []
    assert all(case["found"] for case in read["flagged"])


def test_each_rule_has_its_file_and_each_file_its_rule() -> None:
    files = {path.stem for path in CASES.glob("*.toml")}
    assert set(RULES) <= files <= set(CATALOGUE)
    assert set(RULES) == set(CHARACTERS)


@pytest.mark.parametrize(("rule", "row"), [row for _found, rules in LAYERS for row in rules.items()])
def test_a_rule_says_what_it_is_in_sentences(rule: str, row: Any) -> None:
    assert row.severity in SEVERITIES
    assert rule == rule.lower()
    assert rule.replace("-", "").isalnum()
    for sentence in (row.why, row.advice):
        assert sentence[0].isupper() or sentence.startswith("{}")
        assert sentence.endswith(".")
        assert ". " not in sentence
        assert sentence.isascii()


@pytest.mark.parametrize("rule", RULES)
def test_the_analysis_looks_at_every_layer(rule: str) -> None:
    case = cases(rule)["flagged"][0]
    content = text_of(case).encode("utf-8", "surrogateescape")
    assert rule in {one.rule for one in analyse(content).findings}
