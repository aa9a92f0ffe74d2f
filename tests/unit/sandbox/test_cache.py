"""A kept recipe that is damaged, foreign, of another version or for something else counts as not there."""

from __future__ import annotations

import binascii
import marshal
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapify.sandbox import cache
from wrapify.sandbox.recipe import Recipe

KEY = ("profile", 7, ("a", "b"))
RECIPE: Any = {"args": b"--x\0", "layers": ()}
RECORDS: Any = [("kind", ("/",), "dir")]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Keep one small recipe and give its file."""
    cache.save(str(tmp_path), KEY, records=RECORDS, recipe=RECIPE)
    assert cache.load(str(tmp_path), KEY) == RECIPE
    return Path(cache.path_for(str(tmp_path), KEY))


def load(file: Path, key: tuple[object, ...] = KEY) -> Recipe | None:
    found: Recipe | None = cache.load(str(file.parent.parent), key)
    return found


def whole(body: bytes) -> bytes:
    return binascii.crc32(body).to_bytes(4, "little") + body


def test_only_this_user_may_read_it(kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_cut_off_anywhere(kept: Path) -> None:
    content = kept.read_bytes()
    for size in range(len(content)):
        kept.write_bytes(content[:size])
        assert load(kept) is None


def test_a_bit_turned_in_any_byte(kept: Path) -> None:
    content = kept.read_bytes()
    for at in range(len(content)):
        damaged = bytearray(content)
        damaged[at] ^= 1 << at % 8
        kept.write_bytes(damaged)
        assert load(kept) is None, f"byte {at}"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_writable_by_others(kept: Path, mode: int) -> None:
    kept.chmod(mode)
    assert load(kept) is None


def test_of_another_owner(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert load(kept) is None


def _symlink(file: Path) -> None:
    file.rename(f"{file}.real")
    file.symlink_to(f"{file}.real")


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir(0o700)


def _huge(file: Path) -> None:
    os.truncate(file, cache.LARGEST + 1)


@pytest.mark.parametrize("make", [_symlink, _pipe, _folder, _huge, Path.unlink])
def test_no_plain_file(kept: Path, make: Callable[[Path], object]) -> None:
    make(kept)
    assert load(kept) is None


def test_of_another_version(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "TAG", "wrapify 9.9 3.99")
    assert load(kept) is None


@pytest.mark.parametrize("key", [("profile", 7, ("a", "c")), ("profile", 7), ()])
def test_another_key_of_the_same_name(kept: Path, monkeypatch: pytest.MonkeyPatch, key: tuple[object, ...]) -> None:
    monkeypatch.setattr(cache, "path_for", lambda *_: str(kept))
    assert load(kept, key) is None
    assert load(kept) == RECIPE


def test_two_keys_with_the_same_checksum(tmp_path: Path) -> None:
    first, second = ("plumless",), ("buckeroo",)
    # crc32 of these two words is the same; their repr differs only by them.
    assert binascii.crc32(repr(first).encode()) == binascii.crc32(repr(second).encode())
    cache.save(str(tmp_path), first, records=[], recipe=RECIPE)
    assert cache.path_for(str(tmp_path), first) == cache.path_for(str(tmp_path), second)
    assert cache.load(str(tmp_path), second) is None
    assert cache.load(str(tmp_path), first) == RECIPE


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.binary(max_size=3) | st.floats(),
    lambda inner: (
        st.tuples(inner, inner) | st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
    ),
    max_leaves=6,
)
questions = st.sampled_from(
    ["kind", "names", "present", "one_deeper", "identity", "content", "real", "mounts_below", "?", ""]
)
records = st.lists(st.tuples(questions, st.lists(plain, max_size=2).map(tuple), plain), min_size=1, max_size=3) | plain


@settings(max_examples=300, deadline=None)
@given(content=plain | st.tuples(st.just(cache.TAG), st.just(KEY), records, plain))
def test_what_no_wrapify_wrote(tmp_path_factory: pytest.TempPathFactory, content: object) -> None:
    folder = tmp_path_factory.getbasetemp() / "hostile"
    file = Path(cache.path_for(str(folder), KEY))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_bytes(whole(marshal.dumps(content)))  # type: ignore[arg-type]
    found = load(file)
    # Records that hold happen to be possible: an empty list of them, and a dict.
    assert found is None or isinstance(found, dict)


@pytest.mark.parametrize(
    "body", [b"x", b"N", b"[", b"\xff" * 9, b"s\x05\0\0\0ab", b"(\x02\0\0\0N", b"(\xff\xff\xff\xff"]
)
def test_what_is_no_marshal_at_all(kept: Path, body: bytes) -> None:
    kept.write_bytes(whole(body))
    assert load(kept) is None


def test_a_cache_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "plans").write_text("in the way")
    cache.save(str(tmp_path), KEY, records=RECORDS, recipe=RECIPE)
    assert cache.load(str(tmp_path), KEY) is None


def test_only_the_newest_plans_are_kept(tmp_path: Path) -> None:
    for number in range(cache.KEPT + 5):
        cache.save(str(tmp_path), ("run", number), records=RECORDS, recipe=RECIPE)
        os.utime(cache.path_for(str(tmp_path), ("run", number)), (number, number))
    (tmp_path / "plans/left.123").touch()
    os.utime(tmp_path / "plans/left.123", (0, 0))
    cache.save(str(tmp_path), KEY, records=RECORDS, recipe=RECIPE)
    assert len(list((tmp_path / "plans").iterdir())) == cache.KEPT
    assert cache.load(str(tmp_path), KEY) == RECIPE
    assert cache.load(str(tmp_path), ("run", cache.KEPT + 4)) == RECIPE
    assert cache.load(str(tmp_path), ("run", 0)) is None
