"""Touches: sandboxes, decoys. `wrapify selftest`: attack real sandboxes on this machine, and say what they hold."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence

import click

from wrapify.cli import render
from wrapify.cli.listing import counted
from wrapify.errors import UsageError
from wrapify.selftest.outcome import PROMISES, Result, Tally, Trial, failures, tallies

HELD, FAILED, SKIPPED = "✓", "✗", "–"
COLOURS = {HELD: render.GREEN, FAILED: render.RED, SKIPPED: render.YELLOW}
WORDS = {True: "held", False: "FAILED", None: "not tried"}


@click.command()
@click.argument("groups", nargs=-1, metavar="[GROUP]...")
@click.option("-a", "--all", "every", is_flag=True, help="name every attack and what came of it")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
def selftest(groups: tuple[str, ...], *, every: bool, as_json: bool) -> int:
    """Try whether the sandboxes of this machine hold.

    Harmless attacks are made inside real sandboxes, on decoys in the place of your files, sockets and programs, which
    are planted and taken away again. Exit status 0: all that is promised holds; 1: something does not.
    """
    _check(groups)
    from wrapify.selftest import trial

    if os.isatty(2) and not as_json:
        render.say(render.styled("wrapify: attacking sandboxes, which takes a few seconds ...", render.DIM))
    started = time.monotonic()
    trials = trial.attack(groups or tuple(PROMISES))
    seconds = time.monotonic() - started
    if as_json:
        render.out(_json_of(trials, seconds))
    else:
        render.out("".join(f"{line}\n" for line in _lines(trials, every=every, seconds=seconds)))
    return 1 if failures(trials) else 0


def _check(groups: Sequence[str]) -> None:
    for name in groups:
        if name not in PROMISES:
            raise UsageError(f"there is no group {name!a:.60} of attacks", f"one of {', '.join(PROMISES)}")


def _lines(trials: Sequence[Trial], *, every: bool, seconds: float) -> Iterator[str]:
    tried = _descriptions()
    for tally in tallies(trials):
        yield _line(tally)
        for trial in trials:
            mine = [one for one in trial.results if one.group == tally.group]
            yield from (_detail(trial.sandbox, one, tried=tried[one.id]) for one in mine if every or one.held is False)
    yield ""
    for trial in trials:
        if trial.why_not:
            yield _marked(SKIPPED, f"{trial.sandbox}: not tried, {_one_line(trial.why_not)}")
    yield from _summary(trials, seconds)


def _line(tally: Tally) -> str:
    mark = FAILED if tally.held < tally.made else HELD if tally.made else SKIPPED
    count = f"{tally.held} of {tally.made}" if tally.made else "not tried"
    return _marked(mark, f"{tally.group:<11} {count:>10}  {PROMISES[tally.group]}")


def _marked(mark: str, text: str) -> str:
    return f"{render.styled(mark, COLOURS[mark], on=1)} {text}"


def _detail(sandbox: str, result: Result, *, tried: str) -> str:
    word = render.styled(WORDS[result.held], COLOURS[FAILED] if result.held is False else render.DIM, on=1)
    said = f": {_one_line(result.detail)}" if result.held is not True else ""
    return f"    {word} {sandbox}: {result.id} {tried}{said}"


def _summary(trials: Sequence[Trial], seconds: float) -> Iterator[str]:
    made = [one for trial in trials for one in trial.results if one.held is not None]
    skipped = sum(one.held is None for trial in trials for one in trial.results)
    *others, last = [trial.sandbox for trial in trials if not trial.why_not] or [""]
    names = f"{', '.join(others)} and {last}" if others else last
    failed = failures(trials)
    if not made:
        yield "Nothing could be tried."
    elif failed:
        yield render.styled(f"{counted(len(failed), 'attack')} of {len(made)} got through.", render.RED, on=1)
        yield "Until that is mended, do not rely on what is promised in these groups."
    else:
        yield f"All {len(made)} attacks on {names} were held off, in {seconds:.1f} s."
    if skipped:
        yield f"{counted(skipped, 'attack')} could not be made on this machine (--all names them)."


def _descriptions() -> dict[str, str]:
    from wrapify.selftest.attacks.attacker import PROBES

    return {probe.id: probe.tries for probe in PROBES}


def _one_line(text: str) -> str:
    """Give what came from a sandbox or another program, on one line, with nothing raw in it."""
    return render.escape(" ".join(text.split()))


def _json_of(trials: Sequence[Trial], seconds: float) -> str:
    tried = _descriptions()
    rows = [
        {
            "sandbox": trial.sandbox,
            "group": one.group,
            "attack": one.id,
            "tries": tried[one.id],
            "result": {True: "held", False: "failed", None: "skipped"}[one.held],
            "detail": one.detail,
        }
        for trial in trials
        for one in trial.results
    ]
    found = {
        "format": 1,
        "holds": not failures(trials),
        "seconds": round(seconds, 3),
        "sandboxes": [{"name": trial.sandbox, "why_not": trial.why_not} for trial in trials],
        "groups": [{**one._asdict(), "promise": PROMISES[one.group]} for one in tallies(trials)],
        "attacks": rows,
    }
    return json.dumps(found, indent=1) + "\n"
