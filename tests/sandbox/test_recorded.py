"""What the kernel records of everything a program can do to files is read back as exactly that, on both routes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify
from tests.sandbox import test_layouts as layouts
from tests.sandbox.disk import as_user, boxes, differences, folder, plant, snapshot
from tests.unit.box.layering import acting_as
from wrapify.box import store
from wrapify.box.model import Change
from wrapify.box.review import Review

pytestmark = pytest.mark.sandbox

SCRIPT = r"""
echo new > new.txt
echo more >> append.txt
rm gone.txt
mv file.txt renamed.txt
mv folder moved
rm -r remade && mkdir remade && echo y > remade/y
ln -sfn elsewhere link
ln -s /etc/passwd new-link
rm swapped.txt && ln -s append.txt swapped.txt
rm -r dir-to-file && echo x > dir-to-file
rm file-to-dir && mkdir file-to-dir && echo x > file-to-dir/x
rm link-to-dir && mkdir link-to-dir
chmod 600 modes.txt
chmod 700 dir-modes
truncate -s 3 long.txt
ln same-content.txt hard
ln linked.txt linked-again
ln new.txt new-twin
echo z >> old-hard
mkfifo pipe
chmod 600 old-pipe
mkdir -m 000 closed
mkdir shut && echo x > shut/x && chmod 000 shut
touch unreadable && chmod 000 unreadable
touch "$(printf 'new\nline')" "$(printf '\033[31mred')" "$(printf 'caf\351')" -- "-rf" " "
touch -d 2001-01-01 touched.txt
touch -h -d 2001-01-01 old-link
touch dir-touched
echo "as the user left it" > again.txt
cp -p same-content.txt same-copy && rm same-content.txt && mv same-copy same-content.txt
mkdir made && rmdir made
echo x > brief && rm brief
mkdir -p deep/er/est && echo x > deep/er/est/x
rm -r tree/in
mkdir sub/new && mv sub/new sub/newer
sed -i s/user/intruder/ sed.txt
python3 -c '
import os, socket
socket.socket(socket.AF_UNIX).bind("socket")
os.setxattr("attribute.txt", "user.wrapify", b"\xff")
os.setxattr("dir-attribute", "user.wrapify", b"\xff")
open("sparse", "w").truncate(1 << 30)
'
chmod 750 .
"""

EXPECTED = r"""
metadata .
added \x20
added -rf
modified append.txt
metadata attribute.txt
added caf\udce9
added closed
added deep
added deep/er
added deep/er/est
added deep/er/est/x
metadata dir-attribute
metadata dir-modes
replaced dir-to-file
replaced file-to-dir
added file-to-dir/x
deleted file.txt
deleted folder
deleted gone.txt
added hard
modified link
replaced link-to-dir
added linked-again
modified long.txt
metadata modes.txt
added moved
added moved/inner
added moved/inner/x
added new-link
added new-twin
added new.txt
added new\nline
modified old-hard
metadata old-pipe
added pipe
deleted remade/old
added remade/y
added renamed.txt
modified sed.txt
added shut
added shut/x
added socket
added sparse
added sub/newer
replaced swapped.txt
deleted tree/in
added unreadable
added \x1b[31mred
"""

FILES = "append gone file modes long touched again sed swapped attribute same-content linked".split()
DIRS = "dir-modes dir-attribute dir-touched sub".split()


def furnish(user: User, top: Path) -> None:
    for name in FILES:
        plant(user, top / f"{name}.txt")
    for name in ("folder/inner/x", "remade/old", "dir-to-file/a/b", "file-to-dir", "tree/in/a", "tree/out", "old-hard"):
        plant(user, top / name)
    for name in DIRS:
        folder(user, top / name)
    more = (
        "ln -s gone.txt link; ln -s gone.txt old-link; ln -s tree link-to-dir; ln old-hard other-name; mkfifo old-pipe"
    )
    as_user(user, more, top)


def changes(user: User, wrapify: Wrapify) -> list[Change]:
    """Read the only box as the user."""
    (path,) = boxes(wrapify.boxes)
    with acting_as(user):
        box = store.open_box(str(path.parent.parent), path.name)
        try:
            return list(Review(box).changes())
        finally:
            os.close(box.lock)


def words(found: list[Change], top: Path) -> list[str]:
    return [f"{change.kind} {change.path.removeprefix(str(top)).lstrip('/') or '.'}" for change in found]


@pytest.fixture(params=["home", "below home", "beside"])
def top(request: pytest.FixtureRequest, user: User, home: Path) -> Iterator[Path]:
    """The directory in which everything is done: of the layer of the home, or with a layer of its own."""
    if request.param != "beside":
        yield folder(user, home if request.param == "home" else home / "a b")
        return
    made = Path(tempfile.mkdtemp(prefix="wrapify-test-", dir="/var/tmp"))
    yield folder(user, made)
    shutil.rmtree(made)


def test_everything_that_can_be_done(each_bwrap: Wrapify, user: User, top: Path) -> None:
    furnish(user, top)
    assert each_bwrap("run", "true").returncode == 0
    before = snapshot(top)
    done = each_bwrap("run", "-c", f"set -e{SCRIPT}", cwd=str(top))
    assert (done.returncode, done.stderr.count("rror")) == (0, 0), done.stderr
    found = changes(user, each_bwrap)
    expected = [line.encode().decode("unicode_escape") for line in EXPECTED.strip("\n").split("\n")]
    assert sorted(words(found, top)) == sorted(expected)
    # Nothing was changed on the host meanwhile, by the clock of this machine.
    assert [change.path for change in found if change.conflict] == [f"{top}/socket"]
    # The other names of what was there before are broken from it; those that the run made are known.
    assert [(os.path.basename(one.path), os.path.basename(one.twin)) for one in found if one.twin] == [
        ("new.txt", "new-twin")
    ]
    assert differences(before, snapshot(top)) == []


def test_what_changes_on_the_host_meanwhile_is_a_conflict(each_bwrap: Wrapify, user: User, top: Path) -> None:
    furnish(user, top)
    done = each_bwrap("run", "-c", f"set -e{SCRIPT}", cwd=str(top))
    assert done.returncode == 0, done.stderr
    as_user(user, "echo h >> append.txt; echo h > gone.txt; echo h > folder/new; rm file.txt; mkdir new.txt", top)
    as_user(user, "rm -r dir-to-file; mkdir dir-to-file; chmod 711 dir-modes; ln -sfn there link; mkdir pipe", top)
    found = {change.path.removeprefix(f"{top}/"): change for change in changes(user, each_bwrap)}
    assert {path for path, change in found.items() if change.conflict and path != "socket"} == {
        *("append.txt", "gone.txt", "folder", "new.txt", "dir-to-file", "dir-modes", "link", "pipe")
    }
    assert "file.txt" not in found
    assert (found["new.txt"].kind, found["folder"].lost) == ("replaced", 4)


READ = """
import sys
from wrapify.box import store
from wrapify.box.review import Review
review = Review(store.open_box(sys.argv[1], "b"))
found = [f"{one.kind} {one.path.removeprefix(sys.argv[2])} {one.conflict}".strip() for one in review.changes()]
print(*sorted(found), sep=chr(10))
"""


@layouts.ROOT
@pytest.mark.root
def test_what_is_changed_around_mounts(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """Where an overlay cannot be, copies stand in for files; what was only copied is no change."""
    for name in ("source.txt", "bound.txt", "plain.txt", "gone.txt", "folder/x", "data/deep/file", "data/plain"):
        plant(user, home / name)
    plant(user, home / ".ssh/id_rsa", "secret")
    plant(user, home / "large", b"\0" * (9 << 20))
    plant(user, home / "closed", mode=0)
    folder(user, home / "read only", 0o555)
    as_user(user, "ln -s plain.txt link; mkfifo pipe", home)
    for name in ("mnt", "data/deep/er", "other"):
        folder(user, home / name)
    owner = f"{user.uid}:{user.gid}"
    mounts = layouts.NESTED.replace("OWNER", owner).replace("mkdir -p mnt/a/b data/deep/er other\n", "")
    script = (
        "set -e; echo w > mnt/w; echo more >> mnt/one; rm mnt/dir/sub/two; echo w > mnt/inner/w;"
        " echo w > data/deep/er/w; echo w >> bound.txt; echo w > w; rm gone.txt; echo w >> plain.txt;"
        " echo w > folder/w; echo w > data/deep/w; mkdir new; echo w > new/w;"
        " rm data/plain; chmod 600 data/deep/file; ln -sfn there link"
    )
    assert each_bwrap("run", "true").returncode == 0
    reading = f"setpriv --reuid {user.uid} --regid {user.gid} --clear-groups -- {sys.executable} -P -c '{READ}'"
    look = f"echo ---; {reading} {each_bwrap.boxes.parent} {home}/"
    done = layouts.with_mounts(each_bwrap, mounts, "run", "--box", "b", "-c", script, then=look)
    assert done.returncode == 0, done.stderr
    assert done.stdout.partition("---\n")[2].splitlines() == [
        *(
            "added data/deep/er/w",
            "added data/deep/w",
            "added folder/w",
            "added mnt/inner/w",
            "added mnt/w",
            "added new",
        ),
        *("added new/w", "added w", "deleted data/plain", "deleted gone.txt", "deleted mnt/dir/sub/two"),
        *("metadata data/deep/file", "modified bound.txt", "modified link", "modified mnt/one", "modified plain.txt"),
    ]
