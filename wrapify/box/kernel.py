"""Touches: system calls that Python has no function for: openat2, renameat2, syncfs."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Callable
from ctypes import c_char_p, c_long
from typing import Any

NOREPLACE, EXCHANGE = 1, 2
NO_XDEV, NO_SYMLINKS, BENEATH = 0x01, 0x04, 0x08
OPENAT2 = 437
RENAMEAT2 = {"x86_64": 316, "aarch64": 276}
FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


class _How(ctypes.Structure):
    """struct open_how, openat2(2)."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


class Kernel:
    """Make system calls by their numbers. Every method raises OSError."""

    def __init__(self) -> None:
        self._openat2 = _call(OPENAT2, c_long, c_char_p, ctypes.POINTER(_How), ctypes.c_size_t)
        self._how = _How(FOLDER, 0, NO_XDEV | NO_SYMLINKS | BENEATH)
        number = RENAMEAT2.get(platform.machine(), -1)
        self._rename = _call(number, c_long, c_char_p, c_long, c_char_p, c_long)
        self._has_openat2 = True

    def folder(self, root: int, path: str) -> int:
        """Open the directory `path` below the open directory `root`, through no symlink and no mount point."""
        if not path:
            return os.dup(root)
        if self._has_openat2:
            try:
                return self._openat2(root, os.fsencode(path), self._how, ctypes.sizeof(_How))
            except OSError as error:
                if error.errno not in (errno.ENOSYS, errno.EPERM):
                    raise
                self._has_openat2 = False  # A kernel before 5.6, or a container that forbids it.
        return _step_by_step(root, path)

    def rename(self, source: tuple[int, str], dest: tuple[int, str], *, how: int) -> None:
        """Rename (open directory, name) to another, with NOREPLACE or EXCHANGE."""
        self._rename(source[0], os.fsencode(source[1]), dest[0], os.fsencode(dest[1]), how)


def _call(number: int, *kinds: type[Any]) -> Callable[..., int]:
    """Give the system call of a number as a function of arguments of these kinds. It raises OSError."""
    call = ctypes.CDLL(None, use_errno=True).syscall
    # What is no pointer is a long to the kernel, and an int to ctypes unless it is told.
    call.argtypes = (c_long, *kinds)
    call.restype = c_long

    def checked(*arguments: object) -> int:
        result = int(call(number, *arguments))
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
        return result

    return checked


def _step_by_step(root: int, path: str) -> int:
    here, device = os.dup(root), os.fstat(root).st_dev
    for part in path.split("/"):
        try:
            below = os.open(part, FOLDER | os.O_NOFOLLOW, dir_fd=here)
        finally:
            os.close(here)
        here = below
        if os.fstat(here).st_dev != device:
            os.close(here)
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
    return here


def sync_folder(folder: int, *, whole: bool) -> None:
    """Write an open directory to disk, or the `whole` file system that it is in: faster for many files at once.

    Raises OSError if something could not be written.
    """
    try:
        # What was opened as a path only cannot be synced.
        descriptor = os.open(f"/proc/self/fd/{folder}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except PermissionError:
        return  # One that may be written to and not be read.
    try:
        if not whole:
            os.fsync(descriptor)
        elif ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(descriptor)
