"""Pure. The system-call filter of a sandbox: what is refused, why, and its assembly into seccomp BPF.

To refuse one more call, name it in a rule below and give its numbers in `syscalls.py`. A variant of the
filter is a tuple of rules that `rules()` puts in front: the first rule that fits a call decides.

This stands on the launch path, where importing dataclasses, enum or typing costs more than the whole filter:
hence the classes with slots.
"""

from __future__ import annotations

import errno
import struct

from wrapify.sandbox.syscalls import ARCHES, NEWEST, NUMBERS

__all__ = ["ALLOW", "ARCHES", "KILL", "Rule", "When", "assemble", "fail", "program", "rules"]

# linux/seccomp.h. KILL takes the whole process: a killed thread would leave the others with its locks held.
KILL = 0x80000000
ALLOW = 0x7FFF0000
ERRNO = 0x00050000

# linux/audit.h: ELF machine | 64 bit | little endian.
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

LOW_WORD = 0xFFFFFFFF
Values = tuple[int, ...]


def fail(error: int) -> int:
    """Return the verdict that makes a call fail with `error`, or succeed with nothing done for 0."""
    return ERRNO | error


class When:
    """Hold where argument `arg`, cut to `mask`, is one of `values` (or, `negated`, none of them).

    Only the low 32 bits count: every argument looked at here is a C int, or cut to one by the kernel. To
    compare all 64 is how TIOCSTI | 1 << 32 passed flatpak's filter (CVE-2019-10063).
    """

    __slots__ = ("arg", "mask", "negated", "values")

    def __init__(self, arg: int, values: Values, *, mask: int = LOW_WORD, negated: bool = False) -> None:
        self.arg, self.values, self.mask, self.negated = arg, values, mask, negated


def any_bit(arg: int, mask: int) -> When:
    """Hold where the argument has any bit of `mask` set."""
    return When(arg, (0,), mask=mask, negated=True)


class Rule:
    """Answer `calls` (names with blanks between) with `verdict` where `when` holds; None always holds."""

    __slots__ = ("calls", "verdict", "when", "why")

    def __init__(self, calls: str, verdict: int, *, why: str, when: When | None = None) -> None:
        self.calls, self.verdict, self.why, self.when = tuple(calls.split()), verdict, why, when


REFUSED = fail(errno.EPERM)
# What a kernel without the call says. Programs then take the older way, where EPERM would end them.
MISSING = fail(errno.ENOSYS)
NO_FAMILY = fail(errno.EAFNOSUPPORT)

# asm-generic/ioctls.h
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
# linux/sched.h: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. clone() cannot ask for NEWTIME:
# there, bit 0x80 belongs to the exit signal. It cuts its flags to 32 bits; they come first on both ARCHES.
CLONE_NEW = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
# linux/socket.h, linux/net.h
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
SOCK_PACKET, SOCK_TYPE_MASK = 10, 0xF
# linux/personality.h: PER_LINUX, PER_LINUX32, either with UNAME26, and the value that only asks.
PERSONALITIES = (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)
ADDR_NO_RANDOMIZE = 0x40000

