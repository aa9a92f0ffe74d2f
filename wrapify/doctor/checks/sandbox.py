"""Pure. Whether a sandbox can be started here, and what it is like."""

from __future__ import annotations

from wrapify.doctor.causes import OUTSIDE, cause, first_words
from wrapify.doctor.distribution import install, is_ubuntu, release
from wrapify.doctor.seen import Seen
from wrapify.doctor.verdict import BROKEN, LIMITED, NOTE, Verdict, ok
from wrapify.sandbox.syscalls import ARCHES

PYTHON = (3, 11)
OVERLAYS = (5, 11)
"""The first kernel that mounts an overlay in a user namespace."""
TESTED = (0, 8, 0)
SAFE = (0, 12, 0)
NOTHING_RUNS = "no command can be run in a sandbox, and pastes are not tried in one"


def dotted(version: tuple[int, ...]) -> str:
    """Write a version."""
    return ".".join(map(str, version)) or "?"


def system(seen: Seen) -> Verdict:
    """Say which system this is."""
    here = seen.system
    inside = f", inside {', '.join(here.inside)}" if here.inside else ""
    release = here.release.partition("-")[0]
    text = f"{here.name}, Linux {release}, Python {dotted(here.python)}{inside}"
    if here.python < PYTHON:
        remedy = install(here, "python3.11")
        return Verdict(BROKEN, text, f"wrapify needs Python {dotted(PYTHON)} or later", remedy)
    if here.arch not in ARCHES:
        means = f"wrapify has no system-call filter for it, only for {' and '.join(ARCHES)}"
        return Verdict(BROKEN, f"{text}, {here.arch}", f"{means}: {NOTHING_RUNS}")
    if here.kernel < OVERLAYS and "wsl1" not in here.inside:
        means = f"before Linux {dotted(OVERLAYS)} a user's files cannot be copy-on-write"
        return Verdict(LIMITED, text, means, ("use a later kernel of the distribution",))
    if here.dropped:
        return Verdict(NOTE, text, "started by root: what follows is about nobody, as whom it would run")
    return ok(text)


def bubblewrap(seen: Seen) -> Verdict:
    """Look at the program itself."""
    found = seen.bwrap
    if not found.path and found.named:
        return Verdict(
            BROKEN, "there is no such program as WRAPIFY_BWRAP names", NOTHING_RUNS, ("unset WRAPIFY_BWRAP",)
        )
    if not found.path:
        return Verdict(BROKEN, "bubblewrap is not installed", NOTHING_RUNS, install(seen.system, "bubblewrap"))
    named = " (WRAPIFY_BWRAP)" if found.named else ""
    text = f"{dotted(found.version)}, {found.path}{named}"
    if not found.version:
        why = f"{found.path}{named} does not say its version, so it may be another program"
        return Verdict(BROKEN, why, NOTHING_RUNS, ("unset WRAPIFY_BWRAP",) if found.named else _anew(seen))
    if found.version < TESTED:
        level = LIMITED if seen.sandbox.run.did else BROKEN
        means = f"bubblewrap {dotted(TESTED)} or later is needed: nested namespaces, sizes of what is in memory"
        return Verdict(level, text, means, _newer(seen))
    if found.loose:
        means = "others than root can change this program, which holds every sandbox"
        return Verdict(LIMITED, text, means, ("unset WRAPIFY_BWRAP",) if found.named else _anew(seen))
    if found.version < SAFE:
        means = f"before {dotted(SAFE)} bwrap can be led astray by links (CVE-2026-87766); wrapify guards against that"
        return Verdict(NOTE, text, means)
    return ok(text)


def _anew(seen: Seen) -> tuple[str, ...]:
    lines = install(seen.system, "bubblewrap")
    return tuple(line.replace("apt install", "apt install --reinstall") for line in lines)


def _newer(seen: Seen) -> tuple[str, ...]:
    if seen.bwrap.named:
        return ("unset WRAPIFY_BWRAP",)
    if is_ubuntu(seen.system) and release(seen.system) < (24, 4):
        return ("# this release has none later; Ubuntu 24.04 has 0.9:", "sudo do-release-upgrade")
    return (
        "# the distribution's own, if there is a later one:",
        *install(seen.system, "bubblewrap"),
        "# else from github.com/containers/bubblewrap, and:",
        "export WRAPIFY_BWRAP=/usr/local/bin/bwrap",
    )


def namespaces(seen: Seen) -> Verdict | None:
    """Judge what came of starting `true` with bwrap alone."""
    if not (seen.bwrap.path and seen.bwrap.version):
        return None
    if seen.sandbox.plain.did:
        return None  # The next check says more.
    why, remedy = cause(seen)
    return Verdict(BROKEN, f"bwrap cannot start a sandbox: {why}", NOTHING_RUNS, remedy)


def run(seen: Seen) -> Verdict | None:
    """Judge what came of a run of wrapify's own, if bwrap works."""
    tried = seen.sandbox.run
    if not seen.sandbox.plain.did or not seen.bwrap.path:
        return None
    if tried.did:
        return ok("a command ran; its file was not seen outside")
    if seen.bwrap.version < TESTED:
        return None  # That it is too old is said already.
    if seen.own.policy:
        return Verdict(NOTE, "not tried: a policy file cannot be used, see below")
    # A hint that leads here would lead in a circle.
    remedy = (tried.hint,) if tried.hint and "doctor" not in tried.hint else ("wrapify explain -- true",)
    return Verdict(BROKEN, f"wrapify run fails: {tried.said}", NOTHING_RUNS, remedy)


