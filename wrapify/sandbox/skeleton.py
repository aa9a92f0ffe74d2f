"""Touches: a private directory in memory, the system's directories (reading only). Builds one skeleton.

A skeleton is a layer with every directory of a tree, and copies of the files that are written in place, all of them
the user's own. Nothing is read that the user may not read: a directory like that is empty in it (opaque), a file is an
empty stand-in, and both are told to be never written back.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections import deque
from collections.abc import Callable

from wrapify.sandbox.recipe import SkeletonRow

OPAQUE = "user.overlay.opaque"
LARGEST = 4 << 20
"""Bytes of a file that is copied into memory. A larger one can be replaced inside, and not written to."""
MOST_BYTES, MOST_FILES = 32 << 20, 6000
"""Of one skeleton; what lies nearer to the top comes first. Each file costs some 2 microseconds at every start."""
LARGEST_DATABASE = 256 << 20
DATABASES = ("/var/lib/rpm/", "/usr/lib/sysimage/rpm/", "/var/lib/dnf/", "/usr/lib/sysimage/libdnf5/")
"""rpm and dnf write to their one large file in place."""
BUDGET_S = 12.0
"""Seconds for one tree: a cold disk gives a thousand directories a second. What is nearer to the top comes first."""
PROGRAMS = "/usr"
"""Holds most files of a machine, and few that have to be written to where they lie: the others are not looked at."""
SCRIPTS, LARGEST_SCRIPT = ("/usr/bin/", "/usr/sbin/"), 64 << 10
"""Scripts are edited where they lie, while compiled programs are replaced. All of them would be some 100 MB."""
WATCHED_DEPTH = 2
"""Levels of a tree whose directories are looked at before every run, where nothing is copied."""
PASSWORD_IN_URL = re.compile(rb"^[^#\n]*://[^/\s:@\"']+:[^/\s@\"']+@", re.MULTILINE)

Stamp = tuple[int, int, int, int]


def stamp(path: str) -> Stamp | None:
    """Give what changes with a file or directory, None if there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def own() -> int:
    """Give the number of the user whose copies they are."""
    return os.geteuid()


