"""Pure. The exact commands of each distribution: installing a package, setting a switch of the kernel."""

from __future__ import annotations

from wrapify.doctor.seen import System

IMAGES = {
    "rpm-ostree": ("sudo rpm-ostree install --apply-live {}",),
    "transactional-update": ("sudo transactional-update pkg install {}", "sudo systemctl reboot"),
}
NIXOS = ("# in /etc/nixos/configuration.nix: environment.systemPackages = [ pkgs.{} ];", "sudo nixos-rebuild switch")
INSTALL = {
    "nixos": NIXOS,
    "guix": (
        '# in the packages of /etc/config.scm: (specification->package "{}")',
        "sudo guix system reconfigure /etc/config.scm",
    ),
    "debian": ("sudo apt install {}",),
    "ubuntu": ("sudo apt install {}",),
    "fedora": ("sudo dnf install {}",),
    "rhel": ("sudo dnf install {}",),
    "arch": ("sudo pacman -S {}",),
    "suse": ("sudo zypper install {}",),
    "opensuse": ("sudo zypper install {}",),
    "alpine": ("sudo apk add {}",),
    "void": ("sudo xbps-install -S {}",),
    "gentoo": ("sudo emerge --ask {}",),
    "solus": ("sudo eopkg install {}",),
}
"""By a word of ID or ID_LIKE; the first of these words that is known decides."""
NAMES = {
    "libnotify": {
        **dict.fromkeys(("debian", "ubuntu"), "libnotify-bin"),
        **dict.fromkeys(("suse", "opensuse"), "libnotify-tools"),
    },
    "bubblewrap": {"gentoo": "sys-apps/bubblewrap"},
}
"""Where a package has another name."""
EPEL = frozenset({"xclip", "xsel", "wl-clipboard"})
"""Not in RHEL itself."""


def family(system: System) -> str:
    """Give the word of `INSTALL` that stands for a distribution, "" if it is not known."""
    return next((name for one in system.ids for name in _words(one) if name in INSTALL), "")


def _words(name: str) -> tuple[str, ...]:
    """opensuse-leap is also opensuse."""
    return (name, name.partition("-")[0])


def install(system: System, package: str) -> tuple[str, ...]:
    """Give the commands that install a package on this distribution."""
    kind = family(system)
    name = NAMES.get(package, {}).get(kind, package)
    lines = IMAGES.get(system.image) or INSTALL.get(kind)
    if not lines:
        return (f"install the package {name}",)
    more = ("sudo dnf install epel-release",) if kind == "rhel" and package in EPEL and not system.image else ()
    return (*more, *(line.format(name) for line in lines))


def settle(system: System, setting: str) -> tuple[str, ...]:
    """Give the commands that set a switch of the kernel for good."""
    if family(system) == "nixos":
        key, _, value = setting.partition("=")
        return (
            f'# in /etc/nixos/configuration.nix: boot.kernel.sysctl."{key}" = {value};',
            "sudo nixos-rebuild switch",
        )
    return (f"echo {setting} | sudo tee /etc/sysctl.d/90-wrapify.conf", "sudo sysctl --system")


def is_ubuntu(system: System) -> bool:
    """Tell whether this is Ubuntu or a distribution made from it."""
    return "ubuntu" in system.ids


def release(system: System) -> tuple[int, ...]:
    """Give VERSION_ID as numbers, () if it has none."""
    parts = system.version.split(".")
    return tuple(map(int, parts)) if all(part.isdigit() for part in parts) and system.version else ()
