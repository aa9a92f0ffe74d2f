"""Touches: the user's real files. Carries out the steps of an apply: each is done as a whole, or not at all.

A new file is made beside its place and renamed. What it replaces is exchanged with it in one system call, looked at
again, and put back if it is not what was there when the plan was made. What goes is kept for undo. Directories are
entered through no symlink and no mount point, so nothing outside the shown directory is ever touched.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from functools import partial

from wrapify.box import kernel, nodes
from wrapify.box.changes import APPEARED, CHANGED
from wrapify.box.copying import Copier, set_about, set_mode_and_time
from wrapify.box.journal import DONE, ENDED, LEFT, PREPARED, Record
from wrapify.box.model import Kind
from wrapify.box.places import ELSEWHERE, FATAL, GONE, OCCUPIED, Conflict, Places, Spot, is_as_adjusted, reason
from wrapify.box.steps import ADJUST, DELETE, FINISH, PARENT, PUT, Step, is_folder
from wrapify.box.waiting import Waiting
from wrapify.errors import StateError

FEW = 16
"""Up to so many steps are synced one by one; after more the whole file system is."""
ROW = 100
"""Files of one directory that are put in their places after one look whether it is still there."""


class Applier:
    """Carry out the steps of one record. `roots` are (directory in the box, real directory) of each layer."""

    def __init__(self, record: Record, roots: Sequence[tuple[str, str]], *, tag: str) -> None:
        self._record = record
        self._places = Places(record, [dest for _, dest in roots], tag=tag)
        files = {(it.layer, it.path): n for n, it in enumerate(record.steps) if it.op == PUT and it.kind is Kind.FILE}
        self._files = files
        self._folders = {(it.layer, it.path): n for n, it in enumerate(record.steps) if is_folder(it)}
        self._many = len(record.steps) > FEW
        self._copier = Copier([root for root, _ in roots], sync=not self._many)
        self._waiting = Waiting(self._places, row=ROW if self._many else 1)

    def close(self) -> None:
        """Close what is open."""
        self._waiting.close()
        self._copier.close()
        self._places.close()

    def run(self) -> None:
        """Carry out every step that has not ended. Raises StateError when it cannot go on; then it can be resumed."""
        try:
            for number, step in enumerate(self._record.steps):
                if number not in self._record.states:
                    # A directory may be closed by its permissions: what waits in it comes first.
                    closes = step.op in (ADJUST, FINISH) and step.kind is Kind.DIR
                    if closes or self._waiting.is_full:
                        self._place_waiting()
                    self._answer(number, partial(self._one, number, step))
            self._place_waiting()
            self._places.tidy()
            if self._many:
                self._places.sync()
            self._record.say(ENDED)
            self._record.sync()
        except OSError as error:
            raise StateError(f"applying stopped half way: {error.strerror}", RESUME) from error

    def _answer(self, number: int, act: Callable[[], None]) -> None:
        """Turn what goes wrong with one step into the reason why it is left alone, if the next may go better."""
        try:
            act()
        except Conflict as problem:
            self._record.say(LEFT, number, more=str(problem))
        except OSError as error:
            if error.errno in FATAL:
                raise
            self._record.say(LEFT, number, more=reason(error))

    def _one(self, number: int, step: Step) -> None:
        self._check_above(step)
        waits = step.op == PUT and step.kind is not Kind.DIR
        if waits and not self._record.begun:
            self._let_wait(number, step)
            return
        with self._places.spot(number, step) as spot:
            if step.op == PUT and not self._was_placed(number, step, spot=spot):
                if waits:
                    self._let_wait(number, step)
                    return
                self._prepare(number, step, spot=spot)
                if step.base:
                    self._record.sync()
                self._record.write()
                self._place(number, step, spot=spot)
            elif step.op == DELETE:
                self._delete(number, step, spot=spot)
            elif step.op in (ADJUST, FINISH):
                self._adjust(step, spot=spot)
            self._sync(spot)
        self._record.say(DONE, number)

    def _check_above(self, step: Step) -> None:
        """Raise Conflict if the new directory that a step is about, or in, was left: then another one lies there."""
        path = step.path if step.op == FINISH else step.path.rpartition("/")[0]
        above = self._folders.get((step.layer, path))
        if above is not None and self._record.states.get(above) == LEFT:
            raise Conflict(self._record.why[above] if step.op == FINISH else PARENT)

    # ---- put

    def _prepare(self, number: int, step: Step, *, spot: Spot) -> None:
        """Make what is new beside its place."""
        if self._record.inodes.get(number):
            self._discard(number, spot)
        try:
            try:
                inode = self._make(step, spot)
            except FileExistsError:  # An earlier attempt left something.
                spot.clear_beside()
                inode = self._make(step, spot)
        except (OSError, Conflict):
            spot.clear_beside()
            raise
        self._record.note(PREPARED, number, more=inode)

    def _discard(self, number: int, spot: Spot) -> None:
        """Remove what was made beside the place, saying so first: its inode may be given to anything then."""
        if self._record.inodes.get(number):
            self._record.say(PREPARED, number, more=0)
        spot.clear_beside()

    def _make(self, step: Step, spot: Spot) -> int:
        """Make what is new; give its inode."""
        if step.kind is Kind.DIR:
            os.mkdir(spot.beside, 0o700, dir_fd=spot.folder)
        elif step.kind is Kind.LINK:
            os.symlink(step.target, spot.beside, dir_fd=spot.folder)
            os.utime(spot.beside, ns=(step.mtime, step.mtime), dir_fd=spot.folder, follow_symlinks=False)
        elif step.kind is Kind.FIFO:
            os.mkfifo(spot.beside, 0o600, dir_fd=spot.folder)
            set_mode_and_time(step, spot.at_beside)
        elif not (step.twin and self._link(step, spot)):
            return self._copier.copy(step, spot)
        return spot.look(spot.beside).st_ino

    def _link(self, step: Step, spot: Spot) -> bool:
        """Make another name of a file that this apply has made, placed or waiting; tell whether it is that file."""
        first = self._files[step.layer, step.twin]
        if self._record.states.get(first, DONE) != DONE:
            return False
        with self._places.spot(first, self._record.steps[first]) as other:
            name = other.name if first in self._record.states else other.beside
            os.link(name, spot.beside, src_dir_fd=other.folder, dst_dir_fd=spot.folder, follow_symlinks=False)
        if spot.look(spot.beside).st_ino == self._record.inodes.get(first):
            return True
        os.unlink(spot.beside, dir_fd=spot.folder)
        return False

    def _let_wait(self, number: int, step: Step) -> None:
        """Make what is new beside its place, and let it wait there."""
        spot = self._waiting.spot(number, step)
        self._prepare(number, step, spot=spot)
        self._waiting.add(number, spot)

    def _place_waiting(self) -> None:
        """Put what waits into its place, once the disk has what it holds, and the journal what it is."""
        waiting = self._waiting.take()
        for layer in {self._record.steps[number].layer for number, _ in waiting} if self._many else ():
            self._places.sync(layer)
        if waiting:
            self._record.sync()
        for number, spot in waiting:
            self._answer(number, partial(self._place_one, number, spot))
        self._waiting.close()

    def _place_one(self, number: int, spot: Spot) -> None:
        """Put one of those into its place, if that is where it was when the step was prepared."""
        step = self._record.steps[number]
        if not self._waiting.is_there(step, spot):
            self._discard(number, spot)
            raise Conflict(ELSEWHERE)
        self._place(number, step, spot=spot)
        self._sync(spot)
        self._record.note(DONE, number)

    def _place(self, number: int, step: Step, *, spot: Spot) -> None:
        try:
            self._places.kernel.rename(spot.at_beside, spot.at, how=kernel.EXCHANGE if step.base else kernel.NOREPLACE)
        except OSError as error:
            self._discard(number, spot)
            known = {errno.EEXIST: APPEARED, errno.ENOENT: GONE, errno.EINVAL: UNABLE}
            if error.errno in known:
                raise Conflict(known[error.errno]) from error
            raise
        if step.base:
            self._settle(number, step, spot=spot)

    def _sync(self, spot: Spot) -> None:
        if not self._many:
            kernel.sync_folder(spot.folder, whole=False)

    def _settle(self, number: int, step: Step, *, spot: Spot) -> None:
        """Keep what was replaced if it is what was expected and can be kept; else put it back."""
        try:
            if self._places.is_base(step, spot, name=spot.beside):
                self._places.keep(number, step, spot=spot, name=spot.beside)
                return
        except OSError:
            self._put_back(number, step, spot=spot)
            raise
        self._put_back(number, step, spot=spot)
        raise Conflict(CHANGED)

    def _settle_again(self, number: int, step: Step, *, spot: Spot) -> None:
        """Settle what an earlier attempt placed."""
        try:
            self._places.check_placed(number, step, spot=spot, name=spot.name)
        except Conflict:
            # The user has changed what was placed since: that stays, and what was there before is kept.
            self._places.keep(number, step, spot=spot, name=spot.beside)
        else:
            self._settle(number, step, spot=spot)

    def _put_back(self, number: int, step: Step, *, spot: Spot) -> None:
        """Put back what came out of the place."""
        try:
            self._places.kernel.rename(spot.at_beside, spot.at, how=kernel.EXCHANGE)
        except FileNotFoundError:
            # Somebody has removed what was placed.
            self._places.kernel.rename(spot.at_beside, spot.at, how=kernel.NOREPLACE)
        if spot.inode(spot.beside) in (None, self._record.inodes[number]):
            self._discard(number, spot)
            return
        # Somebody has put yet another thing there: that stays, and the one before it is kept.
        self._places.kernel.rename(spot.at_beside, spot.at, how=kernel.EXCHANGE)
        self._places.keep(number, step, spot=spot, name=spot.beside)

    def _was_placed(self, number: int, step: Step, *, spot: Spot) -> bool:
        """Finish what an earlier attempt had begun; tell whether it was in place."""
        if not self._record.begun:
            return False
        if self._places.kept(number, step) is not None:
            return True
        inode, beside = self._record.inodes.get(number), spot.inode(spot.beside)
        if inode and spot.inode(spot.name) == inode:
            if step.base:
                self._settle_again(number, step, spot=spot)
            return True
        if beside is None or beside == inode or not (inode or self._places.is_base(step, spot, name=spot.beside)):
            return False
        # It was, and somebody has put something else there, or removed it, before the old one was kept.
        self._places.keep(number, step, spot=spot, name=spot.beside)
        return True

    # ---- the others

    def _delete(self, number: int, step: Step, *, spot: Spot) -> None:
        if self._places.kept(number, step) is None:
            try:
                self._places.keep(number, step, spot=spot, name=spot.name)
            except FileNotFoundError:
                return  # Gone already, which is what was wanted.
        problem: Exception = Conflict(CHANGED)
        try:
            if self._places.is_kept_base(number, step):
                return
        except OSError as error:
            problem = error
        try:
            self._places.give_back(number, step, spot=spot)
        except FileExistsError:
            problem = Conflict(OCCUPIED)
        raise problem

    def _adjust(self, step: Step, *, spot: Spot) -> None:
        """Set permissions, attributes and, of a new directory, its time. Done again it does the same."""
        held = os.open(spot.name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=spot.folder)
        try:
            found = nodes.node_of(held)
            if step.op == ADJUST:
                if not is_as_adjusted(step, found):
                    raise Conflict(CHANGED)
            elif found.ino != self._record.inodes.get(self._folders[step.layer, step.path]):
                raise Conflict(CHANGED)
            # Whatever the run has set: nothing gets its owner's rights by an apply.
            set_about(held, step.mode & (0o3777 if step.kind is Kind.DIR else 0o1777), xattrs=step.xattrs)
            if step.op == FINISH:
                os.utime(f"/proc/self/fd/{held}", ns=(step.mtime, step.mtime))
        finally:
            os.close(held)


RESUME = "make room, then wrapify apply --resume, or wrapify apply --undo"
UNABLE = "this file system cannot exchange two files at once"
