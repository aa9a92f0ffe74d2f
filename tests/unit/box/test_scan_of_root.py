"""What a fake root's run left of root's files: copies of the user's own are no changes, stand-ins never are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wrapify.box.changes import HIDDEN, classify
from wrapify.box.model import Change, ChangeKind
from wrapify.box.nodes import ORIGIN
from wrapify.box.scan import Layer, scan


@pytest.fixture
def real(tmp_path: Path) -> Path:
    top = tmp_path / "etc"
    (top / "folder").mkdir(parents=True)
    (top / "folder/file").write_text("as it was")
    (top / "secret").write_text("for root alone")
    return top


@pytest.fixture
def upper(tmp_path: Path) -> Path:
    top = tmp_path / "u0"
    (top / "folder").mkdir(parents=True)
    return top


def put(path: Path, text: str, mode: int = 0o644, *, copied: bool = True) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    if copied:
        os.setxattr(path, ORIGIN, b"")


def changes(real: Path, upper: Path, *hidden: str, farm: bool = False) -> dict[str, Change]:
    layer = Layer(0, str(upper), str(real), farm=farm, hidden=frozenset(hidden), of_root=True)
    found = classify(scan(layer), dests=(str(real),), since=1 << 62)
    return {change.path[len(str(real)) + 1 :]: change for change in found}


@pytest.mark.parametrize(("mode", "copied"), [(0o444, 0o644), (0o440, 0o640), (0o400, 0o600), (0o644, 0o644)])
def test_a_copy_its_owner_may_write_to_is_no_change(real: Path, upper: Path, mode: int, copied: int) -> None:
    (real / "folder/file").chmod(mode)
    put(upper / "folder/file", "as it was", copied)
    assert changes(real, upper) == {}


@pytest.mark.parametrize("mode", [0o555, 0o500, 0o755])
def test_a_directory_its_owner_may_write_to_is_no_change(real: Path, upper: Path, mode: int) -> None:
    (real / "folder").chmod(mode)
    (upper / "folder").chmod(mode | 0o700)
    assert changes(real, upper) == {}


def test_what_is_applied_has_the_permissions_of_the_real_one(real: Path, upper: Path) -> None:
    (real / "folder/file").chmod(0o440)
    put(upper / "folder/file", "changed", 0o640)
    (change,) = changes(real, upper).values()
    assert change.new is not None
    assert (change.kind, change.new.mode) == (ChangeKind.MODIFIED, 0o440)


def test_other_permissions_are_a_change(real: Path, upper: Path) -> None:
    put(upper / "folder/file", "as it was", 0o600)
    (change,) = changes(real, upper).values()
    assert change.kind is ChangeKind.METADATA


@pytest.mark.parametrize("farm", [False, True])
def test_a_stand_in_that_was_only_opened_is_no_change(real: Path, upper: Path, *, farm: bool) -> None:
    put(upper / "secret", "", 0o600)
    put(upper / "folder/file", "as it was")
    (upper / "closed").mkdir()
    os.setxattr(upper / "closed", ORIGIN, b"")
    assert changes(real, upper, "secret", "closed", farm=farm) == {}


def test_a_stand_in_is_never_applied(real: Path, upper: Path) -> None:
    put(upper / "secret", "forged", 0o600)
    put(upper / "new", "", copied=False)
    found = changes(real, upper, "secret", "new")
    assert {path: (change.conflict, change.never) for path, change in found.items()} == {
        "secret": (HIDDEN, True),
        "new": (HIDDEN, True),
    }
