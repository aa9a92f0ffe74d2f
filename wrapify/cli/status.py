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
    render.out("this shell: no hook is loaded in it, which would have answered\n")
    if quick.is_off(dirs):
        render.out(f"all shells: pastes are not judged, by {render.escape(quick.off_path(dirs.config))}\n")
    else:
        render.out("all shells: pastes are judged where the hook is loaded\n")
