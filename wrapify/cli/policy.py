"""Touches: the policy files, standard output. `wrapify policy`: what holds and where it comes from, and changing it."""

from __future__ import annotations

import os

import click

from wrapify import audit
from wrapify.cli import editing, render, trusting
from wrapify.errors import PolicyError
from wrapify.event import Event
from wrapify.host import Machine
from wrapify.place import own_dirs
from wrapify.policy import edit, files, quick, resolve
from wrapify.policy.model import KEYS, UNITS, Key, Policy, stricter
from wrapify.policy.writing import replace_file


@click.group(commands=[editing.edit_file, trusting.trust_text, trusting.list_trusted, trusting.distrust])
def policy() -> None:
    """See and change what wrapify does."""


def read() -> Policy:
    """Read what holds for whoever runs this. Raises PolicyError."""
    return files.read_policy(Machine(), own_dirs().config)


def user_file() -> str:
    """Name the user's policy file."""
    return quick.paths(own_dirs().config)[1]


@policy.command("show")
@click.argument("names", nargs=-1, metavar="[KEY]...")
def show(names: tuple[str, ...]) -> None:
    """Show every value and where it comes from; what is not set has none."""
    found = read()
    for key in map(_known, names) if names else KEYS:
        value, source = effective(found, key)
        if value or names or key.kind != "action":
            render.out(f"{key.name:22} {render.escape(value) or '-':12} {render.escape(source)}\n")


def effective(found: Policy, key: Key) -> tuple[str, str]:
    """Give the value of a key, as it is written, and its source; the administrator's where that is what holds."""
    own, demand = found.settings[key.name], found.demands.get(key.name)
    if demand and stricter(str(demand.value), str(own.value)):
        alone = key.name.startswith("action.")
        return f"{'' if alone else 'at least '}{demand.value}", demand.source
    return shown(key, own.value), own.source


def shown(key: Key, value: str | int) -> str:
    """Write a value as a policy file may say it."""
    if key.kind != "size":
        return str(value)
    size = int(value)
    for unit in ("GiB", "MiB", "KiB"):
        if size % UNITS[unit.upper()] == 0:
            return f"{size // UNITS[unit.upper()]} {unit}"
    return str(size)


def _known(name: str) -> Key:
    """Give the key called `name`. Raises PolicyError that names the nearest."""
    if name not in resolve.BY_NAME:
        resolve.checked("the command line", name, value="")
    return resolve.BY_NAME[name]


@policy.command("get")
@click.argument("name", metavar="KEY")
def get(name: str) -> None:
    """Print one value, an empty line if it is not set."""
    key = _known(name)
    render.out(f"{render.escape(effective(read(), key)[0].removeprefix('at least '))}\n")


@policy.command("set")
@click.argument("name", metavar="KEY")
@click.argument("text", metavar="VALUE")
def set_value(name: str, text: str) -> None:
    """Set one value in your policy file; comments and layout stay."""
    value = edit.parsed(name, text)
    path = user_file()
    replace_file(path, edit.with_value(path, files.whole(path), name=name, value=value))
    audit.note(own_dirs(), Event("policy", key=name, value=str(value)))
    holding, source = effective(read(), _known(name))
    if source != path:
        render.note(f"{name} is set, but {source} demands {holding}, and the stricter of both holds")


@policy.command("unset")
@click.argument("name", metavar="KEY")
def unset(name: str) -> None:
    """Take one value out of your policy file; comments and layout stay."""
    key, path = _known(name), user_file()
    before = files.whole(path)
    if key.name not in resolve.values(path, before):
        render.say(f"wrapify: {key.name} is not set in {render.escape(path)}")
        return
    replace_file(path, edit.without(path, before, name=key.name))
    audit.note(own_dirs(), Event("policy", key=key.name, value="unset"))


@policy.command("path")
def path() -> None:
    """Print the path of your policy file."""
    render.out(f"{render.escape(user_file())}\n")


@policy.command("check")
@click.argument("name", metavar="FILE|default")
def check(name: str) -> None:
    """Say whether a policy file can be used; `default`: those that are."""
    for file in quick.paths(own_dirs().config) if name == "default" else (name,):
        if name != "default" and not os.path.lexists(file):
            raise PolicyError(f"{file!a} does not exist", "name a policy file, or `default`")
        count = len(resolve.values(render.escape(file), files.whole(file)))
        if os.path.lexists(file):
            render.out(f"{render.escape(file)}: sound, sets {count} value{'' if count == 1 else 's'}\n")
        else:
            render.out(f"{render.escape(file)}: not there, so it sets nothing\n")
