"""Touches: processes of the sandbox, our terminal. The watch over a sandbox that is a job on a terminal of ours."""

from __future__ import annotations

import _signal
import fcntl
import os
import termios

from wrapify.sandbox import child
from wrapify.sandbox.front import BACKGROUND, FOREGROUND
from wrapify.sandbox.watch import WATCHED, Watch, heard_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wrapify.sandbox.front import Front


def lead(front: Front, parent: int) -> None:
    """Make this process, the keeper, lead a session on our terminal; `parent` is the launcher."""
    front.ours.hang_up()
    # While both are stopped it could not see that the launcher is killed.
    child.tell_end_of(parent, by=_signal.SIGCONT)
    os.setsid()
    fcntl.ioctl(front.ours.slave, termios.TIOCSCTTY, 0)


def join(front: Front) -> None:
    """Make this process, which becomes the sandbox, a job there; what was the terminal of the caller is ours."""
    os.setpgid(0, 0)
    for number in (0, 1, 2):
        if os.isatty(number):
            os.dup2(front.ours.slave, number)


class Monitor(Watch):
    """Wait for one sandbox, and do what the launcher says.

    The launcher and the shell are in another session: of what they do nothing reaches the sandbox by itself.
    """

    __slots__ = ("_slave", "_tell")

    def __init__(self, child: int, *, lifeline: int, store: str, memory: int, written: int) -> None:
        super().__init__(child, lifeline=lifeline, store=store, memory=memory, written=written)
        self._slave = self._tell = -1

    def at(self, front: Front) -> Monitor:
        """Name the terminal, and make the sandbox a job there, whichever of both comes first."""
        self._slave, self._tell = front.ours.slave, front.tell
        try:
            os.setpgid(self.child, self.child)
        except OSError:
            pass  # It has, or it has ended.
        self._place(front=not front.behind)
        return self

    def _reap(self) -> int | None:
        pid, status = os.waitpid(self.child, os.WNOHANG | os.WUNTRACED)
        if not pid:
            return None
        if os.WIFSTOPPED(status):
            self._stop(os.WSTOPSIG(status))
            return None
        return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)

    def _stop(self, number: int) -> None:
        """Tell the launcher by what the sandbox was stopped, and stop until it has decided what to do about it."""
        os.write(self._tell, bytes([number]))
        os.kill(os.getpid(), _signal.SIGSTOP)

    def _hear(self, gone: Sequence[int] = ()) -> None:
        heard_bytes(self._bell)
        for number in heard_bytes(self.lifeline):
            self._obey(number)
        while told := _signal.sigtimedwait(WATCHED, 0):
            self._ask(told.si_signo, reached=False)
        for number in gone:
            self._ask(number, reached=False)

    def _obey(self, number: int) -> None:
        if number in WATCHED:
            self._ask(number, reached=False)
        elif number in (FOREGROUND, BACKGROUND):
            self._place(front=number == FOREGROUND)
            self._signal(_signal.SIGCONT)
        elif number != _signal.SIGWINCH or not self._is_in_front():
            self._signal(number)

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.child, number)
        except OSError:
            pass  # It has just ended.

    def _is_in_front(self) -> bool:
        try:
            return os.tcgetpgrp(self._slave) != os.getpgrp()
        except OSError:
            return True

    def _place(self, *, front: bool) -> None:
        """Put the sandbox in front or behind. A shell inside that has put a job of its own there is left alone."""
        wanted = (os.getpgrp(), self.child) if front else (self.child, os.getpgrp())
        _signal.pthread_sigmask(_signal.SIG_BLOCK, (_signal.SIGTTOU,))
        try:
            if os.tcgetpgrp(self._slave) == wanted[0]:
                os.tcsetpgrp(self._slave, wanted[1])
        except OSError:
            pass  # It has ended, or the terminal is gone.
        finally:
            _signal.pthread_sigmask(_signal.SIG_UNBLOCK, (_signal.SIGTTOU,))
