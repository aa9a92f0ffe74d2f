"""Run as a program: wrapify with one of its walls taken down, `python -c CODE WALL[,WALL…] ARGS…`.

There is no such switch in the product: every wall is taken down here, by changing a function of it.
"""

from __future__ import annotations

import dataclasses
import os
import re
import resource
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from wrapify import host, prepare, session
from wrapify.cli import main
from wrapify.sandbox import (
    apart,
    child,
    closing,
    facts,
    internet,
    keep,
    outside,
    pipes,
    plan,
    probe,
    recipe,
    seccomp,
    secrets,
    watch,
)
from wrapify.sandbox.mounts import Bind, Mount, Overlay, RemountRo, RoBind, Tmpfs

Mounts = Iterable[Mount]
KINDS = ("pid", "net", "ipc", "uts", "cgroup")


def swap(where: object, name: str, change: Callable[[Any], object]) -> None:
    """Put another thing in the place of one of the product's."""
    setattr(where, name, change(getattr(where, name)))


def put(where: object, name: str, new: object) -> None:
    setattr(where, name, new)


def nothing(*_: object, **__: object) -> None:
    """Do nothing, whatever is asked for."""


def none(*_: object, **__: object) -> tuple[()]:
    return ()


def words(change: Callable[[tuple[str, ...]], Iterable[str]]) -> None:
    """Change the options for bwrap."""
    swap(recipe, "argv", lambda real: lambda spec, facts: tuple(change(real(spec, facts))))


def without_word(*left_out: str) -> None:
    words(lambda all_words: (word for word in all_words if word not in left_out))


def without_namespace(kind: str) -> None:
    others = [f"--unshare-{one}" for one in KINDS if one != kind]
    words(lambda all_words: [*others, *(word for word in all_words if word != "--unshare-all")])


def mounts(change: Callable[[Mounts], Mounts]) -> None:
    """Change what is mounted."""

    def planned(real: Any, machine: Any, situation: Any) -> Any:
        spec = real(machine, situation)
        return dataclasses.replace(spec, mounts=tuple(change(spec.mounts)))

    swap(prepare, "plan", lambda real: partial(planned, real))


def real_instead(*dests: str) -> None:
    """Show this machine's own directories, writable, instead of others made for the sandbox."""

    def change(spec: Mounts) -> Mounts:
        for it in spec:
            yield Bind(it.dest, it.dest) if it.dest in dests else it

    mounts(change)


def also(*more: Mount) -> None:
    mounts(lambda spec: (*spec, *more))


def without_mount(*dests: str) -> None:
    mounts(lambda spec: (it for it in spec if it.dest not in dests))


def without_remount(dest: str) -> None:
    mounts(lambda spec: (it for it in spec if it != RemountRo(dest)))


def real_writes() -> None:
    """Write to the real files where a layer should record it; what is hidden stays so."""

    def change(spec: Mounts) -> Mounts:
        for it in spec:
            yield Bind(it.dest, it.dest) if isinstance(it, Overlay) else it

    mounts(change)


def writable_system() -> None:
    def change(spec: Mounts) -> Mounts:
        for it in spec:
            yield Bind(it.source, it.dest) if isinstance(it, RoBind) and it.dest == "/usr" else it

    mounts(change)


def large_tmpfs() -> None:
    def change(spec: Mounts) -> Mounts:
        for it in spec:
            yield dataclasses.replace(it, size=1 << 50) if isinstance(it, Tmpfs) and it.dest != "/proc/1" else it

    mounts(change)


def rules(keep_rule: Callable[[int, seccomp.Rule], bool]) -> None:
    """Leave rules out of the filter of system calls."""

    def program(arch: str, **variant: bool) -> bytes:
        kept = [rule for number, rule in enumerate(seccomp.rules(**variant)) if keep_rule(number, rule)]
        return seccomp.assemble(arch, tuple(kept))

    put(recipe, "program", program)


def without_calls(*calls: str) -> None:
    rules(lambda _, rule: not set(calls) & set(rule.calls))


def whole_environment() -> None:
    swap(session, "environment", lambda real: lambda it, place: dict(os.environ) | real(it, place))


def limit_but(kind: int) -> None:
    """Set every limit but one."""
    real = resource.prlimit

    def prlimit(pid: int, one: int, *limits: tuple[int, int]) -> tuple[int, int]:
        return (-1, -1) if one == kind and limits else real(pid, one, *limits)

    put(resource, "prlimit", prlimit)


def immortal() -> None:
    """Let a sandbox live on without its launcher: neither the kernel nor the keeper ends it."""
    for where, name in ((child, "tell_end_of"), (keep, "end_children"), (watch.Watch, "_end")):
        put(where, name, nothing)
    without_word("--die-with-parent")


def no_secrets() -> None:
    """Hide nothing but wrapify's own."""
    put(secrets, "hidden", lambda machine, view, **_: secrets.Hidden(machine))


