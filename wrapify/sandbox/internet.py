"""Pure. The internet without this machine: which addresses are closed, and how the programs that carry it are called.

Everything inside has addresses of NETWORK. The gateway of it is no machine: behind it, slirp4netns or pasta makes
ordinary connections of this user from what they read. So every address that is not to be reached is closed by a route
of the sandbox's own namespace, where nothing inside has the right to change one.
There is no IPv6: no carrier brings it, and all of it is closed.
"""

from __future__ import annotations

import struct

from wrapify.sandbox.addresses import CLOSED_V4

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

NETWORK = "198.18.255"
"""Of the range for benchmarks (RFC 2544), which no real network should use. .2 is the gateway, .100 the sandbox."""
RESOLVER = f"{NETWORK}.3"
"""What is asked there goes to the resolver of this machine, wherever that is. As in `policy/resolv.conf`."""
INTERFACE = "tap0"
PROXY_PORT = 3128
"""Of the sandbox's own loopback, where only listed domains are to be reached."""
RTM_NEWADDR, RTM_GETADDR, RTM_NEWROUTE, RTM_GETROUTE = 20, 22, 24, 26
NLMSG_ERROR, NLMSG_DONE = 2, 3
REQUEST, ACK, DUMP, CREATE, EXCLUSIVE = 0x1, 0x4, 0x300, 0x400, 0x200
IFA_ADDRESS, IFA_LOCAL, RTA_DST, RTA_GATEWAY = 1, 2, 1, 5
INET, INET6 = 2, 10
TABLE_MAIN, PROTO_STATIC, TYPE_PROHIBIT = 254, 4, 8
XFRM_MSG_NEWPOLICY, DIRECTION_OUT, ALLOW, BLOCK = 19, 1, 0, 1
PASSES, DROPS = 1, 2
"""Priorities: the lower one wins."""
DOMAIN = 53
_HEADER = struct.Struct("=IHHII")


class Message:
    """Hold one netlink message: its type, and what follows its header."""

    __slots__ = ("body", "kind")

    def __init__(self, kind: int, body: bytes) -> None:
        self.kind = kind
        self.body = body


def words(program: str, *, ready: int, leave: int, netns: str, userns: str) -> tuple[str, ...]:
    """Spell the call of slirp4netns or pasta. `ready` and `leave` are descriptors, the namespaces paths.

    slirp4netns is called within the user namespace already, tells by `ready` that it works, and ends when `leave`
    hangs up. pasta enters by itself.
    """
    if program.endswith("slirp4netns"):
        return (
            *(program, "--configure", "--mtu=65520", "--disable-host-loopback", f"--cidr={NETWORK}.0/24"),
            *("--enable-sandbox", "--enable-seccomp", f"--ready-fd={ready}", f"--exit-fd={leave}"),
            *("--netns-type=path", netns, INTERFACE),
        )
    return (
        *(program, "--foreground", "--quiet", "--config-net", "--ipv4-only", "--no-map-gw", "--ns-ifname", INTERFACE),
        *("-t", "none", "-u", "none", "-T", "none", "-U", "none", "--dns-forward", RESOLVER),
        *("--address", f"{NETWORK}.100", "--netmask", "24", "--gateway", f"{NETWORK}.2"),
        *("--userns", userns, "--netns", netns),
    )


def ask(kind: int) -> bytes:
    """Ask for all IPv4 addresses (RTM_GETADDR) or routes (RTM_GETROUTE) of a namespace."""
    body = bytes([INET]) + bytes(11)
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | DUMP, 1, 0) + body


def routes(addresses: Iterable[bytes]) -> list[bytes]:
    """Give the messages that add a route that forbids for every range and for `addresses` (4 bytes each)."""
    return [_route(INET, dest, bits=bits) for dest, bits in _closed(addresses)]


def routes_6() -> list[bytes]:
    """Give the message that adds such a route for IPv6."""
    return [_route(INET6, b"", bits=0)]


