"""Touches: the terminal. Stands between it and a sandbox, which has a terminal of ours instead.

The launcher stays in the session of the shell and moves bytes; the keeper leads a session of its own, in which the
sandbox is a job as it would be one of the shell's. So what opens /dev/tty inside gets ours, too.

The user's terminal is made raw only once something inside takes ours out of the state it was given: an editor, a
prompt for a password, a shell. Until then it stays as the shell left it: Ctrl-C and Ctrl-Z come as signals and are
passed on, a line that was typed is handed over when something inside waits for it, and what nobody reads is still
there for the shell. In a pipeline, others may use the terminal meanwhile.

A launcher in the background keeps the sandbox in the background of its own session: reading keys stops it there
(SIGTTIN), and then the launcher stops by the same signal, as every job does.
"""

from __future__ import annotations

import _signal
import os
import select
import termios
import time

from wrapify.errors import SandboxUnavailable
from wrapify.sandbox import modes, readers
from wrapify.sandbox.modes import LFLAG
from wrapify.sandbox.pair import Pair
from wrapify.sandbox.screen import Screen
from wrapify.sandbox.watch import WATCHED, parent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

FOREGROUND, BACKGROUND = 101, 102
"""What the launcher tells the keeper besides signals: have the sandbox go on in front, or behind."""
PASSED_ON = (*WATCHED, _signal.SIGINT, _signal.SIGQUIT, _signal.SIGTSTP)
WANTING = (_signal.SIGTTIN, _signal.SIGTTOU)
FIRST_LOOK_MS, LAST_LOOK_MS = 2, 100
"""When it is looked at whether something inside wants keys: soon after all that happens, then less and less often."""
PIECE = 4096


def find(*, titles: bool, heeded: Sequence[int]) -> Front | None:
    """Give what stands between this terminal and a sandbox, None if there is no terminal that it could reach.

    `heeded` are the signals that the caller does not ignore. Raises SandboxUnavailable.
    """
    outer = modes.open_terminal()
    if outer < 0:
        return None
    try:
        return Front(outer, titles=titles, heeded=heeded)
    except (OSError, termios.error) as error:
        why = f"there is no terminal to be had for it ({error.args[-1]})"
        raise SandboxUnavailable(f"{why}, so nothing was run", "wrapify policy set terminal.filter off") from error


