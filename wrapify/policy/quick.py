"""Touches: policy files, the cache, the list of trusted texts, reading. What a check needs of them, at little cost.

Without a policy file nothing is read but that there is none. With one, what it says is kept beside the plans, in plain
values and with the content it was read from, so that only a change of the file is read as TOML again.
"""

from __future__ import annotations

import os
import stat

from wrapify import host
from wrapify.policy import model, trust
from wrapify.policy.model import Actions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.paths import Dirs
    from wrapify.policy.model import Policy

ADMINISTRATOR = "/etc/wrapify/policy.toml"
TRUST = "trusted"
"""The name of the list of trusted texts in the state directory."""


class Rules:
    """Hold what a check goes by: `largest` is the size in bytes of the largest text that it reads.

    `log` is the size in bytes of a file of the log, 0 if nothing is logged.
    """

    __slots__ = ("actions", "largest", "log")

    def __init__(self, actions: Actions, largest: int, *, log: int) -> None:
        self.actions = actions
        self.largest = largest
        self.log = log


def paths(config: str) -> tuple[str, str]:
    """Name the policy files: the administrator's, the user's."""
    return ADMINISTRATOR, f"{config}/policy.toml"


def rules(dirs: Dirs) -> Rules:
    """Give what a check goes by. Raises PolicyError if a policy file cannot be used."""
    if not any(map(_is_there, paths(dirs.config))):
        return _rules(model.defaults())
    from wrapify.sandbox import cache

    kept = cache.load(dirs.cache, ("rules", *paths(dirs.config)))
    if kept is None:
        return _read(dirs)
    return Rules(Actions(kept["own"], kept["demands"]), kept["largest"], log=kept["log"])


def _is_there(path: str) -> bool:
    """Tell whether there may be a file: one that is out of reach is for `read_policy` to complain about."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _rules(policy: Policy) -> Rules:
    return Rules(policy.actions(), policy.number("script.max_size"), log=policy.log_size())


def _read(dirs: Dirs) -> Rules:
    from wrapify.policy import files
    from wrapify.sandbox import cache

    machine = host.Machine()
    here = os.path.dirname(__file__)
    for name in ("model.py", "resolve.py"):
        machine.identity(f"{here}/{name}")
    found = _rules(files.read_policy(machine, dirs.config))
    values = {"own": found.actions.own, "demands": found.actions.demands, "largest": found.largest}
    values["log"] = found.log
    if _is_own(dirs.cache):
        cache.save(dirs.cache, ("rules", *paths(dirs.config)), records=machine.records, recipe=values)
    return found


def _is_own(path: str) -> bool:
    """Tell whether `path`, or what is there of it, is this user's: root with another's HOME leaves nothing there."""
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return os.stat(path).st_uid == os.geteuid()


def off_path(config: str) -> str:
    """Name the file whose being there means that pastes are not judged."""
    return f"{config}/off"


def is_off(dirs: Dirs) -> bool:
    """Tell whether the user switched the guard off for good. A symlink, or a file of somebody else's, does not."""
    try:
        found = os.lstat(off_path(dirs.config))
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid()


def read_trust(dirs: Dirs) -> dict[str, trust.Trusted] | None:
    """Read the trusted texts, None if the file is damaged or somebody else may have written it."""
    try:
        descriptor = os.open(trust_path(dirs), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return {}
    except OSError:
        return None
    try:
        found = os.fstat(descriptor)
        private = stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o077
        return trust.parse(_whole(descriptor)) if private and found.st_size <= trust.LARGEST else None
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _whole(descriptor: int) -> bytes:
    pieces = []
    while piece := os.read(descriptor, trust.LARGEST):
        pieces.append(piece)
    return b"".join(pieces)


def trust_path(dirs: Dirs) -> str:
    """Name the file that holds the trusted texts."""
    return f"{dirs.state}/{TRUST}"
