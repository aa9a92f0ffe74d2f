"""Boxes: complete before they are seen, locked while in use, readable whatever happened."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.box import layers, shelf, store
from wrapify.errors import BoxBusy, BoxMissing, StateError, UsageError

ROWS = (("overlay", "u0", "/home/u", 0o750, (), ()),)


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path)


def create(state: str, name: str = "", *, memory: str = "", rows: tuple[layers.LayerRow, ...] = ROWS) -> store.Box:
    return store.create(state, {"name": name, "command": "true"}, rows=rows, memory=memory)


def release(box: store.Box) -> store.Box:
    os.close(box.lock)
    return box


def test_a_new_box_has_its_layers_its_lock_and_what_is_known_of_it(state: str) -> None:
    box = create(state, "mine")
    assert (box.name, box.path, box.store, box.unnamed) == ("mine", f"{state}/boxes/mine", f"{state}/boxes/mine", False)
    assert sorted(os.listdir(box.path)) == ["box.json", "lock", "masked", "u0", "w0"]
    assert os.stat(box.path).st_mode & 0o777 == 0o700
    assert os.stat(f"{box.path}/u0").st_mode & 0o777 == 0o750
    about = store.read(box.path)
    assert (about["name"], about["command"], about["layers"], about["format"]) == (
        "mine",
        "true",
        ["u0 /home/u"],
        store.FORMAT,
    )


def test_layers_in_memory(state: str, tmp_path: Path) -> None:
    box = create(state, "mine", memory=f"{tmp_path}/memory")
    assert sorted(os.listdir(box.path)) == ["box.json", "lock", "masked"]
    assert sorted(os.listdir(box.store)) == ["u0", "w0"]
    assert box.store.startswith(f"{tmp_path}/memory/boxes/mine")
    release(box)
    assert store.reopen(state, "mine", rows=ROWS).store == box.store


def test_an_unnamed_box_gets_a_name_that_is_easy_to_type(state: str) -> None:
    boxes = [create(state) for _ in range(20)]
    assert all(set(box.name) <= set(store.LETTERS) and len(box.name) == 6 and box.unnamed for box in boxes)
    assert len({box.name for box in boxes}) == 20


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "x" * 64, "0"])
def test_names_that_may_be_given(state: str, name: str) -> None:
    assert create(state, name).name == name
    assert store.exists(state, name)


@pytest.mark.parametrize(
    "name", [".", "..", ".new-x", "a/b", "/a", "-x", "x" * 65, "a b", "é", "a\n", "a\0", "../../x"]
)
def test_names_that_may_not(state: str, name: str) -> None:
    with pytest.raises(UsageError):
        create(state, name)
    with pytest.raises(UsageError):
        store.exists(state, name)
    assert not os.path.exists(f"{state}/boxes") or os.listdir(f"{state}/boxes") == []


def test_a_box_in_use_is_not_opened_again(state: str) -> None:
    box = create(state, "mine")
    assert shelf.in_use(box.path)
    with pytest.raises(BoxBusy, match="mine is in use"):
        store.reopen(state, "mine", rows=ROWS)
    release(box)
    assert not shelf.in_use(box.path)
    again = store.reopen(state, "mine", rows=ROWS)
    assert (again.path, again.store, again.unnamed) == (box.path, box.store, False)
    assert shelf.in_use(box.path)


def test_a_box_of_other_directories_is_refused(state: str) -> None:
    release(create(state, "mine"))
    with pytest.raises(BoxMissing, match="other directories"):
        store.reopen(state, "mine", rows=(("overlay", "u0", "/elsewhere", 0o700, (), ()),))


@pytest.mark.parametrize("step", ["mkdir", "make", "_write", "_lock", "rename"])
def test_killed_at_any_step_no_half_box_is_seen(state: str, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    os.makedirs(f"{state}/boxes", 0o700)

    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> object:
        raise Killed

    owner = {"mkdir": os, "rename": os, "make": layers}.get(step, store)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, killed)
        with pytest.raises(Killed):
            create(state, "mine")
    assert shelf.listing(state) == []
    assert not store.exists(state, "mine")
    assert create(state, "mine").name == "mine"


@pytest.mark.parametrize("step", ["make", "_write", "rename"])
def test_what_fails_leaves_nothing_behind(state: str, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_: object, **__: object) -> object:
        raise OSError(28, "No space left on device")

    owner = {"rename": os, "make": layers}.get(step, store)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, full)
        with pytest.raises(StateError, match="No space left") as raised:
            create(state, "mine")
    assert raised.value.hint
    assert os.listdir(f"{state}/boxes") == []


def test_an_unnamed_box_without_changes_is_removed_and_one_with_changes_is_not(state: str) -> None:
    empty, full = create(state), create(state)
    os.mkdir(f"{empty.path}/w0/work", 0)
    Path(full.path, "u0/file").write_text("x")
    assert (store.finish(empty, 0), store.finish(full, 3)) == (False, True)
    assert os.listdir(f"{state}/boxes") == [full.name]
    assert store.read(full.path)["status"] == 3


def test_a_named_box_is_kept_even_if_nothing_changed(state: str) -> None:
    box = create(state, "mine")
    assert store.finish(box, 0)
    assert store.read(box.path)["status"] == 0


def test_a_farm_is_always_kept(state: str) -> None:
    box = create(state, rows=(("farm", "f0", "/nowhere", 0o700, (("a", 0o500),), ("gone",)),))
    assert store.finish(box, 0)


def test_layers_in_memory_are_removed_with_their_box(state: str, tmp_path: Path) -> None:
    box = create(state, memory=f"{tmp_path}/memory")
    assert not store.finish(box, 0)
    assert os.listdir(f"{tmp_path}/memory/boxes") == os.listdir(f"{state}/boxes") == []


def test_the_end_cannot_be_written_and_the_changes_are_kept(state: str) -> None:
    box = create(state, "mine")
    os.mkdir(f"{box.path}/.end")
    assert store.finish(box, 0)
    assert "status" not in store.read(box.path)


DAMAGED = ["", "{", "[]", "5", '"text"', "null", "[" * 10_000, "\xff", '{"store": 5}']


@pytest.mark.parametrize("content", DAMAGED, ids=[f"{content[:12]!a}" for content in DAMAGED])
@pytest.mark.parametrize("file", ["box.json", "end.json"])
def test_a_damaged_box_is_listed_and_spoils_no_other(state: str, content: str, file: str) -> None:
    release(create(state, "good"))
    bad = release(create(state, "bad"))
    Path(bad.path, file).write_bytes(content.encode("latin-1"))
    rows = dict(shelf.listing(state))
    assert set(rows) == {"good", "bad"}
    assert "error" not in rows["good"]
    assert "cannot be read" in str(rows["bad"]["error"])
    with pytest.raises(BoxMissing):
        store.read(bad.path)


def test_listing_is_by_age_and_knows_who_is_running(state: str) -> None:
    assert shelf.listing(state) == []
    names = [box.name for box in (release(create(state)), release(create(state)), create(state))]
    rows = shelf.listing(state)
    assert [name for name, _ in rows] == names
    assert [about["busy"] for _, about in rows] == [False, False, True]


def test_what_is_hidden_among_the_boxes_is_no_box(state: str) -> None:
    os.makedirs(f"{state}/boxes/.new-abcdef")
    assert shelf.listing(state) == []


def test_boxes_that_cannot_be_listed_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "boxes").write_text("")
    with pytest.raises(StateError, match="cannot be read"):
        shelf.listing(str(tmp_path))


def test_a_private_directory_is_made_and_closed_to_others(tmp_path: Path) -> None:
    path = f"{tmp_path}/a/b"
    assert store.private_directory(path) == path
    os.chmod(path, 0o777)
    store.private_directory(path)
    assert os.stat(path).st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["symlink", "file", "below a file", "of somebody else"])
def test_what_cannot_be_a_private_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / "x"
    (tmp_path / "real").mkdir()
    if kind == "symlink":
        path.symlink_to("real")
    elif kind == "of somebody else":
        path.mkdir()
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    else:
        path.write_text("")
    wanted = f"{path}/deeper" if kind == "below a file" else str(path)
    with pytest.raises(StateError) as raised:
        store.private_directory(wanted)
    assert wanted in raised.value.message
    if kind != "of somebody else":
        assert store.first_private([wanted, str(tmp_path / "real")]) == f"{tmp_path}/real"


values = (
    st.text(st.characters(exclude_categories=()))
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=())), values | st.lists(values, max_size=3)))
def test_what_is_written_reads_back_the_same(about: dict[str, object]) -> None:
    written = store._json_object(about)
    assert json.loads(written) == about
    assert written.isascii()
    assert written.count(b"\n") == 1
