"""What an earlier run left in a box never leads bwrap out of it while it makes mount points (CVE-2026-87766).

bwrap before 0.12 makes the directories that lead to a mount point while its own root still has the host at
/oldroot. A symlink to there, planted by a first run in what persists, makes it create files on the host.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import User, Wrapify, bubblewraps
from tests.sandbox.disk import boxes, differences, folder, layer, plant, snapshot

pytestmark = pytest.mark.sandbox

Victim = Callable[[], list[bytes]]


@pytest.fixture
def victim(user: User, home: Path) -> Path:
    """A directory of the user's, outside of every home that a test shows, that must not change."""
    place = folder(user, home.parent / f"victim-{home.name}")
    plant(user, place / "kept.txt")
    return place


@pytest.fixture
def changes(victim: Path) -> Victim:
    before = snapshot(victim, skip=())
    return lambda: differences(before, snapshot(victim, skip=()))


def hostile(wrapify: Wrapify, script: str, **more: Any) -> None:
    done = wrapify("run", "--box", "b", "--shell", "/bin/sh", "-c", f"set -e; {script}", **more)
    assert done.returncode == 0, done.stderr


def refused_or_safe(wrapify: Wrapify, *options: str, **more: Any) -> None:
    done = wrapify("run", "--box", "b", *options, "--shell", "/bin/sh", "-c", "echo ran", **more)
    if done.returncode == 0:
        assert done.stdout == "ran\n"
        return
    assert (done.returncode, done.stdout) == (125, ""), done.stderr
    said = [line for line in done.stderr.splitlines() if not line.startswith("bwrap:") and " · " not in line]
    assert "replaced" in said[0] or "goes back" in said[0]
    assert len(said) == 2


def old_bwrap() -> str:
    for path in bubblewraps():
        told = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
        if tuple(int(part) for part in told.split()[1].split(".")[:2]) < (0, 12):
            return path
    pytest.skip("no bubblewrap before 0.12 here: ./tests/run fetches the other Debian release's")


# What the first run leaves at ~/a or below, where the second run has ~/a/b shown.
PLANTS = {
    "parent is a link": "rm -rf a; ln -s /oldroot{victim} a",
    "point is a link": "rm -rf a/b; ln -s /oldroot{victim} a/b",
    "point is a link to nothing": "rm -rf a/b; ln -s /oldroot{victim}/new a/b",
    "parent is a relative link": "rm -rf a; ln -s ../../../../../../../../oldroot{victim} a",
    "parent is a link, named plainly": "rm -rf a; ln -s {victim} a",
    "parent is a link to newroot": "rm -rf a; ln -s /newroot/../oldroot{victim} a",
    "link in a fresh directory": "rm -rf a; mkdir a; ln -s /oldroot{victim} a/b",
    "parent is a link to the working directory of bwrap": "rm -rf a; ln -s /proc/self/cwd/oldroot{victim} a",
    "two links": "rm -rf a; ln -s /oldroot{victim} z; ln -s z a",
}


@pytest.mark.parametrize("planted", PLANTS.values(), ids=PLANTS)
@pytest.mark.parametrize("option", ["--ro", "--rw"])
def test_shown_directory(
    each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim, planted: str, option: str
) -> None:
    plant(user, home / "a/b/c/real.txt")
    hostile(each_bwrap, planted.format(victim=victim))
    for place in ("a/b", "a/b/c", "a/b/c/real.txt"):
        refused_or_safe(each_bwrap, option, str(home / place))
    assert changes() == []
    assert (home / "a/b/c/real.txt").read_text() == "as the user left it\n"


@pytest.mark.parametrize("planted", PLANTS.values(), ids=PLANTS)
def test_shown_file(each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim, planted: str) -> None:
    plant(user, home / "a/b")
    hostile(each_bwrap, planted.format(victim=f"{victim}/new-file"))
    refused_or_safe(each_bwrap, "--ro", str(home / "a/b"))
    assert changes() == []


