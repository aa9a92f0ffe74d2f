"""Touches: a clipboard, the clock. Follows a clipboard until the end: each change, and what changes without one."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Mapping

from wrapify import clipboard, script
from wrapify.clip import sources
from wrapify.clip.swap import Seen, swapped
from wrapify.errors import ClipboardUnavailable, WrapifyError

FIRST_S, LAST_S = 1.0, 30.0
"""How soon after a change the text is read again, and how seldom at last: it may change without a word."""
COST = 100
"""Times as long as the last reading of the same text took until the next: it is the owner's time, too."""
LATE_S = 0.3
"""The word of a change may come later than the change."""
RETRY_S = 1.0
LARGEST = 1 << 20
"""Bytes of a text that are looked at: a paste is shorter."""

Told = Callable[[clipboard.Content, str], None]


class Watch:
    """Follow a clipboard; `told` hears of each new content, with the reason why it is a swap, or "".

    `failed` hears what cannot be read.
    """

    def __init__(self, found: clipboard.Clipboard, told: Told, *, failed: Callable[[WrapifyError], None]) -> None:
        self._clipboard = found
        self._told = told
        self._failed = failed
        self._seen: Seen | None = None
        self._types: tuple[str, ...] = ()
        self._took = 0.0
        self._is_owed = False
        self._complained: tuple[object, str] = (None, "")

    def follow(self, env: Mapping[str, str], *, primary: bool, ready: Callable[[], None]) -> None:
        """Follow the clipboard of a session, also across the end of its display. Never returns.

        `ready` is called once nothing is missed any more. Raises ClipboardUnavailable if there is none to begin with.
        """
        source = sources.opened(env, primary=primary)
        ready()
        while True:
            try:
                self._follow(source)
            except OSError:
                pass  # The display has gone. Another one may come in its place.
            finally:
                source.close()
            source = _again(env, primary=primary)

    def _follow(self, source: sources.Source) -> None:
        if not source.tells_at_once:
            self._look(source)
        pause = FIRST_S
        while True:
            if select.select([source], [], [], max(pause, min(COST * self._took, LAST_S)))[0]:
                source.take()
                self._look(source)
                pause = FIRST_S
            else:
                self._look_again(source)
                pause = min(pause * 2, LAST_S)

    def _look(self, source: sources.Source) -> None:
        """Read what was copied, unless a password manager asks not to."""
        self._took, self._is_owed = 0.0, False
        try:
            self._types = self._clipboard.types()
            if not self._types or clipboard.PASSWORD in self._types:
                self._types = ()
                return
            content = clipboard.content(self._clipboard, most=LARGEST, types=self._types)
        except WrapifyError as problem:
            self._types = ()
            # Who hands nothing over may do so later.
            self._is_owed = isinstance(problem, ClipboardUnavailable)
            if self._complained != (complaint := (source.serial, problem.message)):
                self._complained = complaint
                self._failed(problem)
            return
        if content.text:
            self._tell(content, source)

    def _look_again(self, source: sources.Source) -> None:
        """See whether the text is another one, although nothing was copied."""
        if self._is_owed:
            self._look(source)
            return
        if not self._types or self._seen is None:
            return
        began = time.monotonic()
        try:
            text = clipboard.text_of(self._clipboard, self._types, most=LARGEST)
        except WrapifyError:
            return  # It is going, or its owner is: the word of that is on its way.
        self._took = time.monotonic() - began
        if not text or len(text) > LARGEST or script.digest(text) == self._seen.digest:
            return
        if not select.select([source], [], [], LATE_S)[0]:
            self._tell(clipboard.Content(text, b"", types=self._types), source)

    def _tell(self, content: clipboard.Content, source: sources.Source) -> None:
        now = Seen(
            script.digest(content.text),
            content.text.decode("utf-8", "surrogateescape"),
            serial=source.serial,
            when=time.monotonic(),
        )
        before, self._seen = self._seen, now
        if before is None or before.digest != now.digest:
            self._told(content, swapped(before, now))


def _again(env: Mapping[str, str], *, primary: bool) -> sources.Source:
    """Wait for the display to come back."""
    while True:
        time.sleep(RETRY_S)
        try:
            return sources.opened(env, primary=primary)
        except (WrapifyError, OSError):
            continue
