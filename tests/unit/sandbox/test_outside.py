"""What a machine is found to be by what its kernel tells."""

from __future__ import annotations

import ipaddress

import pytest

from tests.unit.sandbox.telling import address_of, route_of
from wrapify.sandbox import netlink
from wrapify.sandbox.outside import Outside, is_default

DEFAULT_4, DEFAULT_6 = route_of("default", gateway="192.0.2.1"), route_of("::/0", gateway="fe80::1")
GLOBAL = address_of("2606:2800:220:50::2/64")


def networks(*told: netlink.Message) -> set[str]:
    """Give what is closed of IPv6."""
    return {str(ipaddress.ip_network(one)) for one in Outside([], told).networks}


def test_own_addresses_and_gateways_are_found() -> None:
    told = [address_of("10.0.0.1/32", peer="10.0.0.2"), route_of("10.9.0.0/16", gateway="5.6.7.8"), DEFAULT_4]
    assert Outside(told).addresses == (b"\x0a\0\0\1", b"\x0a\0\0\2", b"\x05\6\7\x08", b"\xc0\0\2\1")
    assert [is_default(message) for message in told] == [False, False, True]


@pytest.mark.parametrize(
    ("told", "told_6", "found"),
    [
        ([], [], (True, False)),
        ([DEFAULT_4], [], (True, False)),
        ([DEFAULT_4], [DEFAULT_6, GLOBAL], (True, True)),
        ([], [DEFAULT_6, GLOBAL], (False, True)),
        ([DEFAULT_4], [GLOBAL], (True, False)),
        ([], [DEFAULT_6], (True, False)),
        ([], [DEFAULT_6, address_of("fd00::2/64"), address_of("fe80::2/64")], (True, False)),
        ([], [DEFAULT_6, route_of("2606::/32", gateway="2606:2800::1")], (True, False)),
        ([], [GLOBAL, route_of("::/0", kind=netlink.TYPE_PROHIBIT)], (True, False)),
        ([], [GLOBAL, route_of("::/0", table=100)], (True, False)),
        ([], [GLOBAL, route_of("::/0")], (False, True)),  # A point-to-point link has no gateway.
    ],
)
def test_which_internet_there_is(
    told: list[netlink.Message], told_6: list[netlink.Message], found: tuple[bool, bool]
) -> None:
    outside = Outside(told, told_6)
    assert (outside.has_ipv4, outside.has_ipv6) == found


def test_the_whole_link_of_an_address_is_found() -> None:
    assert networks(address_of("2606:2800:220:50::2/128")) == {"2606:2800:220:50::2/128", "2606:2800:220:50::/64"}
    assert networks(address_of("2606:2800:220:50::2/48")) == {"2606:2800:220:50::2/128", "2606:2800:220::/48"}
    assert "2606:2800:220:70::/64" in networks(address_of("fd00::1/128", peer="2606:2800:220:70::1"))


def test_networks_that_only_a_route_tells_are_found() -> None:
    assert networks(route_of("2606:2800:220:60::/64")) == {"2606:2800:220:60::/64"}
    assert networks(route_of("2606:2800:220:60::/60", table=100)) == {"2606:2800:220:60::/60"}
    assert networks(route_of("2606:2800:220:61::/64", kind=2, table=netlink.TABLE_LOCAL)) == {"2606:2800:220:61::/64"}


def test_ways_to_everywhere_are_no_networks_of_its_own() -> None:
    assert networks(route_of("::/0"), route_of("::/1"), route_of("8000::/1"), route_of("2000::/3")) == set()
    assert networks(route_of("2606:2800::/32", gateway="fe80::1")) == {"fe80::1/128"}
