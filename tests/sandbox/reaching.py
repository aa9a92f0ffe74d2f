"""Run inside a sandbox: try to reach addresses in every way an ordinary program may, and print what answered as JSON.

Called with a JSON list of targets: addresses, names, and sockets of the Unix kind (/path or @abstract). Every attempt
is (way, protocol, target); what is printed adds who answered.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial

PORT = 8081
WAIT_S = 3.0
IP_UNICAST_IF, IPV6_UNICAST_IF, IP_OPTIONS, IP_PKTINFO, SO_BINDTODEVICE = 50, 76, 4, 8, 25
INTERNET, INTERNET_6 = "93.184.216.34", "2606:2800:220:1::1"


def interfaces() -> list[str]:
    return [name for _, name in socket.if_nameindex() if name != "lo"]


def bound(sock: socket.socket) -> None:
    """Leave by the interface, whatever the routes say."""
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, interfaces()[0].encode())


def unicast_if(sock: socket.socket) -> None:
    index = socket.htonl(socket.if_nametoindex(interfaces()[0]))
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, struct.pack("I", index))
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_UNICAST_IF, struct.pack("I", index))


def on_link(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)


def on_link_and_bound(sock: socket.socket) -> None:
    bound(sock)
    on_link(sock)


def source_routed(sock: socket.socket) -> None:
    """Name another first stop, by which the packet is routed."""
    sock.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, bytes([1, 131, 7, 4, *socket.inet_aton(INTERNET)]))


def stop_first(sock: socket.socket, target: str) -> None:
    """Name `target` as the first stop on the way to somewhere in the internet."""
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, bytes([1, 131, 7, 4, *socket.inet_aton(target)]))
        return
    first = socket.inet_pton(socket.AF_INET6, target.partition("%")[0])
    try:  # Of segment routing: the last stop, which the kernel fills in, and the first.
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, bytes([0, 4, 4, 1, 1, 0, 0, 0]) + bytes(16) + first)
    except OSError:  # Of mobile nodes.
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, bytes([0, 2, 2, 1, 0, 0, 0, 0]) + first)


def by_a_first_stop(target: str, *, kind: socket.SocketKind, prepare: Callable[[socket.socket], None]) -> bytes:
    """Send to the internet by way of `target`, of which the kernel may not think as where it goes."""
    family, _, _, _, _ = socket.getaddrinfo(target, PORT, type=kind)[0]
    with socket.socket(family, kind) as sock:
        sock.settimeout(WAIT_S)
        prepare(sock)
        stop_first(sock, target)
        sock.connect((INTERNET if family == socket.AF_INET else INTERNET_6, PORT))
        sock.send(b"who")
        return sock.recv(100)


def plain(_: socket.socket) -> None:
    pass


def tcp(target: str, prepare: Callable[[socket.socket], None]) -> bytes:
    family, _, _, _, address = socket.getaddrinfo(target, PORT, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(WAIT_S)
        prepare(sock)
        sock.connect(address)
        return sock.recv(100)


def udp(target: str, prepare: Callable[[socket.socket], None]) -> bytes:
    family, _, _, _, address = socket.getaddrinfo(target, PORT, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(WAIT_S)
        prepare(sock)
        sock.sendto(b"who", address)
        return sock.recv(100)


def told_the_interface(target: str) -> bytes:
    """Name the interface in the message itself."""
    family, _, _, _, address = socket.getaddrinfo(target, PORT, type=socket.SOCK_DGRAM)[0]
    index = socket.if_nametoindex(interfaces()[0])
    if family == socket.AF_INET:
        told = (socket.IPPROTO_IP, IP_PKTINFO, struct.pack("i8x", index))
    else:
        told = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, struct.pack("16xi", index))
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(WAIT_S)
        sock.sendmsg([b"who"], [told], 0, address)
        return sock.recv(100)


WAYS = (plain, bound, unicast_if, on_link, on_link_and_bound, source_routed)


Attempt = tuple[str, str, str, Callable[[], bytes]]


def attempts(targets: list[str]) -> Iterator[Attempt]:
    local = [target for target in targets if target[0] in "/@"]
    for target in local:
        yield "plain", "unix", target, partial(unix, target)
    for target in (name for name in targets if name not in local):
        yield "told_the_interface", "udp", target, partial(told_the_interface, target)
        for prepare in (plain, bound):
            for name, kind in (("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)):
                way = partial(by_a_first_stop, target, kind=kind, prepare=prepare)
                yield f"by_a_first_stop_{prepare.__name__}", name, target, way
        for one in WAYS:
            yield one.__name__, "tcp", target, partial(tcp, target, one)
            yield one.__name__, "udp", target, partial(udp, target, one)


def unix(name: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(WAIT_S)
        sock.connect(name.replace("@", "\0"))
        return sock.recv(100)


def main() -> None:
    answered: list[tuple[str, str, str, str]] = []

    def attempt(way: str, protocol: str, target: str, work: Callable[[], bytes]) -> None:
        with contextlib.suppress(OSError, IndexError):
            answered.append((way, protocol, target, work().decode()))

    threads = [threading.Thread(target=attempt, args=one) for one in attempts(json.loads(sys.argv[1]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(sorted(answered)))


main()
