"""Touches: argv. The table of commands, loaded when they are called, and the one error boundary.

A command that starts a sandbox, or judges a text, is on the hot path: neither click nor any of the core is imported for
it here.
"""

from __future__ import annotations

import _signal
import os
import sys

from wrapify.errors import WrapifyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "run": "wrapify.cli.run:run",
    "sh": "wrapify.cli.sh:sh",
    "explain": "wrapify.cli.explain:explain",
    "check": "wrapify.cli.check:check",
    "ask": "wrapify.cli.ask:ask",
    "diff": "wrapify.cli.diff:diff",
    "apply": "wrapify.cli.apply:apply",
    "discard": "wrapify.cli.discard:discard",
    "box": "wrapify.cli.box:box",
    "paste": "wrapify.cli.paste:paste",
    "clip": "wrapify.cli.clip:clip",
    "log": "wrapify.cli.log:log",
    "policy": "wrapify.cli.policy:policy",
    "setup": "wrapify.cli.setup:setup",
    "init": "wrapify.cli.init:init",
    "completions": "wrapify.cli.completions:completions",
    "man": "wrapify.cli.man:man",
    "on": "wrapify.cli.on:on",
    "off": "wrapify.cli.off:off",
    "status": "wrapify.cli.status:status",
    "doctor": "wrapify.cli.doctor:doctor",
    "selftest": "wrapify.cli.selftest:selftest",
}
FAST = ("run", "sh", "explain", "check", "ask", "paste", "init")
"""The commands that must start fast: their options are read by `options.parse`."""


def main(argv: Sequence[str]) -> int:
    """Run the command line `argv` and return its exit status. This is the boundary: no exception gets past it."""
    from wrapify.cli import render

    try:
        if _signal.getsignal(_signal.SIGINT) == _signal.SIG_DFL:
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        _open_standard_descriptors()
        return _dispatch(argv)
    except WrapifyError as problem:
        render.error(problem)
        return problem.exit_code
    except KeyboardInterrupt:
        from wrapify.cli import run

        return run.end_like(130)
    except Exception as problem:  # Whatever went wrong, nothing of the command ran outside.
        render.error(_unexpected(problem))
        return 125


def _dispatch(argv: Sequence[str]) -> int:
    count, argv = _leading(argv)
    if list(argv) in (["--version"], ["-V"]):
        return _version()
    if not argv or argv[0] not in FAST or argv[1:2] in (["--help"], ["-h"]):
        from wrapify.cli import group

        more, argv = group.verbosity(argv)
        _trace(count + more, argv)
        return group.run(argv)
    from wrapify.cli import options

    request = options.parse(argv[0], argv[1:])
    _trace(count + request.verbose + 2 * request.very_verbose, argv)
    return int(load(argv[0])(request))  # type: ignore[operator]


def _version() -> int:
    """Print the version, as click would. Without it, for prompts and scripts that ask at every start."""
    from wrapify import __version__
    from wrapify.cli import render

    render.out(f"wrapify {__version__}\n")
    return 0


VERBOSE = {"-v": 1, "--verbose": 1, "-vv": 2, "--very-verbose": 2}


def _leading(argv: Sequence[str]) -> tuple[int, Sequence[str]]:
    """Take each -v in front of the command off a command line, and count them."""
    count = 0
    while argv and argv[0] in VERBOSE:
        count, argv = count + VERBOSE[argv[0]], argv[1:]
    return count, argv


def _trace(count: int, argv: Sequence[str]) -> None:
    """Have it said what is decided and done, if somebody wants to know."""
    env = os.environ
    if count or "WRAPIFY_LOG" in env or "WRAPIFY_LOG_FILE" in env:
        from wrapify.cli import verbose

        # `ask` stands between a paste and a shell, which has drawn its line there.
        verbose.begin(count, env, quiet=argv[:1] == ["ask"])


def load(name: str) -> object:
    """Import what carries out the command `name`. (importlib is a package that costs more than this line.)"""
    module, attribute = COMMANDS[name].split(":")
    __import__(module)
    return getattr(sys.modules[module], attribute)


def _open_standard_descriptors() -> None:
    """Open 0, 1 and 2 if the caller closed them: else the next file opened would be taken for one of them."""
    while (descriptor := os.open("/dev/null", os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


def _unexpected(problem: Exception) -> WrapifyError:
    """Turn a failure nobody foresaw into one sentence."""
    from wrapify import tracing

    if tracing.is_on():
        import traceback

        for line in "".join(traceback.format_exception(problem)).splitlines():
            tracing.debug("%s", line)
    what = f"{type(problem).__name__}: {problem}"
    return WrapifyError(f"something unexpected went wrong: {what}", "WRAPIFY_LOG=debug shows where")
