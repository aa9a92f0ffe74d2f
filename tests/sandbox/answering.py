"""Run in a network namespace of the lab: answer whoever asks, and write down at which address he did.

Called with a file to write to and a JSON object: `addresses` to answer at, `names` that the resolver at `resolver`
knows, and `sockets` of the Unix kind. Says "ready" when all of them are open.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import struct
import sys
from collections.abc import Callable

PORT = 8081
MISTAKEN = 1025
"""The port that pasta reads out of a routing header, which it takes for what follows one (see `stop_first`)."""
Handler = Callable[[], None]


class Answering:
    """Hold the open sockets and what is done about each."""

    def __init__(self, log: str) -> None:
        self.log = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.selector = selectors.DefaultSelector()

    def say(self, protocol: str, address: str) -> bytes:
        os.write(self.log, f"{protocol} {address}\n".encode())
        return address.encode()

    def open(self, address: str) -> None:
        family, _, _, _, where = socket.getaddrinfo(address, PORT, type=socket.SOCK_DGRAM)[0]
        self.datagrams(address, PORT)
        if family == socket.AF_INET6:
            self.datagrams(address, MISTAKEN)
        if not address.startswith("ff"):
            stream = socket.socket(family, socket.SOCK_STREAM)
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            stream.bind(where)
            self.listen(stream, lambda: self.say("tcp", address))

    def datagrams(self, address: str, port: int) -> None:
        family, _, _, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_DGRAM)[0]
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.bind(where)
        self.selector.register(sock, selectors.EVENT_READ, lambda: self.reply(sock, address))

    def listen(self, sock: socket.socket, answer: Callable[[], bytes]) -> None:
        sock.listen(200)

        def accept() -> None:
            with sock.accept()[0] as found:
                found.sendall(answer())

        self.selector.register(sock, selectors.EVENT_READ, accept)

    def reply(self, sock: socket.socket, address: str) -> None:
        _, sender = sock.recvfrom(100)
        sock.sendto(self.say("udp", address), sender)

    def unix(self, name: str) -> None:
        sock = socket.socket(socket.AF_UNIX)
        if name[0] == "/" and os.path.exists(name):
            os.unlink(name)
        sock.bind(name.replace("@", "\0"))
        if name[0] == "/":
            os.chmod(name, 0o777)
        self.listen(sock, lambda: self.say("unix", name))

    def resolve(self, address: str, names: dict[str, list[str]]) -> None:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 53))

        def answer() -> None:
            asked, sender = sock.recvfrom(512)
            sock.sendto(dns(asked, names), sender)

        self.selector.register(sock, selectors.EVENT_READ, answer)

    def serve(self) -> None:
        print("ready", flush=True)
        while True:
            for key, _ in self.selector.select():
                key.data()


def dns(asked: bytes, names: dict[str, list[str]]) -> bytes:
    """Answer one question, for an address."""
    labels, at = [], 12
    while asked[at]:
        labels.append(asked[at + 1 : at + 1 + asked[at]].decode())
        at += 1 + asked[at]
    kind = struct.unpack_from(">H", asked, at + 1)[0]
    known = [packed(address) for address in names.get(".".join(labels).lower(), ())]
    found = [one for one in known if len(one) == {1: 4, 28: 16}.get(kind)]
    head = asked[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, len(found), 0, 0)
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(one)) + one for one in found)
    return head + asked[12 : at + 5] + records


def packed(address: str) -> bytes:
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def main() -> None:
    answering, wanted = Answering(sys.argv[1]), json.loads(sys.argv[2])
    for address in wanted.get("addresses", ()):
        answering.open(address)
    for name in wanted.get("sockets", ()):
        answering.unix(name)
    if "resolver" in wanted:
        answering.resolve(wanted["resolver"], wanted["names"])
    answering.serve()


main()
