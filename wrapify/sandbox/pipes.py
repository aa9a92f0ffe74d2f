"""Touches: descriptors. What bwrap reads and where it tells how it goes.

Its options travel in a memfd, not on a command line that ps(1) shows; its environment is scrubbed already.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from wrapify.sandbox.launch import Errand
    from wrapify.sandbox.recipe import Recipe

BOX = b"@box@"
SCRIPT = "/run/wrapify/script"
"""Where a script that came through a pipe is seen inside."""


class Pipes:
    """Hold the descriptors shared with bwrap: what it reads (args, filter, go) and what it tells (info, status).

    `trouble` is where the child says what went wrong before it became bwrap, `heard` where that is read.
    """

    __slots__ = ("args", "far", "filter", "go", "heard", "info", "script", "status", "trouble")

    def __init__(self, errand: Errand) -> None:
        self.args = _memfd(_options(errand.recipe, errand.store) + _variables(errand.env))
        self.filter = _memfd(errand.recipe["seccomp"])
        self.script = _memfd(errand.script) if errand.script else -1
        self.info, info = os.pipe()
        wait, self.go = os.pipe()
        self.status, status = os.pipe()
        self.heard, self.trouble = os.pipe()
        self.far = (info, wait, status)

    def words(self) -> tuple[str, ...]:
        """Name the descriptors as bwrap options."""
        info, wait, status = self.far
        numbers = (("--args", self.args), ("--seccomp", self.filter), ("--info-fd", info), ("--block-fd", wait))
        words = tuple(str(word) for pair in (*numbers, ("--json-status-fd", status)) for word in pair)
        return words if self.script < 0 else (*words, "--ro-bind-data", str(self.script), SCRIPT)

    def passed(self) -> tuple[int, ...]:
        """List the descriptors bwrap inherits."""
        return (self.args, self.filter, *self.far, *((self.script,) if self.script >= 0 else ()))


def _memfd(content: bytes) -> int:
    descriptor = os.memfd_create("wrapify")
    while content:
        content = content[os.write(descriptor, content) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _options(recipe: Recipe, store: str) -> bytes:
    options: bytes = b"\0" + recipe["args"]
    # No path of the host is relative, so only ours can start with the placeholder.
    return options.replace(b"\0" + BOX + b"/", b"\0" + os.fsencode(store) + b"/")[1:]


def _variables(env: Mapping[str, str]) -> bytes:
    """Set the command's environment by option. bwrap itself starts with none: LD_PRELOAD would change bwrap, too."""
    words = (word for name, value in env.items() for word in ("--setenv", name, value))
    return b"".join(os.fsencode(word) + b"\0" for word in words)
