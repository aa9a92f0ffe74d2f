"""Pure. What a rule looks at: the text, the course through it, and how to point at a part of it."""

from __future__ import annotations

from wrapify.analysis.hits import size
from wrapify.analysis.model import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Course, Feed, Invocation
    from wrapify.analysis.tree import Reading
    from wrapify.analysis.values import Content


class Seen:
    """Hold what is known of one text. `text` is as decoded, `course` what the walk through it found."""

    __slots__ = ("course", "origin", "reading", "shell", "text")

    def __init__(self, reading: Reading, course: Course, *, origin: str, shell: str) -> None:
        self.reading = reading
        self.text = reading.text
        self.course = course
        self.origin = origin
        self.shell = shell

    def calls(self, *names: str) -> Iterator[Invocation]:
        """Give the calls of programs with one of these plain names; all calls if none is given."""
        wanted = frozenset(names)
        return (by for by in self.course.invocations if not wanted or by.name in wanted)

    def with_rights(self) -> Iterator[Invocation]:
        """Give the calls that run as root, or ask to."""
        from wrapify.analysis.programs import RIGHTS

        return (by for by in self.course.invocations if by.name in RIGHTS or not RIGHTS.isdisjoint(by.wrappers))

    def fed(self, origins: int) -> Iterator[Feed]:
        """Give the code that would be run and comes from one of `origins`."""
        return (feed for feed in self.course.feeds if feed.content.origins & origins)

    def written(self) -> Iterator[tuple[str, Content, Invocation | None]]:
        """Give the files that are written by redirection, with what and by whom."""
        return iter(self.course.written)

    def mentions(self, *texts: str) -> str:
        """Give the first of `texts` that stands in the text as it is, "" if none does."""
        return next((one for one in texts if one in self.text), "")


class Remark:
    """Hold what a rule found, before it is a Finding: characters instead of bytes."""

    __slots__ = ("advice", "end", "severity", "start", "via", "why")

    def __init__(self, why: str, *, advice: str, severity: str, at: Invocation | tuple[int, int]) -> None:
        self.why = why
        self.advice = advice
        self.severity = severity
        self.start, self.end = at if isinstance(at, tuple) else (at.start, at.end)
        self.via = "" if isinstance(at, tuple) else at.via


def as_finding(rule: str, remark: Remark, *, text: str) -> Finding:
    """Make a Finding of a remark, with byte offsets."""
    start, end = remark.start, remark.end
    if not text.isascii():
        start = size(text[:start])
        end = start + size(text[remark.start : end])
    finding = Finding(
        rule, remark.severity, span=(start, end), why=_sentence(remark.why), advice=_sentence(remark.advice)
    )
    finding.via = remark.via
    return finding


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
