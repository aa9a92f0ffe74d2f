"""Touches: sandboxes, a box. Runs commands in sandboxes as `wrapify run` does, and looks outside at what came of it."""

from __future__ import annotations

import os

from wrapify import session
from wrapify.box import collect, store
from wrapify.cli import options
from wrapify.doctor.seen import Trial
from wrapify.errors import WrapifyError
from wrapify.place import Place


def recorded(place: Place, name: str) -> tuple[bool, str, str]:
    """Write a file called `name` in the home in a sandbox, and record that in a box of that name."""
    line = f'[ -n "$WRAPIFY_SANDBOX" ] || exit 9; echo x >"$HOME/.{name}"'
    request = options.parse("run", ["-q", "-c", line])
    try:
        if _records(request, place):
            request.box = name
        else:  # Where nothing can be recorded the home may be read-only.
            request.line = f"{line} || :"
    except WrapifyError as problem:
        return False, problem.message, problem.hint
    trial = _run(request, place)
    return trial.did, trial.said, trial.hint


def cleared(place: Place, name: str) -> str:
    """Throw that box away, and say what is wrong if the file is there outside. The run has ended: it held the box."""
    if store.exists(place.dirs.state, name):
        collect.throw_away(place.dirs.state, name, force=True)
    mark = f"{place.home}/.{name}"
    return f"what was written inside is there outside, which must never be: {mark}" if os.path.lexists(mark) else ""


def connected(place: Place) -> tuple[bool, str, str]:
    """Start a sandbox with the internet. Nothing is sent."""
    trial = _run(options.parse("run", ["-q", "--net", "internet", "--home", "private", "true"]), place)
    return trial.did, trial.said, trial.hint


def _records(request: options.Request, place: Place) -> bool:
    recipe = session.find_recipe(request, place)
    return bool(recipe["record"] and recipe["layers"])


def _run(request: options.Request, place: Place) -> Trial:
    command = ("/bin/sh", "-c", request.line) if request.line is not None else request.words
    said = os.memfd_create("said")
    for number in (1, 2):
        os.dup2(said, number)
    try:
        recipe = session.find_recipe(request, place)
        recipe["log"] = 0  # What is only tried is no event for the user's log.
        status = session.run(request, place, recipe=recipe, job=session.Job(command))
    except WrapifyError as problem:
        return Trial(False, problem.message, problem.hint)
    text = os.pread(said, 4096, 0).decode("utf-8", "replace").strip().rpartition("\n")[2]
    return Trial(status == 0, text or f"the command ended with {status}")
