"""Touches: sockets, inside a sandbox. Attacks on ways to talk to the host: sockets, shared memory, keys, network."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from functools import partial

from .kernel import HIGH_BIT, Context, Probe, Verdict, call, held, leaked, refused, skipped, tried

KEYCTL_GET_KEYRING_ID, KEYCTL_SEARCH, KEYCTL_READ = 0, 10, 11
SESSION = -3
AF_VSOCK, AF_ALG = 40, 38


def _connect(path: str) -> None:
    """Connect to a listening socket; by way of its directory, since a path may be longer than sun_path."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(3)
        if path.startswith("\0"):
            return client.connect(path)
        folder = os.open(os.path.dirname(path), os.O_PATH)
        try:
            client.connect(f"/proc/self/fd/{folder}/{os.path.basename(path)}")
        finally:
            os.close(folder)


def _socket(name: str, ctx: Context) -> Verdict:
    path = ctx["sockets"].get(name)
    if path is None:
        return skipped(f"no socket could be planted for {name}")
    _connect(path)
    return leaked(f"connected to {path!r}")


def _tcp(ctx: Context, *, family: int, host: str, key: str) -> Verdict:
    if ctx["ports"].get(key) is None:
        return skipped("the host has no such address")
    with socket.socket(family) as client:
        client.settimeout(3)
        client.connect((host, ctx["ports"][key]))
    return leaked(f"connected to the host's {host}")


def _udp(ctx: Context, *, family: int, host: str, key: str) -> Verdict:
    if ctx["ports"].get(key) is None:
        return skipped("the host has no such address")
    with socket.socket(family, socket.SOCK_DGRAM) as client:
        client.sendto(ctx["token"].encode(), (host, ctx["ports"][key]))
    return tried("sent")


def _host_addresses(ctx: Context) -> Verdict:
    """The host's own address on its network: loopback being closed does not close this."""
    if not ctx["addresses"]:
        return skipped("the host has no address but loopback")
    for address in (one for one in ctx["addresses"] if ":" not in one):
        try:
            _tcp(ctx, family=socket.AF_INET, host=address, key="tcp-any")
        except OSError:
            continue
        return leaked(f"connected to {address}")
    return held("none answers")


def _interfaces(_: Context) -> Verdict:
    names = [name for _, name in socket.if_nameindex() if name != "lo"]
    return leaked(f"interfaces {names}") if names else held("only lo")


