"""What a sandbox reaches over the network: the internet and nothing of this machine or its neighbours, in any way."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.disk import until
from tests.sandbox.forbidding import forbidding
from tests.sandbox.lab import EVERYTHING, INTERNET, INTERNET_6, NEIGHBOURS, NEIGHBOURS_6, OWN, SOCKETS, Lab, lab
from wrapify.sandbox import seccomp

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.skipif(os.getuid() != 0, reason="only root can build networks to test in"),
]

CARRIERS = {"slirp4netns": "slirp4netns", "pasta": "passt"}
TUN = Path("/dev/net/tun")
# Other spellings of what must not be reached, and addresses that hold one of them.
SPELLINGS = (
    *("0", "0x7f.1", "2130706433", "127.1", "017700000001", "0x0a4d0001", "10.5046273"),
    *(
        "::ffff:127.0.0.1",
        "::ffff:10.77.0.1",
        "::ffff:a9fe:a9fe",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fe80::1%tap0",
        *("::", "::127.0.0.1", "ff0e::1"),
    ),
)
OURS = ("198.18.255.2", "198.18.255.3", "198.18.255.9", "198.18.7.7", "255.255.255.255", "224.0.0.1")


@pytest.fixture(scope="module", autouse=True)
def tunnels() -> Iterator[None]:
    """Let ordinary users open /dev/net/tun, as on every desktop."""
    if not TUN.exists():
        TUN.parent.mkdir(exist_ok=True)
        os.mknod(TUN, 0o020666, os.makedev(10, 200))
    before = TUN.stat().st_mode
    TUN.chmod(0o666)
    yield
    TUN.chmod(before)


LABS = {
    "own resolver": ("127.0.0.53", "46"),
    "private resolver": ("192.168.50.1", "4"),
    "own resolver, IPv6 alone": ("::1", "6"),
    "private resolver, IPv6 alone": ("fd00:50::1", "6"),
}


@pytest.fixture(scope="module", params=LABS.values(), ids=list(LABS))
def each_lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    folder.chmod(0o755)
    resolver, families = request.param
    with lab(folder, resolver=resolver, families=families) as found:
        yield found


@pytest.fixture(scope="module")
def one_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("lab")
    with lab(folder, resolver="127.0.0.53") as found:
        yield found


@pytest.fixture(params=CARRIERS)
def carried(request: pytest.FixtureRequest, wrapify: Wrapify) -> Wrapify:
    """The program with each carrier in turn."""
    need(request.param)
    wrapify.put(".config/wrapify/policy.toml", f'[network]\ncarrier = "{request.param}"\n')
    return wrapify


# ---- the internet


def test_the_internet_alone_is_reached(each_lab: Lab, carried: Wrapify) -> None:
    each_lab.reached()
    found = each_lab.tried(carried, "--net", "internet", targets=(*each_lab.everything, *OURS))
    # Not what a program inside believes: what was heard by those who must not be reached.
    assert each_lab.reached() == each_lab.internet
    assert {by for _, _, _, by in found} == each_lab.internet
    plain = {(protocol, target) for way, protocol, target, _ in found if way == "plain"}
    names = ("internet.test", "other.test")
    assert plain == {(protocol, target) for protocol in ("tcp", "udp") for target in (*each_lab.internet, *names)}


def test_no_other_spelling_of_an_address_helps(one_lab: Lab, carried: Wrapify) -> None:
    one_lab.reached()
    assert one_lab.tried(carried, "--net", "internet", targets=SPELLINGS) == set()
    assert one_lab.reached() == set()


def test_either_bubblewrap(one_lab: Lab, each_bwrap: Wrapify) -> None:
    need("slirp4netns")
    one_lab.reached()
    found = one_lab.tried(each_bwrap, "--net", "internet", targets=EVERYTHING)
    assert {by for _, _, _, by in found} == one_lab.reached() == one_lab.internet


UNDO = r"""
PATH=$PATH:/usr/sbin:/sbin
ip route flush table main; ip -6 route flush table main; ip xfrm policy flush; ip rule add pref 1 lookup local
ip route add 10.77.0.1 dev tap0; ip link set tap0 down; ip address add 10.77.0.9/24 dev tap0; ip neigh flush all
iptables -F; sysctl -w net.ipv4.conf.all.disable_xfrm=1
ip -6 rule del pref 6; ip -6 rule del pref 4; ip -6 rule add pref 0 lookup main
ip -6 route add fd00:77::/64 dev tap0; unshare -rn true; nsenter -t 1 -n true
echo 1 > /proc/sys/net/ipv4/conf/all/disable_xfrm; mount -t sysfs x /sys
python3 - <<'END'
import socket
for family, kind, protocol in ((2, 3, 1), (2, 3, 255), (17, 3, 3), (17, 2, 3), (10, 3, 58)):
    try:
        socket.socket(family, kind, protocol)
        print("RAW", family, kind)
    except OSError:
        pass