class Front:
    """Hold both terminals: `theirs` is the user's, `ours` the one that the sandbox has. `behind` is its place there.

    `tell` is where the keeper tells the signal by which the sandbox was stopped, before it stops itself.
    """

    def __init__(self, outer: int, *, titles: bool, heeded: Sequence[int]) -> None:
        found = termios.tcgetattr(outer)
        self.theirs = modes.Modes(outer)
        self.outer = outer
        self.ours = Pair()
        self._news, self.tell = os.pipe()
        self._heeded = heeded
        self._screen = Screen(outer, utf8=modes.is_utf8(found), titles=titles)
        self._screen.adds_returns = self.theirs.adds_returns()
        self._typed = b""
        self._keeper = self._held = self._job = -1
        self._pause = FIRST_LOOK_MS
        self._line_waits = self._continued = self._hung_up = False
        self._rang, self._due = True, 0.0
        os.set_blocking(self._news, False)
        self.behind = not self.theirs.in_front()
        if not self.behind:
            self.ours.adopt(found)
        self._size()

    def serve(self, keeper: int, *, held: int) -> None:
        """Move bytes, and pass on to the keeper what concerns it, until it has ended and all it left is shown."""
        self._keeper, self._held = keeper, held
        os.close(self.tell)
        bell, ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        before = self._listen(ring)
        try:
            while not (self._rang and self._is_over()):
                self._step(bell)
            self._pull()
            self._screen.end()
        finally:
            self._give_back()
            _signal.set_wakeup_fd(-1)
            for number, action in before:
                _signal.signal(number, action)
            for descriptor in (bell, ring, self._news):
                os.close(descriptor)
            self.ours.close()
            self.theirs.close()

    def _listen(self, ring: int) -> list[tuple[int, Any]]:
        numbers = (*self._heeded, _signal.SIGCHLD, _signal.SIGCONT, _signal.SIGWINCH)
        _signal.set_wakeup_fd(ring, warn_on_full_buffer=False)
        return [(number, _signal.signal(number, self._heard)) for number in numbers]

    def _heard(self, number: int, _: object) -> None:
        if number == _signal.SIGCONT:
            self._continued = True
        elif number == _signal.SIGWINCH:
            self._size()
            self._say(number)
        elif number in PASSED_ON:
            self._screen.hurried = True
            self._say(number)

    def _say(self, number: int) -> None:
        try:
            os.write(self._held, bytes([number]))
        except OSError:
            pass  # It has just ended.

    def _is_over(self) -> bool:
        pid, status = os.waitpid(self._keeper, os.WNOHANG | os.WUNTRACED)
        if pid and os.WIFSTOPPED(status):
            self._stopped()
        return bool(pid) and not os.WIFSTOPPED(status)

    def _step(self, bell: int) -> None:
        """Wait for what comes next and move it on."""
        poll = select.poll()
        poll.register(bell, select.POLLIN)
        if self.ours.master >= 0:
            reads = 0 if self._screen.backlog else select.POLLIN
            poll.register(self.ours.master, reads | (select.POLLOUT if self._typed else 0))
        if not self._hung_up:
            takes = not self._typed if self.theirs.is_raw else not self._line_waits
            poll.register(self.outer, select.POLLIN * takes | (select.POLLOUT if self._screen.backlog else 0))
        looks = not self.theirs.is_raw and not self._hung_up
        ready = dict(poll.poll(self._pause if looks else None))
        self._pause = FIRST_LOOK_MS if ready else min(self._pause * 2, LAST_LOOK_MS)
        self._rang = bell in ready and bool(os.read(bell, 64))
        if self._continued:
            self._resumed()
        self._move(ready)
        now = time.monotonic()
        if looks and not self._hung_up and now >= self._due:
            self._due = now + FIRST_LOOK_MS / 1000
            self._look()

    def _move(self, ready: dict[int, int]) -> None:
        outer, master = ready.get(self.outer, 0), ready.get(self.ours.master, 0)
        if outer & select.POLLOUT:
            self._screen.write()
        if outer & select.POLLIN and self.theirs.is_raw:
            self._take_keys()
        elif outer & select.POLLIN:
            self._line_waits = True
        elif outer & ~select.POLLOUT:
            self._hang_up()
        if master & select.POLLIN:
            self._pull(once=True)
        if self._typed:
            self._typed = self.ours.type(self._typed)

    def _pull(self, *, once: bool = False) -> None:
        """Read what the sandbox has printed, all of it or a good piece, and show it."""
        while piece := self.ours.read():
            self._screen.show(piece)
            if once:
                return

    def _take_keys(self) -> None:
        try:
            keys = os.read(self.outer, PIECE)
        except BlockingIOError:
            return
        except OSError:
            keys = b""
        if not keys:
            self._hang_up()
        self._typed += keys

    def _hang_up(self) -> None:
        """Take ours away as well, by which the sandbox knows, unless the caller ignores that (nohup)."""
        self._hung_up = True
        self.theirs.forget()
        self._screen.gone()
        self._typed = b""
        if _signal.SIGHUP in self._heeded:
            self.ours.hang_up()

    def _stopped(self) -> None:
        """Do what the stop of the sandbox asks for: give it the keys, or stop as well until the shell goes on."""
        try:
            number = os.read(self._news, 1)[0]
        except (BlockingIOError, IndexError):
            number = int(_signal.SIGSTOP)  # Somebody stopped the keeper itself.
        self._pull()
        if number in WANTING and self.theirs.in_front():
            self._go_on(front=True)
        else:
            self._rest(number)
        os.kill(self._keeper, _signal.SIGCONT)

    def _rest(self, number: int) -> None:
        had_keys = self.theirs.is_raw
        self._give_back()
        self._continued = False
        before = _signal.signal(number, _signal.SIG_DFL) if number != _signal.SIGSTOP else None
        os.kill(os.getpid(), number)
        if before is not None:
            _signal.signal(number, before)
        self._size()
        if number in WANTING and not self._continued:
            # No shell is there to stop for. Without ours in between, reading would fail: so there is nothing to read.
            self._typed += self.ours.eof()
            self._go_on(front=True)
        elif had_keys and self.theirs.in_front():
            self._take()
        else:
            self._go_on(front=self.theirs.in_front())
        self._continued = False

    def _go_on(self, *, front: bool) -> None:
        self.behind = not front
        self._say(FOREGROUND if front else BACKGROUND)

    def _resumed(self) -> None:
        """Be what the shell made of this job, after a stop that was none of the sandbox's."""
        self._continued = False
        self._size()
        if self.theirs.is_raw and self.theirs.in_front():
            self._take()
        elif self.theirs.is_raw:
            self.theirs.forget()
            self._screen.adds_returns = self.theirs.adds_returns()
            self._go_on(front=False)

    def _look(self) -> None:
        """See whether something inside wants keys, or a line that was typed."""
        try:
            holder, untouched = os.tcgetpgrp(self.ours.master), self.ours.is_as_given()
            found = termios.tcgetattr(self.outer)
        except (OSError, termios.error):
            return
        if not self.theirs.in_front():
            return
        if self.behind:
            self._go_on(front=True)
            if untouched:
                self.ours.adopt(found)
        if not untouched or not self._is_own(holder):
            self._take()
        elif self._pause == LAST_LOOK_MS:
            self._screen.prepare()
        if self._line_waits and not self.theirs.is_raw:
            self._line_waits = modes.has_typed(self.outer)
            # Where somebody else has made the terminal raw, it is not ours to read.
            shared = not found[LFLAG] & termios.ICANON
            if self._line_waits and not shared and readers.waits(self._keeper, os.fstat(self.ours.slave).st_rdev):
                self._hand_over()

    def _is_own(self, holder: int) -> bool:
        """Tell whether it is the keeper's doing who is in front: the keeper itself, the sandbox, or nobody yet."""
        if holder not in (0, self._keeper, self._job) and parent(holder) == self._keeper:
            self._job = holder
        return holder in (0, self._keeper, self._job)

    def _hand_over(self) -> None:
        """Hand a line over that was typed, edited and shown already."""
        try:
            line = os.read(self.outer, PIECE)
        except OSError:
            return  # Somebody else has read it, or the terminal is gone: then the next look finds that.
        self._pull()
        self._screen.echoes = self.ours.type_line(line)

    def _take(self) -> None:
        """Have each key come here as it is pressed, and let the sandbox go on in front."""
        try:
            self.theirs.make_raw()
        except termios.error:
            self._hang_up()
        self._screen.adds_returns = False
        self._line_waits = False
        self._size()
        self._go_on(front=True)

    def _give_back(self) -> None:
        self.theirs.put_back()
        self._screen.adds_returns = self.theirs.adds_returns()

    def _size(self) -> None:
        self.ours.size_like(self.outer)
