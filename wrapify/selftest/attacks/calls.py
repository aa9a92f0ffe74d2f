"""Touches: the kernel, inside a sandbox. Attacks on the filter of system calls: which calls get past it.

None of them is carried out, whatever the filter says: the attack puts a filter of its own on top, which stops the call
and asks a listener. Of several filters the strictest answer counts (seccomp(2)), so what comes to the listener is what
the sandbox would have let through.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
from functools import partial

from .kernel import (
    COLUMN,
    HIGH_BIT,
    NUMBERS,
    Answer,
    Context,
    Probe,
    Unsupported,
    Verdict,
    held,
    leaked,
    libc,
    numbered,
)

SECCOMP = (317, 277)
SET_FILTER, NEW_LISTENER = 1, 1 << 3
USER_NOTIF, ALLOW = 0x7FC00000, 0x7FFF0000
LOAD, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
RECEIVE, SEND = 0xC0502100, 0xC0182101
"""ioctls of seccomp_unotify(2), with structures of 80 and 24 bytes."""
PR_SET_NO_NEW_PRIVS = 38
THROUGH = 54
"""The errno (EXFULL) with which the listener answers: no filter and no kernel says that of its own."""
X32 = 0x40000000
FUTURE = 480
"""Between the newest call there is and what a filter may know of."""


def _install(number: int) -> int:
    """Have every call `number` of this process stopped; give the descriptor where each is told."""
    code = ((LOAD, 0, 0, 0), (IF_EQUAL, 0, 1, number), (RETURN, 0, 0, USER_NOTIF), (RETURN, 0, 0, ALLOW))
    text = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *one) for one in code))
    head = struct.pack("@HP", len(code), ctypes.addressof(text))
    libc().prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    made = numbered(SECCOMP[COLUMN[platform.machine()]], SET_FILTER, NEW_LISTENER, head)
    if made.value < 0:
        raise Unsupported(f"no filter of our own can be set: {made}")
    return made.value


def _answer(number: int, args: tuple[object, ...]) -> Answer:
    """Make the call in a child that has such a filter, and tell each stopped call that it got through."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        here.close()
        _make(number, args, there=there)
    there.close()
    text, listeners, _, _ = socket.recv_fds(here, 256, 1)
    if not listeners:
        os.waitpid(pid, 0)
        raise Unsupported(text.decode() or "no filter of our own can be set")
    _listen(listeners[0], here)
    value, code = struct.unpack("=qq", here.recv(16).ljust(16, b"\0"))
    here.close()
    os.close(listeners[0])
    _, status = os.waitpid(pid, 0)
    return Answer(value, code) if os.WIFEXITED(status) else Answer(-1, 1)


def _make(number: int, args: tuple[object, ...], *, there: socket.socket) -> None:
    try:
        listener = _install(number)
        socket.send_fds(there, [b"set"], [listener])
        answer = numbered(number, *args)
        there.send(struct.pack("=qq", answer.value, answer.errno))
    except Unsupported as problem:
        there.send(str(problem).encode())
    finally:
        os._exit(0)


