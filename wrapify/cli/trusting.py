"""Touches: the list of trusted texts, standard input. `wrapify policy trust`, `trusted` and `distrust`."""

from __future__ import annotations

import os
import time

import click

from wrapify import audit, script
from wrapify.analysis.analyse import analyse
from wrapify.cli import render
from wrapify.cli.check import own_shell
from wrapify.errors import StateError, UsageError
from wrapify.event import Event
from wrapify.host import Machine
from wrapify.place import own_dirs
from wrapify.policy import files, quick, writing
from wrapify.policy.trust import LONGEST_DAYS, Trusted, matching

SHORT = 12
"""Letters of a hash that are shown."""
FEWEST = 6
LISTED = 5


@click.command("trust")
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), metavar="N", help="Trust it for N days.")
@click.option("--shell", default="", metavar="NAME", help="The shell that would run it, unless it is yours.")
@click.argument("text", default="-", metavar="[TEXT|-]")
def trust_text(days: int | None, shell: str, *, text: str) -> None:
    """Trust exactly this text, to the byte: it is not asked about for some time."""
    dirs = own_dirs()
    policy = files.read_policy(Machine(), dirs.config)
    largest = policy.number("script.max_size")
    content = script.read_text(0, largest) if text == "-" else script.bounded(os.fsencode(text), largest)
    if not content.strip():
        raise UsageError("there is no text to trust", "wrapify policy trust TEXT, or pipe it in")
    found = [finding.rule for finding in analyse(content, origin="paste", shell=shell or own_shell()).findings]
    entry = writing.trust_text(dirs, content, rules=found, days=days or policy.number("trust.days"))
    audit.note(dirs, Event("trust", rules=found, sha256=entry.digest))
    render.say(f"wrapify: trusted until {_day(entry)}: {entry.digest[:SHORT]} ({_rules(entry)})")


@click.command("trusted")
def list_trusted() -> None:
    """List the texts that you trust: the hash of each, until when, and what was found in it."""
    entries = quick.read_trust(own_dirs())
    if entries is None:
        raise StateError("the list of trusted texts is damaged, so none is", "wrapify policy distrust --all removes it")
    living = [entry for entry in entries.values() if entry.until > time.time()]
    if not living:
        render.say("wrapify: no text is trusted")
    for entry in sorted(living, key=lambda one: one.until):
        render.out(f"{entry.digest[:SHORT]}  until {_day(entry)}  {_rules(entry)}\n")


@click.command("distrust")
@click.argument("prefix", default="", metavar="[HASH]")
@click.option("--all", "everything", is_flag=True, help="Trust no text any more.")
def distrust(prefix: str, everything: bool) -> None:
    """Trust a text no more, by its hash as `trusted` lists it."""
    if everything == bool(prefix):
        raise UsageError("name one hash, or --all", "wrapify policy trusted")
    if everything:
        writing.forget(own_dirs())
        audit.note(own_dirs(), Event("distrust", key="all"))
        return
    with writing.trusting(own_dirs()) as entries:
        found = matching(entries.values(), prefix)
        if len(prefix) < FEWEST or len(found) != 1:
            what = "is too short" if len(prefix) < FEWEST else "names no text" if not found else "names several texts"
            raise UsageError(f"{prefix!a:.80} {what}", "wrapify policy trusted")
        del entries[found[0].digest]
    audit.note(own_dirs(), Event("distrust", sha256=found[0].digest))


def _day(entry: Trusted) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(entry.until))


def _rules(entry: Trusted) -> str:
    more = f" and {len(entry.rules) - LISTED} more" if len(entry.rules) > LISTED else ""
    return (", ".join(entry.rules[:LISTED]) or "nothing found in it") + more
