"""Have the kernel refuse system calls, to stand in for a machine that cannot do what this one can."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

from wrapify.sandbox import seccomp


def forbidding(*rules: seccomp.Rule) -> Callable[[], None]:
    """Give a function, for a child before its exec, after which `rules` hold for it and all below it."""
    code = seccomp.assemble(os.uname().machine, rules)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))

    def install() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        program = Program(len(code) // 8, code)
        if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, ctypes.byref(program), 0, 0):
            os._exit(99)

    return install