def _listen(listener: int, told: socket.socket) -> None:
    """Answer every call that is stopped until the child says what came of its own."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(told, select.POLLIN)
    while told.fileno() not in (ready := [number for number, _ in poll.poll()]):
        if listener in ready:
            call = bytearray(80)
            fcntl.ioctl(listener, RECEIVE, call)
            fcntl.ioctl(listener, SEND, struct.pack("=QqiI", *struct.unpack_from("=Q", call), 0, -THROUGH, 0))


def _passes(ctx: Context, *, number: int, name: str, args: tuple[object, ...]) -> Verdict:
    del ctx
    answer = _answer(number, args)
    through = answer.value >= 0 or answer.errno == THROUGH
    return leaked(f"{name} gets to the kernel") if through else held(f"{name} {answer}")


def _named(ctx: Context, *, name: str, args: tuple[object, ...]) -> Verdict:
    if platform.machine() not in COLUMN:
        raise Unsupported(f"no system call numbers for {platform.machine()}")
    number = NUMBERS[name][COLUMN[platform.machine()]]
    if number is None:
        raise Unsupported(f"there is no {name} on {platform.machine()}")
    return _passes(ctx, number=number, name=name, args=args)


def _unnamed(ctx: Context, *, number: int, name: str) -> Verdict:
    if platform.machine() not in COLUMN or (number >= X32 and platform.machine() != "x86_64"):
        raise Unsupported(f"nothing of that kind on {platform.machine()}")
    return _passes(ctx, number=number, name=name, args=())


TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
NAMESPACE_FLAGS = (
    ("mnt", 0x00020000), ("cgroup", 0x02000000), ("uts", 0x04000000), ("ipc", 0x08000000), ("user", 0x10000000),
    ("pid", 0x20000000), ("net", 0x40000000),
)  # fmt: skip
FAMILIES = (("unspecified", 0), ("x25", 9), ("packet", 17), ("bluetooth", 31), ("tipc", 30), ("alg", 38), ("vsock", 40))
CONDITIONAL: tuple[tuple[str, str, tuple[int, ...], str], ...] = (
    ("tiocsti", "ioctl", (0, TIOCSTI, 0), "types into a terminal"),
    ("tiocsti-highbit", "ioctl", (0, TIOCSTI | HIGH_BIT, 0), "the same with bit 32 set"),
    ("tioclinux", "ioctl", (0, TIOCLINUX, 0), "pastes the console's selection"),
    ("tiocsetd", "ioctl", (0, TIOCSETD, 0), "takes a terminal away by a line discipline"),
    *((f"clone-{name}", "clone", (flag | 17,), f"clones into a {name} namespace") for name, flag in NAMESPACE_FLAGS),
    *((f"socket-{name}", "socket", (number, 1, 0), f"makes a socket of the kind {name}") for name, number in FAMILIES),
    ("socketpair-vsock", "socketpair", (40, 1, 0, 0), "makes a pair of sockets of the kind vsock"),
    ("socket-disguised", "socket", (2, 10, 0), "makes a packet socket in the disguise of another"),
    ("personality-exec", "personality", (0x0400000,), "has all that it reads executable"),
    ("personality-bsd", "personality", (0x0006,), "imitates another system"),
)
REFUSED = (
    "vhangup add_key request_key keyctl bpf perf_event_open userfaultfd io_uring_setup io_uring_enter io_uring_register"
    " mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr"
    " statmount listmount listns setns unshare clone3 kexec_load kexec_file_load init_module finit_module"
    " delete_module swapon swapoff reboot acct quotactl quotactl_fd settimeofday clock_settime clock_adjtime adjtimex"
    " syslog open_by_handle_at fanotify_init iopl ioperm modify_ldt mbind set_mempolicy set_mempolicy_home_node"
    " migrate_pages move_pages _sysctl lookup_dcookie nfsservctl sysfs uselib ustat ptrace process_vm_readv"
    " process_vm_writev pidfd_getfd kcmp"
).split()

PROBES: tuple[Probe, ...] = (
    *(
        Probe(f"filter-{name}", "filter", partial(_named, name=name, args=(0, 0, 0, 0, 0, 0)), f"calls {name}")
        for name in REFUSED
    ),
    *(
        Probe(f"filter-{word}", "filter", partial(_named, name=name, args=args), tries)
        for word, name, args, tries in CONDITIONAL
    ),
    Probe("filter-x32", "filter", partial(_unnamed, number=X32 + 39, name="x32 getpid"), "calls by the table of x32"),
    Probe("filter-x32-old", "filter", partial(_unnamed, number=520, name="x32 execve"), "calls by old numbers of x32"),
    Probe("filter-future", "filter", partial(_unnamed, number=FUTURE, name="call 480"), "makes a call of the future"),
)
