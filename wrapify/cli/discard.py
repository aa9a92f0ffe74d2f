"""Touches: the state directory. `wrapify discard`: throw away what is in a box, or a part of it."""

from __future__ import annotations

import os

import click

from wrapify.box import removal, shelf, store
from wrapify.cli import render
from wrapify.cli.listing import counted
from wrapify.cli.looking import chosen, looking
from wrapify.place import Place, here


@click.command()
@click.argument("words", nargs=-1, metavar="[BOX] [PATH]...")
@click.option("--last", is_flag=True, help="the box of the latest run (also without it, if none is named)")
def discard(words: tuple[str, ...], last: bool) -> None:
    """Throw a box away, or only what changed at and below PATH. Your real files stay as they are."""
    place = here()
    name, paths = chosen(place, words, last=last)
    if not paths:
        throw_away(place, name)
        render.say(f"wrapify: box {name} is gone; your files are as they were")
        return
    with looking(place, name) as look:
        gone, left = removal.drop(look.review.layers, look.at(paths))
        for change, why in left:
            render.note(f"{change.path}: {why}")
        render.say(f"wrapify: {counted(gone, 'change')} thrown away")


def throw_away(place: Place, name: str) -> None:
    """Remove a box, also one that cannot be read any more. Raises BoxMissing, BoxBusy or StateError."""
    box = store.open_box(place.dirs.state, name, whole=False)
    try:
        removal.throw_away(box, shelf.dests(box.path))
    finally:
        os.close(box.lock)
