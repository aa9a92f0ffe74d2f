"""Touches: the machine, by looking. `wrapify doctor`: what this machine can do, what is missing, and what mends it."""

from __future__ import annotations

import json

import click

from wrapify import __version__
from wrapify.cli import render
from wrapify.cli.verdict import width, wrapped
from wrapify.doctor import verdict
from wrapify.doctor.checks import CHECKS
from wrapify.doctor.look import look
from wrapify.doctor.verdict import BROKEN, LIMITED, NOTE, OK, Check, Verdict
from wrapify.place import here

Told = list[tuple[Check, Verdict]]
SIGNS = {OK: ("✓", render.GREEN), NOTE: ("·", render.DIM), LIMITED: ("!", render.YELLOW), BROKEN: ("✗", render.RED)}
ENDS = {
    0: "All is well.",
    1: "Some things do not work; what is marked ! or ✗ says how to mend them.",
    2: "wrapify cannot do its work here; what is marked ✗ says how to mend it.",
}
GROUPS, WORDS, NAMES = 10, 8, 14
TEXT = GROUPS + 2 + WORDS + NAMES


@click.command()
@click.option("--json", "as_json", is_flag=True, help="print JSON")
@click.pass_context
def doctor(ctx: click.Context, as_json: bool) -> None:
    """Look at what this machine can do for wrapify, and say what mends what it cannot.

    It tries things by doing them: it starts sandboxes, and your shell in a terminal of its own, with your start-up
    files and without its history. It changes nothing and leaves nothing running. Exit status 0: all is well, 1: some
    things do not work, 2: wrapify cannot do its work.
    """
    seen = look(here())
    told = [(check, found) for check in CHECKS if (found := check.judge(seen))]
    status = verdict.status([found for _, found in told])
    render.out(_as_json(told, status) if as_json else "".join(f"{line}\n" for line in _lines(told, status)))
    ctx.exit(status)


def _as_json(told: Told, status: int) -> str:
    rows = [
        {
            "check": check.name,
            "group": check.group,
            "level": found.level,
            "text": found.text,
            "means": found.means,
            "remedy": list(found.remedy),
        }
        for check, found in told
    ]
    return json.dumps({"version": __version__, "status": status, "checks": rows}, indent=2) + "\n"


def _lines(told: Told, status: int) -> list[str]:
    """Write it for a person: a line for each check, and below it what it means and what mends it."""
    lines: list[str] = []
    group = ""
    for check, found in told:
        first = "" if check.group == group else check.group
        group = check.group
        lines.extend(_told(check, found, first=first))
    return [*lines, render.styled(ENDS[status], render.BOLD, on=1)]


def _told(check: Check, found: Verdict, *, first: str) -> list[str]:
    sign, colour = SIGNS[found.level]
    head = render.styled(f"{first:{GROUPS}}", render.BOLD, on=1)
    level = render.styled(f"{sign} {found.level:{WORDS}}", colour, on=1)
    text, *rest = _fitted(found.text, TEXT)
    lines = [f"{head}{level}{check.name:{NAMES}}{text}", *(f"{'':{TEXT}}{line}" for line in rest)]
    lines.extend(f"{'':{GROUPS + 2}}{line}" for line in _fitted(found.means, GROUPS + 2) if found.means)
    remedy = (render.styled(line, render.BOLD, on=1) for one in found.remedy for line in _remedy(one))
    return [*lines, *(f"{'':{GROUPS + 4}}{line}" for line in remedy)]


def _remedy(line: str) -> list[str]:
    """Write a command on one line, as it is copied; a remark on as many as it takes."""
    if not line.startswith("# "):
        return [render.escape(line)]
    return [f"# {part}" for part in _fitted(line.removeprefix("# "), GROUPS + 6)]


def _fitted(text: str, indent: int) -> list[str]:
    return wrapped(render.escape(text).split(" "), max(width() - indent, 20)) or [""]
