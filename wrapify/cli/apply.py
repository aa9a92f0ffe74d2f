"""Touches: a box, the user's real files. `wrapify apply`: make real files like those in a box, or take that back."""

from __future__ import annotations

import os

import click

from wrapify import audit
from wrapify.box.review import ROOTS, Outcome
from wrapify.box.steps import ADJUST, DELETE, FINISH, ApplyPlan, Step
from wrapify.cli import render
from wrapify.cli.listing import Listing, counted
from wrapify.cli.looking import Look, chosen, looking
from wrapify.errors import UsageError
from wrapify.event import Event
from wrapify.place import caller, here, own_dirs


@click.command()
@click.argument("words", nargs=-1, metavar="[BOX] [PATH]...")
@click.option("--last", is_flag=True, help="the box of the latest run (also without it, if none is named)")
@click.option("-n", "--dry-run", is_flag=True, help="print what would be done, and do nothing")
@click.option("-f", "--force", is_flag=True, help="also where the real file changed since the run; undo brings it back")
@click.option("--resume", is_flag=True, help="finish an apply that was cut off")
@click.option("--undo", is_flag=True, help="take the last apply of the box back")
@click.option("-y", "--yes", is_flag=True, help="as root: do not ask")
@click.pass_context
def apply(ctx: click.Context, /, words: tuple[str, ...], **flags: bool) -> None:
    """Make the real files like those in a box, all of them or those at and below PATH.

    With sudo: those of root's, after they were shown.
    """
    if flags["resume"] + flags["undo"] + flags["dry_run"] > 1:
        raise UsageError("--resume, --undo and --dry-run exclude each other", "wrapify apply --help")
    if os.geteuid() == 0 and (who := caller()):
        from wrapify.cli import as_root

        ctx.exit(as_root.apply(who, words, flags=flags))
    place = here()
    name, paths = chosen(place, words, last=flags["last"])
    if paths and (flags["resume"] or flags["undo"]):
        raise UsageError("--resume and --undo are for the whole of an apply", "leave the paths out")
    with looking(place, name) as look:
        ctx.exit(_carry_out(look, paths, flags=flags))


def _carry_out(look: Look, paths: tuple[str, ...], *, flags: dict[str, bool]) -> int:
    review = look.review
    if flags["resume"]:
        return report(look, review.resume(), what="resume")
    if flags["undo"]:
        return report(look, review.undo(), what="undo")
    look.at(paths)
    plan = review.plan(look.changes, paths=paths, force=flags["force"])
    if flags["dry_run"]:
        render.out("".join(f"{line}\n" for line in planned(look, plan)))
        return 1 if plan.left else 0
    return report(look, review.apply(plan), what="apply", plan=plan)


DONE = {"apply": "applied", "resume": "applied", "undo": "taken back"}


def report(look: Look, outcome: Outcome, *, what: str, as_root: bool = False, plan: ApplyPlan | None = None) -> int:
    """Say how an apply or undo ended, log it, and give its exit status: 0 all done, 1 some paths are left."""
    done = DONE[what]
    how = "sudo wrapify apply" if as_root else "wrapify apply"
    name = look.review.box.name
    for path, why in outcome.left:
        if why != ROOTS:
            render.note(f"{path}: {why}")
    if roots := sum(why == ROOTS for _, why in outcome.left):
        render.note(f"{counted(roots, 'change')} of root's files: sudo wrapify apply {name} shows them, and asks")
    text = f"{counted(outcome.done, 'change')} {done}"
    if outcome.left:
        text += f", {len(outcome.left)} left as {'they were' if len(outcome.left) > 1 else 'it was'}"
    hint = f"; {how} --undo {name} takes it back" if done == "applied" and outcome.done else ""
    render.say(f"wrapify: {text}{hint}")
    _log(look, outcome, what=what, as_root=as_root, plan=plan)
    return 1 if outcome.left else 0


def _log(look: Look, outcome: Outcome, *, what: str, as_root: bool, plan: ApplyPlan | None) -> None:
    steps = [step for step in plan.steps if step.op != FINISH] if plan else []
    names = {change.at: change.path for change in look.changes} if steps else {}
    paths = list(dict.fromkeys(names.get((step.layer, step.path), step.path) for step in steps))
    about: dict[str, object] = {"box": look.review.box.name, "done": outcome.done, "left": len(outcome.left) or None}
    audit.note(own_dirs(), Event(what, **about, root=as_root or None, paths=paths))


def planned(look: Look, plan: ApplyPlan) -> list[str]:
    """Give the lines that say what a plan does, one for each path."""
    listing = Listing(look.home, stat=lambda _: "")
    names = {change.at: listing.name(change) for change in look.changes}
    lines = [f"{_verb(step)} {names[step.layer, step.path]}" for step in plan.steps if step.op != FINISH]
    return [*lines, *(f"leave   {listing.name(change)}: {why}" for change, why in plan.left)]


def _verb(step: Step) -> str:
    if step.op == DELETE:
        return "delete "
    if step.op == ADJUST:
        return "adjust "
    return "replace" if step.base else "create "
