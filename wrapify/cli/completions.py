"""Touches: shell/, standard output. `wrapify completions`: what a shell reads to complete wrapify's own words."""

from __future__ import annotations

import click

from wrapify.cli import render
from wrapify.cli.init import shipped
from wrapify.completing import tables
from wrapify.shells import HOOKS

SHELLS = tuple(HOOKS)


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), metavar="bash|zsh|fish")
def completions(shell: str) -> None:
    """Print the completions for a shell: commands, options, profiles, boxes, policy keys and their values.

    `wrapify setup` puts them in place. By hand: eval "$(wrapify completions bash)", or zsh behind compinit, or
    wrapify completions fish | source.
    """
    from wrapify.cli.reference import entries

    _, walker = shipped(f"completions.{shell}")
    # A file of zsh's $fpath must begin with this line.
    render.out(("#compdef wrapify\n" if shell == "zsh" else "") + tables(shell, entries()) + walker)
