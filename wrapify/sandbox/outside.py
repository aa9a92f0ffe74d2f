"""Pure. What this machine is to a sandbox that has the internet: its addresses, its gateways, its own networks."""

from __future__ import annotations

from wrapify.sandbox import netlink
from wrapify.sandbox.addresses import is_global

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LINK_BITS = 64
"""One link has all of a /64 (RFC 4291), also where an address is told with more bits. What a privacy extension adds to
this machine while a sandbox runs lies in it too."""
DEFAULT_BITS = 12
"""No network of anybody is larger: that much goes to one registry of a continent. What leads further without a gateway
is a way to everywhere, as VPNs have it, in one piece (::/0) or in several (2000::/3)."""


class Outside:
    """Hold what this machine told of itself.

    addresses: of IPv4: its own, and those of its gateways.
    networks: (address, bits) of IPv6: the same, and every network that it is on.
    has_ipv4, has_ipv6: whether it has the internet that way.
    """

    __slots__ = ("addresses", "has_ipv4", "has_ipv6", "networks")

    def __init__(self, told: Sequence[netlink.Message], told_6: Sequence[netlink.Message] = ()) -> None:
        self.addresses = tuple(dict.fromkeys(_own(told)))
        self.networks = tuple(dict.fromkeys((*((one, 128) for one in _own(told_6)), *_links(told_6))))
        self.has_ipv6 = any(map(is_default, told_6)) and any(map(is_global, _addresses(told_6)))
        # Without either it is as ever: the carrier may know better, and says so if not.
        self.has_ipv4 = not self.has_ipv6 or any(map(is_default, told))


def is_default(message: netlink.Message) -> bool:
    """Tell whether a message is a default route to somewhere, among those that hold for everybody."""
    return _is_route(message) and message.body[1] == 0 and message.body[4] == netlink.TABLE_MAIN


def _is_route(message: netlink.Message) -> bool:
    return message.kind == netlink.RTM_NEWROUTE and message.body[7] == netlink.TYPE_UNICAST


def _addresses(told: Sequence[netlink.Message]) -> Iterator[bytes]:
    for message in told:
        if message.kind == netlink.RTM_NEWADDR:
            known = dict(netlink.attributes(message.body[8:]))
            # On a point-to-point link one is this machine's, and the other its neighbour's.
            yield from (known[name] for name in (netlink.IFA_LOCAL, netlink.IFA_ADDRESS) if name in known)


def _own(told: Sequence[netlink.Message]) -> Iterator[bytes]:
    yield from _addresses(told)
    for message in told:
        if message.kind == netlink.RTM_NEWROUTE:
            known = netlink.attributes(message.body[12:])
            yield from (value for name, value in known if name == netlink.RTA_GATEWAY)


def _links(told: Sequence[netlink.Message]) -> Iterator[tuple[bytes, int]]:
    """Give each network that is reached without a gateway, or is this machine itself."""
    for message in told:
        if message.kind == netlink.RTM_NEWADDR:
            bits = min(message.body[1], LINK_BITS)
            yield from (network(address, bits) for address in _addresses([message]))
        elif message.kind == netlink.RTM_NEWROUTE and message.body[1] >= DEFAULT_BITS:
            known = dict(netlink.attributes(message.body[12:]))
            if netlink.RTA_GATEWAY not in known and netlink.RTA_DST in known:
                yield network(known[netlink.RTA_DST], message.body[1])


def network(address: bytes, bits: int) -> tuple[bytes, int]:
    """Give the network of so many bits that an address lies in."""
    size = 8 * len(address)
    kept = int.from_bytes(address, "big") >> (size - bits) << (size - bits)
    return kept.to_bytes(len(address), "big"), bits
