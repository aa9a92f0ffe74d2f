"""What is closed before a sandbox gets the internet, and the messages that close it."""

from __future__ import annotations

import ipaddress
import struct

import pytest

from wrapify.sandbox import internet
from wrapify.sandbox.addresses import CLOSED_V4

# For documentation: no network has them, and tests use them as the internet.
DOCUMENTATION = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
CLOSED = [ipaddress.ip_network(f"{text}/{bits}") for text, bits in CLOSED_V4]


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
    own = [bytes([192, 0, 2, 7]), bytes([192, 0, 2, 7])]
    routes = {(body[1], body[16:20]) for body in map(body_of, internet.routes(own))}
    policies = [body_of(message) for message in internet.policies(own)]
    dropped = {(body[42], body[:4]) for body in policies if body[161] == internet.BLOCK}
    assert routes == dropped
    assert (32, own[0]) in routes
    assert len(routes) == len(CLOSED_V4) + 1


def test_only_the_port_of_the_resolver_passes() -> None:
    (passes,) = [body for body in map(body_of, internet.policies([])) if body[161] == internet.ALLOW]
    assert (passes[:4], passes[42], struct.unpack_from(">HH", passes, 32)) == (
        bytes([198, 18, 255, 3]),
        32,
        (53, 0xFFFF),
    )
    priorities = {
        struct.unpack_from("=I", body, 152)[0] for body in map(body_of, internet.policies([])) if body != passes
    }
    assert struct.unpack_from("=I", passes, 152)[0] < min(priorities)


def test_all_of_ipv6_is_closed_but_its_own_loopback() -> None:
    passes, drops = map(body_of, internet.policies_6())
    assert (passes[:16], passes[42], passes[161]) == (bytes(15) + b"\1", 128, internet.ALLOW)
    assert (drops[42], drops[161]) == (0, internet.BLOCK)
    (route,) = map(body_of, internet.routes_6())
    assert (route[0], route[1], route[7]) == (internet.INET6, 0, internet.TYPE_PROHIBIT)


def body_of(message: bytes) -> bytes:
    (found,) = internet.messages(message)
    assert struct.unpack_from("=I", message)[0] == len(message)
    return found.body


def test_own_addresses_and_gateways_are_found() -> None:
    address = struct.pack("=BBBBI", 2, 32, 0, 0, 1)
    local = address + attribute(internet.IFA_ADDRESS, b"\x0a\0\0\2") + attribute(internet.IFA_LOCAL, b"\x0a\0\0\1")
    route = struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 254, 0, 0, 1, 0) + attribute(internet.RTA_GATEWAY, b"\x05\6\7\x08")
    found = [internet.Message(internet.RTM_NEWADDR, local), internet.Message(internet.RTM_NEWROUTE, route)]
    assert list(internet.own(found)) == [b"\x0a\0\0\1", b"\x0a\0\0\2", b"\x05\6\7\x08"]
    assert [internet.is_default(message) for message in found] == [False, True]


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value


def test_what_the_kernel_says_is_split_whatever_it_is() -> None:
    for data in (b"", b"x" * 15, bytes(16), bytes(64), b"\xff" * 40):
        assert len(list(internet.messages(data))) <= len(data) // 16


@pytest.mark.parametrize("program", ["/usr/bin/slirp4netns", "/usr/bin/pasta"])
def test_neither_carrier_is_asked_for_more_than_the_internet(program: str) -> None:
    words = internet.words(program, ready=5, leave=6, netns="/n", userns="/u")
    assert words[0] == program
    if "slirp" in program:
        assert {"--disable-host-loopback", "--enable-sandbox", "--enable-seccomp"} <= set(words)
        assert "--enable-ipv6" not in words
    else:
        assert {"--no-map-gw", "--ipv4-only"} <= set(words)
        assert [words[words.index(flag) + 1] for flag in ("-t", "-u", "-T", "-U")] == ["none"] * 4
