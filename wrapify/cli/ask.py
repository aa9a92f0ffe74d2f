"""Touches: standard input, the policy. `wrapify ask`: what is to become of a pasted line; for the hooks in shell/.

It stands between a paste and the shell: without a question it imports what a check does, and whatever goes wrong is
no "run it". shell/README.md has the protocol.
"""

from __future__ import annotations

import _signal
import os

from wrapify import pasted, script
from wrapify.analysis.analyse import analyse
from wrapify.cli import render, verdict
from wrapify.cli.check import interpreter, judge, log
from wrapify.errors import ScriptRefused, UsageError
from wrapify.place import own_dirs
from wrapify.policy import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.model import Report
    from wrapify.cli.options import Request
    from wrapify.policy.decide import Decision

SANDBOX, EDIT, CANCEL, RUN, QUESTION = 10, 11, 12, 13, 20
ANSWERS = {SANDBOX: "sandbox", EDIT: "edit", CANCEL: "cancel", RUN: "run"}
ENTER_CAME = "Enter came with the paste"


def ask(request: Request) -> int:
    """Say what is to become of a pasted line; the hooks of the shells start it.

    Standard input is BEFORE NUL AFTER NUL LINE NUL. Exit status 10: to the sandbox, 11: back to the editor, 12: drop
    it, 13: run it, 20 (--judge): ask without --judge. Any other is a failure.
    """
    if request.words:
        raise UsageError("`ask` takes the line from standard input", "wrapify check TEXT judges a text")
    # `timeout` puts its command into the background, where a terminal may be set to stop whoever writes to it.
    _signal.signal(_signal.SIGTTOU, _signal.SIG_IGN)
    dirs = own_dirs()
    if quick.is_off(dirs):
        # The hook is to write it all, and not into a pipe that nobody reads.
        while os.read(0, script.PIECE):
            pass
        return RUN
    rules = quick.rules(dirs)
    content = script.read_text(0, rules.largest)
    report = _report(content, shell=interpreter(request.shell))
    if not report.content.strip(b" \t\n"):
        return RUN
    decision = judge(report, dirs, rules=rules)
    if request.judge:
        status = _judged(report, decision, request=request)
        flagged = status != QUESTION and decision.action != "allow"
    else:
        from wrapify.cli import question

        status, flagged = question.answered(report, decision, dirs=dirs, request=request), True
    if flagged:
        log("paste", report, decision=decision, dirs=dirs, answer=ANSWERS[status])
    return status


def _report(content: bytes, *, shell: str) -> Report:
    """Analyse a line as it came, without what was typed around the paste. Raises ScriptRefused."""
    found = pasted.parts(content)
    if found is None:
        hint = 'it is BEFORE NUL AFTER NUL LINE NUL; load the hook again: eval "$(wrapify init bash)"'
        raise ScriptRefused("the line did not come as a hook sends it, so it is not judged", hint)
    before, after, line = found
    report = analyse(line, origin="paste", shell=shell)
    where = pasted.span(before, after, line=line)
    if report.findings and where != (0, len(line)):
        plain = analyse(pasted.neutral(line, where), origin="paste", shell=shell)
        report.findings = pasted.counting(report.findings, plain.findings, where=where)
    return report


def _judged(report: Report, decision: Decision, *, request: Request) -> int:
    if decision.action == "block":
        return blocked(report, decision)
    if request.early:
        return QUESTION
    if decision.action == "sandbox":
        return sandboxed(decision, continued=request.continued)
    if decision.action == "allow" and (request.burst or not _is_input_waiting()):
        return RUN
    return QUESTION


def _is_input_waiting() -> bool:
    """Tell whether something waits behind the key that accepted, which then came with the paste; fish cannot tell."""
    import fcntl

    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return any(fcntl.ioctl(terminal, FIONREAD, bytes(4)))
    except OSError:
        return False
    finally:
        os.close(terminal)


FIONREAD = 0x541B
"""Count the bytes that wait (asm-generic/ioctls.h); the module termios costs more than all of this."""


def blocked(report: Report, decision: Decision) -> int:
    """Say why a line is not run, and how to go on."""
    columns = verdict.width()
    for line in verdict.lines(report, decision, columns=columns):
        render.out(f"{line}\n")
    hint = ",, in front tries it in a sandbox."
    if quick.ADMINISTRATOR not in decision.decided_by:
        hint += " wrapify policy trust TEXT has it asked about."
    for line in verdict.wrapped(hint.split(), columns):
        render.out(f"{render.styled(line, render.DIM, on=1)}\n")
    return EDIT


def sandboxed(decision: Decision, *, continued: bool) -> int:
    """Say that a line goes to a sandbox without a question, and why; or that it cannot."""
    what = "not run: this belongs in a sandbox, which cannot take a line that continues another"
    about = f"{what if continued else 'in a sandbox'} ({decision.decided_by}): {decision.why}"
    columns = verdict.width() - len(NAME)
    for number, line in enumerate(verdict.wrapped(verdict.fitted(about, 3 * columns).split(), columns)):
        name = " " * len(NAME) if number else render.styled(NAME, render.DIM, on=1)
        render.out(f"{name}{render.styled(line, render.YELLOW, on=1)}\n")
    return EDIT if continued else SANDBOX


NAME = "wrapify: "
