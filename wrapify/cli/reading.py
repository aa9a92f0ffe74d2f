"""Touches: the policy. What the analyser says of a script that is about to run in a sandbox: notes, or a refusal."""

from __future__ import annotations

from wrapify import script
from wrapify.analysis.analyse import analyse
from wrapify.cli.check import judge
from wrapify.errors import Blocked, WrapifyError
from wrapify.policy import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.model import Finding, Report
    from wrapify.paths import Dirs
    from wrapify.place import Place
    from wrapify.policy.decide import Decision

MOST = 4
"""Notes about a script; the rest is counted."""
WORTH = ("critical", "high", "medium")


class Judged:
    """Hold what is known of a script: its report, and whether it is so grave that it gets no network by itself."""

    __slots__ = ("grave", "report")

    def __init__(self, report: Report) -> None:
        self.report = report
        self.grave = report.worst() == "critical"

    def network(self) -> bool:
        """Tell whether the profile "auto" is to give it the network."""
        return "needs-network" in self.report.facts and not self.grave

    def notes(self) -> Iterator[str]:
        """Say what it would do, a line each, the gravest first."""
        found = list(_once(self.report))
        for finding in found[:MOST]:
            yield f"line {self.report.line_of(finding)}: {finding.why}"
        if len(found) > MOST:
            yield f"and {len(found) - MOST} more like these: wrapify check shows them all"
        if self.grave and "needs-network" in self.report.facts:
            yield "it gets no network because of that; -p online gives it one"


def judged(content: bytes, place: Place, *, shell: str, origin: str) -> Judged:
    """Judge a script before it runs. Raises Blocked if a policy file says that it is not to run anywhere.

    What wrapify itself would block outside is what a sandbox is for, so it runs.
    """
    report = analyse(content, origin=origin, shell=shell)
    refuse(judge(report, place.dirs, rules=quick.rules(place.dirs)))
    return Judged(report)


def refuse(decision: Decision) -> None:
    """Raise Blocked if a policy file says so."""
    if decision.action == "block" and not decision.decided_by.endswith("default"):
        raise Blocked(f"the policy blocks this script: {decision.why}", f"decided by {decision.decided_by}")


def refused(problem: WrapifyError, dirs: Dirs, *, content: bytes = b"", origin: str = "pipe") -> WrapifyError:
    """Write down that a script was not run, and give the failure back."""
    from wrapify import audit
    from wrapify.event import Event

    about = {"sha256": script.digest(content), "text": content[: 1 << 14].decode("utf-8", "replace")} if content else {}
    decision = "block" if isinstance(problem, Blocked) else ""
    audit.note(
        dirs, Event("refused", decision=decision, why=problem.message, hint=problem.hint, origin=origin, **about)
    )
    return problem


def _once(report: Report) -> Iterator[Finding]:
    """Give the findings that are worth a line, each rule and line once."""
    seen = set()
    for finding in report.findings:
        key = (finding.rule, finding.why)
        if finding.severity in WORTH and key not in seen:
            seen.add(key)
            yield finding
