"""Whatever is done to files inside, the real ones stay byte for byte as they were, and the box has what was done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify
from tests.sandbox.disk import about, as_user, boxes, differences, folder, is_whiteout, layer, plant, snapshot, until

pytestmark = pytest.mark.sandbox

ROUTES = {"system", "other"}

MISCHIEF = """
echo new > new.txt
echo more >> file.txt
rm gone.txt
mv old.txt renamed.txt
chmod 600 modes.txt
chmod 700 folder
mkdir -p made/deep && echo x > made/deep/x
ln -s /etc/passwd link
ln -sfn elsewhere old-link
rm -r tree && mkdir tree && echo y > tree/y
mv folder moved
truncate -s 3 long.txt
touch -d 2001-01-01 touched.txt
ln file.txt hard
mkfifo pipe
sed -i s/user/intruder/ sed.txt
cp -p /bin/sh suid && chmod 4755 suid
"""


def furnish(user: User, top: Path) -> None:
    for name in ("file", "gone", "old", "modes", "long", "touched", "sed"):
        plant(user, top / f"{name}.txt")
    plant(user, top / "tree/leaf/x")
    plant(user, top / "folder/inner.txt")
    as_user(user, "ln -s file.txt old-link; ln sed.txt other-name", top)


def check_recorded(upper: Path) -> None:
    assert (upper / "new.txt").read_text() == "new\n"
    assert (upper / "file.txt").read_text() == "as the user left it\nmore\n"
    assert is_whiteout(upper / "gone.txt")
    assert is_whiteout(upper / "old.txt")
    assert (upper / "renamed.txt").read_text() == "as the user left it\n"
    assert (upper / "modes.txt").stat().st_mode & 0o777 == 0o600
    assert (upper / "made/deep/x").read_text() == "x\n"
    assert os.readlink(upper / "link") == "/etc/passwd"
    assert os.readlink(upper / "old-link") == "elsewhere"
    assert os.getxattr(upper / "tree", "user.overlay.opaque") == b"y"
    assert (upper / "tree/y").read_text() == "y\n"
    assert (upper / "moved/inner.txt").read_text() == "as the user left it\n"
    assert (upper / "long.txt").read_text() == "as "
    assert (upper / "touched.txt").stat().st_mtime < 1e9
    assert "intruder" in (upper / "sed.txt").read_text()


def warm(wrapify: Wrapify) -> None:
    """Let wrapify make its own directories before a snapshot is taken."""
    assert wrapify("run", "true").returncode == 0


@pytest.fixture(params=["below home", "/tmp", "/var/tmp", "/srv"])
def project(request: pytest.FixtureRequest, user: User, home: Path) -> Iterator[Path]:
    """A working directory inside or outside of the home."""
    if request.param == "below home":
        yield folder(user, home / "work/a b")
        return
    if not os.access(request.param, os.W_OK):
        pytest.skip(f"only root can make a directory in {request.param}")
    made = Path(tempfile.mkdtemp(prefix="wrapify-test-", dir=request.param))
    yield folder(user, made)
    shutil.rmtree(made)


def test_home_stays_as_it_was(each_bwrap: Wrapify, user: User, home: Path) -> None:
    furnish(user, home)
    warm(each_bwrap)
    before = snapshot(home)
    done = each_bwrap("run", "-c", f"set -e{MISCHIEF}")
    assert done.returncode == 0, done.stderr
    assert differences(before, snapshot(home)) == []
    (box,) = boxes(each_bwrap.boxes)
    check_recorded(layer(box, home))
    assert box.name in done.stderr


def test_working_directory_stays_as_it_was(each_bwrap: Wrapify, user: User, home: Path, project: Path) -> None:
    furnish(user, project)
    plant(user, home / "mine.txt")
    warm(each_bwrap)
    before = snapshot(home), snapshot(project, skip=())
    done = each_bwrap("run", "-c", f"set -e{MISCHIEF}pwd; echo too >> ~/mine.txt", cwd=str(project))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{project}\n"
    assert differences(before[0], snapshot(home)) == []
    assert differences(before[1], snapshot(project, skip=())) == []
    (box,) = boxes(each_bwrap.boxes)
    upper = layer(box, home)
    assert (upper / "mine.txt").read_text() == "as the user left it\ntoo\n"
    check_recorded(upper / project.relative_to(home) if home in project.parents else layer(box, project))


def test_metadata_of_a_box(each_bwrap: Wrapify, home: Path) -> None:
    assert each_bwrap("run", "-c", "echo > x; exit 7").returncode == 7
    (box,) = boxes(each_bwrap.boxes)
    found = about(box)
    assert (found["command"], found["status"], found["profile"]) == ("echo > x; exit 7", 7, "offline")
    assert (found["home"], found["cwd"], found["name"]) == (str(home), str(home), "")
    assert isinstance(found["started"], float)
    assert isinstance(found["ended"], float)
    assert found["ended"] >= found["started"]
    assert box.stat().st_mode & 0o777 == 0o700
    listed = json.loads(each_bwrap("box", "list", "--json").stdout)
    assert [row["name"] for row in listed] == [box.name]


def test_a_box_without_changes_is_removed(each_bwrap: Wrapify, home: Path) -> None:
    done = each_bwrap("run", "-c", "cat /etc/passwd > /tmp/x; ls -laR ~ > /dev/null")
    assert done.returncode == 0
    assert "what it changed" not in done.stderr
    assert list((home / ".local/state/wrapify/boxes").iterdir()) == []


def test_a_named_box_keeps_its_state(each_bwrap: Wrapify, user: User, home: Path) -> None:
    plant(user, home / "gone.txt")
    assert each_bwrap("run", "--box", "b", "-c", "echo one > x; rm gone.txt").returncode == 0
    done = each_bwrap("run", "--box", "b", "-c", "cat x; test ! -e gone.txt && echo two >> x")
    assert (done.returncode, done.stdout) == (0, "one\n")
    (box,) = boxes(each_bwrap.boxes)
    assert box.name == "b"
    assert (layer(box, home) / "x").read_text() == "one\ntwo\n"
    assert not (home / "x").exists()
    # Another box starts from the real files.
    assert each_bwrap("run", "--box", "c", "-c", "test ! -e x && test -e gone.txt").returncode == 0


def test_a_named_box_without_changes_is_kept(wrapify: Wrapify) -> None:
    assert wrapify("run", "--box", "b", "true").returncode == 0
    assert [box.name for box in boxes(wrapify.boxes)] == ["b"]


def test_a_box_in_use_refuses_another_run(each_bwrap: Wrapify, user: User, home: Path) -> None:
    words = [str(each_bwrap.program), "run", "--box", "b", "-c", "echo ready; read line"]
    env = each_bwrap.environment()
    first = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=home, env=env, **user.drop
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == b"ready\n"
        second = each_bwrap("run", "--box", "b", "-c", "echo > intruder")
        assert second.returncode == 125
        assert "b is in use by another run" in second.stderr
        assert "Traceback" not in second.stderr
        assert "running" in each_bwrap("box", "list").stdout
        # Another box is free meanwhile.
        assert each_bwrap("run", "--box", "c", "true").returncode == 0
    finally:
        first.communicate(b"\n", timeout=30)
    assert first.returncode == 0
    until(lambda: each_bwrap("run", "--box", "b", "-c", "test ! -e intruder").returncode == 0, "the box is free again")


@pytest.mark.parametrize("name", ["../evil", "a/b", "..", ".", ".hidden", "a\nb", "\x1b[31m", "x" * 300, " ", "-q"])
def test_names_that_are_none(wrapify: Wrapify, home: Path, name: str) -> None:
    done = wrapify("run", f"--box={name}", "-c", "echo > x")
    assert done.returncode == 2, done.stderr
    assert "\x1b" not in done.stderr
    assert len(done.stderr.splitlines()) == 2
    state = home / ".local/state"
    assert not state.exists() or os.listdir(state) in ([], ["wrapify"])
    assert boxes(wrapify.boxes) == []


@pytest.mark.parametrize("name", ["b", "B-2", "try.1", "my_box"])
def test_names_that_are(wrapify: Wrapify, name: str) -> None:
    assert wrapify("run", "--box", name, "true").returncode == 0
    assert [box.name for box in boxes(wrapify.boxes)] == [name]


def test_a_box_made_elsewhere_is_refused(wrapify: Wrapify, user: User, home: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="wrapify-test-") as other:
        folder(user, Path(other))
        assert wrapify("run", "--box", "b", "-c", "echo > x", cwd=other).returncode == 0
        done = wrapify("run", "--box", "b", "true")
        assert done.returncode == 2
        assert "other directories" in done.stderr


def test_two_layers_hold_apart(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """The same name in home and in the working directory is recorded twice, each where it belongs."""
    with tempfile.TemporaryDirectory(prefix="wrapify-test-") as other:
        folder(user, Path(other))
        assert each_bwrap("run", "-c", "echo here > same; echo home > ~/same", cwd=other).returncode == 0
        (box,) = boxes(each_bwrap.boxes)
        assert (layer(box, other) / "same").read_text() == "here\n"
        assert (layer(box, home) / "same").read_text() == "home\n"
        assert os.listdir(other) == []
