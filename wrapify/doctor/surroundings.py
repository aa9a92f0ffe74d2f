"""Touches: /etc, /proc, /sys, /dev/net/tun, reading. Which system this is, and what has a say in sandboxes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping

from wrapify import host
from wrapify.doctor.seen import System
from wrapify.sandbox.facts import TUN

MOST = 1 << 20
SWITCHES = (
    "kernel.unprivileged_userns_clone",
    "user.max_user_namespaces",
    "kernel.apparmor_restrict_unprivileged_userns",
)
APPARMOR_D = "/etc/apparmor.d"


def text(path: str) -> str:
    """Read a small file, "" if that cannot be done. Those of /proc come in pieces, which `open` puts together."""
    try:
        with open(path, "rb") as file:
            return file.read(MOST).decode("utf-8", "replace")
    except OSError:
        return ""


def system(env: Mapping[str, str], *, dropped: bool) -> System:
    """Tell which system this is."""
    release = os.uname().release
    named = dict(_settings(text("/etc/os-release") or text("/usr/lib/os-release")))
    switches = {name: text(f"/proc/sys/{name.replace('.', '/')}").strip() for name in SWITCHES}
    return System(
        ids=(named.get("ID", "linux"), *named.get("ID_LIKE", "").split()),
        version=named.get("VERSION_ID", ""),
        name=named.get("PRETTY_NAME", "Linux"),
        arch=os.uname().machine,
        kernel=_numbers(release),
        release=release,
        python=sys.version_info[:3],
        image=_image(),
        inside=tuple(_inside(env, release)),
        switches=switches,
        profiles=tuple(_profiles()) if switches[SWITCHES[2]] == "1" else (),
        selinux=text("/sys/fs/selinux/enforce").strip() == "1",
        filtered="\nSeccomp:\t2" in text("/proc/self/status"),
        dropped=dropped,
    )


def _settings(lines: str) -> Iterator[tuple[str, str]]:
    """Read os-release(5): NAME=value or NAME="value"."""
    for line in lines.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            yield name, value.strip("\"'")


def _numbers(release: str) -> tuple[int, ...]:
    found = []
    for part in release.split("-")[0].split(".")[:2]:
        digits = "".join(char for char in part if char.isdigit())
        found.append(int(digits or 0))
    return tuple(found)


def _image() -> str:
    if os.path.exists("/run/ostree-booted"):
        return "rpm-ostree"
    is_fixed = os.path.exists("/usr/sbin/transactional-update") and bool(os.statvfs("/usr").f_flag & os.ST_RDONLY)
    return "transactional-update" if is_fixed else ""


def _inside(env: Mapping[str, str], release: str) -> Iterator[str]:
    """Tell what this is a part of, by the marks that each leaves."""
    if env.get("WRAPIFY_SANDBOX"):
        yield "wrapify"
    if "microsoft" in release.lower():
        yield "wsl1" if _numbers(release) < (4, 19) else "wsl2"
    if os.path.exists("/.flatpak-info"):
        yield "flatpak"
    if text("/proc/self/attr/current").startswith("snap."):
        yield "snap"
    yield from _containers(env)
    # In a chroot the root is no mount point that is seen.
    if not any(line.split(" ")[4:5] == ["/"] for line in text("/proc/self/mountinfo").splitlines()):
        yield "chroot"


def _containers(env: Mapping[str, str]) -> Iterator[str]:
    if os.path.exists("/run/.toolboxenv"):
        yield "toolbox"
    elif os.path.exists("/run/.containerenv") and env.get("CONTAINER_ID"):
        yield "distrobox"
    if os.path.exists("/run/.containerenv"):
        yield "podman"
    elif os.path.exists("/.dockerenv"):
        yield "docker"
    elif kind := text("/run/systemd/container").strip() or env.get("container", ""):
        yield "lxc" if kind.startswith("lxc") else "container"


def _profiles() -> Iterator[str]:
    """Name the files of AppArmor that have a profile for bwrap, and not only a rule for those who start it."""
    for name in host.names(APPARMOR_D, ("*",)):
        path = f"{APPARMOR_D}/{name}"
        if os.path.isfile(path) and any(map(_begins_profile, text(path).splitlines())):
            yield path


def _begins_profile(line: str) -> bool:
    """Tell whether a line is the head of a profile for bwrap: `profile NAME /usr/bin/bwrap flags=(…) {`."""
    return (
        line.rstrip().endswith("{") and "/bwrap" in line and line.strip().startswith(("profile ", "/", "@", '"', "{"))
    )


def tun() -> str:
    """Say why /dev/net/tun cannot be opened, "" if it can. Nothing is made by that."""
    try:
        os.close(os.open(TUN, os.O_RDWR | os.O_CLOEXEC))
    except OSError as error:
        return str(error.strerror)
    return ""


def resolvers() -> tuple[str, ...]:
    """List the resolvers that /etc/resolv.conf names."""
    lines = (line.split() for line in text("/etc/resolv.conf").splitlines())
    return tuple(words[1] for words in lines if len(words) > 1 and words[0] == "nameserver")


def is_routed() -> bool:
    """Tell whether there is a default route."""
    four = (line.split() for line in text("/proc/net/route").splitlines()[1:])
    six = (line.split() for line in text("/proc/net/ipv6_route").splitlines())
    return any(words[1:2] == ["00000000"] and words[7:8] == ["00000000"] for words in four) or any(
        words[0] == "0" * 32 and words[1] == "00" and words[-1] != "lo" for words in six if len(words) > 8
    )
