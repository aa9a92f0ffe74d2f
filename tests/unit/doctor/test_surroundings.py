"""What tells one system from another, by the files that each has."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from wrapify import host
from wrapify.doctor import surroundings
from wrapify.doctor.distribution import install
from wrapify.doctor.seen import System

MOUNTED = "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
ARCH = 'NAME="Arch Linux"\nPRETTY_NAME="Arch Linux"\nID=arch\nBUILD_ID=rolling\n'
MINT = 'ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="22"\nPRETTY_NAME="Linux Mint 22"\n'
LEAP = "ID='opensuse-leap'\nID_LIKE='suse opensuse'\nVERSION_ID='15.6'\n"


def system(monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str], env: Mapping[str, str] | None = None) -> System:
    """Look at a machine that has these files, and nothing else."""
    there = {"/proc/self/mountinfo": MOUNTED, **files}
    monkeypatch.setattr(surroundings, "text", lambda path: there.get(path, ""))
    monkeypatch.setattr(os.path, "exists", lambda path: path in there)
    return surroundings.system(env or {}, dropped=False)


@pytest.mark.parametrize(
    ("files", "ids", "line"),
    [
        ({"/etc/os-release": ARCH}, ("arch",), "sudo pacman -S x"),
        ({"/etc/os-release": MINT}, ("linuxmint", "ubuntu", "debian"), "sudo apt install x"),
        ({"/usr/lib/os-release": LEAP}, ("opensuse-leap", "suse", "opensuse"), "sudo zypper install x"),
        ({"/etc/os-release": "ID=fedora\n", "/run/ostree-booted": ""}, ("fedora",), "sudo rpm-ostree install --apply-"),
        ({}, ("linux",), "install the package x"),
        ({"/etc/os-release": "nonsense\n=\n#ID=x\n\x00"}, ("linux",), "install the package x"),
    ],
)  # fmt: skip
def test_distributions(monkeypatch: pytest.MonkeyPatch, files: dict[str, str], ids: tuple[str, ...], line: str) -> None:
    found = system(monkeypatch, files)
    assert found.ids == ids
    assert install(found, "x")[0].startswith(line)


@pytest.mark.parametrize(
    ("files", "env", "inside"),
    [
        ({}, {}, ()),
        ({"/.dockerenv": ""}, {}, ("docker",)),
        ({"/run/.containerenv": ""}, {}, ("podman",)),
        ({"/run/.containerenv": "", "/run/.toolboxenv": ""}, {}, ("toolbox", "podman")),
        ({"/run/.containerenv": ""}, {"CONTAINER_ID": "box"}, ("distrobox", "podman")),
        ({"/run/systemd/container": "lxc\n"}, {}, ("lxc",)),
        ({"/run/systemd/container": "systemd-nspawn\n"}, {}, ("container",)),
        ({"/.flatpak-info": ""}, {}, ("flatpak",)),
        ({"/proc/self/attr/current": "snap.code.code (enforce)\n"}, {}, ("snap",)),
        ({"/proc/self/attr/current": "unconfined\n"}, {"SNAP": "/snap/code/1"}, ()),
        ({"/proc/self/mountinfo": "21 1 8:1 /srv/root /proc rw - proc proc rw\n"}, {}, ("chroot",)),
        ({}, {"WRAPIFY_SANDBOX": "offline"}, ("wrapify",)),
    ],
)  # fmt: skip
def test_what_it_is_a_part_of(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], env: dict[str, str], inside: tuple[str, ...]
) -> None:
    assert system(monkeypatch, files, env).inside == inside


@pytest.mark.parametrize(
    ("release", "kernel", "inside"),
    [
        ("4.4.0-19041-Microsoft", (4, 4), ("wsl1",)),
        ("5.15.167.4-microsoft-standard-WSL2", (5, 15), ("wsl2",)),
        ("6.17.1-hardened1-1-hardened", (6, 17), ()),
        ("7.0.0-rc3+", (7, 0), ()),
    ],
)  # fmt: skip
def test_kernels(
    monkeypatch: pytest.MonkeyPatch, release: str, kernel: tuple[int, ...], inside: tuple[str, ...]
) -> None:
    made = os.uname_result(("Linux", "vm", release, "#1", "x86_64"))
    monkeypatch.setattr(os, "uname", lambda: made)
    found = system(monkeypatch, {})
    assert (found.kernel, found.inside) == (kernel, inside)


PROFILES = {
    "bwrap-userns-restrict": "profile bwrap /usr/bin/bwrap flags=(attach_disconnected,mediate_deleted) {\n}\n",
    "bwrap": 'abi <abi/4.0>,\nprofile "bwrap" "/usr/bin/bwrap" flags=(unconfined) {\n  userns,\n}\n',
    "usr.bin.bwrap": "/usr/bin/bwrap {\n}\n",
    "tunable": "profile bwrap @{bin}/bwrap flags=(default_allow) {\n}\n",
    "usr.bin.evince": "/usr/bin/evince {\n  /usr/bin/bwrap Px,\n  # /usr/bin/bwrap {\n}\n",
    "flatpak": "profile flatpak /usr/bin/flatpak flags=(unconfined) {\n  userns,\n}\n",
}


def test_profiles_of_apparmor_for_bwrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, content in PROFILES.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "tunables").mkdir()
    monkeypatch.setattr(surroundings, "APPARMOR_D", str(tmp_path))
    names = sorted(os.path.basename(path) for path in surroundings._profiles())
    assert names == ["bwrap", "bwrap-userns-restrict", "tunable", "usr.bin.bwrap"]
    assert host.names(str(tmp_path), ("*",)) == tuple(sorted([*PROFILES, "tunables"]))


ROUTES = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\nlo\t0000007F\t0\t1\t0\t0\t0\t000000FF\n"
DEFAULT = "eth0\t00000000\t0102A8C0\t3\t0\t0\t0\t00000000\n"
SIX = f"{'0' * 32} 00 {'0' * 32} 00 fe80 00000400 1 0 450003 {{}}\n"


@pytest.mark.parametrize(
    ("four", "six", "routed"),
    [(ROUTES, "", False), (ROUTES + DEFAULT, "", True), ("", "", False), ("", SIX.format("eth0"), True),
     ("", SIX.format("lo"), False)],
)  # fmt: skip
def test_routes(monkeypatch: pytest.MonkeyPatch, four: str, six: str, routed: bool) -> None:
    files = {"/proc/net/route": four, "/proc/net/ipv6_route": six}
    monkeypatch.setattr(surroundings, "text", lambda path: files[path])
    assert surroundings.is_routed() is routed


def test_resolvers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        surroundings, "text", lambda _: "# nameserver 1\nnameserver 127.0.0.53\nnameserver\noptions x\n"
    )
    assert surroundings.resolvers() == ("127.0.0.53",)
