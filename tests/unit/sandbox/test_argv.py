"""Golden command lines: for each case, every bwrap option that comes out, one word a line.

WRAPIFY_UPDATE_GOLDEN=1 writes the files anew; look at the diff before you keep it.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.unit.sandbox import situations
from tests.unit.sandbox.fake import Fake, Node, Tree, unanswered
from tests.unit.sandbox.situations import DEBIAN, FACTS, NIXOS, RESOLVER, SILVERBLUE, UNMERGED, person
from wrapify.sandbox.argv import argv
from wrapify.sandbox.mounts import Overlay, RemountRo, RoBind, Symlink, Tmpfs
from wrapify.sandbox.spec import BOX, Network, Person, SandboxSpec, Wish

CASES = Path(__file__).resolve().parents[2] / "cases" / "argv"
MASK = re.compile(r"(?<=/masks/)[0-9a-f]{32}$")


@dataclass(frozen=True)
class Case:
    """One golden file: on which machine, for whom, and what is wished."""

    profile: str = "offline"
    tree: Tree = field(default_factory=lambda: DEBIAN)
    who: Person = field(default_factory=person)
    route: str = "bwrap"
    wish: Wish = field(default_factory=Wish)
    mounts: tuple[str, ...] = ()
    network: Network = field(default_factory=Network)
    root: bool = False


WISHES = Wish(("/srv/data",), ("/srv/out",), ("/home/u/work/main.py",), ("FOO", "BAR=baz"), extra=("--hostname", "x"))
TABLE = {
    "offline-bwrap": Case(),
    "offline-userns": Case(route="userns"),
    "offline-none": Case(route="none"),
    "offline-wishes": Case(wish=WISHES),
    "offline-home-private": Case(wish=Wish(home="private")),
    "offline-home-real-ro": Case(wish=Wish(home="real-ro")),
    "offline-home-real-ro-userns": Case(wish=Wish(home="real-ro"), route="userns"),
    "offline-cwd-elsewhere": Case(who=person(cwd="/srv/data")),
    "offline-cwd-in-var-tmp": Case(
        tree={**DEBIAN, "/var/tmp/job/x": "file"}, who=person(cwd="/var/tmp/job"), route="userns"
    ),
    "offline-home-symlinked": Case(tree=SILVERBLUE, who=person(cwd="/var/home/u/work")),
    "offline-unmerged": Case(tree=UNMERGED),
    "offline-nixos": Case(tree=NIXOS),
    "offline-farm": Case(mounts=("/home/u/work/cache", "/home/u/work/deep/mnt"), tree={
        **DEBIAN, "/home/u/work/cache/x": "file", "/home/u/work/deep/mnt": "dir", "/home/u/work/deep/near": "dir",
    }),
    "offline-nobody": Case(who=person("/home/sandbox", "/srv/data", dropped=True)),
    "offline-host": Case(network=Network("host")),
    "online": Case("online", tree={**DEBIAN, RESOLVER: "file"}, network=Network("internet", "/usr/bin/pasta")),
    "root": Case(root=True),
    "root-userns": Case(root=True, route="userns"),
    "root-unmerged": Case(tree=UNMERGED, root=True),
    "root-silverblue": Case(tree=SILVERBLUE, who=person(cwd="/var/home/u/work"), root=True),
    "root-farm": Case(mounts=("/var/lib/docker/mnt",), root=True, tree={
        **DEBIAN, "/var/lib/docker": Node("dir", 0o710, closed=True), "/var/lib/x/y": "file",
    }),
    "root-online": Case("online", root=True, tree={**DEBIAN, RESOLVER: "file"},
                        network=Network("internet", "/usr/bin/pasta")),
    "sealed": Case("sealed"),
    "sealed-userns": Case("sealed", route="userns"),
}  # fmt: skip


def words_of(case: Case) -> tuple[str, ...]:
    given = situations.situation(
        case.profile, who=case.who, route=case.route, wish=case.wish, network=case.network, root=case.root
    )
    spec = situations.planned(Fake(case.tree, mounts=case.mounts), given)
    return argv(spec, given.facts)


@pytest.mark.parametrize("name", TABLE)
def test_golden(name: str) -> None:
    text = "".join(f"{MASK.sub('MASK', word)}\n" for word in words_of(TABLE[name]))
    golden = CASES / f"{name}.txt"
    if os.environ.get("WRAPIFY_UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8")
    wanted = golden.read_text(encoding="utf-8") if golden.exists() else ""
    diff = difflib.unified_diff(wanted.splitlines(), text.splitlines(), golden.name, "planned now", lineterm="", n=4)
    shown = "\n".join(diff)
    assert not shown, f"{shown}\n\nif this is meant: WRAPIFY_UPDATE_GOLDEN=1 ./tests/run {Path(__file__).name}"


def test_every_golden_file_belongs_to_a_case() -> None:
    assert sorted(path.stem for path in CASES.glob("*")) == sorted(TABLE)


def test_the_fake_machine_answers_every_question() -> None:
    assert unanswered() == set()


def spelled(*mounts: object, route: str = "bwrap") -> tuple[str, ...]:
    """Give the words of the mounts alone."""
    empty = situations.planned(Fake(DEBIAN), situations.situation("sealed"))
    spec: SandboxSpec = replace(empty, mounts=mounts)  # type: ignore[arg-type]
    words = argv(spec, replace(FACTS, route=route))
    return words[words.index("sandbox") + 1 : words.index("--chdir")]


def test_the_last_of_two_mounts_on_one_place_wins() -> None:
    assert spelled(RoBind("/a", "/x"), Tmpfs("/x", 5)) == ("--perms", "0755", "--size", "5", "--tmpfs", "/x")


def test_parents_come_first_and_are_made_readable_for_all() -> None:
    assert spelled(RoBind("/a", "/x/y/z"), RoBind("/b", "/x-y")) == (
        *("--perms", "0755", "--dir", "/x", "--perms", "0755", "--dir", "/x/y"),
        *("--ro-bind", "/a", "/x/y/z", "--ro-bind", "/b", "/x-y"),
    )  # fmt: skip


def test_nothing_is_made_below_what_is_shown_of_the_host() -> None:
    assert spelled(RoBind("/a", "/x"), RoBind("/b", "/x/y/z")) == ("--ro-bind", "/a", "/x", "--ro-bind", "/b", "/x/y/z")


def test_closing_remounts_come_last() -> None:
    assert spelled(RemountRo("/"), RoBind("/a", "/x"))[-2:] == ("--remount-ro", "/")


@pytest.mark.parametrize(
    ("links", "dest", "place"),
    [
        ({"/home": "var/home"}, "/home/u", "/var/home/u"),
        ({"/home": "/var/home"}, "/home/u/x", "/var/home/u/x"),
        ({"/a": "b", "/b": "c"}, "/a/x", "/c/x"),
        ({"/a/b": "../c"}, "/a/b/x", "/c/x"),
        ({"/a": "b"}, "/ab/x", "/ab/x"),
    ],
)
def test_a_mount_below_a_symlink_lands_where_the_symlink_leads(links: dict[str, str], dest: str, place: str) -> None:
    words = spelled(*(Symlink(target, link) for link, target in links.items()), RoBind("/s", dest))
    at = words.index("--ro-bind")
    assert words[at : at + 3] == ("--ro-bind", "/s", place)


def test_symlinks_in_a_circle_end() -> None:
    assert spelled(Symlink("b", "/a"), Symlink("a", "/b"), RoBind("/s", "/a/x"))


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("bwrap", ("--overlay-src", "/var/tmp/x", "--overlay", f"{BOX}/u0", f"{BOX}/w0", "/tmp/x")),
        ("userns", ("--bind", f"{BOX}/u0", "/tmp/x")),
    ],
)
def test_an_overlay_is_carried_over_where_bwrap_cannot_make_it(route: str, words: tuple[str, ...]) -> None:
    overlay = Overlay(("/var/tmp/x",), f"{BOX}/u0", f"{BOX}/w0", "/var/tmp/x")
    found = " ".join(spelled(Symlink("../tmp", "/var/tmp"), overlay, route=route))
    assert " ".join(words) in found


@pytest.mark.parametrize(("version", "there"), [((0, 7, 0), False), ((0, 8, 0), True), ((1, 0, 0), True)])
def test_disable_userns_is_used_where_bwrap_has_it(version: tuple[int, ...], there: bool) -> None:
    spec = situations.planned(Fake(DEBIAN), situations.situation("sealed"))
    assert ("--disable-userns" in argv(spec, replace(FACTS, version=version))) is there
