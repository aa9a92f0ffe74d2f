"""kill -9 of any process of a run at any moment: nothing goes on running, nothing stays mounted, every box is readable.

The moments are random: WRAPIFY_TEST_SEED repeats a run, WRAPIFY_TEST_KILLS says how many there are for each phase.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify
from tests.sandbox.disk import differences, plant, snapshot, until

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

SEED = int(os.environ.get("WRAPIFY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
KILLS = int(os.environ.get("WRAPIFY_TEST_KILLS", "12"))

# How long the command runs, and within how many seconds of the start the kill comes.
PHASES = {
    "start": ("while :; do echo more >> file.txt; done", 0.16),
    "run": ("while :; do echo more >> file.txt; mkdir -p d; mv d e 2>/dev/null; rm -rf d e; (:) & done", 0.5),
    "end": ("echo more >> file.txt", 0.3),
}


def children(pid: int) -> list[int]:
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as source:
            return [int(word) for word in source.read().split()]
    except OSError:
        return []


def tree(pid: int) -> list[int]:
    """List a process and all below it, parents first."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


def marked(marker: str) -> list[tuple[int, str]]:
    """List every process whose command line holds `marker`, wherever its parent is."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            with suppress(OSError), open(f"/proc/{name}/cmdline", "rb") as source:
                line = source.read()
                if marker.encode() in line:
                    found.append((int(name), line.replace(b"\0", b" ").decode("utf-8", "replace")[:200]))
    return found


def mounts(home: Path) -> list[str]:
    with open("/proc/self/mountinfo") as source:
        return [line for line in source if str(home.parent) in line or "wrapify" in line]


class Victim:
    """One run that is going to be killed."""

    def __init__(self, wrapify: Wrapify, command: str, *options: str) -> None:
        self.marker = f"marked-{os.getpid()}-{os.urandom(8).hex()}"
        words = [str(wrapify.program), "run", *options, "--shell", "/bin/sh", "-c", command, self.marker]
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=wrapify.home,
            env=wrapify.environment(),
            **wrapify.user.drop,
        )

    def wait_for(self, count: int, seconds: float) -> list[int]:
        """Look until the run has `count` processes or the time is over, and list them. No pause: moments are short."""
        deadline = time.monotonic() + seconds
        while len(found := tree(self.process.pid)) < count and time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
        return found

    def kill(self, pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def check_gone(self, why: str) -> None:
        """Nothing of the run is left, whether it is a child of anything or not."""
        try:
            self.process.wait(timeout=20)
            until(lambda: not marked(self.marker), "every process of the run is gone", seconds=10)
        except (AssertionError, subprocess.TimeoutExpired):
            left = marked(self.marker)
            for pid, _ in left:
                self.kill(pid)
            self.process.wait(timeout=20)
            pytest.fail(f"{why}: still there: {left}")


@pytest.fixture
def prepared(each_bwrap: Wrapify, user: User, home: Path) -> Iterator[Wrapify]:
    """The program, warm; afterwards the host is as it was and every box can be read."""
    plant(user, home / "file.txt")
    assert each_bwrap("run", "true").returncode == 0
    before, mounted = snapshot(home), mounts(home)
    yield each_bwrap
    assert differences(before, snapshot(home)) == []
    assert mounts(home) == mounted


def check_boxes(wrapify: Wrapify, why: str) -> None:
    there = {path.name for path in wrapify.boxes.iterdir() if path.name[0] != "."}
    done = wrapify("box", "list", "--json")
    assert done.returncode == 0, f"{why}: {done.stderr}"
    rows = json.loads(done.stdout)
    assert {row["name"] for row in rows} == there, why
    assert [row for row in rows if "error" in row or row["busy"]] == [], why


@pytest.mark.parametrize("phase", PHASES)
def test_at_any_moment(prepared: Wrapify, phase: str) -> None:
    rng = random.Random(f"{SEED} {phase} {prepared.env}")
    command, seconds = PHASES[phase]
    for number in range(KILLS):
        options = ("--box", "b") if number % 2 else ()
        run = Victim(prepared, command, *options)
        found = run.wait_for(99, rng.uniform(0, seconds))
        pid = rng.choice(found)
        run.kill(pid)
        why = f"seed {SEED}, {phase}, kill {number}, process {found.index(pid)} of {len(found)}"
        if phase == "run" and pid not in found[:4]:
            # One of many of the command's own: the run goes on, so end it from its top.
            run.kill(run.process.pid)
        run.check_gone(why)
        check_boxes(prepared, why)
    done = prepared("run", "--box", "b", "-c", "echo again >> file.txt && tail -n 1 file.txt")
    assert (done.returncode, done.stdout) == (0, "again\n"), f"seed {SEED}: {done.stderr}"


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_as_soon_as_there_are(prepared: Wrapify, count: int) -> None:
    """The moments at which one process has started the next: each of those that are there is killed in turn."""
    for victim in range(count):
        for _ in range(3):
            run = Victim(prepared, "while :; do echo more >> file.txt; done", "--box", "b")
            found = run.wait_for(count, 2)
            run.kill(found[min(victim, len(found) - 1)])
            run.check_gone(f"process {victim} of {len(found)} killed as soon as there were {count}")
    check_boxes(prepared, f"{count} processes")
    assert prepared("run", "--box", "b", "true").returncode == 0


@pytest.mark.parametrize("victim", [0, 1, 2])
def test_daemons_end_too(prepared: Wrapify, victim: int) -> None:
    """What has left its session and parent ends with the run."""
    line = "setsid sh -c 'setsid sleep 1000 & echo $! > daemon; sleep 1000' $0 & echo $! > other; wait"
    run = Victim(prepared, line, "--box", "b")
    found = run.wait_for(7, 20)
    run.kill(found[victim])
    run.check_gone(f"process {victim} of {len(found)} with daemons")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV])
def test_other_signals(prepared: Wrapify, number: int) -> None:
    """A launcher that is ended in another way leaves nothing either; two requests end a command that ignores one."""
    run = Victim(prepared, "trap '' TERM HUP; while :; do echo more >> file.txt; done", "--box", "b")
    run.wait_for(5, 20)
    until(lambda: (prepared.boxes / "b/u0/file.txt").exists(), "the command has begun")
    for _ in range(20 if number != signal.SIGQUIT else 1):
        with suppress(ProcessLookupError):
            os.kill(run.process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            run.process.wait(timeout=0.5)
    if number == signal.SIGQUIT:
        # It belongs to the command, which the terminal sends it to as well.
        run.kill(run.process.pid)
    run.check_gone(f"signal {number}")
    check_boxes(prepared, f"signal {number}")


def test_the_changes_so_far_are_kept(prepared: Wrapify, home: Path) -> None:
    run = Victim(prepared, "echo first > one; echo > ready; while :; do :; done", "--box", "b")
    upper = prepared.boxes / "b/u0"
    until((upper / "ready").exists, "the command has begun")
    run.kill(run.process.pid)
    run.check_gone("launcher killed")
    assert (upper / "one").read_text() == "first\n"
    assert "interrupted" in prepared("box", "list").stdout
    assert prepared("run", "--box", "b", "cat", "one").stdout == "first\n"
