"""The displays that the tests of this directory share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clipboard import displays
from tests.clipboard.displays import Shown, WaylandDisplay, XDisplay
from tests.conftest import User, Wrapify, need


@pytest.fixture(scope="session")
def x_server(user: User, make_home: Callable[[], Path]) -> Iterator[XDisplay]:
    for program in ("Xvfb", "xclip", "xsel"):
        need(program)
    with displays.opened(XDisplay(user, make_home())) as display:
        yield display


@pytest.fixture
def x11(x_server: XDisplay) -> XDisplay:
    """An X server with nothing on its clipboard."""
    x_server.clear()
    return x_server


@pytest.fixture(scope="session")
def compositor(user: User, make_home: Callable[[], Path]) -> Iterator[WaylandDisplay]:
    for program in ("sway", "wl-copy", "wl-paste"):
        need(program)
    with displays.opened(WaylandDisplay(user, make_home())) as display:
        yield display


@pytest.fixture
def wayland(compositor: WaylandDisplay) -> WaylandDisplay:
    """A compositor of Wayland with nothing on its clipboard."""
    compositor.clear()
    return compositor


@pytest.fixture(params=["x11", "wayland"])
def shown(request: pytest.FixtureRequest) -> Shown:
    """Each display in turn."""
    display: Shown = request.getfixturevalue(request.param)
    return display


@pytest.fixture
def here(wrapify: Wrapify, shown: Shown) -> Wrapify:
    """The program with this display."""
    return shown.serve(wrapify)
