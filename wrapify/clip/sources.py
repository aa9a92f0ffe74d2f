"""Touches: the X server, wl-paste. What tells that something was copied, without asking again and again."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
from collections.abc import Mapping
from typing import Protocol

from wrapify.clip.xserver import Selection
from wrapify.clipboard import program
from wrapify.errors import ClipboardUnavailable

START_S = 0.5
"""wl-paste says within this time whether the compositor lets it watch."""
UNSUPPORTED = "requires a compositor"
PIECE = 1 << 12
PR_SET_PDEATHSIG = 1


class Source(Protocol):
    """Tell of changes. `serial` is another one after each; reading raises OSError once the display has gone.

    `tells_at_once`: what is there at the beginning counts as a change.
    """

    serial: object
    tells_at_once: bool

    def fileno(self) -> int:
        """Give the descriptor that can be read when something was copied."""

    def take(self) -> None:
        """Read what happened; call it when the descriptor can be read."""

    def close(self) -> None:
        """Stop."""


class XSource:
    """Events of the X server. The serial is the owner's window and the time at which it took the selection."""

    tells_at_once = False

    def __init__(self, env: Mapping[str, str], *, primary: bool) -> None:
        self._selection = Selection(env, "PRIMARY" if primary else "CLIPBOARD")
        self.serial: object = None

    def fileno(self) -> int:
        """Give the connection."""
        return self._selection.fileno()

    def take(self) -> None:
        """Read all events that are there."""
        while True:
            for change in self._selection.changes():
                self.serial = (change.owner, change.since)
            if not select.select([self], [], [], 0)[0]:
                return

    def close(self) -> None:
        """Close the connection."""
        self._selection.close()


class WaylandSource:
    """wl-paste, which starts a program for each change: wc(1), as it reads all it is given and prints a line.

    wl-paste waits for it, so it gets a second: an owner that hands nothing over must not hide what comes after. Nobody
    is told who owns the clipboard there, so the serial is a mere count.
    """

    tells_at_once = True

    def __init__(self, words: list[str]) -> None:
        self.serial: object = 0
        self._count = 0
        self._said = os.memfd_create("said", os.MFD_CLOEXEC)
        self._running = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._said,
            process_group=0,
            preexec_fn=_follow_parent,
        )
        try:
            self._running.wait(START_S)
        except subprocess.TimeoutExpired:
            return
        said = os.pread(self._said, PIECE, 0).decode("utf-8", "replace").strip()
        self.close()
        hint = "watching needs wlroots, KDE, or another compositor with data-control" if UNSUPPORTED in said else ""
        raise ClipboardUnavailable(f"wl-paste cannot watch the clipboard: {said[:200] or 'it does not say why'}", hint)

    def fileno(self) -> int:
        """Give what wc prints."""
        return self._running.stdout.fileno() if self._running.stdout else -1

    def take(self) -> None:
        """Count the changes."""
        if not os.read(self.fileno(), PIECE):
            raise ConnectionResetError("wl-paste ended")
        self._count += 1
        self.serial = self._count

    def close(self) -> None:
        """End wl-paste."""
        if self._running.poll() is None:
            # With what it started: a wc may wait for an owner that never ends.
            os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait()
        if self._running.stdout:
            self._running.stdout.close()
        os.close(self._said)


def _follow_parent() -> None:
    """Have the kernel end this process when the one that started it ends, even by SIGKILL (prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def opened(env: Mapping[str, str], *, primary: bool) -> Source:
    """Begin to listen, on Wayland if it can be had there, else on X11. Raises ClipboardUnavailable."""
    paste, limit, counter = (program(name, env) for name in ("wl-paste", "timeout", "wc"))
    if env.get("WAYLAND_DISPLAY") and paste and limit and counter:
        flags = ["--primary"] if primary else []
        try:
            return WaylandSource([paste, *flags, "--watch", limit, "-s", "KILL", "1", counter, "-c"])
        except ClipboardUnavailable:
            # GNOME shows its clipboard to X11 as well.
            if not env.get("DISPLAY"):
                raise
    if env.get("DISPLAY"):
        return XSource(env, primary=primary)
    raise ClipboardUnavailable("this clipboard cannot be watched", "it takes X11, or Wayland with wl-clipboard")