ALWAYS: tuple[Rule, ...] = (
    Rule(
        "ioctl",
        REFUSED,
        when=When(1, (TIOCSTI, TIOCLINUX)),
        why="types into the terminal shared with the shell outside (CVE-2017-5226, CVE-2023-28100)",
    ),
    Rule(
        "ioctl",
        REFUSED,
        when=When(1, (TIOCSETD,)),
        why="takes that terminal away, and loads line disciplines, a source of kernel holes (CVE-2017-2636)",
    ),
    Rule("vhangup", REFUSED, why="hangs up that terminal"),
    Rule("add_key request_key keyctl", REFUSED, why="no namespace keeps the session's keys away"),
    Rule("bpf", REFUSED, why="programs inside the kernel, whose verifier is a steady source of holes"),
    Rule("perf_event_open", REFUSED, why="watches what runs outside; as steady a source of holes"),
    Rule("userfaultfd", REFUSED, why="halts the kernel in a page fault, which turns its races into exploits"),
    Rule(
        "io_uring_setup io_uring_enter io_uring_register",
        MISSING,
        why="works on files and sockets where no filter sees it; programs fall back to epoll",
    ),
    Rule("mount umount2 pivot_root chroot", REFUSED, why="an unmount shows what a mount hides"),
    Rule(
        "open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr",
        MISSING,
        why="the same by newer calls, which flatpak's filter missed (CVE-2021-41133); libmount falls back",
    ),
    Rule("statmount listmount listns", MISSING, why="lists mounts and namespaces; libmount falls back"),
    Rule("setns unshare", REFUSED, why="a user namespace grants all capabilities, the way to kernel holes"),
    Rule("clone", REFUSED, when=any_bit(0, CLONE_NEW), why="the same with a new process"),
    Rule("clone3", MISSING, why="the same, with flags in memory, unseen; libc falls back to clone"),
    Rule(
        "kexec_load kexec_file_load init_module finit_module delete_module",
        REFUSED,
        why="replaces or extends the kernel",
    ),
    Rule("swapon swapoff reboot acct quotactl quotactl_fd", REFUSED, why="governs the machine"),
    # adjtimex can read, too, but what it does stands in memory, out of a filter's reach.
    Rule("settimeofday clock_settime clock_adjtime adjtimex", REFUSED, why="all share one clock"),
    Rule("syslog", REFUSED, why="the kernel's log tells addresses, and what others do"),
    # name_to_handle_at may stay: a handle that nobody can open is only a number.
    Rule("open_by_handle_at", REFUSED, why="opens any file of a filesystem by number, past every mount"),
    Rule("fanotify_init", REFUSED, why="watches whole filesystems, past the view"),
    Rule("iopl ioperm", REFUSED, why="reaches the hardware"),
    Rule("modify_ldt", REFUSED, why="16-bit segments, for DOS programs only; many holes (CVE-2017-17053)"),
    Rule(
        "mbind set_mempolicy set_mempolicy_home_node migrate_pages move_pages",
        REFUSED,
        why="moves memory, of other processes too; Docker asks CAP_SYS_NICE for it",
    ),
    Rule(
        "socket socketpair",
        NO_FAMILY,
        when=When(0, (AF_UNIX, AF_INET, AF_INET6, AF_NETLINK), negated=True),
        why="vsock reaches the host of a virtual machine; alg, tipc and others load little-tested modules",
    ),
    Rule(
        "socket",
        NO_FAMILY,
        when=When(1, (SOCK_PACKET,), mask=SOCK_TYPE_MASK),
        why="AF_PACKET in disguise: the kernel turns AF_INET with this type, as in Linux 2.0, into it",
    ),
    Rule(
        "_sysctl lookup_dcookie nfsservctl sysfs uselib ustat",
        MISSING,
        why="gone from newer kernels or going, and hardly tested in older ones",
    ),
)

UNDEBUGGED: tuple[Rule, ...] = (
    # Also: `ptrace(PTRACE_ATTACH, 1)` and an exit leave bwrap's init stopped, in a box that never ends.
    Rule(
        "ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp",
        REFUSED,
        why="takes over other processes, or reads their memory and descriptors",
    ),
    Rule(
        "personality",
        REFUSED,
        when=When(0, PERSONALITIES, negated=True),
        why="Docker's choice: what remains weakens a program (no address randomisation) or imitates BSD",
    ),
)

# A debugger also switches off address randomisation in what it starts. Since Linux 4.8 the filter judges a
# call after the tracer had its say, so no tracer can lead a call past it.
DEBUGGED: tuple[Rule, ...] = (
    Rule(
        "personality",
        REFUSED,
        when=When(0, (*PERSONALITIES, ADDR_NO_RANDOMIZE, ADDR_NO_RANDOMIZE | 0x8), negated=True),
        why="Docker's choice, and what gdb needs",
    ),
)


# linux/capability.h: bytes of a file's capabilities (struct vfs_cap_data). The attribute's name is in memory, unseen;
# an access list is 28 bytes or more.
CAPABILITIES_SIZE = 20

# A fake root has one user and one group, and no right to choose: what would change them succeeds with nothing done.
# None of these gives anything to a process without capabilities, so to answer them takes nothing from the filter.
PRETENDED: tuple[Rule, ...] = (
    Rule("chown fchown lchown fchownat", fail(0), why="installers give files to users that are not there"),
    Rule(
        "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups",
        fail(0),
        why="installers become those users",
    ),
    Rule("capset", fail(0), why="setcap first takes the right to set what follows"),
    Rule(
        "setxattr lsetxattr fsetxattr",
        fail(0),
        when=When(3, (CAPABILITIES_SIZE,)),
        why="rpm gives up a package whose files have capabilities; another attribute of that size is lost",
    ),
)


def rules(*, allow_ptrace: bool = False, fake_root: bool = False) -> tuple[Rule, ...]:
    """Return the rules of one variant of the filter, in the order in which they are tried."""
    return (*(PRETENDED if fake_root else ()), *(DEBUGGED if allow_ptrace else UNDEBUGGED), *ALWAYS)


