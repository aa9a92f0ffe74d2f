"""Touches: processes, the network namespace of a sandbox. Has slirp4netns or pasta carry the internet into it.

They run outside and end with the sandbox. Everything that is not the internet is closed before anything inside runs.
"""

from __future__ import annotations

import _signal
import _socket
import errno
import os
import select
import time

from wrapify.errors import SandboxUnavailable
from wrapify.sandbox import child, closing, internet, netlink
from wrapify.sandbox.addresses import groups
from wrapify.sandbox.namespace import Namespace, pause
from wrapify.sandbox.outside import Outside, is_default

NETLINK_ROUTE, NETLINK_XFRM = 0, 6
READY_S = 10.0
NONE_S = 3.0
OURS = "\0"
"""Begins what is not the carrier's own, where both write."""
Ends = tuple[int, int, int]
"""Descriptors: hangs up when the sandbox has ended; is told when all is ready; holds what is said."""


def open_internet(pid: int, program: str) -> int:
    """Give the sandbox whose first process is `pid`, which waits, the internet through slirp4netns or pasta.

    Returns a descriptor: when it is closed, or this process ends, the internet is gone. Raises SandboxUnavailable;
    then nothing inside may go on.
    """
    leave, held = os.pipe()
    ready, told = os.pipe()
    said = os.memfd_create("said")
    if os.fork() == 0:
        os.close(held)
        _open(pid, program, ends=(leave, told, said))
    os.close(leave)
    os.close(told)
    done = _heard(ready)
    os.close(ready)
    why = _reason(os.pread(said, 4096, 0).decode("utf-8", "replace"))
    os.close(said)
    if not done:
        os.close(held)
        name = os.path.basename(program)
        why = why[:200] or "it did not begin"
        raise SandboxUnavailable(f"{name} could not open the internet: {why}", "wrapify doctor")
    return held


def _reason(said: str) -> str:
    """Give what went wrong here, else the last line of the carrier, which may go on saying how well it does."""
    _, ours, rest = said.rpartition(OURS)
    return rest.partition("\n")[0] if ours else said.strip().rpartition("\n")[2]


def _heard(ready: int) -> bool:
    """Wait for the one byte that says that all is well; tell whether it came."""
    poll = select.poll()
    poll.register(ready, select.POLLIN)
    return bool(poll.poll(READY_S * 1000)) and os.read(ready, 1) == b"1"


def _open(pid: int, program: str, *, ends: Ends) -> None:
    """Do it in a process of its own, which ends here.

    Nothing inside runs before the traffic can flow and everything that is not the internet is closed.
    """
    try:
        # An end of a pipe of the launcher's, kept open here, would be waited for.
        child.close_all_but((0, 1, 2, *ends))
        namespace = Namespace(pid)
        (_by_slirp if is_slirp(program) else _by_pasta)(namespace, program, ends=ends)
        os._exit(0)
    except OSError as error:
        _say(ends, error)
    finally:
        os._exit(1)


def _say(ends: Ends, error: OSError) -> None:
    """Say why it failed, unless that is only that the carrier did not begin, and it has said more."""
    _, _, said = ends
    if error.errno != errno.ETIMEDOUT or os.fstat(said).st_size == 0:
        os.write(said, f"{OURS}{error.strerror}\n".encode())


def _by_slirp(namespace: Namespace, program: str, *, ends: Ends) -> None:
    """Have slirp4netns carry it, which ends by itself when the sandbox does."""
    _, told, _ = ends
    outside = _outside()
    ready, tell = os.pipe()
    namespace.own()
    carrier = _start(namespace, program, outside=outside, ends=ends, tell=tell)
    os.close(tell)
    try:
        namespace.enter()
        _close(outside)
        if not _heard(ready):
            raise OSError(errno.ETIMEDOUT, "it did not begin")
        if outside.has_ipv6:
            _settle_ipv6()
        os.write(told, b"1")
    except OSError:
        os.kill(carrier, _signal.SIGKILL)
        raise


def _by_pasta(namespace: Namespace, program: str, *, ends: Ends) -> None:
    """Have pasta carry it, and end it: it does not notice the end of a namespace that is given by a descriptor.

    It opens that descriptor as /proc/PID/fd of this process, which must have no other rights for that, so another one
    enters the namespace.
    """
    leave, told, _ = ends
    outside = _outside()
    carrier = _start(namespace, program, outside=outside, ends=ends, tell=-1)
    try:
        entering = os.fork()
        if entering == 0:
            _close_for_pasta(namespace, outside, ends=ends)
        ended, status = os.waitpid(-1, 0)
        if ended == carrier:
            os.kill(entering, _signal.SIGKILL)
        if ended == carrier or status:
            raise OSError(errno.ETIMEDOUT, "it did not begin")
        os.write(told, b"1")
        os.read(leave, 1)
    finally:
        os.kill(carrier, _signal.SIGKILL)


