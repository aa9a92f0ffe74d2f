"""What the tests of `wrapify doctor` share: its answer as a table, and a machine of which something is taken away."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

from tests.conftest import Wrapify

Rows = dict[str, dict[str, Any]]


def rows(done: subprocess.CompletedProcess[str]) -> Rows:
    """Read what --json printed: the checks by their names. The exit status is that of the worst."""
    assert done.stderr == ""
    told = json.loads(done.stdout)
    levels = [one["level"] for one in told["checks"]]
    assert done.returncode == told["status"] == (2 if "broken" in levels else 1 if "limited" in levels else 0)
    return {one["check"]: one for one in told["checks"]}


def doctor(wrapify: Wrapify, **more: Any) -> Rows:
    """Ask the doctor. The program is on PATH, as the hook of a shell needs it."""
    path = f"{wrapify.program.parent}:{wrapify.environment()['PATH']}"
    return rows(wrapify("doctor", "--json", **{**more, "env": {"PATH": path, **more.get("env", {})}}))


def doctor_without(wrapify: Wrapify, *lines: str, env: dict[str, str] | None = None) -> Rows:
    """Ask it in a mount namespace in which root did `lines` before."""
    user = wrapify.user
    script = " && ".join((*lines, f'exec setpriv --reuid {user.uid} --regid {user.gid} --clear-groups -- "$@"'))
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", str(wrapify.program)]
    done = subprocess.run(
        [*words, "doctor", "--json"],
        cwd=wrapify.home, env=wrapify.environment(**(env or {})), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return rows(done)


def hidden(*paths: str) -> Sequence[str]:
    """Give the lines that take programs away: what is there instead cannot be started."""
    return [f"mount --bind /dev/null {path}" for path in paths if os.path.exists(path)]


def tree(wrapify: Wrapify) -> Iterator[tuple[str, bytes]]:
    """List what lies in the home, but for what wrapify keeps for later, and what a start of fish makes."""
    skipped = (".cache/wrapify", ".local/share/fish/generated", ".config/fish/fish_variables")
    for folder, _, names in os.walk(wrapify.home):
        for name in names:
            path = f"{folder}/{name}"
            if not os.path.relpath(path, wrapify.home).startswith(skipped):
                with open(path, "rb") as file:
                    yield path, file.read()
