"""Touches: the terminal. Stands between it and a sandbox, which has a terminal of ours instead.

The launcher stays in the session of the shell and moves bytes; the keeper leads a session of its own, in which the
sandbox is a job as it would be one of the shell's. So what opens /dev/tty inside gets ours, too.

The user's terminal is raw only while something inside has taken ours out of the state it was given: an editor, a
prompt for a password, a shell. Else it stays as the shell left it: Ctrl-C and Ctrl-Z come as signals and are passed
on. In either case what was typed is taken only when something inside waits for it, and what nobody reads is still there
for the shell. In a pipeline, others may use the terminal meanwhile.

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
from wrapify.sandbox import modes
from wrapify.sandbox.keyboard import Keyboard
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
FIRST_LOOK_MS, LAST_LOOK_MS, KEY_LOOK_MS = 1, 100, 8
"""When it is looked at whether something inside wants keys: soon after all that happens, then less and less often.
The last is how often at least while there are some."""


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
        self._keeper = self._held = self._job = -1
        self._pause = FIRST_LOOK_MS
        self._continued = self._hung_up = False
        self._rang, self._due = True, 0.0
        os.set_blocking(self._news, False)
        self.behind = not self.theirs.in_front()
        if not self.behind:
            self.ours.adopt(found)
        self._size()

    def serve(self, keeper: int, *, held: int) -> None:
        """Move bytes, and pass on to the keeper what concerns it, until it has ended and all it left is shown."""
        self._keeper, self._held = keeper, held
        self._keyboard = Keyboard(self.outer, self.ours, keeper=keeper)
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
        keyboard, screen = self._keyboard, self._screen
        if self.ours.master >= 0:
            poll.register(self.ours.master, select.POLLIN * (not screen.backlog) | select.POLLOUT * bool(keyboard.left))
        if not self._hung_up:
            poll.register(self.outer, select.POLLIN * (not keyboard.waits) | select.POLLOUT * bool(screen.backlog))
        ready = dict(poll.poll(None if self._hung_up else self._pause))
        most = KEY_LOOK_MS if keyboard.waits and self.theirs.is_raw else LAST_LOOK_MS
        self._pause = FIRST_LOOK_MS if ready else min(self._pause * 2, most)
        self._rang = bell in ready and bool(os.read(bell, 64))
        if self._continued:
            self._resumed()
        self._move(ready)
        now = time.monotonic()
        if not self._hung_up and now >= self._due:
            self._due = now + FIRST_LOOK_MS / 1000
            self._look()

    def _move(self, ready: dict[int, int]) -> None:
        outer, master = ready.get(self.outer, 0), ready.get(self.ours.master, 0)
        if outer & select.POLLOUT:
            self._screen.write()
        if outer & select.POLLIN:
            self._keyboard.heard()
        elif outer & ~select.POLLOUT:
            self._hang_up()
        if master & select.POLLIN:
            self._pull(once=True)
        self._keyboard.type(self.ours)

    def _pull(self, *, once: bool = False) -> None:
        """Read what the sandbox has printed, all of it or a good piece, and show it."""
        while piece := self.ours.read():
            self._screen.show(piece)
            if once:
                return

    def _hang_up(self) -> None:
        """Take ours away as well, by which the sandbox knows, unless the caller ignores that (nohup)."""
        self._hung_up = True
        self.theirs.forget()
        self._screen.gone()
        self._keyboard.left = b""
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
            self._keyboard.left += self.ours.eof()
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
        needed = not untouched or not self._is_own(holder)
        if self.theirs.is_raw:
            self._serve_keys(needed=needed)
        elif needed:
            self._take()
        else:
            if self._pause == LAST_LOOK_MS:
                self._screen.prepare()
            # Where somebody else has made the terminal raw, it is not ours to read.
            if self._keyboard.waits and found[LFLAG] & termios.ICANON:
                self._hand_over()

    def _serve_keys(self, *, needed: bool) -> None:
        if self._keyboard.settled(needed=needed):
            self._give_back()
        else:
            self.theirs.follow(returns=self.ours.turns_returns())
            if self._keyboard.take(needed=needed):
                self._keyboard.type(self.ours)
                self._due = 0.0  # There may be more.

    def _is_own(self, holder: int) -> bool:
        """Tell whether it is the keeper's doing who is in front: the keeper itself, the sandbox, or nobody yet."""
        if holder in (0, self._keeper, self._job):
            return True
        above = parent(holder)
        if above == self._keeper:
            self._job = holder
        # What has just ended has no parent any more.
        return above == self._keeper or not (above or self._keyboard.has_readers())

    def _hand_over(self) -> None:
        """Hand a line over that was typed, edited and shown already."""
        # What waits may have set a mode since, and wants keys then.
        if not self._keyboard.is_awaited() or not self.ours.is_as_given():
            return
        if (line := self._keyboard.line()) is not None:
            self._pull()
            self._screen.echoes = self.ours.type_line(line)
            self._due = 0.0

    def _take(self) -> None:
        """Have each key come here as it is pressed, and let the sandbox go on in front."""
        try:
            self.theirs.make_raw(returns=self.ours.turns_returns())
        except termios.error:
            self._hang_up()
        self._screen.adds_returns = False
        self._size()
        self._go_on(front=True)

    def _give_back(self) -> None:
        self.theirs.put_back()
        self._screen.adds_returns = self.theirs.adds_returns()

    def _size(self) -> None:
        self.ours.size_like(self.outer)
