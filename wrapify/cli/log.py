"""Touches: the log in the state directory, standard output. `wrapify log`: what was intercepted, decided and done."""

from __future__ import annotations

import json
import os
import select
from collections import deque
from collections.abc import Iterator
from datetime import datetime

import click

from wrapify.audit import Reader
from wrapify.cli import render, verdict
from wrapify.errors import UsageError
from wrapify.place import own_dirs

Entry = dict[str, object]

SHOWN = 20
WIDE = 200
TICK_MS = 250
ANSWERS = {
    "sandbox": "asked, to a sandbox",
    "run": "asked, run here",
    "edit": "asked, back to the editor",
    "cancel": "asked, dropped",
    "clean": "asked, cleaned",
    "warned": "warned",
    "swapped": "swapped",
}
DECISIONS = {"allow": "allowed", "ask": "asked", "sandbox": "to a sandbox", "block": "blocked"}


@click.command("show")
@click.argument("name", default="", metavar="[ID]")
@click.option("--json", "as_json", is_flag=True, help="print JSON")
def show(name: str, as_json: bool) -> None:
    """Show all that is known of one entry, by its first letters; the newest if none is named."""
    found = [entry for entry in entries(Reader(own_dirs()).lines()) if str(entry.get("id")).startswith(name)]
    if not found or (name and len({entry.get("id") for entry in found}) > 1):
        raise UsageError(f"{name!a:.40} names {'several entries' if found else 'no entry'}", "wrapify log -n 0")
    if as_json:
        tell(found[-1], as_json=True)
        return
    for key, value in found[-1].items():
        if key != "version":
            shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            render.out(f"{render.escape(key) + ':':10} {render.escape(shown)}\n")


@click.group(invoke_without_command=True, commands=[show])
@click.option("-f", "--tail", "--follow", "follow", is_flag=True, help="go on as more is written; Ctrl-C ends it")
@click.option("-n", "number", type=click.IntRange(0), default=SHOWN, metavar="N", help=f"the last N ({SHOWN}); 0: all")
@click.option("--json", "as_json", is_flag=True, help="print JSON, one object a line")
@click.pass_context
def log(ctx: click.Context, follow: bool, *, number: int, as_json: bool) -> None:
    """Show what was intercepted, decided, run and applied, the newest last."""
    if ctx.invoked_subcommand is not None:
        return
    reader = Reader(own_dirs())
    tail = Tail(reader)
    found = deque(entries(tail.begin() if follow else reader.lines()), maxlen=number or None)
    if not found and not follow:
        render.say("wrapify: nothing was logged yet" if not as_json else "")
    for entry in found:
        tell(entry, as_json=as_json)
    for entry in entries(tail.follow()) if follow else ():
        tell(entry, as_json=as_json)


def entries(lines: Iterator[bytes]) -> Iterator[Entry]:
    """Read lines of the log; what is none (a disk was full) is passed over."""
    for line in lines:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found


def tell(entry: Entry, *, as_json: bool) -> None:
    """Print one entry."""
    if as_json:
        render.out(json.dumps(entry) + "\n")
        return
    name, what = (render.escape(str(entry.get(key, "?"))) for key in ("id", "event"))
    head = f"{name:6}  {_when(entry)}  {what:9} "
    text = ": ".join(filter(None, (_outcome(entry), str(entry.get("text", "")))))
    room = verdict.width() if os.isatty(1) else WIDE
    render.out(f"{render.styled(head[:24], render.DIM, on=1)}{head[24:]}{verdict.fitted(text, room - len(head))}\n")


def _when(entry: Entry) -> str:
    """Write the time of an entry as the clock on the wall has it."""
    try:
        return f"{datetime.fromisoformat(str(entry.get('time'))).astimezone():%Y-%m-%d %H:%M}"
    except (ValueError, OverflowError, OSError):
        return "?".ljust(16)


def _outcome(entry: Entry) -> str:
    """Say in few words what came of it."""
    if "status" in entry:
        parts = [f"exit {entry['status']}", str(entry.get("profile", ""))]
        parts += ["root"] * bool(entry.get("root")) + _box(entry)
        return ", ".join(filter(None, (*parts, str(entry.get("reason", "")))))
    if "why" in entry:
        return str(entry["why"])
    if "decision" in entry:
        said = str(entry.get("answer", "")) if entry["decision"] in ("ask", "allow") else ""
        rules = entry.get("rules")
        by = f" ({', '.join(map(str, rules[:3]))})" if isinstance(rules, list) else ""
        return (ANSWERS.get(said) or DECISIONS.get(str(entry["decision"]), "?")) + by
    if "key" in entry:
        return " = ".join(str(entry[name]) for name in ("key", "value") if name in entry)
    counted = [f"{entry[name]} {word}" for name, word in (("done", "done"), ("left", "left")) if name in entry]
    paths = entry.get("paths")
    return ", ".join((*_box(entry), *counted, *(map(str, paths[:3]) if isinstance(paths, list) else ())))


def _box(entry: Entry) -> list[str]:
    return [f"box {entry['box']}"] if "box" in entry else []


class Tail:
    """Follow the log: what is in it, and then what is added, also where a new file is begun."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._file = -1
        self._rest = b""

    def begin(self) -> Iterator[bytes]:
        """Give the lines that are there. They are read before the place in the newest file is taken."""
        yield from self._reader.older()
        self._file = self._reader.open()
        yield from self._new()

    def follow(self) -> Iterator[bytes]:
        """Give each line that is added, until nobody reads what is printed any more."""
        poll = select.poll()
        poll.register(1, 0)
        while not poll.poll(TICK_MS):
            yield from self._new()
            if self._reader.turned(self._file):
                yield from self._new()
                if self._file >= 0:
                    os.close(self._file)
                self._file = self._reader.open()

    def _new(self) -> Iterator[bytes]:
        """Give the whole lines that were added since."""
        while self._file >= 0 and (piece := os.read(self._file, 1 << 16)):
            *lines, self._rest = (self._rest + piece).split(b"\n")
            yield from lines
