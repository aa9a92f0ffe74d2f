"""Each check says nothing, or that all is well, of a good machine, and names what is wrong with a bad one."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.unit.doctor.machines import BAD, GOOD, Case, on
from tests.unit.doctor.machines import DEBIAN as SYSTEM
from wrapify.doctor.checks import CHECKS
from wrapify.doctor.seen import Sandbox, Seen, Trial
from wrapify.doctor.verdict import BROKEN, LIMITED, NOTE, OK, STATUS, Check, Verdict, status

BY_NAME = {check.name: check for check in CHECKS}
CASES = [(name, case) for name, cases in BAD.items() for case in cases]


def judged(seen: Seen) -> list[tuple[Check, Verdict]]:
    return [(check, found) for check in CHECKS if (found := check.judge(seen))]


def test_each_check_has_a_bad_machine() -> None:
    """What is added to CHECKS must not be forgotten in machines.py."""
    assert sorted(BAD) == sorted(BY_NAME)
    assert len(BY_NAME) == len(CHECKS)


@pytest.mark.parametrize("name", BY_NAME)
def test_a_good_machine_is_well(name: str) -> None:
    found = BY_NAME[name].judge(GOOD)
    assert found is None or (found.level, found.means, found.remedy) == (OK, "", ())


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case[2]}" for name, case in CASES])
def test_a_bad_machine_is_told_of(name: str, case: Case) -> None:
    seen, level, said, remedy = case
    found = BY_NAME[name].judge(seen)
    assert found is not None
    assert found.level == level
    assert said in f"{found.text}; {found.means}"
    assert remedy in "\n".join(found.remedy)
    # Who cannot do something is told what that means, or what helps.
    assert found.level == NOTE or found.remedy or found.means
    assert found.level not in (LIMITED, BROKEN) or found.means


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case[2]}" for name, case in CASES])
def test_no_check_fails_on_a_machine_that_is_bad_for_another(name: str, case: Case) -> None:
    found = judged(case[0])
    assert status([one for _, one in found]) == max(STATUS[one.level] for _, one in found)
    for check, one in found:
        assert one.text, check.name
        assert not any(re.search(r"\b(None|True|False)\b", line) for line in (one.text, one.means, *one.remedy))
        # As it is told: a line, in columns.
        assert not any("\n" in line for line in (one.text, one.means, *one.remedy))


def test_a_good_machine_fits_a_screen() -> None:
    assert len(judged(GOOD)) <= 19
    assert [one.level for _, one in judged(GOOD)] == [OK] * len(judged(GOOD))
    # Beside the columns in front of it, of 80.
    assert [one.text for _, one in judged(GOOD) if len(one.text) > 46] == [BY_NAME["system"].judge(GOOD).text]  # type: ignore[union-attr]


def test_the_exit_status_is_that_of_the_worst() -> None:
    levels = {OK: 0, NOTE: 0, LIMITED: 1, BROKEN: 2}
    assert {level: status([Verdict(OK, ""), Verdict(level, "")]) for level in levels} == levels


def test_what_is_there_but_cannot_be_tried_is_not_judged() -> None:
    down = Trial(False, "bwrap: no")
    seen = on(SYSTEM, sandbox=Sandbox(plain=down, run=down, route="none"))
    assert {check.name for check, _ in judged(seen)}.isdisjoint({"a run", "copy-on-write", "fake root", "internet"})
    assert "hook" not in {check.name for check, _ in judged(replace(GOOD, system=replace(SYSTEM, dropped=True)))}
