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
    from wrapify.errors import WrapifyError
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
    if request.below and not (len(request.below) < 5 and request.below.isascii() and request.below.isdigit()):
        raise UsageError(f"{request.below!a} is no number of rows", "--below 1")
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
    hook = Hook(request.below)
    status, flagged, text = QUESTION, True, ""
    if request.judge or request.below:
        status, text = _judged(report, decision, request=request)
        flagged = status != QUESTION and decision.action != "allow"
    if status == QUESTION and not request.judge:
        if request.below:
            hook.begin()
        from wrapify.cli import question

        status, flagged = question.answered(report, decision, dirs=dirs, request=request, hook=hook), True
    if flagged:
        log("paste", report, decision=decision, dirs=dirs, answer=ANSWERS[status])
    return hook.obeys(status, text)


class Hook:
    """Hold what the hook hears. `rows` is how far below the cursor it wants the question (--below), 0 for none.

    Such a hook reads standard output through a pipe, and the terminal takes its place: colours and the width are right.
    """

    __slots__ = ("_descriptor", "rows")

    def __init__(self, below: str) -> None:
        self._descriptor = 1
        self.rows = int(below or 0)
        if below:
            self._descriptor = os.dup(1)
            terminal = _open_terminal()
            if terminal >= 0:
                os.dup2(terminal, 1)
                os.close(terminal)

    def obeys(self, status: int, text: str) -> int:
        """Hand over what is to stay on the terminal, and give the status back."""
        render.out(text, on=self._descriptor)
        return status

    def fails(self, problem: WrapifyError) -> int:
        """Say why nothing was asked; the line stays."""
        if self.rows:
            return self.obeys(EDIT, f"{NAME}{render.escape(problem.message)}\n")
        render.error(problem)
        return EDIT

    def begin(self) -> None:
        """Tell that a person is asked from here on, and be out of the reach of the hook's two seconds.

        SIGVTALRM is what its `timeout` sends then: it ends whatever does not know it, and no shell has it ignored.
        """
        _signal.signal(_signal.SIGVTALRM, _signal.SIG_IGN)
        render.out("asking\n", on=self._descriptor)

    def keep(self) -> None:
        """Tell that a line stands above the question which is to stay."""
        if self.rows:
            render.out("kept\n", on=self._descriptor)


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


def _judged(report: Report, decision: Decision, *, request: Request) -> tuple[int, str]:
    """Give the exit status, and what there is to say."""
    if decision.action == "block":
        return blocked(report, decision)
    if request.early:
        return QUESTION, ""
    if decision.action == "sandbox":
        return sandboxed(decision, continued=request.continued)
    if decision.action == "allow" and (request.burst or request.alone or not _is_input_waiting()):
        return RUN, ""
    return QUESTION, ""


def _is_input_waiting() -> bool:
    """Tell whether something waits behind the key that accepted, which then came with the paste; fish cannot tell."""
    import fcntl

    terminal = _open_terminal()
    try:
        return any(fcntl.ioctl(terminal, FIONREAD, bytes(4)))
    except (OSError, ValueError):
        return False
    finally:
        if terminal >= 0:
            os.close(terminal)


def _open_terminal() -> int:
    """Give a descriptor of the terminal, -1 if there is none."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return -1


FIONREAD = 0x541B
"""Count the bytes that wait (asm-generic/ioctls.h); the module termios costs more than all of this."""


def blocked(report: Report, decision: Decision) -> tuple[int, str]:
    """Give why a line is not run, and how to go on."""
    columns = verdict.width()
    hint = ",, in front tries it in a sandbox."
    if quick.ADMINISTRATOR not in decision.decided_by:
        hint += " wrapify policy trust TEXT has it asked about."
    hints = (render.styled(line, render.DIM, on=1) for line in verdict.wrapped(hint.split(), columns))
    return EDIT, "".join(f"{line}\n" for line in (*verdict.lines(report, decision, columns=columns), *hints))


def sandboxed(decision: Decision, *, continued: bool) -> tuple[int, str]:
    """Give why a line goes to a sandbox without a question, or that it cannot."""
    what = "not run: this belongs in a sandbox, which cannot take a line that continues another"
    about = f"{what if continued else 'in a sandbox'} ({decision.decided_by}): {decision.why}"
    columns = verdict.width() - len(NAME)
    text = ""
    for line in verdict.wrapped(verdict.fitted(about, 3 * columns).split(), columns):
        name = " " * len(NAME) if text else render.styled(NAME, render.DIM, on=1)
        text += f"{name}{render.styled(line, render.YELLOW, on=1)}\n"
    return (EDIT if continued else SANDBOX), text


NAME = "wrapify: "
