"""Pure. What closes all that is not the internet, in the network of a sandbox: routes, rules and policies.

Routes alone hold nobody: a program that names the interface (SO_BINDTODEVICE, IP_PKTINFO, which any program may) is
sent out by it even where a route forbids, and pasta answers for every address. So the kernel drops by a policy, too,
what leaves for any of it.

Of IPv6 only what is handed out as unicast is open, and of that not the networks this machine is on. A policy there
looks at where a packet ends, while a program may name another first stop (IPV6_RTHDR, which any program may), at which
pasta takes the packet for one that ends there. So rules, which look at the first stop, close the same once more. They
hold also for a program that names the interface, which the routes of a table do not: the policies leave ::1 open for
the sandbox's own loopback, and only the rules keep what is sent there by the interface from this machine's.
"""

from __future__ import annotations

from wrapify.sandbox import netlink
from wrapify.sandbox.addresses import CLOSED_V4, CLOSED_V6, NAT64, OPEN_V6, groups, lies_in
from wrapify.sandbox.internet import DOMAIN, RESOLVER, RESOLVER_6
from wrapify.sandbox.netlink import ALLOW, BLOCK, PROHIBIT, TABLE_MAIN, TO_TABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from wrapify.sandbox.outside import Outside

    Range = tuple[bytes, int]

PASSES, DROPS, OPENS, REST = 1, 2, 3, 4
"""Priorities of policies, and below of rules: the lower one wins."""
MULTICAST_FIRST, OWN_FIRST, RESOLVER_FIRST, CLOSED_FIRST, OPEN_FIRST, REST_FIRST = 1, 2, 3, 4, 5, 6
SOLICITS, ADVERTISES = 135, 136
"""Types of ICMPv6 by which a machine on a link and its gateway find each other. Only the kernel may send them, and they
end at the carrier."""
HALVES_4: tuple[Range, ...] = ((b"\0" * 4, 1), (b"\x80\0\0\0", 1))
"""Two, to be narrower than the default route of a carrier."""
LOOPBACK_6: Range = (b"\0" * 15 + b"\1", 128)
MULTICAST_6: Range = (b"\xff" + b"\0" * 15, 8)
ALL_6: Range = (b"\0" * 16, 0)


def routes(outside: Outside) -> list[bytes]:
    """Give the messages that add a route that forbids for every closed range of IPv4."""
    return [netlink.forbidding_route(dest) for dest in _closed_4(outside)]


def policies(outside: Outside) -> list[bytes]:
    """Give the messages that have the kernel drop what leaves for the same.

    Of the sandbox's own network the port of its resolver is left. slirp4netns passes any port of that address to this
    machine's resolver: that may be a router with a page to set it up, or 127.0.0.53, where everything answers that
    listens on all addresses.
    """
    every = [netlink.policy(dest, action=BLOCK, priority=DROPS) for dest in _closed_4(outside)]
    return [*every, netlink.policy((_packed(RESOLVER), 32), action=ALLOW, priority=PASSES, port=DOMAIN)]


def routes_6() -> list[bytes]:
    """Give the message that adds a route that forbids for all of IPv6, where there is none."""
    return [netlink.forbidding_route(ALL_6)]


def policies_without_6() -> list[bytes]:
    """Give the messages that have the kernel drop all of IPv6 but the sandbox's own loopback."""
    return [
        netlink.policy(LOOPBACK_6, action=ALLOW, priority=PASSES),
        netlink.policy(ALL_6, action=BLOCK, priority=DROPS),
    ]


def policies_6(outside: Outside) -> list[bytes]:
    """Give the messages that have the kernel drop what ends anywhere but in the internet of IPv6."""
    return [
        netlink.policy(LOOPBACK_6, action=ALLOW, priority=PASSES),
        netlink.policy((groups(RESOLVER_6), 128), action=ALLOW, priority=PASSES, port=DOMAIN),
        *(netlink.policy(ALL_6, action=ALLOW, priority=PASSES, icmp=kind) for kind in (SOLICITS, ADVERTISES)),
        *(netlink.policy(dest, action=BLOCK, priority=DROPS) for dest in _closed_6(outside)),
        *(netlink.policy(dest, action=ALLOW, priority=OPENS) for dest in _open_6()),
        netlink.policy(ALL_6, action=BLOCK, priority=REST),
    ]


def rules_6(outside: Outside) -> list[bytes]:
    """Give the messages that have the kernel forbid what stops first anywhere but in the internet of IPv6.

    Multicast comes before the sandbox's own addresses, among which the kernel counts it.
    """
    resolver = (groups(RESOLVER_6), 128)
    return [
        netlink.rule(MULTICAST_6, action=PROHIBIT, priority=MULTICAST_FIRST),
        *netlink.later_own(OWN_FIRST),
        netlink.rule(resolver, action=TO_TABLE, priority=RESOLVER_FIRST, port=DOMAIN, table=TABLE_MAIN),
        *(netlink.rule(dest, action=PROHIBIT, priority=CLOSED_FIRST) for dest in _closed_6(outside)),
        *(netlink.rule(dest, action=TO_TABLE, priority=OPEN_FIRST, table=TABLE_MAIN) for dest in _open_6()),
        netlink.rule(ALL_6, action=PROHIBIT, priority=REST_FIRST),
    ]


def _closed_4(outside: Outside) -> tuple[Range, ...]:
    """Give what is closed of IPv4: all of it where this machine has none, or programs would try it first."""
    return (*_closed(outside.addresses), *(() if outside.has_ipv4 else HALVES_4))


def _closed(addresses: Iterable[bytes]) -> tuple[Range, ...]:
    ranges = ((_packed(text), bits) for text, bits in CLOSED_V4)
    return tuple(dict.fromkeys((*ranges, *((address, 32) for address in addresses))))


def _open_6() -> tuple[Range, ...]:
    return tuple(_range_6(text, bits) for text, bits in (OPEN_V6, NAT64))


def _closed_6(outside: Outside) -> tuple[Range, ...]:
    """Give what is closed of what is open at large. Behind NAT64 that is what is closed of IPv4."""
    ranges = (_range_6(text, bits) for text, bits in CLOSED_V6)
    first, first_bits = _range_6(*OPEN_V6)
    networks = (one for one in outside.networks if lies_in(one[0], first, bits=first_bits))
    prefix, length = groups(NAT64[0]), NAT64[1]
    embedded = ((prefix + address, length + bits) for address, bits in _closed(outside.addresses))
    return tuple(dict.fromkeys((*ranges, *networks, *embedded)))


def _range_6(text: str, bits: int) -> Range:
    return groups(text).ljust(16, b"\0"), bits


def _packed(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))
