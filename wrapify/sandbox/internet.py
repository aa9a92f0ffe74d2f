"""Pure. The internet without this machine: where a sandbox is, and how the programs that carry it are called.

Everything inside has addresses of NETWORK and NETWORK_6. The gateway of it is no machine: behind it, slirp4netns or
pasta makes ordinary connections of this user from what they read. So every address that is not to be reached is closed
in the sandbox's own namespace, where nothing inside has the right to change that (see `closing`).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.sandbox.outside import Outside

NETWORK = "198.18.255"
"""Of the range for benchmarks (RFC 2544), which no real network should use. .2 is the gateway, .100 the sandbox."""
RESOLVER = f"{NETWORK}.3"
"""What is asked there goes to the resolver of this machine, wherever that is. As in `policy/resolv.conf`."""
NETWORK_6 = "fd00:0:0:0:0:0:0"
"""The one that slirp4netns has, which cannot be given another. Programs prefer IPv4 to it where they have a choice."""
RESOLVER_6, GATEWAY_6, ADDRESS_6 = f"{NETWORK_6}:3", "fe80:0:0:0:0:0:0:2", f"{NETWORK_6}:64"
INTERFACE = "tap0"
PROXY_PORT = 3128
"""Of the sandbox's own loopback, where only listed domains are to be reached."""
DOMAIN = 53
Paths = tuple[str, str]


def words(program: str, outside: Outside, *, ready: int, leave: int, paths: Paths) -> tuple[str, ...]:
    """Spell the call of slirp4netns or pasta. `ready` and `leave` are descriptors, `paths` those of namespaces.

    slirp4netns is called within the user namespace already, tells by `ready` that it works, and ends when `leave`
    hangs up. pasta enters by itself.
    """
    netns, userns = paths
    if program.endswith("slirp4netns"):
        return (
            *(program, "--configure", "--mtu=65520", "--disable-host-loopback", f"--cidr={NETWORK}.0/24"),
            *("--enable-sandbox", "--enable-seccomp", f"--ready-fd={ready}", f"--exit-fd={leave}"),
            *(("--enable-ipv6",) if outside.has_ipv6 else ()),
            *("--netns-type=path", netns, INTERFACE),
        )
    return (
        *(program, "--foreground", "--quiet", "--config-net", "--no-map-gw", "--ns-ifname", INTERFACE),
        *("-t", "none", "-u", "none", "-T", "none", "-U", "none"),
        *(_pasta_4() if outside.has_ipv4 else ("--ipv6-only",)),
        *(_pasta_6() if outside.has_ipv6 else ("--ipv4-only",)),
        *("--userns", userns, "--netns", netns),
    )


def _pasta_4() -> tuple[str, ...]:
    place = ("--address", f"{NETWORK}.100", "--netmask", "24", "--gateway", f"{NETWORK}.2")
    return (*place, "--dns-forward", RESOLVER)


def _pasta_6() -> tuple[str, ...]:
    return ("--address", ADDRESS_6, "--gateway", GATEWAY_6, "--dns-forward", RESOLVER_6)
