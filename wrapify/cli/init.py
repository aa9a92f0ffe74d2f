"""Touches: the hooks in shell/. `wrapify init`: print what a shell reads at its start, as it lies there."""

from __future__ import annotations

import os

from wrapify.cli import render
from wrapify.errors import StateError, UsageError
from wrapify.shells import EDITORS, HOOKS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.cli.options import Request

FOLDERS = ("../shell", "../../shell")
"""Where the wheel has the hooks, and where a checkout has them, seen from here."""


def init(request: Request) -> int:
    """Print the hook of a shell, for eval "$(wrapify init zsh)" in its start-up file."""
    files = HOOKS | EDITORS
    if len(request.words) != 1 or request.words[0] not in files:
        raise UsageError("`init` takes the name of a shell", f"wrapify init {'|'.join(HOOKS)}")
    path, hook = shipped(files[request.words[0]])
    render.out(f"{path}\n" if request.path else hook)
    return 0


def shipped(name: str) -> tuple[str, str]:
    """Give path and content of a file of shell/. The path is as it is named, symlinks and all: it survives upgrades."""
    for folder in FOLDERS:
        path = os.path.abspath(f"{os.path.dirname(__file__)}/{folder}/{name}")
        try:
            with open(path, encoding="utf-8") as file:
                return path, file.read()
        except FileNotFoundError:
            continue
    raise StateError(f"{name} is missing from this installation", "install wrapify again")
