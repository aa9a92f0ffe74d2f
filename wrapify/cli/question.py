"""Touches: the terminal, the list of trusted texts. The question about a pasted line: a short report and one key."""

from __future__ import annotations

from wrapify.cli import render, verdict
from wrapify.cli.ask import CANCEL, EDIT, ENTER_CAME, NAME, RUN, SANDBOX, blocked, sandboxed
from wrapify.cli.panel import Panel
from wrapify.cli.terminal import Gone, Terminal
from wrapify.cli.whole import rows
from wrapify.errors import WrapifyError
from wrapify.policy import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.model import Report
    from wrapify.cli.ask import Hook
    from wrapify.cli.options import Request
    from wrapify.paths import Dirs
    from wrapify.policy.decide import Decision

MOST = 2
"""Findings that are told in the question; `v` marks all."""
WIDEST = 100
PAGES = "[space] on  [b]ack  [q] to the question"
CAME_FAST = "This came faster than anybody types"
CONTINUES = "It continues a line before, so no sandbox can take it."
ROOT = "The sandbox has root in a throw-away copy: nothing real changes."
KEYS = {
    "s": "[Enter/s] sandbox",
    "v": "[v]iew",
    "r": "[r]un here",
    "a": "[a]lways run this",
    "e": "[e]dit",
    "c": "[c]ancel",
    "?": "[?]",
}
ANSWERS = {"s": SANDBOX, "r": RUN, "e": EDIT, "c": CANCEL}
HELP = {
    "s": "run it in a sandbox; nothing on this machine changes until you say so",
    "v": "show all of the text, with what is hidden in it",
    "r": "run it here, on this machine",
    "a": "run it here, and for {} days ask nothing about exactly this text",
    "e": "back to the editor, unchanged; also Esc, Ctrl-C, Ctrl-D",
    "c": "do not run this text; history brings it back for a sandbox",
}


def answered(report: Report, decision: Decision, *, dirs: Dirs, request: Request, hook: Hook) -> int:
    """Ask about a line, and give the exit status. Where nothing can be asked it goes back to the editor."""
    if decision.action == "block":
        return hook.obeys(*blocked(report, decision))
    if decision.action == "sandbox" and not request.early:
        return hook.obeys(*sandboxed(decision, continued=request.continued))
    try:
        with Terminal() as terminal:
            return Question(report, decision, dirs=dirs, request=request).put(terminal, hook)
    except (OSError, Gone) as problem:
        return hook.fails(WrapifyError(f"nothing can be asked here, so it was not run: {problem}"))
    except WrapifyError as problem:
        return hook.fails(problem)


