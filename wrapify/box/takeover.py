"""Touches: a user's box (reading only), root's own boxes. Takes the changes of root's files over from a user's box.

A box lies where its user, and everything that runs as that user, may write at any moment. So root writes nothing there
and follows no name there: it goes down by descriptor, takes nothing that does not belong to that user, and from then on
looks at, applies and takes back its own copy.
"""

from __future__ import annotations

import fcntl
import json
import os
import posixpath
import stat
import time

from wrapify.box import journal, layers, nodes, store
from wrapify.errors import BoxBusy, BoxMissing, StateError

STATE = "/var/lib/wrapify-root"
LARGEST = 8 << 20
"""Bytes of a file that describes a box."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def state_for(uid: int) -> str:
    """Name the directory that holds what root has taken over from a user."""
    return f"{STATE}/{uid}"


def take(state: str, name: str, *, uid: int, trees: tuple[str, ...]) -> store.Box:
    """Copy what the box `name` in the user's `state` holds of root's `trees`, and open the copy.

    Raises BoxMissing, BoxBusy, or StateError for a box that is not as wrapify left it.
    """
    theirs = Theirs(uid)
    path = f"{state}/boxes/{store.checked(name)}"
    try:
        folder = theirs.descend(path)
    except FileNotFoundError as error:
        raise BoxMissing(f"there is no box {name}", "wrapify box list") from error
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}", "wrapify box list") from error
    lock = -1
    try:
        lock = theirs.open("lock", folder)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        about = _described(theirs.content("box.json", folder), name=name, trees=trees)
        source = theirs.descend(str(about["store"])) if about["store"] else os.dup(folder)
        try:
            return _copied(theirs, (folder, source), name=name, about={**about, "store": ""})
        finally:
            os.close(source)
    except BlockingIOError as error:
        raise BoxBusy(f"the box {name} is in use by another run", "wait for it to end") from error
    except OSError as error:
        raise StateError(f"the box {name} cannot be taken over: {error}", "make room, or look at it") from error
    finally:
        nodes.close(lock, folder)


def _described(content: bytes, *, name: str, trees: tuple[str, ...]) -> dict[str, object]:
    """Read what a box says of itself, as far as root needs it. Raises StateError."""
    try:
        about = json.loads(content)
        dests = about.get("of_root") or []
        rows = [str(row) for row in about["layers"] if str(row).partition(" ")[2] in dests]
        since, memory = int(about["since"]), str(about.get("store") or "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateError(f"the box {name} does not say what it holds", "wrapify box list") from error
    if not rows:
        raise BoxMissing(f"the box {name} holds no changes of root's files", f"wrapify apply {name}, as yourself")
    if not all(_is_layer(row, trees) for row in rows):
        raise StateError(f"the box {name} says that it holds what --root never records", "wrapify box list")
    taken = {key: str(about.get(key, "")) for key in ("name", "command", "profile", "cwd", "home")}
    own = {"layers": rows, "of_root": [row.partition(" ")[2] for row in rows]}
    return {"format": store.FORMAT, **taken, "since": since, "store": memory, "started": time.time(), **own}


def _is_layer(row: str, trees: tuple[str, ...]) -> bool:
    name, _, dest = row.partition(" ")
    inside = any(dest == tree or dest.startswith(tree + "/") for tree in trees)
    return name[:1] in ("u", "f") and name[1:].isdecimal() and inside and posixpath.normpath(dest) == dest


def _copied(theirs: Theirs, folders: tuple[int, int], *, name: str, about: dict[str, object]) -> store.Box:
    """Write root's copy. An earlier one is kept as far as it says what was applied; its layers are replaced."""
    state = state_for(theirs.uid)
    path = f"{store.private_directory(f'{store.private_directory(state)}/boxes')}/{name}"
    os.makedirs(path, 0o700, exist_ok=True)
    box = _opened(path)
    whole = False
    try:
        if journal.is_cut_off(path):
            whole = True
            return box  # Whoever looks at it is told, before anything is applied.
        forget_layers(box)
        masked = theirs.content("masked", folders[0])
        rows = about["layers"]
        for row in rows if isinstance(rows, list) else ():
            layer = str(row).partition(" ")[0]
            theirs.copy(layer, folders[1], target=path)
        for part, content in (("masked", masked), ("box.json", b"")):
            _write(f"{path}/{part}", content)
        store.write_about(f"{path}/box.json", about)
        whole = True
        return box
    finally:
        if not whole:
            os.close(box.lock)


