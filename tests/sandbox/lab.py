"""A lab of network namespaces: a machine ("host") on which wrapify runs, and all that lies around it ("world").

The host has a loopback with services on it, an address in a private network and a public one. The world has a
neighbour in every private range, a cloud's metadata service, and a stand-in for the internet.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import Wrapify, need

INTERNET, INTERNET_6, TRANSLATED = "93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"
OWN = ("127.0.0.1", "127.0.0.53", "192.168.50.2", "93.184.216.200")
OWN_6 = ("::1", "fd00:50::2", "fe80::2%lab0", "2606:2800:220:50::2", "2606:2800:220:200::1", "ff02::1%lab0")
NEIGHBOURS = ("192.168.50.1", "10.77.0.1", "172.16.5.1", "192.168.77.1", "100.64.0.1", "169.254.169.254", "192.0.0.192")
ON_LINK_6 = ("fe80::1%lab1", "fd00:50::1", "2606:2800:220:50::1", "2606:2800:220:50::77", "2606:2800:220:60::1")
"""Reached over the wire: the last one's network is told by a route alone."""
BEYOND_6 = (
    *("fd00:77::1", "fd00::2", "fd00::3", "fec0::1", "3fff::1"),
    *("2002:5db8:d822::1", "2001::1", "::93.184.216.34", "64:ff9b:1::5db8:d822"),
    "64:ff9b::a4d:1",  # 10.77.0.1 by NAT64
    # In the /64 of an address that the machine has alone.
    "2606:2800:220:200::9",
)
OWN_TRANSLATED = "64:ff9b::5db8:d8c8"
"""The machine's own address of IPv4 in the internet, by NAT64."""
NEIGHBOURS_6 = (*ON_LINK_6, *BEYOND_6, "ff02::1%lab1")
SOCKETS = ("@wrapify-lab", "/run/wrapify-lab.sock")
NAMES = {
    "internet.test": [INTERNET, INTERNET_6],
    "other.test": [INTERNET, INTERNET_6],
    "neighbour.test": ["10.77.0.1", "fd00:77::1"],
    "metadata.test": ["169.254.169.254"],
    "loopback.test": ["127.0.0.1", "::1"],
}
# What the machine has by the name of its interface, a sandbox has by that of its own.
EVERYTHING = (
    *(INTERNET, INTERNET_6, TRANSLATED, *SOCKETS, *NAMES),
    *dict.fromkeys(re.sub("%.*", "%tap0", one) for one in (*OWN, *OWN_6, *NEIGHBOURS, *NEIGHBOURS_6)),
)
HERE = Path(__file__).parent


