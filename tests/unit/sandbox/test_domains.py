"""What a pattern given to `--allow` lets through, which is all that is not shown to be something else."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.errors import UsageError
from wrapify.sandbox import domains
from wrapify.sandbox.domains import allowed, normalised, parse_pattern


def lets_through(pattern: str, host: str, port: int = 443) -> bool:
    return allowed(host, port, patterns=[parse_pattern(pattern)])


LET_THROUGH = (
    ("example.com", "example.com"),
    ("example.com", "EXAMPLE.Com."),
    ("Example.COM.", "example.com"),
    ("*.example.com", "www.example.com"),
    ("*.example.com", "a.b.c.example.com"),
    (".example.com", "example.com"),
    (".example.com", "www.example.com"),
    ("bücher.example", "xn--bcher-kva.example"),
    ("xn--bcher-kva.example", "BÜCHER.example"),
    ("*.bücher.example", "www.xn--bcher-kva.example"),
    ("my_host.example.com", "my_host.example.com"),
    ("93.184.216.34", "93.184.216.34"),
    ("2606:2800:220:1::1", "2606:2800:0220:0001:0:0:0:1"),
    ("[2606:2800:220:1::1]", "2606:2800:220:1::1"),
)


@pytest.mark.parametrize(("pattern", "host"), LET_THROUGH)
def test_lets_through(pattern: str, host: str) -> None:
    assert lets_through(pattern, host)
    assert lets_through(pattern, host, 80)
    assert not lets_through(pattern, host, 22)


HELD_BACK = (
    ("example.com", "www.example.com"),
    ("example.com", "example.com.evil.net"),
    ("example.com", "example.com.."),
    ("example.com", "example.co"),
    ("example.com", "evil.net#example.com"),
    ("example.com", "example.com@evil.net"),
    ("example.com", "evil.net@example.com"),
    ("example.com", "example.com\0.evil.net"),
    ("example.com", "example.com "),
    ("example.com", ""),
    ("*.example.com", "example.com"),
    ("*.example.com", "notexample.com"),
    ("*.example.com", ".example.com"),
    ("*.example.com", "evil.net/.example.com"),
    ("*.example.com", "evil.net\0.example.com"),
    ("*.example.com", "evil.net%2f.example.com"),
    (".example.com", "notexample.com"),
    (".example.com", "1.example.com.5"),
    ("93.184.216.34", "93.184.216.035"),
    ("93.184.216.34", "0x5d.184.216.34"),
    ("93.184.216.34", "1572395042"),
    ("93.184.216.34", "93.184.55330"),
    ("93.184.216.34", "::ffff:93.184.216.34"),
    ("2606:2800:220:1::1", "2606:2800:220:1::1%lo"),
)


@pytest.mark.parametrize(("pattern", "host"), HELD_BACK)
def test_holds_back(pattern: str, host: str) -> None:
    assert not lets_through(pattern, host)


@pytest.mark.parametrize("pattern", ["example.com:8443", "*.example.com:8443", ".example.com:8443"])
def test_a_port_allows_that_port_alone(pattern: str) -> None:
    host = "www.example.com" if "*" in pattern else "example.com"
    assert [port for port in (80, 443, 8443, 8080) if lets_through(pattern, host, port)] == [8443]


REFUSED = (
    "", " ", "*", ".", "*.", "*.com", ".com", "*.*.com", "a.*.com", "*example.com", "**.example.com", "..example.com",
    "http://example.com", "https://example.com/x", "example.com/", "user@example.com", "example.com example.org",
    "a.com,b.com", "example.com\n", "example.com\x1b[2J", "exa\u200bmple.com", "straße.example", "-a.example.com",
    "a..example.com", "a" * 64 + ".com", "a.b" * 200, "localhost", "com", "example.com:", "example.com:0",
    "example.com:65536", "example.com:http", "example.com:80:80", "example.com:+80", "example.com:\uff18\uff10",
    # Addresses of one's own and one's neighbours, and addresses in disguise.
    "127.0.0.1", "0.0.0.0", "10.0.0.1", "192.168.1.1:80", "169.254.169.254", "224.0.0.1", "::1", "[::1]:80", "fe80::1",
    "[fd00::1]", "[::ffff:127.0.0.1]", "[::ffff:93.184.216.34]", "fe80::1%eth0", "0x7f.1", "127.1", "2130706433",
    "0x7f000001", "010.0.0.1", "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "*.93.184.216.34", ".34", "[93.184.216.34]", "[example.com]", "[::1",
    "a.0x", "a.0",
)  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED)
def test_refuses(pattern: str) -> None:
    with pytest.raises(UsageError, match="^--allow: ") as caught:
        parse_pattern(pattern)
    assert caught.value.hint.startswith("--allow ")
    assert re.fullmatch(r"[ -~]+", caught.value.message)


SPELLINGS = ("127.0.0.1", "127.1", "0x7f.1", "2130706433", "0x7f000001", "0177.0.0.1", "017700000001", "127.0.0.1.")
LOOPBACK_V6 = ("::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:0:0:1", "::127.0.0.1", "::1%lo", "[::1]")


@pytest.mark.parametrize("spelling", SPELLINGS + LOOPBACK_V6)
def test_no_pattern_for_names_lets_an_address_through(spelling: str) -> None:
    patterns = [parse_pattern(text) for text in ("example.com", "*.example.com", ".example.com", "*.0.example.com")]
    assert not allowed(spelling, 80, patterns=patterns)


@given(st.text(max_size=40) | st.ip_addresses().map(str))
def test_what_is_normalised_stays_so(host: str) -> None:
    name = normalised(host)
    assert not name or (normalised(name), re.fullmatch(r"[0-9a-z_.:-]+", name) is not None) == (name, True)


@given(st.ip_addresses())
def test_an_address_is_packed_as_it_is(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert domains.packed(normalised(str(address))) == address.packed
