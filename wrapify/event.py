"""Pure. What is written down of one thing that wrapify was asked, decided or did; nothing in it is a secret."""

from __future__ import annotations

from wrapify.jsontext import written
from wrapify.redact import excerpt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.model import Report
    from wrapify.policy.decide import Decision

FORMAT = 1
MOST = 10
"""Rules, paths and hosts that are named."""


class Event:
    """Hold one event: `what` happened, and what is known of it. What is empty is left out."""

    __slots__ = ("known", "what")

    def __init__(self, what: str, **known: object) -> None:
        self.what = what
        self.known = known


def judged(what: str, report: Report, *, decision: Decision, digest: str, answer: str = "") -> Event:
    """Give the event of a text that was judged. `digest` is its SHA-256, `answer` what a person chose."""
    return Event(
        what,
        decision=decision.action,
        answer=answer,
        by=decision.decided_by,
        rules=list(dict.fromkeys(finding.rule for finding in report.findings))[:MOST],
        origin=report.origin,
        shell=report.shell,
        sha256=digest,
        text=report.content[: 1 << 14].decode("utf-8", "replace"),
    )


def line(event: Event, name: str, *, moment: str) -> bytes:
    """Write an event as a line of JSON. `name` is its own, `moment` when it happened, in UTC."""
    about: dict[str, object] = {"version": FORMAT, "id": name, "time": moment, "event": event.what}
    for key, value in event.known.items():
        if value not in ("", (), [], None):
            about[key] = _safe(value) if key != "sha256" else value
    return (written(about) + "\n").encode("ascii")


def _safe(value: object) -> object:
    """Take what may be a secret out of the texts in a value."""
    if isinstance(value, (list, tuple)):
        return [_safe(one) for one in value[:MOST]]
    return excerpt(value) if isinstance(value, str) else value