def rights() -> None:
    """Keep rights where bwrap is started by a mapped root, as where it cannot mount an overlay itself."""
    put(probe, "_try_overlays", lambda *_, **__: ("userns", "state", ""))
    without_word("--cap-drop", "ALL")


def own_state_shown() -> None:
    swap(prepare, "_person", lambda real: lambda *args: dataclasses.replace(real(*args), private=()))


def no_sockets() -> None:
    host.QUESTIONS["sockets_below"] = none


def whole_home() -> None:
    put(plan, "_home_mode", lambda situation: "cow")


def no_bwrap_filter() -> None:

    def without(found: tuple[str, ...]) -> tuple[str, ...]:
        at = found.index("--seccomp")
        return found[:at] + found[at + 2 :]

    swap(pipes.Pipes, "words", lambda real: lambda self: without(real(self)))


def inherited() -> None:
    put(child, "keep_only", nothing)


def no_carrier() -> None:
    swap(facts, "find", lambda real: lambda name: "" if name in facts.CARRIERS else real(name))


def carried_without(left_out: str) -> None:
    """Leave a word out of the call of the carrier."""

    def changed(real: Any, *args: Any, **more: Any) -> tuple[str, ...]:
        return tuple(word for word in real(*args, **more) if word != left_out)

    swap(internet, "words", lambda real: partial(changed, real))


def closed_by(**rows: bool) -> None:
    """Take away what closes the internet: routes, policies, rules of the kernel."""
    for name in rows:
        put(closing, name, none)


LIMITS = {name: getattr(resource, f"RLIMIT_{name.upper()}") for name in ("nproc", "nofile", "fsize", "data", "core")}
WALLS: dict[str, Callable[[], None]] = {
    **{f"namespace-{kind}": partial(without_namespace, kind) for kind in KINDS},
    **{f"limit-{name}": partial(limit_but, kind) for name, kind in LIMITS.items()},
    "hostname": partial(words, lambda all_words: (word.replace("sandbox", os.uname().nodename) for word in all_words)),
    "cap-drop": rights,
    "disable-userns": partial(without_word, "--disable-userns"),
    "filter": no_bwrap_filter,
    "rules-odd": partial(rules, lambda number, _: number % 2 == 0),
    "rules-even": partial(rules, lambda number, _: number % 2 == 1),
    "future": partial(put, seccomp, "NEWEST", 0xFFFFFFF0),
    "arches": partial(put, seccomp, "KILL", seccomp.ALLOW),
    "calls-userns": partial(without_calls, "unshare", "clone", "clone3"),
    "calls-keys": partial(without_calls, "keyctl"),
    "calls-terminal": partial(without_calls, "ioctl"),
    "calls-ptrace": partial(without_calls, "ptrace"),
    "keyring": partial(put, child, "fresh_keyring", nothing),
    "proc-keys": partial(without_mount, "/proc/keys"),
    "scope": partial(put, child, "scope", nothing),
    "keeper": immortal,
    "environment": whole_environment,
    "descriptors": inherited,
    "secrets": no_secrets,
    "sockets": no_sockets,
    "own-state": own_state_shown,
    "recorded": real_writes,
    "system": writable_system,
    "tmp": partial(real_instead, "/tmp"),
    "run": partial(real_instead, "/run"),
    "shm": partial(real_instead, "/dev/shm"),
    "dev": partial(also, Bind("/dev", "/dev")),
    "proc": partial(also, Bind("/proc", "/proc")),
    "sys": partial(also, RoBind("/sys", "/sys")),
    "etc": partial(also, RoBind("/etc", "/etc")),
    "proc-1": partial(without_mount, "/proc/1"),
    "remount-proc-1": partial(without_remount, "/proc/1"),
    "remount-proc": partial(without_remount, "/proc"),
    "remount-dev": partial(without_remount, "/dev"),
    "remount-root": partial(without_remount, "/"),
    "sizes": large_tmpfs,
    "apart": whole_home,
    "start-up": partial(put, apart, "SECRET", re.compile(b"(?!)")),
    "none": nothing,
    "none-pasta": partial(put, facts, "CARRIERS", ("pasta",)),
    "carrier": no_carrier,
    "routes": partial(closed_by, routes=True, routes_6=True),
    "policies": partial(closed_by, policies=True),
    "policies-6": partial(closed_by, policies_6=True, policies_without_6=True),
    "rules-6": partial(closed_by, rules_6=True),
    "own-addresses": partial(put, outside, "_own", none),
    "carrier-loopback": partial(carried_without, "--disable-host-loopback"),
}

if __name__ == "__main__":
    for wall in sys.argv[1].split(","):
        WALLS[wall]()
    # As if they were not there: the program starts itself again by the words that started it.
    del sys.argv[1]
    sys.exit(main(sys.argv[1:]))
