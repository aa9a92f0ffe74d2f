"""Pure. From a text to a report: the layers one after the other. Total: any bytes in, a report out."""

from __future__ import annotations

from itertools import islice

from wrapify.analysis import characters, hosts, needs
from wrapify.analysis.model import Finding, Report
from wrapify.analysis.rules import RULES
from wrapify.analysis.seen import Remark, Seen, as_finding
from wrapify.analysis.values import DECODED, NETWORK, PROGRAM
from wrapify.analysis.walk import follow

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 100
"""Findings of one rule in a text: nobody reads the next one."""
UNREAD = "not-read-whole"
UNREADABLE = ("too long", "too much", "nested too deep")
"""How troubles of a reader begin that leave a part of the text unread."""
SHELLS = frozenset(("bash", "zsh", "fish", "sh"))


def analyse(content: bytes, *, origin: str = "paste", shell: str = "bash") -> Report:
    """Tell what a text would do.

    `origin` is one of ORIGINS, `shell` the name of what would run it: a shell, else a language such as python3. A
    shell that is not known is read as sh.
    """
    report = Report(content, origin=origin, shell=shell)
    text = content.decode("utf-8", "surrogateescape")
    reading, course = follow(text, shell=shell, arguments=origin == "pipe")
    seen = Seen(reading, course, origin=origin, shell=shell)
    report.add(_found(seen))
    report.facts = frozenset(_facts(seen, report))
    return report


def _found(seen: Seen) -> Iterator[Finding]:
    yield from characters.found(seen.text)
    yield from hosts.found(seen.text)
    for rule, found in RULES:
        for remark in islice(found(seen), MOST):
            yield as_finding(rule, remark, text=seen.text)
    unread = _unread(seen)
    if unread is not None:
        why = "is too long or too deep to be read to its end"
        remark = Remark(
            why, advice="run it in a sandbox: there it does not matter what it holds", severity="medium", at=unread
        )
        yield as_finding(UNREAD, remark, text=seen.text)


def _unread(seen: Seen) -> tuple[int, int] | None:
    """Give the part of a text that was not read, None if there is none."""
    starts = [at for at, what in seen.reading.troubles if what.startswith(UNREADABLE)]
    if starts or seen.course.cut:
        return min(starts, default=0), len(seen.text)
    return None


def _facts(seen: Seen, report: Report) -> Iterator[str]:
    """Give the keys of FACTS that hold."""
    rules = {finding.rule for finding in report.findings}
    origins = 0
    for feed in seen.course.feeds:
        origins |= feed.content.origins
    held = {
        "needs-root": needs.root(seen.course),
        "needs-network": needs.network(seen.course),
        "runs-download": bool(origins & NETWORK) or "download-run" in rules,
        "runs-decoded": bool(origins & DECODED) or "decoded-run" in rules,
        "runs-local": bool(origins & PROGRAM),
        "writes-start-up": "persistence" in rules,
        "incomplete": bool(seen.reading.troubles),
        "not-read-whole": UNREAD in rules,
    }
    return (name for name, holds in held.items() if holds)
