"""Pure. Whether a sandbox can have the internet."""

from __future__ import annotations

import posixpath

from wrapify.doctor.distribution import family, install
from wrapify.doctor.seen import Seen
from wrapify.doctor.verdict import LIMITED, NOTE, Verdict, ok

NO_INTERNET = "`--net internet` and the profile `online` do not work; `offline` and `--allow DOMAIN` do"


def carrier(seen: Seen) -> Verdict | None:
    """Look for slirp4netns and pasta."""
    if "wrapify" in seen.system.inside:
        return None  # In a sandbox none of it matters.
    found, named = seen.network.carriers, seen.network.named
    names = [posixpath.basename(path) for path in found]
    if named and named not in names:
        text = f"{named} is not installed, and network.carrier of your policy names it"
        return Verdict(LIMITED, text, NO_INTERNET, (*install(seen.system, _package(named)),))
    if not found:
        remedy = install(seen.system, "slirp4netns")
        return Verdict(LIMITED, "neither slirp4netns nor pasta is installed", NO_INTERNET, remedy)
    return ok(f"{named or names[0]} brings the internet in")


def _package(program: str) -> str:
    return "passt" if program == "pasta" else program


def tun(seen: Seen) -> Verdict | None:
    """Look at /dev/net/tun."""
    trouble = seen.network.tun
    if not trouble or "wrapify" in seen.system.inside:
        return None
    inside = [name for name in ("docker", "podman", "lxc", "container") if name in seen.system.inside]
    if inside:
        option = "lxc config device add NAME tun unix-char path=/dev/net/tun" if inside[0] == "lxc" else ""
        remedy: tuple[str, ...] = (option or f"{_runner(inside[0])} run --device /dev/net/tun …",)
    elif "denied" in trouble.lower() or "permitted" in trouble.lower():
        remedy = ("sudo udevadm trigger --name-match=net/tun", "# it is usually crw-rw-rw-: ls -l /dev/net/tun")
    elif family(seen.system) == "nixos":
        remedy = ('# in /etc/nixos/configuration.nix: boot.kernelModules = [ "tun" ];', "sudo nixos-rebuild switch")
    else:
        remedy = ("sudo modprobe tun", "echo tun | sudo tee /etc/modules-load.d/tun.conf")
    return Verdict(LIMITED, f"/dev/net/tun cannot be opened: {trouble}", NO_INTERNET, remedy)


def _runner(name: str) -> str:
    return name if name in ("docker", "podman") else "docker"


def internet(seen: Seen) -> Verdict | None:
    """Judge what came of a sandbox with the internet, where its parts are there."""
    tried = seen.network.internet
    if seen.network.tun or not seen.network.carriers or not seen.sandbox.run.did or not seen.bwrap.path:
        return None
    if tried.did:
        return ok("a sandbox had it, and nothing local")
    if "could not be closed" in tried.said:
        remedy: tuple[str, ...] = ("sudo modprobe xfrm_user", "echo xfrm_user | sudo tee /etc/modules-load.d/xfrm.conf")
    elif seen.system.switches.get("kernel.apparmor_restrict_unprivileged_userns") == "1":
        remedy = ("sudo dmesg | grep -i apparmor | tail",)
    else:
        hint = "" if "doctor" in tried.hint else tried.hint
        remedy = (hint or "wrapify run --net internet true",)
    return Verdict(LIMITED, f"a sandbox cannot have the internet: {tried.said}", NO_INTERNET, remedy)


def names(seen: Seen) -> Verdict:
    """Look at what names are resolved by, and whether there is a way out at all."""
    found = seen.network.resolvers
    if not found:
        means = "names are not found, here or in a sandbox"
        return Verdict(LIMITED, "/etc/resolv.conf names no resolver", means, ("cat /etc/resolv.conf",))
    text = f"resolved by {', '.join(found[:3])}"
    if not seen.network.routed:
        return Verdict(NOTE, f"{text}; there is no default route, so no internet now")
    return ok(text)
