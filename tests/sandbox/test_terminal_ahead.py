"""What is typed ahead: a sandbox reads as much of it as the program inside does, and all else is left to the shell.

Many short turns, and the keys at another moment in each: what gets lost, gets lost in a moment of a few milliseconds.
"""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Wrapify, need

pytestmark = pytest.mark.sandbox

LATER = "touch later"
SHELL = 'set -m; "$w" run -q {}; IFS= read -r -t 1 left; printf %s "$left" >left'
SECONDS = 30.0


def left(wrapify: Wrapify, command: str, typed: str, *, after: float) -> str:
    """Run a command at a terminal on which this is typed, and give what a shell reads there afterwards."""
    master, slave = pty.openpty()
    words = [need("setsid"), "-c", "-w", "bash", "-c", SHELL.format(command)]
    env = wrapify.environment(w=str(wrapify.program))
    streams: dict[str, Any] = {"stdin": slave, "stdout": slave, "stderr": slave, "cwd": wrapify.home, "env": env}
    with subprocess.Popen(words, **streams, **wrapify.user.drop) as shell:
        os.close(slave)
        at = time.monotonic()
        text = typed.encode()
        while shell.poll() is None:
            if text and time.monotonic() - at >= after:
                text = text[os.write(master, text) :]
            if select.select([master], [], [], 0.002)[0]:
                try:
                    os.read(master, 65536)
                except OSError:
                    break  # Nobody holds the other end any more.
            assert time.monotonic() - at < SECONDS, command
    os.close(master)
    return Path(wrapify.home, "left").read_bytes().decode().strip("\r")


@pytest.mark.parametrize(
    ("filtered", "command", "typed", "turns"),
    [
        ("off", "true", "", 5),
        ("on", "true", "", 25),
        ("on", "sh -c 'read -r x; echo got:$x'", "one\n", 6),
        ("on", "bash -c 'read -rs x; sleep 0.05'", "secret\r", 6),
        ("on", "less lines", "q", 6),
        ("on", "bash --norc", "exit\r", 6),
    ],
)
def test_what_the_program_did_not_read_is_the_shells(
    wrapify: Wrapify, filtered: str, command: str, typed: str, turns: int
) -> None:
    need(command.split()[0])
    wrapify.put("lines", "a line\n" * 1000)
    assert wrapify("policy", "set", "terminal.filter", filtered).returncode == 0
    assert wrapify("run", "-q", "true").returncode == 0
    for turn in range(turns):
        # At once, or while it starts.
        after = turn % 3 * 0.03
        assert left(wrapify, command, f"{typed}{LATER}\r", after=after) == LATER, f"typed after {after} s"
