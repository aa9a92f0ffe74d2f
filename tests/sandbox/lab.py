"""A lab of network namespaces: a machine ("host") on which wrapify runs, and all that lies around it ("world").

The host has a loopback with services on it, an address in a private network and a public one. The world has a
neighbour in every private range, a cloud's metadata service, and a stand-in for the internet.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import Wrapify, need

INTERNET, INTERNET_6 = "93.184.216.34", "2606:2800:220:1::1"
OWN = ("127.0.0.1", "127.0.0.53", "::1", "192.168.50.2", "fd00:50::2", "93.184.216.200")
NEIGHBOURS = ("192.168.50.1", "10.77.0.1", "172.16.5.1", "192.168.77.1", "100.64.0.1", "169.254.169.254", "192.0.0.192")
NEIGHBOURS_6 = ("fd00:50::1", "fd00:77::1")
SOCKETS = ("@wrapify-lab", "/run/wrapify-lab.sock")
NAMES = {
    "internet.test": INTERNET,
    "other.test": INTERNET,
    "neighbour.test": "10.77.0.1",
    "metadata.test": "169.254.169.254",
    "loopback.test": "127.0.0.1",
}
HERE = Path(__file__).parent


class Lab:
    """Hold the running lab. `log` is the file in which its servers write down who was reached."""

    def __init__(self, host: int, folder: Path) -> None:
        self.host = host
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
def lab(folder: Path, *, resolver: str) -> Iterator[Lab]:
    """Build a lab whose machine asks `resolver`, "127.0.0.53" (its own) or "192.168.50.1" (its neighbour)."""
    for program in ("ip", "nsenter", "setpriv", "unshare"):
        need(program)
    with ExitStack() as stack:
        host, world = (stack.enter_context(namespace()) for _ in range(2))
        found = Lab(host, folder)
        found.resolver.write_text(f"nameserver {resolver}\n")
        real = os.path.realpath("/etc/resolv.conf")
        subprocess.run([*entering(host), "mount", "--bind", str(found.resolver), real], check=True)
        wire(host, world)
        names = {"resolver": resolver, "names": NAMES}
        own = {"addresses": OWN, "sockets": SOCKETS} | (names if resolver in OWN else {})
        outside = {"addresses": (INTERNET, INTERNET_6, *NEIGHBOURS, *NEIGHBOURS_6)} | (
            names if resolver not in OWN else {}
        )
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


def wire(host: int, world: int) -> None:
    """Connect the machine to the world, and give both their addresses."""

    def ip(pid: int, line: str) -> None:
        subprocess.run([*entering(pid), "ip", *line.split()], check=True, capture_output=True)

    ip(host, f"link add lab0 type veth peer name lab1 netns {world}")
    for pid, name, last in ((host, "lab0", 2), (world, "lab1", 1)):
        ip(pid, "link set lo up")
        ip(pid, f"address add 192.168.50.{last}/24 dev {name}")
        ip(pid, f"address add fd00:50::{last}/64 dev {name} nodad")
        ip(pid, f"link set {name} up")
    ip(host, "address add 93.184.216.200/32 dev lo")
    ip(host, "route add default via 192.168.50.1")
    ip(host, "route add default via fd00:50::1")
    for address in (INTERNET, *NEIGHBOURS[1:]):
        ip(world, f"address add {address}/32 dev lo")
    for address in (INTERNET_6, *NEIGHBOURS_6[1:]):
        ip(world, f"address add {address}/128 dev lo nodad")


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
