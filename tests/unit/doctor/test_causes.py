"""Why bwrap does not start: the words of bwrap and the switches of each distribution, to cause and remedy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.doctor import machines
from tests.unit.doctor.machines import ARCH, DEBIAN, FEDORA, MINT, NIXOS, UBUNTU_24, UBUNTU_26, WSL1, WSL2, failing
from wrapify.doctor.causes import LOADED, cause
from wrapify.doctor.seen import Bwrap, Seen, System

UID_MAP = "setting up uid map: Permission denied"
LOOPBACK = "loopback: Failed RTM_NEWADDR: Operation not permitted"
NO_NAMESPACE = "No permissions to create a new namespace, likely because the kernel does not allow non-privileged user"
PROC = "Can't mount proc on /newroot/proc: Operation not permitted"
LEFT = "Creating new namespace failed: No space left on device"
SCOPED = (
    "sudo install -m 644 /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/bwrap-userns-restr"
)


def inside(system: System, *names: str) -> System:
    return replace(system, inside=names)


def switched(system: System, **switches: str) -> System:
    return replace(system, switches={name.replace("__", "."): value for name, value in switches.items()})


CLONE_OFF = switched(ARCH, kernel__unprivileged_userns_clone="0")
NONE_LEFT = {"user__max_user_namespaces": "0"}

# Each row: a machine, words of the cause, words of the remedy.
CASES: dict[str, tuple[Seen, str, str]] = {
    "Ubuntu 24.04": (failing(UBUNTU_24, UID_MAP), "has no profile", SCOPED),
    "Ubuntu 24.04, as a program says it": (failing(UBUNTU_24, LOOPBACK), "AppArmor", f"apparmor_parser -r {LOADED}"),
    "Mint": (failing(MINT, UID_MAP), "AppArmor", "sudo apt install apparmor-profiles"),
    "Ubuntu 26.04": (
        failing(UBUNTU_26, UID_MAP),
        "AppArmor",
        "--reinstall -o Dpkg::Options::=--force-confmiss apparmor",
    ),
    "somebody's profile": (
        failing(replace(UBUNTU_24, profiles=("/etc/apparmor.d/bwrap",)), UID_MAP),
        "AppArmor",
        "is there already and stays as it is: /etc/apparmor.d/bwrap",
    ),
    "the profile, not loaded": (
        failing(replace(UBUNTU_24, profiles=("/etc/apparmor.d/bwrap-userns-restrict",)), UID_MAP),
        "AppArmor",
        "apparmor_parser -r",
    ),
    "another bwrap": (
        failing(UBUNTU_24, UID_MAP, bwrap=Bwrap("/home/u/venv/bwrap", named=True)),
        "/usr/bin/bwrap, and this is /home/u/venv/bwrap",
        "unset WRAPIFY_BWRAP",
    ),
    "hardened Arch": (failing(CLONE_OFF, NO_NAMESPACE), "root alone", "echo kernel.unprivileged_userns_clone=1"),
    "namespaces off": (
        failing(switched(FEDORA, **NONE_LEFT), LEFT),
        "are off",
        "user.max_user_namespaces=15000 | sudo tee",
    ),
    "namespaces off on NixOS": (
        failing(switched(NIXOS, **NONE_LEFT), LEFT),
        "are off",
        'boot.kernel.sysctl."user.max_user_namespaces" = 15000;',
    ),
    "namespaces used up": (
        failing(switched(DEBIAN, user__max_user_namespaces="64"), LEFT),
        "used up (user.max_user_namespaces is 64)",
        "15000",
    ),
    "docker": (
        failing(inside(DEBIAN, "docker"), NO_NAMESPACE),
        "container (docker) allows no",
        "outside of the container",
    ),
    "docker, masked /proc": (failing(inside(DEBIAN, "docker"), PROC), "hides parts of /proc", "systempaths=unconfined"),
    "podman": (failing(inside(FEDORA, "podman"), PROC), "hides parts of /proc", "--security-opt unmask=ALL"),
    "lxc": (failing(inside(DEBIAN, "lxc"), NO_NAMESPACE), "lxc", "security.nesting true"),
    "some container": (failing(inside(DEBIAN, "container"), NO_NAMESPACE), "this container allows", "outside"),
    "docker on Ubuntu 24.04": (failing(inside(UBUNTU_24, "docker"), NO_NAMESPACE), "docker", "apparmor=unconfined"),
    "a container without a mark": (failing(DEBIAN, PROC), "hides parts of /proc", "outside of the container"),
    "toolbox": (failing(inside(FEDORA, "toolbox", "podman"), PROC), "podman", "on the machine itself"),
    "flatpak": (failing(inside(DEBIAN, "flatpak"), NO_NAMESPACE), "flatpak", "flatpak-spawn --host wrapify doctor"),
    "snap": (failing(inside(UBUNTU_24, "snap"), NO_NAMESPACE), "snap", "no snap"),
    "WSL 1": (failing(WSL1, "Function not implemented"), "WSL 1", "wsl --set-version NAME 2"),
    "WSL 2": (failing(switched(WSL2, **NONE_LEFT), LEFT), "are off", "sudo sysctl --system"),
    "chroot": (failing(inside(DEBIAN, "chroot"), NO_NAMESPACE), "chroot", "systemd-nspawn"),
    "a sandbox of wrapify": (failing(inside(DEBIAN, "wrapify"), NO_NAMESPACE), "sandbox of wrapify", "outside"),
    "a filter": (failing(replace(DEBIAN, filtered=True), NO_NAMESPACE), "filter around this shell", "plain terminal"),
    "a service": (failing(DEBIAN, "mkdir parents: Function not implemented"), "RestrictSUIDSGID", "no part of that"),
    "SELinux": (failing(FEDORA, "execvp true: Permission denied"), "SELinux", "ausearch -m AVC"),
    "setuid": (
        failing(DEBIAN, "Unexpected capabilities", bwrap=Bwrap(setuid=True)),
        "setuid",
        "chmod u-s /usr/bin/bwrap",
    ),
    "no support": (
        failing(DEBIAN, "Creating new namespace failed: Invalid argument"),
        "built without",
        "CONFIG_USER_NS",
    ),
    "something": (failing(DEBIAN, NO_NAMESPACE), "something forbids", "bwrap --unshare-all"),
    "nothing known": (failing(DEBIAN, "what on earth"), "what on earth", "bwrap --unshare-all --ro-bind / / true"),
}


@pytest.mark.parametrize("name", CASES)
def test_cause_and_remedy(name: str) -> None:
    seen, why, remedy = CASES[name]
    found, lines = cause(seen)
    assert why in found
    assert remedy in "\n".join(lines)


@pytest.mark.parametrize("name", CASES)
def test_no_remedy_takes_a_protection_of_the_machine_down(name: str) -> None:
    """Switches that keep other programs from user namespaces are touched only where they are the cause."""
    lines = "\n".join(cause(CASES[name][0])[1])
    for word in ("apparmor_restrict", "setenforce", "systemctl disable", "aa-disable", "aa-complain", "teardown", "=0"):
        assert word not in lines
    if "unconfined" in lines:
        assert "outside of the container" in lines.splitlines()[0]


@pytest.mark.parametrize("system", [UBUNTU_24, UBUNTU_26, MINT])
def test_a_foreign_profile_is_never_overwritten(system: System) -> None:
    profiles = ("/etc/apparmor.d/bwrap", "/etc/apparmor.d/bwrap-userns-restrict")
    for there in (profiles[:1], profiles[1:], profiles):
        _, lines = cause(failing(replace(system, profiles=there), UID_MAP))
        assert not any("install" in line or "tee " in line for line in lines)


def test_the_words_of_bwrap_are_read_on_every_system() -> None:
    systems = [one for one in vars(machines).values() if isinstance(one, System)]
    assert len(systems) > 10
    for system in systems:
        for said in (UID_MAP, LOOPBACK, NO_NAMESPACE, PROC, LEFT, ""):
            why, lines = cause(failing(system, said))
            assert why
            assert lines
