"""Touches: the file system and /proc, reading only. The questions a plan may ask of the machine.

A plan is a pure function of the answers. `Machine` writes down every question with its answer, so that a kept plan
can be checked later by asking the same questions again (`unchanged`): whatever the plan looked at is in its stamp by
construction. Answers are plain str, bytes, int and tuple, so that they can be kept with `marshal`.
"""

from __future__ import annotations

import os
import stat

from wrapify.globs import Wanted, matching

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

Answer = object
Record = tuple[str, tuple[object, ...], Answer]

_KINDS = {
    stat.S_IFDIR: "dir",
    stat.S_IFREG: "file",
    stat.S_IFLNK: "link",
    stat.S_IFSOCK: "socket",
}


def kind(path: str) -> str:
    """Say what lies at `path` without following a last symlink: absent, dir, file, link, socket or other."""
    try:
        mode = os.lstat(path).st_mode
    except (OSError, ValueError):
        return "absent"
    return _KINDS.get(stat.S_IFMT(mode), "other")


def link(path: str) -> str:
    """Read the target of a symlink, "" if there is none."""
    try:
        return os.readlink(path)
    except (OSError, ValueError):
        return ""


def mode(path: str) -> int:
    """Tell the permission bits of `path`, 0o700 if it cannot be looked at."""
    try:
        return stat.S_IMODE(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return 0o700


def real(path: str) -> str:
    """Resolve every symlink of `path`; parts that do not exist are kept as they are."""
    return os.path.realpath(path)


def identity(path: str) -> tuple[int, ...]:
    """Give a value that changes when the file at `path` is replaced or written, () if there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def content(path: str, most: int) -> tuple[str, bytes]:
    """Read up to `most` bytes of the file at `path`: (why it cannot be read or "", what was read, b"" if absent)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return "", b""
    except OSError as error:
        return str(error.strerror), b""
    try:
        with open(descriptor, "rb", buffering=0) as source:
            return "", source.read(most) or b""
    except OSError as error:
        return str(error.strerror), b""


def reachable(path: str) -> bool:
    """Tell whether this user may enter the directory `path` and list it."""
    return os.access(path, os.R_OK | os.X_OK)


def names(path: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
    """List the names in the directory `path` that match one of `patterns`, sorted; () if it cannot be listed."""
    try:
        found = os.listdir(path)
    except OSError:
        return ()
    return tuple(sorted(name for name in found if matching(name, patterns)))


def present(path: str, wanted: Wanted) -> tuple[str, ...]:
    """List the names in the directory `path` that are wanted. Source of `wanted`: `globs.wanted`."""
    literals, suffixes, prefixes, others = wanted
    try:
        found = os.listdir(path)
    except OSError:
        return ()
    return tuple(
        sorted(
            name
            for name in found
            if name in literals or name.endswith(suffixes) or name.startswith(prefixes) or matching(name, others)
        )
    )


def one_deeper(path: str, rests: tuple[str, ...]) -> tuple[str, ...]:
    """List what exists as NAME/REST for any directory NAME in `path` and any of `rests`, relative to `path`, sorted."""
    try:
        with os.scandir(path) as entries:
            folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return ()
    spots = (f"{name}/{rest}" for name in folders for rest in rests)
    return tuple(sorted(spot for spot in spots if kind(f"{path}/{spot}") != "absent"))


def mounts_below(path: str) -> tuple[str, ...]:
    """List the mount points strictly below `path`, sorted. Source: field 5 of /proc/self/mountinfo, proc(5)."""
    inside = path.rstrip("/") + "/"
    with open("/proc/self/mountinfo", "rb", buffering=0) as source:
        lines = source.read().split(b"\n")
    points = {unescape(line.split(b" ", 5)[4]) for line in lines if line}
    return tuple(sorted(point for point in points if point.startswith(inside)))


def unescape(field: bytes) -> str:
    r"""Undo the kernel's octal escapes (`\040` for a space) in a field of mountinfo or net/unix."""
    if b"\\" not in field:
        return os.fsdecode(field)
    parts = field.split(b"\\")
    whole = parts[0] + b"".join(bytes((int(part[:3], 8),)) + part[3:] for part in parts[1:])
    return os.fsdecode(whole)


def sockets_below(path: str) -> tuple[str, ...]:
    """List the unix sockets that lie below `path` (a real path), sorted. Source: /proc/net/unix, path last.

    The kernel keeps a name as it was given to bind(2): through symlinks (/home/u where /home leads to /var/home), or
    relative, which is looked for in the working directory of every process of this user.
    """
    inside = path.rstrip("/") + "/"
    bound = {name for name in _bound_names() if name[0] != "@"}
    spots = {name for name in bound if name[0] == "/"}
    spots |= _in_working_directories(bound - spots) if bound - spots else set()
    folders: dict[str, list[str]] = {}
    for spot in spots:
        folder, _, name = spot.rpartition("/")
        folders.setdefault(folder or "/", []).append(name)
    found = (f"{real(folder).rstrip('/')}/{name}" for folder, names in folders.items() for name in names)
    return tuple(sorted(spot for spot in set(found) if spot.startswith(inside) and kind(spot) == "socket"))


def _bound_names() -> list[str]:
    try:
        with open("/proc/net/unix", "rb", buffering=0) as source:
            lines = source.read().split(b"\n")[1:]
    except OSError:
        return []
    # Columns: Num RefCount Protocol Flags Type St Inode Path; a path may itself hold spaces.
    fields = [line.split(None, 7) for line in lines]
    return [os.fsdecode(field[7]) for field in fields if len(field) == 8]


def _in_working_directories(relative: set[str]) -> set[str]:
    spots: set[str] = set()
    for pid in os.listdir("/proc"):
        if pid.isdigit():
            base = link(f"/proc/{pid}/cwd")
            spots.update(f"{base}/{name}" for name in relative if base)
    return spots


QUESTIONS: dict[str, Callable[..., Answer]] = {
    "kind": kind,
    "link": link,
    "mode": mode,
    "real": real,
    "identity": identity,
    "content": content,
    "reachable": reachable,
    "names": names,
    "present": present,
    "one_deeper": one_deeper,
    "mounts_below": mounts_below,
    "sockets_below": sockets_below,
}


class Machine:
    """Answer a plan's questions about this machine and remember them. The methods are those of the module."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._known: dict[tuple[str, tuple[object, ...]], Answer] = {}

    def ask(self, question: str, *subject: object) -> Answer:
        """Answer one of `QUESTIONS`; the same question gets the same answer for the life of this object."""
        key = (question, subject)
        if key not in self._known:
            answer = QUESTIONS[question](*subject)
            self._known[key] = answer
            self.records.append((question, subject, answer))
        return self._known[key]

    def kind(self, path: str) -> str:
        """Ask for the kind of `path`."""
        return str(self.ask("kind", path))

    def link(self, path: str) -> str:
        """Ask for the target of a symlink."""
        return str(self.ask("link", path))

    def mode(self, path: str) -> int:
        """Ask for the permission bits of `path`."""
        return int(str(self.ask("mode", path)))

    def real(self, path: str) -> str:
        """Ask for the path without symlinks."""
        return str(self.ask("real", path))

    def identity(self, path: str) -> tuple[int, ...]:
        """Ask for the identity of the file at `path`."""
        return _integers(self.ask("identity", path))

    def content(self, path: str, most: int) -> tuple[str, bytes]:
        """Ask for the first `most` bytes of a file."""
        trouble, content = _pair(self.ask("content", path, most))
        return str(trouble), content if isinstance(content, bytes) else b""

    def reachable(self, path: str) -> bool:
        """Ask whether the directory `path` may be entered and listed."""
        return bool(self.ask("reachable", path))

    def names(self, path: str, *patterns: str) -> tuple[str, ...]:
        """Ask for the names in a directory that match `patterns`."""
        return _texts(self.ask("names", path, patterns))

    def present(self, path: str, wanted: Wanted) -> tuple[str, ...]:
        """Ask which of the wanted names are in a directory."""
        return _texts(self.ask("present", path, wanted))

    def one_deeper(self, path: str, rests: tuple[str, ...]) -> tuple[str, ...]:
        """Ask what exists below any directory in `path`."""
        return _texts(self.ask("one_deeper", path, rests))

    def mounts_below(self, path: str) -> tuple[str, ...]:
        """Ask for the mount points below `path`."""
        return _texts(self.ask("mounts_below", path))

    def sockets_below(self, path: str) -> tuple[str, ...]:
        """Ask for the sockets bound below `path`."""
        return _texts(self.ask("sockets_below", path))


def _texts(answer: Answer) -> tuple[str, ...]:
    return tuple(map(str, answer)) if isinstance(answer, tuple) else ()


def _pair(answer: Answer) -> tuple[object, object]:
    return (answer[0], answer[1]) if isinstance(answer, tuple) else ("", b"")


def _integers(answer: Answer) -> tuple[int, ...]:
    return tuple(map(int, answer)) if isinstance(answer, tuple) else ()


def unchanged(records: list[Record]) -> bool:
    """Ask every question of `records` again and tell whether all answers are the same."""
    return all(QUESTIONS[question](*subject) == answer for question, subject, answer in records)
