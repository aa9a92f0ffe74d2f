"""Single decisions of a plan: what is shown, where it starts, what it says, and what the launcher is handed."""

from __future__ import annotations

import marshal
from dataclasses import replace

import pytest

from tests.unit.sandbox import situations
from tests.unit.sandbox.fake import Fake, Node, Tree
from tests.unit.sandbox.reading import Reading, reading
from tests.unit.sandbox.situations import DEBIAN, SILVERBLUE, person, situation
from wrapify.errors import UsageError
from wrapify.sandbox.recipe import Recipe, recipe
from wrapify.sandbox.spec import BOX, Situation, Wish

TREE: Tree = {**DEBIAN, "/home/u/.ssh/config": "file", "/root/x": "file", "/opt/data/.env": "file"}
ROUTES = pytest.mark.parametrize("route", ["bwrap", "userns", "none"])


def read(asked: Situation, tree: Tree = TREE) -> Reading:
    machine = Fake(tree)
    return reading(machine, situations.planned(machine, asked), asked)


@ROUTES
@pytest.mark.parametrize(
    ("wish", "shown", "hidden"),
    [
        (Wish(), ["/home/u/work/main.py", "/etc/passwd"], ["/home/u/.ssh", "/home/u/work/.env", "/etc/shadow"]),
        (Wish(ro=("/home/u/.ssh",)), ["/home/u/.ssh/id_ed25519"], ["/home/u/.netrc"]),
        (Wish(ro=("/home/u/.ssh/config",)), ["/home/u/.ssh/config"], ["/home/u/.ssh/id_ed25519"]),
        (Wish(ro=("/home/u/.config",)), ["/home/u/.config"], ["/home/u/.config/gh"]),
        (Wish(rw=("/home/u",)), ["/home/u/.bashrc"], ["/home/u/.ssh", "/home/u/.local/state/wrapify"]),
        (Wish(ro=("/home/u/.local/state/wrapify",)), [], ["/home/u/.local/state/wrapify"]),
        (Wish(ro=("/srv/data",), hide=("/srv/data/token.txt",)), ["/srv/data/report.txt"], ["/srv/data/token.txt"]),
        (Wish(rw=("/srv/data",), hide=("/srv/data/token.txt",)), ["/srv/data/report.txt"], ["/srv/data/token.txt"]),
        (Wish(hide=("/usr/share",)), ["/usr/bin/env"], ["/usr/share", "/usr/share/zoneinfo/UTC"]),
        (Wish(hide=("/etc/passwd",)), ["/etc/group"], ["/etc/passwd"]),
        (Wish(hide=("/etc/resolv.conf",)), ["/etc/group"], ["/etc/resolv.conf"]),
        (Wish(hide=("/usr/share/absent",)), ["/usr/share"], ["/usr/share/absent"]),
        (Wish(home="private"), ["/home/u/work/main.py"], ["/home/u/.bashrc", "/home/u/work/.env"]),
        (Wish(home="real-ro"), ["/home/u/.bashrc"], ["/home/u/.ssh", "/home/u/work/.env", "/home/u/.netrc"]),
    ],
    ids=lambda value: " ".join(f"{one}" for one in value) if isinstance(value, list) else "",
)
def test_what_is_shown(route: str, wish: Wish, shown: list[str], hidden: list[str]) -> None:
    seen = read(situation(route=route, wish=wish))
    assert [path for path in shown if not seen.sources(path)] == []
    assert [path for path in hidden if set(seen.sources(path)) - {"/dev/null"}] == []


def test_a_sealed_sandbox_shows_the_system_and_nothing_else() -> None:
    seen = read(situation("sealed"))
    assert seen.sources("/usr/bin/env")
    assert [path for path in TREE if path.startswith(("/home", "/root", "/srv")) and seen.sources(path)] == []
    assert (seen.spec.layers, seen.spec.masks) == ((), ())


@pytest.mark.parametrize("hide", ["/home/u", "/home", "/"])
def test_to_hide_the_home_is_refused_and_never_ignored(hide: str) -> None:
    with pytest.raises(UsageError) as raised:
        read(situation(wish=Wish(hide=(hide,))))
    assert "--home private" in raised.value.hint


