"""What goes wrong on a machine: one clear sentence, a hint, exit 125 or 2, no traceback, and nothing ran outside."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.disk import boxes, folder, plant
from tests.sandbox.forbidding import forbidding
from wrapify.sandbox import seccomp

pytestmark = pytest.mark.sandbox

MARKER = "marker-of-a-run"
ESCAPE = "\x1b[31mred\n\x07\udcff"


def check_failed(done: subprocess.CompletedProcess[str], *words: str, status: int = 125) -> None:
    """One sentence about what failed and one hint, in this order, after what bwrap itself may have said."""
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "something unexpected went wrong" not in done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("bwrap: ") and " · " not in line]
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("wrapify: ")
    assert lines[1].startswith("         ")
    assert lines[1].strip()
    for word in words:
        assert word in lines[0] or word in lines[1], (word, lines)
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr


def attempt(wrapify: Wrapify, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run something that leaves a mark wherever it runs, and check that it left none."""
    done = wrapify("run", "-c", f"echo ran; touch {MARKER} {wrapify.home}/{MARKER}", **more)
    for place in (wrapify.home, Path(str(more.get("cwd", wrapify.home)))):
        assert not (place / MARKER).exists()
    return done


def fake_bwrap(wrapify: Wrapify, user: User, body: str) -> None:
    path = plant(user, wrapify.home / "fake", f"#!/bin/sh\n{body}\n", 0o755)
    wrapify.env["WRAPIFY_BWRAP"] = str(path)


# ---- bubblewrap


@pytest.mark.parametrize("path", ["/nonexistent", "nowhere/bwrap", "/dev/null", "/", "/etc/passwd"])
def test_no_bwrap(wrapify: Wrapify, path: str) -> None:
    wrapify.env["WRAPIFY_BWRAP"] = path
    check_failed(attempt(wrapify), "bubblewrap" if path == "/nonexistent" else "")


OLD = 'case $1 in --version) echo "bubblewrap 0.8.0"; exit ;; esac; '

FAKES = {
    "garbage": r"printf '\001\377 7.4 \000\n'; head -c 3000 /dev/urandom",
    "another program": "echo 'GNU bash, version 5.2.15(1)-release'",
    "version and its failure": "echo 'bubblewrap 0.8.0'; exit 1",
    "escapes": r"printf '\033[31mred\007\n'",
    "nothing": "exit 0",
    "fails": "exit 1",
    "killed": "kill -9 $$",
    "version and nothing": 'case $1 in --version) echo "bubblewrap 0.8.0" ;; esac; exit 0',
    "version and an overlay": 'case $1 in --version) echo "bubblewrap 0.12.0" ;; --help) echo " --overlay X" ;; esac',
    "version and a failure": OLD + 'echo "bwrap: no" >&2; exit 1',
    "version and garbage": OLD + "head -c 3000 /dev/urandom >&2; exit 3",
    "garbage as information": OLD + 'case $1 in --args) echo "}{" > /proc/self/fd/$6 ;; esac',
    "huge": "yes | head -c 10000000",
}


@pytest.mark.parametrize("body", FAKES.values(), ids=FAKES)
def test_a_bwrap_that_is_none(wrapify: Wrapify, user: User, body: str) -> None:
    fake_bwrap(wrapify, user, body)
    check_failed(attempt(wrapify))


@pytest.mark.slow
def test_a_bwrap_that_hangs(wrapify: Wrapify, user: User) -> None:
    fake_bwrap(wrapify, user, "exec sleep 600")
    check_failed(attempt(wrapify))


def test_a_bwrap_that_goes_away(wrapify: Wrapify, user: User) -> None:
    """A verdict is kept; when the machine changes under it, the reason is found anew."""
    real = need("bwrap")
    copy = plant(user, wrapify.home / "bin/bwrap", Path(real).read_bytes(), 0o755)
    wrapify.env["WRAPIFY_BWRAP"] = str(copy)
    assert wrapify("run", "true").returncode == 0
    copy.unlink()
    check_failed(attempt(wrapify), "bubblewrap")


