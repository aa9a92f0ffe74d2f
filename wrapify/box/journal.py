"""Touches: the record of one apply, in the directory of its box: the plan, what was done of it, and what it replaced.

Whatever instruction a kill comes at, plan and journal say what there is to look at. A line of the journal is written
before the step that it announces and after the one that it confirms; one that was cut off is as if it were not there.
Of many files the lines are written together: before any of them is put in its place, and after up to LINES are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from wrapify.box.steps import Step, from_line, to_line
from wrapify.errors import StateError

PREPARED, DONE, LEFT, UNDOING, UNDONE, STUCK, ENDED, TAGGED = "p", "d", "c", "b", "u", "s", "e", "t"
"""A new file waits beside its place, with its inode (0: it is removed, or made anew); in place; left alone; undo has
begun; undone; cannot be undone; all is said; what the names of its own files hold."""
CUT_OFF = "wrapify apply --resume finishes it, wrapify apply --undo takes it back"
KEEPS = "wrapify box export keeps what is in the box"
LINES = 100
"""Lines that are written together: so many that only confirm may be missing after a kill."""
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW


class Record:
    """Hold one apply: `steps`, and by their numbers the inode of what was prepared, and how they ended."""

    __slots__ = (
        "_journal", "_noted", "begun", "ended", "inodes", "number", "path", "states", "steps", "tag", "trash",
        "undoing", "why",
    )  # fmt: skip

    def __init__(self, path: str, steps: Sequence[Step]) -> None:
        self.path = path
        self.number = int(os.path.basename(path))
        self.steps = tuple(steps)
        self.inodes: dict[int, int] = {}
        self.states: dict[int, str] = {}
        self.why: dict[int, str] = {}
        self.ended = self.undoing = False
        self.tag = ""
        # Whether anything may have been done already; after a power cut the journal may not say so.
        self.begun = True
        self._noted: list[str] = []
        self._journal = os.open(f"{path}/journal", _APPEND, 0o600)
        for line in _lines(self._journal):
            word, _, rest = line.partition(" ")
            number, _, more = rest.partition(" ")
            self._take(word, number, more=more)
        self.trash = os.open(f"{path}/trash", os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def _take(self, word: str, number: int | str, *, more: int | str) -> None:
        if word == ENDED:
            self.ended = True
        elif word == UNDOING:
            self.undoing, self.ended = True, False
        elif word == TAGGED:
            self.tag = str(number)
        elif word == PREPARED:
            self.inodes[int(number)] = int(more)
        else:
            self.states[int(number)] = word
            self.why[int(number)] = str(more)

    def tagged(self, name: str) -> str:
        """Give what the names of this apply's own files hold: that of the box at its beginning, for it may get another.

        `name` is its name now. Raises OSError.
        """
        if not self.tag:
            self.say(TAGGED, f"{name}-{self.number}")
        return self.tag

    def say(self, word: str, number: int | str = "", *, more: str | int = "") -> None:
        """Write one line of the journal, after those that were noted."""
        self.note(word, number, more=more)
        self.write()

    def note(self, word: str, number: int | str = "", *, more: str | int = "") -> None:
        """Take one line down, to be written with others."""
        self._noted.append(f"{word} {number} {more}".rstrip())
        self._take(word, number, more=more)
        if len(self._noted) >= LINES:
            self.write()

    def write(self) -> None:
        """Write what was noted."""
        if self._noted:
            self._append(self._noted)
            self._noted = []

    def _append(self, lines: Sequence[str]) -> None:
        rest = "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
        end = os.fstat(self._journal).st_size
        try:
            while rest:
                rest = rest[os.write(self._journal, rest) :]
        except OSError:
            os.ftruncate(self._journal, end)
            raise

    def sync(self) -> None:
        """Write the journal to disk."""
        self.write()
        os.fsync(self._journal)

    def close(self) -> None:
        """Close what is open."""
        os.close(self._journal)
        os.close(self.trash)


def _lines(journal: int) -> list[str]:
    """Read a journal; a line without its end (a full disk, a kill at a page's end) is cut off, or the next joins it."""
    with open(journal, "rb", closefd=False) as source:
        found = source.read()
    whole = found[: found.rfind(b"\n") + 1]
    if whole != found:
        os.ftruncate(journal, len(whole))
    return whole.decode("utf-8", "replace").split("\n")[:-1]


def begin(box: str, steps: Sequence[Step]) -> Record:
    """Write down the plan of a new apply of the box at `box`. Raises StateError."""
    base = f"{box}/applied"
    try:
        os.makedirs(base, 0o700, exist_ok=True)
        number = max(_numbers(box), default=0) + 1
        fresh, path = f"{base}/.new", f"{base}/{number}"
        _clear(fresh)
        os.makedirs(f"{fresh}/trash", 0o700)
        with open(f"{fresh}/plan", "x", encoding="ascii") as plan:
            plan.writelines(f"{to_line(step)}\n" for step in steps)
            plan.flush()
            os.fsync(plan.fileno())
        os.rename(fresh, path)
        _sync(path)
        _sync(base)
        record = Record(path, steps)
        record.begun = False
        return record
    except OSError as error:
        raise StateError(f"{base} cannot be written: {error.strerror}", "make room there") from error


def _sync(path: str) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _clear(path: str) -> None:
    """Remove what an apply that was killed before it began left behind."""
    for name in ("plan", "trash"):
        spot = f"{path}/{name}"
        if os.path.lexists(spot):
            (os.rmdir if stat.S_ISDIR(os.lstat(spot).st_mode) else os.unlink)(spot)
    if os.path.isdir(path):
        os.rmdir(path)


def _numbers(box: str) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(f"{box}/applied") if name.isdecimal())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"{box}/applied cannot be read: {error.strerror}", KEEPS) from error


def read(box: str, number: int) -> Record:
    """Read an apply of the box at `box`. Raises StateError for one that cannot be read."""
    path = f"{box}/applied/{number}"
    try:
        with open(f"{path}/plan", encoding="ascii") as plan:
            return Record(path, [from_line(line) for line in plan])
    except (OSError, ValueError) as error:
        raise StateError(f"{path} cannot be read: {error}", KEEPS) from error


def is_cut_off(box: str) -> bool:
    """Tell whether an apply or undo of the box at `box` has begun and not ended. The plan need not be readable."""
    numbers = _numbers(box)
    lines: list[str] = []
    if numbers:
        try:
            descriptor = os.open(f"{box}/applied/{numbers[-1]}/journal", os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        try:
            lines = _lines(descriptor)
        finally:
            os.close(descriptor)
    return bool(lines) and lines[-1].partition(" ")[0] != ENDED


def every(box: str) -> Iterator[Record]:
    """Read all applies of the box at `box`, the first one first."""
    return (read(box, number) for number in _numbers(box))


def latest(box: str) -> Record | None:
    """Read the latest apply of the box at `box` that was not undone, None if there is none."""
    for number in reversed(_numbers(box)):
        record = read(box, number)
        if not (record.undoing and record.ended):
            return record
        record.close()
    return None
