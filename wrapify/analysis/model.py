"""Pure. What the analyser says: a report of findings and facts.

Plain classes with slots: this stands on the path of every start, where importing dataclasses costs more than a report.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SEVERITIES = ("info", "low", "medium", "high", "critical")
"""From what is only worth knowing to what nobody wants; a policy maps each to an action."""

ORIGINS = ("typed", "paste", "pipe", "clipboard")
"""Where a text comes from."""

FACTS = {
    "needs-root": "asks for the rights of root",
    "needs-network": "needs the network",
    "runs-download": "runs code that it downloads",
    "runs-decoded": "runs code that it decodes first",
    "runs-local": "runs code that a program of this machine prints",
    "writes-start-up": "writes a file that runs at every login or start",
    "incomplete": "is not a complete line for its shell",
    "not-read-whole": "is too long or too deep to be read to its end",
}
"""What a report may state besides findings."""


class Finding:
    """Hold one thing found.

    `start` and `end` are byte offsets in the text as it was given. `why` and `advice` are one sentence each, without
    a raw character of the text: what they quote is revealed. `via` says where it was found if not in plain sight
    ("in what base64 decodes"), else "".
    """

    __slots__ = ("advice", "end", "rule", "severity", "start", "via", "why")

    def __init__(self, rule: str, severity: str, *, span: tuple[int, int], why: str, advice: str) -> None:
        self.rule = rule
        self.severity = severity
        self.start, self.end = span
        self.why = why
        self.advice = advice
        self.via = ""

    def key(self) -> tuple[object, ...]:
        """Give what tells one finding from another."""
        return (self.rule, self.severity, self.start, self.end, self.why, self.via)


class Report:
    """Hold what was found in a text, and the facts about it (keys of `FACTS`).

    `findings` begin with the gravest; those of one severity come in the order of the text.
    """

    __slots__ = ("content", "facts", "findings", "origin", "shell")

    def __init__(self, content: bytes, *, origin: str, shell: str) -> None:
        self.content = content
        self.origin = origin
        self.shell = shell
        self.findings: tuple[Finding, ...] = ()
        self.facts: frozenset[str] = frozenset()

    def add(self, findings: Iterable[Finding]) -> None:
        """Take findings in, the same one once, and put all in order."""
        known = {finding.key(): finding for finding in (*self.findings, *findings)}
        order = {severity: -rank for rank, severity in enumerate(SEVERITIES)}
        self.findings = tuple(sorted(known.values(), key=lambda one: (order[one.severity], one.start, one.rule)))

    def worst(self) -> str:
        """Give the gravest severity, "" if nothing was found."""
        return self.findings[0].severity if self.findings else ""

    def line_of(self, finding: Finding) -> int:
        """Give the number of the line, from 1, in which a finding begins."""
        return self.content.count(b"\n", 0, finding.start) + 1