def _route(_: Context) -> Verdict:
    """A datagram socket's connect looks up a route and sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("192.0.2.1", 9))
    return leaked("there is a route to the world")


def _route_change(_: Context) -> Verdict:
    """RTM_NEWROUTE of a blackhole to 198.51.100.77/32, and away with it if it was taken."""
    route = struct.pack("=BBBBBBBBI", socket.AF_INET, 32, 0, 0, 254, 3, 0, 6, 0)
    route += struct.pack("=HH4s", 8, 1, socket.inet_aton("198.51.100.77"))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
        link.settimeout(3)
        code = _ask(link, route, kind=24, flags=0x405)
        if code == 0:
            _ask(link, route, kind=25, flags=0x005)
    return leaked("a route was added") if code == 0 else held(os.strerror(-code))


def _ask(link: socket.socket, body: bytes, *, kind: int, flags: int) -> int:
    link.send(struct.pack("=IHHII", 16 + len(body), kind, flags, 1, 0) + body)
    code: int = struct.unpack_from("=i", link.recv(4096), 16)[0]
    return code


def _family(ctx: Context, *, family: int, kind: int) -> Verdict:
    del ctx
    return refused(
        "socket", call("socket", family, kind, 0), extra=(97, 94, 93)
    )  # EAFNOSUPPORT, no such type or protocol


def _packet(_: Context) -> Verdict:
    return refused("socket(AF_PACKET)", call("socket", socket.AF_PACKET, socket.SOCK_RAW, 0), extra=(97,))


def _sysv(ctx: Context) -> Verdict:
    if ctx["shm_key"] is None:
        return skipped("the host has no SysV shared memory")
    number = call("shmget", ctx["shm_key"], 0, 0)
    if number.value < 0:
        return held(f"shmget {number}")
    address = call("shmat", number.value, 0, 0o10000)
    shown = ctypes.string_at(address.value, 8) if address.value > 0 else b""
    return leaked(f"attached the host's segment, it begins {shown!r}")


def _queue(ctx: Context) -> Verdict:
    if ctx["queue"] is None:
        return skipped("the host has no POSIX message queues")
    number = call("mq_open", ctx["queue"].encode(), os.O_RDONLY | os.O_NONBLOCK, 0, 0)
    return leaked("opened the host's queue") if number.value >= 0 else held(f"mq_open {number}")


def _search(ctx: Context) -> Verdict:
    if not ctx["key"]:
        return skipped("no key could be planted")
    found = call("keyctl", KEYCTL_SEARCH, SESSION, b"user", ctx["key"].encode(), 0)
    if found.value < 0:
        return held(f"keyctl search {found}")
    room = ctypes.create_string_buffer(256)
    size = call("keyctl", KEYCTL_READ, found.value, room, 256).value
    return leaked(f"read {max(size, 0)} bytes of the session's key")


def _request(ctx: Context) -> Verdict:
    found = call("request_key", b"user", ctx["key"].encode(), None, 0)
    return leaked("request_key found it") if found.value >= 0 else held(f"request_key {found}")


def _keyctl(_: Context) -> Verdict:
    return refused("keyctl", call("keyctl", KEYCTL_GET_KEYRING_ID, SESSION, 0))


def _add_key(ctx: Context) -> Verdict:
    return refused("add_key", call("add_key", b"user", ctx["token"].encode(), b"x", 1, -2))


SOCKETS = tuple(
    Probe(f"sock-{name}", "sockets", partial(_socket, name), f"connects to {what}")
    for name, what in (
        ("abstract", "an abstract unix socket of the host"),
        ("tmp", "a socket in /tmp"),
        ("home", "a socket in the home"),
        ("runtime", "a socket in XDG_RUNTIME_DIR"),
        ("run", "a docker-like socket in /run"),
        ("cwd", "a socket in the working directory"),
        ("tmux", "the socket of a tmux server"),
        ("x11", "the X server's socket in /tmp/.X11-unix"),
        ("x11-abstract", "the X server's abstract socket"),
        ("wayland", "the Wayland compositor"),
        ("dbus", "the session bus"),
        ("ssh-agent", "the ssh agent"),
        ("gpg-agent", "the gpg agent in ~/.gnupg"),
    )
)

PROBES: tuple[Probe, ...] = SOCKETS + (
    Probe("ipc-sysv-shm", "ipc", _sysv, "attaches a SysV shared memory segment of the host"),
    Probe("ipc-mqueue", "ipc", _queue, "opens a POSIX message queue of the host"),
    Probe("key-session", "ipc", _search, "searches the login session's keyring and reads a key"),
    Probe("key-request", "ipc", _request, "asks for the key with request_key"),
    Probe("key-keyctl", "syscalls", _keyctl, "reaches keyctl at all"),
    Probe("key-add", "syscalls", _add_key, "reaches add_key at all"),
    Probe(
        "net-tcp4",
        "network",
        partial(_tcp, family=socket.AF_INET, host="127.0.0.1", key="tcp4"),
        "connects to 127.0.0.1",
    ),
    Probe("net-tcp6", "network", partial(_tcp, family=socket.AF_INET6, host="::1", key="tcp6"), "connects to ::1"),
    Probe(
        "net-udp4",
        "network",
        partial(_udp, family=socket.AF_INET, host="127.0.0.1", key="udp4"),
        "sends a datagram to 127.0.0.1",
    ),
    Probe(
        "net-udp6", "network", partial(_udp, family=socket.AF_INET6, host="::1", key="udp6"), "sends a datagram to ::1"
    ),
    Probe("net-host-address", "network", _host_addresses, "connects to the host's own network address"),
    Probe("net-interfaces", "network", _interfaces, "finds a network interface besides lo"),
    Probe("net-route", "network", _route, "finds a route to the world"),
    Probe("net-route-change", "network", _route_change, "adds a route over netlink"),
    Probe(
        "net-vsock", "network", partial(_family, family=AF_VSOCK, kind=socket.SOCK_STREAM), "makes an AF_VSOCK socket"
    ),
    Probe(
        "net-vsock-highbit",
        "network",
        partial(_family, family=AF_VSOCK | HIGH_BIT, kind=socket.SOCK_STREAM),
        "the same with bit 32 of the family set",
    ),
    Probe("net-alg", "network", partial(_family, family=AF_ALG, kind=socket.SOCK_SEQPACKET), "makes an AF_ALG socket"),
    Probe("net-packet", "network", _packet, "makes an AF_PACKET socket"),
)
