"""`wrapify apply`: real files become like those in a box, all or chosen ones, and back again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Wrapify


@pytest.fixture
def ran(each_bwrap: Wrapify) -> Wrapify:
    """A home in which a run has changed a little of everything."""
    each_bwrap.put("notes.txt", "one\n", 0o640)
    each_bwrap.put("old/deep.txt", "deep\n")
    each_bwrap.put("other", "other\n")
    script = "echo two >> notes.txt; rm -r old; mkdir -p new/dir; echo x > new/dir/x; ln -s x new/dir/link"
    done = each_bwrap("run", "-q", "--box", "b", "-c", f"{script}; chmod 700 other")
    assert done.returncode == 0, done.stderr
    return each_bwrap


def state(home: Path) -> dict[str, str]:
    """Give what lies in a home, apart from what wrapify itself keeps there."""
    found = {}
    for path in sorted(home.rglob("*")):
        name = str(path.relative_to(home))
        if not name.startswith((".local", ".cache")):
            content = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else "/"
            found[name] = f"{path.lstat().st_mode & 0o7777:o} {content}"
    return found


APPLIED = {
    "new": "755 /",
    "new/dir": "755 /",
    "new/dir/link": "777 x",
    "new/dir/x": "644 x\n",
    "notes.txt": "640 one\ntwo\n",
    "other": "700 other\n",
}


def test_everything_and_back(ran: Wrapify) -> None:
    before = state(ran.home)
    done = ran("apply")
    assert (done.returncode, done.stdout) == (0, "")
    assert "7 changes applied; wrapify apply --undo b takes it back" in done.stderr
    assert state(ran.home) == APPLIED
    again = ran("apply")
    assert (again.returncode, "0 changes applied" in again.stderr) == (0, True)
    assert ran("apply", "--undo").returncode == 0
    assert state(ran.home) == before
    assert ran("apply", "--undo").returncode == 125
    # What undo brought back is what the run saw: it can be applied again.
    assert ran("apply").returncode == 0
    assert state(ran.home) == APPLIED


def test_dry_run_says_what_it_would_do(ran: Wrapify) -> None:
    before = state(ran.home)
    done = ran("apply", "--dry-run")
    assert done.stdout.splitlines() == [
        "create  ~/new/", "create  ~/new/dir/", "create  ~/new/dir/link", "create  ~/new/dir/x",
        "replace ~/notes.txt", "delete  ~/old/", "adjust  ~/other",
    ]  # fmt: skip
    assert state(ran.home) == before


def test_chosen_paths_with_the_directories_they_need(ran: Wrapify) -> None:
    before = state(ran.home)
    assert ran("apply", "b", "new/dir/x", cwd=str(ran.home)).returncode == 0
    assert state(ran.home) == before | {name: APPLIED[name] for name in ("new", "new/dir", "new/dir/x")}
    rest = ran("apply", "b")
    assert rest.returncode == 0, rest.stderr
    assert state(ran.home) == APPLIED


def test_a_real_file_that_changed_since_is_left(ran: Wrapify) -> None:
    ran.put("notes.txt", "mine now\n")
    ran.put("new/dir/x", "mine too\n")
    done = ran("apply")
    assert done.returncode == 1
    assert f"{ran.home}/notes.txt: the real one has changed since the run" in done.stderr
    assert (ran.home / "notes.txt").read_text() == "mine now\n"
    assert (ran.home / "new/dir/x").read_text() == "mine too\n"
    assert not (ran.home / "old").exists()
    forced = ran("apply", "--force")
    assert forced.returncode == 0, forced.stderr
    assert (ran.home / "notes.txt").read_text() == "one\ntwo\n"
    assert ran("apply", "--undo").returncode == 0
    assert (ran.home / "notes.txt").read_text() == "mine now\n"


def test_secrets_sockets_and_setuid_are_never_applied(wrapify: Wrapify) -> None:
    wrapify.put(".ssh/id_ed25519", "key\n", 0o600)
    script = "mkdir .ssh; echo evil > .ssh/authorized_keys; cp /bin/true su; chmod 4755 su"
    socket = "python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind(\"sock\")'"
    wrapify("run", "-q", "-c", f"{script}; {socket}; echo ok > ok")
    done = wrapify("apply", "--force")
    assert done.returncode == 1
    assert sorted(path.name for path in wrapify.home.iterdir()) == [".cache", ".local", ".ssh", "ok"]
    assert [path.name for path in (wrapify.home / ".ssh").iterdir()] == ["id_ed25519"]


def test_symlinks_are_replaced_and_never_followed(wrapify: Wrapify) -> None:
    wrapify.put("dir/f", "f\n")
    wrapify.put("victim/f", "victim\n")
    wrapify("run", "-q", "-c", "echo changed > dir/f")
    (wrapify.home / "dir").rename(wrapify.home / "away")
    (wrapify.home / "dir").symlink_to("victim")
    assert wrapify("apply").returncode == 1
    assert (wrapify.home / "dir").is_symlink()
    assert wrapify("apply", "--force").returncode == 0
    assert (wrapify.home / "dir/f").read_text() == "changed\n"
    assert not (wrapify.home / "dir").is_symlink()
    assert (wrapify.home / "victim/f").read_text() == "victim\n"


def test_options_that_exclude_each_other(ran: Wrapify) -> None:
    assert ran("apply", "--undo", "--dry-run").returncode == 2
    assert ran("apply", "--undo", "b", "notes.txt").returncode == 2
    assert ran("apply", "--resume").returncode == 125


def test_a_box_that_does_not_say_what_was_hidden_is_not_applied(ran: Wrapify) -> None:
    before = state(ran.home)
    (ran.boxes / "b/masked").unlink()
    done = ran("apply")
    assert done.returncode == 2
    assert state(ran.home) == before


def test_what_is_saved_while_the_run_begins_is_not_taken_for_its_doing(wrapify: Wrapify) -> None:
    """The time from which a change of a real file counts is before anything is planned or copied."""
    wrapify.put("kept", "kept\n")
    done = wrapify("run", "-q", "--box", "b", "-c", "echo more >> kept")
    assert done.returncode == 0
    about = json.loads((wrapify.boxes / "b/box.json").read_text())
    made = (wrapify.boxes / "b/lock").stat().st_ctime_ns
    assert about["since"] <= (wrapify.boxes / "b/u0").stat().st_ctime_ns
    assert made - 10**9 < about["since"] <= made
