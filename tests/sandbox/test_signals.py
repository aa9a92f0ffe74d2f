"""A request to end reaches the command once, whether it was sent to wrapify alone or to the whole process group."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import pytest

from tests.conftest import Wrapify

pytestmark = pytest.mark.sandbox

COUNT = """
import signal
ends = {signal.SIGTERM, signal.SIGHUP}
signal.pthread_sigmask(signal.SIG_BLOCK, ends)
print("ready", flush=True)
heard = []
while told := signal.sigtimedwait(ends, 10 if not heard else 1):
    heard.append(signal.Signals(told.si_signo).name)
print(*heard, flush=True)
raise SystemExit(len(heard))
"""


def started(wrapify: Wrapify) -> subprocess.Popen[str]:
    """Start a program that counts the requests to end it gets, in a process group of its own."""
    # Whoever started the tests under nohup(1) left HUP ignored, and wrapify respects that.
    heeding = ("/usr/bin/env", "--default-signal=HUP,TERM")
    run = subprocess.Popen(
        [*heeding, str(wrapify.program), "run", "-q", "/usr/bin/python3", "-c", COUNT],
        cwd=wrapify.home, env=wrapify.environment(), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        start_new_session=True, **wrapify.user.drop,
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    return run


@pytest.mark.parametrize("send", [os.kill, os.killpg])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_comes_once(each_bwrap: Wrapify, send: Callable[[int, int], None], number: signal.Signals) -> None:
    run = started(each_bwrap)
    send(run.pid, number)
    said, _ = run.communicate(timeout=30)
    assert (said, run.returncode) == (f"{number.name}\n", 1)


def test_timeout_asks_once(each_bwrap: Wrapify) -> None:
    words = ("timeout", "-v", "3", each_bwrap.program, "run", "-q", "/usr/bin/python3", "-c", COUNT)
    done = subprocess.run(
        words, cwd=each_bwrap.home, env=each_bwrap.environment(), text=True, capture_output=True, timeout=60,
        check=False, **each_bwrap.user.drop,
    )  # fmt: skip
    assert done.stdout == "ready\nSIGTERM\n"
    assert done.returncode == 124
