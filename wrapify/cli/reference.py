"""Touches: click's tables. All commands and options as records, for the completions and the man page."""

from __future__ import annotations

from collections.abc import Iterator

import click

from wrapify.cli.group import USAGE, wrapify
from wrapify.reference import Entry, Option

UNLISTED = ("ask",)
"""What is there for the hooks and not for people."""


def entries() -> list[Entry]:
    """List all commands, each before those below it."""
    return list(_walk(wrapify, ()))


def _walk(command: click.Command, path: tuple[str, ...]) -> Iterator[Entry]:
    context = click.Context(command)
    words = [param.metavar or "" for param in command.params if isinstance(param, click.Argument)]
    usage = USAGE.get(path[0], "") if len(path) == 1 and path[0] in USAGE else " ".join(words)
    options = tuple(_option(param) for param in command.params if isinstance(param, click.Option))
    yield Entry(path, doc=command.help or "", usage=usage, options=options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None and name not in UNLISTED:
                yield from _walk(below, (*path, name))


def _option(param: click.Option) -> Option:
    choices = tuple(map(str, param.type.choices)) if isinstance(param.type, click.Choice) else ()
    flag = param.is_flag or param.count
    metavar = "" if flag else param.metavar or ("|".join(choices) or param.type.name.upper())
    return Option(tuple(param.opts), metavar=metavar, help=param.help or "", values=choices)
