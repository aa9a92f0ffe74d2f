"""Touches: the mark that switches the guard off. `wrapify off --global`; for one shell it is a function of the hook."""

from __future__ import annotations

import click

from wrapify import audit
from wrapify.cli import render
from wrapify.errors import UsageError
from wrapify.event import Event
from wrapify.place import own_dirs
from wrapify.policy.writing import switch_off

HINT = 'wrapify off --global is for all shells; eval "$(wrapify init bash)" loads the hook (zsh, fish: see --help)'


@click.command()
@click.option("--global", "everywhere", is_flag=True, help="In all shells, until `wrapify on --global`.")
def off(everywhere: bool) -> None:
    """Judge no pastes: in this shell, or --global in all of yours. A word in front of a line still works.

    For one shell this is a function of its hook: eval "$(wrapify init bash)" or zsh; wrapify init fish | source.
    """
    if not everywhere:
        raise UsageError("the hook is not loaded in this shell, so there is nothing to switch off in it", HINT)
    switch_off(own_dirs())
    audit.note(own_dirs(), Event("off"))
    render.say("wrapify: pastes are not judged in any of your shells; wrapify on --global has them judged again")
