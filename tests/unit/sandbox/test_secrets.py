"""What is looked for, what is found and hidden, and the layer that hides it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sandbox.fake import Fake, Node, Tree
from wrapify.errors import StateError
from wrapify.policy.views import View
from wrapify.sandbox import masks, secrets
from wrapify.sandbox.secrets import Hidden, outermost
from wrapify.sandbox.spec import Mask
from wrapify.sandbox.view import below

HOME: Tree = {
    "/h/.ssh/id": "file",
    "/h/.netrc": "-> dot/netrc",
    "/h/dot/netrc": "file",
    "/h/a.pem": "file",
    "/h/b.pem.pub": "file",
    "/h/.config/gh/hosts.yml": "file",
    "/h/.config/tool-1": "file",
    "/h/linked": "-> dot",
    "/h/apps/one/.env": "file",
    "/h/apps/two/.env": "file",
    "/h/apps/three": "dir",
    "/h/apps/file": "file",
    "/h/apps/linked": "-> one",
    "/h/apps/odd/inner": "-> ../../dot",
}


def search(*entries: str, keep: tuple[str, ...] = (), tree: Tree = HOME) -> Hidden:
    found = Hidden(Fake(tree))
    found.search("/h", entries, keep=keep)
    return found


def test_sockets_are_not_looked_for_above_the_home() -> None:
    machine = Fake({**HOME, "/s": "socket", "/h/s": "socket"}, sockets=("/s", "/h/s"))
    assert secrets.hidden(machine, View({}, {}, {}, {}, {}), home="/h", cwd="/").existing == {"/h/s"}


@pytest.mark.parametrize(
    ("entry", "existing"),
    [
        (".ssh", {"/h/.ssh"}),
        (".ssh/id", {"/h/.ssh/id"}),
        ("*.pem", {"/h/a.pem"}),
        (".config/*", {"/h/.config/gh", "/h/.config/tool-1"}),
        (".config/tool-?", {"/h/.config/tool-1"}),
        (".config/t*1", {"/h/.config/tool-1"}),
        ("apps/*/.env", {"/h/apps/one/.env", "/h/apps/two/.env"}),
        ("*/id", {"/h/.ssh/id"}),
        ("linked/netrc", {"/h/dot/netrc"}),
        ("apps/*/inner/netrc", {"/h/dot/netrc"}),
        ("absent/x", set()),
        ("absent/*/x", set()),
        (".netrc/x", set()),
        ("*.nothing", set()),
        (".aws", set()),
    ],
)
def test_what_an_entry_finds(entry: str, existing: set[str]) -> None:
    assert search(entry).existing == existing


def test_a_symlink_hides_what_it_leads_to_as_well() -> None:
    assert search(".netrc").paths == {"/h/.netrc", "/h/dot/netrc"}


def test_a_name_that_is_not_there_yet_is_hidden_too_but_only_in_a_directory_that_is_there() -> None:
    assert search(".aws", ".config/new", "absent/x").paths == {"/h/.aws", "/h/.config/new"}


def test_what_is_kept_beats_patterns_and_not_names() -> None:
    assert search("*.pem*", keep=("*.pub",)).existing == {"/h/a.pem"}
    assert search("*.pem", "b.pem.pub", keep=("*.pub",)).existing == {"/h/a.pem", "/h/b.pem.pub"}


def test_one_question_for_each_directory() -> None:
    found = search("*.pem", ".ssh", ".netrc", ".config/gh", ".config/x", "apps/*/.env", "apps/*/key")
    asked = [
        (question, subject[0])
        for question, subject, _ in found.machine.records
        if question in ("present", "one_deeper")
    ]
    assert asked == [("present", "/h"), ("present", "/h/.config"), ("one_deeper", "/h/apps")]


def test_home_and_working_directory_have_their_own_entries_and_sockets_are_hidden_in_both() -> None:
    view = View({}, {}, {".ssh": ""}, {".env": "", "*.key": ""}, {"pub*": ""})
    tree = {
        **HOME,
        "/w/.env": "file",
        "/w/pub.key": "file",
        "/w/my.key": "file",
        "/h/s": "socket",
        "/w/deep/s": "socket",
    }
    machine = Fake(tree, sockets=("/h/s", "/w/deep/s", "/elsewhere/s"))
    found = secrets.hidden(machine, view, home="/h", cwd="/w")
    assert found.existing == {"/h/.ssh", "/w/.env", "/w/my.key", "/h/s", "/w/deep/s"}


def test_what_a_user_names_is_shown_after_all() -> None:
    found = search(".ssh", ".config/gh")
    found.discard("/h/.ssh")
    assert found.paths == {"/h/.config/gh"}


def test_of_a_hidden_directory_only_what_is_named_is_shown() -> None:
    tree = {**HOME, "/h/.ssh/known/hosts": "file", "/h/.ssh/known/more": "file"}
    found = search(".ssh", tree=tree)
    found.discard("/h/.ssh/known/hosts")
    assert found.paths == {"/h/.ssh/id", "/h/.ssh/known/more"}


def test_outermost() -> None:
    assert outermost(["/a/b", "/a", "/a-b", "/a/b/c", "/c/d", "/c/d"]) == ("/a", "/a-b", "/c/d")


paths = st.lists(st.sampled_from(["a", "b", "a-", "a b"]), min_size=1, max_size=4).map(
    lambda parts: "/" + "/".join(parts)
)


@given(st.sets(paths))
def test_outermost_covers_the_same_and_nothing_twice(found: set[str]) -> None:
    kept = outermost(found)
    assert set(kept) <= found
    assert all(any(below(path, top) for top in kept) for path in found)
    assert not any(below(one, other) for one in kept for other in kept if one != other)


def mask_of(*paths: str, base: str = "/h", tree: Tree = HOME) -> Mask | None:
    return secrets.mask(Fake(tree), base, paths=paths, runtime="/run/w")


def test_a_mask_holds_whiteouts_and_the_directories_on_the_way_with_their_modes() -> None:
    mask = mask_of(
        "/h/.ssh", "/h/.ssh/id", "/h/.config/gh/hosts.yml", "/w/.env", tree={**HOME, "/h/.config": Node("dir", 0o711)}
    )
    assert mask is not None
    assert mask.whiteouts == (".config/gh/hosts.yml", ".ssh")
    assert mask.folders == ((".config", 0o711), (".config/gh", 0o755))


@pytest.mark.parametrize("paths", [(), ("/h",), ("/w/x",), ("/", "/hh/x")])
def test_no_mask_without_something_to_hide(paths: tuple[str, ...]) -> None:
    assert mask_of(*paths) is None


def test_a_mask_is_named_by_what_it_holds() -> None:
    one, same, other = mask_of("/h/.ssh", "/h/a.pem"), mask_of("/h/a.pem", "/h/.ssh"), mask_of("/h/.ssh")
    assert one == same
    assert one is not None
    assert other is not None
    assert one.path != other.path
    strict = mask_of("/h/.config/gh", tree={**HOME, "/h/.config": Node("dir", 0o700)})
    assert strict != mask_of("/h/.config/gh")
    assert one.path.startswith("/run/w/masks/")


def test_below_a_directory_that_is_not_there_the_directory_itself_is_hidden() -> None:
    mask = mask_of("/h/absent/deep/x", "/h/.config/new/y")
    assert mask is not None
    assert (mask.whiteouts, mask.folders) == ((".config/new", "absent"), ((".config", 0o755),))


def test_a_mask_of_the_root_directory() -> None:
    assert (mask_of("/h/.ssh", base="/") or Mask("", (), ())).whiteouts == ("h/.ssh",)


def test_a_layer_is_built_once_and_whole(tmp_path: Path) -> None:
    mask = Mask(f"{tmp_path}/masks/x", (("a", 0o711), ("a/b", 0o500)), ("a/b/secret", "top"))
    (tmp_path / "masks").mkdir()
    masks.build(mask)
    for name in mask.whiteouts:
        found = os.lstat(f"{mask.path}/{name}")
        assert stat.S_ISCHR(found.st_mode)
        assert found.st_rdev == 0
    assert [stat.S_IMODE(os.stat(f"{mask.path}/{name}").st_mode) for name, _ in mask.folders] == [0o711, 0o500]
    before = os.stat(mask.path).st_ino
    masks.build(mask)
    assert os.stat(mask.path).st_ino == before
    assert os.listdir(tmp_path / "masks") == ["x"]


def test_a_layer_that_cannot_be_built_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "masks").write_text("in the way")
    with pytest.raises(StateError, match="secrets cannot be hidden"):
        masks.build(Mask(f"{tmp_path}/masks/x", (), ("a",)))