for family, level, option, size in ((2, 0, 16, 8), (2, 0, 17, 168), (10, 41, 34, 8), (10, 41, 35, 168)):
    try:
        socket.socket(family, 1).setsockopt(level, option, bytes(size))
        print("POLICY OF ITS OWN", level, option)
    except OSError:
        pass
END
"""


def test_nothing_of_it_can_be_undone_from_inside(one_lab: Lab, carried: Wrapify) -> None:
    script = (Path(__file__).parent / "reaching.py").read_text()
    carried.put("reaching.py", script)
    one_lab.reached()
    inner = ("fd00:77::1", *(one for one in NEIGHBOURS_6 if one.startswith("2606:")))
    line = f"{UNDO}\npython3 ~/reaching.py '{json.dumps([INTERNET, *NEIGHBOURS, *OWN, INTERNET_6, *inner])}'"
    done = one_lab.run(carried, "run", "-q", "--net", "internet", "-c", line)
    told = done.stdout.splitlines()
    assert [one for one in told if one.startswith(("RAW", "POLICY"))] == []
    assert {by for *_, by in json.loads(told[-1])} == one_lab.reached() == {INTERNET, INTERNET_6}


CLOSED = ("10.77.0.1", "192.168.50.2", "127.0.0.1", "fd00:77::1", "2606:2800:220:50::77")


@pytest.mark.slow
def test_a_hundred_starts_in_a_row(one_lab: Lab, carried: Wrapify) -> None:
    script = (
        "import socket\n"
        f"for host in ('internet.test', '{INTERNET_6}', *{CLOSED}):\n"
        "    try: print(socket.create_connection((host, 8081), 5).recv(99).decode())\n"
        "    except OSError: print('-')\n"
    )
    one_lab.reached()
    for _ in range(100):
        done = one_lab.run(carried, "run", "-q", "--net", "internet", "python3", "-Sc", script)
        assert (done.stdout.split(), done.returncode) == ([INTERNET, INTERNET_6, *"-" * len(CLOSED)], 0), done.stderr
    assert one_lab.reached() == {INTERNET, INTERNET_6}


def test_its_own_loopback_works(one_lab: Lab, carried: Wrapify) -> None:
    script = (
        "import socket\n"
        "for host, family in (('127.0.0.1', 2), ('::1', 10), ('198.18.255.100', 2)):\n"
        "    server = socket.create_server((host, 9000), family=family)\n"
        "    socket.create_connection((host, 9000), 5); print(host)\n"
    )
    done = one_lab.run(carried, "run", "-q", "--net", "internet", "python3", "-c", script)
    assert done.stdout.split() == ["127.0.0.1", "::1", "198.18.255.100"], done.stderr


# ---- its end


@pytest.mark.parametrize("victim", ["launcher", "keeper", "bwrap", "carrier"])
def test_it_ends_with_the_sandbox_whoever_is_killed(one_lab: Lab, carried: Wrapify, victim: str) -> None:
    words = one_lab.command(carried, str(carried.program), "run", "-q", "--net", "internet", "sh", "-c", "echo on; cat")
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"on\n"
        # nsenter, setpriv and env have become the launcher.
        (keeper,) = children(run.pid)
        # pasta may have a child for a moment.
        carriers = [pid for pid in below(keeper) if name(pid).startswith(("slirp4netns", "pasta", "passt"))]
        carrier = carriers[0]
        (bwrap,) = (pid for pid in children(keeper) if name(pid) == "bwrap")
        os.kill({"launcher": run.pid, "keeper": keeper, "bwrap": bwrap, "carrier": carrier}[victim], signal.SIGKILL)
        if victim == "carrier":
            assert run.stdin is not None
            run.stdin.close()  # Without the internet it goes on.
        run.wait(20)
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in carriers), "the carrier ends")
    until(lambda: not Path(f"/proc/{bwrap}").exists(), "bwrap ends")


def below(pid: int) -> list[int]:
    found = children(pid)
    for one in found:
        found += children(one)
    return found


def children(pid: int) -> list[int]:
    return [int(word) for word in said(f"/proc/{pid}/task/{pid}/children").split()]


def name(pid: int) -> str:
    return said(f"/proc/{pid}/comm").strip()


def said(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""  # It has ended.


# ---- what is needed for it


def test_without_a_carrier_it_is_refused(wrapify: Wrapify) -> None:
    for carrier in ("slirp4netns", "pasta"):
        need(carrier)
    hidden = "mount --bind /dev/null /usr/bin/slirp4netns; mount --bind /dev/null /usr/bin/pasta; "
    for net in (("--net", "internet"), ("-p", "online")):
        done = elsewhere(wrapify, hidden, "run", *net, "-c", "echo ran")
        assert (done.returncode, done.stdout) == (125, "")
        assert "neither slirp4netns nor pasta is installed" in done.stderr
        assert re.search(r"install.* slirp4netns|-S slirp4netns|add slirp4netns", done.stderr)


def test_without_tunnels_it_is_refused(carried: Wrapify) -> None:
    hidden = "mount --bind /dev/full /dev/net/tun; chmod 600 /dev/net/tun; "
    done = elsewhere(carried, hidden, "run", "--net", "internet", "-c", "echo ran")
    assert (done.returncode, done.stdout) == (125, "")
    assert "/dev/net/tun" in done.stderr


@pytest.mark.parametrize("body", ["exit 1", "echo no >&2; exit 3", "exec sleep 60", "kill -9 $$"])
def test_a_carrier_that_is_none(wrapify: Wrapify, body: str) -> None:
    need("slirp4netns")
    fake = wrapify.put("fake", f"#!/bin/sh\n{body}\n", 0o755)
    done = elsewhere(
        wrapify, f"mount --bind {fake} /usr/bin/slirp4netns; ", "run", "--net", "internet", "-c", "echo ran"
    )
    assert (done.returncode, done.stdout) == (125, "")
    assert "slirp4netns could not open the internet" in done.stderr


def test_what_is_not_the_internet_cannot_be_closed(carried: Wrapify) -> None:
    """As on a kernel without XFRM (protocol 6 of netlink)."""
    forbid = forbidding(seccomp.Rule("socket", seccomp.fail(93), when=seccomp.When(2, (6,)), why="as such a kernel"))
    done = carried("run", "--net", "internet", "-c", "echo ran", preexec_fn=forbid)
    assert (done.returncode, done.stdout) == (125, "")
    assert "what is not the internet could not be closed" in done.stderr


def elsewhere(wrapify: Wrapify, mounts: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run wrapify where `mounts`, lines of shell, have hidden something of the machine."""
    user = wrapify.user
    drop = f"exec setpriv --reuid={user.uid} --regid={user.gid} --clear-groups "
    env = " ".join(f"{name}='{value}'" for name, value in wrapify.environment().items())
    line = f'{mounts}{drop}env -i -C {wrapify.home} {env} {wrapify.program} "$@"'
    enter = [need("unshare"), "--mount", "--propagation", "private", "sh", "-ec", line, "sh", *words]
    return subprocess.run(enter, capture_output=True, text=True, check=False, timeout=60)


# ---- this machine's own network, and none


def test_host_is_this_machine_and_says_so(one_lab: Lab, wrapify: Wrapify) -> None:
    one_lab.reached()
    found = one_lab.tried(wrapify, "--net", "host", targets=("127.0.0.1", "10.77.0.1", INTERNET_6, *SOCKETS))
    assert {("plain", "tcp", one, one) for one in ("127.0.0.1", "10.77.0.1", INTERNET_6)} <= found
    # Those go by the file system, or are kept in by Landlock.
    assert not {protocol for _, protocol, _, _ in found} & {"unix"}
    said = one_lab.run(wrapify, "run", "--net", "host", "true").stderr
    assert "THIS MACHINE'S OWN NETWORK, its local services too: what it reads it can send" in said


@pytest.mark.parametrize("profile", ["offline", "sealed"])
def test_none_reaches_nothing(one_lab: Lab, each_bwrap: Wrapify, profile: str) -> None:
    one_lab.reached()
    script = (Path(__file__).parent / "reaching.py").read_text()
    words = ("run", "-q", "-p", profile, "--", "python3", "-c", script, json.dumps(EVERYTHING))
    assert json.loads(one_lab.run(each_bwrap, *words).stdout) == []
    assert one_lab.reached() == set()