# ---- no user namespaces


def without_namespaces() -> Callable[[], None]:
    """Give a function that has the kernel refuse user namespaces from now on, as in a container of Docker."""
    return forbidding(
        seccomp.Rule("unshare setns", seccomp.fail(1), why="as Docker does"),
        seccomp.Rule("clone", seccomp.fail(1), when=seccomp.any_bit(0, 0x10000000), why="as Docker does"),
        seccomp.Rule("clone3", seccomp.fail(38), why="as Docker does"),
    )


def test_user_namespaces_refused(each_bwrap: Wrapify) -> None:
    check_failed(attempt(each_bwrap, preexec_fn=without_namespaces()), "namespace")


def test_user_namespaces_refused_after_they_worked(each_bwrap: Wrapify) -> None:
    assert each_bwrap("run", "true").returncode == 0
    check_failed(attempt(each_bwrap, preexec_fn=without_namespaces()), "namespace")
    assert each_bwrap("run", "true").returncode == 0


def test_user_namespaces_used_up(each_bwrap: Wrapify, user: User) -> None:
    """A user namespace around wrapify allows one more, which gives the user's own id back, and none below."""
    line = (
        "echo 1 > /proc/sys/user/max_user_namespaces &&"
        f" exec unshare --user --map-user={user.uid} --map-group={user.gid}"
        f" {each_bwrap.program} run -c 'touch {MARKER}'"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line],
        cwd=each_bwrap.home,
        env=each_bwrap.environment(),
        capture_output=True,
        text=True,
        check=False,
        **user.drop,
    )
    check_failed(done, "user namespaces")
    assert not (each_bwrap.home / MARKER).exists()


# ---- places


def break_state(user: User, state: Path, how: str) -> None:
    folder(user, state.parent)
    if how == "a file":
        plant(user, state)
    elif how == "a parent is a file":
        state.parent.rmdir()
        plant(user, state.parent)
    elif how == "a link":
        folder(user, state.parent / "elsewhere")
        state.symlink_to("elsewhere")
    elif how == "a dangling link":
        state.symlink_to("nowhere")
    elif how == "read-only":
        folder(user, state, 0o500)
    elif how == "boxes read-only":
        folder(user, state / "boxes", 0o500)
    elif how == "boxes a file":
        folder(user, state)
        plant(user, state / "boxes")
    elif how == "a parent read-only":
        folder(user, state.parent, 0o500)


STATES = ("a file", "a parent is a file", "a link", "a dangling link") + (
    "boxes read-only",
    "boxes a file",
    "a parent read-only",
)


@pytest.mark.parametrize("how", STATES)
def test_state_directory(each_bwrap: Wrapify, user: User, home: Path, how: str) -> None:
    state = home / ".local/state/wrapify"
    break_state(user, state, how)
    check_failed(attempt(each_bwrap), ".local/state")
    if (state / "boxes").is_dir():
        assert os.listdir(state / "boxes") == []


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED LOUDLY: only root can give a directory to somebody else")
@pytest.mark.parametrize("mode", [0o700, 0o777])
def test_state_directory_of_somebody_else(each_bwrap: Wrapify, user: User, home: Path, mode: int) -> None:
    state = folder(user, home / ".local/state/wrapify", mode)
    os.chown(state, 0, 0)
    check_failed(attempt(each_bwrap), str(state))
    assert os.listdir(state) == []


