"""Pure. From a text to a report: the layers one after the other. Total: any bytes in, a report out."""

from __future__ import annotations

from wrapify.analysis.model import Report
from wrapify.analysis.seen import Seen, as_finding
from wrapify.analysis.walk import follow


def analyse(content: bytes, *, origin: str = "paste", shell: str = "bash") -> Report:
    """Tell what a text would do. `origin` is one of ORIGINS, `shell` the name of the shell that would run it."""
    report = Report(content, origin=origin, shell=shell)
    text = content.decode("utf-8", "surrogateescape")
    seen = _seen(text, origin=origin, shell=shell)
    report.add(as_finding(rule, remark, text=text) for rule, found in rules() for remark in found(seen))
    return report


def rules() -> tuple:  # type: ignore[type-arg]
    from wrapify.analysis.rules import RULES

    return RULES


def _seen(text: str, *, origin: str, shell: str) -> Seen:
    reading, course = follow(text, shell=shell, arguments=origin == "pipe")
    return Seen(reading, course, origin=origin, shell=shell)
