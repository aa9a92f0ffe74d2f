"""Touches: the directories in a box that record writes. Making, checking and removing them.

What lies in them was written by sandboxed code: it is walked by descriptor and without following links.
"""

from __future__ import annotations

import os
import stat

from wrapify.errors import StateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

LayerRow = tuple[str, str, str, int, tuple[tuple[str, int], ...], tuple[str, ...]]
OPAQUE = "user.overlay.opaque"
LARGEST_COPY = 8 << 20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def make(store: str, row: LayerRow) -> None:
    """Make one layer in `store`. Source of `row`: `sandbox.spec.Layer`."""
    kind, name, _, mode, _, _ = row
    root = f"{store}/{name}"
    os.mkdir(root, 0o700)
    if kind == "farm":
        _fill_farm(root, row)
    else:
        os.mkdir(f"{store}/w{name[1:]}", 0o700)
    # The root of an upper directory lends its permissions to what is seen inside.
    os.chmod(root, mode | 0o700)


def _fill_farm(root: str, row: LayerRow) -> None:
    _, _, dest, _, folders, files = row
    for path, _ in folders:
        os.mkdir(f"{root}/{path}", 0o700)
    for path in files:
        _copy(f"{dest}/{path}", f"{root}/{path}")
    for path, mode in reversed(folders):
        os.chmod(f"{root}/{path}", mode | 0o700)


def _copy(source: str, copy: str) -> None:
    """Copy a file or symlink of the host; a large or unreadable file becomes an empty one nobody can read."""
    import shutil

    try:
        if os.path.islink(source):
            os.symlink(os.readlink(source), copy)
        elif os.stat(source).st_size <= LARGEST_COPY:
            shutil.copy2(source, copy, follow_symlinks=False)
        else:
            _placeholder(copy)
    except PermissionError:
        _placeholder(copy)
    except FileNotFoundError:
        pass  # Removed meanwhile: then it is not there inside either.


def _placeholder(path: str) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
    os.chmod(path, 0)


def guard(store: str, points: Sequence[tuple[str, str]]) -> None:
    """Walk to every mount point that lies in a layer and refuse what earlier code may have planted there.

    bwrap before 0.12 follows a symlink to /oldroot that was left on the way to a mount point, and makes directories
    and files on the host (CVE-2026-87766). So none is made by bwrap where sandboxed code could have written: each one
    is there already, in the layer or in the untouched directory below it. `points` are (layer, path in it).
    Raises StateError.
    """
    for layer, path in points:
        if ".." in path.split("/"):
            raise StateError(f"{path!a} cannot be mounted over: it goes back", "name the path without ..")
        here = _root(f"{store}/{layer}")
        alone = layer[0] == "f"
        for part in filter(None, path.split("/")):
            # The kernel marks only the topmost of new directories: what is below one shows nothing of the host either.
            alone = alone or _opaque(here)
            below = _enter(here, part, whole=f"{layer}/{path}", alone=alone)
            os.close(here)
            here = below
            if here < 0:
                break
        if here >= 0:
            os.close(here)


def _root(path: str) -> int:
    try:
        return os.open(path, _FOLDER)
    except OSError as error:
        raise StateError(f"the box cannot be read: {error.strerror}", "use a new box") from error


def _enter(folder: int, part: str, *, whole: str, alone: bool) -> int:
    """Open `part` in `folder`; -1 if the layer has nothing there, so that the host's own path is what is seen.

    `alone` says that nothing of the host is seen there.
    """
    try:
        found = os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        if not alone:
            return -1
        found = 0
    if stat.S_ISDIR(found):
        return os.open(part, _FOLDER, dir_fd=folder)
    if stat.S_ISREG(found):
        return -1
    os.close(folder)
    raise StateError(f"an earlier run in this box replaced {whole!a}, which has to be mounted over", "use a new box")


def _opaque(folder: int) -> bool:
    try:
        return os.getxattr(folder, OPAQUE) == b"y"
    except OSError:
        return False


def nothing_recorded(store: str) -> bool:
    """Tell whether every layer in `store` is an empty overlay."""
    try:
        names = [name for name in os.listdir(store) if name[0] in "ufp" and name[1:].isdigit()]
        return all(name[0] != "f" and not os.listdir(f"{store}/{name}") for name in names)
    except PermissionError:
        return False  # `chmod 000 ~` inside: that is a change.


def discard(*paths: str) -> None:
    """Remove what a box that could not be made left behind, as far as it goes."""
    for path in filter(None, paths):
        try:
            remove(path)
        except OSError:
            continue


def remove(path: str) -> None:
    """Remove a directory in which nothing was recorded, with the kernel's scratch directories of mode 000."""
    for name in os.listdir(path):
        spot = f"{path}/{name}"
        if stat.S_ISDIR(os.lstat(spot).st_mode):
            os.chmod(spot, 0o700)
            remove(spot)
        else:
            os.unlink(spot)
    os.rmdir(path)
