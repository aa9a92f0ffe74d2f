"""What is asked of this machine before anything is carried into a sandbox."""

from __future__ import annotations

import errno

import pytest

from tests.unit.sandbox.telling import address_of, route_of
from wrapify.sandbox import carrier, closing, netlink
from wrapify.sandbox.outside import Outside

TOLD = {
    (netlink.RTM_GETADDR, netlink.INET6): [address_of("2606:2800:220:50::2/64")],
    (netlink.RTM_GETROUTE, netlink.INET6): [route_of("::/0", gateway="fe80::1")],
    (netlink.RTM_GETRULE, netlink.INET6): [netlink.Message(netlink.RTM_NEWRULE, bytes(12))] * 2,
}


@pytest.mark.parametrize("has_rules", [True, False])
def test_where_the_kernel_has_no_rules_for_it_there_is_no_ipv6(
    monkeypatch: pytest.MonkeyPatch, has_rules: bool
) -> None:
    def asked(kind: int, family: int) -> list[netlink.Message]:
        if kind == netlink.RTM_GETRULE and not has_rules:
            raise OSError(errno.EAFNOSUPPORT, "")
        return TOLD.get((kind, family), [])

    monkeypatch.setattr(carrier, "_asked", asked)
    assert carrier._outside().has_ipv6 == has_rules


@pytest.mark.parametrize("has_ipv6", [True, False])
def test_both_walls_of_ipv6_are_built(monkeypatch: pytest.MonkeyPatch, has_ipv6: bool) -> None:
    """Rules and policies close the same twice, so that no attempt to reach anything shows that one is missing."""
    told = [message for kind in (netlink.RTM_GETADDR, netlink.RTM_GETROUTE) for message in TOLD[kind, netlink.INET6]]
    outside = Outside([], told if has_ipv6 else [])
    added: list[tuple[int, list[bytes]]] = []
    monkeypatch.setattr(carrier, "_has_ipv6", lambda: True)
    monkeypatch.setattr(carrier, "_add", lambda protocol, messages: added.append((protocol, messages)))
    carrier._close(outside)
    route, xfrm = carrier.NETLINK_ROUTE, carrier.NETLINK_XFRM
    assert added[:2] == [(route, closing.routes(outside)), (xfrm, closing.policies(outside))]
    if has_ipv6:
        assert added[2:] == [(route, closing.rules_6(outside)), (xfrm, closing.policies_6(outside))]
    else:
        assert added[2:] == [(route, closing.routes_6()), (xfrm, closing.policies_without_6())]
