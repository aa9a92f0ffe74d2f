"""Touches: the clipboard, notifications, signals. `wrapify clip watch`: warn of what is put on the clipboard.

What is said and logged is a hash and what was found, never the text.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time

import click

from wrapify import clipboard, script
from wrapify.analysis.analyse import analyse
from wrapify.analysis.catalogue import CATALOGUE
from wrapify.cli import check, contents, installing, render, verdict
from wrapify.cli.cleaning import PRIMARY
from wrapify.clip import page
from wrapify.clip.watch import Watch
from wrapify.errors import WrapifyError
from wrapify.place import own_dirs
from wrapify.policy import quick

NOTIFY_S = 2.0
MOST_SEEN = 256
"""Contents that are known not to need another warning."""
MOST_TOLD = 3
SHORT = 16
SWAPPED = "The clipboard was swapped"


@click.command("watch")
@PRIMARY
@click.option("--install", is_flag=True, help="start it with every graphical session, by systemd")
@click.option("--uninstall", is_flag=True, help="no longer do that")
def watch(primary: bool, install: bool, *, uninstall: bool) -> None:
    """Watch the clipboard until stopped, and warn once of each text that you should look at before pasting it."""
    if install or uninstall:
        installing.install(primary) if install else installing.uninstall()
        return
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    found = clipboard.found(os.environ, primary=primary)
    warner = Warner(found.name)
    Watch(found, warner.judge, failed=warner.fail).follow(os.environ, primary=primary, ready=warner.begin)


def _stop(_number: int, _frame: object) -> None:
    """End in good order: what is open is closed on the way out."""
    raise SystemExit(0)


class Warner:
    """Judge what was copied, and warn once of each text."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: dict[str, None] = {}
        self._program = clipboard.program("notify-send", os.environ)

    def judge(self, content: clipboard.Content, swap: str) -> None:
        """Judge one text, and warn if need be. `swap` is why it is a swap, "" if it is none."""
        try:
            told = [swap] if swap else []
            dirs = own_dirs()
            report = analyse(content.text, origin="clipboard", shell=check.own_shell())
            decision = check.judge(report, dirs, rules=quick.rules(dirs))
            if (how := contents.difference(content)) in (page.HIDES, page.OTHER):
                told.append(f"{contents.DIFFERENT[how].rstrip(':')}.")
            if decision.action != "allow":
                # The words of the list of rules: those of a finding may quote the text.
                told += dict.fromkeys(f"{one.rule}: {CATALOGUE[one.rule][1]}" for one in report.findings)
        except WrapifyError as problem:
            self.fail(problem)
            return
        digest = script.digest(content.text)
        if not told or (digest in self._known and not swap):
            return
        self._remember(digest)
        rules = ", ".join(dict.fromkeys(finding.rule for finding in report.findings)) or "no finding"
        self._log(f"{digest[:SHORT]} {'swap, ' * bool(swap)}{decision.action}: {rules}")
        head = SWAPPED if swap else verdict.headline(decision) if decision.action != "allow" else told[0]
        check.log("clipboard", report, decision=decision, dirs=dirs, answer="swapped" if swap else "warned")
        self._warn(head, told, urgent=bool(swap) or decision.action == "block")

    def begin(self) -> None:
        """Say that the clipboard is watched."""
        render.say(f"wrapify: watching {self._name}; Ctrl-C ends it")

    def fail(self, problem: WrapifyError) -> None:
        """Say what could not be judged."""
        self._log(problem.message)

    def _remember(self, digest: str) -> None:
        self._known[digest] = None
        if len(self._known) > MOST_SEEN:
            del self._known[next(iter(self._known))]

    def _log(self, text: str) -> None:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        render.say(f"{stamp} {self._name}: {render.escape(text)}")

    def _warn(self, head: str, told: list[str], *, urgent: bool) -> None:
        """Show a notification, or the same on the terminal where there are none."""
        lines = told[:MOST_TOLD] + ([f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else [])
        if self._program and self._notified(head, lines, urgent=urgent):
            return
        for line in (f"{head}:", *lines):
            render.note(line)

    def _notified(self, head: str, lines: list[str], *, urgent: bool) -> bool:
        # Servers of notifications read a kind of markup.
        body = "\n".join((*lines, "wrapify clip show shows all of it."))
        for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            body = body.replace(sign, name)
        level = "critical" if urgent else "normal"
        words = [self._program, "--app-name=wrapify", f"--urgency={level}", "--", f"wrapify: {head}", body]
        try:
            done = subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=NOTIFY_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0
