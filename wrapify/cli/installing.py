"""Touches: the user's units of systemd. `wrapify clip watch --install` and `--uninstall`."""

from __future__ import annotations

import os
import subprocess
import sys

from wrapify import clipboard
from wrapify.cli import render
from wrapify.clip import unit
from wrapify.errors import StateError
from wrapify.place import own_dirs
from wrapify.policy.writing import replace_file

SECONDS = 20


def install(primary: bool) -> None:
    """Write the unit and start it; without a systemd of the user's say how else it is started. Raises StateError."""
    path = _path()
    _check_ours(path)
    program = _program()
    if not unit.is_writable(program):
        raise StateError(f"systemd does not start a program of this path: {program!a}", "install wrapify elsewhere")
    replace_file(path, os.fsencode(unit.written(program, primary=primary)))
    render.say(f"wrapify: written: {render.escape(path)}")
    if _systemctl("daemon-reload") and _systemctl("enable", unit.NAME):
        if _systemctl("restart", unit.NAME):
            render.say("wrapify: the clipboard is watched, now and in every graphical session")
        else:
            render.say("wrapify: the clipboard is watched from the next graphical session on")
        return
    render.note("systemd does not answer for this user, so nothing starts it yet")
    render.say("wrapify: where there is none, have your session start: wrapify clip watch")


def uninstall() -> None:
    """Stop it, and remove the unit. Raises StateError."""
    path = _path()
    if not _check_ours(path):
        render.say("wrapify: it is not installed, so there is nothing to remove")
        return
    _systemctl("disable", "--now", unit.NAME)
    try:
        os.unlink(path)
    except OSError as error:
        raise StateError(f"{path} cannot be removed: {error.strerror}", "remove it by hand") from error
    _systemctl("daemon-reload")
    render.say(f"wrapify: removed: {render.escape(path)}")


def _path() -> str:
    return f"{os.path.dirname(own_dirs().config)}/systemd/user/{unit.NAME}"


def _check_ours(path: str) -> bool:
    """Tell whether the unit is there. Raises StateError if it is somebody else's."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            if unit.is_ours(file.read(len(unit.MARK))):
                return True
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}", "look at it") from error
    raise StateError(f"{path} was not written by wrapify, so it stays as it is", "move it away")


def _program() -> str:
    """Give the path of wrapify: that beside this Python, which is the one that was started, else that on PATH."""
    beside = f"{os.path.dirname(sys.executable)}/wrapify"
    if os.access(beside, os.X_OK):
        return beside
    if found := clipboard.program("wrapify", os.environ):
        return found
    raise StateError("the path of wrapify is not known", "install it so that it is on PATH")


def _systemctl(*words: str) -> bool:
    program = clipboard.program("systemctl", os.environ)
    if not program:
        return False
    try:
        done = subprocess.run(
            [program, "--user", *words], capture_output=True, stdin=subprocess.DEVNULL, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
