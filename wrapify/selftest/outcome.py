"""Pure. What the attacks are to prove, in which sandboxes they are made, and what came of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

PROMISES = {
    "secrets": "no file on the list of secrets is readable inside",
    "files": "nothing of root, /tmp, /run or /dev/shm is seen",
    "writes": "nothing on this machine changes",
    "env": "no variable enters but those on the list",
    "descriptors": "no open file is passed on",
    "sockets": "no agent, bus, display or daemon is reached",
    "ipc": "no shared memory, message queue or key is reached",
    "network": "no port of this machine is reached",
    "internet": "this machine, its neighbours and metadata are closed",
    "processes": "no other process is seen, signalled or read",
    "survivors": "nothing outlives the run, and its caller is left alone",
    "tty": "nothing is typed into your terminal",
    "privileges": "no rights, and no way to get any",
    "namespaces": "all namespaces are its own, and it makes no others",
    "mounts": "nothing is mounted, and nothing hidden is uncovered",
    "syscalls": "what governs the machine or watches others is refused",
    "filter": "such system calls do not get to the kernel at all",
    "limits": "processes, memory, files and sizes are bounded",
    "proc": "/proc tells nothing of this machine, takes no orders",
    "sys": "/sys tells nothing of this machine, takes no orders",
    "dev": "/dev has the harmless devices only",
}
"""By group, in the order in which they are told."""
TERMINAL = ("tty", "survivors")
"""What depends on how a sandbox is started, and not on what it shows: tried once."""


class Result(NamedTuple):
    """What came of one attack; `held` is None when it could not be made here."""

    id: str
    group: str
    held: bool | None
    detail: str


class Sandbox(NamedTuple):
    """A sandbox that is attacked: the options that make it, and the groups and attacks that are not for it."""

    name: str
    options: tuple[str, ...]
    groups: tuple[str, ...]
    attacks: tuple[str, ...] = ()

    def is_for(self, id: str, group: str) -> bool:  # noqa: A002 - what it is called everywhere
        """Tell whether an attack is to be made in it."""
        return group not in self.groups and id not in self.attacks


SANDBOXES = (
    Sandbox("offline", ("--profile", "offline"), ("internet",)),
    # It has the world: a way there is no leak. Its filter is that of the first.
    Sandbox("online", ("--profile", "online"), ("filter", *TERMINAL), ("net-interfaces", "net-route")),
    Sandbox("--root", ("--profile", "offline", "--root"), ("internet", *TERMINAL)),
)


class Trial(NamedTuple):
    """What came of all attacks in one sandbox. `why_not` says why it could not be had, "" if it could."""

    sandbox: str
    results: tuple[Result, ...]
    why_not: str = ""


class Tally(NamedTuple):
    """How many attacks of a group were made and how many the sandboxes held."""

    group: str
    held: int
    made: int
    skipped: int


def tallies(trials: Iterable[Trial]) -> Iterator[Tally]:
    """Count by group, in the order of PROMISES, what was tried at all."""
    results = [result for trial in trials for result in trial.results]
    for group in PROMISES:
        found = [result.held for result in results if result.group == group]
        if found:
            made = [held for held in found if held is not None]
            yield Tally(group, sum(made), len(made), len(found) - len(made))


def failures(trials: Iterable[Trial]) -> list[tuple[str, Result]]:
    """List what did not hold: (sandbox, result)."""
    return [(trial.sandbox, one) for trial in trials for one in trial.results if one.held is False]