def policies(addresses: Iterable[bytes]) -> list[bytes]:
    """Give the messages that have the kernel drop what leaves for the same, and for NETWORK but for its resolver.

    Routes alone hold nobody: a program that names the interface (SO_BINDTODEVICE, IP_PKTINFO, which any program may)
    is sent out by it even where a route forbids, and pasta answers for every address. slirp4netns passes any port
    of RESOLVER to this machine's resolver: that may be a router with a page to set it up, or 127.0.0.53, where
    everything answers that listens on all addresses.
    """
    every = [_policy(INET, dest, bits=bits) for dest, bits in _closed(addresses)]
    return [*every, _policy(INET, _packed(RESOLVER), bits=32, port=DOMAIN)]


def policies_6() -> list[bytes]:
    """Give the messages that have the kernel drop all of IPv6 but the sandbox's own loopback."""
    return [_policy(INET6, bytes(15) + b"\1", bits=128, passes=True), _policy(INET6, bytes(16), bits=0)]


def _closed(addresses: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    ranges = [(_packed(text), bits) for text, bits in CLOSED_V4]
    return iter(dict.fromkeys((*ranges, *((address, 32) for address in addresses))))


def _packed(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value


def _route(family: int, dest: bytes, *, bits: int) -> bytes:
    body = struct.pack("=BBBBBBBBI", family, bits, 0, 0, TABLE_MAIN, PROTO_STATIC, 0, TYPE_PROHIBIT, 0)
    return _adding(RTM_NEWROUTE, body + (_attribute(RTA_DST, dest) if dest else b""))


def _policy(family: int, dest: bytes, *, bits: int, port: int = 0, passes: bool = False) -> bytes:
    """Drop what goes to `dest`; or let pass what goes there, or to a port of it, whatever other policies say.

    Source: struct xfrm_userpolicy_info, linux/xfrm.h.
    """
    passes, mask = passes or port > 0, 0xFFFF if port else 0
    selector = dest.ljust(16, b"\0") + bytes(16) + struct.pack(">HHHH", port, mask, 0, 0)
    selector += struct.pack("=HBBBxxxiI", family, bits, 0, 0, 0, 0)
    forever = struct.pack("=QQQQ", *[0xFFFFFFFFFFFFFFFF] * 4) + bytes(32) + bytes(32)
    what = struct.pack("=IIBBBBxxxx", PASSES if passes else DROPS, 0, DIRECTION_OUT, ALLOW if passes else BLOCK, 0, 0)
    return _adding(XFRM_MSG_NEWPOLICY, selector + forever + what)


def _adding(kind: int, body: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | ACK | CREATE | EXCLUSIVE, 1, 0) + body


def messages(data: bytes) -> Iterator[Message]:
    """Split what came from the kernel."""
    while len(data) >= _HEADER.size:
        length, kind, _, _, _ = _HEADER.unpack_from(data)
        yield Message(kind, data[_HEADER.size : length])
        data = data[max((length + 3) & ~3, _HEADER.size) :]


def error_of(message: Message) -> int:
    """Give the errno that an answer holds, 0 for success."""
    return -int(struct.unpack_from("=i", message.body)[0])


def own(found: Sequence[Message]) -> Iterator[bytes]:
    """Give each address of this machine, and of its gateways, from what it told of its addresses and routes."""
    for message in found:
        if message.kind == RTM_NEWADDR:
            told = dict(_attributes(message.body[8:]))
            # On a point-to-point link one is this machine's, and the other its neighbour's.
            yield from (told[name] for name in (IFA_LOCAL, IFA_ADDRESS) if name in told)
        elif message.kind == RTM_NEWROUTE:
            yield from (value for name, value in _attributes(message.body[12:]) if name == RTA_GATEWAY)


def is_default(message: Message) -> bool:
    """Tell whether a message is a default route to somewhere."""
    return message.kind == RTM_NEWROUTE and message.body[1] == 0 and message.body[7] != TYPE_PROHIBIT


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        yield kind, data[4:length]
        data = data[max((length + 3) & ~3, 4) :]
