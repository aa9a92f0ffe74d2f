"""Pure. Netlink, by which the kernel is told and asked about addresses, routes, rules and policies: its messages.

Sources: linux/netlink.h, rtnetlink.h, fib_rules.h and xfrm.h. An address is packed: 4 bytes, or 16 of IPv6.
"""

from __future__ import annotations

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Range = tuple[bytes, int]

RTM_NEWADDR, RTM_GETADDR, RTM_NEWROUTE, RTM_GETROUTE, RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE = 20, 22, 24, 26, 32, 33, 34
NLMSG_ERROR, NLMSG_DONE = 2, 3
REQUEST, ACK, DUMP, CREATE, EXCLUSIVE = 0x1, 0x4, 0x300, 0x400, 0x200
IFA_ADDRESS, IFA_LOCAL, RTA_DST, RTA_OIF, RTA_GATEWAY = 1, 2, 1, 4, 5
FRA_DST, FRA_IIFNAME, FRA_PRIORITY, FRA_DPORT_RANGE = 1, 3, 6, 24
PERMANENT_NODAD = 0x82
"""Flags of an address: it stays, and is used at once, without asking for a second whether somebody else has it."""
INET, INET6 = 2, 10
TABLE_MAIN, TABLE_LOCAL, PROTO_STATIC, TYPE_UNICAST, TYPE_PROHIBIT = 254, 255, 4, 1, 8
TO_TABLE, PROHIBIT = 1, 8
"""What a rule does."""
XFRM_MSG_NEWPOLICY, DIRECTION_OUT, ALLOW, BLOCK = 19, 1, 0, 1
ICMPV6 = 58
_HEADER = struct.Struct("=IHHII")


class Message:
    """Hold one netlink message: its type, and what follows its header."""

    __slots__ = ("body", "kind")

    def __init__(self, kind: int, body: bytes) -> None:
        self.kind = kind
        self.body = body


def ask(kind: int, family: int = INET) -> bytes:
    """Ask for all addresses (RTM_GETADDR), routes (RTM_GETROUTE) or rules (RTM_GETRULE) of a namespace."""
    body = bytes([family]) + bytes(11)
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | DUMP, 1, 0) + body


def forbidding_route(dest: Range) -> bytes:
    """Spell the route that forbids what goes to a range."""
    address, bits = dest
    family = INET if len(address) == 4 else INET6
    body = struct.pack("=BBBBBBBBI", family, bits, 0, 0, TABLE_MAIN, PROTO_STATIC, 0, TYPE_PROHIBIT, 0)
    return _adding(RTM_NEWROUTE, body + _attribute(RTA_DST, address))


def default_route(gateway: bytes, *, interface: int) -> bytes:
    """Spell the route by `gateway` to everywhere, of IPv6."""
    body = struct.pack("=BBBBBBBBI", INET6, 0, 0, 0, TABLE_MAIN, PROTO_STATIC, 0, TYPE_UNICAST, 0)
    return _adding(RTM_NEWROUTE, body + _attribute(RTA_GATEWAY, gateway) + _attribute(RTA_OIF, _number(interface)))


def address(packed: bytes, *, interface: int) -> bytes:
    """Give an interface an address of IPv6."""
    body = struct.pack("=BBBBI", INET6, 64, PERMANENT_NODAD, 0, interface)
    return _adding(RTM_NEWADDR, body + _attribute(IFA_LOCAL, packed) + _attribute(IFA_ADDRESS, packed))


def rule(dest: Range, *, action: int, priority: int, port: int = 0, table: int = 0) -> bytes:
    """Spell the rule of IPv6 for what this machine itself sends to a range, or to a port there."""
    packed, bits = dest
    more = _attribute(FRA_IIFNAME, b"lo\0\0") + (_attribute(FRA_DST, packed) if bits else b"")
    if port:
        more += _attribute(FRA_DPORT_RANGE, struct.pack("=HH", port, port))
    return _adding(RTM_NEWRULE, _rule(bits, table=table, action=action, priority=priority) + more)


def later_own(priority: int) -> list[bytes]:
    """Spell what has the rule of the namespace's own addresses, which comes first, come at `priority` instead."""
    words = (_rule(0, table=TABLE_LOCAL, action=TO_TABLE, priority=which) for which in (priority, 0))
    return [_adding(RTM_NEWRULE, next(words)), _doing(RTM_DELRULE, next(words))]


def _rule(bits: int, *, table: int, action: int, priority: int) -> bytes:
    head = struct.pack("=BBBBBBBBI", INET6, bits, 0, 0, table, 0, 0, action, 0)
    return head + _attribute(FRA_PRIORITY, _number(priority))


def policy(dest: Range, *, action: int, priority: int, port: int = 0, icmp: int = 0) -> bytes:
    """Spell the policy for what leaves for a range, for a port there, or is an ICMPv6 message of a type.

    Of several that fit the one with the lowest priority is followed. Source: struct xfrm_userpolicy_info.
    """
    packed, bits = dest
    selector = packed.ljust(16, b"\0") + bytes(16)
    selector += struct.pack(">HHHH", port, 0xFFFF if port else 0, icmp, 0xFFFF if icmp else 0)
    family = INET if len(packed) == 4 else INET6
    selector += struct.pack("=HBBBxxxiI", family, bits, 0, ICMPV6 if icmp else 0, 0, 0)
    forever = struct.pack("=QQQQ", *[0xFFFFFFFFFFFFFFFF] * 4) + bytes(32) + bytes(32)
    what = struct.pack("=IIBBBBxxxx", priority, 0, DIRECTION_OUT, action, 0, 0)
    return _adding(XFRM_MSG_NEWPOLICY, selector + forever + what)


def _number(value: int) -> bytes:
    return struct.pack("=I", value)


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value


def _adding(kind: int, body: bytes) -> bytes:
    return _doing(kind, body, CREATE | EXCLUSIVE)


def _doing(kind: int, body: bytes, *flags: int) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | ACK | sum(flags), 1, 0) + body


def messages(data: bytes) -> Iterator[Message]:
    """Split what came from the kernel."""
    while len(data) >= _HEADER.size:
        length, kind, _, _, _ = _HEADER.unpack_from(data)
        yield Message(kind, data[_HEADER.size : length])
        data = data[max((length + 3) & ~3, _HEADER.size) :]


def error_of(message: Message) -> int:
    """Give the errno that an answer holds, 0 for success."""
    return -int(struct.unpack_from("=i", message.body)[0])


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Split what follows the fixed part of a message's body."""
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind, data[4:length]
        data = data[max((length + 3) & ~3, 4) :]
