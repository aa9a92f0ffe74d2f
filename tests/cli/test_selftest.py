"""`wrapify selftest`: attacks on real sandboxes, what it says of them, and that nothing stays."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Wrapify
from tests.sandbox.disk import until
from wrapify.cli import selftest
from wrapify.selftest.attacks.attacker import PROBES
from wrapify.selftest.outcome import PROMISES, SANDBOXES, Result, Trial

pytestmark = pytest.mark.sandbox

CODE = (Path(__file__).parent.parent / "sandbox" / "taking_down.py").read_text()
PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/run")


def left(wrapify: Wrapify, token: str = "wb") -> list[str]:
    """List what is left of a selftest: in the home, and of decoys whose names begin with `token`."""
    names = [name for name in os.listdir(wrapify.home) if "selftest" in name]
    return names + [name for place in PLACES for name in os.listdir(place) if name.startswith(token)]


def taken_down(wrapify: Wrapify, wall: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `wrapify WORDS…` without one of its walls."""
    argv = [sys.executable, "-P", "-c", CODE, wall, *words]
    options = {"cwd": wrapify.home, "env": wrapify.environment(), "timeout": 60, **wrapify.user.drop}
    return subprocess.run(argv, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def whole(user, wrapify_bin, make_home) -> tuple[Wrapify, subprocess.CompletedProcess[str]]:
    """One run of everything, which several tests look at."""
    wrapify = Wrapify(wrapify_bin, user, make_home())
    return wrapify, wrapify("selftest", "--json")


def test_everything_holds(whole) -> None:
    _, done = whole
    found = json.loads(done.stdout)
    assert [one for one in found["attacks"] if one["result"] == "failed"] == []
    assert (done.returncode, found["holds"], done.stderr) == (0, True, "")
    assert [one["group"] for one in found["groups"]] == [*PROMISES] if not found["sandboxes"][1]["why_not"] else True
    assert len(found["attacks"]) > 600


def test_every_attack_is_made_somewhere(whole) -> None:
    wanted = {it.id for it in PROBES if any(sandbox.is_for(it.id, it.group) for sandbox in SANDBOXES)}
    assert wanted == {it.id for it in PROBES}
    if not any(one["why_not"] for one in json.loads(whole[1].stdout)["sandboxes"]):
        assert {one["attack"] for one in json.loads(whole[1].stdout)["attacks"]} == wanted


def test_every_group_has_a_promise() -> None:
    assert {it.group for it in PROBES} == set(PROMISES)
    # One line of 80 columns each.
    assert [one for one in PROMISES.values() if len(one) > 54] == []


def test_nothing_stays(whole) -> None:
    wrapify, done = whole
    tokens = set(re.findall(r"\bwb[0-9a-f]{10}\b", done.stdout))
    assert len(tokens) == 3
    assert [name for token in tokens for name in left(wrapify, token)] == []
    assert not (wrapify.home / ".local").exists()


def test_a_group_alone(wrapify: Wrapify) -> None:
    done = wrapify("selftest", "dev")
    head, *rest = done.stdout.splitlines()
    assert re.fullmatch(r"✓ dev +(\d+) of \1  /dev has the harmless devices only", head)
    assert re.fullmatch(r"All \d+ attacks on .* were held off, in [\d.]+ s\.", rest[1])
    assert (done.returncode, done.stderr) == (0, "")


def test_all_names_every_attack(wrapify: Wrapify) -> None:
    done = wrapify("selftest", "--all", "tty")
    assert "    held offline: tty-tiocsti types into the outer shell\n" in done.stdout


def test_it_fails_where_a_wall_is_down(wrapify: Wrapify) -> None:
    done = taken_down(wrapify, "namespace-net", "selftest", "network")
    assert done.returncode == 1, (done.stdout, done.stderr)
    assert re.match(r"✗ network +\d+ of \d+  no port of this machine is reached\n", done.stdout)
    assert "    FAILED offline: net-tcp4 connects to 127.0.0.1: connected to the host's 127.0.0.1\n" in done.stdout
    assert re.search(r"^\d+ attacks of \d+ got through\.$", done.stdout, re.MULTILINE)


def test_without_network_tools_it_says_so(wrapify: Wrapify) -> None:
    done = taken_down(wrapify, "carrier", "selftest", "network", "internet")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "– online: not tried, neither slirp4netns nor pasta is installed" in done.stdout
    assert "✓ internet" not in done.stdout


def test_a_group_that_there_is_not(wrapify: Wrapify) -> None:
    done = wrapify("selftest", "netwrok")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no group 'netwrok' of attacks" in done.stderr


def test_without_bubblewrap(wrapify: Wrapify) -> None:
    done = wrapify("selftest", "dev", env={"WRAPIFY_BWRAP": "/nonexistent/bwrap"})
    assert (done.returncode, done.stdout) == (125, "")
    assert "bubblewrap (the program bwrap) is not installed" in done.stderr
    assert [name for name in os.listdir(wrapify.home) if "selftest" in name] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ended_halfway_it_leaves_nothing(wrapify: Wrapify, number: signal.Signals) -> None:
    child = subprocess.Popen(
        [wrapify.program, "selftest"],
        cwd=wrapify.home,
        env=wrapify.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **wrapify.user.drop,
    )
    until(lambda: any("selftest" in name for name in os.listdir(wrapify.home)), "it has begun")
    child.send_signal(number)
    said, _ = child.communicate(timeout=30)
    assert (child.returncode, said.strip()) == (128 + number, b"")
    assert [name for name in os.listdir(wrapify.home) if "selftest" in name] == []


def test_what_comes_from_a_sandbox_is_not_printed_raw() -> None:
    hostile = Result("dev-create", "dev", False, "leaked\x1b[2J\nmade \u202e a file")
    lines = list(selftest._lines([Trial("offline", (hostile,), "")], every=False, seconds=1.0))
    assert "    FAILED offline: dev-create makes a file in /dev: leaked\\x1b[2J made \\u202e a file" in lines


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be root")
@pytest.mark.parametrize("caller", [False, True], ids=["root", "sudo"])
def test_as_root(wrapify: Wrapify, caller: bool) -> None:
    """In a mount namespace where /var/lib and /dev/shm are others, and nothing is left in them but a cache."""
    script = """
        mount -t tmpfs -o mode=755 none /var/lib
        mount -t tmpfs -o mode=1777 none /dev/shm
        mount -t tmpfs -o mode=1777 none /var/tmp
        "$@"
        status=$?
        find /var/tmp /var/lib/wrapify/state/boxes -mindepth 1 2>/dev/null
        exit $status
    """
    sudo = {"SUDO_UID": str(wrapify.user.uid), "SUDO_GID": str(wrapify.user.gid)} if caller else {}
    words = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        script,
        "sh",
        str(wrapify.program),
        "selftest",
    ]
    env = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "xterm"} | sudo
    words += ["secrets", "files"]
    done = subprocess.run(words, cwd="/", env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, (done.stdout, done.stderr)
    *_, last = done.stdout.splitlines()
    assert re.match(r"All \d+ attacks on offline.* were held off|\d+ attacks? could not be made", last), done.stdout
