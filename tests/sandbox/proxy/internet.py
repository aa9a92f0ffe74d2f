"""An internet of our own: three private network namespaces, a name server, and the real proxy between them.

    inside    only a loopback: where a sandbox is, and the proxy listens
    here      this machine: where the proxy runs, with servers of its own on its loopback and its public address
    there     the internet, and the neighbours that would be reached from `here` as well

Sockets of any namespace are made by entering it for a moment: a socket stays where it was made.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import selectors
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import wrapify
from tests.sandbox.proxy.talk import PATIENCE, Handler, Socket, everything, until

CLONE_NEWNET = 0x40000000
PUBLIC, PUBLIC_V6, SILENT, OWN = "93.184.216.34", "2606:2800:220:1::1", "93.184.216.35", "198.41.0.4"
NEIGHBOURS = ("10.9.9.9", "172.16.9.9", "192.168.7.7", "100.64.9.9", "169.254.169.254", "fd00:ec2::254")
OURS = ("127.0.0.1", "::1", OWN, "2606:2800:220:9::9")

START = """
import resource, sys
sys.path.insert(0, sys.argv[1])
from wrapify.sandbox import proxy
listener, told, files, at_once, head = sys.argv[2:7]
resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
proxy.AT_ONCE, proxy.HEAD_S = int(at_once), float(head)
proxy.serve(int(listener), sys.argv[7:], told=int(told))
"""

Started = Callable[..., "Proxy"]
Serving = Callable[..., "Server"]


class Space:
    """Hold a network and mount namespace alive."""

    def __init__(self) -> None:
        # The shell says when it is there; it ends with its input.
        words = ("unshare", "--net", "--mount", "sh", "-c", "echo; read line")
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"\n"
        self.enter = ("nsenter", f"--net={self.net}", f"--mount=/proc/{self.process.pid}/ns/mnt")

    @property
    def net(self) -> str:
        return f"/proc/{self.process.pid}/ns/net"

    def run(self, *lines: str) -> None:
        for line in lines:
            subprocess.run([*self.enter, *line.split()], check=True, capture_output=True)

    def end(self) -> None:
        self.process.communicate()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Make sockets in this namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net") as before, open(self.net) as after:
            assert libc.setns(after.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
            try:
                yield
            finally:
                assert libc.setns(before.fileno(), CLONE_NEWNET) == 0

    def socket(self, address: str, kind: int = socket.SOCK_STREAM) -> Socket:
        with self.entered():
            made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        made.settimeout(PATIENCE)
        return made

    def listen(self, address: str, port: int) -> Socket:
        made = self.socket(address)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        made.listen(512)
        return made


class Server:
    """Serve each connection to some addresses in a thread and count them."""

    def __init__(self, listeners: Sequence[Socket], handler: Handler) -> None:
        self.listeners = listeners
        self.handler = handler
        self.reached: list[str] = []
        self.threads = [threading.Thread(target=self.serve, args=(one,), daemon=True) for one in listeners]
        for thread in self.threads:
            thread.start()

    def serve(self, listener: Socket) -> None:
        listener.settimeout(None)
        address = str(listener.getsockname()[0])
        with contextlib.suppress(OSError):  # closed
            while True:
                connection, _ = listener.accept()
                self.reached.append(address)
                connection.settimeout(PATIENCE)
                threading.Thread(target=self.attend, args=(connection,), daemon=True).start()

    def attend(self, connection: Socket) -> None:
        with connection, contextlib.suppress(OSError):
            self.handler(connection)

    def end(self) -> None:
        for listener, thread in zip(self.listeners, self.threads, strict=True):
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(PATIENCE)
            listener.close()


class Proxy:
    """Hold the running proxy."""

    def __init__(self, world: World, patterns: Sequence[str], limits: tuple[int, int, float]) -> None:
        self.world = world
        listener = world.inside.listen("127.0.0.1", 0)
        self.port = int(listener.getsockname()[1])
        self.heard, told = os.pipe()
        root = str(Path(wrapify.__file__).parent.parent)
        numbers = (root, listener.fileno(), told, *limits)
        words = (*world.here.enter, sys.executable, "-ISc", START, *map(str, numbers), *patterns)
        self.process = subprocess.Popen(words, pass_fds=(listener.fileno(), told), stderr=subprocess.PIPE)
        listener.close()
        os.close(told)

    def connect(self) -> Socket:
        client = self.world.inside.socket("127.0.0.1")
        client.connect(("127.0.0.1", self.port))
        return client

    def ask(self, text: str | bytes) -> bytes:
        """Send `text` and give all that comes back."""
        with self.connect() as client:
            client.sendall(text.encode("latin-1") if isinstance(text, str) else text)
            return everything(client)

    def get(self, host: str, path: str = "/") -> bytes:
        return self.ask(f"GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\n\r\n")

    def tunnel(self, place: str) -> Socket:
        client = self.connect()
        client.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        head = until(client, b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        return client

    def curl(self, *words: str) -> str:
        enter = ("nsenter", f"--net={self.world.inside.net}")
        proxy = ("--proxy", f"http://127.0.0.1:{self.port}", "--max-time", "20", "--silent", "--show-error")
        done = subprocess.run([*enter, "curl", "-q", *proxy, *words], capture_output=True, text=True, check=False)
        return done.stdout + done.stderr

    def told(self) -> list[str]:
        """Give the lines that were told up to now."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.heard, selectors.EVENT_READ)
            return os.read(self.heard, 65536).decode().splitlines() if selector.select(0) else []

    def end(self) -> None:
        """End the proxy; it must have run until now, and said nothing."""
        assert self.process.poll() is None, self.process.communicate()
        self.process.kill()
        _, said = self.process.communicate()
        os.close(self.heard)
        assert said == b""