NETWORKED = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "vboxsf")
STACKED = ("ecryptfs", "overlay", "aufs", "fuse", "zfs", "ramfs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "f2fs")


def copy_on_write(seen: Seen) -> Verdict | None:
    """Judge where changes can be recorded."""
    found = seen.sandbox
    if not found.plain.did or not seen.bwrap.path:
        return None
    state = next((folder for folder in seen.own.folders if folder.role == "state"), None)
    kind, place = (state.kind, seen.short(state.path)) if state else ("?", "the state directory")
    by = "bwrap" if found.route == "bwrap" else "wrapify"
    if found.route != "none" and found.upper == "state" and found.why_not:
        means = "removing a directory in a sandbox, or replacing one, fails with an input/output error"
        return Verdict(LIMITED, f"only in part in {place} ({kind}): {found.why_not}", means, _elsewhere(seen, kind))
    if found.route != "none" and found.upper == "state":
        return ok(f"on {kind}, by {by}, in {place}")
    why = first_words(found.why_not)
    why = f"{kind if 'attributes' in why else _about(kind)}: {why}"
    if found.route == "none":
        means = "files in a sandbox are read-only: what a command writes fails, and nothing can be looked at or applied"
        return Verdict(LIMITED, f"copy-on-write is not possible here ({why})", means, _elsewhere(seen, kind))
    means = "what a command changed waits in memory, and is lost at the next restart unless you apply it"
    return Verdict(LIMITED, f"changes cannot be recorded in {place} ({why})", means, _elsewhere(seen, kind))


def _about(kind: str) -> str:
    if kind in NETWORKED:
        return f"{kind}, a disk over the network"
    if kind in STACKED or kind.startswith("fuse"):
        return f"{kind}, which cannot hold the changes of an overlay"
    return kind


def _elsewhere(seen: Seen, kind: str) -> tuple[str, ...]:
    """Name what gives an overlay its place: another directory, a later kernel, or another bwrap."""
    if seen.system.kernel < OVERLAYS:
        return ("use a later kernel of the distribution",)
    if kind in NETWORKED or kind in STACKED or kind.startswith("fuse"):
        inside = any(name in seen.system.inside for name in ("docker", "podman", "lxc", "container"))
        more = (f"# {OUTSIDE}", "docker run -v wrapify-state:/state …") if inside and kind == "overlay" else ()
        place = "/state" if more else "/var/tmp/$USER-state"
        return (
            *more,
            f"# in {seen.shell.rc or '~/.profile'}, a directory on a disk of this machine:",
            f"mkdir -p -m 700 {place} && export XDG_STATE_HOME={place}",
        )
    if is_ubuntu(seen.system) and release(seen.system) < (25, 4):
        return ("# Ubuntu 25.04 and later have a bubblewrap that mounts it by itself:", "sudo do-release-upgrade")
    if seen.bwrap.version < (0, 11, 0):
        return ("# bubblewrap 0.11 or later mounts it by itself:", *_newer(seen)[1:])
    return ("sudo dmesg | grep -i overlay",)


def fake_root(seen: Seen) -> Verdict | None:
    """Judge whether --root can be had: it is copy-on-write of the system, kept in memory."""
    if not seen.sandbox.plain.did or not seen.bwrap.path:
        return None
    if seen.system.dropped:
        return Verdict(NOTE, "not as root: --root is tried by an ordinary user")
    if seen.sandbox.route == "none":
        return Verdict(LIMITED, "--root needs copy-on-write", "commands with sudo cannot be tried in a sandbox")
    memory = next((folder for folder in seen.own.folders if folder.role == "memory"), None)
    if memory and memory.free < 200 << 20:
        means = "the copy of the system that --root works on takes some 100 MB of it"
        remedy = (f"sudo mount -o remount,size=1G {memory.path.rsplit('/', 1)[0]}",)
        return Verdict(LIMITED, f"there is little room in {memory.path}", means, remedy)
    return ok("--root can try what needs sudo, in a copy")


def limits(seen: Seen) -> Verdict | None:
    """Say what bounds memory and processes."""
    if not seen.sandbox.plain.did or not seen.bwrap.path:
        return None
    if seen.sandbox.scopes:
        return ok("memory is bounded by the kernel")
    return Verdict(NOTE, "memory is watched four times a second", "with a systemd of yours the kernel would bound it")


def signals(seen: Seen) -> Verdict | None:
    """Say what Ctrl-C and signals from inside do."""
    if not seen.sandbox.plain.did or not seen.bwrap.path:
        return None
    if not seen.sandbox.signals:
        means = "Ctrl-C ends the whole sandbox at once, and the command cannot clean up"
        return Verdict(LIMITED, "there is no GNU env, perl or python3", means, install(seen.system, "coreutils"))
    if seen.sandbox.landlock < 6:
        return Verdict(NOTE, "a program inside can signal its own launcher: Linux 6.12 keeps it from that")
    return ok("Ctrl-C reaches the command, no signal gets out")
