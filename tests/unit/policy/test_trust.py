"""The texts that are trusted: the file, what it covers, and what nobody wrote who may."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.errors import StateError
from wrapify.paths import Dirs
from wrapify.policy import quick, trust, writing
from wrapify.policy.trust import DAY, Trusted

NOW = 1_800_000_000
A, B = "a" * 64, "b" * 64
GOOD = f"{trust.HEAD}\n{A} {NOW + DAY} download-run,sudo\n{B} {NOW + 1} -\n".encode()


@pytest.fixture
def dirs(tmp_path: Path) -> Dirs:
    return Dirs(state=f"{tmp_path}/state", cache=f"{tmp_path}/cache", config=f"{tmp_path}/config", runtimes=())


def put(dirs: Dirs, content: bytes, mode: int = 0o600) -> Path:
    path = Path(quick.trust_path(dirs))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_is_read_as_it_was_written() -> None:
    found = trust.parse(GOOD)
    assert found is not None
    assert found[A].rules == ("download-run", "sudo")
    assert found[B].rules == ()
    assert trust.written(found.values(), now=NOW) == (
        f"{trust.HEAD}\n{B} {NOW + 1} -\n{A} {NOW + DAY} download-run,sudo\n".encode()
    )


def test_covers_only_what_was_found_then_and_until_its_day() -> None:
    entry = Trusted(A, NOW + DAY, rules=["sudo", "tls-off"])
    assert entry.covers([], now=NOW)
    assert entry.covers(["sudo", "sudo"], now=NOW)
    assert not entry.covers(["sudo", "reverse-shell"], now=NOW)
    assert not entry.covers(["sudo"], now=NOW + DAY)
    assert not Trusted(A, NOW + 5000 * DAY, rules=["sudo"]).covers(["sudo"], now=NOW), "a clock that went back"


def test_what_has_ended_and_what_is_too_much_is_forgotten() -> None:
    many = [Trusted(f"{number:064x}", NOW + number, rules=["sudo"]) for number in range(trust.MOST + 50)]
    content = trust.written(many, now=NOW + 10)
    found = trust.parse(content)
    assert found is not None
    assert len(found) == trust.MOST
    assert min(entry.until for entry in found.values()) == NOW + 50
    assert len(content) < trust.LARGEST


DAMAGED = [
    b"",
    b"\n",
    GOOD[:-1],
    GOOD[:-30],
    GOOD.replace(b"trust 1", b"trust 2"),
    GOOD + b"\n",
    GOOD + b"x\n",
    GOOD + b"\x00" * 100 + b"\n",
    GOOD + f"{A.upper()} 1 sudo\n".encode(),
    GOOD + f"{'c' * 63} 1 sudo\n".encode(),
    GOOD + f"{'c' * 64} -1 sudo\n".encode(),
    GOOD + f"{'c' * 64} {'9' * 4000} sudo\n".encode(),
    GOOD + b"c" * 64 + " \u0661 sudo\n".encode(),
    GOOD + f"{'c' * 64} 1 \n".encode(),
    GOOD + f"{'c' * 64} 1 \x1b[2J\n".encode(),
    GOOD + f"{'c' * 64} 1 sudo extra\n".encode(),
    GOOD + GOOD,
    b"x" * (trust.LARGEST + 1),
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_trusts_nothing_and_is_not_written_over(dirs: Dirs, content: bytes) -> None:
    path = put(dirs, content)
    assert quick.read_trust(dirs) is None
    with pytest.raises(StateError, match="damaged"), writing.trusting(dirs):
        pass
    assert path.read_bytes() == content
    writing.forget(dirs)
    assert quick.read_trust(dirs) == {}


@given(st.binary(max_size=300) | st.binary(max_size=80).map(lambda tail: GOOD + tail))
def test_any_bytes_are_a_list_or_none(content: bytes) -> None:
    found = trust.parse(content)
    if found is not None:
        assert trust.parse(trust.written(found.values(), now=0)) is not None


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_file_that_others_may_touch_trusts_nothing(dirs: Dirs, mode: int) -> None:
    put(dirs, GOOD, mode)
    assert quick.read_trust(dirs) is None


def test_what_is_no_file_trusts_nothing(dirs: Dirs, tmp_path: Path) -> None:
    path = put(dirs, GOOD)
    elsewhere = path.rename(tmp_path / "elsewhere")
    path.symlink_to(elsewhere)
    assert quick.read_trust(dirs) is None
    path.unlink()
    os.mkfifo(path, 0o600)
    assert quick.read_trust(dirs) is None
    path.unlink()
    path.mkdir()
    assert quick.read_trust(dirs) is None


def test_another_users_file_trusts_nothing(dirs: Dirs) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(put(dirs, GOOD), 65534, 65534)
    assert quick.read_trust(dirs) is None


def test_a_change_is_private_and_whole(dirs: Dirs) -> None:
    far = 4_000_000_000
    with writing.trusting(dirs) as entries:
        entries[A] = Trusted(A, far, rules=["sudo"])
    with writing.trusting(dirs) as entries:
        entries[B] = Trusted(B, far, rules=[])
    path = Path(quick.trust_path(dirs))
    assert path.stat().st_mode & 0o7777 == 0o600
    assert path.parent.stat().st_mode & 0o7777 == 0o700
    assert [one.name for one in path.parent.iterdir()] == [quick.TRUST]
    assert set(quick.read_trust(dirs) or {}) == {A, B}


def test_a_change_that_fails_changes_nothing(dirs: Dirs) -> None:
    path = put(dirs, GOOD)
    with pytest.raises(ZeroDivisionError), writing.trusting(dirs) as entries:
        entries.popitem()[1].until // 0
    assert path.read_bytes() == GOOD
