"""Scopes of the user's systemd. There is no user manager here: a stub of busctl stands in for it, and says so.

What the stub is asked is compared with the signature of StartTransientUnit; the move itself is real, into a control
group that the stub makes, where the machine lets root make one.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wrapify.sandbox import scope

HIERARCHIES = [path for path in (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup")) if os.access(path, os.W_OK)]


@pytest.fixture
def process() -> Iterator[int]:
    child = subprocess.Popen(["sleep", "60"])
    yield child.pid
    child.kill()
    child.wait()


def stub(folder: Path, body: str) -> str:
    path = folder / "busctl"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{folder}/asked\n{body}\n')
    path.chmod(0o755)
    return str(path)


def test_asks_for_a_scope_with_the_limits(tmp_path: Path, process: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "WAIT_S", 0.0)
    assert not scope.enter(stub(tmp_path, "exit 0"), (process,), memory=4096, processes=7)
    asked = (tmp_path / "asked").read_text().split("\n")
    assert asked[:8] == [
        *("--user", "--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1"),
        *("org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))"),
    ]
    assert asked[8].startswith(f"wrapify-{process}-")
    assert asked[9:15] == ["fail", "5", "PIDs", "au", "1", str(process)]
    assert asked[15:-1] == [
        *("MemoryMax", "t", "4096", "MemorySwapMax", "t", "0", "TasksMax", "t", "7"),
        *("CollectMode", "s", "inactive-or-failed", "0"),
    ]


@pytest.mark.skipif(not HIERARCHIES, reason="no control group can be made here")
def test_waits_until_the_processes_are_in_the_scope(tmp_path: Path, process: int) -> None:
    base = HIERARCHIES[0]
    made = stub(tmp_path, f'mkdir {base}/$9 && echo "$9" >{tmp_path}/name && echo {process} >{base}/$9/cgroup.procs')
    try:
        assert scope.enter(made, (process,), memory=1 << 30, processes=100)
    finally:
        (base / "cgroup.procs").write_text(str(process))
        (base / (tmp_path / "name").read_text().strip()).rmdir()


def test_says_no_when_systemd_refuses_or_is_missing(tmp_path: Path, process: int) -> None:
    assert not scope.enter(stub(tmp_path, "exit 1"), (process,), memory=1, processes=1)
    assert not scope.enter(str(tmp_path / "nothing"), (process,), memory=1, processes=1)


def test_does_not_ask_without_a_session_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert not scope.offered(stub(tmp_path, "exit 0"))
    assert not (tmp_path / "asked").exists()
