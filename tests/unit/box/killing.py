"""Runs an apply in a process of its own that is killed, or that the kernel fails, at a chosen moment. No test."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.conftest import need
from tests.unit.box.ground import Ground, folder, kept, look, placed, shown
from tests.unit.box.kinds import NEWS, OLDS
from wrapify.box.journal import Record
from wrapify.errors import StateError

KILLED, STOPPED = -signal.SIGKILL, 3
# Everything by which an apply changes something, and opens; a name with ? need not exist on this machine.
CALLS = (
    "openat2,openat,renameat2,?rename,?renameat,linkat,mkdirat,?mkdir,mknodat,symlinkat,unlinkat,?unlink,?rmdir,"
    "copy_file_range,ftruncate,?chmod,fchmod,fchmodat,utimensat,setxattr,removexattr,write,fsync,syncfs,fchown"
)


def in_child(action: Callable[[], object]) -> int:
    """Run `action` in a child; give its exit status: 0, KILLED, or STOPPED if it said that it cannot go on."""
    pid = os.fork()
    if not pid:
        _act(action)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _act(action: Callable[[], object]) -> None:
    status = 1
    try:
        action()
        status = 0
    except StateError:
        status = STOPPED
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(status)


def at_write(action: Callable[[], object], number: int, *, before: bool, words: str = "") -> int:
    """Run `action` in a child that is killed right before or after its line `number` (from 1) of the journal.

    Only lines with one of the `words` count, if any are given. Of lines that are written together each may be the last.
    """

    def killed() -> None:
        original, count = Record._append, 0

        def append(self: Record, lines: Sequence[str]) -> None:
            nonlocal count
            for line in lines:
                is_one = not words or line[0] in words
                count += is_one
                is_last = is_one and count == number
                if not (is_last and before):
                    original(self, [line])
                if is_last:
                    os.kill(os.getpid(), signal.SIGKILL)

        setattr(Record, "_append", append)  # noqa: B010 - mypy knows that a method is no variable
        action()

    return in_child(killed)


def at_call(action: Callable[[], object], call: str, *, what: str, log: Path) -> int:
    """Run `action` in a child and let strace do `what` at a system call, as in `signal=KILL:when=7`; "": only watch."""
    go, tell = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(tell)
        os.read(go, 1)
        _act(action)
    os.close(go)
    options = ["-f", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(log), "-p", str(pid)]
    options += ["-e", f"inject={call}:{what}"] if what else []
    with subprocess.Popen([need("strace"), *options], stderr=subprocess.PIPE) as tracer:
        assert tracer.stderr is not None
        assert select.select([tracer.stderr], [], [], 30)[0], "strace says nothing"
        said = tracer.stderr.readline()
        os.close(tell)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert b"attached" in said, said
    return status


def calls(action: Callable[[], object], *, log: Path) -> list[tuple[str, int]]:
    """List the system calls of `action`, which comes to its end: the name, and how many there were of it by then."""
    assert at_call(action, "", what="", log=log) == 0
    seen: dict[str, int] = {}
    found = []
    for line in log.read_text(errors="replace").splitlines():
        if match := re.match(r"\d+ +(\w+)\(", line):
            seen[match[1]] = seen.get(match[1], 0) + 1
            found.append((match[1], seen[match[1]]))
    return found


# ---- many changes, and what has to come of them


class Mixed:
    """So many mixed changes, ten in each directory; what there was nothing for lies in new ones."""

    def __init__(self, base: Path, number: int, *, real: Path | None = None) -> None:
        self.ground = Ground(base, real)
        pairs = [(new, old) for new in NEWS for old in OLDS]
        for count in range(number):
            new, old = pairs[count * 37 % len(pairs)]  # They have no factor in common: every pair comes in its turn.
            above = f"new{count // 20}/d{count // 10}" if old == "nothing" else f"d{count // 10}"
            if old != "nothing":
                folder(self.ground.real / above)
            OLDS[old](self.ground.real / above / f"{count} {old}")
            NEWS[new](folder(self.ground.upper / above) / f"{count} {old}")
        self.plan = self.ground.plan()
        self.before = kept(look(self.ground.real))
        self.wanted = shown(self.ground.upper, self.ground.real)

    def begin(self) -> None:
        """Write down the plan, in a new record."""
        self.ground.begin(self.plan).close()

    def check_applied(self) -> None:
        found = placed(look(self.ground.real), self.wanted)
        # On another file system than the box what was replaced is kept beside it.
        assert {name: one for name, one in found.items() if not name.startswith(".wrapify-undo-")} == self.wanted

    def check_undone(self) -> None:
        """Compare everything with what it was; nothing is left beside it, nor of what was kept."""
        assert kept(look(self.ground.real)) == self.before
        assert [str(path) for path in self.ground.box.glob("applied/*/trash/*")] == []
