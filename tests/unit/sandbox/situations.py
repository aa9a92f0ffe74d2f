"""Machines and situations that the tests of a plan start from: distributions on paper, and the shipped view."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import wrapify
from tests.unit.sandbox.fake import Fake, Node, Tree
from wrapify.policy import resolve
from wrapify.policy.model import GIB
from wrapify.policy.views import RootView, View
from wrapify.sandbox.plan import plan
from wrapify.sandbox.spec import Facts, Network, Person, SandboxSpec, Situation, Wish

POLICY = Path(wrapify.__file__).parent / "policy"
RUNTIME = "/dev/shm/wrapify-1000"
FACTS = Facts(
    bwrap="/usr/bin/bwrap",
    version=(0, 11, 0),
    route="bwrap",
    upper="state",
    signals=("/usr/bin/env", "--default-signal=INT,QUIT", "--"),
    landlock=6,
    arch="x86_64",
    memory=8 * GIB,
)

HOME: Tree = {
    "/home/u": Node("dir", 0o750),
    "/home/u/.bashrc": "file",
    "/home/u/.ssh": Node("dir", 0o700),
    "/home/u/.ssh/id_ed25519": Node("file", 0o600),
    "/home/u/.aws/credentials": Node("file", 0o600),
    "/home/u/.config/gh/hosts.yml": Node("file", 0o600),
    "/home/u/.netrc": Node("file", 0o600),
    "/home/u/work/.env": "file",
    "/home/u/work/main.py": "file",
    "/home/u/.local/state/wrapify": Node("dir", 0o700),
}
SYSTEM: Tree = {
    "/usr/bin/env": "file",
    "/usr/share/zoneinfo/UTC": "file",
    "/etc/passwd": "file",
    "/etc/group": "file",
    "/etc/shadow": Node("file", 0o640),
    "/etc/hosts": "file",
    "/etc/localtime": "-> /usr/share/zoneinfo/UTC",
    "/etc/resolv.conf": "-> ../run/systemd/resolve/stub-resolv.conf",
    "/etc/ssl/certs": "dir",
    "/etc/ssl/private": Node("dir", 0o710),
    "/run/systemd/resolve/stub-resolv.conf": "file",
    "/run/docker.sock": "socket",
    "/proc/keys": "file",
    "/sys/devices/system/cpu": "dir",
    "/tmp": Node("dir", 0o1777),
    "/var/tmp": Node("dir", 0o1777),
    "/var/run": "-> /run",
    "/var/lib/dpkg": "dir",
    "/srv/data/report.txt": "file",
    "/srv/data/token.txt": "file",
    "/srv/out": "dir",
}
MERGED: Tree = {f"/{name}": f"-> usr/{name}" for name in ("bin", "sbin", "lib", "lib64")}
DEBIAN: Tree = {**SYSTEM, **MERGED, **HOME}
UNMERGED: Tree = {**SYSTEM, **HOME, "/bin/sh": "file", "/sbin": "dir", "/lib/libc.so.6": "file"}
NIXOS: Tree = {
    **{path: written for path, written in SYSTEM.items() if not path.startswith("/etc/ssl")},
    **HOME,
    "/bin/sh": "-> /nix/store/bash/bin/sh",
    "/nix/store/bash/bin/sh": "file",
    "/nix/store/etc/zshrc": "file",
    "/nix/store/system": "dir",
    "/nix/var/nix/profiles": "dir",
    "/nix/var/nix/daemon-socket/socket": "socket",
    "/run/current-system": "-> /nix/store/system",
    "/etc/static": "-> /nix/store/etc",
    "/etc/zshrc": "-> /etc/static/zshrc",
    "/etc/resolv.conf": "file",
}
SILVERBLUE: Tree = {
    **SYSTEM,
    **MERGED,
    **{f"/var{path}": written for path, written in HOME.items()},
    "/home": "-> var/home",
    "/opt": "-> var/opt",
    "/var/opt/tool": "file",
    "/var/usrlocal/bin": "dir",
    "/var/home/linuxbrew/.linuxbrew/bin/brew": "file",
}


RESOLVER = "/usr/lib/wrapify/resolv.conf"
"""Where the fake machines have what ships with wrapify."""


def shipped_view() -> View:
    """Give the view and the secrets that ship with wrapify."""
    return resolve.view((POLICY / "profiles/system.toml").read_bytes(), (POLICY / "secrets.toml").read_bytes())


def shipped_root_view() -> RootView:
    """Give what --root shows besides, with short files for those that it places."""
    files = {path.name: b"#!/bin/sh\n" for path in (POLICY / "root").iterdir()}
    return resolve.root_view((POLICY / "profiles/root.toml").read_bytes(), files)


def person(home: str = "/home/u", cwd: str = "/home/u/work", *, dropped: bool = False) -> Person:
    """Give a user whose state lies below the home."""
    state = "/var/lib/wrapify" if dropped else f"{home}/.local/state/wrapify"
    own = (state, f"{home}/.cache/wrapify", f"{home}/.config/wrapify", RUNTIME)
    number = 65534 if dropped else 1000
    return Person(number, number, home, cwd, RUNTIME, own, dropped)


def situation(
    profile: str = "offline",
    *,
    who: Person | None = None,
    route: str = "bwrap",
    wish: Wish | None = None,
    root: bool = False,
    network: Network | None = None,
) -> Situation:
    """Give a situation: the shipped profile and view, the default policy, and a machine that can do everything."""
    version = (0, 8, 0) if route == "userns" else (0, 11, 0)
    return Situation(
        person=who or person(),
        facts=replace(FACTS, route=route, version=version, why_not="" if route != "none" else "no overlayfs here"),
        policy=resolve.policy([]),
        profile=resolve.profile(profile, (POLICY / f"profiles/{profile}.toml").read_bytes()),
        view=replace(shipped_view(), resolver=RESOLVER),
        wish=wish or Wish(),
        root=shipped_root_view() if root else None,
        network=network or Network(),
    )


def planned(machine: Fake, given: Situation) -> SandboxSpec:
    """Plan on a fresh copy of `machine`, so that nothing asked before counts."""
    return plan(Fake(machine.tree, mounts=machine.mounts, sockets=machine.sockets), given)
