"""Touches: the kernel, inside a sandbox. Attacks on its surface: namespaces, mounts, rare system calls, privileges."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import signal
import struct
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from .kernel import (
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWUSER,
    HIGH_BIT,
    Answer,
    Context,
    Probe,
    Verdict,
    call,
    held,
    in_child,
    leaked,
    numbered,
    refused,
    skipped,
)  # fmt: skip

EINVAL, ENOSPC, EBADF = 22, 28, 9


def _unshare(flags: int, ctx: Context) -> Verdict:
    del ctx
    return in_child(lambda: refused("unshare", call("unshare", flags), extra=(ENOSPC, EINVAL)))


def _reaped(name: str, answer: Answer) -> Verdict:
    """The call forks when it works: end the new child at once, it must not run the rest of the probe."""
    if answer.value == 0:
        os._exit(0)
    if answer.value > 0:
        os.waitpid(answer.value, 0)
    return refused(name, answer, extra=(ENOSPC, EINVAL))


def _clone(extra: int, ctx: Context) -> Verdict:
    del ctx
    flags = CLONE_NEWUSER | extra | signal.SIGCHLD
    return in_child(lambda: _reaped("clone", call("clone", flags, 0, 0, 0, 0)))


def _clone3(_: Context) -> Verdict:
    args = struct.pack("8Q", CLONE_NEWUSER, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    return in_child(lambda: _reaped("clone3", call("clone3", args, len(args))))


def _in_namespace(attempt: Callable[[], Verdict]) -> Verdict:
    """Make the attempt as we are, and again with the capabilities of a user namespace of our own."""

    def nested() -> Verdict:
        gained = call("unshare", CLONE_NEWUSER | CLONE_NEWNS).value == 0
        verdict = attempt()
        return Verdict(verdict.status, f"{verdict.detail}{' in a nested namespace' if gained else ''}")

    first = in_child(attempt)
    return first if first.status != "held" else in_child(nested)


def _surface(ctx: Context, *, name: str, args: tuple[object, ...]) -> Verdict:
    """One call that must be refused before its arguments are looked at."""
    del ctx
    return _in_namespace(lambda: refused(name, call(name, *args)))


def _setns(_: Context) -> Verdict:
    """Opening pid 1's namespaces and entering them."""
    entered = []
    for kind in ("user", "mnt", "net", "pid", "ipc", "uts", "cgroup"):
        try:
            handle = os.open(f"/proc/1/ns/{kind}", os.O_RDONLY)
        except OSError:
            continue
        if in_child(partial(_enter, handle)).status == "leaked":
            entered.append(kind)
    return leaked(f"entered {entered} of pid 1") if entered else held("none entered")


def _enter(handle: int) -> Verdict:
    # A namespace that we share already answers EINVAL (user) or succeeds only with capabilities.
    answer = call("setns", handle, 0)
    return leaked("entered") if answer.value == 0 else held(str(answer))


def _namespace(kind: str, ctx: Context) -> Verdict:
    here = os.readlink(f"/proc/self/ns/{kind}")
    return leaked(f"{here} is the host's") if here == ctx["namespaces"][kind] else held(here)


def _io_uring(_: Context) -> Verdict:
    return refused("io_uring_setup", call("io_uring_setup", 1, ctypes.create_string_buffer(256)))


def _perf(_: Context) -> Verdict:
    """A software clock of our own process, user space only: what perf_event_paranoid=2 still allows."""
    attributes = bytearray(128)
    struct.pack_into("=IIQ", attributes, 0, 1, 128, 0)
    struct.pack_into("=Q", attributes, 40, 1 << 5 | 1 << 6)
    return refused("perf_event_open", call("perf_event_open", bytes(attributes), 0, -1, -1, 0), extra=(2, 95))


def _bpf(_: Context) -> Verdict:
    attributes = struct.pack("=IIII", 2, 4, 4, 1) + bytes(112)
    return refused("bpf", call("bpf", 0, attributes, len(attributes)))


def _userfault(_: Context) -> Verdict:
    return refused("userfaultfd", call("userfaultfd", 1 | os.O_CLOEXEC))  # 1: UFFD_USER_MODE_ONLY


def _handle(_: Context) -> Verdict:
    return refused("open_by_handle_at", call("open_by_handle_at", -100, struct.pack("=II8x", 8, 1), 0), extra=(EBADF,))


def _settime(_: Context) -> Verdict:
    now = time.clock_gettime_ns(time.CLOCK_REALTIME)
    return refused("clock_settime", call("clock_settime", 0, struct.pack("=qq", *divmod(now, 10**9))))


def _x32(_: Context) -> Verdict:
    """The x32 table: a filter that compares numbers only is passed by with bit 30 set."""
    if platform.machine() != "x86_64":
        return skipped("x86_64 only")
    return in_child(lambda: refused("x32 getpid", numbered(0x40000000 + 39)))


INT80 = b"\x53\xb8\x20\x01\x00\x00\x31\xdb\xb9\xfd\xff\xff\xff\x31\xd2\xcd\x80\x5b\xc3"
"""push rbx; mov eax, 288 (keyctl of i386); xor ebx, ebx; mov ecx, -3; xor edx, edx; int 0x80; pop rbx; ret"""


def _int80(_: Context) -> Verdict:
    """The 32-bit entry: a filter without an architecture check sees other numbers there."""
    if platform.machine() != "x86_64":
        return skipped("x86_64 only")
    verdict = in_child(_int80_call)
    return skipped("no 32-bit entry in this kernel") if verdict.status == "error" else verdict


def _int80_call() -> Verdict:
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(INT80)
    code = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    value = code()
    return leaked(f"keyctl by int 0x80 = {value}") if value > 0 else held(f"errno {-value}")


