"""Touches: processes. Keeps a sandbox in a process of its own, so that whoever is killed, another ends all the rest.

bwrap ties the first process inside to itself only when it has built the root. Killed before that, it leaves an orphan
that builds on, finds nobody who tells it to wait, and starts the command. An orphan comes to the nearest of its
ancestors that adopts (PR_SET_CHILD_SUBREAPER): the keeper, or if that was killed the launcher, ends it.
"""

from __future__ import annotations

import _signal
import os
import select
import time

from wrapify.sandbox import child
from wrapify.sandbox.watch import SETTLE, WATCHED, children, is_stopped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import NoReturn

    from wrapify.sandbox.front import Front

REAP_S = 5.0


def kept(work: Callable[[int], bytes], *, front: Front | None = None) -> bytes:
    """Do `work` in a keeper and give what it returns, b"" if the keeper was killed. Nothing it started is left.

    `work` gets a descriptor from which it reads the requests to end (signals) that come to this process, and which
    hangs up when this process ends. With `front` the keeper leads a session on a terminal of ours.
    """
    child.adopt_orphans()
    # A shell that became this program (exec) may have left it children, which are none of ours.
    strangers = children(os.getpid())
    lifeline, held = os.pipe()
    heard, told = os.pipe()
    launcher = os.getpid()
    keeper = os.fork()
    if keeper == 0:
        os.close(held)
        if front is None:
            _keep(work, lifeline, told=told)
        _lead(work, lifeline, told=told, front=front, launcher=launcher)
    for descriptor in (lifeline, told):
        os.close(descriptor)
    if front is None:
        _wait(keeper, held=held)
    else:
        front.serve(keeper, held=held)
    end_children(strangers)
    answer = b""
    while piece := os.read(heard, 65536):
        answer += piece
    for descriptor in (heard, held):
        os.close(descriptor)
    return answer


def _lead(work: Callable[[int], bytes], lifeline: int, *, told: int, front: Front, launcher: int) -> None:
    from wrapify.sandbox import monitor

    def led(lifeline: int) -> bytes:
        monitor.lead(front, launcher)
        try:
            return work(lifeline)
        finally:
            if alone(lifeline):
                end_children()
                front.theirs.mend()

    _keep(led, lifeline, told=told)


def _keep(work: Callable[[int], bytes], lifeline: int, *, told: int) -> NoReturn:
    try:
        # The watch takes them from the queue while the sandbox runs; before and after they must not end the keeper.
        heeded = [number for number in WATCHED if _signal.getsignal(number) != _signal.SIG_IGN]
        _signal.pthread_sigmask(_signal.SIG_BLOCK, heeded)
        child.adopt_orphans()
        os.write(told, work(lifeline))
    finally:
        end_children()
        os._exit(0)


def _wait(keeper: int, *, held: int) -> None:
    """Wait for the keeper; tell it of requests to end, and stop when it stops."""

    def tell(number: int, _: object) -> None:
        try:
            os.write(held, bytes([number]))
        except OSError:
            pass  # It has just ended.

    before = [(number, _signal.getsignal(number)) for number in WATCHED]
    for number, action in before:
        if action != _signal.SIG_IGN:
            _signal.signal(number, tell)
    while os.WIFSTOPPED(status := os.waitpid(keeper, os.WUNTRACED)[1]):
        time.sleep(SETTLE)
        if is_stopped(keeper):
            os.kill(os.getpid(), os.WSTOPSIG(status))
    for number, action in before:
        _signal.signal(number, action)


def alone(lifeline: int) -> bool:
    """Tell whether the launcher at the other end of `lifeline` is gone."""
    poll = select.poll()
    poll.register(lifeline, 0)
    return bool(poll.poll(0))


def end_children(others: Sequence[int] = ()) -> None:
    """Kill and wait for every child but `others`, and for those that become children by it, until there is none.

    A dead process that nobody waits for keeps its session keyring, of which a user may have 200. Only a process stuck
    in the kernel (a dead file server) takes longer than a moment, and is not waited for.
    """
    deadline = time.monotonic() + REAP_S
    while (ours := [pid for pid in children(os.getpid()) if pid not in others]) and time.monotonic() < deadline:
        for pid in ours:
            os.kill(pid, _signal.SIGKILL)
        if not any(os.waitpid(pid, os.WNOHANG)[0] for pid in ours):
            time.sleep(0.0002)