class World:
    """Hold the namespaces, and the names that the name server of `here` knows."""

    def __init__(self, folder: Path) -> None:
        self.names: dict[str, list[str] | Callable[[], list[str]]] = {}
        self.asked: list[str] = []
        self.inside, self.here, self.there = self.spaces = (Space(), Space(), Space())
        for space in self.spaces:
            space.run("ip link set lo up", "mount --make-rprivate /")
        self.here.run(f"ip link add eth0 type veth peer name eth0 netns {self.there.process.pid}")
        for space, end in ((self.here, 1), (self.there, 2)):
            space.run(
                f"ip addr add 203.0.112.{end}/24 dev eth0",
                f"ip addr add 2606:2800:220:8::{end}/64 dev eth0 nodad",
                "ip link set eth0 up",
            )
        self.here.run("ip route add default via 203.0.112.2", "ip route add default via 2606:2800:220:8::2")
        self.there.run(*(self.added(one, "eth0") for one in (PUBLIC, PUBLIC_V6, SILENT, *NEIGHBOURS)))
        self.here.run(*(self.added(one, "lo") for one in OURS[2:]))
        files = {"resolv.conf": "nameserver 127.0.0.1\nsearch corp.example\n", "nsswitch.conf": "hosts: dns\n"}
        for name, text in files.items():
            (folder / name).write_text(text)
            self.here.run(f"mount --bind {folder / name} {os.path.realpath(f'/etc/{name}')}")
        self.resolver = self.here.socket("127.0.0.1", socket.SOCK_DGRAM)
        self.resolver.settimeout(None)
        self.resolver.bind(("127.0.0.1", 53))
        threading.Thread(target=self.resolve, daemon=True).start()

    @staticmethod
    def added(address: str, device: str) -> str:
        return f"ip addr add {address}/{'128' if ':' in address else '32'} dev {device}{' nodad' * (':' in address)}"

    def end(self) -> None:
        self.resolver.close()
        for space in self.spaces:
            space.end()

    def resolve(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                query, client = self.resolver.recvfrom(4096)
                self.resolver.sendto(self.answer(query), client)

    def answer(self, query: bytes) -> bytes:
        labels, rest = re.match(rb"(?s)((?:[^\0].*?)?\0)(....)", query[12:]).groups()  # type: ignore[union-attr]
        name, at = [], 0
        while labels[at]:
            name.append(labels[at + 1 : at + 1 + labels[at]].decode())
            at += 1 + labels[at]
        kind = struct.unpack("!H", rest[:2])[0]
        family = {1: socket.AF_INET, 28: socket.AF_INET6}.get(kind)
        full = ".".join(name)
        self.asked.append(full)
        known = self.names.get(full)
        found = known() if callable(known) else known or []
        packed = [socket.inet_pton(family, one) for one in found if family and (":" in one) == (kind == 28)]
        records = [b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(one)) + one for one in packed]
        flags = 0x8180 if known is not None else 0x8183
        header = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
        return header + labels + rest + b"".join(records)
