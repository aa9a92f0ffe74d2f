"""What a kernel tells of a machine's addresses and routes, for tests."""

from __future__ import annotations

import ipaddress
import struct

from wrapify.sandbox import netlink


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value


def address_of(text: str, *, peer: str = "") -> netlink.Message:
    """Give what is told of an address ("192.0.2.7/24"), on a point-to-point link with `peer` at its other end."""
    own = ipaddress.ip_interface(text)
    far = ipaddress.ip_address(peer).packed if peer else own.packed
    head = struct.pack("=BBBBI", netlink.INET if own.version == 4 else netlink.INET6, own.network.prefixlen, 0, 0, 1)
    # Of IPv6 the kernel tells IFA_LOCAL only on such a link.
    local = attribute(netlink.IFA_LOCAL, own.packed) if peer or own.version == 4 else b""
    return netlink.Message(netlink.RTM_NEWADDR, head + attribute(netlink.IFA_ADDRESS, far) + local)


def route_of(
    text: str, *, gateway: str = "", kind: int = netlink.TYPE_UNICAST, table: int = netlink.TABLE_MAIN
) -> netlink.Message:
    """Give what is told of a route."""
    net = ipaddress.ip_network("0.0.0.0/0" if text == "default" else text)
    family = netlink.INET if net.version == 4 else netlink.INET6
    body = struct.pack("=BBBBBBBBI", family, net.prefixlen, 0, 0, table, 0, 0, kind, 0)
    if net.prefixlen:
        body += attribute(netlink.RTA_DST, net.network_address.packed)
    if gateway:
        body += attribute(netlink.RTA_GATEWAY, ipaddress.ip_address(gateway).packed)
    return netlink.Message(netlink.RTM_NEWROUTE, body)
