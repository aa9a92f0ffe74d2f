"""Touches: the network. The proxy through which a sandbox that has only a loopback reaches the domains it may.

It runs outside, in a process forked from the launcher, on a socket that listens inside; each connection has a thread,
because looking a name up blocks. `socket` and `threading` would cost 13 ms to import; `_socket` and `_thread`, which do
their work, cost 0.5 ms.
"""

from __future__ import annotations

import _signal
import _socket
import _thread
import errno
import os
import resource
import sys
import time

from wrapify.sandbox import dial, relay
from wrapify.sandbox.addresses import is_global
from wrapify.sandbox.domains import WEB, allowed, is_literal, packed, parse_pattern
from wrapify.sandbox.heads import END, HEAD_MAX, Malformed, Refused, read_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wrapify.sandbox.domains import Pattern
    from wrapify.sandbox.heads import Request

AT_ONCE = 256
"""Connections served at a time. More wait in the kernel's queue."""
FILES_EACH, FILES_SPARE = 4, 32
"""Descriptors that a connection has at most at a time: its two ends, or one of them and what a look-up opens."""
TOLD_MAX = 64
HEAD_S, PAUSE_S = 30.0, 0.02
STACK = 512 << 10
"""Of a thread, in bytes: getaddrinfo runs on it, with whatever modules the machine adds to it."""


class Desk:
    """Hold what all connections share: the patterns, how many more there may be, and what was told already."""

    __slots__ = ("lock", "patterns", "seen", "slots", "told")

    def __init__(self, patterns: Sequence[Pattern], told: int) -> None:
        self.patterns = patterns
        self.told = told
        self.seen: set[str] = set()
        self.lock = _thread.allocate_lock()
        self.slots = os.eventfd(_places(), os.EFD_SEMAPHORE | os.EFD_CLOEXEC)

    def tell(self, line: str) -> None:
        """Report `line`, printable ASCII of less than 300 bytes, once."""
        with self.lock:
            if line in self.seen or len(self.seen) >= TOLD_MAX:
                return
            self.seen.add(line)
        try:
            os.write(self.told, f"{line}\n".encode())
        except OSError:
            pass  # Nobody listens any more.

    def unforeseen(self, trouble: sys.UnraisableHookArgs) -> None:
        """Report a fault of ours that ended a connection, by its kind: its text may hold what a stranger sent."""
        self.tell(f"failed {trouble.exc_type.__name__}")


def serve(listener: int, patterns: Sequence[str], *, told: int) -> None:
    """Serve the connections to `listener`, a listening TCP socket, until this process is ended from outside.

    `patterns` are as written to `--allow`. `told` gets a line for each host and port that was refused, 64 at most:
    `not-allowed HOST:PORT`, or `not-global HOST:PORT` where a name that is allowed leads to this machine or to one near
    it. The process must be this function's own. It returns only if `listener` does not listen.
    """
    desk = Desk([parse_pattern(text) for text in patterns], told)
    # Who reads at the end only must not make anybody wait.
    os.set_blocking(told, False)
    sys.unraisablehook = desk.unforeseen
    _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)
    # Or a name that does not exist would be looked up once more below the domain of this machine's network.
    os.environ["LOCALDOMAIN"] = ""
    _thread.stack_size(STACK)
    door = _socket.socket(fileno=listener)
    door.settimeout(None)
    while True:
        os.eventfd_read(desk.slots)
        try:
            number, _ = door._accept()  # type: ignore[attr-defined] # all that `socket` has of it is a wrapper
        except OSError as error:
            if error.errno in (errno.EBADF, errno.EINVAL, errno.ENOTSOCK):
                return
            # The client has left again, or there is no descriptor left: others will be given back.
            os.eventfd_write(desk.slots, 1)
            time.sleep(PAUSE_S)
            continue
        try:
            _thread.start_new_thread(_attend, (desk, number))
        except RuntimeError:
            # No thread to be had.
            os.close(number)
            os.eventfd_write(desk.slots, 1)


def _places() -> int:
    """Tell how many connections may be served at a time, and see that there are descriptors for so many."""
    wanted = AT_ONCE * FILES_EACH + FILES_SPARE
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(1, (most - FILES_SPARE) // FILES_EACH)


def _attend(desk: Desk, number: int) -> None:
    """Serve one connection from its first byte to its last."""
    socket = _socket.socket(fileno=number)
    try:
        client = relay.Stream(socket)
        try:
            _pass_on(desk, client)
        except Refused as refused:
            client.send(refused.answer())
        client.shut(_socket.SHUT_WR)
        client.drain()
    except (OSError, MemoryError):
        pass  # This connection is at its end; all others go on.
    finally:
        socket.close()
        os.eventfd_write(desk.slots, 1)


def _pass_on(desk: Desk, client: relay.Stream) -> None:
    request = _request(client)
    server = _allowed_server(desk, request)
    try:
        if request.tunnel:
            relay.tunnel(client, relay.Stream(server))
        else:
            relay.exchange(request, client=client, server=relay.Stream(server))
    finally:
        server.close()


def _request(client: relay.Stream) -> Request:
    try:
        return read_request(client.until(END, most=HEAD_MAX, seconds=HEAD_S))
    except Malformed as error:
        raise Refused(400, f"not a request to a proxy: {error}") from None
    except TimeoutError:
        raise Refused(408, "the request did not come in time") from None


def _allowed_server(desk: Desk, request: Request) -> _socket.socket:
    host, port = request.host, request.port
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if is_literal(host) and not is_global(packed(host)):
        desk.tell(f"not-global {place}")
        raise Refused(403, f"{place} is not of the internet, so nothing allows it")
    if not allowed(host, port, patterns=desk.patterns):
        desk.tell(f"not-allowed {place}")
        wanted = host if port in WEB else place
        raise Refused(403, f"{place} is not allowed; wrapify ... --allow {wanted} would allow it")
    try:
        return dial.dial(host, port)
    except dial.NotGlobal:
        desk.tell(f"not-global {place}")
        raise
