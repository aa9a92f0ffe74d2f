"""Touches: the user's policy file and the list of trusted texts, writing."""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from wrapify import script
from wrapify.box.store import private_directory
from wrapify.errors import StateError
from wrapify.paths import Dirs
from wrapify.policy import quick, trust


def replace_file(path: str, content: bytes) -> None:
    """Put a file in the place of another in one step, through symlinks, with the mode and owner of the old one.

    A new file is the user's alone, and directories that lead to it are made. Raises StateError; the old file is whole
    then.
    """
    target = os.path.realpath(path)
    beside = f"{target}.{os.getpid()}.new"
    try:
        os.makedirs(os.path.dirname(target), 0o700, exist_ok=True)
        try:
            _write(beside, content, like=target)
            os.rename(beside, target)
        finally:
            _remove(beside)
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error.strerror}", "it is as it was") from error


def _write(path: str, content: bytes, *, like: str) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        try:
            found = os.stat(like)
        except FileNotFoundError:
            found = None
        if found:
            if (found.st_uid, found.st_gid) != (os.geteuid(), os.getegid()):
                os.chown(descriptor, found.st_uid, found.st_gid)
            os.chmod(descriptor, stat.S_IMODE(found.st_mode))
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return


@contextmanager
def trusting(dirs: Dirs) -> Iterator[dict[str, trust.Trusted]]:
    """Open the list of trusted texts for a change, and write it when that is done. Raises StateError.

    Two at once wait for each other. A damaged list is not written over: only `forget` removes it.
    """
    folder = os.open(private_directory(dirs.state), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        entries = quick.read_trust(dirs)
        if entries is None:
            raise StateError(f"{quick.trust_path(dirs)} is damaged", "wrapify policy distrust --all removes it")
        yield entries
        replace_file(quick.trust_path(dirs), trust.written(entries.values(), now=time.time()))
    finally:
        os.close(folder)


def trust_text(dirs: Dirs, content: bytes, *, rules: Iterable[str], days: int) -> trust.Trusted:
    """Trust exactly this text, in which `rules` found something, for a number of days. Raises StateError."""
    until = int(time.time()) + min(days, trust.LONGEST_DAYS) * trust.DAY
    entry = trust.Trusted(script.digest(content), until, rules=rules)
    with trusting(dirs) as entries:
        entries[entry.digest] = entry
    return entry


def switch_off(dirs: Dirs) -> None:
    """Have no paste judged any more, in whatever shell. Raises StateError."""
    path = quick.off_path(dirs.config)
    if not quick.is_off(dirs):
        # What lies there otherwise does not count, and a symlink is not to be followed.
        switch_on(dirs)
        replace_file(path, b"wrapify on --global removes this file\n")


def switch_on(dirs: Dirs) -> None:
    """Have pastes judged again. Raises StateError."""
    try:
        _remove(quick.off_path(dirs.config))
    except OSError as error:
        raise StateError(f"{error.filename} cannot be removed: {error.strerror}", "remove it by hand") from error


def forget(dirs: Dirs) -> None:
    """Trust no text any more. Raises StateError."""
    try:
        _remove(quick.trust_path(dirs))
    except OSError as error:
        raise StateError(f"{error.filename} cannot be removed: {error.strerror}", "remove it by hand") from error
