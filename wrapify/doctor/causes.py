"""Pure. Why no sandbox can be started here: from bwrap's own words and the switches of the kernel to cause and remedy.

The remedies leave protections on where there is another way, and name the narrowest switch where there is none.
"""

from __future__ import annotations

from collections.abc import Callable

from wrapify.doctor.distribution import family, install, is_ubuntu, release, settle
from wrapify.doctor.seen import Seen, System

Cause = tuple[str, tuple[str, ...]]
"""What is the matter, and the lines that mend it."""

PROFILE = "bwrap-userns-restrict"
EXTRA = f"/usr/share/apparmor/extra-profiles/{PROFILE}"
LOADED = f"/etc/apparmor.d/{PROFILE}"
CLONE = "kernel.unprivileged_userns_clone"
MOST = "user.max_user_namespaces"
APPARMOR = "kernel.apparmor_restrict_unprivileged_userns"


def cause(seen: Seen) -> Cause:
    """Say why bwrap alone does not start, and what helps. The first of `CAUSES` that fits is it."""
    said = seen.sandbox.plain.said
    found = (look(seen, said) for look in CAUSES)
    return next((one for one in found if one), (first_words(said), ("bwrap --unshare-all --ro-bind / / true",)))


def first_words(said: str) -> str:
    """Give what a program said at last, without its name."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return (lines[-1] if lines else "it does not say why").removeprefix("bwrap: ")[:160]


# ---- where this runs


def _wsl1(seen: Seen, said: str) -> Cause | None:  # noqa: ARG001
    if "wsl1" not in seen.system.inside:
        return None
    return "WSL 1 has no Linux kernel, so there are no namespaces", (
        "# in PowerShell, with the name that `wsl -l` shows:",
        "wsl --set-version NAME 2",
    )


def _nested(seen: Seen, said: str) -> Cause | None:  # noqa: ARG001
    if "wrapify" not in seen.system.inside:
        return None
    return "this is a sandbox of wrapify, and there is none within another", ("run it outside",)


def _application(seen: Seen, said: str) -> Cause | None:  # noqa: ARG001
    for name, way in (
        ("flatpak", "flatpak-spawn --host wrapify doctor"),
        ("snap", "run `wrapify doctor` in a terminal that is no snap"),
    ):
        if name in seen.system.inside:
            return f"this terminal is a part of a program from {name}, whose sandbox allows no other in it", (way,)
    return None


OUTSIDE = "run wrapify on the machine itself, outside of the container; or, for a container of your own:"
NESTING = {
    "docker": (
        "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \\",
        "    --security-opt systempaths=unconfined …",
    ),
    "podman": ("podman run --security-opt unmask=ALL …",),
    "lxc": ("lxc config set NAME security.nesting true && lxc restart NAME",),
}


def _container(seen: Seen, said: str) -> Cause | None:
    if not (_refused(said) or _masked(said) or "No space left" in said):
        return None
    for name in ("docker", "podman", "lxc", "container"):
        if name not in seen.system.inside:
            continue
        what = "this container" if name == "container" else f"this container ({name})"
        part = (
            "hides parts of /proc, so a sandbox in it cannot have its own"
            if _masked(said)
            else "allows no sandbox in it"
        )
        ways = NESTING.get(name, ("allow user namespaces and a /proc without masks in its settings",))
        return f"{what} {part}", (f"# {OUTSIDE}", *ways)
    return None


def _masked(said: str) -> bool:
    return "mount proc" in said


def _chroot(seen: Seen, said: str) -> Cause | None:
    # unshare(2): EPERM for CLONE_NEWUSER in a chroot.
    if "chroot" not in seen.system.inside or not _refused(said):
        return None
    return "this is a chroot, in which the kernel makes no user namespaces", (
        "run wrapify outside of it, or enter it with: sudo systemd-nspawn -D DIRECTORY",
    )


# ---- switches


def _clone_off(seen: Seen, said: str) -> Cause | None:  # noqa: ARG001
    if seen.system.switches.get(CLONE) != "0":
        return None
    why = f"{CLONE} is 0: this kernel gives user namespaces to root alone"
    return why, settle(seen.system, f"{CLONE}=1")


def _none_left(seen: Seen, said: str) -> Cause | None:
    most = seen.system.switches.get(MOST, "")
    if most != "0" and "No space left" not in said and "max_user_namespaces" not in said:
        return None
    if most == "0":
        return f"{MOST} is 0: user namespaces are off", settle(seen.system, f"{MOST}=15000")
    if seen.system.filtered or seen.system.inside:
        return f"user namespaces are used up or forbidden here ({MOST} is {most or 'not shown'})", (
            "run `wrapify doctor` in a plain terminal of this machine; or:",
            *settle(seen.system, f"{MOST}=15000"),
        )
    return f"user namespaces are used up ({MOST} is {most or 'not shown'})", settle(seen.system, f"{MOST}=15000")


def _apparmor(seen: Seen, said: str) -> Cause | None:
    told = "uid map" in said or "RTM_NEWADDR" in said
    if seen.system.switches.get(APPARMOR) != "1" or not (told or _refused(said)):
        return None
    if seen.bwrap.path != "/usr/bin/bwrap":
        return f"AppArmor allows user namespaces to /usr/bin/bwrap, and this is {seen.bwrap.path}", (
            ("unset WRAPIFY_BWRAP",) if seen.bwrap.named else install(seen.system, "bubblewrap")
        )
    return "AppArmor lets bubblewrap make no user namespaces: it has no profile that allows it", _profile(seen.system)


def _profile(system: System) -> tuple[str, ...]:
    """Load the profile that is made for bwrap. It is scoped to it; what others put there is never overwritten."""
    others = tuple(path for path in system.profiles if path != LOADED)
    if LOADED in system.profiles:
        return ("# its profile is there and not loaded, or not in this form:", f"sudo apparmor_parser -r {LOADED}")
    if others:
        return (
            f"# a profile for bwrap is there already and stays as it is: {others[0]}",
            f"# whoever wrote it must allow `userns`; if it does, load it: sudo apparmor_parser -r {others[0]}",
        )
    if is_ubuntu(system) and release(system) >= (25, 4):
        return (
            "# the package apparmor brings the profile; bring back what was removed of it:",
            "sudo apt install --reinstall -o Dpkg::Options::=--force-confmiss apparmor",
            f"sudo apparmor_parser -r {LOADED}",
        )
    return (
        *install(system, "apparmor-profiles"),
        f"sudo install -m 644 {EXTRA} {LOADED}",
        f"sudo apparmor_parser -r {LOADED}",
    )


# ---- what else is in the way


def _filtered(seen: Seen, said: str) -> Cause | None:
    if "Function not implemented" in said:
        why = "a system-call filter of what started this shell (a service of systemd: RestrictSUIDSGID) is in the way"
        return why, ("run `wrapify doctor` in a terminal that is no part of that service",)
    if not (seen.system.filtered and _refused(said)):
        return None
    return "a system-call filter around this shell forbids namespaces: another sandbox, a container or a service", (
        "run `wrapify doctor` in a plain terminal of this machine",
    )


def _selinux(seen: Seen, said: str) -> Cause | None:
    if not (seen.system.selinux and "Permission denied" in said):
        return None
    return "SELinux may forbid it", ("sudo ausearch -m AVC -ts recent | grep bwrap",)


def _setuid(seen: Seen, said: str) -> Cause | None:  # noqa: ARG001
    if not seen.bwrap.setuid:
        return None
    return f"{seen.bwrap.path} is setuid root, and so cannot do what wrapify needs", (
        f"sudo chmod u-s {seen.bwrap.path}",
    )


def _no_support(seen: Seen, said: str) -> Cause | None:
    if "Invalid argument" not in said and "not support" not in said:
        return None
    return f"this kernel ({seen.system.release}) may be built without user namespaces", (
        "boot the kernel of the distribution; CONFIG_USER_NS=y in one of your own",
    )


def _masked_proc(seen: Seen, said: str) -> Cause | None:  # noqa: ARG001
    return ("this is a container that hides parts of /proc", (OUTSIDE, *NESTING["docker"])) if _masked(said) else None


def _refused_by_something(seen: Seen, said: str) -> Cause | None:
    if not _refused(said):
        return None
    more = ("sudo dmesg | tail",) if family(seen.system) else ()
    return f"something forbids user namespaces ({first_words(said)})", (*more, "bwrap --unshare-all --ro-bind / / true")


def _refused(said: str) -> bool:
    words = ("Operation not permitted", "Permission denied", "No permissions to create", "creating new namespace")
    return any(word.lower() in said.lower() for word in words)


CAUSES: tuple[Callable[[Seen, str], Cause | None], ...] = (
    *(_wsl1, _nested, _application, _container, _clone_off, _none_left, _apparmor, _chroot, _filtered),
    *(_setuid, _selinux, _masked_proc, _no_support, _refused_by_something),
)