def test_removed_and_made_anew(each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim) -> None:
    """Below a directory made anew nothing of the host is seen, also where only the topmost is marked as opaque."""
    plant(user, home / "a/b/c/real.txt")
    hostile(each_bwrap, f"rm -rf a; mkdir -p a/b; ln -s /oldroot{victim} a/b/x")
    done = each_bwrap("run", "--box", "b", "--ro", str(home / "a/b/c"), "true")
    assert done.returncode == 125
    assert "replaced" in done.stderr
    assert changes() == []
    (box,) = boxes(each_bwrap.boxes)
    assert not (layer(box, home) / "a/b/c").exists()


def test_working_directory_in_the_home(
    each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim
) -> None:
    """Two runs that differ in how the home is shown: the layers do not fit, or nothing leads out."""
    plant(user, home / "a/b/real.txt")
    hostile(each_bwrap, f"cd; rm -rf a; ln -s /oldroot{victim} a", cwd=home / "a/b")
    for mode in ("real-ro", "private", "cow"):
        done = each_bwrap("run", "--box", "b", "--home", mode, "--ro", str(home / "a/b"), "true", cwd=home / "a/b")
        assert done.returncode in (0, 2, 125), done.stderr
        assert "Traceback" not in done.stderr
    assert changes() == []


def test_links_in_a_recorded_working_directory(
    each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim
) -> None:
    with tempfile.TemporaryDirectory(prefix="wrapify-test-", dir="/var/tmp") as name:
        work = folder(user, Path(name))
        plant(user, work / "a/b/real.txt")
        hostile(each_bwrap, f"rm -rf a; ln -s /oldroot{victim} a", cwd=work)
        refused_or_safe(each_bwrap, "--ro", str(work / "a/b"), cwd=work)
        refused_or_safe(each_bwrap, "--rw", str(work / "a/b/real.txt"), cwd=work)
        assert changes() == []
        assert (work / "a/b/real.txt").read_text() == "as the user left it\n"


def test_hidden_directory(each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim) -> None:
    """A secret is hidden by no mount, so a link in its place is only a link; shown, it is refused."""
    plant(user, home / ".ssh/config", "real")
    hostile(each_bwrap, f"ln -s /oldroot{victim} .ssh")
    refused_or_safe(each_bwrap)
    refused_or_safe(each_bwrap, "--ro", str(home / ".ssh/config"))
    refused_or_safe(each_bwrap, "--hide", str(home / ".ssh"))
    assert changes() == []
    assert (home / ".ssh/config").read_text() == "real"


def test_bwraps_own_options(each_bwrap: Wrapify, user: User, home: Path, victim: Path, changes: Victim) -> None:
    """A mount point that only --bwrap-args names is made by bwrap; where it would be in a box it is refused."""
    folder(user, home / "a")
    hostile(each_bwrap, f"rmdir a; ln -s /oldroot{victim} a")
    for place in ("a/b", "a//b", "./a/b", "x/../a/b"):
        refused_or_safe(each_bwrap, "--bwrap-args", f"--tmpfs {home}/{place}")
        assert changes() == []
    done = each_bwrap("run", "--box", "c", "--bwrap-args", f"--tmpfs {home}/a/b", "test", "-d", f"{home}/a/b")
    assert done.returncode == 0, done.stderr


def test_the_same_state_leads_a_naive_bwrap_out(
    wrapify: Wrapify, user: User, home: Path, victim: Path, changes: Victim
) -> None:
    """So that the tests above can fail: bwrap 0.8 with this very state and no guard writes to the host."""
    bwrap = old_bwrap()
    plant(user, home / "a/b/real.txt")
    hostile(wrapify, f"rm -rf a; ln -s /oldroot{victim} a")
    (box,) = boxes(wrapify.boxes)
    upper = layer(box, home)
    assert os.readlink(upper / "a") == f"/oldroot{victim}"
    naive = [bwrap, "--unshare-all", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib64", "/lib64"]
    naive += ["--symlink", "usr/lib", "/lib", "--bind", str(upper), str(home)]
    naive += ["--ro-bind", str(home / "a/b"), f"{home}/a/new"]
    subprocess.run([*naive, "/usr/bin/true"], check=False, capture_output=True, cwd="/", **user.drop)
    assert changes() != []
    assert (victim / "new").is_dir()
