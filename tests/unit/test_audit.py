"""The log as a file: whole lines from many writers, bounded, nobody else's, and never in the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from wrapify import audit
from wrapify.errors import StateError
from wrapify.event import Event
from wrapify.paths import Dirs

MOST = 1 << 20
WRITER = """
import sys
from wrapify import audit
from wrapify.event import Event
from wrapify.paths import Dirs

dirs = Dirs(state=sys.argv[1], cache="", config="", runtimes=())
for number in range(int(sys.argv[3])):
    audit.append(dirs, Event("run", status=number, text=sys.argv[2] * 50), most=int(sys.argv[4]))
"""


@pytest.fixture
def dirs(tmp_path: Path) -> Dirs:
    return Dirs(state=f"{tmp_path}/state/wrapify", cache=f"{tmp_path}/cache", config=f"{tmp_path}/config", runtimes=())


def found(dirs: Dirs) -> list[dict[str, object]]:
    # A writer that sees another's line half there begins with an end of line.
    return [json.loads(line) for line in audit.Reader(dirs).lines() if line != b"\n"]


def file(dirs: Dirs) -> Path:
    return Path(dirs.state) / audit.NAME


def test_a_line_is_added_and_what_is_empty_is_left_out(dirs: Dirs) -> None:
    audit.append(dirs, Event("run", status=0, box="", rules=[], text="a\nb"), most=MOST)
    audit.append(dirs, Event("off"), most=MOST)
    first, second = found(dirs)
    assert {**first, "id": "", "time": ""} == {
        "version": 1, "id": "", "time": "", "event": "run", "status": 0, "text": "a\nb",
    }  # fmt: skip
    assert second["event"] == "off"
    assert second["id"] != first["id"]
    assert (file(dirs).stat().st_mode & 0o777, Path(dirs.state).stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_is_written_where_the_log_is_switched_off(dirs: Dirs) -> None:
    audit.append(dirs, Event("off"), most=0)
    assert not file(dirs).exists()
    (Path(dirs.config)).mkdir()
    (Path(dirs.config) / "policy.toml").write_text("[log]\nenabled = 'off'\n")
    audit.note(dirs, Event("off"))
    assert not file(dirs).exists()
    (Path(dirs.config) / "policy.toml").write_text("nonsense")
    audit.note(dirs, Event("off"))
    (Path(dirs.config) / "policy.toml").unlink()
    audit.note(dirs, Event("off"))
    assert len(found(dirs)) == 1


def test_many_writers_do_not_mix_their_lines_and_a_full_log_is_put_aside(dirs: Dirs) -> None:
    writers, each, most = 6, 60, 6000
    words = [sys.executable, "-c", WRITER, dirs.state]
    running = [subprocess.Popen([*words, name, str(each), str(most)]) for name in "abcdef"[:writers]]
    assert [one.wait(60) for one in running] == [0] * writers
    entries = found(dirs)
    assert all(entry["text"] in {name * 50 for name in "abcdef"} for entry in entries)
    sizes = [os.stat(f"{dirs.state}/{name}").st_size for name in (audit.NAME, *audit.OLDER)]
    # Who opened it just before it was put aside, or meanwhile, still writes there.
    assert max(sizes) <= 2 * most + writers * 300
    assert sorted(os.listdir(dirs.state)) == [audit.NAME, *audit.OLDER]
    assert len({entry["id"] for entry in entries}) > len(entries) * 0.99


def test_nothing_is_lost_while_it_fits(dirs: Dirs) -> None:
    words = [sys.executable, "-c", WRITER, dirs.state]
    running = [subprocess.Popen([*words, name, "50", "6000"]) for name in "ab"]
    assert [one.wait(60) for one in running] == [0, 0]
    entries = found(dirs)
    newest = {name: max(e["status"] for e in entries if e["text"] == name * 50) for name in "ab"}  # type: ignore[type-var]
    assert newest == {"a": 49, "b": 49}


def test_it_stays_bounded_where_it_cannot_be_put_aside(dirs: Dirs) -> None:
    (Path(dirs.state) / audit.OLDER[0] / "x").mkdir(parents=True)
    for _ in range(60):
        audit.append(dirs, Event("off"), most=500)
    assert file(dirs).stat().st_size < 2000


@pytest.mark.parametrize("kind", ["symlink", "fifo", "directory", "hard link", "dangling"])
def test_what_is_no_plain_file_is_left_alone_and_stops_nothing(dirs: Dirs, tmp_path: Path, kind: str) -> None:
    Path(dirs.state).mkdir(parents=True)
    other = tmp_path / "other"
    if kind != "dangling":
        other.write_text("mine\n")
    make = {
        "symlink": lambda: file(dirs).symlink_to(other),
        "dangling": lambda: file(dirs).symlink_to(other),
        "fifo": lambda: os.mkfifo(file(dirs)),
        "directory": lambda: file(dirs).mkdir(),
        "hard link": lambda: os.link(other, file(dirs)),
    }
    make[kind]()
    audit.append(dirs, Event("off"), most=MOST)
    assert (other.read_text() if kind != "dangling" else other.exists()) in ("mine\n", False)
    with pytest.raises(StateError):
        list(audit.Reader(dirs).lines())


def test_a_directory_that_is_a_symlink_is_not_followed(dirs: Dirs, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").mkdir()
    Path(dirs.state).symlink_to(tmp_path / "elsewhere")
    audit.append(dirs, Event("off"), most=MOST)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_somebody_elses_log_is_not_touched(dirs: Dirs) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    audit.append(dirs, Event("off"), most=MOST)
    os.chown(file(dirs), 12345, 12345)
    before = file(dirs).read_bytes()
    audit.append(dirs, Event("on"), most=MOST)
    assert file(dirs).read_bytes() == before
    with pytest.raises(StateError, match="yours"):
        list(audit.Reader(dirs).lines())


def test_root_with_the_home_of_another_writes_into_its_own(dirs: Dirs, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        assert audit.directory(dirs) == dirs.state
        return
    assert audit.directory(dirs) == dirs.state
    os.chown(tmp_path, 12345, 12345)
    assert audit.directory(dirs).endswith("/.local/state/wrapify")
    assert not audit.directory(dirs).startswith(str(tmp_path))


def test_a_line_that_was_cut_off_does_not_spoil_the_next(dirs: Dirs) -> None:
    audit.append(dirs, Event("off"), most=MOST)
    with file(dirs).open("ab") as target:
        target.write(b'{"event": "ru')
    audit.append(dirs, Event("on"), most=MOST)
    assert [json.loads(line)["event"] for line in file(dirs).read_bytes().split(b"\n")[::2] if line] == ["off", "on"]


def test_a_disk_that_is_full_or_not_writable_stops_nothing(tmp_path: Path) -> None:
    full = Dirs(state="/dev/full/wrapify", cache="", config="", runtimes=())
    audit.append(full, Event("off"), most=MOST)
    readonly = Dirs(state="/proc/wrapify", cache="", config="", runtimes=())
    audit.append(readonly, Event("off"), most=MOST)
    assert list(audit.Reader(readonly).lines()) == []
