"""Touches: the network. Connects to a host of the public internet, and to nothing else whatever its name leads to.

A name is looked up once, and what is connected to is the address that was judged: a name that changes its mind
meanwhile (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import _socket
import struct

from wrapify.sandbox.addresses import is_global
from wrapify.sandbox.domains import is_literal
from wrapify.sandbox.heads import Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Found = tuple[int, int, int, str, Any]

CONNECT_S = 10.0
TRIES = 6
NETLINK_ROUTE, RTM_NEWROUTE, RTM_GETROUTE, NLM_F_REQUEST, RTA_DST, RTN_UNICAST = 0, 24, 26, 1, 1, 1
NO_ROUTE = -1


def dial(host: str, port: int) -> _socket.socket:
    """Connect to `host`, a normalised name or address. Raises Refused."""
    found = _looked_up(host, port)
    ways = [(row, route_type(packed)) for row in found if is_global(packed := _packed(row))]
    if not any(way in (RTN_UNICAST, NO_ROUTE) for _, way in ways):
        raise NotGlobal(403, f"{host} is this machine or a neighbour of it, not the internet")
    for row, way in ways[:TRIES]:
        connection = _connected(row) if way == RTN_UNICAST else None
        if connection:
            return connection
    raise Refused(502, f"{host} cannot be reached at port {port}")


class NotGlobal(Refused):
    """Say that a name leads to no address of the public internet."""


def _looked_up(host: str, port: int) -> list[Found]:
    flags = _socket.AI_NUMERICHOST if is_literal(host) else 0
    try:
        # As bytes: for a text Python would import the codec "idna".
        return _socket.getaddrinfo(host.encode(), port, 0, _socket.SOCK_STREAM, 0, flags)
    except OSError:
        raise Refused(502, f"{host} has no address") from None


def _packed(row: Found) -> bytes:
    family, *_, address = row
    try:
        return _socket.inet_pton(family, address[0])
    except OSError:
        return b""  # fe80::1%eth0


def route_type(address: bytes) -> int:
    """Ask the kernel where a packet to `address` would go (RTN_…), NO_ROUTE if nowhere.

    This machine may have an address of the public internet itself, and on it servers for its own use only.
    """
    family = _socket.AF_INET if len(address) == 4 else _socket.AF_INET6
    route = struct.pack("=BBBBBBBBIHH", family, 8 * len(address), 0, 0, 0, 0, 0, 0, 0, 4 + len(address), RTA_DST)
    header = struct.pack("=IHHII", 16 + len(route) + len(address), RTM_GETROUTE, NLM_F_REQUEST, 0, 0)
    kernel = _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW, NETLINK_ROUTE)
    try:
        kernel.send(header + route + address)
        answer = kernel.recv(4096)
    finally:
        kernel.close()
    (kind,) = struct.unpack_from("=H", answer, 4)
    return answer[16 + 7] if kind == RTM_NEWROUTE else NO_ROUTE


def _connected(row: Found) -> _socket.socket | None:
    family, kind, protocol, _, address = row
    connection = _socket.socket(family, kind, protocol)
    connection.settimeout(CONNECT_S)
    try:
        connection.connect(address)
        # Whoever is gone without a word is noticed, however long a tunnel may be idle.
        connection.setsockopt(_socket.SOL_SOCKET, _socket.SO_KEEPALIVE, 1)
    except OSError:
        connection.close()
        return None
    return connection
