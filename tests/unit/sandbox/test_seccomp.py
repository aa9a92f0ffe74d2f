"""The filter on paper: numbers, verdicts and form, by an own machine and by libseccomp."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.sandbox import bpf_vm, libseccomp
from wrapify.sandbox import seccomp
from wrapify.sandbox.seccomp import ALLOW, ARCHES, AUDIT_ARCH, KILL, Rule, When, fail
from wrapify.sandbox.syscalls import NEWEST, NUMBERS

EPERM, ENOSYS, EAFNOSUPPORT = fail(errno.EPERM), fail(errno.ENOSYS), fail(errno.EAFNOSUPPORT)

# What the filter must do, written a second time.
REFUSED = frozenset(
    "add_key request_key keyctl bpf perf_event_open userfaultfd mount umount2 pivot_root chroot setns unshare"
    " kexec_load kexec_file_load init_module finit_module delete_module swapon swapoff reboot acct quotactl"
    " quotactl_fd settimeofday clock_settime clock_adjtime adjtimex syslog open_by_handle_at fanotify_init"
    " vhangup iopl ioperm modify_ldt mbind set_mempolicy set_mempolicy_home_node migrate_pages"
    " move_pages".split()
)
MISSING = frozenset(
    "io_uring_setup io_uring_enter io_uring_register open_tree open_tree_attr move_mount fsopen fsconfig"
    " fsmount fspick mount_setattr statmount listmount listns clone3 _sysctl lookup_dcookie nfsservctl sysfs"
    " uselib ustat".split()
)
PRETENDED = frozenset(
    "chown fchown lchown fchownat setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid"
    " setgroups capset".split()
)
DEBUGGING = frozenset("ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp".split())
STAYING = (
    "execve wait4 mmap prctl seccomp rseq getrandom memfd_create memfd_secret name_to_handle_at pidfd_open"
    " statx get_mempolicy landlock_create_ruleset landlock_restrict_self futex_waitv inotify_init1".split()
)
JUDGED_BY_ARGUMENT = frozenset("ioctl clone personality socket socketpair setxattr lsetxattr fsetxattr".split())

INTERESTING = (
    0x5412, 0x541C, 0x5423, 0x5401, 0x5413,  # TIOCSTI, TIOCLINUX, TIOCSETD; TCGETS, TIOCGWINSZ
    0, 1, 2, 3, 9, 10, 11, 15, 16, 17, 26, 29, 20, 24, 30, 31, 38, 40, 45,  # families; SOCK_PACKET is 10
    0x8, 0x20000, 0x20008, 0x40000, 0x40008, 0x60000, 0x400000, 0x6, 0xFFFFFFFF,  # personalities
    0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000,  # CLONE_NEW*
    0x80, 0x11, 0x3D0F00, 0x1200011, 0x80000000, 0x4111, 0x8080A, 0x1A,  # a thread's flags, fork's, …
)  # fmt: skip
# Newer than some libseccomp in use (2.5.4 of Debian 12 ends at Linux 5.17): so these numbers stand here, too.
NEWER = {"set_mempolicy_home_node": 450, "statmount": 457, "listmount": 458, "open_tree_attr": 467, "listns": 470}

every_arch = pytest.mark.parametrize("arch", ARCHES)
Variant = dict[str, bool]
VARIANTS: dict[str, Variant] = {"usual": {}, "ptrace": {"allow_ptrace": True}, "root": {"fake_root": True}}
every_variant = pytest.mark.parametrize("variant", VARIANTS.values(), ids=VARIANTS.keys())


def expected(name: str, args: tuple[int, ...], *, allow_ptrace: bool = False, fake_root: bool = False) -> int:
    """Judge a call from the tables above, without a look at the filter's."""
    if name in PRETENDED:
        return fail(0) if fake_root else ALLOW
    first, second = (arg & 0xFFFFFFFF for arg in args[:2])
    debugger = (0x40000, 0x40008) if allow_ptrace else ()
    match name:
        case "ioctl":
            return EPERM if second in (0x5412, 0x541C, 0x5423) else ALLOW
        case "clone":
            return EPERM if first & 0x7E020000 else ALLOW
        case "personality":
            return ALLOW if first in (0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF, *debugger) else EPERM
        case "setxattr" | "lsetxattr" | "fsetxattr":
            return fail(0) if fake_root and len(args) > 3 and args[3] & 0xFFFFFFFF == 20 else ALLOW
        case "socket" | "socketpair":
            packet = name == "socket" and second & 0xF == 10
            return EAFNOSUPPORT if packet or first not in (1, 2, 10, 16) else ALLOW
    if name in DEBUGGING:
        return ALLOW if allow_ptrace else EPERM
    return EPERM if name in REFUSED else ENOSYS


def verdict(code: tuple[bpf_vm.Instruction, ...], arch: str, number: int, *args: int) -> int:
    return bpf_vm.run(code, bpf_vm.Call(AUDIT_ARCH[arch], number, args))[0]


