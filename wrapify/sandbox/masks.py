"""Touches: the private directory in memory. Builds the layers of whiteouts that hide secrets.

An ordinary user may make a character device 0/0, which overlayfs takes for "does not exist" (Linux 4.20). A layer is
named by a hash of what it holds, built under another name and renamed, so that one that is there is whole.
"""

from __future__ import annotations

import fcntl
import os
import stat

from wrapify.box import layers
from wrapify.errors import StateError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wrapify.sandbox.spec import Mask


KEPT = 16
"""Layers kept for later runs; each is about a megabyte of memory."""


def hold(paths: Sequence[str]) -> bool:
    """Keep the layers at `paths` from being removed as long as this process lives; tell whether all are there.

    Removing one under a running sandbox would show what it hides.
    """
    return all(held(path) is not None for path in paths)


def held(path: str) -> int | None:
    """Hold the layer at `path` as long as the descriptor is open that is given, None if it is not there."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.stat(path).st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except OSError:
        pass  # It went while this waited for the lock.
    os.close(descriptor)
    return None


def prune(runtime: str, needed: Sequence[str] = ()) -> None:
    """Remove all but the newest layers in `runtime` that no run holds, and that are not `needed` by one that begins."""
    folder = f"{runtime}/masks"
    try:
        names = sorted(os.listdir(folder), key=lambda name: os.stat(f"{folder}/{name}").st_ctime_ns)
        for name in names[:-KEPT]:
            if f"{folder}/{name}" not in needed:
                remove_unheld(f"{folder}/{name}")
    except OSError:
        return  # Another run does the same at this moment.


def remove_unheld(path: str) -> None:
    """Remove the layer at `path` unless a run holds it. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Away first, so that whoever waits for the lock finds nothing to use.
        gone = f"{path}.{os.getpid()}.gone"
        os.rename(path, gone)
        layers.remove(gone)
    except BlockingIOError:
        pass  # In use.
    finally:
        os.close(descriptor)


def build(mask: Mask) -> None:
    """Make the layer of `mask` unless it is there. Raises StateError."""
    if os.path.isdir(mask.path):
        return
    fresh = f"{mask.path}.{os.getpid()}"
    try:
        _fill(fresh, mask)
        os.rename(fresh, mask.path)
    except FileExistsError:
        pass  # Another run has made the same layer meanwhile.
    except OSError as error:
        if not os.path.isdir(mask.path):
            raise StateError(f"secrets cannot be hidden: {mask.path}: {error.strerror}", "wrapify box list") from error


def _fill(root: str, mask: Mask) -> None:
    os.makedirs(root, 0o700)
    for path, _ in mask.folders:
        os.mkdir(f"{root}/{path}", 0o700)
    for path, mode, content in mask.files:
        with open(f"{root}/{path}", "xb") as target:
            target.write(content)
        os.chmod(f"{root}/{path}", mode)
    for path in mask.whiteouts:
        os.mknod(f"{root}/{path}", stat.S_IFCHR, 0)
    # Deepest first, and the modes last: what is seen inside has the permissions of the real directories.
    for path, mode in reversed(mask.folders):
        os.chmod(f"{root}/{path}", mode)
