"""Touches: the cache directory. What this machine can do, as found once by `sandbox/probe.py` and kept."""

from __future__ import annotations

import marshal
import os

from wrapify import __version__, tracing
from wrapify.errors import SandboxUnavailable
from wrapify.host import Machine
from wrapify.place import Place
from wrapify.sandbox.spec import Facts

PROGRAMS = ("/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin")
CARRIERS = ("slirp4netns", "pasta")
"""What carries the internet to a sandbox, the quicker to start first."""
PACKAGES = {"pasta": "passt"}
TUN = "/dev/net/tun"
BOOT = "/proc/sys/kernel/random/boot_id"
INSTALL = {
    "debian": "sudo apt install",
    "fedora": "sudo dnf install",
    "arch": "sudo pacman -S",
    "suse": "sudo zypper install",
    "alpine": "sudo apk add",
}


def find(name: str) -> str:
    """Find a program in the system's own directories (never in the working directory or a user's PATH), or ""."""
    return next((f"{folder}/{name}" for folder in PROGRAMS if os.access(f"{folder}/{name}", os.X_OK)), "")


def facts(machine: Machine, place: Place, *, state: str, runtime: str) -> Facts:
    """Tell what this machine can do. Raises SandboxUnavailable if it can build no sandbox at all."""
    bwrap = os.environ.get("WRAPIFY_BWRAP", "") or find("bwrap")
    if not bwrap or not machine.identity(bwrap):
        raise SandboxUnavailable("bubblewrap (the program bwrap) is not installed", install_hint())
    key = (__version__, str(machine.identity(bwrap)), bwrap, os.uname().release, _boot(), state, runtime, place.uid)
    path = f"{place.dirs.cache}/facts"
    found = _kept(path, key)
    if not found:
        # Trying is rare and needs modules that a plan does not.
        from wrapify.sandbox.probe import probe

        found = probe(bwrap, state, runtime=runtime)
        tracing.info("this machine was tried: %s", ", ".join(f"{it}={getattr(found, it)!r}" for it in Facts.__slots__))
        _keep(path, key, found=found)
    _stamp(machine, found)
    return found


def _stamp(machine: Machine, found: Facts) -> None:
    """Ask for what the verdict rests on, so that no kept plan outlives it: this boot, and the programs it names."""
    machine.content(BOOT, 64)
    # A bwrap in an earlier folder would be taken instead.
    for program in (*(f"{folder}/bwrap" for folder in PROGRAMS), *found.signals[:1], found.busctl):
        if program:
            machine.identity(program)


def forget(place: Place) -> None:
    """Drop the verdict, so that the next run tries again."""
    try:
        os.unlink(f"{place.dirs.cache}/facts")
    except OSError:
        return


def _boot() -> str:
    try:
        with open(BOOT) as source:
            return source.read()
    except OSError:
        return ""


def carrier(machine: Machine, named: str) -> str:
    """Find what carries the internet to a sandbox, `named` or the best. Raises SandboxUnavailable if there is none."""
    found = [path for name in ((named,) if named in CARRIERS else CARRIERS) if (path := find(name))]
    if not found or not machine.identity(found[0]):
        name = named if named in CARRIERS else CARRIERS[0]
        what = f"{name} is not installed, and the internet needs it" if named else NO_CARRIER
        raise SandboxUnavailable(what, install_hint(PACKAGES.get(name, name)))
    if not os.access(TUN, os.R_OK | os.W_OK):
        raise SandboxUnavailable(f"{TUN} cannot be opened, and the internet needs it", "sudo modprobe tun")
    return found[0]


NO_CARRIER = "neither slirp4netns nor pasta is installed, and the internet needs one of them"


def install_hint(package: str = "bubblewrap") -> str:
    """Name the command that installs a package on this distribution."""
    try:
        with open("/etc/os-release") as source:
            text = source.read(8192)
    except OSError:
        text = ""
    names = " ".join(line for line in text.splitlines() if line.startswith(("ID=", "ID_LIKE=")))
    command = next((command for name, command in INSTALL.items() if name in names), "install the package")
    return f"{command} {package}"


def _kept(path: str, key: tuple[object, ...]) -> Facts | None:
    try:
        with open(path, "rb") as source:
            kept_key, values = marshal.loads(source.read(65536))  # noqa: S302 - this user's own cache
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return Facts(*values) if kept_key == key and len(values) == len(Facts.__slots__) else None


def _keep(path: str, key: tuple[object, ...], *, found: Facts) -> None:
    values = tuple(getattr(found, name) for name in Facts.__slots__)
    try:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        with open(f"{path}.{os.getpid()}", "xb") as target:
            target.write(marshal.dumps((key, values)))  # type: ignore[arg-type] # plain values
        os.rename(f"{path}.{os.getpid()}", path)
    except OSError:
        return
