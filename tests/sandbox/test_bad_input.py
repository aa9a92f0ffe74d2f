"""Broken policy files, homes that are none, hostile scripts and words: refused in one sentence, and nothing runs."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify
from tests.sandbox.disk import folder, plant
from tests.sandbox.test_failures import MARKER, attempt, check_failed

pytestmark = pytest.mark.sandbox

ESCAPES = "\x1b[31mred\x1b]0;title\x07\n\r\x9b1m\u202e\udcff"

POLICIES = {
    "not TOML": b"profile = \n",
    "half a table": b"[limits\nprocesses = 1",
    "unknown key": b"profiel = 'sealed'\n",
    "unknown nested key": b"[limits]\nprocess = 7\n",
    "wrong type": b"[limits]\nprocesses = 'many'\n",
    "a list": b"profile = ['offline']\n",
    "a table for a value": b"[profile]\nname = 1\n",
    "a value for a table": b"limits = 7\n",
    "a truth": b"[limits]\nopen_files = true\n",
    "below zero": b"[limits]\nprocesses = -1\n",
    "zero": b"[limits]\nprocesses = 0\n",
    "a fraction": b"[limits]\nprocesses = 1.5\n",
    "not a number": b"[limits]\nwritten = nan\n",
    "huge": b"[limits]\nwritten = " + b"9" * 5000 + b"\n",
    "a size without a unit": b"[limits]\nwritten = '7 elephants'\n",
    "unknown profile": b"profile = 'safe'\n",
    "not UTF-8": b"profile = '\xff\xfe'\n",
    "UTF-16": "profile = 'sealed'\n".encode("utf-16"),
    "binary": random.Random(7).randbytes(4096),
    "two megabytes": b"# " + b"x" * (2 << 20),
    "deep": b"a = " + b"[" * 20000,
    "escapes in a key": b'"\\u001b[31m" = 1\n',
    "escapes in a value": b'profile = "\\u001b[31mred"\n',
    "twice": b"profile = 'sealed'\nprofile = 'offline'\n",
    "a date": b"profile = 2026-01-01\n",
}


@pytest.mark.parametrize("content", POLICIES.values(), ids=POLICIES)
def test_policy(wrapify: Wrapify, user: User, home: Path, content: bytes) -> None:
    plant(user, home / ".config/wrapify/policy.toml", content)
    check_failed(attempt(wrapify), "policy.toml", status=2)
    done = wrapify("sh", text=f"echo ran; touch {MARKER}\n")
    check_failed(done, "policy.toml", status=2)


@pytest.mark.parametrize("how", ["a directory", "unreadable", "a fifo", "a link to nothing", "a loop", "a device"])
def test_policy_that_is_no_file(wrapify: Wrapify, user: User, home: Path, how: str) -> None:
    path = plant(user, home / ".config/wrapify/policy.toml", "profile = 'sealed'\n")
    if how == "unreadable":
        if os.access("/etc/shadow", os.R_OK) and os.getuid() != 0:
            pytest.skip("this user reads everything")
        path.chmod(0)
        check_failed(attempt(wrapify), "policy.toml", status=2)
        return
    path.unlink()
    if how == "a directory":
        folder(user, path)
        check_failed(attempt(wrapify), "policy.toml", status=2)
    elif how == "a fifo":
        os.mkfifo(path)
        os.chown(path, user.uid, user.gid)
        # Nobody writes into it, and nobody waits for that.
        assert attempt(wrapify, timeout=30).returncode in (0, 2)
    elif how == "a device":
        path.symlink_to("/dev/zero")
        check_failed(attempt(wrapify), "policy.toml", status=2)
    elif how == "a link to nothing":
        # It says nothing, like a file that is not there.
        path.symlink_to("nothing")
        assert attempt(wrapify).returncode == 0
    else:
        path.symlink_to("policy.toml")
        check_failed(attempt(wrapify), "policy.toml", status=2)


def test_policy_mended(wrapify: Wrapify, user: User, home: Path) -> None:
    """A kept plan does not outlive the policy it was made from."""
    assert "copy-on-write" in wrapify("run", "true").stderr
    path = plant(user, home / ".config/wrapify/policy.toml", "profile = 'sealed'\n")
    assert "empty home" in wrapify("run", "true").stderr
    path.write_text("profile = ")
    check_failed(attempt(wrapify), "policy.toml", status=2)
    path.unlink()
    assert "copy-on-write" in wrapify("run", "true").stderr


# ---- homes


NO_HOMES = ["/nonexistent", "/nonexistent/deep/er", "/dev/null", "/", "//", "/..", "{home}/absent"]


@pytest.mark.parametrize("value", NO_HOMES)
def test_home_that_is_none(wrapify: Wrapify, home: Path, value: str) -> None:
    named = value.format(home=home)
    done = wrapify("run", "-c", f"echo ran; touch {MARKER}", env={"HOME": named}, cwd=str(home))
    check_failed(done, "HOME")
    assert not (home / "absent").exists()
    assert not (home / MARKER).exists()
    assert wrapify("box", "list", env={"HOME": named}).returncode in (0, 125)


@pytest.mark.parametrize("value", ["", "relative", ".", "~"])
def test_home_unset_or_relative(wrapify: Wrapify, user: User, home: Path, value: str) -> None:
    """Then the one in the user database is taken."""
    env = {name: text for name, text in wrapify.environment().items() if name != "HOME"}
    done = subprocess.run(
        [wrapify.program, "run", "printenv", "HOME"],
        cwd=home,
        env=env | ({"HOME": value} if value else {}),
        capture_output=True,
        text=True,
        check=False,
        **user.drop,
    )
    assert (done.returncode, done.stdout) == (0, f"{user.home}\n"), done.stderr


def test_home_with_dots(wrapify: Wrapify, home: Path) -> None:
    done = wrapify("run", "-c", "echo $HOME; touch x", env={"HOME": f"{home}/./../{home.name}//"})
    assert done.stdout == f"{home}\n"
    assert not (home / "x").exists()


# ---- scripts


def unreadable(user: User, home: Path) -> str:
    return str(plant(user, home / "script", f"touch {MARKER}\n", 0))


def a_directory(user: User, home: Path) -> str:
    return str(folder(user, home / "script"))


NO_SCRIPTS = (unreadable, a_directory, lambda user, home: f"{home}/absent", lambda user, home: ESCAPES)


@pytest.mark.parametrize("make", NO_SCRIPTS)
def test_script_that_cannot_be_read(
    wrapify: Wrapify, user: User, home: Path, make: Callable[[User, Path], str]
) -> None:
    check_failed(wrapify("sh", make(user, home)), status=2)
    assert not (home / MARKER).exists()


SCRIPTS = {
    "empty": b"",
    "blank": b" \n\t\n",
    "zeros": b"\0" * 4096,
    "random": random.Random(1).randbytes(200 << 10),
    "cut off": b"touch marker-of-a-run\nif true; then\n  touch marker-of-a-run\n",
    "cut off in a string": b"touch marker-of-a-run\necho 'and",
    "cut off in a here-document": b"touch marker-of-a-run\ncat <<END\nmore\n",
    "a web page": b"<!DOCTYPE html><html><body><p>Not found; try (again)</p></body></html>\n",
    "an interpreter that is none": b"#!/no/such/thing\ntouch marker-of-a-run\n",
    "an interpreter with escapes": b"#!/bin/\x1b[31mred\x07\ntouch marker-of-a-run\n",
    "a syntax error with escapes": b"touch marker-of-a-run\n)\x1b[31mred\x07\n",
}


@pytest.mark.parametrize("content", SCRIPTS.values(), ids=SCRIPTS)
def test_script_that_is_none(each_bwrap: Wrapify, home: Path, content: bytes) -> None:
    done = each_bwrap("sh", text=content)
    check_failed(done, status=127 if b"interp" not in content and content[:2] == b"#!" else 125)
    assert not (home / MARKER).exists()


def test_script_that_is_too_large(wrapify: Wrapify, user: User, home: Path) -> None:
    plant(user, home / ".config/wrapify/policy.toml", "[script]\nmax_size = '1 KiB'\n")
    script = f"touch {MARKER}\n".encode() + b"# padding\n" * 200
    check_failed(wrapify("sh", text=script), "larger")
    assert wrapify("sh", text=b"echo ran\n").stdout == "ran\n"


# ---- hostile words


@pytest.mark.parametrize(
    "words",
    [
        ("run", ESCAPES),
        ("run", f"./{ESCAPES}"),
        ("run", f"--{ESCAPES}"),
        ("run", "--profile", ESCAPES, "true"),
        ("run", "--ro", ESCAPES, "true"),
        ("run", "--home", ESCAPES, "true"),
        ("run", "--box", ESCAPES, "true"),
        ("run", "--shell", ESCAPES, "-c", "true"),
        ("run", "--bwrap-args", f"'{ESCAPES}", "true"),
        ("run", "--bwrap-args", f"--{ESCAPES.split()[0]}", "true"),
        ("sh", "--shell", ESCAPES),
        ("box", ESCAPES),
        (ESCAPES,),
    ],
)
def test_words_are_escaped(wrapify: Wrapify, words: tuple[str, ...]) -> None:
    done = wrapify(*words, text="true\n")
    assert done.returncode in (2, 125, 127)
    assert "Traceback" not in done.stderr
    theirs = ("bwrap: ", "/usr/bin/env")
    ours = "".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith(theirs))
    assert all(char.isprintable() or char == "\n" for char in ours), repr(ours)


def test_command_in_a_box_is_escaped(wrapify: Wrapify) -> None:
    done = wrapify("run", "-c", f"echo x > x; : '{ESCAPES}'", env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    listed = wrapify("box", "list")
    assert listed.returncode == 0
    assert len(listed.stdout.splitlines()) == 1
    assert listed.stdout.rstrip("\n").isprintable()
    assert wrapify("box", "list", "--json").returncode == 0
