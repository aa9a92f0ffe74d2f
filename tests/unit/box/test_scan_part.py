"""A layer over a directory of which the run saw only a part: what it did not see is never touched, and never missed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User
from tests.unit.box.layering import NEVER, Laid, folder, laid_out, put, whiteout
from wrapify.box.changes import HIDDEN, HOLDS_HIDDEN
from wrapify.box.model import ChangeKind
from wrapify.box.nodes import OPAQUE

SEEN = frozenset({".bashrc", ".config", ".config/fish", ".config/fish/config.fish"})
UNSEEN = (".config/fish/unseen", ".config/git/config", "notes", ".nvm/old")


@pytest.fixture
def laid(tmp_path: Path, user: User) -> Iterator[Laid]:
    with laid_out(tmp_path, user) as made:
        yield made


def mark_opaque(path: Path) -> None:
    os.setxattr(path, OPAQUE, b"y")


@pytest.fixture
def home(laid: Laid) -> Laid:
    for name in (
        ".bashrc",
        ".config/fish/config.fish",
        ".config/fish/unseen",
        ".config/git/config",
        "notes",
        ".nvm/old",
    ):
        put(laid.real / name, "real")
    folder(laid.real / ".private", 0o700)
    return laid


def found(laid: Laid) -> dict[str, tuple[ChangeKind, str]]:
    base = len(str(laid.real)) + 1
    changes = laid.changes(since=NEVER, seen=SEEN)
    return {change.path[base:]: (change.kind, change.conflict) for change in changes}


def test_what_was_seen_is_compared(home: Laid) -> None:
    put(home.upper / ".bashrc", "real and more")
    put(home.upper / ".config/fish/config.fish", "real")
    assert found(home) == {".bashrc": (ChangeKind.MODIFIED, "")}


def test_what_is_new_is_added_also_in_a_directory_that_was_not_seen(home: Laid) -> None:
    put(home.upper / ".nvm/new", "x")
    put(home.upper / ".config/git/ignore", "x")
    put(home.upper / ".private/new", "x")
    put(home.upper / "fresh/a", "x")
    for name in (".nvm", ".config/git", ".private", "fresh"):
        mark_opaque(home.upper / name)
    assert {name: what for name, what in found(home).items() if what != (ChangeKind.ADDED, "")} == {}
    assert set(found(home)) == {".nvm/new", ".config/git/ignore", ".private/new", "fresh", "fresh/a"}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_was_not_seen_is_never_written(home: Laid, name: str) -> None:
    put(home.upper / name, "other")
    assert found(home)[name] == (ChangeKind.ADDED, HIDDEN)


def test_a_file_where_an_unseen_directory_lies_and_the_reverse(home: Laid) -> None:
    put(home.upper / ".nvm", "a file")
    put(home.upper / "notes/inside", "x")
    assert {what for _, what in found(home).values()} == {HIDDEN}
    assert set(found(home)) == {".nvm", "notes", "notes/inside"}


def test_only_what_was_seen_can_be_deleted(home: Laid) -> None:
    whiteout(home.upper / ".bashrc")
    folder(home.upper / ".config")
    whiteout(home.upper / ".config/fish")
    changes = found(home)
    assert changes[".bashrc"] == (ChangeKind.DELETED, "")
    # Something lies in it that the run has not seen.
    assert changes[".config/fish"] == (ChangeKind.DELETED, HOLDS_HIDDEN)


def test_a_seen_directory_made_anew_loses_only_what_was_seen(home: Laid) -> None:
    folder(home.upper / ".config/fish")
    mark_opaque(home.upper / ".config/fish")
    assert found(home) == {".config/fish/config.fish": (ChangeKind.DELETED, "")}
