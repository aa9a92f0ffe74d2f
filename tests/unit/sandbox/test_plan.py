"""What holds for every plan, whatever the machine, the profile and the wishes; and the plan's single decisions."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from tests.unit.sandbox import situations
from tests.unit.sandbox.fake import Fake, Node
from tests.unit.sandbox.reading import Reading, reading, upwards
from tests.unit.sandbox.situations import DEBIAN, FACTS, NIXOS, SILVERBLUE, UNMERGED, person, situation
from wrapify.errors import UsageError
from wrapify.sandbox import secrets
from wrapify.sandbox.argv import argv
from wrapify.sandbox.mounts import RoBind
from wrapify.sandbox.spec import BOX, Network, Situation, Wish
from wrapify.sandbox.view import below, covered

NAMES = st.sampled_from([".ssh", ".aws", ".netrc", ".env", "a", "b", ".config", "gh", "x.pem", "work", ".docker"])
SPOTS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
KINDS: st.SearchStrategy[Node | str] = st.sampled_from(
    ["dir", "file", "other", "-> a", "-> ../a", "-> .", "-> b", Node("dir", 0o700, closed=True)]
)
SYSTEM_PATHS = st.sampled_from(["/usr/share", "/usr/bin/env", "/bin", "/etc/passwd", "/etc/resolv.conf", "/srv/data"])


@st.composite
def machines(draw: st.DrawFn) -> tuple[Fake, str]:
    """Draw a distribution with a home full of odd things; give it with its home as the user spells it."""
    base = draw(st.sampled_from([DEBIAN, UNMERGED, NIXOS, SILVERBLUE]))
    home = "/var/home/u" if base is SILVERBLUE else "/home/u"
    machine = Fake(base)
    for spot, kind in draw(st.dictionaries(SPOTS, KINDS, max_size=8)).items():
        path = f"{home}/{spot}"
        # Nothing lies below what is no directory.
        blocked = any(machine.tree.get(up, Node("dir")).kind != "dir" for up in upwards(posixpath.dirname(path)))
        if not blocked and path not in machine.tree:
            machine.add(path, kind)
    folders = [path for path, found in machine.tree.items() if found.kind == "dir" and path.startswith(f"{home}/")]
    mounts = draw(st.lists(st.sampled_from(folders), max_size=2, unique=True)) if draw(st.booleans()) else []
    sockets = [f"{home}/{name}.sock" for name in draw(st.sets(st.sampled_from(["a", "x"])))]
    for path in sockets:
        machine.add(path, "socket")
    return Fake(machine.tree, mounts=mounts, sockets=sockets), draw(st.sampled_from([home, "/home/u"]))


class Drawn(tuple[Fake, Situation]):
    """A machine and what is asked of it, shown in a few words when a test fails."""

    __slots__ = ()

    def __repr__(self) -> str:
        machine, asked = self
        base = {**DEBIAN, **UNMERGED, **NIXOS, **SILVERBLUE}
        added = {path: found for path, found in machine.tree.items() if path not in base}
        who = (asked.person.home, asked.person.cwd, asked.profile.name, asked.facts.route)
        return f"{who} {asked.wish} mounts={machine.mounts} sockets={machine.sockets} {added}"


@st.composite
def plans(draw: st.DrawFn, wishes: bool = True) -> Drawn:
    """Draw a machine and what is asked of it."""
    machine, home = draw(machines())
    here = [path for path, found in machine.tree.items() if found.kind == "dir" and not found.closed]
    at_home = [path for path in here if path.startswith(machine.answer_real(home))]
    cwd = draw(st.sampled_from([*at_home, *at_home, *here]))
    there = [
        path
        for path in machine.tree
        if path.startswith(machine.answer_real(home) + "/") and machine.at(path, follow=True)
    ]
    paths = st.lists(st.sampled_from(there) | SYSTEM_PATHS, max_size=2 * wishes).map(
        lambda found: tuple(path for path in found if machine.at(path, follow=True))
    )
    wish = Wish(
        draw(paths), draw(paths), draw(paths), home=draw(st.sampled_from(["", "", "cow", "private", "real-ro"]))
    )  # fmt: skip
    profile, route = draw(st.sampled_from(["offline", "sealed"])), draw(st.sampled_from(["bwrap", "userns", "none"]))
    return Drawn((machine, situation(profile, who=person(home, cwd), route=route, wish=wish)))


def read(machine: Fake, asked: Situation) -> Reading:
    try:
        return reading(machine, situations.planned(machine, asked), asked)
    except UsageError:
        reject()  # To hide the home itself is refused, and that is tested elsewhere.


def hidden(machine: Fake, asked: Situation) -> set[str]:
    """List what exists and must not be seen: secrets, sockets and --hide, but for what --ro and --rw name itself."""
    home = machine.answer_real(asked.person.home)
    found = secrets.hidden(Fake(machine.tree, sockets=machine.sockets), asked.view, home=home, cwd=asked.person.cwd)
    wanted = found.paths | {machine.answer_real(path) for path in asked.wish.hide}
    named = {machine.answer_real(path) for path in (*asked.wish.ro, *asked.wish.rw)}
    keys = {machine.answer_real(path) for path in asked.person.private}
    below_hidden = {path for path in machine.tree if covered(path, tuple(wanted))}
    shown = {
        path for path in below_hidden if any(below(path, name) and not _again(path, name, wanted) for name in named)
    }
    leading = {up for name in named for up in upwards(name)}
    return {
        path for path in (below_hidden - shown - leading) | keys if machine.answer_kind(path) not in ("absent", "link")
    }


def _again(path: str, name: str, wanted: set[str]) -> bool:
    """Tell whether `path`, below a shown `name`, is below something hidden there."""
    return any(below(path, secret) and below(secret, name) and secret != name for secret in wanted)


every_plan = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))


@every_plan
@given(plans())
def test_mounts_are_in_order_and_each_place_has_one(drawn: Drawn) -> None:
    seen = read(*drawn)
    places = [op.dest for op in seen.mounts]
    assert len(set(places)) == len(places)
    for at, place in enumerate(places):
        assert [later for later in places[at:] if below(place, later) and place != later] == []
    links = [op.dest for op in seen.mounts if op.name == "--symlink"]
    assert [place for place in places if any(below(place, link) and place != link for link in links)] == []


@every_plan
@given(plans())
def test_every_path_is_absolute_normal_and_there(drawn: Drawn) -> None:
    seen = read(*drawn)
    for op in seen.mounts:
        values = (*op.lowers, *(op.values[1:] if op.name == "--symlink" else op.values))
        assert [
            value for value in values if not value.startswith(("/", f"{BOX}/")) or value != posixpath.normpath(value)
        ] == []
        if op.name in ("--bind", "--ro-bind") and not op.values[0].startswith((BOX, "/dev/")):
            assert seen.machine.at(op.values[0], follow=True), f"{op.values[0]} is bound and does not exist"


@every_plan
@given(plans())
def test_the_last_mount_closes_the_root(drawn: Drawn) -> None:
    remounts = [at for at, op in enumerate(read(*drawn).ops) if op.name == "--remount-ro"]
    seen = read(*drawn).ops
    assert seen[remounts[-1]].dest == "/"
    assert [op for op in seen[remounts[0] :] if op.name not in ("--remount-ro", "--chdir")] == []
    assert {seen[at].dest for at in remounts} == {"/", "/proc", "/proc/1", "/dev"}


@every_plan
@given(plans())
def test_nothing_of_the_host_is_writable_but_what_rw_names(drawn: Drawn) -> None:
    machine, asked = drawn
    seen = read(machine, asked)
    allowed = {machine.answer_real(path) for path in asked.wish.rw} | {row[3] for row in seen.overlays if row[1]}
    sources = {op.values[0] for op in seen.mounts if op.name == "--bind"}
    assert {source for source in sources if not source.startswith(f"{BOX}/")} <= allowed
    uppers = [value for op in seen.mounts if op.name == "--overlay" for value in op.values[:2]]
    uppers += [value for row in seen.overlays for value in row[1:3] if value]
    assert [value for value in uppers if not value.startswith(f"{BOX}/")] == []


@every_plan
@given(plans())
def test_what_is_hidden_is_seen_nowhere(drawn: Drawn) -> None:
    machine, asked = drawn
    seen = read(machine, asked)
    secret = hidden(machine, asked)
    # A path inside may show a file from elsewhere, so all places are looked at, and not only the file's own.
    places = {*machine.tree, *(op.dest for op in seen.mounts)}
    assert sorted(place for place in places if set(seen.sources(place)) & secret) == []


@every_plan
@given(plans())
def test_it_starts_in_a_directory_that_is_there(drawn: Drawn) -> None:
    seen = read(*drawn)
    place = seen.inside(seen.chdir())
    assert seen.sources(place) or any(below(op.dest, place) for op in seen.mounts if op.name != "--symlink")


@every_plan
@given(plans(wishes=False))
def test_no_mount_point_has_to_be_made_where_writes_are_recorded(drawn: Drawn) -> None:
    seen = read(*drawn)
    layers = [layer.dest for layer in seen.spec.layers]
    for op in seen.mounts:
        if any(below(op.dest, place) and op.dest != place for place in layers):
            without = replace(seen, ops=tuple(other for other in seen.ops if other.dest != op.dest))
            assert without.sources(op.dest), f"bwrap would have to make {op.dest}"


@every_plan
@given(plans())
def test_a_plan_is_the_same_each_time_and_asks_nothing_twice(drawn: Drawn) -> None:
    machine, asked = drawn
    first, second = (Fake(machine.tree, mounts=machine.mounts, sockets=machine.sockets) for _ in range(2))
    from wrapify.sandbox.plan import plan

    assert plan(first, asked) == plan(second, asked)
    assert first.records == second.records
    assert len({(question, subject) for question, subject, _ in first.records}) == len(first.records)


def test_the_status_says_what_is_reached_and_what_can_leave() -> None:
    def said(profile: str, network: Network) -> str:
        return " · ".join(situations.planned(Fake(DEBIAN), situation(profile, network=network)).status)

    assert "no network" in said("offline", Network())
    assert said("offline", Network("internet", "/usr/bin/pasta")).count(": what it reads it can send") == 1
    assert "what it reads" not in said("online", Network("internet", "/usr/bin/pasta"))
    assert "THIS MACHINE'S OWN NETWORK" in said("online", Network("host"))


def test_only_the_internet_has_another_resolver() -> None:
    machine = Fake({**DEBIAN, situations.RESOLVER: "file"})

    def shown(network: Network) -> list[str]:
        mounts = situations.planned(machine, situation(network=network)).mounts
        return [mount.source for mount in mounts if isinstance(mount, RoBind) and mount.dest == "/etc/resolv.conf"]

    assert situations.RESOLVER not in [*shown(Network()), *shown(Network("host"))]
    assert shown(Network("internet", "/usr/bin/pasta"))[-1:] == [situations.RESOLVER]


def test_the_host_s_network_is_shared_only_when_asked_for() -> None:
    for kind in ("none", "internet", "domains", "host"):
        spec = situations.planned(Fake(DEBIAN), situation(network=Network(kind)))
        assert ("--share-net" in argv(spec, FACTS)) == (kind == "host")
