"""Every wall is tested: with any one of them taken down, an attack of the battery gets through.

Some walls stand behind one another; those are taken down together, and the table says which. The switches are in
taking_down.py: the product has none.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.conftest import User, need
from tests.sandbox.lab import entering, lab
from tests.sandbox.taking_down import WALLS
from wrapify.sandbox import seccomp
from wrapify.selftest.attacks import calls, internet
from wrapify.selftest.battery import Target, run_battery
from wrapify.selftest.outcome import Result
from wrapify.selftest.plant import Owner

pytestmark = pytest.mark.sandbox

CODE = (Path(__file__).parent / "taking_down.py").read_text()
OFFLINE, ONLINE = ("--profile", "offline"), ("--profile", "online")
FAKE_ROOT = ("--profile", "offline", "--root")

# What is taken down: the attacks that notice, each of them.
NOTICED: dict[str, tuple[tuple[str, ...], str]] = {
    "namespace-pid": (OFFLINE, "ns-pid proc-visible proc-count"),
    "namespace-pid,scope": (OFFLINE, "proc-signal proc-kill-all"),
    "namespace-net": (OFFLINE, "ns-net net-tcp4 net-udp4 net-interfaces"),
    "namespace-ipc": (OFFLINE, "ns-ipc ipc-sysv-shm"),
    "namespace-uts": (OFFLINE, "ns-uts"),
    "namespace-cgroup": (OFFLINE, "ns-cgroup"),
    "hostname": (OFFLINE, "id-hostname"),
    "limit-nproc": (OFFLINE, "limit-nproc"),
    "limit-nofile": (OFFLINE, "limit-nofile"),
    "limit-fsize": (OFFLINE, "limit-fsize"),
    "limit-data": (OFFLINE, "limit-memory"),
    "limit-core": (OFFLINE, "limit-core"),
    "filter": (OFFLINE, "status-seccomp filter-keyctl filter-tiocsti filter-clone-user filter-x32 filter-future"),
    "future": (OFFLINE, "filter-future"),
    "arches": (OFFLINE, "call-int80"),
    "calls-userns,disable-userns": (OFFLINE, "userns-unshare userns-clone"),
    "calls-keys,keyring": (OFFLINE, "key-session"),
    "calls-terminal": (OFFLINE, "tty-tioclinux filter-tiocsti"),
    "calls-ptrace": (OFFLINE, "filter-ptrace"),
    "proc-keys": (OFFLINE, "proc-keys"),
    "scope": (OFFLINE, "kill0-launcher"),
    "keeper": (OFFLINE, "survivor-killed"),
    "environment": (OFFLINE, "env-aws env-plain-name env-any-value env-ssh-agent env-dbus env-display env-tmux"),
    "descriptors": (OFFLINE, "fd-inherited fd-content fd-directory"),
    "secrets": (OFFLINE, "secret-ssh secret-aws secret-env-file secret-bash-history view-scan view-behind-symlink"),
    "sockets": ((*OFFLINE, "--ro", "@home@/app"), "sock-home"),
    "own-state,secrets": (OFFLINE, "view-state"),
    "recorded": (OFFLINE, "write-bashrc write-cwd write-git-hook write-destroy outside-home outside-cwd"),
    "system": (OFFLINE, "write-system-mount"),
    "tmp": (OFFLINE, "view-host-tmp write-tmp sock-tmp sock-x11"),
    "run": (OFFLINE, "view-host-run write-run sock-runtime sock-run sock-dbus sock-wayland"),
    "shm": (OFFLINE, "view-host-shm write-shm"),
    "dev": (OFFLINE, "dev-extra"),
    "proc": (OFFLINE, "proc-visible proc-count"),
    "sys": (OFFLINE, "sys-block"),
    "etc": (OFFLINE, "id-machine"),
    "proc-1,remount-proc": (OFFLINE, "proc-mem-pid1"),
    "remount-proc-1": (OFFLINE, "proc-pid1-create"),
    "remount-proc": (OFFLINE, "proc-mounted"),
    "remount-dev": (OFFLINE, "dev-create size-dev"),
    "remount-root": (OFFLINE, "root-create size-root"),
    "sizes": (OFFLINE, "size-tmp size-shm"),
    "apart": (ONLINE, "view-document"),
    "start-up": (ONLINE, "view-start-up"),
    "cap-drop": (FAKE_ROOT, "status-capeff"),
    # No sandbox at all: what bwrap never leaves out.
    "": ((), "ns-user ns-mnt status-nonewprivs status-capbnd proc-setuid view-scan"),
}
# The same in a lab, where there is an internet and this machine has addresses of every kind.
IN_LAB = {
    "routes": "internet-routes",
    "policies": "internet-private-10 internet-metadata internet-private-192 internet-multicast",
    "own-addresses": "internet-own",
    "carrier-loopback,policies,routes": "internet-gateway",
    "policies-6": "internet-last-stop",
    "rules-6": "internet-first-stop",
}


Outcomes = dict[str, dict[str, Result]]


def launcher(walls: str, options: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-P", "-c", CODE, walls, "run", "-q", *options, "--"] if walls else ["env"]


@pytest.fixture(scope="module")
def attack(user: User, wrapify_bin: Path, make_home: Callable[[], Path]) -> Callable[..., dict[str, Result]]:
    need("bwrap")
    owner = Owner(user.uid, user.gid)

    def run(walls: str, options: tuple[str, ...], wanted: frozenset[str], home: Path) -> dict[str, Result]:
        words = [word.replace("@home@", str(home)) for word in launcher(walls, options)]
        return {one.id: one for one in run_battery(Target(words, home, owner, wanted=wanted))}

    return run


@pytest.fixture(scope="module")
def outcomes(attack: Callable[..., dict[str, Result]], make_home: Callable[[], Path]) -> Outcomes:
    """Run them all, some at a time: each mostly waits."""
    with ThreadPoolExecutor(4) as pool:
        jobs = {
            walls: pool.submit(attack, walls, options, frozenset(ids.split()), make_home())
            for walls, (options, ids) in NOTICED.items()
        }
        return {walls: job.result() for walls, job in jobs.items()}


def unnoticed(found: dict[str, Result]) -> dict[str, tuple[bool | None, str]]:
    return {one.id: (one.held, one.detail) for one in found.values() if one.held is not False}


@pytest.mark.parametrize("walls", NOTICED)
def test_an_attack_notices(walls: str, outcomes: Outcomes) -> None:
    if walls == "limit-nofile" and resource.getrlimit(resource.RLIMIT_NOFILE)[1] <= 1 << 17:
        pytest.skip("this user's own limit is lower than what is asked for")
    # What cannot be tried on this machine, as without a machine id.
    untried = [one.detail for one in outcomes[walls].values() if one.held is None]
    if len(untried) == len(outcomes[walls]):
        pytest.skip(untried[0])
    assert unnoticed(outcomes[walls]) == {}


def test_every_wall_is_in_a_table() -> None:
    listed = {wall for walls in (*NOTICED, *IN_LAB) for wall in walls.split(",")} - {""}
    assert listed | {"none", "none-pasta", "carrier", "rules-odd", "rules-even"} == set(WALLS)


def noticing(rule: seccomp.Rule) -> set[str]:
    """List the attacks that a rule of the filter alone holds off."""
    if rule.when is None:
        return {f"filter-{name}" for name in rule.calls}
    rows = [row for row in calls.CONDITIONAL if row[1] in rule.calls]
    return {f"filter-{word}" for word, _, args, _ in rows if holds(rule.when, args)}


def holds(when: seccomp.When, args: tuple[int, ...]) -> bool:
    return ((args[when.arg] & when.mask) in when.values) != when.negated


@pytest.mark.parametrize("half", ["rules-odd", "rules-even"])
def test_each_rule_of_the_filter(
    half: str, attack: Callable[..., dict[str, Result]], make_home: Callable[[], Path]
) -> None:
    """A call is judged by the rules for its own number alone, of which no two are in the same half."""
    gone = [rule for number, rule in enumerate(seccomp.rules()) if number % 2 == (half == "rules-odd")]
    assert all(noticing(rule) for rule in gone)
    numbers = [name for rule in gone for name in rule.calls]
    assert len(set(numbers)) == len(numbers)
    found = attack(half, OFFLINE, frozenset(probe.id for probe in calls.PROBES), make_home())
    there = {one.id for one in found.values() if one.held is not None}
    failed = {one.id for one in found.values() if one.held is False}
    assert failed == {name for rule in gone for name in noticing(rule)} & there


INSIDE = """
import json, sys
from pathlib import Path
from wrapify.selftest.battery import Target, run_battery
from wrapify.selftest.plant import Owner
words, home, uid, gid, wanted = json.loads(sys.argv[1])
found = run_battery(Target(words, Path(home), Owner(uid, gid), wanted=frozenset(wanted)))
print(json.dumps([(one.id, one.group, one.held, one.detail) for one in found]))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can build networks to test in")
def test_what_closes_the_internet(
    user: User, make_home: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory
) -> None:
    for program in ("slirp4netns", "pasta"):
        need(program)
    folder = tmp_path_factory.mktemp("lab")
    folder.chmod(0o755)

    def run(host: int, walls: str, wanted: list[str]) -> dict[str, Result]:
        target = [launcher(walls, ONLINE), str(make_home()), user.uid, user.gid, wanted]
        words = [*entering(host), sys.executable, "-P", "-c", INSIDE, json.dumps(target)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return {one[0]: Result(*one) for one in json.loads(done.stdout)}

    with lab(folder, resolver="192.168.50.1") as found:
        every = [probe.id for probe in internet.PROBES]
        whole = {walls: run(found.host, walls, every) for walls in ("none", "none-pasta")}
        missed = {walls: unnoticed(run(found.host, walls, ids.split())) for walls, ids in IN_LAB.items()}
    assert {walls: rows for walls, rows in missed.items() if rows} == {}
    assert [(walls, one) for walls, rows in whole.items() for one in rows.values() if not one.held] == []