def run_on_mount(wrapify: Wrapify, user: User, *, mount: str, line: str, runtime: str) -> Any:
    """Run a line with wrapify as the user, after `mount` was done as root where nobody else sees it."""
    become = f'exec setpriv --reuid {user.uid} --regid {user.gid} --clear-groups -- "$@"'
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", f"{mount} && {become}", "sh"]
        + [str(wrapify.program), "run", "-c", line],
        cwd=wrapify.home,
        env=wrapify.environment(XDG_RUNTIME_DIR=runtime),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def runtime(user: User) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="wrapify-test-", dir="/dev/shm") as path:
        folder(user, Path(path), 0o700)
        yield path


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED LOUDLY: only root can mount a file system that is full")
@pytest.mark.parametrize("mount", ["size=64k,mode=700", "size=1m,nr_inodes=4,mode=700", "ro,mode=700"])
def test_state_directory_full_or_read_only(each_bwrap: Wrapify, user: User, mount: str, runtime: str) -> None:
    state = folder(user, each_bwrap.home / ".local/state/wrapify")
    fill = f"{{ dd if=/dev/zero of={state}/fill bs=4k 2>/dev/null; :; }}" if "64k" in mount else ":"
    prepare = f"mount -t tmpfs -o {mount},uid={user.uid},gid={user.gid} none {state} && {fill}"
    line = f"echo ran; touch ~/{MARKER}"
    check_failed(run_on_mount(each_bwrap, user, mount=prepare, line=line, runtime=runtime), str(state))
    assert not (each_bwrap.home / MARKER).exists()
    # Nothing of the attempt stays in memory either.
    kept = Path(runtime, "wrapify/boxes")
    assert not kept.exists() or os.listdir(kept) == []


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED LOUDLY: only root can mount a file system that takes no overlay")
def test_state_directory_that_takes_no_overlay(each_bwrap: Wrapify, user: User, runtime: str) -> None:
    """As in a container: changes are kept in memory, and the reason is a sentence."""
    state = folder(user, each_bwrap.home / ".local/state/wrapify")
    layers = [folder(user, each_bwrap.home / "layers" / name) for name in ("l", "u", "w")]
    prepare = "mount -t overlay overlay -o lowerdir={},upperdir={},workdir={} {}".format(*layers, state)
    done = run_on_mount(each_bwrap, user, mount=prepare, line=f"touch ~/{MARKER}; echo ran", runtime=runtime)
    assert done.stdout == "ran\n", done.stderr
    assert f"kept in memory, until the next restart (the file system of {state} takes no overlay: " in done.stderr
    assert "Invalid argument)" in done.stderr
    assert not (each_bwrap.home / MARKER).exists()


@pytest.mark.parametrize("how", ["a file", "a link", "a dangling link", "read-only", "a parent read-only"])
def test_cache_directory(each_bwrap: Wrapify, user: User, home: Path, how: str) -> None:
    """The cache only saves time: without it everything works."""
    break_state(user, home / ".cache/wrapify", how)
    for _ in range(2):
        assert each_bwrap("run", "-c", "echo ran").stdout == "ran\n"


def test_damaged_cache(each_bwrap: Wrapify, home: Path) -> None:
    assert each_bwrap("run", "true").returncode == 0
    for path in (home / ".cache/wrapify").rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-7] + b"\xff" * 7)
    assert each_bwrap("run", "-c", "echo ran").stdout == "ran\n"
    for path in (home / ".cache/wrapify").rglob("*"):
        if path.is_file():
            path.write_bytes(b"")
    assert each_bwrap("run", "-c", "echo ran").stdout == "ran\n"


# ---- damaged boxes


DAMAGED = [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'{"layers": 7, "store": []}', b"[" * 100000]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:20]))
def test_damaged_box(wrapify: Wrapify, content: bytes) -> None:
    assert wrapify("run", "--box", "b", "-c", "echo > x").returncode == 0
    assert wrapify("run", "--box", "whole", "-c", "echo > x").returncode == 0
    (boxes(wrapify.boxes)[0] / "box.json").write_bytes(content)
    done = wrapify("box", "list")
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"b", "whole"}
    assert wrapify("box", "list", "--json").returncode == 0
    check_failed(wrapify("run", "--box", "b", "-c", "echo ran"), status=2)
