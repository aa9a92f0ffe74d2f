"""The commands of each distribution."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.doctor import machines as m
from wrapify.doctor.distribution import install, release, settle
from wrapify.doctor.seen import System


@pytest.mark.parametrize(
    ("system", "line"),
    [
        (m.DEBIAN, "sudo apt install xclip"),
        (m.UBUNTU_24, "sudo apt install xclip"),
        (m.MINT, "sudo apt install xclip"),
        (m.FEDORA, "sudo dnf install xclip"),
        (m.SILVERBLUE, "sudo rpm-ostree install --apply-live xclip"),
        (m.ROCKY, "sudo dnf install epel-release\nsudo dnf install xclip"),
        (m.ARCH, "sudo pacman -S xclip"),
        (m.SUSE, "sudo zypper install xclip"),
        (m.MICROOS, "sudo transactional-update pkg install xclip\nsudo systemctl reboot"),
        (m.ALPINE, "sudo apk add xclip"),
        (System(("opensuse-leap",)), "sudo zypper install xclip"),
        (System(("cachyos", "arch")), "sudo pacman -S xclip"),
        (System(("void",)), "sudo xbps-install -S xclip"),
        (System(("mine",)), "install the package xclip"),
    ],
)  # fmt: skip
def test_install(system: System, line: str) -> None:
    assert "\n".join(install(system, "xclip")) == line


def test_packages_have_the_names_of_their_distribution() -> None:
    assert "libnotify-bin" in install(m.MINT, "libnotify")[0]
    assert install(m.FEDORA, "libnotify") == ("sudo dnf install libnotify",)
    assert "pkgs.slirp4netns" in install(m.NIXOS, "slirp4netns")[0]


def test_switches_are_set_for_good() -> None:
    assert settle(m.DEBIAN, "a.b=1")[0] == "echo a.b=1 | sudo tee /etc/sysctl.d/90-wrapify.conf"
    assert settle(m.NIXOS, "a.b=1")[0].endswith('boot.kernel.sysctl."a.b" = 1;')


def test_release() -> None:
    assert [release(replace(m.DEBIAN, version=text)) for text in ("13", "24.04", "", "rolling")] == [
        (13,),
        (24, 4),
        (),
        (),
    ]
