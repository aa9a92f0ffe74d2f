"""Touches: sockets, inside a sandbox that has the internet. Attacks on what is closed of it: this machine, its
neighbours, metadata of clouds.

Nothing is sent to anybody but this machine's own decoys: connect(2) of a datagram socket asks the kernel for the way,
by its rules, routes and policies, and sends nothing.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Callable
from functools import partial

from .kernel import Context, Probe, Verdict, held, leaked, skipped

SO_BINDTODEVICE, IP_UNICAST_IF = 25, 50
DISCARD = 9
WAIT_S = 1.0
GATEWAYS = ("198.18.255.1", "198.18.255.2", "198.18.255.3", "10.0.2.2", "10.0.2.3")
"""Where slirp4netns and pasta have this machine, if they are let."""
OWN_NETWORK = "198.18.255."
"""That of the sandbox itself: a route leads to the resolver in it, and policies leave that alone of it."""
NO_WAY = (errno.EACCES, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL)
PRIVATE_6, PUBLIC_6 = "fd00:77::1", "2606:2800:220:1::1"
GATEWAYS_6 = ("fd00::1", "fd00::2", "fd00::3", "fe80::2")

Way = Callable[[socket.socket], None]


def _interface() -> str:
    """Name the interface that leads out, "" if there is none."""
    return next((name for _, name in socket.if_nameindex() if name != "lo"), "")


def plain(_: socket.socket) -> None:
    """Go by the routes."""


def bound(sock: socket.socket) -> None:
    """Leave by the interface, whatever the routes say."""
    sock.setsockopt(socket.SOL_SOCKET, SO_BINDTODEVICE, _interface().encode())


def on_link(sock: socket.socket) -> None:
    """Leave by the interface, as if everybody were on the wire."""
    bound(sock)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)


def chosen(sock: socket.socket) -> None:
    """Name the interface in the socket's options."""
    index = struct.pack("=I", socket.htonl(socket.if_nametoindex(_interface())))
    if sock.family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, IP_UNICAST_IF, index)


