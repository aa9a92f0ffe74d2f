"""Which addresses are the public internet: the borders of every row, and what Python knows for certain."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.sandbox.addresses import is_global


def judged(text: str) -> bool:
    return is_global(ipaddress.ip_address(text).packed)


OPEN = (
    "1.0.0.0", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
    "192.0.3.0", "192.88.98.255", "192.88.100.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0",
    "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255",
    "2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2001:4860:4860::8888", "2003::", "2606:2800:220:1::1",
    "3ffe:ffff::", "3fff:1000::", "64:ff9b::5db8:d822",
)  # fmt: skip
CLOSED = (
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
    "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.9",
    "192.0.0.170", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::93.184.216.34", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "64:ff9b::7f00:1",
    "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:0:0:1::1", "64:ff9b:1::5db8:d822", "100::1", "1fff:ffff::",
    "2001::1", "2001:0:7f00:1::", "2001:1::1", "2001:1ff:ffff::", "2001:db8::1", "2002:7f00:1::", "2002:5db8:d822::1",
    "3fff::1", "3fff:fff:ffff::", "4000::", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
    "ff0e::1",
)  # fmt: skip


@pytest.mark.parametrize("text", OPEN)
def test_of_the_internet(text: str) -> None:
    assert judged(text)


@pytest.mark.parametrize("text", CLOSED)
def test_not_of_the_internet(text: str) -> None:
    assert not judged(text)


@pytest.mark.parametrize("address", [b"", b"\x08\x08\x08", b"\x08" * 5, b"\x20" * 15, b"\x20" * 17])
def test_what_is_no_address_is_none_of_the_internet(address: bytes) -> None:
    assert not is_global(address)


DOCUMENTATION = [ipaddress.ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]
"""Nobody's own networks, left open on purpose."""


@given(st.ip_addresses())
def test_nothing_python_knows_to_be_special_is_let_through(address: ipaddress.IPv4Address) -> None:
    if is_global(address.packed):
        known = address.is_global or str(address).startswith("64:ff9b::")
        assert known or any(address in network for network in DOCUMENTATION)
        assert not address.is_multicast
        assert not address.is_reserved or str(address).startswith("64:ff9b::")
