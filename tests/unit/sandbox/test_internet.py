"""What is closed before a sandbox gets the internet, and the messages that close it."""

from __future__ import annotations

import ipaddress
import struct

import pytest

from tests.unit.sandbox.telling import address_of, route_of
from wrapify.sandbox import closing, internet, netlink
from wrapify.sandbox.addresses import CLOSED_V4, is_global
from wrapify.sandbox.outside import Outside

# For documentation: no network has them, and tests use them as the internet.
DOCUMENTATION = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
CLOSED = [ipaddress.ip_network(f"{text}/{bits}") for text, bits in CLOSED_V4]
NOTHING = Outside([])
BOTH = Outside(
    [address_of("192.0.2.7/24"), route_of("default", gateway="192.0.2.1")],
    [address_of("2606:2800:220:50::2/64"), route_of("::/0", gateway="fe80::1")],
)
ONLY_6 = Outside([], [address_of("2606:2800:220:50::2/64"), route_of("::/0", gateway="fe80::1")])


def test_everything_that_is_not_global_is_closed() -> None:
    wrong = []
    for number in range(0, 1 << 32, (1 << 32) // 4099):
        address = ipaddress.ip_address(number)
        is_closed = any(address in network for network in CLOSED)
        if is_closed == (address.is_global and not address.is_multicast):
            wrong.append(address)
    assert [one for one in wrong if not any(one in network for network in DOCUMENTATION)] == []


def test_every_range_python_knows_as_private_is_closed() -> None:
    known = ipaddress._IPv4Constants  # type: ignore[attr-defined]
    left = [
        network
        for network in (*known._private_networks, known._linklocal_network, known._multicast_network)
        if not any(network.subnet_of(closed) for closed in (*CLOSED, *DOCUMENTATION))
    ]
    assert left == []


def test_routes_and_policies_close_the_same() -> None:
    told = [address_of("192.0.2.7/24"), address_of("192.0.2.7/24")]
    routes = {(body[1], body[16:20]) for body in map(body_of, closing.routes(Outside(told)))}
    policies = [body_of(message) for message in closing.policies(Outside(told))]
    dropped = {(body[42], body[:4]) for body in policies if body[161] == netlink.BLOCK}
    assert routes == dropped
    assert (32, bytes([192, 0, 2, 7])) in routes
    assert len(routes) == len(CLOSED_V4) + 1


def test_only_the_port_of_the_resolver_passes() -> None:
    (passes,) = [body for body in map(body_of, closing.policies(NOTHING)) if body[161] == netlink.ALLOW]
    assert (passes[:4], passes[42], struct.unpack_from(">HH", passes, 32)) == (
        bytes([198, 18, 255, 3]),
        32,
        (53, 0xFFFF),
    )
    priorities = {
        struct.unpack_from("=I", body, 152)[0] for body in map(body_of, closing.policies(NOTHING)) if body != passes
    }
    assert struct.unpack_from("=I", passes, 152)[0] < min(priorities)


def test_without_ipv6_all_of_it_is_closed_but_its_own_loopback() -> None:
    passes, drops = map(body_of, closing.policies_without_6())
    assert (passes[:16], passes[42], passes[161]) == (bytes(15) + b"\1", 128, netlink.ALLOW)
    assert (drops[42], drops[161]) == (0, netlink.BLOCK)
    (route,) = map(body_of, closing.routes_6())
    assert (route[0], route[1], route[7]) == (netlink.INET6, 0, netlink.TYPE_PROHIBIT)


def test_without_ipv4_all_of_it_is_closed_but_the_resolver() -> None:
    routes = {(body[1], body[16:20]) for body in map(body_of, closing.routes(ONLY_6))}
    dropped = {(body[42], body[:4]) for body in map(body_of, closing.policies(ONLY_6))}
    assert {(1, bytes(4)), (1, b"\x80" + bytes(3))} <= routes & dropped
    assert (1, bytes(4)) not in {(body[1], body[16:20]) for body in map(body_of, closing.routes(BOTH))}


# ---- which of several policies or rules is followed, for each of some addresses

OPEN_6 = ("2606:2800:220:1::1", "2000::1", "3ffe::1", "2606:2800:220:51::1", "64:ff9b::5db8:d822")
CLOSED_6 = (
    *("::", "::93.184.216.34", "::ffff:93.184.216.34", "64:ff9b:1::5db8:d822", "100::1", "1fff::1", "4000::1"),
    *(
        "fc00::1",
        "fd00::1",
        "fd00::3",
        "fd00::64",
        "fe80::1",
        "fe80::2",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "ff02::1:ff00:2",
    ),
    *("2001::1", "2001:db8::1", "2002:5db8:d822::1", "3fff::1", "2606:2800:220:50::2", "2606:2800:220:50::77"),
    *("64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b::c000:207", "64:ff9b::c000:201"),
)


def policy_for(address: str, *, port: int = 8081) -> int:
    """Give what the policies say of TCP to an address."""
    found = []
    for body in map(body_of, closing.policies_6(BOTH)):
        wanted, mask = struct.unpack_from(">HH", body, 32)
        is_tcp = body[44] == 0
        if is_tcp and lies_in(address, body[:16], bits=body[42]) and port & mask == wanted:
            found.append((struct.unpack_from("=I", body, 152)[0], body[161]))
    return min(found)[1]


def rule_for(address: str, *, port: int = 8081) -> int:
    """Give what the rules say of what is sent to an address."""
    found = []
    for body in map(body_of, (one for one in closing.rules_6(BOTH) if one not in netlink.later_own(2))):
        known = dict(netlink.attributes(body[12:]))
        first, last = struct.unpack("=HH", known.get(netlink.FRA_DPORT_RANGE, b"\0\0\xff\xff"))
        assert known[netlink.FRA_IIFNAME].rstrip(b"\0") == b"lo"
        if lies_in(address, known.get(netlink.FRA_DST, b""), bits=body[1]) and first <= port <= last:
            found.append((struct.unpack("=I", known[netlink.FRA_PRIORITY])[0], body[7]))
    return min(found)[1]


def lies_in(address: str, net: bytes, *, bits: int) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network((net.ljust(16, b"\0"), bits))


@pytest.mark.parametrize("address", OPEN_6)
def test_the_internet_of_ipv6_is_open(address: str) -> None:
    assert (policy_for(address), rule_for(address)) == (netlink.ALLOW, netlink.TO_TABLE)
    assert is_global(ipaddress.ip_address(address).packed)


@pytest.mark.parametrize("address", CLOSED_6)
def test_the_rest_of_ipv6_is_closed(address: str) -> None:
    assert (policy_for(address), rule_for(address)) == (netlink.BLOCK, netlink.PROHIBIT)


def test_of_ipv6_the_loopback_and_the_port_of_the_resolver_pass() -> None:
    assert (policy_for("::1"), policy_for("fd00::3", port=53), rule_for("fd00::3", port=53)) == (
        *(netlink.ALLOW, netlink.ALLOW),
        netlink.TO_TABLE,
    )


def test_of_icmp_only_what_finds_the_gateway_passes_everywhere() -> None:
    bodies = [body_of(message) for message in closing.policies_6(BOTH)]
    icmp = [struct.unpack_from(">HHHH", body, 32) for body in bodies if body[44] == netlink.ICMPV6]
    assert sorted(icmp) == [(0, 0, 135, 0xFFFF), (0, 0, 136, 0xFFFF)]
    assert {body[44] for body in bodies} == {0, netlink.ICMPV6}


def test_rules_come_in_order() -> None:
    """Multicast, then the namespace's own addresses, then the others; and the rule that was first is gone."""
    kinds = [struct.unpack_from("=IH", message)[1] for message in closing.rules_6(BOTH)]
    assert kinds.count(netlink.RTM_DELRULE) == 1
    bodies = [body_of(message) for message in closing.rules_6(BOTH)]
    order = [struct.unpack("=I", dict(netlink.attributes(body[12:]))[netlink.FRA_PRIORITY])[0] for body in bodies]
    assert order[:4] == [1, 2, 0, 3]
    assert order[3:] == sorted(order[3:])
    assert [body[4] for body in bodies[1:3]] == [netlink.TABLE_LOCAL] * 2


def body_of(message: bytes) -> bytes:
    (found,) = netlink.messages(message)
    assert struct.unpack_from("=I", message)[0] == len(message)
    return found.body


def test_what_the_kernel_says_is_split_whatever_it_is() -> None:
    for data in (b"", b"x" * 15, bytes(16), bytes(64), b"\xff" * 40):
        assert len(list(netlink.messages(data))) <= len(data) // 16


@pytest.mark.parametrize("program", ["/usr/bin/slirp4netns", "/usr/bin/pasta"])
@pytest.mark.parametrize("outside", [NOTHING, BOTH, ONLY_6], ids=["nothing", "both", "only IPv6"])
def test_neither_carrier_is_asked_for_more_than_the_internet(program: str, outside: Outside) -> None:
    words = internet.words(program, outside, ready=5, leave=6, paths=("/n", "/u"))
    assert words[0] == program
    if "slirp" in program:
        assert {"--disable-host-loopback", "--enable-sandbox", "--enable-seccomp"} <= set(words)
        assert ("--enable-ipv6" in words) == outside.has_ipv6
    else:
        assert "--no-map-gw" in words
        assert ("--ipv4-only" in words, "--ipv6-only" in words) == (not outside.has_ipv6, not outside.has_ipv4)
        assert [words[words.index(flag) + 1] for flag in ("-t", "-u", "-T", "-U")] == ["none"] * 4
        assert words.count("--address") == words.count("--gateway") == outside.has_ipv4 + outside.has_ipv6
