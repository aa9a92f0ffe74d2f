"""A stale stamp never runs: whatever a kept recipe was made from is changed, one by one and at random."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.unit.sandbox import world as worlds
from tests.unit.sandbox.world import CHANGES, World, bind, build, drop, other_mountinfo
from wrapify import host
from wrapify.errors import WrapifyError
from wrapify.host import Record


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return build(tmp_path, monkeypatch)


def fresh_or_error(world: World) -> object:
    try:
        return world.fresh()
    except WrapifyError as error:
        return error


def test_what_is_kept_is_found_again(world: World) -> None:
    assert world.kept() is None
    world.keep()
    kept = world.kept()
    assert kept is not None
    assert kept == world.fresh()


def test_every_question_is_among_the_changes(world: World) -> None:
    asked = {question for question, _, _ in world.keep()}
    assert set(CHANGES) | {"mounts_below"} == set(host.QUESTIONS)
    assert set(host.QUESTIONS) - asked <= {"reachable", "names"}, "the small world asks too little"


def test_another_answer_to_any_question_is_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    records = world.keep()
    assert len(records) > 50
    for question, subject, answer in records:
        with monkeypatch.context() as patch:

            def lie(*asked: object, real: object = host.QUESTIONS[question], about: object = subject) -> object:
                return ("lie",) if asked == about else real(*asked)  # type: ignore[operator]

            patch.setitem(host.QUESTIONS, question, lie)
            assert world.kept() is None, f"{question}{subject} was {answer!r} and is not asked again"
    assert world.kept() is not None


def change(record: Record, world: World, patch: pytest.MonkeyPatch) -> bool:
    """Change for real what a question looked at; tell whether that is possible here."""
    question, (path, *rest), _ = record
    if question == "mounts_below":
        other_mountinfo(patch, f"{path}/work")
        return True
    if not str(path).startswith(f"{world.root}/"):
        return False
    CHANGES[question](Path(str(path)), *rest)
    return True


def test_whatever_a_plan_looked_at_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(build(tmp_path / "first", monkeypatch).keep())
    changed: dict[str, int] = {}
    for number in range(count):
        with monkeypatch.context() as patch:
            world = build(tmp_path / str(number), patch)
            record = world.keep()[number]
            if change(record, world, patch):
                changed[record[0]] = changed.get(record[0], 0) + 1
                # The change undoes what other questions saw, too: either nothing is kept, or it is still right.
                kept = world.kept()
                assert kept is None, f"{record} was changed and the recipe is still taken"
        shutil.rmtree(tmp_path / str(number))
    assert {question for question in CHANGES if question not in changed} <= {"reachable", "names"}
    assert sum(changed.values()) > 40


def test_places_with_nested_mounts_are_looked_at_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other_mountinfo(monkeypatch, f"{world.home}/apps/two")
    world.keep()
    assert world.kept() == world.fresh()
    (world.home / "apps/three").mkdir()
    assert world.kept() is None
    world.keep()
    (world.home / "work/.env").unlink()
    assert world.kept() is None


POOL = (
    "work work/.env .ssh .netrc a.pem b.pem .config .config/gh .config/x1 apps apps/new apps/new/key .lnk other".split()
)
POLICIES = (
    "",
    "box.keep_days = 5",
    "limits.processes = 10",
    "limits.processes = 11",
    "shell = 'zsh'",
    "nonsense = 1",
    "=",
)


class Random(RuleBasedStateMachine):
    """Change anything at random. After each step: what the cache gives is what a fresh plan would be."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="wrapify-stamp-"))
        self.patch = pytest.MonkeyPatch()
        self.world = build(self.root / "w", self.patch)

    def teardown(self) -> None:
        self.patch.undo()
        for holder in worlds.HELD:
            holder.close()
        worlds.HELD.clear()
        shutil.rmtree(self.root)

    def spot(self, name: str) -> Path:
        path = self.world.home / name
        drop(path)
        return path

    @invariant()
    def the_cache_gives_nothing_stale(self) -> None:
        kept = self.world.kept()
        if kept is not None:
            assert kept == fresh_or_error(self.world)

    @rule()
    def keep(self) -> None:
        try:
            self.world.keep()
        except WrapifyError:
            assert self.world.kept() is None
        else:
            assert self.world.kept() is not None

    @rule(name=st.sampled_from(POOL), to=st.sampled_from(["work", "other", ".", "..", "/etc/passwd", ".netrc"]))
    def link(self, name: str, to: str) -> None:
        path = self.spot(name)
        if path.parent.is_dir():
            path.symlink_to(to)

    @rule(name=st.sampled_from(POOL), kind=st.sampled_from(["none", "file", "dir", "socket"]))
    def put(self, name: str, kind: str) -> None:
        path = self.spot(name)
        if not path.parent.is_dir():
            return
        if kind == "file":
            path.write_text("x")
        elif kind == "dir":
            path.mkdir()
        elif kind == "socket":
            bind(str(path))

    @rule(name=st.sampled_from(["work", ".config", "apps", "."]), mode=st.sampled_from([0o700, 0o750, 0o755]))
    def chmod(self, name: str, mode: int) -> None:
        if (self.world.home / name).is_dir() and not (self.world.home / name).is_symlink():
            (self.world.home / name).chmod(mode)

    @rule(text=st.sampled_from(POLICIES), whose=st.sampled_from(["home/.config/wrapify", "etc"]))
    def policy(self, text: str, whose: str) -> None:
        folder = self.world.root / whose
        if folder.parent.is_dir():
            folder.mkdir(exist_ok=True)
            (folder / "policy.toml").write_text(text)

    @rule(size=st.integers(0, 9))
    def another_bwrap(self, size: int) -> None:
        Path(self.world.bwrap).write_text("b" * size)

    @rule(name=st.sampled_from(["bwrap", "other", "gone"]))
    def named_by_the_environment(self, name: str) -> None:
        self.world.bwrap = str(self.world.root / name)

    @rule(name=st.sampled_from([".", "work", "apps", "../etc"]))
    def elsewhere(self, name: str) -> None:
        if os.path.isdir(self.world.home / name):
            self.world.cwd = Path(os.path.realpath(self.world.home / name))

    @rule(
        profile=st.sampled_from(["", "offline", "sealed"]),
        home=st.sampled_from(["", "private", "real-ro"]),
        ro=st.sampled_from(["", "home/work", "home/.ssh", "etc", "gone"]),
        hide=st.sampled_from(["", "home/apps", "sys/file", "home/.lnk"]),
    )
    def ask(self, profile: str, home: str, ro: str, hide: str) -> None:
        request = self.world.request
        request.profile, request.home = profile, home
        request.ro = (str(self.world.root / ro),) if ro else ()
        request.hide = (str(self.world.root / hide),) if hide else ()

    @rule(points=st.lists(st.sampled_from(["apps", "apps/one", "work", ".ssh"]), max_size=2))
    def mount(self, points: list[str]) -> None:
        other_mountinfo(self.patch, *(f"{self.world.home}/{point}" for point in points))

    @precondition(lambda self: (self.world.root / "run/wrapify/masks").is_dir())
    @rule(data=st.data())
    def lose_a_mask(self, data: st.DataObject) -> None:
        masks = sorted((self.world.root / "run/wrapify/masks").iterdir())
        if masks:
            shutil.rmtree(data.draw(st.sampled_from(masks)))
            # What hides must be there: a recipe whose mask is gone would show secrets.
            kept = self.world.kept()
            assert kept is None or all(f"{mask}".encode() not in kept["args"] for mask in masks if not mask.exists())


TestRandom = Random.TestCase
TestRandom.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
