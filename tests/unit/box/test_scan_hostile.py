"""What sandboxed code can leave to trip a reader: nothing is followed, nothing blocks, nothing is left open."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import User, need
from tests.unit.box.layering import Laid, being_root, folder, laid_out, listener, put, whiteout
from wrapify.box import nodes
from wrapify.box.model import Kind
from wrapify.box.scan import scan
from wrapify.box.steps import plan_apply


@pytest.fixture
def laid(tmp_path: Path, user: User) -> Iterator[Laid]:
    with laid_out(tmp_path, user) as made:
        yield made


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """Fail instead of hanging."""

    def late(*_: object) -> None:
        raise AssertionError(f"not within {seconds} s: it waits for something")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _nothing_is_left_open(laid: Laid) -> Iterator[None]:
    before = os.listdir("/proc/self/fd")
    yield
    assert os.listdir("/proc/self/fd") == before


# ---- every kind of thing


def test_kinds_are_told_and_never_opened(laid: Laid) -> None:
    for name in ("fifo", "socket", "over"):
        put(laid.real / f"{name} over a file")
    for end in ("", " over a file"):
        os.mkfifo(laid.upper / f"fifo{end}")
        listener(laid.upper / f"socket{end}")
    (laid.upper / "link").symlink_to("/etc/passwd")
    (laid.upper / "over over a file").symlink_to("fifo over a file")
    os.mkfifo(laid.real / "file over a fifo")
    put(laid.upper / "file over a fifo")
    with within(20):
        kinds = {entry.path: entry.upper.kind for entry in laid.entries() if entry.upper and entry.path}
    assert kinds == {
        "fifo": Kind.FIFO,
        "fifo over a file": Kind.FIFO,
        "file over a fifo": Kind.FILE,
        "link": Kind.LINK,
        "over over a file": Kind.LINK,
        "socket": Kind.SOCKET,
        "socket over a file": Kind.SOCKET,
    }


@pytest.mark.parametrize("kind", ["fifo", "socket", "symlink", "dir"])
def test_nothing_but_a_regular_file_is_opened_for_its_content(laid: Laid, kind: str) -> None:
    put(laid.aside / "victim")
    for top in (laid.real, laid.upper):
        match kind:
            case "fifo":
                os.mkfifo(top / "a")
            case "socket":
                listener(top / "a")
            case "symlink":
                (top / "a").symlink_to(laid.aside / "victim")
            case "dir":
                folder(top / "a")
    upper, real = (nodes.open_real(str(top), directory=True) for top in (laid.upper, laid.real))
    before = os.listdir("/proc/self/fd")
    with within(20):
        assert nodes.open_real("a", real) == -1
        with pytest.raises(OSError, match="not a regular file|symbolic links|No such device"):
            nodes.open_recorded("a", upper)
    assert os.listdir("/proc/self/fd") == before
    nodes.close(upper, real)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a device")
@pytest.mark.parametrize("kind", [stat.S_IFCHR, stat.S_IFBLK])
def test_a_device_is_no_whiteout(laid: Laid, kind: int) -> None:
    put(laid.real / "a")
    with being_root():
        os.mknod(laid.upper / "a", kind, os.makedev(1, 3))
    (change,) = laid.changes(since=1 << 62)
    assert (change.kind, change.never, change.new and change.new.kind) == ("replaced", True, Kind.DEVICE)


def test_sparse_files_are_compared_in_little_memory(laid: Laid) -> None:
    for name, last in (("same", b"x"), ("other", b"y")):
        for top, end in ((laid.real, b"x"), (laid.upper, last)):
            with open(top / name, "wb") as made:
                made.seek(64 << 20)
                made.write(end)
    tracemalloc.start()
    try:
        assert laid.seen() == ["modified other"]
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
    assert [entry.path for entry in scan(laid.layer()) if entry.same] == ["", "same"]


NAMES = [
    b"caf\xe9",
    b"new\nline",
    b"\x1b[31mred\r",
    b" ",
    b"-rf",
    b"a" * 255,
    b"\xff" * 255,
    "\u202etxt".encode(),
    b"...",
]


def test_names_keep_their_bytes(laid: Laid) -> None:
    for name in NAMES:
        where = os.fsencode(laid.upper) + b"/" + name
        os.mkdir(where)
        os.close(os.open(where + b"/" + name, os.O_CREAT, 0o600))
        os.close(os.open(os.fsencode(laid.real) + b"/gone" + name[:200], os.O_CREAT, 0o600))
        os.mknod(os.fsencode(laid.upper) + b"/gone" + name[:200], stat.S_IFCHR)
    top = os.fsencode(laid.real) + b"/"
    paths = {os.fsencode(change.path).removeprefix(top): change.kind for change in laid.changes(since=1 << 62)}
    assert {path for path, kind in paths.items() if kind == "deleted"} == {b"gone" + name[:200] for name in NAMES}
    assert {path for path, kind in paths.items() if kind == "added"} == {
        path for name in NAMES for path in (name, name + b"/" + name)
    }


def test_hard_links_are_told_from_the_first(laid: Laid) -> None:
    for name in ("a", "real"):
        put(laid.upper / name)
    put(laid.real / "real")
    folder(laid.upper / "in")
    for name, twin in (("in/b", "a"), ("z", "a"), ("hard", "real"), ("later", "real")):
        os.link(laid.upper / twin, laid.upper / name)
    found = {change.at[1]: change.twin for change in laid.changes(since=1 << 62)}
    # What real is called is no change, so the others are the first.
    assert found == {"a": "", "hard": "", "in": "", "in/b": "a", "later": "hard", "z": "a"}
    steps = {step.path: step.twin for step in plan_apply(laid.changes(since=1 << 62)).steps if step.op == "put"}
    assert steps == found


# ---- how deep


def deep(laid: Laid, levels: int, **more: bool) -> Path:
    where = laid.upper
    for _ in range(levels):
        where = folder(where / "d", **more)
    return where


def test_new_directories_nested_too_deeply(laid: Laid) -> None:
    put(deep(laid, 250) / "x")
    found = laid.changes(since=1 << 62)
    assert len(found) == nodes.DEEPEST
    assert [change.never for change in found] == [False] * 99 + [True]
    assert [why for _, why in plan_apply(found, force=True).left] == ["nested too deeply"]


def test_nothing_is_lost_out_of_sight_in_real_directories_nested_too_deeply(laid: Laid) -> None:
    put(laid.real / "d/" / "/".join("d" * 249) / "x")
    put(deep(laid, 250, copied=True) / "x", "the run's\n")
    (change,) = laid.changes(since=1 << 62)
    assert (change.kind, change.at[1].count("d"), change.conflict) == ("modified", nodes.DEEPEST, "nested too deeply")
    assert change.never


def test_the_deepest_that_is_not_too_deep(laid: Laid) -> None:
    deep(laid, 100)
    assert not any(change.conflict for change in laid.changes(since=1 << 62))
    put(laid.upper / "/".join("d" * 99) / "x")
    assert not any(change.conflict for change in laid.changes(since=1 << 62))


def test_a_directory_that_goes_and_is_nested_too_deeply(laid: Laid) -> None:
    put(laid.real / "/".join("d" * 250) / "x")
    whiteout(laid.upper / "d")
    (change,) = laid.changes(since=1 << 62)
    assert (change.kind, change.conflict, change.never) == ("deleted", "not all that would be lost can be read", False)


def test_nothing_is_left_open_by_a_look_that_ends_early(laid: Laid, monkeypatch: pytest.MonkeyPatch) -> None:
    put(deep(laid, 50) / "x")
    put(laid.real / "e")
    put(laid.upper / "e")
    before = os.listdir("/proc/self/fd")
    found = scan(laid.layer())
    for _ in range(40):
        next(found)
    assert len(os.listdir("/proc/self/fd")) > len(before)
    found.close()  # type: ignore[attr-defined]
    assert os.listdir("/proc/self/fd") == before

    def broken(*_: object) -> bool:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(nodes, "equal", broken)
    with pytest.raises(OSError, match="Input/output"):
        laid.entries()


# ---- symlinks in the way


def test_a_real_directory_that_became_a_symlink_is_not_followed(user: User, laid: Laid) -> None:
    for name in ("x", "y", "sub/z"):
        put(laid.aside / "victim" / name)
    folder(laid.upper / "d", copied=True)
    whiteout(laid.upper / "d/x")
    put(laid.upper / "d/y", "the run's\n", copied=True)
    folder(laid.upper / "d/sub", opaque=True)
    (laid.real / "d").symlink_to(laid.aside / "victim")
    assert laid.seen() == ["replaced d", "added d/sub", "added d/y"]
    code = "import sys; from wrapify.box.scan import *; print(len(list(scan(Layer(0, *sys.argv[1:])))))"
    words = [sys.executable, "-P", "-c", code, str(laid.upper), str(laid.real)]
    trace = laid.aside / "trace"
    traced = [need("strace"), "-f", "-y", "-o", str(trace), *words]
    with being_root():
        done = subprocess.run(traced, capture_output=True, text=True, check=False, env={}, cwd="/", **user.drop)
    assert done.stdout == "4\n", done.stderr
    lines = trace.read_text().splitlines()
    assert any(f"<{laid.upper}/d>" in line for line in lines), "the trace has nothing"
    assert [line for line in lines if "victim" in line and "readlink" not in line] == []


@pytest.mark.parametrize("kind", ["dir", "file"])
def test_a_symlink_swapped_in_at_the_last_moment_is_not_followed(
    laid: Laid, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    victim = laid.aside / "victim"
    put(victim / "x" if kind == "dir" else victim)
    put(laid.real / ("a/x" if kind == "dir" else "a"))
    if kind == "dir":
        folder(laid.upper / "a", copied=True)
        whiteout(laid.upper / "a/x")
    else:
        put(laid.upper / "a", copied=True)
    look = nodes.node

    def swapping(name: str, at: int) -> Any:
        found = look(name, at)
        if name == "a":
            os.rename(laid.real / "a", laid.aside / "was")
            (laid.real / "a").symlink_to(victim)
        return found

    monkeypatch.setattr(nodes, "node", swapping)
    # The directory is taken for one that cannot be read, the file for another one: no whiteout and no content counts.
    assert laid.seen() == ["modified a"]
