"""Pure. Says what is decided and done to whoever asked for it (-v, WRAPIFY_LOG), by `logging` where that is on.

`logging` is imported by nobody but `cli/verbose.py`, which sets it up: where it is off, a call here costs nothing.
"""

from __future__ import annotations

import sys


def info(text: str, *values: object) -> None:
    """Say what matters: what was decided, what was started and how it ended."""
    if logging := sys.modules.get("logging"):
        logging.getLogger("wrapify").info(text, *values)


def debug(text: str, *values: object) -> None:
    """Say how: command lines, plans, probes, times."""
    if logging := sys.modules.get("logging"):
        logging.getLogger("wrapify").debug(text, *values)


def is_on() -> bool:
    """Tell whether anybody may be listening."""
    return "logging" in sys.modules
