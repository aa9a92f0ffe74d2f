"""Touches: ids, environment and working directory of this process. Who runs wrapify, from where, as whom.

Root never runs anything as root: it becomes the user who called sudo, or else nobody (SPEC, "As root"). bwrap keeps
the kernel's uid 0 whatever --uid says, and with it the right to read /etc/shadow.
"""

from __future__ import annotations

import os
import time

from wrapify.errors import StateError
from wrapify.paths import Dirs, dirs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

NOBODY = 65534
NOBODYS_HOME = "/home/sandbox"
NOBODYS_STATE = "/var/lib/wrapify"
PR_SET_DUMPABLE = 4
CLOCK_REALTIME_COARSE = 5
"""The clock that dates changes of files; the finer ones run ahead of it by up to a tick of 4 or 10 ms."""
SHARED = ("/", "/tmp", "/var/tmp", "/usr", "/etc", "/dev", "/dev/shm", "/proc", "/sys", "/run", "/home", "/var", "/opt")


class Place:
    """Hold who runs and where. `home` is as the user spells it; `cwd` is real. `dropped`: root became nobody.

    `began` is when that was found out, before anything is planned: ns since 1970, by the clock of file times.
    """

    __slots__ = ("began", "cwd", "dirs", "dropped", "env", "gid", "home", "uid")

    def __init__(self, home: str, cwd: str, *, env: Mapping[str, str], dropped: bool = False) -> None:
        self.began = time.clock_gettime_ns(CLOCK_REALTIME_COARSE)
        self.uid = os.geteuid()
        self.gid = os.getegid()
        self.home = home
        self.cwd = cwd
        self.env = env
        self.dropped = dropped
        self.dirs = _nobodys_dirs(self.uid) if dropped else dirs(env, uid=self.uid, home=self.home)

    def tools(self) -> tuple[str, ...]:
        """List the directories of PATH that are named as part of the home."""
        base = self.home.rstrip("/") + "/"
        return tuple(path for path in self.env.get("PATH", "").split(":") if path.startswith(base))


class Caller:
    """Hold the user who called sudo: `state` is where that user's boxes are."""

    __slots__ = ("gid", "home", "name", "state", "uid")

    def __init__(self, name: str, home: str, *, uid: int, gid: int) -> None:
        self.name = name
        self.home = home
        self.uid = uid
        self.gid = gid
        self.state = dirs({}, uid=uid, home=home).state


def caller() -> Caller | None:
    """Tell who called sudo, None if nobody did, or root."""
    import pwd

    number = os.environ.get("SUDO_UID", "0")
    try:
        entry = pwd.getpwuid(int(number)) if number.isascii() and number.isdigit() and number != "0" else None
    except KeyError:
        return None
    if entry is None or not entry.pw_uid:
        return None
    return Caller(entry.pw_name, entry.pw_dir, uid=entry.pw_uid, gid=entry.pw_gid)


def _own(home: str) -> str:
    """Refuse a home that is no directory of this user alone: it would be shown copy-on-write, whole."""
    if home in SHARED or not os.path.isdir(home):
        raise StateError(f"{home!a} cannot be used as a home directory", "set HOME to a directory of yours")
    return home


def _nobodys_dirs(uid: int) -> Dirs:
    shared = (f"/dev/shm/wrapify-{uid}",)
    base = NOBODYS_STATE
    return Dirs(state=f"{base}/state", cache=f"{base}/cache", config=f"{base}/config", runtimes=shared)


def own_dirs() -> Dirs:
    """Choose the directories of whoever runs this, root too: for what starts nothing. Raises StateError."""
    return dirs(os.environ, uid=os.geteuid(), home=_home(os.environ.get("HOME", "")))


def here() -> Place:
    """Tell who runs wrapify and where. As root, stop being root first. Raises StateError."""
    cwd = _working_directory()
    if 0 in os.getresuid():
        return _step_down(cwd)
    return Place(_own(_home(os.environ.get("HOME", ""))), cwd, env=os.environ)


def _working_directory() -> str:
    try:
        return os.getcwd()
    except OSError as error:
        raise StateError("the working directory no longer exists", "cd somewhere else first") from error


def _home(named: str) -> str:
    if named.startswith("/"):
        return os.path.normpath("/" + named.lstrip("/"))
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError as error:
        raise StateError("there is no home directory", "set HOME") from error


def _step_down(cwd: str) -> Place:
    entry = caller()
    _load_everything()
    if entry:
        _become(entry.uid, entry.gid, name=entry.name)
        own = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        own |= {"HOME": entry.home, "USER": entry.name, "LOGNAME": entry.name}
        return Place(_own(entry.home), cwd, env=own)
    _make_nobodys_state()
    _become(NOBODY, NOBODY, name="")
    return Place(NOBODYS_HOME, cwd, env=os.environ, dropped=True)


def _load_everything() -> None:
    """Import what a run needs while it can still be read: root's Python may lie where nobody else reaches."""
    import importlib

    own = (
        "audit",
        "prepare",
        "session",
        "script",
        "cli.sh",
        "cli.explain",
        "sandbox.child",
        "sandbox.probe",
        "sandbox.scope",
    )
    for name in (*(f"wrapify.{name}" for name in own), "ctypes", "difflib", "hashlib", "json", "shlex", "shutil"):
        importlib.import_module(name)


def _make_nobodys_state() -> None:
    try:
        os.makedirs(NOBODYS_STATE, 0o700, exist_ok=True)
        os.chown(NOBODYS_STATE, NOBODY, NOBODY, follow_symlinks=False)
    except OSError as error:
        raise StateError(f"{NOBODYS_STATE} cannot be used: {error.strerror}", _AS_USER) from error


_AS_USER = "run wrapify as an ordinary user"


def _become(uid: int, gid: int, *, name: str) -> None:
    import ctypes

    try:
        if name:
            os.initgroups(name, gid)
        else:
            os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    except OSError as error:
        raise StateError(f"wrapify cannot stop being root here: {error.strerror}", _AS_USER) from error
    if 0 in (*os.getresuid(), *os.getresgid()):
        raise StateError("wrapify could not stop being root", _AS_USER)
    # A process that changes its user loses its own /proc files, which the user namespace needs.
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
