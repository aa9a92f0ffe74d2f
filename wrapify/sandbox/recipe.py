"""Pure. From a SandboxSpec to plain values that can be kept and handed to the launcher without any of the core."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from wrapify.sandbox.argv import argv
from wrapify.sandbox.mounts import Bind, Mount, Overlay, RoBind, RoOverlay, Tmpfs
from wrapify.sandbox.seccomp import program
from wrapify.sandbox.spec import Network, SandboxSpec, Situation

SkeletonRow = tuple[
    str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, bytes], ...], tuple[tuple[str, str], ...], tuple[str, ...]
]
LayerRow = tuple[str, str, str, int, tuple[tuple[str, int], ...], tuple[str, ...]]
NetworkRow = tuple[str, str, tuple[str, ...], tuple[int, ...], tuple[int, ...]]
OverlayRow = tuple[tuple[str, ...], str, str, str]


class Recipe(TypedDict):
    """Hold what the launcher needs, in plain values.

    `args` are bwrap's options, each ended by NUL. `overlays` are (lowers, upper, work, dest), mounted before bwrap
    starts. `inside` are (layer, path in it), `shown` what is seen of the host at its own path
    and `hidden` what exists below it and is not seen. `masked` are the paths that a box never writes back, each ended
    by NUL. `network` are the values of `spec.Network`, empty for none at all. `skeletons` are the fields of
    `spec.Skeleton`; `of_root` are the layers whose real files are root's, by where they are seen. `standing` are the
    skeletons that were found for a run, (base, place). Sizes are bytes. `filter` and `titles` say what may reach the
    terminal.
    """

    args: bytes
    bwrap: str
    overlays: tuple[OverlayRow, ...]
    layers: tuple[LayerRow, ...]
    inside: tuple[tuple[str, str], ...]
    masks: tuple[str, ...]
    shown: tuple[str, ...]
    hidden: tuple[str, ...]
    masked: bytes
    passed: tuple[str, ...]
    fixed: tuple[tuple[str, str], ...]
    seccomp: bytes
    network: NetworkRow | tuple[()]
    limits: tuple[int, int, int, int]
    skeletons: tuple[SkeletonRow, ...]
    of_root: tuple[str, ...]
    standing: tuple[tuple[str, str], ...]
    busctl: str
    memory: int
    written: int
    inner: tuple[str, ...]
    in_memory: bool
    status: tuple[str, ...]
    notes: tuple[str, ...]
    profile: str
    record: bool
    runtime: str
    shell: str
    largest_script: int
    log: int
    filter: bool
    titles: bool


def recipe(spec: SandboxSpec, situation: Situation) -> Recipe:
    """Write down what the launcher does, as str, bytes, int and tuple only (so that `marshal` can keep it)."""
    limits, facts, policy = spec.limits, situation.facts, situation.policy
    return {
        "args": b"".join(word.encode("utf-8", "surrogateescape") + b"\0" for word in argv(spec, facts)),
        "bwrap": facts.bwrap,
        "overlays": _own_overlays(spec) if facts.route == "userns" else (),
        "layers": tuple((it.kind, it.store, it.dest, it.mode, it.folders, it.files) for it in spec.layers),
        "masks": tuple(mask.path for mask in spec.masks),
        "shown": _shown(spec),
        "hidden": spec.hidden,
        "masked": b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in spec.masked),
        "inside": _mount_points(spec),
        "passed": spec.passed,
        "fixed": spec.fixed,
        "seccomp": program(facts.arch, fake_root=bool(spec.of_root)),
        "network": _network(spec.network),
        "skeletons": tuple((it.base, it.copied, it.pruned, it.placed, it.made, it.counts) for it in spec.skeletons),
        "of_root": spec.of_root,
        "standing": (),
        "limits": (limits.processes, limits.open_files, limits.file_size, limits.memory),
        "busctl": facts.busctl,
        "memory": limits.memory,
        "written": limits.written,
        "inner": facts.signals,
        "in_memory": facts.upper == "memory",
        "status": spec.status,
        "notes": spec.notes,
        "profile": situation.profile.name,
        "record": situation.profile.record,
        "runtime": situation.person.runtime,
        "shell": policy.text("shell"),
        "largest_script": policy.number("script.max_size"),
        "log": policy.log_size(),
        "filter": policy.text("terminal.filter") == "on",
        "titles": policy.text("terminal.titles") == "on",
    }


def _network(network: Network) -> NetworkRow | tuple[()]:
    """Give what has to be opened from outside, nothing where bwrap's own options are enough."""
    if network.carrier or network.domains or network.ports or network.host_ports:
        return (network.kind, network.carrier, network.domains, network.ports, network.host_ports)
    return ()


def _own_overlays(spec: SandboxSpec) -> tuple[OverlayRow, ...]:
    found = []
    for mount in spec.mounts:
        if isinstance(mount, Overlay):
            # Over its own upper directory: over the home it would hide the box, and what --rw shows of the real home.
            found.append((mount.lowers, mount.upper, mount.work, mount.upper))
        elif isinstance(mount, RoOverlay):
            found.append((mount.lowers, "", "", mount.dest))
    return tuple(found)


def _shown(spec: SandboxSpec) -> tuple[str, ...]:
    """List the directories and files of the host that are seen inside at their own path."""
    seen = (RoBind, Bind, Overlay, RoOverlay)
    return tuple(it.dest for it in spec.mounts if isinstance(it, seen) and getattr(it, "source", it.dest) == it.dest)


def _mount_points(spec: SandboxSpec) -> tuple[tuple[str, str], ...]:
    """Pair every mount point that lies in a recorded layer with that layer: (store, path in it).

    Sandboxed code may have written there in an earlier run, so each of them is walked before bwrap sees it.
    """
    found = []
    for mount in spec.mounts:
        owners = [it for it in spec.layers if mount.dest.startswith(it.dest.rstrip("/") + "/")]
        owner = max(owners, key=lambda it: len(it.dest), default=None)
        # What lies in an empty file system that is mounted in between is made in that.
        if owner and not any(it.dest.startswith(f"{owner.dest}/") and _is_in(mount, it) for it in spec.mounts):
            found.append((owner.store, mount.dest[len(owner.dest.rstrip("/")) + 1 :]))
    return (*found, *_named_by_user(spec))


def _is_in(mount: Mount, other: Mount) -> bool:
    return isinstance(other, Tmpfs) and mount.dest.startswith(f"{other.dest}/")


def _named_by_user(spec: SandboxSpec) -> Iterator[tuple[str, str]]:
    """Treat every path in the user's own options for bwrap as a mount point, and one that goes back as any."""
    for word in spec.extra:
        for layer in spec.layers if word.startswith("/") else ():
            base = layer.dest.rstrip("/") + "/"
            if word.startswith(base) or ".." in word.split("/"):
                yield (layer.store, word.removeprefix(base))
