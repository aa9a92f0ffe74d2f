"""Machines that exist on paper: one on which all is well, and for each check those on which something is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wrapify.doctor.seen import Bwrap, Desk, Folder, Network, Own, Sandbox, Seen, Shell, System, Trial

GIB = 1 << 30
FOLDERS = (
    Folder("state", "/home/u/.local/state/wrapify"),
    Folder("cache", "/home/u/.cache/wrapify"),
    Folder("settings", "/home/u/.config/wrapify"),
    Folder("memory", "/run/user/1000/wrapify", "tmpfs"),
)
GOOD = Seen(own=Own(folders=FOLDERS))

DEBIAN = System()
UBUNTU_22 = System(("ubuntu", "debian"), "22.04", "Ubuntu 22.04.5 LTS", (5, 15), "5.15.0-generic")
APPARMOR = {"kernel.apparmor_restrict_unprivileged_userns": "1", "user.max_user_namespaces": "63000"}
UBUNTU_24 = replace(
    UBUNTU_22, version="24.04", name="Ubuntu 24.04.3 LTS", kernel=(6, 8), release="6.8.0-45-generic", switches=APPARMOR
)
UBUNTU_26 = replace(UBUNTU_24, version="26.04", name="Ubuntu 26.04 LTS", kernel=(7, 0), release="7.0.0-12-generic")
MINT = replace(UBUNTU_24, ids=("linuxmint", "ubuntu", "debian"), version="22", name="Linux Mint 22")
FEDORA = System(("fedora",), "44", "Fedora Linux 44", (6, 17), "6.17.1", selinux=True)
SILVERBLUE = replace(FEDORA, name="Fedora Linux 44 (Silverblue)", image="rpm-ostree")
RHEL = System(("rhel", "fedora"), "9.6", "Red Hat Enterprise Linux 9.6", (5, 14), "5.14.0-570", selinux=True)
ROCKY = replace(RHEL, ids=("rocky", "rhel", "centos", "fedora"), name="Rocky Linux 9.6")
ARCH = System(("arch",), "", "Arch Linux", (6, 17), "6.17.1-hardened1-1-hardened")
SUSE = System(("opensuse-tumbleweed", "opensuse", "suse"), "20261101", "openSUSE Tumbleweed", (6, 17), "6.17.1")
MICROOS = replace(SUSE, ids=("opensuse-microos", "opensuse", "suse"), image="transactional-update")
ALPINE = System(("alpine",), "3.22", "Alpine Linux v3.22", (6, 12), "6.12.1-0-lts")
NIXOS = System(("nixos",), "25.11", "NixOS 25.11 (Xantusia)", (6, 12), "6.12.1")
WSL1 = replace(UBUNTU_22, inside=("wsl1",), kernel=(4, 4), release="4.4.0-19041-Microsoft")
WSL2 = replace(UBUNTU_24, inside=("wsl2",), release="6.6.87.2-microsoft-standard-WSL2", switches={})


def on(system: System, **more: Any) -> Seen:
    """Give the good machine with another system and what else is named."""
    return replace(GOOD, system=system, **more)


def failing(system: System, said: str, **more: Any) -> Seen:
    """Give a machine on which bwrap does not start, saying `said`."""
    trial = Trial(False, f"bwrap: {said}\n")
    return on(system, sandbox=Sandbox(plain=trial, run=trial, route="none"), **more)


def without(role: str, trouble: str) -> Seen:
    """Give a machine on which one of wrapify's directories cannot be used."""
    folders = tuple(replace(one, trouble=trouble if one.role == role else "") for one in FOLDERS)
    return replace(GOOD, own=Own(folders=folders))


def on_disk(kind: str, why: str, *, route: str, **more: Any) -> Seen:
    """Give a machine whose state directory lies on such a file system; an overlay there fails with `why`."""
    folders = tuple(replace(one, kind=kind if one.role == "state" else one.kind) for one in FOLDERS)
    sandbox = Sandbox(route=route, upper="memory", why_not=why)
    return replace(GOOD, own=Own(folders=folders), sandbox=sandbox, **more)


