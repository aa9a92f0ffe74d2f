"""Touches: files, inside a sandbox. Attacks that read: decoy secrets, and the ways round to them."""

from __future__ import annotations

import os
import re
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from .kernel import Context, Probe, Verdict, held, leaked, skipped

SCAN_SECONDS, SCAN_BYTES = 3.0, 1 << 16


def _reading(path: str, marker: str) -> Verdict:
    """Read `path` and look for the marker that the host side put there."""
    with open(path, "rb") as file:
        if marker.encode() in file.read(SCAN_BYTES):
            return leaked(f"read {path}")
    return held(f"{path} shows something else")


def _secret(name: str, ctx: Context) -> Verdict:
    """Read the decoy of that name at its usual path."""
    decoy = ctx["secrets"][name]
    return _reading(decoy["path"], decoy["marker"])


def _planted(name: str, ctx: Context) -> Verdict:
    decoy = ctx["planted"].get(name)
    return _reading(decoy["path"], decoy["marker"]) if decoy else skipped(f"nothing could be planted for {name}")


def _through(prefix: str, ctx: Context) -> Verdict:
    decoy = ctx["secrets"]["ssh"]
    return _reading(prefix + decoy["path"], decoy["marker"])


def _every_root(ctx: Context) -> Verdict:
    """/proc/PID/root and /proc/PID/cwd of a process outside lead to the host's tree."""
    decoy, seen = ctx["secrets"]["ssh"], 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if pid == str(os.getpid()):
            continue
        for link in ("root", "cwd"):
            with suppress(OSError):
                seen += 1
                if _reading(f"/proc/{pid}/{link}{decoy['path']}", decoy["marker"]).status == "leaked":
                    return leaked(f"/proc/{pid}/{link}")
    return held(f"{seen} links tried")


def _dotdot(ctx: Context) -> Verdict:
    decoy = ctx["secrets"]["ssh"]
    return _reading("/proc/self/cwd" + "/.." * 24 + decoy["path"], decoy["marker"])


def _hardlink(ctx: Context) -> Verdict:
    decoy, link = ctx["secrets"]["ssh"], os.path.join(ctx["cwd"], f"{ctx['token']}.hard")
    os.link(decoy["path"], link)
    try:
        return _reading(link, decoy["marker"])
    finally:
        os.unlink(link)


def _renamed(ctx: Context) -> Verdict:
    """Move the hidden directory aside: does what is below show again?"""
    decoy, aside = ctx["secrets"]["gpg"], os.path.join(ctx["home"], f"{ctx['token']}.aside")
    source = os.path.join(ctx["home"], ".gnupg")
    os.rename(source, aside)
    return _reading(aside + decoy["path"][len(source) :], decoy["marker"])


def _symlink(ctx: Context) -> Verdict:
    decoy, link = ctx["secrets"]["aws"], os.path.join(ctx["cwd"], f"{ctx['token']}.soft")
    with suppress(OSError):
        os.symlink(decoy["path"], link)
        return _reading(link, decoy["marker"])
    return held("no way through a symlink")


def _behind_symlink(ctx: Context) -> Verdict:
    decoy = ctx["secrets"]["azure"]
    return _reading(decoy["real"], decoy["marker"])


def _walk(tops: list[str]) -> Iterator[str]:
    for top in tops:
        for folder, _, names in os.walk(top):
            yield from (os.path.join(folder, name) for name in names)


