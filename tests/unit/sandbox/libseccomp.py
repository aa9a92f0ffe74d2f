"""Touches: libseccomp. The same rules, assembled by somebody else's generator, to compare ours with."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Iterator

from wrapify.sandbox.seccomp import ALLOW, AUDIT_ARCH, Rule, When

UNKNOWN = -1  # __NR_SCMP_ERROR
MASKED_EQUAL = 7  # SCMP_CMP_MASKED_EQ

Case = tuple[int, int]  # mask, value


class Comparison(ctypes.Structure):
    """struct scmp_arg_cmp"""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def library() -> ctypes.CDLL | None:
    try:
        lib = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        return None
    lib.seccomp_init.restype = ctypes.c_void_p
    lib.seccomp_init.argtypes = [ctypes.c_uint32]
    lib.seccomp_release.argtypes = [ctypes.c_void_p]
    for name in ("seccomp_arch_add", "seccomp_arch_remove"):
        getattr(lib, name).argtypes = [ctypes.c_void_p, ctypes.c_uint32]
    lib.seccomp_syscall_resolve_name_arch.argtypes = [ctypes.c_uint32, ctypes.c_char_p]
    lib.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(Comparison),
    ]
    lib.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    return lib


def version(lib: ctypes.CDLL) -> str:
    lib.seccomp_version.restype = ctypes.POINTER(ctypes.c_uint * 3)
    return ".".join(str(part) for part in lib.seccomp_version().contents)


def resolve(lib: ctypes.CDLL, arch: str, name: str) -> int:
    """Return the number of `name`; UNKNOWN if the library does not know it, below that if `arch` lacks it."""
    number: int = lib.seccomp_syscall_resolve_name_arch(AUDIT_ARCH[arch], name.encode())
    return number


def assemble(lib: ctypes.CDLL, arch: str, rules: tuple[Rule, ...]) -> bytes:
    """Let libseccomp build the filter of `rules`, without the calls that it does not know."""
    context = lib.seccomp_init(ALLOW)
    try:
        native = platform.machine()
        if arch != native:
            done(lib.seccomp_arch_add(context, AUDIT_ARCH[arch]))
            done(lib.seccomp_arch_remove(context, AUDIT_ARCH[native]))
        for rule in rules:
            for name in rule.calls:
                add(lib, context, rule, resolve(lib, native, name))
        return exported(lib, context)
    finally:
        lib.seccomp_release(context)


def add(lib: ctypes.CDLL, context: int, rule: Rule, number: int) -> None:
    """Add `rule` for one call, given by its number on this machine, which libseccomp translates."""
    if number == UNKNOWN:
        return
    if rule.when is None:
        done(lib.seccomp_rule_add_array(context, rule.verdict, number, 0, None))
        return
    for mask, value in cases(rule.when):
        comparison = Comparison(rule.when.arg, MASKED_EQUAL, mask, value)
        done(lib.seccomp_rule_add_array(context, rule.verdict, number, 1, ctypes.byref(comparison)))


def cases(when: When) -> Iterator[Case]:
    """Spell `when` as alternatives (mask, value): libseccomp has no `none of`, and one test per argument."""
    if not when.negated:
        yield from ((when.mask, value) for value in when.values)
        return
    bits = [1 << bit for bit in reversed(range(32)) if when.mask >> bit & 1]
    yield from complement(frozenset(when.values), bits, prefix=(0, 0))


def complement(values: frozenset[int], bits: list[int], *, prefix: Case) -> Iterator[Case]:
    """Cover all numbers but `values`: cut them in two by the highest bit until a half holds none of them."""
    if not values:
        yield prefix
    elif bits:
        mask, value = prefix[0] | bits[0], prefix[1]
        yield from complement(frozenset(v for v in values if not v & bits[0]), bits[1:], prefix=(mask, value))
        ones = frozenset(v for v in values if v & bits[0])
        yield from complement(ones, bits[1:], prefix=(mask, value | bits[0]))


def exported(lib: ctypes.CDLL, context: int) -> bytes:
    fd = os.memfd_create("filter")
    with open(fd, "r+b") as file:
        done(lib.seccomp_export_bpf(context, fd))
        file.seek(0)
        return file.read()


def done(result: int) -> None:
    if result < 0:
        raise OSError(-result, errno.errorcode.get(-result, "?"))
