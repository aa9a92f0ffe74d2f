"""Touches: processes. Children under a seccomp filter, to ask the kernel itself."""

from __future__ import annotations

import ctypes
import json
import mmap
import os
from collections.abc import Callable
from typing import NamedTuple

from wrapify.sandbox.syscalls import ARCHES, NUMBERS

PR_SET_SECCOMP, SECCOMP_MODE_FILTER, PR_SET_NO_NEW_PRIVS = 22, 2, 38
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


class Result(NamedTuple):
    """What a call returned and left in errno; or the signal that ended the child."""

    value: int
    error: int
    signal: int = 0


def install(program: bytes) -> None:
    """Put this process under `program`, for good; usable as `preexec_fn`."""
    filter_ = Program(len(program) // 8, program)
    one = ctypes.c_ulong(1)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, one, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(filter_), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def number(arch: str, name: str) -> int:
    found = NUMBERS[name][ARCHES.index(arch)]
    assert found is not None
    return found


def syscall(number: int, *args: int) -> Result:
    ctypes.set_errno(0)
    value = libc.syscall(ctypes.c_long(number), *(ctypes.c_ulong(arg) for arg in args))
    return Result(value, ctypes.get_errno())


def execute(machine_code: bytes) -> Result:
    """Call `machine_code`, which ends in a return."""
    memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    memory.write(machine_code)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return Result(ctypes.CFUNCTYPE(ctypes.c_int)(address)(), 0)


def ask(program: bytes | None, *actions: Callable[[], Result]) -> list[Result]:
    """Do `actions` in a child, under `program` if there is one."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            if program is not None:
                install(program)
            os.write(write_end, json.dumps([action() for action in actions]).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as pipe:
        answer = pipe.read()
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return [Result(0, 0, os.WTERMSIG(status))]
    assert answer, "the child ended before it had an answer: no seccomp on this kernel?"
    return [Result(*result) for result in json.loads(answer)]
