"""Touches: the kernel, inside a sandbox. Raw system calls and verdicts for the attacks.

Whatever runs inside stands on the standard library alone, of Python 3.9 or later.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import signal
from collections.abc import Callable
from typing import Any, NamedTuple

Context = dict[str, Any]


class Verdict(NamedTuple):
    """`held`, `leaked`, `skipped`, or `tried`: only the host side can tell."""

    status: str
    detail: str


class Probe(NamedTuple):
    """One attack; `tries` says in one sentence what it attempts."""

    id: str
    group: str
    run: Callable[[Context], Verdict]
    tries: str


class Unsupported(Exception):
    """The probe cannot be made on this machine."""


def held(detail: str) -> Verdict:
    return Verdict("held", detail)


def leaked(detail: str) -> Verdict:
    return Verdict("leaked", detail)


def skipped(detail: str) -> Verdict:
    return Verdict("skipped", detail)


def tried(detail: str) -> Verdict:
    return Verdict("tried", detail)


# What a wall answers. Anything else that goes wrong is a mistake of the probe and is reported as such.
DENIED = frozenset(
    (errno.EPERM, errno.EACCES, errno.ENOENT, errno.ENOSYS, errno.EROFS, errno.ENXIO, errno.ENODEV)
    + (errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
    + (errno.ESRCH, errno.ENOTDIR, errno.ELOOP, errno.ENOSPC, errno.ENOKEY, errno.EXDEV, errno.ENOTCONN)
    + (errno.ENOTSUP, errno.EPROTONOSUPPORT, errno.ESOCKTNOSUPPORT, errno.EIDRM)
)

# Numbers of x86_64 and aarch64 (asm/unistd_64.h, asm-generic/unistd.h).
NUMBERS: dict[str, tuple[int, int | None]] = {
    "ioctl": (16, 29), "shmget": (29, 194), "shmat": (30, 196), "socket": (41, 198), "socketpair": (53, 199),
    "clone": (56, 220), "ptrace": (101, 117), "syslog": (103, 116), "uselib": (134, None), "personality": (135, 92),
    "ustat": (136, None), "sysfs": (139, None), "vhangup": (153, 58), "modify_ldt": (154, None),
    "pivot_root": (155, 41), "_sysctl": (156, None), "adjtimex": (159, 171), "chroot": (161, 51), "acct": (163, 89),
    "settimeofday": (164, 170), "mount": (165, 40), "umount2": (166, 39), "swapon": (167, 224), "swapoff": (168, 225),
    "reboot": (169, 142), "sethostname": (170, 161), "iopl": (172, None), "ioperm": (173, None),
    "init_module": (175, 105), "delete_module": (176, 106), "quotactl": (179, 60), "nfsservctl": (180, 42),
    "lookup_dcookie": (212, 18), "clock_settime": (227, 112), "mbind": (237, 235), "set_mempolicy": (238, 237),
    "mq_open": (240, 180), "mq_timedreceive": (243, 183), "kexec_load": (246, 104), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "migrate_pages": (256, 238), "unshare": (272, 97),
    "move_pages": (279, 239), "perf_event_open": (298, 241), "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265), "clock_adjtime": (305, 266),
    "setns": (308, 268), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "finit_module": (313, 273), "kexec_file_load": (320, 294), "bpf": (321, 280), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "pidfd_open": (434, 434), "clone3": (435, 435),
    "pidfd_getfd": (438, 438), "mount_setattr": (442, 442), "quotactl_fd": (443, 443),
    "set_mempolicy_home_node": (450, 450), "statmount": (457, 457), "listmount": (458, 458),
    "open_tree_attr": (467, 467), "listns": (470, 470),
}  # fmt: skip
COLUMN = {"x86_64": 0, "aarch64": 1}

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
HIGH_BIT = 1 << 32


def libc() -> ctypes.CDLL:
    """Give the C library, with calls that answer 64 bits and leave their errno where it can be read."""
    found = ctypes.CDLL(None, use_errno=True)
    found.syscall.restype = ctypes.c_long
    return found


class Answer(NamedTuple):
    """What the kernel said: the result and, for -1, the errno."""

    value: int
    errno: int

    def __str__(self) -> str:
        return f"= {self.value}" if self.value >= 0 else errno.errorcode.get(self.errno, str(self.errno))


def _argument(value: Any) -> Any:
    # A plain int would be passed as a C int: the high half of the register would be garbage.
    return ctypes.c_ulong(value & (2**64 - 1)) if isinstance(value, int) else value


def numbered(number: int, *args: Any) -> Answer:
    """Make system call `number`."""
    ctypes.set_errno(0)
    value = libc().syscall(ctypes.c_long(number), *map(_argument, args))
    return Answer(value, ctypes.get_errno() if value < 0 else 0)


def call(name: str, *args: Any) -> Answer:
    """Make the named system call; raise Unsupported on an architecture without a table."""
    column = COLUMN.get(platform.machine())
    if column is None:
        raise Unsupported(f"no system call numbers for {platform.machine()}")
    number = NUMBERS[name][column]
    if number is None:
        raise Unsupported(f"there is no {name} on {platform.machine()}")
    return numbered(number, *args)


def refused(name: str, answer: Answer, *, extra: tuple[int, ...] = ()) -> Verdict:
    """`held` when the kernel or the filter refused outright, `leaked` when the call was let through."""
    allowed = (errno.EPERM, errno.EACCES, errno.ENOSYS, *extra)
    said = f"{name} {answer}"
    return held(said) if answer.value < 0 and answer.errno in allowed else leaked(said)


def in_child(attempt: Callable[[], Verdict]) -> Verdict:
    """Run `attempt` in a forked child, so that what it gains does not stay with the probe."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            verdict = attempt()
            os.write(writing, f"{verdict.status} {verdict.detail}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    said = os.read(reading, 4096).decode()
    _, status = os.waitpid(pid, 0)
    if not said:
        return died(status)
    name, _, detail = said.partition(" ")
    return Verdict(name, detail)


def died(status: int) -> Verdict:
    """Judge a child that ended without a verdict: only the filter's own kill counts as held."""
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS:
        return held("killed by the seccomp filter (SIGSYS)")
    return Verdict("error", f"the probe died, wait status {status}")
