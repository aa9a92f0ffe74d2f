"""Touches: the log in the state directory. What was intercepted, decided, run and applied, a line of JSON each.

Lines are only ever added, each by one write to a file that belongs to this user alone. A log is no wall: one that
cannot be written stops nothing and says so under -v.
"""

from __future__ import annotations

import itertools
import os
import stat
import time

from wrapify import tracing
from wrapify.errors import StateError, WrapifyError
from wrapify.event import line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wrapify.event import Event
    from wrapify.paths import Dirs

NAME = "log.jsonl"
OLDER = tuple(f"{NAME}.{number}" for number in (1, 2, 3))
"""What the log is called when it is full, the newest first."""
TURNS = 2
"""Times that a full log is put aside for one line: meanwhile others may have filled the new one."""
OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


def append(dirs: Dirs, event: Event, *, most: int) -> None:
    """Add an event to the log. `most` is the size in bytes at which a new file is begun; 0: nothing is logged."""
    if most <= 0:
        return
    now = time.time()
    moment = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now * 1000) % 1000:03}Z"
    try:
        folder = _folder(directory(dirs), make=True)
        try:
            _add(folder, line(event, os.urandom(3).hex(), moment=moment), most=most)
        finally:
            os.close(folder)
    except OSError as problem:
        tracing.info("the log %s/%s cannot be written: %s", dirs.state, NAME, problem.strerror or problem)


def note(dirs: Dirs, event: Event) -> None:
    """Add an event to the log, as the policy says; for what need not be quick."""
    from wrapify.policy import quick

    try:
        most = quick.rules(dirs).log
    except WrapifyError:
        return  # The policy cannot be used, which others say.
    append(dirs, event, most=most)


def forget(dirs: Dirs) -> None:
    """Remove the log, the older ones too."""
    for name in (NAME, *OLDER):
        try:
            os.unlink(f"{directory(dirs)}/{name}")
        except OSError:
            pass  # It is not there, or not ours to remove.


def directory(dirs: Dirs) -> str:
    """Name the directory of the log. Root with another's HOME writes nothing there, but in its own."""
    if os.geteuid() != 0:
        return dirs.state
    path = dirs.state
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    if os.stat(path).st_uid == 0:
        return dirs.state
    import pwd

    return f"{pwd.getpwuid(0).pw_dir.rstrip('/')}/.local/state/wrapify"


def _folder(path: str, *, make: bool = False) -> int:
    """Open the directory of the log. Raises OSError if it is a symlink or somebody else's."""
    if make and not os.path.isdir(path):
        os.makedirs(path, 0o700, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | OPEN)
    if os.fstat(folder).st_uid == os.geteuid():
        return folder
    os.close(folder)
    raise PermissionError(0, "the directory is somebody else's")


def _open(folder: int, name: str, *, how: int) -> int:
    """Open a file of the log. Raises OSError for what is no plain file of this user's alone."""
    descriptor = os.open(name, how | OPEN, 0o600, dir_fd=folder)
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and found.st_nlink <= 1:
        if found.st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
        return descriptor
    os.close(descriptor)
    raise PermissionError(0, "it is no plain file of yours alone")


def _add(folder: int, content: bytes, *, most: int) -> None:
    for turn in range(TURNS + 1):
        descriptor = _open(folder, NAME, how=os.O_RDWR | os.O_APPEND | os.O_CREAT)
        try:
            size = os.fstat(descriptor).st_size
            fits = not size or size + len(content) <= most
            if fits or turn == TURNS or not _turned(folder, descriptor):
                _write(descriptor, content, size=size, most=most)
                return
        finally:
            os.close(descriptor)


def _write(descriptor: int, content: bytes, *, size: int, most: int) -> None:
    if size > 2 * most + len(content):
        # It could not be put aside: better nothing more than a disk that is full.
        raise OSError(0, "it is full and cannot be put aside")
    # After a full disk the last line may have no end. Another's that crosses a page is seen half there, too: then an
    # empty line comes between, which nobody minds.
    broken = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    os.write(descriptor, b"\n" * broken + content)


def _turned(folder: int, descriptor: int) -> bool:
    """Put a full log aside; tell whether there is to be another look at it. Who comes meanwhile goes on in this one."""
    import fcntl

    lock = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        now, mine = os.stat(NAME, dir_fd=folder, follow_symlinks=False), os.fstat(descriptor)
        if (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino):
            return True
        names = (NAME, *OLDER)
        for newer, older in reversed(list(itertools.pairwise(names))):
            try:
                os.rename(newer, older, src_dir_fd=folder, dst_dir_fd=folder)
            except FileNotFoundError:
                continue
    except OSError:
        return False
    finally:
        os.close(lock)
    return True


# ---- reading


class Reader:
    """Read the log of one user, the oldest line first."""

    def __init__(self, dirs: Dirs) -> None:
        self._place = directory(dirs)

    def lines(self) -> Iterator[bytes]:
        """Give all lines. Raises StateError for a log that is not this user's."""
        yield from self.older()
        yield from self._lines((NAME,))

    def older(self) -> Iterator[bytes]:
        """Give the lines of the files that were put aside. Raises StateError."""
        return self._lines(reversed(OLDER))

    def turned(self, descriptor: int) -> bool:
        """Tell whether the newest file is another one than the open one, or there is one only now."""
        try:
            now = os.lstat(f"{self._place}/{NAME}")
        except OSError:
            return False
        mine = os.fstat(descriptor) if descriptor >= 0 else None
        return mine is None or (now.st_dev, now.st_ino) != (mine.st_dev, mine.st_ino)

    def _lines(self, names: Iterable[str]) -> Iterator[bytes]:
        for name in names:
            if (descriptor := self.open(name)) >= 0:
                with open(descriptor, "rb") as file:
                    yield from file

    def open(self, name: str = NAME) -> int:
        """Open one file of the log, -1 if there is none. Raises StateError."""
        try:
            folder = _folder(self._place)
            try:
                return _open(folder, name, how=os.O_RDONLY)
            finally:
                os.close(folder)
        except FileNotFoundError:
            return -1
        except OSError as problem:
            why = problem.strerror or str(problem)
            raise StateError(f"{self._place}/{name} cannot be read: {why}", "move it away") from problem
