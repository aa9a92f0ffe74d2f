"""A `wrapify clip watch` that runs while a test looks at it, with a notify-send that writes down what it is told."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.clipboard.displays import PATH
from tests.conftest import Wrapify
from tests.sandbox.terminal import until

NOTIFIER = """#!/bin/sh
printf '%s\\n' "$@" >>"$HOME/notices"
"""


class Watching:
    """Hold one that runs."""

    def __init__(self, wrapify: Wrapify, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self._notices = wrapify.home / "notices"

    def log(self) -> str:
        return self._log.read_text()

    def notices(self) -> str:
        return self._notices.read_text() if self._notices.exists() else ""

    def says(self, text: str) -> None:
        until(lambda: text in self.log(), lambda: f"{text!r} in\n{self.log()}")

    def notifies(self, text: str) -> None:
        # A text that nobody copied is read again after some time only, on a busy machine after half a minute.
        until(lambda: text in self.notices(), lambda: f"{text!r} in\n{self.notices()}\n{self.log()}", seconds=90)

    def seconds(self) -> float:
        """Give the time that it has taken from the processor, with the programs that it started."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def watching(wrapify: Wrapify, *words: str, notifying: bool = True) -> Iterator[Watching]:
    """Watch the clipboard of the display that `wrapify` has."""
    path = PATH
    if notifying:
        wrapify.put("tools/notify-send", NOTIFIER, 0o755)
        path = f"{wrapify.home}/tools:{PATH}"
    log = wrapify.home / "log"
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [str(wrapify.program), "clip", "watch", *words],
            stderr=sink,
            stdout=sink,
            stdin=subprocess.DEVNULL,
            env=wrapify.environment(PATH=path),
            **wrapify.user.drop,
        )
    one = Watching(wrapify, process, log)
    try:
        one.says("watching")
        yield one
    finally:
        process.kill()
        process.wait(20)