class Question:
    """Hold the talk about one line."""

    def __init__(self, report: Report, decision: Decision, *, dirs: Dirs, request: Request) -> None:
        self._report = report
        self._decision = decision
        self._dirs = dirs
        self._request = request
        self._is_explained = self._is_whole = False
        self._days = 0
        self._trouble = ""

    def put(self, terminal: Terminal, hook: Hook) -> int:
        """Ask until there is an answer, and give it as an exit status. Raises Gone."""
        came = terminal.drained()
        panel = Panel(terminal)
        panel.go_down(hook.rows)
        try:
            if text := _told(came):
                panel.keep(_line("also came, and was not run: ", text, width=min(panel.width, WIDEST)))
                hook.keep()
            panel.draw(list(self._lines(panel)))
            terminal.shown()
            while (status := self._take(terminal.key(), panel)) is None:
                pass
            return status
        finally:
            panel.go_back()

    def _take(self, pressed: str, panel: Panel) -> int | None:
        """Take one key; None if it is no answer. Raises Gone."""
        key = {"enter": "s", "escape": "e", "end": "e"}.get(pressed, pressed)
        if key not in self._keys() or (key in ("r", "a") and panel.is_hasty):
            return None
        if key == "v":
            self._view(panel)
        elif key == "?":
            self._is_explained, self._is_whole = True, False
            self._days = self._days or _days(self._dirs)
        elif key == "a" and self._remember():
            return RUN
        if key in ANSWERS:
            return ANSWERS[key]
        panel.draw(list(self._lines(panel)))
        return None

    def _keys(self) -> Iterator[str]:
        """Give the keys that are offered."""
        for key in KEYS:
            if (
                (key == "s" and self._request.continued)
                or (key in ("r", "a") and self._decision.action == "sandbox")
                or (key == "a" and not (self._is_explained and self._may_trust()))
            ):
                continue
            yield key

    def _may_trust(self) -> bool:
        """Tell whether trust in this text would change anything."""
        return bool(self._report.findings) and quick.ADMINISTRATOR not in self._decision.decided_by

    def _view(self, panel: Panel) -> None:
        """Show all of the text in the place of the report if there is room for it, else page by page. Raises Gone."""
        lines = rows(self._report, panel.width)
        self._is_whole = len(lines) + len(self._foot(panel.width)) <= panel.height
        if not self._is_whole:
            panel.turn(lines, keys=PAGES)

    def _remember(self) -> bool:
        """Trust this text from now on; tell whether that could be written."""
        from wrapify import audit
        from wrapify.event import Event
        from wrapify.policy import writing

        try:
            rules = [finding.rule for finding in self._report.findings]
            entry = writing.trust_text(self._dirs, self._report.content, rules=rules, days=self._days)
            audit.note(self._dirs, Event("trust", rules=rules, days=self._days, sha256=entry.digest))
        except WrapifyError as problem:
            self._trouble = problem.message
        return not self._trouble

    # ---- what is shown

    def _lines(self, panel: Panel) -> Iterator[str]:
        width = panel.width
        if self._trouble:
            yield _line("this text is not trusted: ", self._trouble, width=width)
            self._trouble = ""
        if self._is_whole:
            yield from rows(self._report, width)
        elif self._is_explained:
            yield from self._help(min(width, WIDEST))
        else:
            yield from self._head(min(width, WIDEST))
        yield from self._foot(width)

    def _head(self, width: int) -> Iterator[str]:
        decision = self._decision
        head, by = verdict.headline(decision), f" ({decision.decided_by})"
        if decision.action == "allow":
            head, by = (ENTER_CAME if not self._request.burst else CAME_FAST), ""
        head = verdict.fitted(head, width)
        by = verdict.fitted(by, width - len(head))
        yield render.styled(head, render.BOLD, on=1) + render.styled(by, render.DIM, on=1)
        if decision.action != "allow" and (self._request.early or self._request.burst):
            yield verdict.fitted(f"  {CAME_FAST if self._request.burst else ENTER_CAME}.", width)
        # What is advised about sudo stands below, by the keys.
        is_root = "needs-root" in self._report.facts and not self._request.continued
        yield from verdict.findings(self._report, columns=width, most=MOST, advising=not is_root)
        more = len(self._report.findings) - MOST
        if more > 0:
            yield render.styled(f"and {more} more: v marks them all", render.DIM, on=1)

    def _help(self, width: int) -> Iterator[str]:
        offered = list(self._keys())
        for key, text in HELP.items():
            if key in offered:
                first, *rest = verdict.wrapped(text.format(self._days).split(), width - 4)
                yield f"  {render.styled(key, render.BOLD, on=1)} {first}"
                yield from (f"    {line}" for line in rest)

    def _foot(self, width: int) -> list[str]:
        about = []
        if self._request.continued:
            about = verdict.wrapped(CONTINUES.split(), width)
        elif "needs-root" in self._report.facts and not self._is_explained:
            about = verdict.wrapped(ROOT.split(), width)
        keys = verdict.wrapped([KEYS[key] for key in self._keys()], width, between="  ")
        return [*(render.styled(line, render.DIM, on=1) for line in about), *(bold(line) for line in keys)]


def _days(dirs: Dirs) -> int:
    """Give the days that trust in a text holds."""
    from wrapify.host import Machine
    from wrapify.policy import files

    return files.read_policy(Machine(), dirs.config).number("trust.days")


def bold(line: str) -> str:
    """Make the keys in a line stand out."""
    first, *rest = line.split("[")
    return first + "".join(
        f"[{render.styled(key, render.BOLD, on=1)}]{after}" for key, _, after in (one.partition("]") for one in rest)
    )


def _told(came: bytes) -> str:
    """Give the text that came before the question, "" for mere keys and answers of the terminal."""
    text = came.decode("utf-8", "replace")
    first, *rest = text.split("\x1b")
    plain = first + "".join(_behind_sequence(one) for one in rest)
    return plain.strip("\r\n") if any(char.isprintable() and char != " " for char in plain) else ""


def _behind_sequence(text: str) -> str:
    """Give what stands behind the escape sequence that `text` continues."""
    if text[:1] not in ("[", "O"):
        return text
    at = 1
    while at < len(text) and not "@" <= text[at] <= "~":
        at += 1
    return text[at + 1 :]


def _line(what: str, text: str, *, width: int) -> str:
    shown = verdict.fitted(what + text, width - len(NAME))
    return render.styled(NAME, render.DIM, on=1) + render.styled(shown, render.YELLOW, on=1)
