"""The layers that hide secrets: built whole, held while they are used, removed when nobody holds them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from wrapify.errors import StateError
from wrapify.sandbox import masks
from wrapify.sandbox.spec import Mask


def mask(runtime: Path, name: str = "a") -> Mask:
    folders = ((".config", 0o750), (".config/gh", 0o500))
    return Mask(f"{runtime}/masks/{name}", folders, (".config/gh/hosts.yml", ".ssh"))


def test_a_layer_has_whiteouts_and_the_modes_of_the_way_there(tmp_path: Path) -> None:
    masks.build(mask(tmp_path))
    root = tmp_path / "masks/a"
    for name in (".ssh", ".config/gh/hosts.yml"):
        found = (root / name).lstat()
        assert stat.S_ISCHR(found.st_mode)
        assert found.st_rdev == 0
    assert stat.S_IMODE((root / ".config").stat().st_mode) == 0o750
    assert stat.S_IMODE((root / ".config/gh").stat().st_mode) == 0o500
    assert os.listdir(tmp_path / "masks") == ["a"]


def test_a_layer_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "masks/a").mkdir(parents=True)
    masks.build(mask(tmp_path))
    assert os.listdir(tmp_path / "masks/a") == []


def test_a_layer_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "masks").write_text("in the way")
    with pytest.raises(StateError, match="secrets cannot be hidden"):
        masks.build(mask(tmp_path))


def test_what_is_missing_cannot_be_held(tmp_path: Path) -> None:
    masks.build(mask(tmp_path))
    assert masks.hold([f"{tmp_path}/masks/a"])
    assert not masks.hold([f"{tmp_path}/masks/a", f"{tmp_path}/masks/b"])


def test_old_layers_go_unless_a_process_holds_them(tmp_path: Path) -> None:
    names = [f"layer-{number:02}" for number in range(masks.KEPT + 4)]
    for name in names:
        masks.build(mask(tmp_path, name))
    held = f"{tmp_path}/masks/{names[0]}"
    code = f"from wrapify.sandbox import masks; assert masks.hold([{held!r}]); print('held', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        masks.prune(str(tmp_path))
        assert sorted(os.listdir(tmp_path / "masks")) == [names[0], *names[-masks.KEPT :]]
        holder.communicate("")
    masks.prune(str(tmp_path))
    assert sorted(os.listdir(tmp_path / "masks")) == names[-masks.KEPT :]


def test_pruning_where_there_is_nothing_is_no_failure(tmp_path: Path) -> None:
    masks.prune(str(tmp_path))
