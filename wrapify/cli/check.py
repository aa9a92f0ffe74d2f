"""Touches: standard input, the policy. `wrapify check`: judge a text and run nothing; the exit status is the decision.

It stands between a paste and the shell, so it imports next to nothing, and whatever goes wrong is no "allow".
"""

from __future__ import annotations

import os
import time

from wrapify import script, tracing
from wrapify.analysis.analyse import analyse
from wrapify.analysis.model import ORIGINS
from wrapify.cli import render, verdict
from wrapify.errors import UsageError
from wrapify.place import own_dirs
from wrapify.policy import quick
from wrapify.policy.decide import decide
from wrapify.shells import INTERPRETERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from wrapify.analysis.model import Report
    from wrapify.cli.options import Request
    from wrapify.paths import Dirs
    from wrapify.policy.decide import Decision

STATUS = {"allow": 0, "ask": 20, "sandbox": 21, "block": 22}


def check(request: Request) -> int:
    """Judge a text, and run nothing. Exit status 0: allow, 20: ask, 21: sandbox, 22: block; any other is a failure."""
    origin = _named("origin", request.origin or "paste", known=ORIGINS)
    shell = interpreter(request.shell)
    dirs = own_dirs()
    rules = quick.rules(dirs)
    report = analyse(_content(request, rules.largest), origin=origin, shell=shell)
    return told(report, dirs, rules=rules, as_json=request.as_json)


def told(report: Report, dirs: Dirs, *, rules: quick.Rules, as_json: bool) -> int:
    """Decide about a text, print the decision and give the exit status that stands for it."""
    decision = judge(report, dirs, rules=rules)
    if decision.action != "allow":
        log("check", report, decision=decision, dirs=dirs)
    if as_json:
        render.out(verdict.as_json(report, decision, digest=script.digest(report.content)))
    else:
        columns = verdict.width()
        render.out("".join(f"{line}\n" for line in verdict.lines(report, decision, columns=columns)))
    return STATUS[decision.action]


def judge(report: Report, dirs: Dirs, *, rules: quick.Rules) -> Decision:
    """Decide about a text by the policy and by what the user trusts."""
    trusted = bool(report.findings or report.facts) and _trusts(report, dirs)
    decision = decide(report, rules.actions, trusted=trusted)
    tracing.info("decided: %s, by %s: %s", decision.action, decision.decided_by, decision.why)
    if tracing.is_on():
        for finding in report.findings:
            tracing.debug("found: %s (%s) at %d to %d", finding.rule, finding.severity, finding.start, finding.end)
        tracing.debug("facts: %s", ", ".join(sorted(report.facts)) or "none")
    return decision


def log(what: str, report: Report, *, decision: Decision, dirs: Dirs, answer: str = "") -> None:
    """Write down what was decided about a text, and what a person chose."""
    from wrapify import audit, event

    digest = script.digest(report.content)
    audit.note(dirs, event.judged(what, report, decision=decision, digest=digest, answer=answer))


def _trusts(report: Report, dirs: Dirs) -> bool:
    entries = quick.read_trust(dirs)
    if entries is None:
        hint = "wrapify policy distrust --all removes it"
        render.note(f"{quick.trust_path(dirs)} is damaged, so no text is trusted; {hint}")
        return False
    entry = entries.get(script.digest(report.content)) if entries else None
    return entry is not None and entry.covers((one.rule for one in report.findings), now=time.time())


def interpreter(name: str) -> str:
    """Give the name of the interpreter that would run a text; the user's own if none is named. Raises UsageError."""
    return _named("shell", name, known=INTERPRETERS) if name else own_shell()


def own_shell() -> str:
    """Give the name of the user's own shell if it is known here, else bash."""
    name = os.environ.get("SHELL", "").rsplit("/", 1)[-1]
    return name if name in INTERPRETERS else "bash"


def _named(what: str, name: str, *, known: Iterable[str]) -> str:
    if name in known:
        return name
    import difflib

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]
    raise UsageError(f"there is no {what} {name!a:.60}", f"did you mean {near!r}?")


def _content(request: Request, largest: int) -> bytes:
    if len(request.words) > 1:
        raise UsageError("`check` takes one text", "quote it as one word, or pipe it into wrapify check")
    if request.words and request.words[0] != "-":
        return script.bounded(os.fsencode(request.words[0]), largest)
    if os.isatty(0):
        render.say("wrapify: type or paste the text, then Ctrl-D on a line of its own")
    return script.read_text(0, largest)
