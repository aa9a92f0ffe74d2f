"""What the tests of applying ask for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import User
from tests.unit.box.ground import Ground
from tests.unit.box.layering import acting_as


@pytest.fixture(params=["root", "user"])
def ground(request: pytest.FixtureRequest, tmp_path: Path, user: User) -> Iterator[Ground]:
    """A box of root's, and one of a user, who is stopped by permissions."""
    with ExitStack() as stack:
        if request.param == "root":
            if os.getuid() != 0:
                pytest.skip("needs root")
            yield Ground(tmp_path)
        else:
            home = request.getfixturevalue("home")
            stack.enter_context(acting_as(user))
            yield Ground(home)