def shell(**fields: Any) -> Seen:
    """Give a machine whose user's shell is like that."""
    return replace(GOOD, shell=Shell(**fields))


STARTED_LESS = replace(
    GOOD,
    bwrap=Bwrap(path="", version=()),
    sandbox=Sandbox(plain=Trial(False), run=Trial(False, "there is no bubblewrap"), route="none"),
)
Case = tuple[Seen, str, str, str]
"""A machine; the level, and words that are in the text with its meaning, and in its remedy."""
BAD: dict[str, tuple[Case, ...]] = {
    "system": (
        (on(replace(DEBIAN, kernel=(5, 10), release="5.10.0")), "limited", "before Linux 5.11", "later kernel"),
        (on(replace(ALPINE, python=(3, 10, 4))), "broken", "needs Python 3.11", "apk add"),
        (on(replace(DEBIAN, arch="riscv64")), "broken", "no system-call filter", ""),
        (on(replace(DEBIAN, dropped=True)), "note", "about nobody", ""),
    ),
    "bubblewrap": (
        (STARTED_LESS, "broken", "is not installed", "sudo apt install bubblewrap"),
        (replace(STARTED_LESS, bwrap=Bwrap("", (), named=True)), "broken", "WRAPIFY_BWRAP", "unset WRAPIFY_BWRAP"),
        (replace(STARTED_LESS, system=FEDORA), "broken", "is not installed", "sudo dnf install bubblewrap"),
        (replace(STARTED_LESS, system=ARCH), "broken", "is not installed", "sudo pacman -S bubblewrap"),
        (replace(STARTED_LESS, system=SILVERBLUE), "broken", "", "sudo rpm-ostree install --apply-live bubblewrap"),
        (replace(STARTED_LESS, system=NIXOS), "broken", "", "sudo nixos-rebuild switch"),
        (on(UBUNTU_22, bwrap=Bwrap(version=(0, 6, 1))), "limited", "0.8.0 or later", "do-release-upgrade"),
        (on(ROCKY, bwrap=Bwrap(version=(0, 4, 1)), sandbox=Sandbox(run=Trial(False, "Unknown option --size"))),
         "broken", "0.4.1", "sudo dnf install bubblewrap"),
        (on(DEBIAN, bwrap=Bwrap(version=(0, 8, 0))), "note", "CVE-2026-87766", ""),
        (on(DEBIAN, bwrap=Bwrap("/home/u/bwrap", loose=True, named=True)), "limited", "others than root", "unset"),
        (on(DEBIAN, bwrap=Bwrap(loose=True)), "limited", "others than root", "--reinstall bubblewrap"),
        (on(DEBIAN, bwrap=Bwrap("/usr/bin/bwrap", ())), "broken", "does not say its version", "--reinstall"),
    ),
    "namespaces": (
        (failing(UBUNTU_24, "setting up uid map: Permission denied"), "broken", "AppArmor", "apparmor-profiles"),
    ),
    "a run": (
        (replace(GOOD, sandbox=Sandbox(run=Trial(False, "no room", "make room there"))), "broken", "no room", "make"),
        (replace(GOOD, sandbox=Sandbox(run=Trial(False)), own=Own(policy="x")), "note", "see below", ""),
        (replace(GOOD, sandbox=Sandbox(run=Trial(False, "?"))), "broken", "wrapify run fails", "wrapify explain"),
    ),
    "copy-on-write": (
        (on_disk("nfs4", "Operation not supported", route="userns"), "limited", "over the network", "XDG_STATE_HOME"),
        (on_disk("ecryptfs", "Invalid argument", route="none"), "limited", "read-only", "XDG_STATE_HOME"),
        (on_disk("fuse.gocryptfs", "Invalid argument", route="userns"), "limited", "next restart", "XDG_STATE_HOME"),
        (on_disk("zfs", "Invalid argument", route="userns"), "limited", "zfs", "export XDG_STATE_HOME"),
        (on_disk("overlay", "Invalid argument", route="userns", system=replace(DEBIAN, inside=("docker",))),
         "limited", "overlay", "docker run -v"),
        (on_disk("ext4", "Permission denied", route="none", bwrap=Bwrap(version=(0, 9, 0)), system=UBUNTU_24),
         "limited", "not possible", "do-release-upgrade"),
        (on_disk("ext4", "Permission denied", route="none", bwrap=Bwrap(version=(0, 8, 0))), "limited", "", "0.11"),
        (on_disk("ext4", "Invalid argument", route="none"), "limited", "Invalid argument", "dmesg"),
        (replace(GOOD, sandbox=Sandbox(why_not="no attributes")), "limited", "only in part", "dmesg"),
        (on_disk("ext4", "?", route="none", system=replace(DEBIAN, kernel=(5, 10))), "limited", "", "later kernel"),
    ),
    "fake root": (
        (on_disk("ext4", "?", route="none"), "limited", "--root needs copy-on-write", ""),
        (replace(GOOD, own=Own(folders=(replace(FOLDERS[3], free=1 << 20),))), "limited", "little room", "remount"),
        (on(replace(DEBIAN, dropped=True)), "note", "ordinary user", ""),
    ),
    "limits": ((replace(GOOD, sandbox=Sandbox(scopes=False)), "note", "four times a second", ""),),
    "signals": (
        (replace(GOOD, sandbox=Sandbox(signals=False), system=ALPINE), "limited", "Ctrl-C", "apk add coreutils"),
        (replace(GOOD, sandbox=Sandbox(landlock=3)), "note", "6.12", ""),
    ),
    "carrier": (
        (replace(GOOD, network=Network(carriers=())), "limited", "neither slirp4netns nor pasta", "apt install slirp"),
        (replace(GOOD, network=Network(named="pasta")), "limited", "pasta is not installed", "apt install passt"),
    ),
    "tun": (
        (replace(GOOD, network=Network(tun="No such file or directory")), "limited", "--net internet", "modprobe tun"),
        (replace(GOOD, network=Network(tun="Permission denied")), "limited", "Permission denied", "udevadm"),
        (on(replace(DEBIAN, inside=("podman",)), network=Network(tun="No such")), "limited", "", "podman run --device"),
        (on(replace(DEBIAN, inside=("lxc",)), network=Network(tun="No such file")), "limited", "", "lxc config device"),
        (on(NIXOS, network=Network(tun="No such file")), "limited", "", "boot.kernelModules"),
    ),
    "internet": (
        (replace(GOOD, network=Network(internet=Trial(False, "what is not the internet could not be closed"))),
         "limited", "could not be closed", "xfrm_user"),
        (on(UBUNTU_24, network=Network(internet=Trial(False, "pasta could not open"))), "limited", "pasta", "apparmor"),
        (replace(GOOD, network=Network(internet=Trial(False, "it did not begin"))), "limited", "begin", "wrapify run"),
    ),
    "names": (
        (replace(GOOD, network=Network(resolvers=())), "limited", "names no resolver", "resolv.conf"),
        (replace(GOOD, network=Network(routed=False)), "note", "no default route", ""),
    ),
    "policy": (
        (replace(GOOD, own=Own(folders=FOLDERS, policy="p.toml: no key 'x'")), "broken", "no key", "policy edit"),
        (replace(GOOD, own=Own(folders=FOLDERS, trusted=False)), "limited", "damaged", "distrust --all"),
    ),
    "directories": (
        (without("state", "it belongs to user 0"), "broken", "belongs to user 0", "sudo chown -R"),
        (without("state", "it is a symlink, and has to be a directory"), "broken", "symlink", "mv "),
        (without("memory", "Read-only file system"), "broken", "Read-only", "findmnt"),
        (without("cache", "Permission denied"), "limited", "slower", "chmod u+rwx"),
        (without("settings", "it belongs to user 0"), "limited", "setting", "chown"),
    ),
    "space": (
        (replace(GOOD, own=Own(folders=(replace(FOLDERS[0], free=100 << 20),))), "limited", "100 MiB", "wrapify box"),
        (replace(GOOD, own=Own(folders=(replace(FOLDERS[0], free=700 << 20),))), "note", "700 MiB", "discard"),
    ),
    "program": (
        (replace(GOOD, own=Own(folders=FOLDERS, programs=())), "limited", "not on PATH", 'export PATH="/home/u/.local'),
        (replace(GOOD, own=Own(folders=FOLDERS, programs=("/usr/bin/wrapify", "/home/u/.local/bin/wrapify"))),
         "limited", "/usr/bin/wrapify is found before", "type -a"),
    ),
    "hook": (
        (shell(name="zsh", loaded=False), "limited", "!!sandbox runs the command", "wrapify setup --shell zsh"),
        (shell(loaded=False, obstacle="bash 4.2 is too old for it"), "limited", "too old", "wrapify run"),
        (shell(loaded=False, has_line=True), "limited", "though ~/.bashrc names it", "not reached"),
        (shell(name="nu", known=False), "note", "nu, has no hook", ""),
        (shell(started=False, loaded=False, said="oops"), "limited", "did not come to a prompt", "bash -i"),
        (shell(program="/usr/bin/wrapify"), "limited", "another wrapify", "type -a"),
        (shell(program=""), "limited", "no wrapify on PATH", "set PATH in ~/.bashrc"),
        (shell(judge=False), "limited", "timeout(1)", "install coreutils"),
        (shell(kept=False), "limited", "$?", "wrapify init bash"),
    ),
    "pastes": (
        (shell(name="zsh", paste="ran", keys=(("Enter", "my-widget", "/home/u/plug.zsh"),), rc="~/.zshrc"),
         "limited", "Enter (what runs a line) is bound to my-widget of /home/u/plug.zsh", "below what loads /home/u"),
        (shell(name="fish", paste="ran", keys=(("Enter", "other", ""),)), "limited", "bound to other", "binds Enter"),
        (shell(paste="silent"), "limited", "neither held nor run", "wrapify on"),
        (shell(paste=""), "note", "your policy lets", ""),
        (replace(GOOD, own=Own(folders=FOLDERS, off=True)), "limited", "not judged in any shell", "on --global"),
    ),
    "prefix": (
        (shell(word=127), "limited", "status 127", "wrapify status"),
        (shell(word=44, keys=(("Enter", "x", "/p"),)), "limited", "bound to x of /p", "below what loads /p"),
    ),
    "other shells": ((shell(others=("zsh", "fish")), "note", "zsh and fish have", "wrapify setup"),
                     (shell(others=("fish",)), "note", "pastes into it run unseen", "wrapify setup")),
    "terminal": (
        (replace(GOOD, desk=Desk(is_terminal=False)), "note", "no terminal", ""),
        (replace(GOOD, desk=Desk(term="linux")), "note", "linux", ""),
        (replace(GOOD, desk=Desk(term="")), "note", "TERM is not set", ""),
    ),
    "clipboard": (
        (replace(GOOD, desk=Desk(session="x11", tool="")), "limited", "no tool", "sudo apt install xclip"),
        (on(RHEL, desk=Desk(session="wayland", tool="")), "limited", "wrapify paste", "epel-release"),
        (on(RHEL, desk=Desk(session="wayland", tool="")), "limited", "wayland", "sudo dnf install wl-clipboard"),
        (on(WSL2, desk=Desk(session="wsl", tool="")), "limited", "wsl", "/etc/wsl.conf"),
        (replace(GOOD, desk=Desk(session="ssh", tool="")), "note", "end of ssh", ""),
        (replace(GOOD, desk=Desk(session="none", tool="")), "note", "neither WAYLAND_DISPLAY", ""),
        (replace(GOOD, desk=Desk(trouble="Can't open display: :7")), "limited", "display", "old tmux"),
        (replace(GOOD, desk=Desk(trouble="xclip cannot use the clipboard")), "limited", "xclip cannot", "clip show"),
    ),
    "notices": (
        (replace(GOOD, desk=Desk(notices=False)), "note", "notify-send", "sudo apt install libnotify-bin"),
        (on(SUSE, desk=Desk(notices=False)), "note", "notify-send", "libnotify-tools"),
    ),
}  # fmt: skip
"""By the name of a check."""