class Builder:
    """Build the skeleton of one tree at `root`. Afterwards `stamps` are what it was made from.

    `masked` are the paths that stand for something else; `whole` tells whether all directories were reached in time.
    `say` is called once if it takes long.
    """

    def __init__(self, row: SkeletonRow, root: str, *, say: Callable[[], None]) -> None:
        self.base, self._copied, pruned, self._placed, self._made = row[:5]
        self.root = root
        # A newer wrapify may build another one of the same plan.
        self.stamps: list[tuple[str, Stamp | None]] = [(path, stamp(path)) for path in (__file__, *row[5])]
        self.masked: list[str] = []
        self.whole = True
        self._pruned = frozenset(pruned)
        self._named = frozenset(self._copied)
        self._room, self._files = MOST_BYTES, MOST_FILES
        self._made_from = dict(self._made)
        self._device = os.stat(self.base).st_dev
        self._modes: list[tuple[str, int]] = []
        self._say = say

    def build(self) -> None:
        """Build it. Raises OSError."""
        os.makedirs(self.root, 0o700)
        began = time.monotonic()
        said = False
        todo = deque([("", 0)])
        while todo:
            path, depth = todo.popleft()
            taken = time.monotonic() - began
            if taken > 1 and not said:
                self._say()
                said = True
            if taken > BUDGET_S:
                self.whole = False
                break
            todo.extend((inner, depth + 1) for inner in self._folder(path, depth))
        for path, content in self._placed:
            self._place(path, content, masked=True)
        for path, mode in reversed(self._modes):
            os.chmod(path, mode)
        os.chmod(self.root, stat.S_IMODE(os.stat(self.base).st_mode) | 0o700)

    def _folder(self, path: str, depth: int) -> list[str]:
        """Do what lies directly in one directory, and give the directories in it that are still to be done."""
        real = self.base + path
        copies = self._is_copied(real)
        # Before it is read: what comes in between is found by the next run.
        now = stamp(real)
        try:
            with os.scandir(real) as entries:
                found = list(entries)
        except OSError:
            return []
        if copies or depth <= WATCHED_DEPTH:
            self.stamps.append((real, now))
        below = []
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                if self._make(entry, f"{path}/{entry.name}"):
                    below.append(f"{path}/{entry.name}")
            elif copies or entry.path in self._named:
                self._file(entry)
            elif self.base != PROGRAMS and entry.is_file(follow_symlinks=False) and not os.access(entry.path, os.R_OK):
                self._stand_in(entry.path, entry.stat(follow_symlinks=False))
        return below

    def _is_copied(self, path: str) -> bool:
        return any(path == base or path.startswith(base + "/") for base in self._copied)

    def _make(self, entry: os.DirEntry[str], path: str) -> bool:
        """Make the directory of `entry`; tell whether it is to be looked into."""
        if entry.path in self._pruned:
            return False
        try:
            found = entry.stat(follow_symlinks=False)
        except OSError:
            return False
        if found.st_dev != self._device or found.st_uid == own():
            return False  # Something is mounted there; or it is the user's own, and can be written to as it is.
        os.mkdir(self.root + path, 0o755)
        mode = stat.S_IMODE(found.st_mode) | 0o700
        if mode != 0o755:
            self._modes.append((self.root + path, mode))
        if os.access(entry.path, os.R_OK | os.X_OK):
            return True
        self._close(path)
        return False

    def _close(self, path: str) -> None:
        """Let nothing real show through a directory that the user may not read; a kernel before 6.6 has none then."""
        self.masked.append(self.base + path)
        try:
            os.setxattr(self.root + path, OPAQUE, b"y")
        except OSError:
            os.rmdir(self.root + path)
            self._modes = [row for row in self._modes if row[0] != self.root + path]
            os.mknod(self.root + path, stat.S_IFCHR, 0)

    def _file(self, entry: os.DirEntry[str]) -> None:
        path = entry.path
        if path in self._made_from or path in self._pruned:
            if path in self._made_from:
                self._make_from(path)
            return
        if entry.is_symlink():
            self._link(path)
        elif entry.is_file(follow_symlinks=False) and self._files and _may_be_edited(entry):
            self._files -= 1
            self.stamps.append((path, stamp(path)))
            self._copy(path)

    def _link(self, path: str) -> None:
        """Copy what the resolver is told: its link leads to /run, which is another one inside."""
        if path == "/etc/resolv.conf":
            self.stamps.append((path, stamp(path)))
            self.stamps.append((os.path.realpath(path), stamp(os.path.realpath(path))))
            self._place(path, _content(path, LARGEST) or b"", masked=True)

    def _copy(self, path: str) -> None:
        most = LARGEST_DATABASE if path.startswith(DATABASES) else min(LARGEST, self._room)
        found = os.lstat(path)
        if found.st_size > most:
            if not os.access(path, os.R_OK):
                self._stand_in(path, found)
            return
        content = _content(path, most)
        if content is None or PASSWORD_IN_URL.search(content):
            self._stand_in(path, found)
            return
        self._room -= len(content) if most <= LARGEST else 0
        self._write(path, content, mode=stat.S_IMODE(found.st_mode) & 0o1777 | 0o600)
        os.utime(self._at(path), ns=(found.st_mtime_ns, found.st_mtime_ns))

    def _stand_in(self, path: str, found: os.stat_result) -> None:
        self.masked.append(path)
        self._write(path, b"", mode=stat.S_IMODE(found.st_mode) & 0o1777 | 0o600)

    def _make_from(self, path: str) -> None:
        """Make a file of passwords that nobody can log in by."""
        names = self._made_from[path]
        self.stamps.append((names, stamp(names)))
        rest = b":*:19000:0:99999:7:::\n" if path.endswith("/shadow") else b":*::\n"
        lines = (_content(names, LARGEST) or b"").splitlines()
        self.masked.append(path)
        self._write(path, b"".join(line.split(b":")[0] + rest for line in lines if line.strip()), mode=0o640)

    def _place(self, path: str, content: bytes, *, masked: bool) -> None:
        """Put a file of our own where its directory is, over what is there."""
        spot = self._at(path)
        if not os.path.isdir(os.path.dirname(spot)):
            return
        if masked:
            self.masked.append(path)
        if os.path.lexists(spot):
            os.unlink(spot)
        self._write(path, content, mode=0o755 if content.startswith(b"#!") else 0o644)

    def _at(self, path: str) -> str:
        return self.root + path[len(self.base) :]

    def _write(self, path: str, content: bytes, *, mode: int) -> None:
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        descriptor = os.open(self._at(path), flags, 0o600)
        try:
            while content:
                content = content[os.write(descriptor, content) :]
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)


def _may_be_edited(entry: os.DirEntry[str]) -> bool:
    """Leave out the system's programs but for scripts. One with a password stays as it is: no stand-in could run."""
    if not entry.path.startswith(SCRIPTS):
        return True
    small = entry.stat(follow_symlinks=False).st_size <= LARGEST_SCRIPT
    content = (_content(entry.path, LARGEST_SCRIPT) if small else None) or b""
    return content.startswith(b"#!") and not PASSWORD_IN_URL.search(content)


def _content(path: str, most: int) -> bytes | None:
    """Read a file, None if that is not possible."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb", buffering=0) as source:
            return source.read(most)
    except OSError:
        return None
