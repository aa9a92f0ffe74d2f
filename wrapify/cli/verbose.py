"""Touches: standard error, the file that WRAPIFY_LOG_FILE names. Python's `logging`, where somebody asked for it.

Imported for nobody else: `logging` costs more than all the rest of a start.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping

from wrapify.cli import render
from wrapify.errors import UsageError
from wrapify.redact import redacted

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
BY_COUNT = {0: logging.NOTSET, 1: logging.INFO}
LONGEST = 20_000
"""Characters of one message; the command line of a bwrap has some ten thousand."""


class Teller(logging.Handler):
    """Write messages to standard error, or to a file that is open: a line each, without secrets, all of it visible."""

    def __init__(self, level: int, *, descriptor: int = -1) -> None:
        super().__init__(level)
        self._descriptor = descriptor
        self._began = time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Write one message. One that cannot be written is lost."""
        text = render.escape(redacted(record.getMessage()[:LONGEST]))
        if self._descriptor < 0:
            stamp = f"{(time.monotonic() - self._began) * 1000:7.1f} ms"
            render.say(render.styled(f"wrapify: {stamp}  {text}", render.DIM))
            return
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = f"{stamp}.{int(record.msecs):03}Z {os.getpid()} {record.levelname.lower()} {text}\n"
        try:
            os.write(self._descriptor, line.encode("ascii", "backslashreplace"))
        except OSError:
            return


def begin(count: int, env: Mapping[str, str], *, quiet: bool) -> None:
    """Set `logging` up: `count` times -v, WRAPIFY_LOG and WRAPIFY_LOG_FILE. Raises UsageError.

    `quiet`: nothing but -v has standard error written to, as the hooks of the shells want it.
    """
    named = env.get("WRAPIFY_LOG", "")
    if named and named not in LEVELS:
        raise UsageError(
            f"WRAPIFY_LOG is {named!a:.40}", f"it takes {', '.join(LEVELS)}; WRAPIFY_LOG_FILE names a file"
        )
    wanted = BY_COUNT.get(count, logging.DEBUG) or (0 if quiet else LEVELS.get(named, 0))
    logger = logging.getLogger("wrapify")
    logger.propagate = False
    handlers = [Teller(wanted)] if wanted else []
    if path := env.get("WRAPIFY_LOG_FILE", ""):
        handlers.append(Teller(LEVELS.get(named, logging.DEBUG), descriptor=_opened(path)))
    for handler in handlers:
        logger.addHandler(handler)
    logger.setLevel(min((handler.level for handler in handlers), default=logging.CRITICAL))


def _opened(path: str) -> int:
    """Open a file to write more to. Raises UsageError."""
    how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
    try:
        return os.open(path, how, 0o600)
    except OSError as problem:
        why = problem.strerror or problem
        raise UsageError(f"WRAPIFY_LOG_FILE: {path!a:.200} cannot be written: {why}", "name another file") from problem
