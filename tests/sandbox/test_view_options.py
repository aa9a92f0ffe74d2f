"""The options that show and hide, names that need care, and working directories that are special."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import User, Wrapify
from tests.sandbox.disk import boxes, differences, folder, layer, plant, snapshot

pytestmark = pytest.mark.sandbox

AWKWARD = [
    b"with space",
    b"co:lon",
    b"com,ma",
    b"back\\slash",
    b"new\nline",
    b"tab\ttab",
    b"quo\"te and 'tick'",
    b"$HOME `id` $(id)",
    b"-rf",
    b"caf\xc3\xa9 \xe2\x82\xac",
    b"latin-1 \xe9\xff",
    b"\\040octal",
    b"esc\x1b[31m",
    b"*?[x]",
    b"trailing ",
    b"@box@",
    b"lowerdir=x,upperdir=y",
]


@pytest.fixture
def outside(user: User) -> Iterator[Path]:
    """A directory of the user's that no profile shows."""
    made = Path(tempfile.mkdtemp(prefix="wrapify-test-", dir="/var/tmp"))
    yield folder(user, made)
    shutil.rmtree(made)


def inner(wrapify: Wrapify, script: str, *options: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return wrapify("run", *options, "--shell", "/bin/sh", "-c", script, **more)


def test_ro_shows_and_does_not_write(each_bwrap: Wrapify, user: User, outside: Path) -> None:
    plant(user, outside / "x", "shown\n")
    assert inner(each_bwrap, f"cat {outside}/x").returncode != 0
    done = inner(each_bwrap, f"cat {outside}/x; echo no > {outside}/x || echo no > {outside}/y", "--ro", str(outside))
    assert done.stdout == "shown\n"
    assert done.returncode != 0
    assert (outside / "x").read_text() == "shown\n"
    assert os.listdir(outside) == ["x"]


def test_rw_writes_the_real_one(each_bwrap: Wrapify, user: User, outside: Path, home: Path) -> None:
    plant(user, home / "notes/real.txt", "old\n")
    done = inner(
        each_bwrap,
        f"echo a > {outside}/a; echo new > ~/notes/real.txt; echo b > ~/notes/b",
        *("--rw", str(outside), "--rw", str(home / "notes/real.txt")),
    )
    assert done.returncode == 0, done.stderr
    assert (outside / "a").read_text() == "a\n"
    assert (home / "notes/real.txt").read_text() == "new\n"
    assert not (home / "notes/b").exists()


def test_ro_in_the_home_shows_the_real_file(each_bwrap: Wrapify, user: User, home: Path) -> None:
    plant(user, home / "notes/x", "real\n")
    assert inner(each_bwrap, "rm -r notes; true", "--box", "b").returncode == 0
    done = inner(each_bwrap, "cat ~/notes/x", "--ro", str(home / "notes"), "--box", "c")
    assert done.stdout == "real\n"
    assert inner(each_bwrap, "echo no > ~/notes/x", "--ro", "notes").returncode != 0


def test_ro_shows_one_secret_and_no_other(each_bwrap: Wrapify, user: User, home: Path) -> None:
    plant(user, home / ".npmrc", "token\n")
    plant(user, home / ".netrc", "other\n")
    done = inner(each_bwrap, "cat .npmrc; cat .netrc", "--ro", ".npmrc")
    assert done.stdout == "token\n"
    assert done.returncode != 0


@pytest.mark.parametrize("mode", ["cow", "real-ro", "private"])
def test_ro_through_a_symlink(each_bwrap: Wrapify, user: User, home: Path, mode: str) -> None:
    plant(user, home / "real/x", "there\n")
    (home / "link").symlink_to("real")
    done = inner(each_bwrap, "cat ~/link/x", "--home", mode, "--ro", str(home / "link/x"), cwd="/")
    assert (done.stdout, done.returncode) == ("there\n", 0), done.stderr


def test_hide(each_bwrap: Wrapify, user: User, home: Path) -> None:
    plant(user, home / "diary/today", "private\n")
    plant(user, home / "letter", "private\n")
    hidden = ("--hide", "diary", "--hide", str(home / "letter"), "--hide", "/etc/passwd", "--hide", "/usr/share")
    done = inner(each_bwrap, "cat diary/today letter /etc/passwd; ls /usr/share; ls", *hidden)
    assert "private" not in done.stdout
    assert "root:" not in done.stdout
    assert done.stdout.split() == [] or "diary" not in done.stdout.split()
    # What is made in its place is recorded and goes nowhere else.
    done = inner(each_bwrap, "mkdir diary && echo x > diary/y", "--hide", "diary")
    assert done.returncode == 0, done.stderr
    assert os.listdir(home / "diary") == ["today"]


def test_env(each_bwrap: Wrapify) -> None:
    told = "echo $ONE,$TWO,$THREE,$NASTY"
    env = {"ONE": "1", "TWO": "2", "NASTY": "a'b\nc"}
    done = inner(each_bwrap, told, "--env", "ONE", "--env", "THREE=x=y z", env=env)
    assert done.stdout == "1,,x=y z,\n"
    done = each_bwrap("run", "--env", "NASTY", "printenv", "NASTY", env=env)
    assert done.stdout == "a'b\nc\n"


def test_home_private(each_bwrap: Wrapify, user: User, home: Path) -> None:
    plant(user, home / "mine.txt")
    plant(user, home / "work/project.txt")
    warm = inner(each_bwrap, "true")
    assert warm.returncode == 0
    before = snapshot(home)
    script = "ls -A ~; cat project.txt; echo x > ~/x; echo y > y"
    done = inner(each_bwrap, script, "--home", "private", cwd=home / "work")
    assert done.stdout == "work\nas the user left it\n", done.stderr
    assert differences(before, snapshot(home)) == []
    (box,) = boxes(each_bwrap.boxes)
    assert (layer(box, home / "work") / "y").read_text() == "y\n"


def test_home_real_ro(each_bwrap: Wrapify, user: User, home: Path) -> None:
    plant(user, home / "mine.txt")
    plant(user, home / ".netrc", "token")
    plant(user, home / ".aws/credentials", "token")
    plant(user, home / "work/project.txt")
    script = "cat ~/mine.txt; cat ~/.netrc ~/.aws/credentials; echo x > ~/x; echo y > y; ls"
    done = inner(each_bwrap, script, "--home", "real-ro", cwd=home / "work")
    assert done.stdout == "as the user left it\nproject.txt\ny\n", done.stderr
    assert not (home / "x").exists()
    assert not (home / "work/y").exists()
    (box,) = boxes(each_bwrap.boxes)
    assert (layer(box, home / "work") / "y").read_text() == "y\n"


def test_home_unknown(wrapify: Wrapify) -> None:
    done = wrapify("run", "--home", "mine", "true")
    assert done.returncode == 2
    assert "cow" in done.stderr


def test_bwrap_args(each_bwrap: Wrapify, outside: Path) -> None:
    extra = f"--tmpfs '{outside}/a b' --setenv EXTRA 'x y'"
    done = inner(each_bwrap, f"echo $EXTRA; ls -d '{outside}/a b'; hostname", "--bwrap-args", extra)
    assert done.stdout.splitlines()[0] == "x y", done.stderr
    assert str(outside) in done.stdout
    assert os.listdir(outside) == []
    done = inner(each_bwrap, "echo ran", "--bwrap-args", "--no-such-option")
    assert (done.returncode, done.stdout) == (125, "")
    done = inner(each_bwrap, "echo ran", "--bwrap-args", "'unfinished")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("option", ["--ro", "--rw"])
def test_paths_that_do_not_exist_are_refused(wrapify: Wrapify, option: str) -> None:
    done = wrapify("run", option, "no\x1bwhere", "echo", "ran")
    assert (done.returncode, done.stdout) == (2, "")
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("name", AWKWARD, ids=repr)
def test_awkward_names(each_bwrap: Wrapify, user: User, home: Path, name: bytes) -> None:
    """A home, a working directory in it and one outside of it, a shown and a hidden path, all of this name."""
    word = os.fsdecode(name)
    own = folder(user, home / word)
    work = folder(user, own / word / "w")
    plant(user, own / ".ssh" / word, "secret")
    plant(user, own / f"hide{word}", "secret")
    elsewhere = Path(tempfile.mkdtemp(prefix="wrapify-test-", dir="/var/tmp"))
    try:
        away = folder(user, elsewhere / word)
        folder(user, elsewhere)
        plant(user, elsewhere / f"shown{word}" / "x", "shown\n")
        here = replace(each_bwrap, home=own)
        before = snapshot(own), snapshot(elsewhere, skip=())
        options = ("--ro", str(elsewhere / f"shown{word}"), "--hide", str(own / f"hide{word}"))
        tell = 'echo x > x && echo y > "$HOME/y" && cat "$1"/x && ! cat "$HOME"/hide* && ! cat "$HOME"/.ssh/*'
        for cwd in (work, away):
            words = ("run", *options, "--shell", "/bin/sh", "-c", tell, "sh", str(elsewhere / f"shown{word}"))
            done = here(*words, cwd=os.fsencode(cwd))
            assert (done.returncode, done.stdout) == (0, "shown\n"), done.stderr
            assert "\x1b" not in done.stderr
        changed = [path for path in differences(before[0], snapshot(own)) if b"/.local" not in path]
        assert [path for path in changed if path != os.fsencode(own) and b"/.cache" not in path] == []
        assert differences(before[1], snapshot(elsewhere, skip=())) == []
        first, second = sorted(boxes(here.boxes), key=lambda box: (box / "end.json").stat().st_mtime)
        assert (layer(first, own) / word / "w/x").read_text() == "x\n"
        assert (layer(second, own) / "y").read_text() == "y\n"
        assert here("box", "list").returncode == 0
    finally:
        shutil.rmtree(elsewhere)


SPECIAL = ["/", "/tmp", "/usr", "/usr/lib", "/etc", "/var", "/var/tmp", "/dev", "/dev/shm", "/home"]


@pytest.mark.parametrize("cwd", SPECIAL)
def test_special_working_directories(each_bwrap: Wrapify, home: Path, cwd: str) -> None:
    done = inner(each_bwrap, "pwd; echo x > ~/x", cwd=cwd)
    assert done.returncode == 0, done.stderr
    # Where it cannot be shown, a line says so.
    assert done.stdout == f"{cwd}\n" or (done.stdout == f"{home}\n" and "starts in the home directory" in done.stderr)


@pytest.mark.parametrize("cwd", ["/proc", "/proc/self", "/sys/kernel", "/run"])
def test_working_directories_of_the_kernel(each_bwrap: Wrapify, cwd: str) -> None:
    assert inner(each_bwrap, "true", cwd=cwd).returncode == 0


def test_home_as_working_directory(each_bwrap: Wrapify, home: Path) -> None:
    assert inner(each_bwrap, "pwd").stdout == f"{home}\n"
    assert inner(each_bwrap, "pwd", cwd=home.parent).returncode == 0


@pytest.mark.parametrize("place", [".ssh", ".ssh/deeper", ".local/state/wrapify/boxes", ".config/gh/x"])
@pytest.mark.parametrize("mode", ["cow", "real-ro", "private"])
def test_a_hidden_working_directory(each_bwrap: Wrapify, user: User, home: Path, place: str, mode: str) -> None:
    plant(user, home / place / "token", "secret", 0o600)
    done = inner(each_bwrap, "pwd; cat token", "--home", mode, cwd=home / place)
    assert done.stdout.splitlines()[:1] == [str(home)], done.stderr
    assert "secret\n" not in done.stdout
    assert "starts in the home directory" in done.stderr or mode == "private"


def test_a_working_directory_that_is_gone(wrapify: Wrapify, user: User, home: Path) -> None:
    gone = folder(user, home / "gone")
    line = f'cd "{gone}" && rmdir "{gone}" && exec "{wrapify.program}" run -c "echo ran"'
    done = subprocess.run(
        ["sh", "-c", line], cwd=home, env=wrapify.environment(), capture_output=True, check=False, **user.drop
    )
    assert (done.returncode, done.stdout) == (125, b"")
    assert b"no longer exists" in done.stderr
    assert b"Traceback" not in done.stderr
