"""Touches: a user's box, root's own boxes, the terminal. `sudo wrapify apply` and `discard`: root's part of a box."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

from wrapify import audit
from wrapify.box import collect, store, takeover
from wrapify.box.review import Review
from wrapify.cli import keys, render
from wrapify.cli.apply import planned, report
from wrapify.cli.diff import show
from wrapify.cli.listing import counted
from wrapify.cli.looking import Look, absolute
from wrapify.errors import UsageError
from wrapify.event import Event
from wrapify.place import Caller, Place, own_dirs
from wrapify.policy import files


def apply(caller: Caller, words: tuple[str, ...], *, flags: dict[str, bool]) -> int:
    """Show what a box of the caller changes of root's files, and apply that if it is wanted. Give the exit status."""
    if not words or "/" in words[0]:
        raise UsageError("as root, the box has to be named", "sudo wrapify apply BOX; wrapify box list names them")
    name, paths = words[0], tuple(absolute(word) for word in words[1:])
    if flags["resume"] or flags["undo"]:
        with _kept(caller, name) as look:
            outcome = look.review.resume() if flags["resume"] else look.review.undo()
            return report(look, outcome, what="resume" if flags["resume"] else "undo", as_root=True)
    with _taken(caller, name) as look:
        return _apply(look, paths, flags=flags)


def forget(caller: Caller, words: tuple[str, ...]) -> bool:
    """Throw away what root keeps of a box of the caller, for undo too; tell whether that is all there is of it."""
    state = takeover.state_for(caller.uid)
    if len(words) != 1 or not store.exists(state, words[0]):
        return False
    collect.throw_away(state, words[0])
    audit.note(own_dirs(), Event("discard", box=words[0], root=True))
    render.say(f"wrapify: what root kept of box {words[0]} is gone; what was applied of it stays")
    return not store.exists(caller.state, words[0])


def _apply(look: Look, paths: tuple[str, ...], *, flags: dict[str, bool]) -> int:
    look.at(paths)
    plan = look.review.plan(look.changes, paths=paths, force=flags["force"])
    if flags["dry_run"] or paths:
        render.out("".join(f"{line}\n" for line in planned(look, plan)))
    else:
        show(look)
    if flags["dry_run"] or not plan.steps:
        return 1 if plan.left else 0
    number = len({(step.layer, step.path) for step in plan.steps})
    render.note("who owns what was not recorded: what is new will be root's")
    if not flags["yes"] and not _agreed(f"change {counted(number, 'path')} of this machine, as root? [y]es [n]o"):
        render.note("nothing was changed")
        return 1
    status = report(look, look.review.apply(plan), what="apply", as_root=True, plan=plan)
    takeover.forget_layers(look.review.box)
    return status


def _agreed(question: str) -> bool:
    """Ask on the terminal. Raises UsageError where there is none."""
    with keys.opened() as found:
        if found is None:
            raise UsageError("there is no terminal to ask on", "--yes applies what was shown")
        found.forget()
        render.prompt(f"wrapify: {question} ")
        key = found.key()
        render.say(key if len(key) == 1 and key.isprintable() else "")
        return key == "y"


@contextmanager
def _taken(caller: Caller, name: str) -> Iterator[Look]:
    trees = tuple(tomllib.loads(files.shipped("profiles/root.toml").decode())["trees"])
    box = takeover.take(caller.state, name, uid=caller.uid, trees=trees)
    try:
        yield Look(_place(caller), Review(box))
    finally:
        os.close(box.lock)


@contextmanager
def _kept(caller: Caller, name: str) -> Iterator[Look]:
    box = store.open_box(takeover.state_for(caller.uid), name)
    try:
        yield Look(_place(caller), Review(box))
    finally:
        os.close(box.lock)


def _place(caller: Caller) -> Place:
    return Place(caller.home, "/", env={"PATH": os.environ.get("PATH", "")})
