"""Touches: the state directory. `wrapify discard`: throw away what is in a box, or a part of it."""

from __future__ import annotations

import os

import click

from wrapify import audit
from wrapify.box import collect, removal
from wrapify.cli import render
from wrapify.cli.listing import counted
from wrapify.cli.looking import chosen, looking
from wrapify.event import Event
from wrapify.place import caller, here


@click.command()
@click.argument("words", nargs=-1, metavar="[BOX] [PATH]...")
@click.option("--last", is_flag=True, help="the box of the latest run (also without it, if none is named)")
def discard(words: tuple[str, ...], last: bool) -> None:
    """Throw a box away, or only what changed at and below PATH. Your real files stay as they are."""
    if os.geteuid() == 0 and (who := caller()):
        from wrapify.cli import as_root

        if as_root.forget(who, words):
            return
    place = here()
    name, paths = chosen(place, words, last=last)
    if not paths:
        collect.throw_away(place.dirs.state, name)
        audit.note(place.dirs, Event("discard", box=name))
        render.say(f"wrapify: box {name} is gone; your files stay as they are")
        return
    with looking(place, name) as look:
        gone, left = removal.drop(look.review.layers, look.at(paths))
        for change, why in left:
            render.note(f"{change.path}: {why}")
        audit.note(place.dirs, Event("discard", box=name, done=gone, left=len(left) or None, paths=paths))
        render.say(f"wrapify: {counted(gone, 'change')} thrown away")
