"""Touches: processes of the sandbox, from outside. Waiting for its end, and the limits no kernel setting can hold.

The launcher stays as the parent of bwrap. It ends the sandbox with its terminal, stops when the sandbox stops (so
that Ctrl-Z and fg work), passes TERM and HUP on, and ends a sandbox that takes too much memory or disk.
"""

from __future__ import annotations

import _signal
import os
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

TICK_MS = 250
WATCHED = (_signal.SIGTERM, _signal.SIGHUP)
SETTLE = 0.02
WITNESS_S = 0.1
"""How long a signal to a whole process group may take to show at the second of two processes."""
GRACE = 1.0
"""Seconds within which a second request to end is the same one (timeout(1) sends two), and an editor saves its work."""


class Watch:
    """Wait for one sandbox. `child` is bwrap, `inner` the first process inside (0 until it is known).

    `lifeline` is where the launcher writes each signal that asks it to end (one byte, its number); it hangs up when
    the launcher is gone.
    """

    __slots__ = (
        "_asked",
        "_before",
        "_bell",
        "_free",
        "_hung_up",
        "_ring",
        "_tty",
        "child",
        "inner",
        "lifeline",
        "memory",
        "reason",
        "seconds",
        "store",
        "written",
    )

    def __init__(self, child: int, *, lifeline: int, store: str, memory: int, written: int) -> None:
        self.child = child
        self.inner = 0
        self.lifeline = lifeline
        self.store = store
        self.memory = memory
        self.written = written
        self.reason = ""
        self.seconds = 0
        self._asked = self._hung_up = 0.0
        self._before: Any = None
        self._free = _free(store)
        self._tty = _terminal()
        self._bell, self._ring = os.pipe()

    def wait(self) -> int:
        """Return the exit status of bwrap, 128 + n for signal n. `reason` says why it was ended, if it was."""
        self._listen()
        try:
            return self._wait()
        finally:
            self._unlisten()

    def _wait(self) -> int:
        poll = select.poll()
        poll.register(self._bell, select.POLLIN)
        if self._tty >= 0:
            # No events asked for: what comes is that the terminal is gone.
            poll.register(self._tty, 0)
        poll.register(self.lifeline, select.POLLIN)
        started = now = time.monotonic()
        due = 0.0
        while (status := self._reap()) is None:
            if now >= due:
                due = now + TICK_MS / 1000
                self._check_limits()
            self._hear(self._see(poll))
            now = time.monotonic()
            if self._hung_up and now - self._hung_up > GRACE:
                self._end("its terminal is gone")
            if self.seconds and now - started > self.seconds:
                self._end(f"it took longer than {self.seconds} s")
        return status

    def _see(self, poll: select.poll) -> tuple[int, ...]:
        """Wait for news of any kind; give the requests to end that follow from it."""
        gone: tuple[int, ...] = ()
        for descriptor, event in poll.poll(TICK_MS):
            if descriptor == self._tty:
                poll.unregister(self._tty)
                self._hung_up = time.monotonic()
                gone = (_signal.SIGHUP,)
            elif descriptor == self.lifeline and not event & select.POLLIN:
                poll.unregister(self.lifeline)
                self._end("its launcher is gone")
        return gone

    def _listen(self) -> None:
        for descriptor in (self._ring, self._bell, self.lifeline):
            os.set_blocking(descriptor, False)
        _signal.set_wakeup_fd(self._ring)
        self._before = _signal.signal(_signal.SIGCHLD, _heard)

    def _unlisten(self) -> None:
        """Leave signals and descriptors as they were: after the check of a script comes its run."""
        _signal.set_wakeup_fd(-1)
        _signal.signal(_signal.SIGCHLD, self._before)
        for descriptor in (self._bell, self._ring, self._tty):
            if descriptor >= 0:
                os.close(descriptor)

    def _reap(self) -> int | None:
        pid, status = os.waitpid(self.child, os.WNOHANG | os.WUNTRACED)
        if not pid:
            return None
        if os.WIFSTOPPED(status):
            # A program that stops itself (vim) stops bwrap too, but Landlock keeps that signal from us. After Ctrl-Z
            # and fg it may be news of old: all were stopped, and bwrap goes on a moment after us.
            time.sleep(SETTLE)
            if is_stopped(pid):
                os.kill(os.getpid(), os.WSTOPSIG(status))
            return None
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)

    def _hear(self, gone: Sequence[int] = ()) -> None:
        """Act on requests to end: those heard of, and those in `gone`, which follow from what else was seen.

        What was sent to the whole process group came to the launcher, to this process and to the command. Passing it
        on would make the command do twice what it does at its end. Whoever names both processes (pkill) is a stranger
        to them; whoever signals the group is the terminal, the shell, or timeout(1).
        """
        relayed, own = self._told()
        deadline = time.monotonic() + WITNESS_S
        while (relayed != own.keys() or not relayed.issuperset(gone)) and time.monotonic() < deadline:
            time.sleep(0.002)
            more, also = self._told()
            relayed, own = relayed | more, own | also
        for number in relayed | own.keys() | set(gone):
            self._ask(number, reached=number in relayed and own.get(number) in kin())

    def _told(self) -> tuple[set[int], dict[int, int]]:
        """Give the requests to end that came to the launcher, and those to this process with the pid of the sender."""
        heard_bytes(self._bell)
        own: dict[int, int] = {}
        while told := _signal.sigtimedwait(WATCHED, 0):
            own[told.si_signo] = told.si_pid
        return set(heard_bytes(self.lifeline)), own

    def _ask(self, number: int, *, reached: bool) -> None:
        """Give the command inside the chance to end by itself; a later request ends it."""
        now = time.monotonic()
        if self._asked and now - self._asked < GRACE:
            return
        inside = children(self.inner) if self.inner and not self._asked else []
        self._asked = now
        for pid in inside:
            if not reached:
                _kill(pid, number)
        if not inside:
            self._end("asked to end")

    def _end(self, why: str) -> None:
        self.reason = self.reason or why
        _kill(self.child, _signal.SIGKILL)

    def _check_limits(self) -> None:
        if self.inner and self.memory and _memory(self.inner) > self.memory:
            self._end(f"it used more than {self.memory >> 20} MiB of memory")
        free = _free(self.store)
        if self._free - free > self.written and _size(self.store) > self.written:
            self._end(f"it wrote more than {self.written >> 20} MiB")
        elif 0 <= free < min(self._free // 20, 256 << 20):
            self._end("the disk is almost full")


def _heard(number: int, frame: object) -> None:
    """Do nothing: the wakeup descriptor has the signal's number."""


def heard_bytes(descriptor: int) -> bytes:
    """Read what there is at this moment."""
    try:
        return os.read(descriptor, 64)
    except BlockingIOError:
        return b""


def _kill(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except OSError:
        pass  # It has just ended.


def _terminal() -> int:
    """Open the controlling terminal to notice its end, -1 if there is none or the user asked to outlive it (nohup)."""
    if _signal.getsignal(_signal.SIGHUP) == _signal.SIG_IGN:
        return -1
    try:
        return os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return -1


def _read(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as source:
            return source.read(4096)
    except OSError:
        return b""


def is_stopped(pid: int) -> bool:
    return _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[:1] == [b"T"]


def children(pid: int) -> list[int]:
    return [int(word) for word in _read(f"/proc/{pid}/task/{pid}/children").split()]


def parent(pid: int) -> int:
    """Give the pid of the parent of a process, 0 if there is no such process."""
    return int((_read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1:2] or (0,))[0])


def kin() -> tuple[int, ...]:
    """Give the pids of those who signal this process group as one: the kernel (0), the caller, session and group."""
    caller = _read(f"/proc/{os.getppid()}/stat").rpartition(b")")[2].split()[1:2]
    return (0, os.getsid(0), os.getpgrp(), *map(int, caller))


def _memory(inner: int) -> int:
    """Add up the resident memory, in bytes, of `inner` and everything below it, less what it shares with files."""
    page = os.sysconf("SC_PAGE_SIZE")
    total, todo = 0, [inner]
    while todo:
        pid = todo.pop()
        fields = _read(f"/proc/{pid}/statm").split()
        if len(fields) > 2:
            total += (int(fields[1]) - int(fields[2])) * page
        todo.extend(children(pid))
    return total


def _free(store: str) -> int:
    """Tell the free bytes of the file system of `store`, -1 if nothing is recorded."""
    if not store:
        return -1
    try:
        found = os.statvfs(store)
    except OSError:
        return -1
    return found.f_bavail * found.f_frsize


def _size(path: str) -> int:
    """Add up the bytes that the files below `path` take on disk."""
    total = 0
    try:
        entries = list(os.scandir(path))
    except OSError:
        return 0
    for entry in entries:
        try:
            total += entry.stat(follow_symlinks=False).st_blocks * 512
        except OSError:
            continue  # Removed meanwhile, or in a directory that may be listed and not entered.
        if entry.is_dir(follow_symlinks=False):
            total += _size(entry.path)
    return total
