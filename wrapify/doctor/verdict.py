"""Pure. What a check says of a machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wrapify.doctor.seen import Seen

OK, NOTE, LIMITED, BROKEN = "ok", "note", "limited", "broken"
"""In order of weight. A note is worth knowing, and nothing is lacking; broken: wrapify cannot do its work."""
STATUS = {OK: 0, NOTE: 0, LIMITED: 1, BROKEN: 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Say how one thing stands. `means` is what a user loses by it, `remedy` the lines that mend it."""

    level: str
    text: str
    means: str = ""
    remedy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Declare one check. `judge` gives None where there is nothing to say on this machine."""

    name: str
    group: str
    judge: Callable[[Seen], Verdict | None]


def ok(text: str) -> Verdict:
    """Say that all is well."""
    return Verdict(OK, text)


def status(verdicts: list[Verdict]) -> int:
    """Give the exit status: 0 all well, 1 something is lacking, 2 wrapify cannot do its work."""
    return max((STATUS[one.level] for one in verdicts), default=0)
