"""Touches: processes. Does one thing in a process of its own, in bounded time, and leaves nothing of it behind."""

from __future__ import annotations

import marshal
import os
import select
import signal
import time
from collections.abc import Callable
from typing import Any

from wrapify.errors import WrapifyError
from wrapify.sandbox import child, keep

ORDER_S = 2.0


class Trying:
    """Hold something that is being tried: `work`, begun at once in a process that leads a session without a terminal.

    What it returns (plain values, as `marshal` takes them) is the answer; its output goes nowhere.
    """

    def __init__(self, work: Callable[[], Any], seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._heard, told = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._heard)
            _do(work, told, parent=parent)
        os.close(told)

    def answer(self) -> Any:
        """Wait for the answer, None if there was none in time or it failed. What it left is ended.

        One that came in time may be fetched later.
        """
        told = b""
        try:
            while select.select([self._heard], [], [], max(self._deadline - time.monotonic(), 0))[0]:
                piece = os.read(self._heard, 1 << 16)
                if not piece:
                    break
                told += piece
        finally:  # Also by Ctrl-C.
            os.close(self._heard)
            self._end()
        try:
            return marshal.loads(told) if told else None  # noqa: S302 - from our own child
        except (EOFError, ValueError, TypeError):
            return None

    def _end(self) -> None:
        """End it, with time to put its things in order."""
        os.kill(self._pid, signal.SIGTERM)
        end = time.monotonic() + ORDER_S
        while not os.waitpid(self._pid, os.WNOHANG)[0]:
            if time.monotonic() > end:
                os.kill(self._pid, signal.SIGKILL)
            time.sleep(0.002)


def _do(work: Callable[[], Any], told: int, *, parent: int) -> None:
    """Do the work in the child, which ends here with all that it started; sooner if it is told so, or nobody waits."""
    try:
        signal.signal(signal.SIGTERM, _leave)
        child.tell_end_of(parent, by=signal.SIGTERM)
        os.setsid()
        child.adopt_orphans()
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        answer = marshal.dumps(_answered(work))
        keep.end_children()
        while answer:
            answer = answer[os.write(told, answer) :]
    finally:
        keep.end_children()
        os._exit(0)


def _leave(*_: object) -> None:
    raise SystemExit


def _answered(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except (OSError, WrapifyError):
        return None
