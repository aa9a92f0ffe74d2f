"""Touches: the state directory, the terminal. `wrapify box`: what earlier runs left behind."""

from __future__ import annotations

import json
import time

import click

from wrapify.box import store
from wrapify.cli import render
from wrapify.place import here


@click.group()
def box() -> None:
    """Look at the boxes that hold what earlier runs changed."""


@box.command("list")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def listing(as_json: bool) -> None:
    """List the boxes, the newest last."""
    rows = store.listing(here().dirs.state)
    if as_json:
        render.out(json.dumps([{**about, "name": name} for name, about in rows], indent=2) + "\n")
    elif not rows:
        render.say("wrapify: there are no boxes")
    else:
        render.out("".join(_line(name, about) for name, about in rows))


def _line(name: str, about: dict[str, object]) -> str:
    return f"{render.escape(name):10} {_age(about):>9}  {_state(about):12} {_command(about)}\n"


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
