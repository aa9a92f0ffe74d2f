"""Touches: processes, sockets. Opens to a sandbox, from outside and before anything runs in it, what it may reach."""

from __future__ import annotations

import _socket
import os
import sys

from wrapify.errors import SandboxUnavailable
from wrapify.sandbox import child, internet
from wrapify.sandbox.namespace import Namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.sandbox.recipe import NetworkRow

IP_FREEBIND = 15


class Links:
    """Hold what is open to a sandbox. `told` is where a proxy says what it refused, -1 if there is none."""

    __slots__ = ("held", "told")

    def __init__(self) -> None:
        self.held = -1
        self.told = -1

    def refused(self) -> tuple[str, ...]:
        """Give what the proxy refused so far, a line each (see `proxy.serve`)."""
        if self.told < 0:
            return ()
        os.set_blocking(self.told, False)
        try:
            return tuple(os.read(self.told, 65536).decode("ascii", "replace").splitlines())
        except BlockingIOError:
            return ()


def connect(pid: int, row: NetworkRow) -> Links:
    """Open what `row` says (source: `spec.Network`) to the sandbox whose first process, `pid`, waits.

    All of it is gone when this process ends. Raises SandboxUnavailable; then nothing inside may go on.
    """
    kind, carrier, domains, ports, host_ports = row
    links = Links()
    if kind == "internet":
        from wrapify.sandbox.carrier import open_internet

        links.held = open_internet(pid, carrier)
    elif kind == "domains":
        links.told = open_domains(pid, domains)
    for port in ports:
        _open_port(pid, port)
    for port in host_ports:
        _open_host_port(pid, port)
    return links


def open_domains(pid: int, domains: tuple[str, ...]) -> int:
    """Start a proxy to `domains` outside, which listens inside at PROXY_PORT. Gives where it tells what it refused.

    Raises SandboxUnavailable; then nothing inside may go on.
    """
    listener = _listening(pid, internet.PROXY_PORT)
    heard, told = os.pipe()

    def work() -> None:
        from wrapify.sandbox import proxy

        proxy.serve(listener, domains, told=told)

    _beside(work, (listener, told))
    return heard


def _open_port(pid: int, port: int) -> None:
    """Pass what comes to `port` of this machine's loopback on to that of the sandbox's."""
    door = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        door.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen(128)
        namespace = Namespace(pid)
        listener, parent = door.detach(), os.getpid()
    except OSError as error:
        raise SandboxUnavailable(f"port {port} of this machine cannot be opened: {error.strerror}") from error

    def work() -> None:
        from wrapify.sandbox import ports

        namespace.own()
        namespace.enter()
        child.die_with(parent)  # With other rights the kernel forgets it.
        ports.serve(listener, port)

    _beside(work, (listener, namespace.network, namespace.owner))


def _open_host_port(pid: int, port: int) -> None:
    """Pass what comes to `port` of the sandbox's loopback on to that of this machine's."""
    listener = _listening(pid, port)

    def work() -> None:
        from wrapify.sandbox import ports

        ports.serve(listener, port)

    _beside(work, (listener,))


def _beside(work: Callable[[], None], kept: tuple[int, ...]) -> None:
    """Do `work` in a process of its own, ending with this one, with only the descriptors `kept`. Closes them here."""
    parent = os.getpid()
    if os.fork():
        for descriptor in kept:
            os.close(descriptor)
        return
    try:
        child.die_with(parent)
        null = os.open("/dev/null", os.O_RDWR)
        for number in range(3):
            os.dup2(null, number)
        # An end of a pipe of the launcher's, kept open here, would be waited for.
        child.close_all_but((0, 1, 2, *kept))
        child.scope()
        work()
    finally:
        os._exit(1)


def _listening(pid: int, port: int) -> int:
    """Give a TCP socket that listens at `port` of the sandbox's own loopback. Raises SandboxUnavailable."""
    here, there = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
    maker = os.fork()
    if maker == 0:
        _make_listening(pid, port, there=there)
    there.close()
    found = here.recvmsg(1, _socket.CMSG_SPACE(4))[1]
    here.close()
    os.waitpid(maker, 0)
    if not found:
        raise SandboxUnavailable(f"port {port} of the sandbox could not be opened")
    return int.from_bytes(found[0][2], sys.byteorder)


def _make_listening(pid: int, port: int, *, there: _socket.socket) -> None:
    """Make such a socket within the sandbox's network, and send it out, in a process that ends here."""
    try:
        namespace = Namespace(pid)
        namespace.own()
        namespace.enter()
        door = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        # bwrap may not have given the loopback its address yet.
        door.setsockopt(_socket.IPPROTO_IP, IP_FREEBIND, 1)
        door.bind(("127.0.0.1", port))
        door.listen(128)
        rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, door.fileno().to_bytes(4, sys.byteorder))
        there.sendmsg([b"x"], [rights])
    finally:
        os._exit(0)
