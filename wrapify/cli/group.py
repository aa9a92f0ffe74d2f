"""Touches: the command line. What click does: help, and the commands that start no sandbox."""

from __future__ import annotations

from collections.abc import Sequence

import click

from wrapify import __version__
from wrapify.cli import COMMANDS, VERBOSE, load, options, render
from wrapify.errors import UsageError

USAGE = {
    "run": "[OPTIONS] [--] COMMAND [ARG]...",
    "sh": "[OPTIONS] [-s] [--] [FILE|-] [ARG]...",
    "explain": "[OPTIONS] [--] COMMAND [ARG]...",
    "check": "[OPTIONS] [--] [TEXT|-]",
    "ask": "[OPTIONS]",
    "paste": "[OPTIONS]",
    "init": "bash|zsh|fish",
}


class Lazy(click.Group):
    """Load a command when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the names of the table, in its order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command `cmd_name`, None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        found = load(cmd_name)
        return found if isinstance(found, click.Command) else _starting(cmd_name, found.__doc__ or "")


def _starting(name: str, doc: str) -> click.Command:
    """Describe a command that must start fast, for --help; its command line is read by `options.parse`."""
    params: list[click.Parameter] = [
        click.Option(
            [*option.spellings, option.name],
            is_flag=option.kind == options.FLAG,
            multiple=option.kind == options.MANY,
            metavar=option.metavar or None,
            help=option.help,
        )
        for option in options.OPTIONS[name]
    ]
    return click.Command(name, params=params, help=doc, options_metavar=USAGE[name])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, "-V", "--version", message="wrapify %(version)s")
@click.option("-v", "--verbose", count=True, help="say what is decided and done; -vv: how. Also behind a command.")
def wrapify(verbose: int) -> None:
    """Run a command you don't trust; nothing on your machine changes until you say so."""


def verbosity(argv: Sequence[str]) -> tuple[int, Sequence[str]]:
    """Take each -v off a command line, wherever it stands before `--`, and count them."""
    end = argv.index("--") if "--" in argv else len(argv)
    count = sum(VERBOSE.get(word, 0) for word in argv[:end])
    return count, [*(word for word in argv[:end] if word not in VERBOSE), *argv[end:]]


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` and return its exit status. Raises WrapifyError."""
    try:
        return int(wrapify.main(list(argv), prog_name="wrapify", standalone_mode=False) or 0)
    # click before 8.2 has no such error: it prints the help itself.
    except getattr(click.exceptions, "NoArgsIsHelpError", ()) as problem:
        render.out(f"{problem.format_message()}\n")
        return 2
    except click.ClickException as problem:
        raise UsageError(problem.format_message(), "wrapify --help") from problem
    except click.Abort:
        return 130
