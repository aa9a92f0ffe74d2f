"""Touches: the network. Passes connections from one loopback on to another, port by port."""

from __future__ import annotations

import _signal
import _socket
import _thread
import time

from wrapify.sandbox import relay
from wrapify.sandbox.heads import Refused

PAUSE_S = 0.02
STACK = 256 << 10
LOOPBACKS = ((_socket.AF_INET, "127.0.0.1"), (_socket.AF_INET6, "::1"))


def serve(listener: int, port: int) -> None:
    """Connect whoever comes to `listener`, a listening TCP socket, with `port` of the loopback, until this ends.

    A server may listen at one of the two addresses of a loopback only. The process must be this function's own.
    """
    _signal.signal(_signal.SIGPIPE, _signal.SIG_IGN)
    _thread.stack_size(STACK)
    door = _socket.socket(fileno=listener)
    door.settimeout(None)
    while True:
        try:
            number, _ = door._accept()  # type: ignore[attr-defined] # all that `socket` has of it is a wrapper
        except OSError:
            # Whoever came has left again, or there is no descriptor left: others will be given back.
            time.sleep(PAUSE_S)
            continue
        near = _socket.socket(fileno=number)
        try:
            _thread.start_new_thread(_attend, (near, port))
        except RuntimeError:
            near.close()  # No thread to be had.


def _attend(near: _socket.socket, port: int) -> None:
    try:
        far = _connected(port)
        if far:
            relay.join(relay.Stream(near), relay.Stream(far))
            far.close()
    except (OSError, MemoryError, Refused):
        pass  # This connection is at its end; all others go on.
    finally:
        near.close()


def _connected(port: int) -> _socket.socket | None:
    for family, address in LOOPBACKS:
        far = _socket.socket(family, _socket.SOCK_STREAM)
        try:
            far.connect((address, port))
        except OSError:
            far.close()
            continue
        return far
    return None
