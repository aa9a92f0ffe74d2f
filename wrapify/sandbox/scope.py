"""Touches: the user's systemd. Puts a sandbox into a scope of its own, so that the kernel counts its memory.

Only a control group can limit the memory of many processes together, and only systemd hands one out to an ordinary
user. Where there is none, `sandbox/watch.py` counts from outside.
"""

from __future__ import annotations

import os
import time

WAIT_S, ANSWER_S = 2.0, 5.0
_CALL = (
    *("--user", "--quiet", "call", "org.freedesktop.systemd1", "/org/freedesktop/systemd1"),
    *("org.freedesktop.systemd1.Manager", "StartTransientUnit", "ssa(sv)a(sa(sv))"),
)


def offered(busctl: str) -> bool:
    """Tell whether the user's systemd makes scopes, by having it make one for a process that ends at once."""
    if not busctl or not _bus():
        return False
    child = os.posix_spawn("/bin/sleep", ("sleep", "60"), {})
    try:
        return enter(busctl, (child,), memory=1 << 30, processes=100)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def _bus() -> bool:
    """Tell whether there is a session bus to ask."""
    return os.path.exists(f"{os.environ.get('XDG_RUNTIME_DIR', '')}/bus")


def enter(busctl: str, pids: tuple[int, ...], *, memory: int, processes: int) -> bool:
    """Move `pids` into a new scope that may use `memory` bytes and `processes` tasks; tell whether they are in it."""
    name = f"wrapify-{pids[-1]}-{time.monotonic_ns()}.scope"
    properties = (
        *("PIDs", "au", str(len(pids)), *map(str, pids)),
        *("MemoryMax", "t", str(memory), "MemorySwapMax", "t", "0", "TasksMax", "t", str(processes)),
        *("CollectMode", "s", "inactive-or-failed"),
    )
    words = (busctl, *_CALL, name, "fail", "5", *properties, "0")
    quiet = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 1, 2)]
    try:
        asked = os.posix_spawn(busctl, words, os.environ, file_actions=quiet)
    except OSError:
        return False
    return _answered(asked) and all(_moved(pid, name) for pid in pids)


def _answered(asked: int) -> bool:
    """Wait for busctl, which on a bus that takes its call and never answers would stay for a minute and a half."""
    deadline = time.monotonic() + ANSWER_S
    while not (done := os.waitpid(asked, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(asked, 9)
            os.waitpid(asked, 0)
            return False
        time.sleep(0.001)
    return done[1] == 0


def _moved(pid: int, name: str) -> bool:
    """Wait until `pid` is in the scope: systemd answers before it has moved it."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        with open(f"/proc/{pid}/cgroup", "rb", buffering=0) as source:
            if name.encode() in source.read(65536):
                return True
        time.sleep(0.001)
    return False
