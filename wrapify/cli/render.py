"""Touches: standard output and standard error. The only module that prints; nothing hostile is printed raw."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wrapify.errors import WrapifyError

DIM, BOLD, RED, YELLOW, GREEN = "2", "1", "31", "33", "32"


def escape(text: str) -> str:
    """Make every character that is not plain visible text visible, as a backslash escape."""
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff":
        # A byte of a file name that is no UTF-8, as os.fsdecode gives it.
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def styled(text: str, *codes: str, on: int = 2) -> str:
    """Colour `text` for the descriptor `on`, if it is a terminal that wants colour. `text` is escaped already."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not os.isatty(on):
        return text
    return f"\x1b[{';'.join(codes)}m{text}\x1b[0m"


def say(line: str) -> None:
    """Print a line on standard error, where it does not mix with what the command prints."""
    _write(2, f"{line}\n")


def prompt(text: str) -> None:
    """Print a question on standard error and stay on its line."""
    _write(2, text)


def out(text: str, *, on: int = 1) -> None:
    """Print text on standard output, or on the descriptor `on`."""
    _write(on, text)


def _write(descriptor: int, text: str) -> None:
    content = text.encode("utf-8", "backslashreplace")
    try:
        while content:
            content = content[os.write(descriptor, content) :]
    except OSError:
        pass  # Nobody reads any more; the exit status still tells.


def status(kept: str, parts: Sequence[str], *, notes: Iterable[str]) -> None:
    """Print the status line of a run, and a line for each thing that is weaker than usual."""
    say(styled(f"wrapify: {' · '.join(map(escape, (*parts, kept)))}", DIM))
    for line in notes:
        note(line)


def kept(box: str) -> None:
    """Say where the changes are and that nothing outside changed."""
    say(styled("wrapify: your files are as they were; what it changed is in box ", DIM) + styled(box, BOLD))


def note(text: str) -> None:
    """Print one thing worth knowing about a run. `text` is escaped here."""
    say(styled("wrapify: ", DIM) + styled(escape(text), YELLOW))


def ended(reason: str) -> None:
    """Say why wrapify ended a run."""
    say(styled("wrapify: ", DIM) + styled(f"ended: {escape(reason)}", RED))


def error(problem: WrapifyError) -> None:
    """Print a failure and its hint."""
    say(styled("wrapify: ", DIM) + styled(escape(problem.message), RED))
    if problem.hint:
        say(styled(f"         {escape(problem.hint)}", DIM))


def flush() -> None:
    """Push out what Python itself may have buffered, before another program takes the terminal."""
    sys.stdout.flush()
    sys.stderr.flush()
