"""`sudo wrapify apply`: root's files only, after they were shown, from a copy of the box that its user cannot touch."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify
from wrapify.box import takeover

pytestmark = [pytest.mark.sandbox, pytest.mark.skipif(os.getuid() != 0, reason="only root can apply root's files")]

Sudo = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of root's in /opt, with a few files."""
    top = Path(f"/opt/wrapify-{uuid.uuid4().hex}")
    top.mkdir()
    (top / "old").write_text("old\n")
    (top / "old").chmod(0o640)
    os.chown(top / "old", 0, 4)  # group adm
    (top / "readable").write_text("before\n")
    (top / "gone").write_text("gone\n")
    yield top
    shutil.rmtree(top)


@pytest.fixture
def boxed(wrapify: Wrapify, user: User) -> Iterator[Wrapify]:
    """The program with its boxes where root looks for them: below the home in the password file."""
    state = user.home / ".local/state/wrapify"
    wrapify.env["XDG_STATE_HOME"] = str(user.home / ".local/state")
    for folder in (user.home / ".local", user.home / ".local/state"):
        folder.mkdir(exist_ok=True)
        os.chown(folder, user.uid, user.gid)
    yield wrapify
    shutil.rmtree(state, ignore_errors=True)
    shutil.rmtree(takeover.state_for(user.uid), ignore_errors=True)


@pytest.fixture
def sudo(wrapify_bin: Path, user: User, tmp_path: Path) -> Sudo:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/sbin:/usr/bin:/bin", "HOME": str(tmp_path)}
        env |= {"SUDO_UID": str(user.uid), "SUDO_GID": str(user.gid)}
        command = [str(wrapify_bin), *words]
        return subprocess.run(
            command, env=env, cwd="/", capture_output=True, text=True, check=False, start_new_session=True, timeout=60
        )

    return run


def made(wrapify: Wrapify, place: Path, line: str = "") -> str:
    """Make a box that changes what lies in `place`, and a file of the user's own."""
    line = (
        line or "echo after >readable; rm gone; mkdir -p new/deep; echo x >new/deep/x; ln new/deep/x twin; ln -s x link"
    )
    done = wrapify("run", "--root", "-c", f"cd {place} && umask 022 && {line}; touch ~/mine")
    assert done.returncode == 0, done.stderr
    return next(iter(os.listdir(wrapify.user.home / ".local/state/wrapify/boxes")))


def test_it_shows_and_asks_first(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place)
    done = sudo("apply", name)
    assert done.returncode == 2
    assert f"~ {place}/readable" in done.stdout
    assert "there is no terminal to ask on" in done.stderr
    planned = sudo("apply", "-n", name)
    assert planned.returncode == 0
    assert f"replace {place}/readable" in planned.stdout
    assert (place / "readable").read_text() == "before\n"
    assert not (place / "new").exists()


def test_it_applies_what_it_shows_as_roots(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place)
    done = sudo("apply", "--yes", name)
    assert done.returncode == 0, done.stderr
    assert (place / "readable").read_text() == "after\n"
    assert not (place / "gone").exists()
    assert (place / "new/deep/x").read_text() == "x\n"
    assert os.readlink(place / "link") == "x"
    assert (place / "twin").stat().st_ino == (place / "new/deep/x").stat().st_ino
    for path in (place / "readable", place / "new", place / "new/deep/x"):
        assert (path.stat().st_uid, path.stat().st_gid) == (0, 0)
    assert (place / "old").read_text() == "old\n"
    logged = json.loads(sudo("log", "--json").stdout)
    assert (logged["event"], logged["box"], logged["root"]) == ("apply", name, True)
    assert logged["done"] == len(logged["paths"])
    assert any(path.endswith("/new/deep/x") for path in logged["paths"])
    # The user's own part is the user's to apply.
    assert not (boxed.home / "mine").exists()
    assert boxed("apply", name).returncode == 0
    assert (boxed.home / "mine").stat().st_uid == boxed.user.uid


def test_it_can_be_taken_back(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place)
    assert sudo("apply", "--yes", name).returncode == 0
    done = sudo("apply", "--undo", name)
    assert done.returncode == 0, done.stderr
    assert (place / "readable").read_text() == "before\n"
    assert (place / "gone").read_text() == "gone\n"
    assert sorted(os.listdir(place)) == ["gone", "old", "readable"]
    assert sudo("apply", "--yes", name).returncode == 0
    assert (place / "readable").read_text() == "after\n"