class Lab:
    """Hold the running lab. `log` is the file in which its servers write down who was reached."""

    def __init__(self, host: int, folder: Path, *, families: str) -> None:
        self.host = host
        self.internet = {INTERNET} if "4" in families else set()
        self.internet |= {INTERNET_6, TRANSLATED} if "6" in families else set()
        # Without IPv4 that address is none of the machine's.
        self.everything = (*EVERYTHING, *((OWN_TRANSLATED,) if families == "46" else ()))
        self.log = folder / "log"
        self.resolver = folder / "resolv.conf"

    def reached(self) -> set[str]:
        """Give the addresses at which somebody was heard since the last call."""
        found = {line.split()[1] for line in self.log.read_text().splitlines()}
        self.log.write_text("")
        return found

    def command(self, wrapify: Wrapify, *words: str) -> list[str]:
        """Spell the call of a program as the test user on the lab's machine."""
        user = wrapify.user
        drop = ("setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--clear-groups", "--")
        env = (f"{name}={value}" for name, value in wrapify.environment().items())
        return [*entering(self.host), *drop, "env", "-i", "-C", str(wrapify.home), *env, *words]

    def run(self, wrapify: Wrapify, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
        """Run `wrapify WORDS…` on the lab's machine."""
        words = (str(wrapify.program), *words)
        return subprocess.run(
            self.command(wrapify, *words), capture_output=True, text=True, check=False, timeout=90, **more
        )

    def tried(self, wrapify: Wrapify, *words: str, targets: tuple[str, ...]) -> set[tuple[str, str, str, str]]:
        """Run wrapify with `words`, and give what answered when all `targets` were tried in every way inside."""
        script = (HERE / "reaching.py").read_text()
        done = self.run(wrapify, "run", "-q", *words, "--", "python3", "-c", script, json.dumps(targets))
        assert done.returncode == 0, (done.stdout, done.stderr)
        return {(way, protocol, target, by) for way, protocol, target, by in json.loads(done.stdout)}


def entering(pid: int) -> tuple[str, ...]:
    return ("nsenter", f"--target={pid}", "--net", "--mount", "--")


@contextmanager
def lab(folder: Path, *, resolver: str, families: str = "46") -> Iterator[Lab]:
    """Build a lab whose machine asks `resolver`, which is its own or its neighbour.

    It has the internet by each of `families`; without "6" it has private addresses of IPv6, and without "4" none.
    """
    for program in ("ip", "nsenter", "setpriv", "unshare"):
        need(program)
    with ExitStack() as stack:
        host, world = (stack.enter_context(namespace()) for _ in range(2))
        found = Lab(host, folder, families=families)
        found.resolver.write_text(f"nameserver {resolver}\n")
        real = os.path.realpath("/etc/resolv.conf")
        subprocess.run([*entering(host), "mount", "--bind", str(found.resolver), real], check=True)
        wire(host, world, families=families)
        names = {"resolver": resolver, "names": NAMES}
        has_own = resolver in (*OWN, *OWN_6)
        own = {"addresses": here(families), "sockets": SOCKETS} | (names if has_own else {})
        outside = {"addresses": (*found.internet, *there(families))} | ({} if has_own else names)
        for pid, wanted in ((host, own), (world, outside)):
            stack.enter_context(answering(pid, found.log, wanted))
        found.log.chmod(0o666)
        yield found


@contextmanager
def namespace() -> Iterator[int]:
    """Give the pid of a process that holds a network and a mount namespace open."""
    words = [need("unshare"), "--net", "--mount", "--propagation", "private", "sh", "-c", "echo ready; exec cat"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"ready\n"
        yield holder.pid
        holder.kill()


def here(families: str) -> tuple[str, ...]:
    """Give the addresses of the machine in such a lab."""
    return (*(OWN if "4" in families else OWN[:2]), *(OWN_6 if "6" in families else OWN_6[:3]))


def there(families: str) -> tuple[str, ...]:
    """Give the addresses of all but the machine and the internet."""
    public = NEIGHBOURS_6 if "6" in families else (*ON_LINK_6[:2], "fd00:77::1")
    both = (OWN_TRANSLATED,) if families == "46" else ()
    return (*(NEIGHBOURS if "4" in families else ()), *public, *both)


def wire(host: int, world: int, *, families: str) -> None:
    """Connect the machine to the world, and give both their addresses."""
    lines: dict[int, list[str]] = {host: [f"link add lab0 type veth peer name lab1 netns {world}"], world: []}
    for pid, name, last in ((host, "lab0", 2), (world, "lab1", 1)):
        lines[pid] += ["link set lo up", f"link set {name} addrgenmode none", f"link set {name} up"]
        addresses = [f"192.168.50.{last}/24"] if "4" in families else []
        addresses += [f"fe80::{last}/64 nodad", f"fd00:50::{last}/64 nodad"]
        addresses += [f"2606:2800:220:50::{last}/64 nodad"] if "6" in families else []
        lines[pid] += [f"address add dev {name} {address}" for address in addresses]
    lines[host].append("route add default via fd00:50::1")
    if "4" in families:
        lines[host] += ["address add 93.184.216.200/32 dev lo", "route add default via 192.168.50.1"]
        lines[world] += [f"address add {address}/32 dev lo" for address in (INTERNET, *NEIGHBOURS[1:])]
    if "6" in families:
        lines[host] += ["address add 2606:2800:220:200::1/128 dev lo nodad", "route add 2606:2800:220:60::/64 dev lab0"]
        lines[world] += [f"address add {address}/128 dev lab1 nodad" for address in ON_LINK_6[3:]]
    beyond = (INTERNET_6, TRANSLATED, OWN_TRANSLATED, *BEYOND_6) if "6" in families else ("fd00:77::1",)
    lines[world] += [f"address add {address}/128 dev lo nodad" for address in beyond]
    for pid, batch in lines.items():
        subprocess.run([*entering(pid), "ip", "-batch", "-"], input="\n".join(batch), text=True, check=True)


@contextmanager
def answering(pid: int, log: Path, wanted: dict[str, Any]) -> Iterator[None]:
    """Run the servers of one namespace."""
    python = shutil.which("python3") or sys.executable
    words = [*entering(pid), python, str(HERE / "answering.py"), str(log), json.dumps(wanted)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield
        server.kill()