def _head(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(SCAN_BYTES)


def _scan(ctx: Context) -> Verdict:
    """Look into every file of home, working directory and scratch places for any marker of a secret."""
    markers = {decoy["marker"].encode(): name for name, decoy in ctx["secrets"].items()}
    tops = [ctx["home"], ctx["cwd"], "/tmp", "/run", "/var/tmp", "/dev/shm", "/mnt", "/media", "/srv", "/opt"]
    found = set()
    end = time.monotonic() + SCAN_SECONDS
    for path in _walk(tops):
        if time.monotonic() > end:
            break
        with suppress(OSError):
            if stat.S_ISREG(os.lstat(path).st_mode):
                text = _head(path)
                found |= {f"{markers[m]} in {path}" for m in markers if m in text}
    return leaked("; ".join(sorted(found)[:3])) if found else held("no marker anywhere")


def _state(ctx: Context) -> Verdict:
    inside = os.listdir(os.path.join(ctx["home"], ".local/state/wrapify"))
    return leaked(f"the state directory shows {inside[:3]}") if inside else held("empty")


def _system_secrets(_: Context) -> Verdict:
    """Files that only root may read: matters when root itself starts the sandbox."""
    ssh = [str(path) for path in Path("/etc/ssh").glob("ssh_host_*_key")]
    for path in ["/etc/shadow", "/etc/gshadow", "/etc/sudoers", *ssh]:
        with suppress(OSError):
            if not all(STAND_IN.fullmatch(line) for line in Path(path).read_text().splitlines()):
                return leaked(f"read {path}")
    return held("none readable")


# What a fake root finds in place of passwords: names alone, and nobody can log in.
STAND_IN = re.compile(r"[^:]+:\*:(19000:0:99999:7)?:+")


def _apart(name: str, ctx: Context) -> Verdict:
    """Where there is the network, the home is not."""
    if all(interface == "lo" for _, interface in socket.if_nameindex()):
        return skipped("there is no network inside")
    return _planted(name, ctx)


def _oldroot(_: Context) -> Verdict:
    shown = [path for path in ("/oldroot", "/newroot") if os.path.lexists(path)]
    return leaked(f"{shown} visible") if shown else held("neither /oldroot nor /newroot")


SECRETS = tuple(
    Probe(f"secret-{name}", "secrets", partial(_secret, name), f"reads {what}")
    for name, what in (
        ("ssh", "~/.ssh/id_ed25519"),
        ("ssh-other", "an ssh key with a name of its own in ~/.ssh"),
        ("gpg", "a private key of ~/.gnupg"),
        ("aws", "~/.aws/credentials"),
        ("gcloud", "the gcloud credentials"),
        ("azure", "the Azure token cache"),
        ("kube", "~/.kube/config"),
        ("docker", "~/.docker/config.json"),
        ("gh", "~/.config/gh/hosts.yml"),
        ("npmrc", "~/.npmrc"),
        ("pypirc", "~/.pypirc"),
        ("netrc", "~/.netrc"),
        ("git-credentials", "~/.git-credentials"),
        ("git-credentials-xdg", "~/.config/git/credentials"),
        ("pgpass", "~/.pgpass"),
        ("mysql", "~/.my.cnf"),
        ("cargo", "~/.cargo/credentials.toml"),
        ("gem", "~/.gem/credentials"),
        ("terraform", "the Terraform token"),
        ("rclone", "rclone.conf"),
        ("huggingface", "the Hugging Face token"),
        ("age", "the age key of sops"),
        ("agent-claude", "the Claude Code token"),
        ("agent-codex", "the Codex token"),
        ("firefox", "Firefox's saved logins"),
        ("chromium", "Chromium's saved logins"),
        ("chrome", "Chrome's cookies"),
        ("keyring", "the GNOME keyring"),
        ("kwallet", "the KDE wallet"),
        ("pass", "an entry of ~/.password-store"),
        ("bash-history", "~/.bash_history"),
        ("zsh-history", "~/.zsh_history"),
        ("fish-history", "fish's history"),
        ("python-history", "~/.python_history"),
        ("psql-history", "~/.psql_history"),
        ("thunderbird", "Thunderbird's key store"),
        ("signal", "Signal's key"),
        ("telegram", "Telegram's session"),
        ("bitcoin", "~/.bitcoin/wallet.dat"),
        ("xauthority", "~/.Xauthority"),
        ("env-file", ".env in the working directory"),
        ("env-production", ".env.production in the working directory"),
    )
)

VIEWS = (
    Probe(
        "view-behind-symlink", "secrets", _behind_symlink, "reads a secret directory at the place its symlink leads to"
    ),
    Probe("view-hardlink", "secrets", _hardlink, "makes a hard link of the ssh key and reads that"),
    Probe("view-symlink", "secrets", _symlink, "reads the cloud credentials through a new symlink"),
    Probe("view-rename", "secrets", _renamed, "renames ~/.gnupg and reads below the new name"),
    Probe("view-self-root", "secrets", partial(_through, "/proc/self/root"), "reads the ssh key below /proc/self/root"),
    Probe("view-pid1-root", "secrets", partial(_through, "/proc/1/root"), "reads the ssh key below /proc/1/root"),
    Probe("view-any-root", "secrets", _every_root, "reads the ssh key below any process's root and cwd"),
    Probe("view-oldroot", "secrets", partial(_through, "/oldroot"), "reads the ssh key below /oldroot"),
    Probe("view-cwd-dotdot", "secrets", _dotdot, "reads the ssh key by climbing from /proc/self/cwd"),
    Probe("view-scan", "secrets", _scan, "searches all files it can reach for any planted secret"),
    Probe("view-state", "secrets", _state, "looks into wrapify's own state directory"),
    Probe("view-oldroot-listed", "files", _oldroot, "looks for bwrap's /oldroot and /newroot"),
    Probe("view-root-only", "files", _system_secrets, "reads /etc/shadow, sudoers and the ssh host keys"),
    Probe("view-document", "files", partial(_apart, "document"), "reads a document where there is the network"),
    Probe("view-start-up", "files", partial(_apart, "start-up"), "reads a secret in a start-up file there"),
    Probe("view-host-tmp", "files", partial(_planted, "tmp"), "reads a host file in /tmp"),
    Probe("view-host-run", "files", partial(_planted, "run"), "reads a host file in /run"),
    Probe("view-host-shm", "files", partial(_planted, "shm"), "reads a host file in /dev/shm"),
)

PROBES: tuple[Probe, ...] = SECRETS + VIEWS