def test_what_root_keeps_is_thrown_away_by_root(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place)
    assert sudo("apply", "--yes", name).returncode == 0
    assert boxed("discard", name).returncode == 0
    kept = Path(takeover.state_for(boxed.user.uid)) / "boxes"
    assert os.listdir(kept) == [name]
    done = sudo("discard", name)
    assert done.returncode == 0, done.stderr
    assert os.listdir(kept) == []
    assert (place / "readable").read_text() == "after\n"
    assert sudo("discard", name).returncode == 2


def test_only_some_paths(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place)
    done = sudo("apply", "--yes", name, str(place / "readable"))
    assert done.returncode == 0, done.stderr
    assert (place / "readable").read_text() == "after\n"
    assert (place / "gone").exists()


def test_what_changed_meanwhile_is_left(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place)
    (place / "readable").write_text("somebody else\n")
    done = sudo("apply", "--yes", name)
    assert done.returncode == 1
    assert "the real one has changed since the run" in done.stderr
    assert (place / "readable").read_text() == "somebody else\n"
    assert not (place / "gone").exists()


def test_what_could_not_be_read_is_never_written(boxed: Wrapify, place: Path, sudo: Sudo) -> None:
    name = made(boxed, place, "rm -f old; echo new >old; chmod 4755 old; cp /bin/true suid; chmod 4755 suid; true")
    done = sudo("apply", "--force", "--yes", name)
    assert (place / "old").read_text() == "old\n"
    assert not (place / "suid").exists()
    assert done.returncode == 1


def test_a_box_without_changes_of_roots_files_is_not_for_root(boxed: Wrapify, sudo: Sudo) -> None:
    boxed("run", "--box", "plain", "touch", "mine")
    done = sudo("apply", "--yes", "plain")
    assert done.returncode == 2
    assert "no changes of root's files" in done.stderr
    assert not (boxed.home / "mine").exists()


@pytest.mark.parametrize("words", [(), ("../x",), ("nosuch",), ("-x",)])
def test_a_box_has_to_be_named(boxed: Wrapify, sudo: Sudo, words: tuple[str, ...]) -> None:
    done = sudo("apply", "--yes", *words)
    assert done.returncode == 2
    assert done.stderr


def forge_owner(box: Path, place: Path) -> None:
    layer = next(path for path in box.glob("u*") if (path / place.name).is_dir())
    os.chown(layer / place.name / "readable", 1, 1)


def forge_link(box: Path, _: Path) -> None:
    layer = min(box.glob("u*"))
    shutil.rmtree(layer)
    layer.symlink_to("/root")


def forge_places(box: Path, _: Path) -> None:
    about = json.loads((box / "box.json").read_text())
    about["layers"][0] = "u0 /root"
    about["of_root"] = ["/root"]
    (box / "box.json").write_text(json.dumps(about))


def forge_way(box: Path, _: Path) -> None:
    about = json.loads((box / "box.json").read_text())
    about["layers"][0] = "u0 /etc/../root"
    about["of_root"] = ["/etc/../root"]
    (box / "box.json").write_text(json.dumps(about))


def forge_store(box: Path, _: Path) -> None:
    about = json.loads((box / "box.json").read_text())
    (box / "box.json").write_text(json.dumps(about | {"store": "/root"}))


def forge_text(box: Path, _: Path) -> None:
    (box / "box.json").write_text("[" * 100000)


def forge_fifo(box: Path, _: Path) -> None:
    (box / "masked").unlink()
    os.mkfifo(box / "masked")
    entry = (box / "box.json").stat()
    os.chown(box / "masked", entry.st_uid, entry.st_gid)


@pytest.mark.parametrize(
    "forge", [forge_owner, forge_link, forge_places, forge_way, forge_store, forge_text, forge_fifo]
)
def test_a_forged_box_is_refused(boxed: Wrapify, place: Path, sudo: Sudo, forge: Callable[[Path, Path], None]) -> None:
    name = made(boxed, place)
    forge(boxed.user.home / ".local/state/wrapify/boxes" / name, place)
    done = sudo("apply", "--yes", name)
    assert done.returncode in (2, 125), done.stdout
    assert len(done.stderr.splitlines()) <= 3
    assert (place / "readable").read_text() == "before\n"
