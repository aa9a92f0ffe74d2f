"""Whom the proxy behind `--allow` lets a client reach: with a real resolver, in an internet of the tests' own."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from tests.conftest import need
from tests.sandbox.proxy.internet import NEIGHBOURS, OURS, OWN, PUBLIC, PUBLIC_V6, SILENT, Serving, Started, World
from tests.sandbox.proxy.talk import PATIENCE, body, echo, everything, exactly, mirror, status, until

pytestmark = pytest.mark.root


@pytest.mark.parametrize("address", [PUBLIC, PUBLIC_V6])
def test_curl_reaches_what_is_allowed(
    started: Started, serving: Serving, named: dict[str, list[str]], address: str
) -> None:
    need("curl")
    serving(mirror)
    named["example.com"] = [address]
    seen = started("example.com").curl("http://example.com/a?b=c", "-H", "Accept: x/y", "-H", "User-Agent: me")
    assert seen.split() == "GET /a?b=c HTTP/1.1 Host: example.com Accept: x/y User-Agent: me Connection: close".split()


def test_curl_is_told_what_is_not_allowed(started: Started, serving: Serving) -> None:
    need("curl")
    server = serving(mirror)
    proxy = started("example.com", "example.net:81")
    said = proxy.curl("http://www.example.com/", "--write-out", "%{http_code}")
    assert said == "wrapify: www.example.com:80 is not allowed; wrapify ... --allow www.example.com would allow it\n403"
    said = proxy.curl("--include", "--proxytunnel", "http://example.com:8080/")
    assert "HTTP/1.1 403 wrapify: example.com:8080 is not allowed; wrapify ... --allow example.com:8080 would" in said
    assert "response 403" in said
    assert proxy.told() == ["not-allowed www.example.com:80", "not-allowed example.com:8080"]
    assert server.reached == []


def test_names_that_are_not_allowed_are_not_looked_up(started: Started, world: World) -> None:
    assert status(started("example.com").get("secret-of-mine.evil.net")) == 403
    assert world.asked == []


NEAR = (*NEIGHBOURS, *OURS)
DISGUISED = (
    "::ffff:10.9.9.9",
    "::ffff:127.0.0.1",
    "64:ff9b::a09:909",
    "64:ff9b::7f00:1",
    "0.0.0.0",
    "::",
    "2002:7f00:1::",
)


@pytest.mark.parametrize("address", NEAR)
def test_the_neighbours_are_there_to_be_reached(world: World, serving: Serving, address: str) -> None:
    server = serving(mirror, near=True)
    with world.here.socket(address) as client:
        client.connect((address, 80))
        client.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert status(everything(client)) == 200
    assert server.reached == [address]


@pytest.mark.parametrize("address", NEAR + DISGUISED)
def test_no_allowed_name_leads_to_this_machine_or_its_neighbours(
    started: Started, serving: Serving, named: dict[str, list[str]], address: str
) -> None:
    server = serving(mirror, near=True)
    named["example.com"] = [address]
    proxy = started("example.com")
    answer = proxy.get("example.com")
    assert (status(answer), body(answer)) == (
        403,
        "wrapify: example.com is this machine or a neighbour of it, not the internet\n",
    )
    assert proxy.told() == ["not-global example.com:80"]
    assert server.reached == []


@pytest.mark.parametrize("near", [["10.9.9.9"], ["127.0.0.1", "::1"], [OWN]])
def test_of_several_addresses_only_those_of_the_internet_count(
    started: Started, serving: Serving, named: dict[str, list[str]], near: list[str]
) -> None:
    server = serving(mirror, near=True)
    named["example.com"] = [*near, SILENT, PUBLIC]
    assert status(started("example.com").get("example.com")) == 200
    assert server.reached == [PUBLIC]


LITERALS = ("127.0.0.1", "10.9.9.9", "[::1]", OWN, PUBLIC, f"[{PUBLIC_V6}]")
SPELLED = ("127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1%25lo]", "93.184.55330")


@pytest.mark.parametrize("host", LITERALS + SPELLED)
def test_no_domain_lets_an_address_through(started: Started, serving: Serving, host: str) -> None:
    server = serving(mirror, near=True)
    proxy = started("example.com", "*.example.com", "*.0.1x")
    assert status(proxy.get(host)) in {400, 403}
    assert proxy.ask(f"CONNECT {host}:80 HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 40")
    assert server.reached == []


@pytest.mark.parametrize(("pattern", "host"), [(PUBLIC, PUBLIC), (f"[{PUBLIC_V6}]", f"[{PUBLIC_V6}]")])
def test_an_address_that_was_named_itself(
    started: Started, serving: Serving, world: World, pattern: str, host: str
) -> None:
    serving(mirror)
    proxy = started(pattern)
    assert f"Host: {host}\r\n" in body(proxy.get(host))
    assert status(proxy.get("example.com")) == 403
    assert world.asked == []


def test_the_own_address_cannot_be_named(started: Started, serving: Serving) -> None:
    server = serving(mirror, near=True)
    assert status(started(OWN).get(OWN)) == 403
    assert server.reached == []


@pytest.mark.parametrize("near", ["127.0.0.1", "10.9.9.9", OWN])
def test_a_name_that_changes_its_mind_gains_nothing(
    started: Started, serving: Serving, named: dict[str, Callable[[], list[str]]], world: World, near: str
) -> None:
    """DNS rebinding: the first answer is good, all later ones are not."""
    server = serving(mirror, near=True)
    # One look-up asks twice: for the IPv4 and for the IPv6 address.
    named["example.com"] = lambda: [PUBLIC] if world.asked.count("example.com") <= 2 else [near]
    proxy = started("example.com")
    assert status(proxy.get("example.com")) == 200
    assert world.asked == ["example.com"] * 2
    assert status(proxy.get("example.com")) == 403
    assert server.reached == [PUBLIC]


def test_a_name_is_not_completed(started: Started, named: dict[str, list[str]], world: World) -> None:
    named["nothing.example.com.corp.example"] = [PUBLIC]
    answer = started("*.example.com").get("nothing.example.com")
    assert (status(answer), body(answer)) == (502, "wrapify: nothing.example.com has no address\n")
    assert set(world.asked) == {"nothing.example.com"}


def test_a_name_that_waits_for_its_answer_makes_nobody_else_wait(
    started: Started, serving: Serving, named: dict[str, Callable[[], list[str]] | list[str]]
) -> None:
    serving(echo, 443)
    proxy = started("*.example.com", "example.com")
    asked, go = threading.Event(), threading.Event()

    def slowly() -> list[str]:
        asked.set()
        go.wait(PATIENCE)
        return [PUBLIC]

    with proxy.tunnel("example.com:443") as other, proxy.connect() as client:
        named["slow.example.com"] = slowly
        client.sendall(b"CONNECT slow.example.com:443 HTTP/1.1\r\n\r\n")
        assert asked.wait(PATIENCE)
        other.sendall(b"still here")
        assert exactly(other, 10) == b"still here"
        go.set()
        assert until(client, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("host", ["refuses.example.com", "nowhere.example.com"])
def test_what_cannot_be_reached(started: Started, named: dict[str, list[str]], world: World, host: str) -> None:
    named["refuses.example.com"] = [SILENT]
    named["nowhere.example.com"] = ["2606:2800:220:77::1"]
    world.here.run("ip route replace unreachable 2606:2800:220:77::/64")
    proxy = started("*.example.com")
    answer = proxy.get(host)
    assert (status(answer), body(answer)) == (502, f"wrapify: {host} cannot be reached at port 80\n")
    assert proxy.told() == []
