"""Pure. Which addresses belong to the public internet. Anything else is this machine, its neighbours, or nothing.

The rows follow IANA's special-purpose registries, where "globally reachable" is not true, and RFC 1112 and 4291.
`ipaddress.is_global` is not asked: its answers changed from one Python to the next (3.11 takes multicast, 192.0.0.0/24,
6to4 and 3fff::/20 for global), and it costs 5 ms to import.
"""

from __future__ import annotations

CLOSED_V4 = (
    ("0.0.0.0", 8),  # noqa: S104 - "this network", which Linux takes for itself
    ("10.0.0.0", 8),  # private
    ("100.64.0.0", 10),  # shared by a provider and its customers; Tailscale; clouds' own services
    ("127.0.0.0", 8),  # loopback
    ("169.254.0.0", 16),  # link-local; metadata of clouds
    ("172.16.0.0", 12),  # private; Docker
    ("192.0.0.0", 24),  # protocols; metadata of one cloud
    ("192.88.99.0", 24),  # relays to 6to4, withdrawn
    ("192.168.0.0", 16),  # private
    ("198.18.0.0", 15),  # benchmarks
    ("224.0.0.0", 3),  # multicast, reserved, broadcast
)
"""Left out are the ranges for documentation (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24): they are nobody's own
network, and stand for the internet where things are tried without it."""
OPEN_V6 = ("2000", 3)
"""The only part of IPv6 that is handed out as unicast. Outside of it lie ::1, mapped IPv4, fc00::/7, fe80::/10."""
CLOSED_V6 = (
    ("2001:0", 23),  # protocol assignments; Teredo, which wraps an IPv4 address
    ("2001:db8", 32),  # documentation
    ("2002", 16),  # 6to4, which wraps an IPv4 address
    ("3fff:0", 20),  # documentation
)
NAT64 = ("64:ff9b:0:0:0:0", 96)
"""How a network without IPv4 reaches IPv4 (RFC 6052): the last four bytes are the address that is meant."""


def is_global(address: bytes) -> bool:
    """Tell whether a packed address, 4 or 16 bytes in network order, is one host of the public internet."""
    if len(address) == 4:
        return not any(lies_in(address, bytes(map(int, net.split("."))), bits=bits) for net, bits in CLOSED_V4)
    if len(address) != 16:
        return False
    if lies_in(address, groups(NAT64[0]), bits=NAT64[1]):
        return is_global(address[12:])
    closed = any(lies_in(address, groups(net), bits=bits) for net, bits in CLOSED_V6)
    return lies_in(address, groups(OPEN_V6[0]), bits=OPEN_V6[1]) and not closed


def groups(text: str) -> bytes:
    """Pack an address of IPv6 that is written out, or its first groups."""
    return b"".join(int(group, 16).to_bytes(2, "big") for group in text.split(":"))


def lies_in(address: bytes, net: bytes, *, bits: int) -> bool:
    """Tell whether a packed address is one of a network, of which the first bytes are told."""
    whole = int.from_bytes(net.ljust(len(address), b"\0"), "big")
    return (int.from_bytes(address, "big") ^ whole) >> (8 * len(address) - bits) == 0
