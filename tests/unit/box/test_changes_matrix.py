"""Everything that a run can leave, over everything that can really lie there: the changes, and the plan to apply them.

The table is tests/cases/changes.toml, whose head explains it.
"""

from __future__ import annotations

import itertools
import os
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, User
from tests.unit.box.layering import Laid, folder, in_words, laid_out, listener, put, whiteout
from wrapify.box import changes as texts
from wrapify.box import steps
from wrapify.box.model import Change
from wrapify.box.steps import ApplyPlan, Step, plan_apply

TABLE: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads((ROOT / "tests/cases/changes.toml").read_text())
RECORDED = "file dir symlink fifo socket whiteout opaque".split()
REAL = "absent file dir symlink fifo".split()
HOST = "clean changed".split()
EVERY = set(itertools.product(RECORDED, (f"{real}, {host}" for real in REAL for host in HOST)))
CASES = sorted((recorded, pair) for recorded, row in TABLE.items() for pair in row)

# The sentences are for people; the table has the names that they have in the code.
SENTENCES = {
    text: name
    for module in (texts, steps)
    for name, text in vars(module).items()
    if name.isupper() and isinstance(text, str) and " " in text
}


@pytest.fixture
def laid(tmp_path: Path, user: User) -> Iterator[Laid]:
    with laid_out(tmp_path, user) as made:
        yield made


def test_the_table_is_whole() -> None:
    assert sorted(EVERY - set(CASES)) == [], "missing"
    assert sorted(set(CASES) - EVERY) == [], "superfluous"
    unknown = {key for row in TABLE.values() for case in row.values() for key in case} - {"changes", "plan", "force"}
    assert unknown == set()


@pytest.mark.parametrize(("recorded", "pair"), CASES, ids=lambda word: word.replace(", ", "-"))
def test_matrix(laid: Laid, recorded: str, pair: str) -> None:
    real, _, host = pair.partition(", ")
    lay(laid.real / "p", real=real)
    record(laid.upper / "p", recorded, came_up=came_up(recorded, real=real, host=host))
    since = laid.tick()
    if host == "changed":
        change(laid.real / "p", real=real)
    found = laid.changes(since=since)
    wanted = TABLE[recorded][pair]
    assert [spelled(laid, one) for one in found] == wanted["changes"]
    assert planned(laid, plan_apply(found)) == wanted["plan"]
    assert planned(laid, plan_apply(found, force=True)) == wanted.get("force", wanted["plan"])
    assert all(steps.from_line(steps.to_line(step)) == step for step in plan_apply(found, force=True).steps)


def test_a_host_that_changed_nothing_that_counts(laid: Laid) -> None:
    """Reading, and what happens beside it, is no conflict."""
    put(laid.real / "p")
    put(laid.upper / "p", "the run's\n", copied=True)
    since = laid.tick()
    (laid.real / "p").read_text()
    put(laid.real / "beside")
    os.utime(laid.real)
    assert [spelled(laid, one) for one in laid.changes(since=since)] == ["modified p"]


# ---- what is made


def lay(path: Path, *, real: str) -> None:
    """Make what lies there when the run begins. What is "absent, changed" in the end is not of this."""
    match real:
        case "file":
            put(path)
        case "dir":
            put(path / "old")
            put(path / "sub/deep")
        case "symlink":
            path.symlink_to("nowhere")
        case "fifo":
            os.mkfifo(path)


def came_up(recorded: str, *, real: str, host: str) -> bool:
    """Tell whether overlayfs would have marked it as copied: where the same kind lay, which may be gone since."""
    return recorded == real or (real == "absent" and host == "changed")


def record(path: Path, recorded: str, *, came_up: bool) -> None:
    match recorded:
        case "file":
            put(path, "the run's\n", copied=came_up)
        case "dir" | "opaque":
            opaque = recorded == "opaque"
            folder(path, copied=came_up and not opaque, opaque=opaque)
            put(path / "new", "the run's\n")
        case "symlink":
            path.symlink_to("elsewhere")
        case "fifo":
            os.mkfifo(path, 0o600)
        case "socket":
            listener(path)
        case "whiteout":
            whiteout(path)


def change(path: Path, *, real: str) -> None:
    """Change on the host what really lies there; "absent" was removed, which leaves nothing to do."""
    match real:
        case "file":
            path.write_text("the host's\n")
        case "dir":
            put(path / "appeared")
        case "symlink":
            path.unlink()
            path.symlink_to("somewhere")
        case "fifo":
            path.chmod(0o640)


# ---- how it is spelled


def spelled(laid: Laid, change: Change) -> str:
    words: Sequence[Any] = (
        in_words(laid, change),
        f"{change.lost} lost" if change.lost else "",
        SENTENCES[change.conflict] if change.conflict else "",
        "never" if change.never else "",
    )
    return ", ".join(filter(None, words))


def planned(laid: Laid, plan: ApplyPlan) -> list[str]:
    left = [f"leave {in_words(laid, change).split(' ', 1)[1]}, {SENTENCES[why]}" for change, why in plan.left]
    return [*map(step_spelled, plan.steps), *left]


def step_spelled(step: Step) -> str:
    base = f" on {step.base.kind}" if step.base else ""
    return f"{step.op} {step.kind} {step.path}{base}" + (f" with {step.below.things}" if step.below else "")
