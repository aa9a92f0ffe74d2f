"""Touches: the clipboard, standard output. `wrapify clip`: what is on the clipboard, judged, cleaned, watched."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click

from wrapify import clipboard
from wrapify.analysis.analyse import analyse
from wrapify.cli import check, cleaning, contents, render, watching
from wrapify.cli.cleaning import PRIMARY
from wrapify.place import own_dirs
from wrapify.policy import quick


@click.group(commands=[cleaning.clean_it, cleaning.undo, watching.watch])
def clip() -> None:
    """Look at what is on the clipboard before you paste it."""


@clip.command("show")
@PRIMARY
@click.option("--all", "everything", is_flag=True, help="show all of it, however long it is")
def show(primary: bool, everything: bool) -> None:
    """Show what is on the clipboard, with everything invisible made visible, and what its page shows instead."""
    found = clipboard.found(os.environ, primary=primary)
    content = clipboard.content(found, most=quick.rules(own_dirs()).largest)
    _print(contents.lines(content, found.name, everything=everything))
    _print(contents.beside(content, contents.difference(content), most=contents.MOST_LINES))


@clip.command("check")
@PRIMARY
@click.option("--shell", default="", metavar="NAME", help="the shell that would run it: bash, zsh, fish ...")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
def check_it(primary: bool, shell: str, *, as_json: bool) -> int:
    """Judge what is on the clipboard, and run nothing. The exit statuses are those of wrapify check."""
    dirs = own_dirs()
    rules = quick.rules(dirs)
    shell = check.interpreter(shell)
    content = clipboard.content(clipboard.found(os.environ, primary=primary), most=rules.largest)
    report = analyse(content.text, origin="clipboard", shell=shell)
    status = check.told(report, dirs, rules=rules, as_json=as_json)
    how = contents.difference(content)
    if how in contents.DIFFERENT:
        render.note(f"{contents.DIFFERENT[how].rstrip(':')}; wrapify clip show compares them")
    return status


def _print(lines: Iterable[str]) -> None:
    render.out("".join(f"{line}\n" for line in lines))
