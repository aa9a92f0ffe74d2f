"""Touches: the state directory, the terminal. `wrapify box`: what earlier runs left behind."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import click

from wrapify import audit
from wrapify.box import collect, shelf, store
from wrapify.box.review import of_root
from wrapify.cli import options, render
from wrapify.cli.apply import apply
from wrapify.cli.diff import diff, show
from wrapify.cli.discard import discard
from wrapify.cli.listing import counted, sized
from wrapify.cli.looking import chosen, looking
from wrapify.cli.review import tidy
from wrapify.errors import BoxMissing, StateError, UsageError
from wrapify.event import Event
from wrapify.place import Place, here


@click.group(commands=[diff, apply, discard])
def box() -> None:
    """Look at the boxes that hold what earlier runs changed."""


@box.command("list")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def listing(as_json: bool) -> None:
    """List the boxes, the newest last."""
    place = here()
    tidy(place)
    state = place.dirs.state
    rows = shelf.listing(state)
    if as_json:
        found = [{**about, "name": name, "size": collect.size(state, name)} for name, about in rows]
        render.out(json.dumps(found, indent=2) + "\n")
    elif not rows:
        render.say("wrapify: there are no boxes")
    else:
        render.out("".join(_line(state, name, about=about) for name, about in rows))


def _line(state: str, name: str, *, about: dict[str, object]) -> str:
    size = sized(collect.size(state, name))
    return f"{render.escape(name):10} {_age(about):>9} {size:>7}  {_state(about):12} {_command(about)}\n"


def _state(about: dict[str, object]) -> str:
    if "error" in about:
        return "unreadable"
    if about.get("busy"):
        return "running"
    return f"exit {about['status']}" if "status" in about else "interrupted"


def _age(about: dict[str, object]) -> str:
    started = about.get("started")
    if not isinstance(started, (int, float)):
        return "?"
    seconds = max(time.time() - started, 0)
    for name, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {name}{'s' if seconds >= 2 * length else ''}"
    return "now"


def _command(about: dict[str, object]) -> str:
    text = str(about.get("error") or f"{about.get('profile', '?')}: {about.get('command', '?')}")
    return render.escape(text if len(text) <= 60 else text[:59] + "…")


@box.command("show")
@click.argument("words", nargs=-1, metavar="[BOX]")
def show_one(words: tuple[str, ...]) -> None:
    """Show what is known of a box, and what it changed."""
    place = here()
    name, paths = chosen(place, words)
    if paths:
        raise UsageError("`box show` takes one box", "wrapify diff BOX PATH shows what changed there")
    with looking(place, name) as look:
        about = look.review.about
        for key in ("command", "profile", "cwd"):
            render.out(f"{key + ':':9} {render.escape(str(about.get(key, '?')))}\n")
        render.out(f"{'run:':9} {_age(about)} ago, {_state(about)}\n".replace("now ago", "just now"))
        show(look)


@box.command("enter")
@click.argument("name", metavar="BOX")
@click.pass_context
def enter(ctx: click.Context, /, name: str) -> None:
    """Open a shell in a box: its state as the last run left it, in the directory where it was begun."""
    place = here()
    about = store.read(_existing(place, name))
    try:
        os.chdir(str(about.get("cwd")))
    except OSError as error:
        raise UsageError(f"{about.get('cwd')!a} cannot be entered: {error.strerror}", "wrapify box export") from error
    from wrapify.cli import run

    shell = run.own_shell(place)
    root = ["--root"] if of_root(about) else []
    words = ["--box", name, "--profile", str(about.get("profile")), *root, "--", shell]
    ctx.exit(run.run(options.parse("run", words)))


@box.command("export")
@click.argument("name", metavar="BOX")
@click.argument("target", metavar="FILE|-")
def export(name: str, target: str) -> None:
    """Write what a box holds to a tar archive; what was deleted is listed in it as deleted.txt."""
    place = here()
    if target == "-" and sys.stdout.isatty():
        raise UsageError("a tar archive is not for a terminal", "name a file, or pipe it")
    with looking(place, name) as look:
        from wrapify.box.export import archive

        if target == "-":
            archive(look.review, look.changes, to=sys.stdout.buffer)
            return
        try:
            with Path(target).open("xb") as file:
                archive(look.review, look.changes, to=file)
        except FileExistsError as error:
            raise UsageError(f"{target!a} exists", "name a new file") from error
        except OSError as error:
            raise StateError(f"{target!a} cannot be written: {error.strerror}", "name another file") from error
        render.say(f"wrapify: {counted(len(look.changes), 'change')} written to {render.escape(target)}")


@box.command("rm")
@click.argument("names", nargs=-1, required=True, metavar="BOX...")
@click.option("--force", is_flag=True, help="Also if an apply was cut off; what only the box holds is lost.")
def remove(names: tuple[str, ...], force: bool) -> None:
    """Throw boxes away. Your real files stay as they are."""
    place = here()
    for name in names:
        collect.throw_away(place.dirs.state, name, force=force)
        audit.note(place.dirs, Event("discard", box=name))
    render.say(f"wrapify: {len(names)} box{'es' * (len(names) > 1)} thrown away")


def _existing(place: Place, name: str) -> str:
    """Give the directory of a box. Raises BoxMissing or UsageError."""
    if not store.exists(place.dirs.state, name):
        raise BoxMissing(f"there is no box {name!a}", "wrapify box list")
    return f"{place.dirs.state}/boxes/{name}"
