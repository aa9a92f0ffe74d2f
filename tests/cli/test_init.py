"""`wrapify init`: the hook of a shell, byte for byte, and fast."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Wrapify
from wrapify.cli import init
from wrapify.errors import StateError
from wrapify.shells import EDITORS, HOOKS

FILES = HOOKS | EDITORS


@pytest.mark.parametrize("shell", FILES)
def test_init_prints_the_hook(wrapify: Wrapify, repo: Path, shell: str) -> None:
    done = wrapify("init", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (repo / "shell" / FILES[shell]).read_text()


@pytest.mark.parametrize("words", [[], ["tcsh"], ["bash", "zsh"]])
def test_init_of_anything_else_says_what_there_is(wrapify: Wrapify, words: list[str]) -> None:
    done = wrapify("init", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "wrapify init bash|zsh|fish" in done.stderr


def test_help_names_the_shells(wrapify: Wrapify) -> None:
    assert "bash|zsh|fish" in wrapify("init", "--help").stdout


def test_every_hook_lies_in_the_checkout(repo: Path) -> None:
    assert {path.name for path in (repo / "shell").glob("wrapify.*")} == {*FILES.values(), "wrapify.plugin.zsh"}


def test_an_installation_without_hooks_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init, "FOLDERS", ("nowhere",))
    with pytest.raises(StateError, match=r"wrapify\.bash is missing"):
        init.shipped("wrapify.bash")