@pytest.mark.parametrize(
    ("home", "cwd", "profile", "wish", "start"),
    [
        ("/home/u", "/home/u/work", "offline", Wish(), "/home/u/work"),
        ("/home/u", "/home/u", "offline", Wish(), "/home/u"),
        ("/home/u", "/srv/data", "offline", Wish(), "/srv/data"),
        ("/home/u", "/usr/share", "offline", Wish(), "/usr/share"),
        ("/home/u", "/", "offline", Wish(), "/"),
        ("/home/u", "/tmp", "offline", Wish(), "/tmp"),
        ("/home/u", "/var/tmp", "offline", Wish(), "/home/u"),
        ("/home/u", "/home", "offline", Wish(), "/home"),
        ("/root", "/home", "offline", Wish(), "/root"),
        ("/home/u", "/home/u/.ssh", "offline", Wish(), "/home/u"),
        ("/home/u", "/home/u/.config/gh", "offline", Wish(), "/home/u"),
        ("/home/u", "/home/u/work", "offline", Wish(hide=("/home/u/work",)), "/home/u"),
        ("/home/u", "/usr/share/zoneinfo", "offline", Wish(hide=("/usr/share",)), "/home/u"),
        ("/home/u", "/home/u/work", "sealed", Wish(), "/home/u"),
        ("/home/u", "/home/u/work", "offline", Wish(home="private"), "/home/u/work"),
    ],
)
def test_where_it_starts(home: str, cwd: str, profile: str, wish: Wish, start: str) -> None:
    assert read(situation(profile, who=person(home, cwd), wish=wish)).chdir() == start


def test_a_directory_that_may_not_be_entered_is_not_shown() -> None:
    tree = {**TREE, "/srv/closed": Node("dir", 0o700, closed=True)}
    seen = read(situation(who=person(cwd="/srv/closed")), tree)
    assert (seen.chdir(), seen.sources("/srv/closed")) == ("/home/u", [])
    assert any("closed cannot be shown" in note for note in seen.spec.notes)


def test_a_home_behind_a_symlink_keeps_its_name() -> None:
    seen = read(situation(who=person(cwd="/var/home/u/work")), SILVERBLUE)
    assert seen.inside("/home/u/.bashrc") == "/var/home/u/.bashrc"
    assert seen.sources("/home/u/.bashrc") == ["/var/home/u/.bashrc"]
    assert seen.sources("/home/u/.ssh") == []
    assert dict(seen.spec.fixed)["HOME"] == "/home/u"


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"route": "none", "why_not": "no overlayfs"}, "copy-on-write is not possible here (no overlayfs)"),
        (
            {"upper": "memory", "why_not": "a disk like that"},
            "kept in memory, until the next restart (a disk like that)",
        ),
        ({"landlock": 5}, "kernel before 6.12"),
        ({"signals": ()}, "Ctrl-C ends the sandbox at once"),
    ],
)
def test_what_is_weaker_than_promised_is_said(changes: dict[str, object], note: str) -> None:
    asked = situation()
    weak = replace(asked, facts=replace(asked.facts, **changes))  # type: ignore[arg-type]
    assert any(note in said for said in read(weak).spec.notes)
    assert read(asked).spec.notes == ()


def test_nobody_has_an_empty_home_and_another_name() -> None:
    seen = read(situation(who=person("/home/sandbox", "/srv/data", dropped=True)))
    assert (dict(seen.spec.fixed)["USER"], seen.spec.uid) == ("nobody", 65534)
    assert any("runs as nobody" in note for note in seen.spec.notes)


def test_variables_pass_or_are_set_and_the_users_word_is_last() -> None:
    spec = read(situation(wish=Wish(env=("FOO", "HOME=/x", "A=b=c", "E=")))).spec
    assert "FOO" in spec.passed
    assert (dict(spec.fixed)["HOME"], dict(spec.fixed)["A"], dict(spec.fixed)["E"]) == ("/x", "b=c", "")


@ROUTES
def test_a_recipe_is_plain_values_that_survive_being_kept(route: str) -> None:
    asked = situation(route=route, wish=Wish(ro=("/srv/data",)))
    made: Recipe = recipe(read(asked).spec, asked)
    assert marshal.loads(marshal.dumps(made)) == made  # type: ignore[arg-type]
    assert set(made) == Recipe.__required_keys__
    assert made["args"].endswith(b"\0")
    assert bool(made["overlays"]) is (route == "userns")


def test_a_recipe_names_each_mount_point_with_the_layer_it_lies_in() -> None:
    asked = situation(who=person(cwd="/srv/data"), wish=Wish(ro=("/home/u/work", "/srv/data/report.txt", "/opt/data")))
    made = recipe(read(asked).spec, asked)
    stores = {row[2]: row[1] for row in made["layers"]}
    assert {(stores["/home/u"], "work"), (stores["/srv/data"], "report.txt")} <= set(made["inside"])
    assert not any(path.startswith("/") for _, path in made["inside"])
    assert f"{BOX}/u0".encode() in made["args"]
