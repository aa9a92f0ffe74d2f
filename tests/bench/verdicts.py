"""What wrapify would do with commands that others published: what it finds, and whom it bothers. Markdown tables.

    WRAPIFY_CORPORA=DIR make corpora [ARGS="--quick --misses"]

DIR holds benign.tsv, hostile.tsv and install_oneliners.tsv: a line of column names, then a row a line; `enc` b64 means
that the command is base64. Nothing of it is run. Exit status 1 if a bar is missed, 0 if all are met.

--quick   wrapify alone, in seconds; else the peers from npm judge the same rows, in minutes
--all     the peers judge all dangerous and benign rows, and not a sample: hours
--misses  list the rows that miss a bar, and the rules that benign rows fell under
"""

from __future__ import annotations

import os
import platform
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wrapify.analysis.analyse import analyse
from wrapify.analysis.model import SEVERITIES, Report
from wrapify.policy.decide import decide
from wrapify.policy.model import ACTIONS, defaults

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last, so that `wrapify` is the one of the venv

from tests.bench.parts import corpora, peers

FLAGGED, ASKED, BLOCKED = 0.97, 0.005, 0.0002
SAMPLE, SEED = 500, 5


def act(report: Report) -> tuple[str, bool]:
    """Give the action without any policy file, and whether the sandbox is offered first."""
    decision = decide(report, defaults().actions(), trusted=False)
    return decision.action, decision.sandbox_first


class Verdict:
    """Hold a row and what wrapify says to it."""

    def __init__(self, row: corpora.Row) -> None:
        self.row = row
        self.report = analyse(row.content, origin="paste", shell="bash")
        self.action, self.sandbox_first = act(self.report)

    def flagged(self) -> bool:
        return self.action != "allow"

    def recognised(self) -> bool:
        return "runs-download" in self.report.facts or any(one.rule == "download-run" for one in self.report.findings)

    def line(self) -> str:
        rules = " ".join(f"{one.rule}:{one.severity}" for one in self.report.findings) or "nothing found"
        shown = self.row.content.decode("utf-8", "replace").encode("unicode_escape").decode()
        return f"    {self.action} [{rules}] {self.row.category}: {shown[:160]}"


class Bars:
    """Collect which bars are met. `listing` says that the rows that miss one are to be printed."""

    def __init__(self, *, listing: bool) -> None:
        self.missed: list[str] = []
        self.listing = listing

    def judge(self, name: str, verdicts: Sequence[Verdict], *, good: Callable[[Verdict], bool], share: float) -> str:
        """Give "met" or "missed": at least `share` of the verdicts must be good."""
        bad = [one for one in verdicts if not good(one)]
        if self.listing and bad:
            print(f"\n{name}: {len(bad)}", *(one.line() for one in bad), "", sep="\n")
        if len(bad) <= (1 - share) * len(verdicts) + 1e-9:
            return "met"
        self.missed.append(name)
        return "**missed**"


