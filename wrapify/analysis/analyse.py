"""Pure. From a text to a report: the layers one after the other. Total: any bytes in, a report out."""

from __future__ import annotations

from wrapify.analysis import shell as sh
from wrapify.analysis.model import Report
from wrapify.analysis.walk import walk


def analyse(content: bytes, *, origin: str = "paste", shell: str = "bash") -> Report:
    """Tell what a text would do. `origin` is one of ORIGINS, `shell` the name of the shell that would run it."""
    report = Report(content, origin=origin, shell=shell)
    text = content.decode("utf-8", "surrogateescape")
    reading = sh.read(text, dialect=shell)
    course = walk(reading, dialect=shell, arguments=origin == "pipe")
    report.course = course
    return report
