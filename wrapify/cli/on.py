"""Touches: the mark that switches the guard off. `wrapify on --global`; for one shell it is a function of the hook."""

from __future__ import annotations

import click

from wrapify import audit
from wrapify.cli import render
from wrapify.errors import UsageError
from wrapify.event import Event
from wrapify.place import own_dirs
from wrapify.policy.writing import switch_on

HINT = 'eval "$(wrapify init bash)" loads it (zsh, fish: see --help); wrapify on --global is for all shells'


@click.command()
@click.option("--global", "everywhere", is_flag=True, help="In all shells that have the hook.")
def on(everywhere: bool) -> None:
    """Judge pastes again: in this shell, or --global in all of yours.

    For one shell this is a function of its hook: eval "$(wrapify init bash)" or zsh; wrapify init fish | source.
    """
    if not everywhere:
        raise UsageError("the hook is not loaded in this shell, so it cannot be switched on in it", HINT)
    switch_on(own_dirs())
    audit.note(own_dirs(), Event("on"))
    render.say("wrapify: pastes are judged in all of your shells that have the hook")