WAYS: tuple[Way, ...] = (plain, bound, on_link, chosen)


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _place(address: str, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    if ":" not in address:
        return address, port
    scope = socket.if_nametoindex(_interface()) if address.startswith(("fe80", "ff02")) else 0
    return address, port, 0, scope


def _leads(address: str, *, ways: tuple[Way, ...]) -> list[str]:
    """Give the ways by which the kernel would send to an address."""
    found = []
    for way in ways:
        with socket.socket(_family(address), socket.SOCK_DGRAM) as client:
            try:
                way(client)
                client.connect(_place(address, DISCARD))
            except OSError:
                continue
            found.append(way.__name__)
    return found


def _closed(ctx: Context, *, addresses: tuple[str, ...], ways: tuple[Way, ...]) -> Verdict:
    del ctx
    if not _interface():
        return skipped("there is no network inside")
    for address in addresses:
        found = _leads(address, ways=ways)
        if found:
            return leaked(f"the kernel would send to {address} ({', '.join(found)})")
    return held(f"no way to {', '.join(addresses)}")


def _by_route(ctx: Context) -> Verdict:
    """Policies would stop what no route does; this asks for the routes, the wall in front of them."""
    if not _interface():
        return skipped("there is no network inside")
    del ctx
    for address in (one for _, many, _ in RANGES for one in many if ":" not in one and not one.startswith(OWN_NETWORK)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            if client.connect_ex((address, DISCARD)) not in NO_WAY:
                return leaked(f"no route forbids {address}")
    return held("all are forbidden")


def _stops(ctx: Context, *, first: str, last: str) -> Verdict:
    """Name another first stop than the last one: rules look at one, policies at the other."""
    del ctx
    if not _interface():
        return skipped("there is no network inside")
    stop = socket.inet_pton(socket.AF_INET6, first)
    # Of segment routing: the last stop, which the kernel fills in, and the first; and of mobile nodes.
    headers = (bytes((0, 4, 4, 1, 1, 0, 0, 0)) + bytes(16) + stop, bytes((0, 2, 2, 1, 0, 0, 0, 0)) + stop)
    for header in headers:
        for way in (plain, bound):
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as client:
                try:
                    client.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RTHDR, header)
                    way(client)
                    client.connect((last, DISCARD))
                except OSError:
                    continue
                return leaked(f"the kernel would send to {last} by way of {first} ({way.__name__})")
    return held(f"no way to {last} by way of {first}")


def _own(ctx: Context, *, ways: tuple[Way, ...]) -> Verdict:
    """This machine's own addresses, as it told them outside."""
    if not ctx["addresses"]:
        return skipped("the host has no address but loopback")
    return _closed(ctx, addresses=tuple(ctx["addresses"]), ways=ways)


def _answers(address: str, port: int, *, way: Way) -> bool:
    with socket.socket(_family(address), socket.SOCK_STREAM) as client:
        client.settimeout(WAIT_S)
        try:
            way(client)
            client.connect(_place(address, port))
        except OSError:
            return False
        return True


def _decoys(ctx: Context, *, key: str, addresses: tuple[str, ...]) -> Verdict:
    """Connect to the listener on this machine's loopback, by every address that may lead there."""
    if ctx["ports"].get(key) is None:
        return skipped("the host has no such address")
    if not _interface():
        return skipped("there is no network inside")
    for address in addresses:
        for way in (plain, bound):
            if _answers(address, ctx["ports"][key], way=way):
                return leaked(f"connected to this machine's loopback by {address} ({way.__name__})")
    return held("none of its names leads there")


def _loopback_by_interface(ctx: Context) -> Verdict:
    """127.0.0.1 and ::1, sent out by the interface: the carrier would take them for its own, this machine's."""
    first = _decoys(ctx, key="tcp4", addresses=("127.0.0.1",))
    return first if first.status == "leaked" else _decoys(ctx, key="tcp6", addresses=("::1",))


def _capable(ctx: Context) -> Verdict:
    """Take the interface down and up, which would need a right over the network."""
    del ctx
    if not _interface():
        return skipped("there is no network inside")
    request = bytearray(40)
    request[: len(_interface())] = _interface().encode()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        libc = ctypes.CDLL(None, use_errno=True)
        buffer = (ctypes.c_char * 40).from_buffer(request)
        libc.ioctl(client.fileno(), 0x8913, buffer)  # SIOCGIFFLAGS
        done = libc.ioctl(client.fileno(), 0x8914, buffer)  # SIOCSIFFLAGS, to what they are
    return leaked("the interface takes orders") if done == 0 else held(os.strerror(ctypes.get_errno()))


RANGES = (
    ("private-10", ("10.77.0.1", "10.0.2.2"), "private addresses of 10.0.0.0/8"),
    ("private-172", ("172.16.5.1", "172.17.0.1"), "private addresses of 172.16.0.0/12"),
    ("private-192", ("192.168.0.1", "192.168.178.1"), "private addresses of 192.168.0.0/16"),
    ("shared", ("100.64.0.1", "100.100.100.200"), "addresses shared by a provider's customers"),
    ("metadata", ("169.254.169.254", "169.254.170.2"), "the metadata of a cloud"),
    ("protocols", ("192.0.0.192",), "addresses of protocols, with the metadata of one cloud"),
    ("this-network", ("0.1.2.3",), "addresses of this network"),
    ("relays", ("192.88.99.1",), "relays to IPv6"),
    ("benchmarks", ("198.18.7.7", "198.18.255.2", "198.18.255.3"), "addresses for benchmarks, and the carrier"),
    ("reserved", ("240.0.0.1",), "reserved addresses"),
    ("multicast", ("224.0.0.251", "239.255.255.250"), "everybody on the wire"),
    ("unique-6", ("fd00:77::1", "fc00::1"), "private addresses of IPv6"),
    ("link-6", ("fe80::1",), "neighbours on the link"),
    ("multicast-6", ("ff02::1", "ff02::fb"), "everybody on the wire, by IPv6"),
    ("special-6", ("2001:db8::1", "2002:a00:1::1", "3fff::1"), "special addresses of IPv6"),
    ("translated-6", ("64:ff9b::a4d:1", "64:ff9b::a9fe:a9fe"), "private addresses by NAT64"),
    ("site-6", ("fec0::1", "4000::1"), "addresses of IPv6 that are nobody's"),
)

PROBES: tuple[Probe, ...] = (
    *(
        Probe(f"internet-{name}", "internet", partial(_closed, addresses=many, ways=WAYS), f"finds a way to {what}")
        for name, many, what in RANGES
    ),
    Probe("internet-routes", "internet", _by_route, "finds that no route forbids what a policy would"),
    Probe(
        "internet-first-stop",
        "internet",
        partial(_stops, first=PRIVATE_6, last=PUBLIC_6),
        "finds a way whose first stop is a private address of IPv6",
    ),
    Probe(
        "internet-last-stop",
        "internet",
        partial(_stops, first=PUBLIC_6, last=PRIVATE_6),
        "finds a way whose last stop is one",
    ),
    Probe("internet-own", "internet", partial(_own, ways=WAYS), "finds a way to this machine's own addresses"),
    Probe(
        "internet-gateway",
        "internet",
        partial(_decoys, key="tcp4", addresses=GATEWAYS),
        "connects to this machine's loopback through the gateway",
    ),
    Probe("internet-gateway-6", "internet", partial(_decoys, key="tcp6", addresses=GATEWAYS_6), "the same by IPv6"),
    Probe("internet-loopback", "internet", _loopback_by_interface, "sends to 127.0.0.1 by the interface"),
    Probe("internet-orders", "internet", _capable, "gives orders to the network interface"),
)