def _close_for_pasta(namespace: Namespace, outside: Outside, *, ends: Ends) -> None:
    try:
        namespace.own()
        namespace.enter()
        _close(outside)
        _wait_for_pasta(outside)
        os._exit(0)
    except OSError as error:
        _say(ends, error)
    finally:
        os._exit(1)


def is_slirp(program: str) -> bool:
    """Tell whether a program is slirp4netns; if not it is pasta."""
    return os.path.basename(program) == "slirp4netns"


def _start(namespace: Namespace, program: str, *, outside: Outside, ends: Ends, tell: int) -> int:
    """Start what carries the traffic, and give its pid. `tell` is where slirp4netns says that it works."""
    leave, _, said = ends
    words = internet.words(program, outside, ready=tell, leave=leave, paths=namespace.paths)
    pid = os.fork()
    if pid:
        return pid
    try:
        null = os.open("/dev/null", os.O_RDWR)
        for number, source in enumerate((null, null, said)):
            os.dup2(source, number)
        # pasta gives up where SIGPIPE is ignored, as Python has it.
        child.set_signals(())
        child.keep_only((leave, tell))
        os.execve(program, words, {"PATH": "/usr/bin:/bin"})
    finally:
        os._exit(127)


# ---- routes and addresses


def _netlink(protocol: int = NETLINK_ROUTE) -> _socket.socket:
    return _socket.socket(_socket.AF_NETLINK, _socket.SOCK_RAW | _socket.SOCK_CLOEXEC, protocol)


def _asked(kind: int, family: int) -> list[netlink.Message]:
    """Ask the kernel for all addresses or routes of the namespace that this process is in."""
    kernel = _netlink()
    kernel.send(netlink.ask(kind, family))
    found: list[netlink.Message] = []
    while not found or found[-1].kind not in (netlink.NLMSG_DONE, netlink.NLMSG_ERROR):
        found.extend(netlink.messages(kernel.recv(65536)))
    kernel.close()
    if found[-1].kind == netlink.NLMSG_ERROR:
        raise OSError(netlink.error_of(found[-1]), "this machine does not tell its addresses")
    return found


def _outside() -> Outside:
    """Ask what this machine is to what runs inside. It has no IPv6 where the kernel knows no rules to close that."""
    families = (netlink.INET, netlink.INET6) if _has_rules_6() else (netlink.INET,)
    kinds = (netlink.RTM_GETADDR, netlink.RTM_GETROUTE)
    return Outside(*([one for kind in kinds for one in _asked(kind, family)] for family in families))


def _close(outside: Outside) -> None:
    """Close what is not the internet. Raises OSError if anything of it is not closed afterwards."""
    try:
        _add(NETLINK_ROUTE, closing.routes(outside))
        _add(NETLINK_XFRM, closing.policies(outside))
        if outside.has_ipv6:
            _add(NETLINK_ROUTE, closing.rules_6(outside))
            _add(NETLINK_XFRM, closing.policies_6(outside))
        elif _has_ipv6():
            _add(NETLINK_ROUTE, closing.routes_6())
            _add(NETLINK_XFRM, closing.policies_without_6())
    except OSError as error:
        raise OSError(error.errno, f"what is not the internet could not be closed ({error.strerror})") from error


def _has_rules_6() -> bool:
    try:
        return len(_asked(netlink.RTM_GETRULE, netlink.INET6)) > 1
    except OSError:
        return False


def _has_ipv6() -> bool:
    try:
        _socket.socket(_socket.AF_INET6, _socket.SOCK_DGRAM).close()
    except OSError:
        return False
    return True


def _add(protocol: int, messages: list[bytes]) -> None:
    kernel = _netlink(protocol)
    for message in messages:
        kernel.send(message)
        (answer,) = netlink.messages(kernel.recv(4096))
        if code := netlink.error_of(answer):
            raise OSError(code, os.strerror(code))
    kernel.close()


def _settle_ipv6() -> None:
    """Give the sandbox its address at once: by itself it would wait for its gateway to tell it. Raises OSError."""
    interface = _socket.if_nametoindex(internet.INTERFACE)
    address = netlink.address(groups(internet.ADDRESS_6), interface=interface)
    _add(NETLINK_ROUTE, [address, netlink.default_route(groups(internet.GATEWAY_6), interface=interface)])


def _wait_for_pasta(outside: Outside) -> None:
    """Wait until pasta has made its interface and the default route, after which it is ready. Raises OSError.

    That of IPv6 comes last. It may find that this machine has none, against what was told: then it is not waited for.
    """
    if outside.has_ipv4:
        _wait_for_default(netlink.INET, READY_S)
    if outside.has_ipv6:
        try:
            _wait_for_default(netlink.INET6, NONE_S if outside.has_ipv4 else READY_S)
        except TimeoutError:
            if not outside.has_ipv4:
                raise


def _wait_for_default(family: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not any(map(is_default, _asked(netlink.RTM_GETROUTE, family))):
        pause(deadline)
