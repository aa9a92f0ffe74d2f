"""Pure. From a text to a report: the layers one after the other. Total: any bytes in, a report out."""

from __future__ import annotations

from wrapify.analysis.model import Report


def analyse(content: bytes, *, origin: str = "paste", shell: str = "bash") -> Report:
    """Tell what a text would do. `origin` is one of ORIGINS, `shell` the name of the shell that would run it."""
    return Report(content, origin=origin, shell=shell)