def _status(ctx: Context, *, field: str, wanted: int, base: int) -> Verdict:
    del ctx
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    value = next(line.split()[1] for line in lines if line.startswith(field + ":"))
    return held(f"{field} {value}") if int(value, base) == wanted else leaked(f"{field} is {value}")


def _groups(ctx: Context) -> Verdict:
    """Supplementary groups (docker, disk, sudo) come along unless the map drops them; root has most."""
    mapped = [group for group in os.getgroups() if group not in (ctx["gid"], 65534)]
    return leaked(f"groups {mapped}") if mapped else held(f"groups {os.getgroups()}")


NAMESPACES = tuple(
    Probe(f"ns-{kind}", "namespaces", partial(_namespace, kind), f"runs in the host's {kind} namespace")
    for kind in ("user", "mnt", "pid", "ipc", "uts", "cgroup", "net")
)
STATUS = tuple(
    Probe(
        f"status-{word}",
        "privileges",
        partial(_status, field=name, wanted=want, base=base),
        f"has {name} other than {want}",
    )
    for word, name, want, base in (
        ("nonewprivs", "NoNewPrivs", 1, 10),
        ("seccomp", "Seccomp", 2, 10),
        ("capinh", "CapInh", 0, 16),
        ("capprm", "CapPrm", 0, 16),
        ("capeff", "CapEff", 0, 16),
        ("capbnd", "CapBnd", 0, 16),
        ("capamb", "CapAmb", 0, 16),
    )
)

NESTING = (
    Probe("userns-unshare", "namespaces", partial(_unshare, CLONE_NEWUSER), "unshares a user namespace"),
    Probe("mountns-unshare", "namespaces", partial(_unshare, CLONE_NEWNS), "unshares a mount namespace"),
    Probe("netns-unshare", "namespaces", partial(_unshare, CLONE_NEWUSER | CLONE_NEWNET), "unshares user and net"),
    Probe("userns-clone", "namespaces", partial(_clone, 0), "clones into a user namespace"),
    Probe("userns-clone-highbit", "namespaces", partial(_clone, HIGH_BIT), "the same with bit 32 of the flags set"),
    Probe("userns-clone3", "namespaces", _clone3, "clones into a user namespace with clone3"),
    Probe("setns-pid1", "namespaces", _setns, "enters the namespaces of pid 1"),
    Probe(
        "mount-mount",
        "mounts",
        partial(_surface, name="mount", args=(b"probe", b"/tmp", b"tmpfs", 0, None)),
        "mounts a tmpfs",
    ),
    Probe(
        "mount-fsopen",
        "mounts",
        partial(_surface, name="fsopen", args=(b"tmpfs", 0)),
        "opens a file system by the new mount API",
    ),
    Probe(
        "mount-open-tree", "mounts", partial(_surface, name="open_tree", args=(-100, b"/", 1)), "clones the mount tree"
    ),
    Probe(
        "mount-move-mount", "mounts", partial(_surface, name="move_mount", args=(-1, b"", -1, b"", 0)), "moves a mount"
    ),
    Probe(
        "mount-setattr",
        "mounts",
        partial(_surface, name="mount_setattr", args=(-1, b"", 0, None, 0)),
        "changes mount attributes",
    ),
    Probe("mount-pivot-root", "mounts", partial(_surface, name="pivot_root", args=(b"/", b"/")), "pivots the root"),
    Probe("mount-chroot", "mounts", partial(_surface, name="chroot", args=(b"/",)), "changes its root"),
)

CALLS = (
    Probe("call-io-uring", "syscalls", _io_uring, "sets up an io_uring"),
    Probe("call-perf", "syscalls", _perf, "opens a performance counter"),
    Probe("call-bpf", "syscalls", _bpf, "makes a BPF map"),
    Probe("call-userfaultfd", "syscalls", _userfault, "makes a userfaultfd"),
    Probe("call-kexec", "syscalls", partial(_surface, name="kexec_load", args=(0, 0, None, 0xFFFF)), "loads a kernel"),
    Probe("call-init-module", "syscalls", partial(_surface, name="init_module", args=(None, 0, b"")), "loads a module"),
    Probe(
        "call-finit-module",
        "syscalls",
        partial(_surface, name="finit_module", args=(-1, b"", 0)),
        "loads a module from a file",
    ),
    Probe("call-swapon", "syscalls", partial(_surface, name="swapon", args=(None, 0)), "switches swap on"),
    # Wrong magic numbers: refused for want of a capability before, for the numbers after that check.
    Probe("call-reboot", "syscalls", partial(_surface, name="reboot", args=(0, 0, 0, None)), "reboots"),
    Probe(
        "call-acct",
        "syscalls",
        partial(_surface, name="acct", args=(b"/nonexistent/acct",)),
        "switches process accounting on",
    ),
    Probe("call-sethostname", "syscalls", partial(_surface, name="sethostname", args=(None, 4)), "sets the host name"),
    Probe("call-settime", "syscalls", _settime, "sets the clock"),
    Probe(
        "call-syslog",
        "syscalls",
        partial(_surface, name="syslog", args=(10, None, 0)),
        "asks for the size of the kernel log",
    ),
    Probe("call-open-by-handle", "syscalls", _handle, "opens a file by handle, past the mount view"),
    Probe(
        "call-fanotify",
        "syscalls",
        partial(_surface, name="fanotify_init", args=(4, 0)),
        "listens to the file events of others",
    ),
    Probe("call-x32", "syscalls", _x32, "makes a call of the x32 table"),
    Probe("call-int80", "syscalls", _int80, "makes keyctl by the 32-bit entry"),
    Probe("priv-groups", "privileges", _groups, "keeps supplementary groups"),
)

PROBES: tuple[Probe, ...] = NAMESPACES + NESTING + CALLS + STATUS
