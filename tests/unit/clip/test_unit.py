"""The unit of systemd that watches the clipboard: systemd itself reads it, whatever the path of wrapify is."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import need
from wrapify.clip.unit import NAME, is_ours, is_writable, written


@pytest.mark.parametrize("folder", ["plain", "with a space", "odd $HOME ${HOME} %h ; name"])
def test_systemd_reads_it(tmp_path: Path, folder: str) -> None:
    program = tmp_path / folder / "wrapify"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / NAME
    unit.write_text(written(str(program), primary=True))
    done = subprocess.run(
        [need("systemd-analyze"), "--user", "--man=no", "verify", str(unit)], capture_output=True, text=True,
        check=False, env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    complaints = [line for line in done.stderr.splitlines() if NAME in line or "wrapify" in line]
    assert complaints == []


def test_it_knows_its_own() -> None:
    assert is_ours(written("/x", primary=False))
    assert "clip watch\n" in written("/x", primary=False)
    assert not is_ours("[Unit]\n")


def test_what_systemd_does_not_take_is_known() -> None:
    assert is_writable("/home/u/my $x %h tools/wrapify")
    assert not any(map(is_writable, ('/a"b', "/a'b", "/a\\b", "/a\nb")))
