"""Touches: the mark that switches the guard off. `wrapify status`: whether pastes are judged, as far as it can tell."""

from __future__ import annotations

import click

from wrapify.cli import render
from wrapify.place import own_dirs
from wrapify.policy import quick


@click.command()
def status() -> None:
    """Say whether pastes are judged in your shells. With the hook loaded it says so of this shell, too."""
    dirs = own_dirs()
    if quick.is_off(dirs):
        render.out(f"guard: off in all shells, by {render.escape(quick.off_path(dirs.config))}\n")
    else:
        render.out("guard: on in every shell that has the hook\n")
