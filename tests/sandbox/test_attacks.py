"""Every attack of the battery against the real thing, as an ordinary user, in both profiles without network and as a
fake root.

The battery is checked first: against a careless bwrap it must find what is open there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from wrapify.selftest.attacks.attacker import PROBES
from wrapify.selftest.battery import Target, count, run_battery
from wrapify.selftest.outcome import Result
from wrapify.selftest.plant import Owner

pytestmark = pytest.mark.sandbox

NAIVE = ["bwrap", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
# Everything is writable in this one: the read-only root of the other hides whether writes would be noticed.
WRITABLE = ["bwrap", "--dev-bind", "/", "/"]
PROFILES = {
    "offline": ("--profile", "offline"),
    "sealed": ("--profile", "sealed"),
    "root": ("--profile", "offline", "--root"),
}

# Open in every naive bwrap, whatever the machine: if one of these is not found, the battery is blind.
OPEN_IN_NAIVE = (
    ("secret-ssh", "secret-aws", "secret-env-file", "view-self-root", "view-scan", "view-host-tmp")
    + ("env-github", "env-plain-name", "env-ssh-agent", "cmdline-others")
    + ("fd-inherited", "fd-content", "fd-directory", "sock-abstract", "sock-tmp", "sock-home", "sock-cwd")
    + ("sock-tmux", "sock-x11", "sock-dbus", "net-tcp4", "net-udp4", "key-session", "key-add", "ipc-sysv-shm")
    + ("proc-visible", "proc-signal", "ns-pid", "ns-net", "userns-unshare", "userns-clone")
    + ("status-seccomp", "dev-create", "size-dev", "limit-fsize", "tty-tioclinux", "kill0-launcher")
    + ("survivor-daemon", "survivor-killed", "survivor-hangup")
)

OPEN_IN_WRITABLE = (
    ("write-bashrc", "write-authorized-keys", "write-autostart", "write-user-unit", "write-path-dir")
    + ("write-git-hook", "write-cwd", "write-tmp", "write-run", "write-shm", "write-symlink", "write-dirlink")
    + ("write-new-symlink", "write-destroy", "outside-home", "outside-cwd", "outside-elsewhere")
    + ("view-hardlink", "view-rename", "view-host-shm", "tty-other")
)


class User(Protocol):
    """The part of the `user` fixture that is used here."""

    uid: int
    gid: int


Outcome = dict[str, Result]
Attack = Callable[[list[str]], Outcome]


@pytest.fixture(scope="module")
def attack(user: User, make_home: Callable[[], Path]) -> Attack:
    """Run the battery around a launcher, once for each launcher."""
    known: dict[tuple[str, ...], Outcome] = {}

    def run(launcher: list[str]) -> Outcome:
        key = tuple(launcher)
        if key not in known:
            results = run_battery(Target(launcher, make_home(), Owner(user.uid, user.gid)))
            known[key] = {result.id: result for result in results}
        return known[key]

    return run


@pytest.fixture(scope="module")
def naive(attack: Attack) -> Outcome:
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    return attack(NAIVE)


@pytest.fixture(scope="module")
def writable(attack: Attack) -> Outcome:
    if shutil.which("bwrap") is None:
        pytest.skip("bwrap is not installed")
    return attack(WRITABLE)


@pytest.fixture(scope="module", params=PROFILES)
def profile(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def outcome(profile: str, attack: Attack, wrapify_bin: Path) -> Outcome:
    return attack([str(wrapify_bin), "run", *PROFILES[profile], "--"])


def test_probes_are_told_apart() -> None:
    names = [probe.id for probe in PROBES]
    assert len(set(names)) == len(names) >= 65
    assert all(probe.tries for probe in PROBES)


def test_the_battery_reports_every_probe(naive: Outcome) -> None:
    assert list(naive) == [probe.id for probe in PROBES]
    unheard = [result for result in naive.values() if result.detail.startswith(("no report", "error"))]
    assert not unheard


def test_the_battery_finds_leaks(naive: Outcome) -> None:
    assert sum(result.held is False for result in naive.values()) >= 25


@pytest.mark.parametrize("probe", OPEN_IN_NAIVE)
def test_the_battery_finds(probe: str, naive: Outcome) -> None:
    result = naive[probe]
    if result.held is None:
        pytest.skip(result.detail)
    assert result.held is False, result.detail


@pytest.mark.parametrize("probe", OPEN_IN_WRITABLE)
def test_the_battery_notices_writes(probe: str, writable: Outcome) -> None:
    result = writable[probe]
    if result.held is None:
        pytest.skip(result.detail)
    assert result.held is False, result.detail


@pytest.mark.parametrize("probe", [probe.id for probe in PROBES])
def test_held(probe: str, outcome: Outcome) -> None:
    result = outcome[probe]
    if result.held is None:
        pytest.skip(result.detail)
    assert result.held, f"{result.group}: {result.detail}"


def test_count(profile: str, outcome: Outcome, capsys: pytest.CaptureFixture[str]) -> None:
    """Print the score; the leaks themselves are the failures of `test_held`."""
    line = f"{profile}: {count(list(outcome.values()))}"
    with capsys.disabled():
        print(f"\n{line}")
    assert len(outcome) == len(PROBES), line