def around(low: int) -> tuple[tuple[int, ...], ...]:
    """Put `low` first, second, and everywhere, also with bits set that the kernel cuts off."""
    return (low, 0), (0, low), (2, low), (low, low), (low | 1 << 32, low | 1 << 63), (low,) * 6


def usual(arch: str) -> tuple[bpf_vm.Instruction, ...]:
    return bpf_vm.load(seccomp.program(arch))


def number(arch: str, name: str) -> int:
    found = NUMBERS[name][ARCHES.index(arch)]
    assert found is not None
    return found


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    lib = libseccomp.library()
    if lib is None and "CI" in os.environ:
        pytest.fail("libseccomp.so.2 is missing: the filter cannot be compared (package libseccomp2)")
    if lib is None:
        pytest.skip("NOT COMPARED with libseccomp: libseccomp.so.2 is missing (package libseccomp2)")
    return lib


def test_every_call_of_the_table_is_expected_and_used() -> None:
    assert set(NUMBERS) == REFUSED | MISSING | DEBUGGING | JUDGED_BY_ARGUMENT | PRETENDED
    assert set(NUMBERS) == {name for rule in seccomp.rules(fake_root=True) for name in rule.calls}


@every_arch
def test_numbers_are_below_newest_and_unique(arch: str) -> None:
    numbers = [row[ARCHES.index(arch)] for row in NUMBERS.values()]
    known = [number for number in numbers if number is not None]
    assert len(known) == len(set(known))
    assert max(known) <= NEWEST


def test_from_424_on_all_architectures_share_a_numbering() -> None:
    newer = {row for row in NUMBERS.values() if (row[0] or 0) >= 424 or (row[1] or 0) >= 424}
    assert [row for row in newer if row[0] != row[1]] == []
    assert {name: NUMBERS[name] for name in NEWER} == {name: (row, row) for name, row in NEWER.items()}


@every_arch
@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_number_is_libseccomps(library: ctypes.CDLL, arch: str, name: str) -> None:
    found = libseccomp.resolve(library, arch, name)
    if found == libseccomp.UNKNOWN:
        assert name in NEWER, f"libseccomp {libseccomp.version(library)} knows no {name}: misspelt?"
        pytest.skip(f"libseccomp {libseccomp.version(library)} knows no {name} yet; held by NEWER alone")
    assert NUMBERS[name][ARCHES.index(arch)] == (found if found >= 0 else None)


@every_arch
@every_variant
def test_verdicts_are_libseccomps(library: ctypes.CDLL, arch: str, *, variant: Variant) -> None:
    ours = bpf_vm.load(seccomp.program(arch, **variant))
    theirs = bpf_vm.load(libseccomp.assemble(library, arch, seccomp.rules(**variant)))
    unknown = {number(arch, name) for name in NEWER if libseccomp.resolve(library, arch, name) < 0}
    judged = {number(arch, name) for name in JUDGED_BY_ARGUMENT}
    for one in sorted(set(range(NEWEST + 1)) - unknown):
        for low in INTERESTING if one in judged else INTERESTING[:5]:
            for args in around(low):
                assert verdict(ours, arch, one, *args) == verdict(theirs, arch, one, *args), (one, args)


@every_arch
@every_variant
@pytest.mark.parametrize("name", sorted(NUMBERS))
def test_calls_of_the_table_get_what_is_expected(arch: str, name: str, *, variant: Variant) -> None:
    one = NUMBERS[name][ARCHES.index(arch)]
    code = bpf_vm.load(seccomp.program(arch, **variant))
    for args in (args for low in INTERESTING for args in around(low)):
        if one is not None:
            assert verdict(code, arch, one, *args) == expected(name, args, **variant), args


words = st.integers(0, 0xFFFFFFFF) | st.sampled_from(INTERESTING)
arguments = st.builds(lambda low, high: low | high << 32, words, words)


@given(
    st.sampled_from(sorted(JUDGED_BY_ARGUMENT)), st.tuples(*[arguments] * 6), st.sampled_from(list(VARIANTS.values()))
)
def test_any_arguments_get_what_is_expected(name: str, args: tuple[int, ...], variant: Variant) -> None:
    for arch in ARCHES:
        code = bpf_vm.load(seccomp.program(arch, **variant))
        wanted = expected(name, args, **variant)
        assert verdict(code, arch, number(arch, name), *args) == wanted


@every_arch
@pytest.mark.parametrize("args", [(), (2**64 - 1,) * 6, (40, 0x5412)], ids=["zero", "ones", "odd"])
def test_every_other_call_passes(arch: str, args: tuple[int, ...]) -> None:
    code, named = usual(arch), {row[ARCHES.index(arch)] for row in NUMBERS.values()}
    others = sorted(set(range(NEWEST + 1)) - named)
    assert {one: verdict(code, arch, one, *args) for one in others} == dict.fromkeys(others, ALLOW)


@every_arch
def test_calls_that_programs_need_stay(library: ctypes.CDLL, arch: str) -> None:
    for name in STAYING:
        assert verdict(usual(arch), arch, libseccomp.resolve(library, arch, name)) == ALLOW, name