def _opened(path: str) -> store.Box:
    lock = os.open(f"{path}/lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return store.Box(path, store=path, lock=lock, unnamed=False)


def forget_layers(box: store.Box) -> None:
    """Remove root's copy of the layers of a box; what was applied, and what it replaced, stays."""
    for name in os.listdir(box.path):
        if name[0] in "uf" and name[1:].isdecimal():
            layers.remove(f"{box.path}/{name}")


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as target:
        target.write(content)


class Theirs:
    """Read what belongs to the user `uid`, and nothing else: any other owner is a PermissionError."""

    def __init__(self, uid: int) -> None:
        self.uid = uid
        self._links: dict[int, str] = {}

    def descend(self, path: str) -> int:
        """Open a directory of the user's; the symlinks on the way are resolved before, none while it is opened."""
        here = os.open("/", _FOLDER)
        for part in filter(None, os.path.realpath(path).split("/")):
            try:
                inner = os.open(part, _FOLDER, dir_fd=here)
            finally:
                os.close(here)
            here = inner
        return self._checked(here)

    def _checked(self, descriptor: int) -> int:
        if os.fstat(descriptor).st_uid == self.uid:
            return descriptor
        os.close(descriptor)
        raise PermissionError("something in it belongs to somebody else")

    def open(self, name: str, folder: int, *, directory: bool = False) -> int:
        """Open a file or directory of the user's."""
        descriptor = self._checked(os.open(name, _FOLDER if directory else _FILE, dir_fd=folder))
        if not directory and not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise PermissionError("something in it is no file")
        return descriptor

    def content(self, name: str, folder: int) -> bytes:
        """Read a small file of the user's."""
        descriptor = self.open(name, folder)
        try:
            return nodes.content(descriptor, LARGEST)
        finally:
            os.close(descriptor)

    def copy(self, name: str, folder: int, *, target: str) -> None:
        """Copy a layer to the directory `target`."""
        source, into = self.open(name, folder, directory=True), os.open(target, _FOLDER)
        try:
            self._folder(source, f"{target}/{name}", into=into, deep=0)
        finally:
            nodes.close(source, into)

    def _folder(self, source: int, path: str, *, into: int, deep: int) -> None:
        name = path.rpartition("/")[2]
        if deep > nodes.DEEPEST:
            raise PermissionError("it is nested too deeply")
        os.mkdir(name, 0o700, dir_fd=into)
        inner = os.open(name, _FOLDER, dir_fd=into)
        try:
            for each in os.listdir(source):
                self._one(f"{path}/{each}", source, into=inner, deep=deep + 1)
            _about(source, inner)
        finally:
            os.close(inner)

    def _one(self, path: str, source: int, *, into: int, deep: int) -> None:
        name = path.rpartition("/")[2]
        found = os.stat(name, dir_fd=source, follow_symlinks=False)
        if found.st_uid != self.uid:
            raise PermissionError(f"{name!a} in it belongs to somebody else")
        if stat.S_ISDIR(found.st_mode):
            folder = self.open(name, source, directory=True)
            try:
                self._folder(folder, path, into=into, deep=deep)
            finally:
                os.close(folder)
        elif stat.S_ISREG(found.st_mode):
            self._file(path, source, into=into)
        elif stat.S_ISLNK(found.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=into)
            os.utime(name, ns=(found.st_mtime_ns, found.st_mtime_ns), dir_fd=into, follow_symlinks=False)
        elif stat.S_ISCHR(found.st_mode) and found.st_rdev == 0:
            os.mknod(name, stat.S_IFCHR, 0, dir_fd=into)
        elif stat.S_ISFIFO(found.st_mode):
            os.mkfifo(name, stat.S_IMODE(found.st_mode), dir_fd=into)

    def _file(self, path: str, source: int, *, into: int) -> None:
        name = path.rpartition("/")[2]
        descriptor = self.open(name, source)
        try:
            found = os.fstat(descriptor)
            if found.st_ino in self._links:
                os.link(self._links[found.st_ino], name, dst_dir_fd=into, follow_symlinks=False)
                return
            target = os.open(name, _NEW, 0o600, dir_fd=into)
            try:
                while os.sendfile(target, descriptor, None, 1 << 24):
                    continue
                _about(descriptor, target)
            finally:
                os.close(target)
            if found.st_nlink > 1:
                self._links[found.st_ino] = path
        finally:
            os.close(descriptor)


def _about(source: int, target: int) -> None:
    """Give a copy the user's attributes, overlayfs' marks among them, the permissions and the time."""
    for name in os.listxattr(source):
        if name.startswith("user."):
            os.setxattr(target, name, os.getxattr(source, name))
    found = os.fstat(source)
    os.fchmod(target, stat.S_IMODE(found.st_mode))
    os.utime(target, ns=(found.st_mtime_ns, found.st_mtime_ns))
