"""The displays that the tests of this directory share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clipboard import displays
from tests.clipboard.displays import XDisplay
from tests.conftest import User, need


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