@every_arch
@pytest.mark.parametrize("one", [NEWEST + 1, 512, 521, 547, 0x3FFFFFFF, 0x40000000, 0x40000010, 0xFFFFFFFE])
def test_calls_beyond_the_newest_and_x32_are_missing(arch: str, one: int) -> None:
    assert verdict(usual(arch), arch, one, 0, 0x5412) == ENOSYS


@every_arch
def test_a_call_skipped_by_a_tracer_is_the_kernels(arch: str) -> None:
    assert verdict(usual(arch), arch, 0xFFFFFFFF) == ALLOW


@every_arch
@pytest.mark.parametrize("foreign", [0x40000003, 0x40000028, 0xC0000016, 0, *AUDIT_ARCH.values()])
def test_foreign_architectures_kill(arch: str, foreign: int) -> None:
    if foreign != AUDIT_ARCH[arch]:
        for one in (0, 20, NEWEST + 1, 0x40000000, 0xFFFFFFFF):
            assert bpf_vm.run(usual(arch), bpf_vm.Call(foreign, one))[0] == KILL


@every_arch
@every_variant
def test_the_program_is_short_and_quick(arch: str, *, variant: Variant) -> None:
    code = bpf_vm.load(seccomp.program(arch, **variant))
    calls = [bpf_vm.Call(AUDIT_ARCH[arch], one, (1, 1)) for one in range(NEWEST + 1)]
    assert len(code) <= 256
    assert max(bpf_vm.run(code, call)[1] for call in calls) <= 24


@every_arch
def test_far_jumps(arch: str) -> None:
    """Give each call its own verdict and so much code that the search must leap over thousands."""
    names = [name for name in NUMBERS if NUMBERS[name][ARCHES.index(arch)] is not None]
    rules = tuple(
        Rule(name, fail(place), when=When(5, tuple(range(place, place + 40))), why="a test")
        for place, name in enumerate(names, 1)
    )
    code = bpf_vm.load(seccomp.assemble(arch, rules))
    assert len(code) > 10 * 255
    for place, name in enumerate(names, 1):
        args = (0, 0, 0, 0, 0)
        assert verdict(code, arch, number(arch, name), *args, place + 39) == fail(place)
        assert verdict(code, arch, number(arch, name), *args, place + 40) == ALLOW


@every_arch
def test_the_first_rule_that_fits_decides(arch: str) -> None:
    """So a variant is a tuple of rules in front, such as one that lets chown succeed and do nothing."""
    in_front = (
        Rule("chroot mount", fail(0), why="a test"),
        Rule("clone3", ALLOW, when=When(0, (7,)), why="a test"),
    )
    code = bpf_vm.load(seccomp.assemble(arch, (*in_front, *seccomp.rules())))
    assert verdict(code, arch, number(arch, "chroot")) == fail(0)
    assert verdict(code, arch, number(arch, "clone3"), 7) == ALLOW
    assert verdict(code, arch, number(arch, "clone3"), 8) == ENOSYS


@given(
    st.text().filter(lambda arch: arch not in ARCHES)
    | st.sampled_from(("", "i386", "X86_64", "aarch64_be", "x86_64\0"))
)
def test_an_unknown_architecture_is_named(arch: str) -> None:
    with pytest.raises(ValueError, match="no seccomp filter for the architecture") as caught:
        seccomp.program(arch)
    assert repr(arch) in str(caught.value)


@pytest.mark.parametrize("arch", [None, b"x86_64", 62, [], {}])
def test_no_architecture_at_all(arch: object) -> None:
    with pytest.raises(ValueError, match="only for x86_64, aarch64"):
        seccomp.program(arch)  # type: ignore[arg-type]


def test_import_is_cheap() -> None:
    root = Path(seccomp.__file__).parents[2]
    probe = (
        "import sys; old = set(sys.modules); sys.path.insert(0, sys.argv[1]); import wrapify.sandbox.seccomp;"
        " print(*set(sys.modules) - old)"
    )
    command = [sys.executable, "-BIS", "-c", probe, str(root)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    others = {name for name in loaded if not name.startswith("wrapify")}
    assert others <= {"__future__", "errno", "struct", "_struct"}


MALFORMED = {
    "empty": b"",
    "odd length": b"\x06\0\0\0\0\0\0",
    "no return at the end": bytes.fromhex("2000000000000000"),
    "unaligned load": bytes.fromhex("2000000001000000 0600000000000000"),
    "load beyond": bytes.fromhex("2000000040000000 0600000000000000"),
    "jump beyond": bytes.fromhex("1500010000000000 0600000000000000"),
    "leap beyond": bytes.fromhex("0500000001000000 0600000000000000"),
    "load of a packet's byte": bytes.fromhex("3000000000000000 0600000000000000"),
    "too long": bytes.fromhex("0600000000000000") * 4097,
}  # fmt: skip


@pytest.mark.parametrize("program", MALFORMED.values(), ids=MALFORMED.keys())
def test_the_machine_refuses_what_the_kernel_refuses(program: bytes) -> None:
    with pytest.raises(ValueError, match=r"program|load|jump|filter"):
        bpf_vm.load(program)
