"""Touches: the terminal, a box, real files. The review after a run: look, then apply, choose, keep or discard."""

from __future__ import annotations

import os
import termios
import time
from collections.abc import Sequence

from wrapify import audit
from wrapify.box import collect, removal, shelf, store
from wrapify.box.review import Review
from wrapify.box.rows import Row
from wrapify.cli import keys, render
from wrapify.cli.apply import report
from wrapify.cli.diff import patched
from wrapify.cli.listing import Listing, counted, summary
from wrapify.cli.looking import Look, looking
from wrapify.errors import WrapifyError
from wrapify.event import Event
from wrapify.host import Machine
from wrapify.place import Place
from wrapify.policy import files

LINES = 12
"""Rows of the screen that the listing leaves free."""
MOST_LINES = 500
"""Changed lines shown at once; `wrapify diff -p` has no bound."""
PROMPT = "[a]pply all  [c]hoose  [v]iew  [n]ame and keep  [d]iscard  [Enter] keep"
HELP = (
    "a  make your real files like those in the box (wrapify apply --undo takes it back)",
    "c  decide for each of them",
    "v  show the changed lines",
    "n  give the box a name, to use it again: wrapify run --box NAME",
    "d  throw it all away",
    "Enter  decide later: wrapify diff, wrapify apply, wrapify discard",
)


def after_run(place: Place, box: store.Box) -> None:
    """Show what a run changed and ask what is to become of it. Without a terminal the box is kept and named.

    Whatever goes wrong here, the run is over and its box is there.
    """
    try:
        _after_run(place, box)
    except WrapifyError as problem:
        render.error(problem)
        render.kept(box.name)
    except (OSError, termios.error):
        render.kept(box.name)  # The terminal has gone: nobody is there to choose.


def _after_run(place: Place, box: store.Box) -> None:
    tidy(place)
    review = Review(box)
    if not os.isatty(2) or next(review.changes(), None) is None:
        render.kept(box.name)
        return
    with keys.opened() as found:
        if found is None:
            render.kept(box.name)
        else:
            Conversation(Look(place, review), found).hold()


def tidy(place: Place) -> None:
    """Remove unnamed boxes that are too old, and say so of those that hold what matters."""
    state = place.dirs.state
    collect.sweep(state)
    days = files.read_policy(Machine(), place.dirs.config).number("box.keep_days")
    for name in collect.old(state, days=days, now=time.time()):
        marked = _marked(place, name)
        try:
            collect.throw_away(state, name)
        except WrapifyError:
            continue  # In use at this moment, or an apply of it was cut off.
        if marked:
            more = f" and {len(marked) - 1} more" if len(marked) > 1 else ""
            render.note(f"box {name} was older than {days} days and is gone; it had changed {marked[0]}{more}")


def _marked(place: Place, name: str) -> list[str]:
    """List what matters in a box; one that cannot be read says nothing."""
    try:
        with looking(place, name) as look:
            return [change.path for change in look.changes if change.matters]
    except WrapifyError:
        return []


class Conversation:
    """Hold the talk about one box."""

    def __init__(self, look: Look, found: keys.Keys) -> None:
        self._look = look
        self._keys = found
        self._listing = Listing(look.home, stat=look.stat, on=2)

    def hold(self) -> None:
        """Show the changes and ask until there is an answer."""
        self._list()
        self._keys.forget()
        answers = {"a": self._apply, "c": self._choose, "n": self._name, "d": self._discard}
        while True:
            key = self._ask(PROMPT)
            if key in answers:
                if answers[key]():
                    return
            elif key == "v":
                self._view(self._look.table.rows)
            elif key == "?":
                render.say("\n".join(f"  {line}" for line in HELP))
            elif key in ("enter", "k", "q", "escape", ""):
                render.kept(self._look.review.box.name)
                return

    def _list(self) -> None:
        name = self._look.review.box.name
        render.say(f"{render.styled('wrapify: ', render.DIM)}{summary(self._look.changes)} (box {name})")
        for line in self._listing.lines(self._look.table, most=_rows() - LINES):
            render.say(line)

    def _ask(self, question: str) -> str:
        """Ask for one key, and show the one that was pressed."""
        render.prompt(render.styled("wrapify: ", render.DIM) + question + " ")
        key = self._keys.key()
        render.say(key if len(key) == 1 and key.isprintable() else "")
        return key

    def _view(self, every: Sequence[Row]) -> None:
        shown = 0
        for change in (change for row in every for change in row.changes):
            for line in patched(self._look, change, on=2):
                shown += 1
                if shown > MOST_LINES:
                    render.say(f"  … and more: wrapify diff -p {self._look.review.box.name}")
                    return
                render.say(line)

    # ---- answers; each tells whether that was the last word

    def _apply(self) -> bool:
        return self._carry_out(())

    def _choose(self) -> bool:
        wanted: list[str] = []
        table = self._look.table
        for at, row in enumerate(table.rows):
            for line in self._listing.row(row):
                render.say(line)
            key = self._one(row, f"({at + 1} of {len(table.rows)}) apply this? [y]es [n]o [v]iew [r]est too [q]uit")
            if key == "q":
                return False
            if key == "r":
                wanted.extend(change.path for other in table.rows[at:] for change in other.changes)
                break
            if key == "y":
                wanted.extend(change.path for change in row.changes)
        if not wanted:
            render.note("nothing was chosen")
            return False
        return self._carry_out(wanted)

    def _one(self, row: Row, question: str) -> str:
        while (key := self._ask(question)) not in ("y", "n", "r", "q"):
            if key == "v":
                self._view((row,))
            elif key in ("", "escape"):
                return "q"
        return key

    def _carry_out(self, paths: Sequence[str]) -> bool:
        look = self._look
        plan = look.review.plan(look.changes, exactly=paths)
        files = len({(step.layer, step.path) for step in plan.steps})
        # The one answer that changes real files is not to be what a terminal says late, or a key held too long.
        self._keys.forget()
        if plan.steps and self._ask(f"change {counted(files, 'path')} of your real files? [y]es [n]o") != "y":
            return False
        try:
            report(look, look.review.apply(plan), what="apply", plan=plan)
        except WrapifyError as problem:
            render.error(problem)
        return True

    def _name(self) -> bool:
        render.prompt("wrapify: its name: ")
        wanted = self._keys.line()
        try:
            if wanted:
                shelf.rename(self._look.review.box, wanted)
                render.kept(wanted)
            return bool(wanted)
        except WrapifyError as problem:
            render.error(problem)
            return False

    def _discard(self) -> bool:
        box = self._look.review.box
        removal.throw_away(box, self._look.review.dests)
        audit.note(self._look.place.dirs, Event("discard", box=box.name))
        render.say("wrapify: thrown away; your files stay as they are")
        return True


def _rows() -> int:
    try:
        return os.get_terminal_size(2).lines
    except OSError:
        return 24
