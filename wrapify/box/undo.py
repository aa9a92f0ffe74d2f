"""Touches: the user's real files. Takes an apply back from its last step: what it replaced comes back as it was."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Sequence

from wrapify.box import kernel, nodes
from wrapify.box.changes import CHANGED
from wrapify.box.copying import set_about
from wrapify.box.journal import DONE, ENDED, LEFT, STUCK, UNDOING, UNDONE, Record
from wrapify.box.model import Kind
from wrapify.box.places import FATAL, NOT_EMPTY, OCCUPIED, Conflict, Places, Spot, is_as_adjusted
from wrapify.box.steps import ADJUST, FINISH, PUT, Step, is_folder
from wrapify.errors import StateError


class Undoer:
    """Take back the steps of one record. `dests` are the real directories of the layers."""

    def __init__(self, record: Record, dests: Sequence[str], *, tag: str) -> None:
        self._record = record
        self._places = Places(record, dests, tag=tag)
        self._folders = {(it.layer, it.path): n for n, it in enumerate(record.steps) if is_folder(it)}

    def close(self) -> None:
        """Close what is open."""
        self._places.close()

    def run(self) -> None:
        """Take back every step that was begun, also of an apply that was cut off.

        Raises StateError if it cannot go on; then it can be begun again.
        """
        record = self._record
        try:
            if not record.undoing:
                record.say(UNDOING)
                record.sync()
            for number in reversed(range(len(record.steps))):
                if record.states.get(number) not in (UNDONE, STUCK):
                    self._take_back(number, record.steps[number])
            self._places.tidy()
            self._places.sync()
            record.say(ENDED)
            record.sync()
        except OSError as error:
            raise StateError(f"undo stopped half way: {error.strerror}", "make room, then undo again") from error

    def _take_back(self, number: int, step: Step) -> None:
        try:
            with self._places.spot(number, step) as spot:
                self._one(number, step, spot=spot)
            self._record.say(UNDONE, number)
        except Conflict as problem:
            self._record.say(STUCK, number, more=str(problem))
        except OSError as error:
            if error.errno in FATAL:
                raise
            missed = self._is_missed(number, step, error=error)
            self._record.say(STUCK if missed else UNDONE, number, more=(error.strerror or "failed").lower())

    def _is_missed(self, number: int, step: Step, *, error: OSError) -> bool:
        """Tell whether a step that cannot be taken back has left something."""
        if self._places.kept(number, step) is not None:
            return True
        # Its directory was never made, or has been removed with everything in it.
        is_gone = error.errno in (errno.ENOENT, errno.ENOTDIR)
        return not is_gone and (number in self._record.inodes or self._record.states.get(number) == DONE)

    def _one(self, number: int, step: Step, *, spot: Spot) -> None:
        if step.op == PUT:
            self._remove(number, step, spot=spot)
        elif step.op == FINISH:
            self._open_up(step, spot)
        elif step.op == ADJUST:
            if self._record.states.get(number) != LEFT:
                self._readjust(number, step, spot=spot)
        elif self._places.kept(number, step) is not None:
            self._return(number, step, spot=spot)
        elif spot.inode(spot.name) is not None:
            self._places.as_it_was(step, spot)

    def _return(self, number: int, step: Step, *, spot: Spot) -> None:
        try:
            self._places.give_back(number, step, spot=spot)
        except FileExistsError as error:
            raise Conflict(OCCUPIED) from error

    # ---- what was placed

    def _remove(self, number: int, step: Step, *, spot: Spot) -> None:
        """Remove what a step placed, and put back what it replaced, from wherever either was cut off."""
        placed, beside = self._record.inodes.get(number), spot.inode(spot.beside)
        there = nodes.bare(spot.name, spot.folder)
        # When what was placed is removed its inode may be given to something else.
        if placed and there and (there.ino, there.kind) == (placed, step.kind):
            self._take_out(number, step, spot=spot)
            return
        if beside is not None:
            if beside == placed or not (placed or self._places.is_base(step, spot, name=spot.beside)):
                spot.clear_beside()
            else:
                # What was replaced, and not kept yet. What had come for it, somebody has removed or replaced.
                self._places.keep(number, step, spot=spot, name=spot.beside)
        if self._places.kept(number, step) is not None:
            self._return(number, step, spot=spot)
        elif there is not None:
            self._places.as_it_was(step, spot)
            is_done = self._record.states.get(number) == DONE
            if is_done and placed and not self._places.is_base(step, spot, name=spot.name):
                raise Conflict(CHANGED)

    def _take_out(self, number: int, step: Step, *, spot: Spot) -> None:
        """Take what was placed out of its place, in exchange for what it replaced: at no moment there is nothing."""
        try:
            self._exchange_back(number, step, spot=spot)
        except (Conflict, OSError) as problem:
            if isinstance(problem, OSError) and problem.errno in FATAL:
                raise
            if spot.inode(spot.beside) is not None:
                self._places.keep(number, step, spot=spot, name=spot.beside)
            if step.kind is Kind.DIR:
                _close_up(step, spot)
            raise
        self._places.as_it_was(step, spot)

    def _exchange_back(self, number: int, step: Step, *, spot: Spot) -> None:
        self._places.check_placed(number, step, spot=spot, name=spot.name)
        if spot.inode(spot.beside) is None and self._places.kept(number, step) is not None:
            self._places.give_back(number, step, spot=spot, name=spot.beside)
        how = kernel.NOREPLACE if spot.inode(spot.beside) is None else kernel.EXCHANGE
        self._places.kernel.rename(spot.at, spot.at_beside, how=how)
        try:
            self._places.check_placed(number, step, spot=spot, name=spot.beside)
            _clear(spot)
        except (Conflict, OSError):
            self._places.kernel.rename(spot.at_beside, spot.at, how=how)
            raise

    # ---- permissions

    def _readjust(self, number: int, step: Step, *, spot: Spot) -> None:
        held = os.open(spot.name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=spot.folder)
        try:
            found = nodes.node_of(held)
            if is_as_adjusted(step, found):
                set_about(held, step.was[0], xattrs=step.was[1])
            elif self._record.states.get(number) == DONE:
                raise Conflict(CHANGED)
        finally:
            os.close(held)

    def _open_up(self, step: Step, spot: Spot) -> None:
        """Make a directory that was placed writable: what is in it has to go before it does."""
        placed = self._record.inodes.get(self._folders[step.layer, step.path])
        there = nodes.bare(spot.name, spot.folder)
        if placed and there and (there.ino, there.kind) == (placed, Kind.DIR):
            _set_mode(spot, more=0o700)


def _clear(spot: Spot) -> None:
    try:
        spot.clear_beside()
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise Conflict(NOT_EMPTY) from error
        raise


def _close_up(step: Step, spot: Spot) -> None:
    """Give a directory that stays the permissions that it had before it was opened."""
    _set_mode(spot, more=0, but=0o700 & ~step.mode)


def _set_mode(spot: Spot, *, more: int, but: int = 0) -> None:
    held = os.open(spot.name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=spot.folder)
    try:
        mode = stat.S_IMODE(os.fstat(held).st_mode)
        wanted = (mode | more) & ~but
        if wanted != mode:
            os.chmod(f"/proc/self/fd/{held}", wanted)
    finally:
        os.close(held)
