"""Touches: a box, standard output. `wrapify diff`: what the runs in a box changed, and how."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain

import click

from wrapify.box import text
from wrapify.box.model import Change, Kind, Node
from wrapify.cli import render
from wrapify.cli.listing import Listing, shortened, summary
from wrapify.cli.looking import Look, chosen, looking
from wrapify.place import here

SIGNS = {"+": render.GREEN, "-": render.RED, "@": render.DIM, "\\": render.DIM}


@click.command()
@click.argument("words", nargs=-1, metavar="[BOX] [PATH]...")
@click.option("--last", is_flag=True, help="the box of the latest run (also without it, if none is named)")
@click.option("-p", "--patch", is_flag=True, help="show the changed lines of every text")
@click.option("--json", "as_json", is_flag=True, help="print JSON, one object a line")
def diff(words: tuple[str, ...], *, last: bool, patch: bool, as_json: bool) -> None:
    """Show what a run changed; with a PATH, the changed lines there."""
    place = here()
    name, paths = chosen(place, words, last=last)
    with looking(place, name) as look:
        if not (as_json or patch or paths):
            # Before anything is read: a large box takes a second.
            render.out(f"{heading(look)}\n")
            show(look)
            return
        changes = look.at(paths)
        if as_json:
            for change in changes:
                render.out(json.dumps(described(change)) + "\n")
            return
        for change in changes:
            render.out("".join(f"{line}\n" for line in patched(look, change)))


def heading(look: Look) -> str:
    """Say which box it is, and which command was run in it."""
    about = look.review.about
    command = shortened(str(about.get("command", "?")), 60)
    return f"box {render.styled(look.review.box.name, render.BOLD, on=1)} · {render.escape(command)}"


def show(look: Look, *, most: int = 0) -> None:
    """Print the listing of a box on standard output."""
    render.out(f"{summary(look.changes)}\n")
    listing = Listing(look.home, stat=look.stat)
    render.out("".join(f"{line}\n" for line in listing.lines(look.table, most=most)))


def patched(look: Look, change: Change, *, on: int = 1) -> Iterator[str]:
    """Give the changed lines of one change, under a line that names it, for the descriptor `on`."""
    listing = Listing(look.home, stat=lambda _: "")
    yield render.styled(f"{change.kind}: {listing.name(change)}", render.BOLD, on=on)
    if change.matters:
        yield render.styled(f"  {change.matters}", render.YELLOW, on=on)
    if change.conflict:
        yield render.styled(f"  cannot be applied: {change.conflict}", render.RED, on=on)
    lines = _properties(change)
    if any(node is not None and node.kind is Kind.FILE for node in (change.old, change.new)):
        lines = chain(lines, _text(look, change))
    for line in lines:
        yield render.styled(line, SIGNS[line[0]], on=on) if line[:1] in SIGNS else line


def _properties(change: Change) -> Iterator[str]:
    old, new = change.old, change.new
    for sign, node in (("-", old), ("+", new)):
        if node is not None and node.kind is Kind.LINK:
            yield _line(sign, f"→ {node.target}")
    if old and new and old.kind is new.kind and old.kind is not Kind.LINK and old.mode != new.mode:
        yield f"  mode {old.mode:o} → {new.mode:o}"
    if new and new.kind is Kind.FILE and not old and new.mode & 0o111:
        yield "  executable"
    if old and new and old.xattrs != new.xattrs:
        yield "  attributes differ"


def _text(look: Look, change: Change) -> Iterator[str]:
    before, after = look.review.contents(change)
    # What could run is shown as it is, even if a byte in it makes it look like no text.
    if not change.matters and (text.is_binary(before) or text.is_binary(after)):
        yield f"  not a text, {_size(change.old)} → {_size(change.new)}"
        return
    found = text.unified(before, after)
    for line in found.lines:
        hidden = f"… and {line.hidden} more characters" if line.hidden else ""
        yield _line(line.sign, line.text) + hidden
    if found.cut:
        yield f"  … cut: +{found.added} -{found.removed} lines in all"


def _size(node: Node | None) -> str:
    return f"{node.size:,} bytes" if node and node.kind is Kind.FILE else "nothing"


def _line(sign: str, content: str) -> str:
    # Tabs are plain text, and escaped they would make every Makefile unreadable.
    return sign + "\t".join(render.escape(part) for part in content.split("\t"))


def described(change: Change) -> dict[str, object]:
    """Give a change as plain values for JSON. Bytes of a name that are no UTF-8 are lone surrogates, as in Python."""
    node, old = change.new, change.old
    return {
        "path": change.path,
        "change": str(change.kind),
        "type": str(node.kind) if node else None,
        "was": str(old.kind) if old else None,
        "size": node.size if node else None,
        "mode": f"{node.mode:04o}" if node else None,
        "target": node.target if node and node.kind is Kind.LINK else None,
        "lost": change.lost,
        "matters": change.matters or None,
        "conflict": change.conflict or None,
    }