def table(*columns: str) -> None:
    print("\n| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))


def line(*cells: object) -> None:
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "–"


def grouped(verdicts: Iterable[Verdict], key: Callable[[Verdict], str]) -> dict[str, list[Verdict]]:
    groups: dict[str, list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault(key(one), []).append(one)
    return dict(sorted(groups.items()))


def counts(verdicts: Sequence[Verdict]) -> tuple[int, ...]:
    """Count the verdicts by worst severity, nothing first, and then by action."""
    worst, actions = (Counter(one.report.worst() for one in verdicts), Counter(one.action for one in verdicts))
    return (*(worst[name] for name in ("", *SEVERITIES)), *(actions[name] for name in ACTIONS))


def recall(verdicts: Sequence[Verdict], bars: Bars) -> None:
    """Print what is found of the rows that are labelled as dangerous."""
    by_family = grouped(verdicts, lambda one: one.row.family())
    rows = []
    for name in corpora.NAMED:
        group = by_family.get(name, [])
        verdict = bars.judge(f"{name}, flagged", group, good=Verdict.flagged, share=FLAGGED)
        rows.append((name, group, f"≥ 97 %: {verdict}"))
        kinds = grouped(group, lambda one: one.row.language)
        rows.extend((f"– of these {kind}", kinds[kind], "") for kind in kinds if len(kinds) > 1)
    rows.extend((name, by_family[name], "none") for name in ("download", "other") if name in by_family)
    rows.append(("all", list(verdicts), "none"))
    table("dangerous, by family", "rows", "flagged", "bar", "nothing", *SEVERITIES, *ACTIONS)
    for name, group, bar in rows:
        line(name, len(group), percent(sum(map(Verdict.flagged, group)), len(group)), bar, *counts(group))
    table("dangerous, by source", "rows", "flagged", "nothing", *SEVERITIES, *ACTIONS)
    for name, group in grouped(verdicts, lambda one: one.row.origin()).items():
        line(name, len(group), percent(sum(map(Verdict.flagged, group)), len(group)), *counts(group))


def false_alarms(verdicts: Sequence[Verdict], bars: Bars) -> None:
    """Print what is done with the commands that are published as normal use."""
    by_kind = grouped(verdicts, lambda one: one.row.kind)
    rest, sudo = by_kind.get("rest", []), by_kind.get("with sudo", [])
    bars_of = {
        "rest": [
            f"asked ≤ 0.5 %: {bars.judge('rest, allowed', rest, good=lambda one: not one.flagged(), share=1 - ASKED)}",
            f"blocked ≤ 0.02 %: {bars.judge('rest, not blocked', rest, good=not_blocked, share=1 - BLOCKED)}",
        ],
        "with sudo": [
            f"asked ≥ 97 %: {bars.judge('with sudo, flagged', sudo, good=Verdict.flagged, share=FLAGGED)}",
            f"0 blocked: {bars.judge('with sudo, not blocked', sudo, good=not_blocked, share=1)}",
        ],
    }
    table("published as normal use", "rows", *ACTIONS, "not allowed", "blocked", "bars")
    for kind, group in by_kind.items():
        actions, bar = Counter(one.action for one in group), ", ".join(bars_of.get(kind, ["none"]))
        not_allowed, blocked = len(group) - actions["allow"], actions["block"]
        shares = (percent(not_allowed, len(group)), percent(blocked, len(group)))
        line(kind, len(group), *(actions[name] for name in ACTIONS), *shares, bar)
    table("rules that the rest fell under", "rows", "not allowed", "blocked")
    for rule, group in by_rule(rest).items():
        line(rule, len(group), sum(map(Verdict.flagged, group)), sum(not not_blocked(one) for one in group))


def not_blocked(verdict: Verdict) -> bool:
    return verdict.action != "block"


def by_rule(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """Group the verdicts by the gravest finding; the largest group first."""
    found = [one for one in verdicts if one.report.findings]
    groups = grouped(found, lambda one: f"{one.report.findings[0].rule}, {one.report.findings[0].severity}")
    return dict(sorted(groups.items(), key=lambda item: -len(item[1])))


def installers(verdicts: Sequence[Verdict], bars: Bars) -> None:
    """Print what is done with lines that install something by running what they download."""
    real = [one for one in verdicts if not corpora.only_remarks(one.row.content)]
    wanted: dict[str, Callable[[Verdict], bool]] = {
        "recognised as running a download": Verdict.recognised,
        "asked, the sandbox first": lambda one: one.flagged() and one.sandbox_first,
        "not blocked": not_blocked,
    }
    met = {name: bars.judge(f"installers, {name}", real, good=good, share=1) for name, good in wanted.items()}
    table("installers", "rows", "are", "bar")
    for name, good in wanted.items():
        line(name, len(real), sum(map(good, real)), f"all: {met[name]}")
    remarks = [one for one in verdicts if one not in real]
    line("the command stands in a comment: allowed", len(remarks), sum(not one.flagged() for one in remarks), "none")


def harmless(verdicts: Sequence[Verdict]) -> None:
    table("labelled safe by their source", "rows", "not allowed", *ACTIONS)
    for name, group in grouped(verdicts, lambda one: one.row.origin()).items():
        line(name, len(group), percent(sum(map(Verdict.flagged, group)), len(group)), *counts(group)[-4:])


def side_by_side(verdicts: Sequence[Verdict], groups: Callable[[Verdict], str]) -> None:
    """Print what wrapify and the peers say to exactly the same rows."""
    with peers.fetched() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        print()
        answers = {"wrapify": [one.action for one in verdicts]}
        for peer in peers.found(folder):
            answers[peer.name] = list(pool.map(peer.judge, (one.row.content for one in verdicts)))
    rows: dict[str, list[int]] = {}
    for at, one in enumerate(verdicts):
        rows.setdefault(groups(one), []).append(at)
    table("the same rows", "rows", *(f"{name}: {what}" for name in answers for what in ("flagged", "blocked")))
    for name, ats in sorted(rows.items()):
        said = [[given[at] for at in ats] for given in answers.values()]
        line(name, len(ats), *(cell for actions in said for cell in (flags(actions), actions.count("block"))))


def flags(actions: list[str]) -> str:
    """Count what is not allowed, and what there is no answer to."""
    silent = actions.count("")
    return f"{len(actions) - actions.count('allow') - silent}" + (f" ({silent} without an answer)" if silent else "")


def group_of(verdict: Verdict) -> str:
    row = verdict.row
    if row.expected:
        return f"dangerous: {row.family()}"
    return f"ordinary: {row.kind}"


def sampled(dangerous: list[Verdict], benign: list[Verdict]) -> list[Verdict]:
    named = [one for one in dangerous if one.row.family() in corpora.NAMED]
    return named + random.Random(SEED).sample(benign, min(SAMPLE, len(benign)))


def main(words: Sequence[str]) -> int:
    if "WRAPIFY_CORPORA" not in os.environ:
        print("WRAPIFY_CORPORA names no directory with corpora: no verdicts are counted")
        return 0
    folder = Path(os.environ["WRAPIFY_CORPORA"])
    hostile, benign, install = (
        [Verdict(row) for row in corpora.read(folder, name)] for name in ("hostile", "benign", "install_oneliners")
    )
    dangerous = [one for one in hostile if one.row.expected == "danger"]
    bars = Bars(listing="--misses" in words)
    print(f"{len(hostile) + len(benign) + len(install)} rows, Python {platform.python_version()}")
    recall(dangerous, bars)
    false_alarms(benign, bars)
    installers(install, bars)
    harmless([one for one in hostile if one.row.expected == "safe"])
    if "--quick" not in words:
        rows = [*dangerous, *benign] if "--all" in words else sampled(dangerous, benign)
        known = {id(one) for one in install}
        side_by_side([*rows, *install], lambda one: "ordinary: installers" if id(one) in known else group_of(one))
    print("\nBars: " + ("missed: " + "; ".join(bars.missed) if bars.missed else "all met"))
    return 1 if bars.missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
