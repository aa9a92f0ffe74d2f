"""Touches: the user's policy file, an editor, the terminal. `wrapify policy edit`: on a copy, taken over if sound."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile

import click

from wrapify import audit
from wrapify.cli import render
from wrapify.errors import PolicyError, StateError
from wrapify.event import Event
from wrapify.place import own_dirs
from wrapify.policy import edit, files, quick, resolve
from wrapify.policy.writing import replace_file

EDITORS = ("sensible-editor", "nano", "vim", "vi")


@click.command("edit")
def edit_file() -> None:
    """Open a copy of your policy file in $VISUAL or $EDITOR; it is taken over if it can be used."""
    path = quick.paths(own_dirs().config)[1]
    before = files.whole(path)
    folder = tempfile.mkdtemp(prefix="wrapify-")
    copy = f"{folder}/policy.toml"
    with open(copy, "wb") as file:
        file.write(before or edit.template().encode())
    try:
        after = _edited(copy)
        if files.whole(path) != before:
            raise StateError(f"{path} was changed meanwhile", "nothing was replaced")
        _take(path, before, after=after)
    except (PolicyError, StateError) as problem:
        problem.hint = f"{problem.hint}; your text is in {copy}"
        raise
    shutil.rmtree(folder, ignore_errors=True)


def _take(path: str, before: bytes, *, after: bytes) -> None:
    if after in (before, edit.template().encode()):
        render.say("wrapify: nothing was changed")
        return
    replace_file(path, after)
    audit.note(own_dirs(), Event("policy", key="edit"))
    render.say(f"wrapify: {render.escape(path)} is changed")


def _edited(copy: str) -> bytes:
    """Let the user edit until the copy can be used. Raises PolicyError if that is given up."""
    while True:
        words = _editor()
        try:
            status = subprocess.call([*words, copy])
        except OSError as error:
            raise StateError(f"{words[0]!a} cannot be started: {error.strerror}", "set EDITOR") from error
        if status:
            raise StateError(f"{words[0]!a} ended with status {status}, so nothing was replaced", "try again")
        after = files.whole(copy)
        try:
            resolve.values("the edited file", after)
        except PolicyError as problem:
            if not _again(problem):
                raise
        else:
            return after


def _again(problem: PolicyError) -> bool:
    if not os.isatty(0):
        return False
    render.error(problem)
    render.prompt("wrapify: edit it again? [Y/n] ")
    answer = os.read(0, 4096).decode("utf-8", "replace").strip().lower()
    return answer in ("", "y", "yes")


def _editor() -> list[str]:
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or next(filter(shutil.which, EDITORS), "")
    try:
        words = shlex.split(named)
    except ValueError as error:
        raise StateError(f"EDITOR cannot be split into words: {error}", "set EDITOR") from error
    if not words:
        raise StateError("there is no editor", "set EDITOR")
    return words
