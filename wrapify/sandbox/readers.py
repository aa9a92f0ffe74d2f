"""Touches: processes of the sandbox, from outside. Whether one of them waits for something to be typed."""

from __future__ import annotations

import os

from wrapify.sandbox.modes import has_typed
from wrapify.sandbox.watch import children

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

READ, POLL, SELECT, EPOLL = "read", "poll", "select", "epoll"
CALLS = {
    "x86_64": {
        **dict.fromkeys((0, 19), READ), **dict.fromkeys((7, 271), POLL), **dict.fromkeys((23, 270), SELECT),
        **dict.fromkeys((232, 281, 441), EPOLL),
    },
    "aarch64": {**dict.fromkeys((63, 65), READ), 73: POLL, 72: SELECT, **dict.fromkeys((22, 441), EPOLL)},
}  # fmt: skip
"""What a process may wait in for a key, by the number of the system call."""
TTY = 5 << 8
"""The number of /dev/tty."""
MOST = 1024
"""Descriptors that one call is looked at for."""


class Readers:
    """Hold who may read what is typed at a terminal, whose descriptor is `terminal`: the processes below `top`."""

    __slots__ = ("_calls", "_device", "_last", "_terminal", "_top")

    def __init__(self, top: int, terminal: int) -> None:
        self._top = top
        self._terminal = terminal
        self._device = os.fstat(terminal).st_rdev
        told = os.path.exists("/proc/self/syscall")
        self._calls = CALLS.get(os.uname().machine) if told else None
        self._last = ""

    def wait(self) -> bool:
        """Tell whether one of them waits for what is typed, and what was typed before has been read.

        Where that cannot be seen (another kind of machine, a kernel that does not tell), one does.
        """
        if has_typed(self._terminal):
            return False
        if self._calls is None or (self._last and self._waits(self._last)):
            return True
        self._last = next(filter(self._waits, _tasks(self._top)), "")
        return bool(self._last)

    def live(self) -> bool:
        """Tell whether there is one that may read: below bwrap, and below the first process inside."""
        inside = children(self._top)
        for _ in range(2):
            inside = [pid for above in inside for pid in children(above)]
        return any(map(_has_memory, inside))

    def run(self) -> bool:
        """Tell whether one of them runs, or would if it was its turn."""
        return any(_state(task) in (b"R", b"D") for task in _tasks(self._top))

    def _waits(self, task: str) -> bool:
        try:
            with open(f"{task}/syscall", "rb", buffering=0) as source:
                words = source.read(256).split()
            if len(words) < 7 or self._calls is None:
                return False  # It runs, or waits for something else.
            kind = self._calls.get(int(words[0]), "")
            return any(_is(f"{task}/fd/{number}", self._device) for number in _awaited(task, words, kind=kind))
        except PermissionError:
            return _sleeps(task)
        except (OSError, ValueError):
            return False


def _sleeps(task: str) -> bool:
    """Tell whether what cannot be looked at may wait: it protects itself. What has just ended is root's, too."""
    return _state(task) == b"S" and _has_memory(task.split("/")[2])


def _state(task: str) -> bytes:
    try:
        with open(f"{task}/stat", "rb", buffering=0) as source:
            return source.read(4096).rpartition(b")")[2][1:2]
    except OSError:
        return b""


def _has_memory(pid: int | str) -> bool:
    try:
        with open(f"/proc/{pid}/statm", "rb", buffering=0) as source:
            return not source.read(64).startswith(b"0 ")
    except OSError:
        return False


def _tasks(top: int) -> Iterator[str]:
    todo = children(top)
    while todo:
        pid = todo.pop()
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            continue  # It has just ended.
        yield from (f"/proc/{pid}/task/{thread}" for thread in threads)
        todo.extend(children(pid))


def _is(path: str, terminal: int) -> bool:
    try:
        return os.stat(path).st_rdev in (terminal, TTY)
    except OSError:
        return False


def _awaited(task: str, words: list[bytes], *, kind: str) -> Iterator[int]:
    """Give the descriptors that a system call waits for. `words` are its number and arguments as the kernel tells."""
    first, second = int(words[1], 16), int(words[2], 16)
    if kind == READ:
        yield first
    elif kind == POLL:
        rows = _memory(task, first, size=min(second, MOST) * 8)
        yield from (int.from_bytes(rows[at : at + 4], "little") for at in range(0, len(rows), 8) if rows[at + 4] & 1)
    elif kind == SELECT and second:
        bits = int.from_bytes(_memory(task, second, size=min(first + 7, MOST) // 8), "little")
        yield from (number for number in range(first) if bits >> number & 1)
    elif kind == EPOLL:
        with open(f"{task}/fdinfo/{first}", encoding="ascii") as source:
            yield from (int(line.split()[1]) for line in source if line.startswith("tfd:"))


def _memory(task: str, address: int, *, size: int) -> bytes:
    with open(f"{task}/mem", "rb", buffering=0) as source:
        source.seek(address)
        return source.read(size) if size else b""
