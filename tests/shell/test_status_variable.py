"""WRAPIFY_STATUS: what a prompt may show, right at each prompt, and nobody else's unless it is exported."""

from __future__ import annotations

import pytest

from tests.conftest import Wrapify
from tests.shell.shells import CANDIDATES, opened

MARK = ".config/wrapify/off"


@pytest.mark.shell
@pytest.mark.parametrize("name", CANDIDATES)
def test_it_says_whether_pastes_are_judged(wrapify: Wrapify, name: str) -> None:
    (wrapify.home / "bin").mkdir()
    link = wrapify.home / "bin/wrapify"
    link.symlink_to(wrapify.program)
    before = "set -gx PATH ~/bin $PATH" if name == "fish" else "PATH=~/bin:$PATH"
    # What a program at the start inherits says nothing about this shell.
    wrapify.env["WRAPIFY_STATUS"] = "inherited"
    with opened(wrapify, name, before=before) as shell:

        def says(status: str) -> None:
            shell.run(f'echo "now:$WRAPIFY_STATUS:{status}"')
            shell.shows(f"now:{status}:{status}")

        says("on")
        shell.run("wrapify off")
        says("off")
        # It was exported when it came, so it stays exported, with the value of now.
        shell.run("""sh -c 'echo "below:$WRAPIFY_STATUS"' """)
        shell.shows("below:off")
        shell.run("wrapify on")
        says("on")
        wrapify.put(MARK, "")
        shell.run("true")
        says("off")
        (wrapify.home / MARK).unlink()
        link.unlink()
        shell.run("true")
        says("missing")
        link.symlink_to(wrapify.program)
        shell.run("true")
        says("on")


@pytest.mark.shell
@pytest.mark.parametrize("name", CANDIDATES)
def test_it_is_not_exported_by_itself(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.run("true")
        shell.run("""sh -c 'echo "below:${WRAPIFY_STATUS-none}"' """)
        shell.shows("below:none")
