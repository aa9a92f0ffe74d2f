"""Touches: the network and user namespace of a sandbox. Enters them from outside, where this user has every right.

The network namespace belongs to bwrap's user namespace: a process of the same user outside has every right there, and
the command inside has none.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time

from wrapify.sandbox import child

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
NS_GET_USERNS = 0xB701
"""ioctl_ns(2). /proc/PID/ns/user is another one: bwrap makes a second, which does not own the network."""
BEGIN_S = 10.0


class Namespace:
    """Hold the network namespace of the sandbox whose first process is `pid`, and the user namespace that owns it.

    Both are descriptors; `paths` name them as long as this process lives. Raises OSError.
    """

    def __init__(self, pid: int) -> None:
        _wait_for_owner(pid)
        self.network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.owner = fcntl.ioctl(self.network, NS_GET_USERNS)
        self.paths = (f"/proc/{pid}/ns/net", f"/proc/{os.getpid()}/fd/{self.owner}")

    def own(self) -> None:
        """Have every right in the sandbox's user namespace, and none outside, from now on. Raises OSError."""
        child.enter(self.owner, CLONE_NEWUSER)

    def enter(self) -> None:
        """Have the sandbox's network, from now on. Raises OSError."""
        child.enter(self.network, CLONE_NEWNET)


def _wait_for_owner(pid: int) -> None:
    """Wait until bwrap has said who is who inside: until then nobody has a right there."""
    deadline = time.monotonic() + BEGIN_S
    while not _read(f"/proc/{pid}/uid_map"):
        pause(deadline)


def pause(deadline: float) -> None:
    """Wait for a moment. Raises OSError once `deadline` has passed."""
    if time.monotonic() > deadline:
        raise OSError(errno.ETIMEDOUT, "it did not begin")
    time.sleep(0.0005)


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as source:
        return source.read(4096)