def program(arch: str, *, allow_ptrace: bool = False, fake_root: bool = False) -> bytes:
    """Assemble the filter for `arch`, one of ARCHES; ValueError for any other."""
    return assemble(arch, rules(allow_ptrace=allow_ptrace, fake_root=fake_root))


# One struct sock_filter: code, jump if true, jump if false (both count the instructions to skip), operand.
Instruction = tuple[int, int, int, int]

LOAD, AND, JUMP, IF_EQUAL, IF_AT_LEAST, RETURN = 0x20, 0x54, 0x05, 0x15, 0x35, 0x06
LONGEST_JUMP = 255
# Offsets in struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6], low word first.
AT_NUMBER, AT_ARCH, AT_ARGS, ARG_SIZE = 0, 4, 16, 8


def assemble(arch: str, rules: tuple[Rule, ...]) -> bytes:
    """Assemble `rules` for `arch` into an array of struct sock_filter; ValueError for an unknown `arch`.

    A call by another architecture's convention, as i386's `int 0x80`, kills: its number means another call.
    """
    if arch not in ARCHES:
        raise ValueError(f"no seccomp filter for the architecture {arch!r}, only for {', '.join(ARCHES)}")
    guard = [(LOAD, 0, 0, AT_ARCH), (IF_EQUAL, 1, 0, AUDIT_ARCH[arch]), _return(KILL)]
    search = _search(_ranges(_by_number(ARCHES.index(arch), rules)))
    code = [*guard, (LOAD, 0, 0, AT_NUMBER), *search]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _return(verdict: int) -> Instruction:
    return (RETURN, 0, 0, verdict)


def _by_number(column: int, rules: tuple[Rule, ...]) -> dict[int, list[Rule]]:
    found: dict[int, list[Rule]] = {}
    for rule in rules:
        for name in rule.calls:
            number = NUMBERS[name][column]
            if number is not None:
                found.setdefault(number, []).append(rule)
    return found


def _ranges(by_number: dict[int, list[Rule]]) -> list[tuple[int, list[Instruction]]]:
    """Cut all 2**32 numbers into ranges of one answer, ascending: (first number, code ending in a verdict).

    Above NEWEST the answer is that of a kernel without the call. It keeps future calls out until somebody has
    judged them, and on x86_64 the x32 calls, the ordinary ones under other numbers: with bit 30 set, before
    Linux 5.4 also 512 to 547. The last number, -1, is how a tracer skips a call: the kernel answers that.
    """
    allow, missing = [_return(ALLOW)], [_return(MISSING)]
    starts = {0: allow, NEWEST + 1: missing, 0xFFFFFFFF: allow}
    for number, found in by_number.items():
        starts.setdefault(number + 1, allow)
        starts[number] = _answer(found)
    ranges: list[tuple[int, list[Instruction]]] = []
    for number in sorted(starts):
        if not ranges or ranges[-1][1] != starts[number]:
            ranges.append((number, starts[number]))
    return ranges


def _answer(found: list[Rule]) -> list[Instruction]:
    code: list[Instruction] = []
    for rule in found:
        if rule.when is None:
            return [*code, _return(rule.verdict)]
        code += [*_condition(rule.when), _return(rule.verdict)]
    return [*code, _return(ALLOW)]


def _condition(when: When) -> list[Instruction]:
    """Fall through to the next instruction where `when` holds, and skip it otherwise."""
    code = [(LOAD, 0, 0, AT_ARGS + ARG_SIZE * when.arg)]
    if when.mask != LOW_WORD:
        code.append((AND, 0, 0, when.mask))
    last = len(when.values) - 1
    for place, value in enumerate(when.values):
        skip_verdict = place == last and not when.negated
        code.append((IF_EQUAL, last - place + when.negated, int(skip_verdict), value))
    return code


def _search(ranges: list[tuple[int, list[Instruction]]]) -> list[Instruction]:
    """Find the range of the loaded number by bisection: seven comparisons where a list would take seventy."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    low, high = _search(ranges[:middle]), _search(ranges[middle:])
    return [*_skip_if_at_least(ranges[middle][0], len(low)), *low, *high]


def _skip_if_at_least(number: int, distance: int) -> list[Instruction]:
    # A conditional jump holds its distance in eight bits, an unconditional one in thirty-two.
    if distance <= LONGEST_JUMP:
        return [(IF_AT_LEAST, distance, 0, number)]
    return [(IF_AT_LEAST, 0, 1, number), (JUMP, 0, 0, distance)]
