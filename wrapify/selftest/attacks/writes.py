"""Touches: files, inside a sandbox. Attacks that write what would stay or run later on the host; judged outside."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from .kernel import Context, Probe, Verdict, held, leaked, tried


def _write(name: str, ctx: Context) -> Verdict:
    """Append, replace by rename and set the setuid bit; whether that got out is judged from outside."""
    path = ctx["writes"][name]
    done = [step.__name__ for step in (_append, _replace, _setuid) if _attempt(step, path, token=ctx["token"])]
    return tried(f"{path}: inside {', '.join(done) or 'nothing'} worked")


def _attempt(step: Callable[[str, str], None], path: str, *, token: str) -> bool:
    try:
        step(path, token)
    except OSError:
        return False
    return True


def _append(path: str, token: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a", encoding="ascii") as file:
        file.write(f"# {token}\n")


def _replace(path: str, token: str) -> None:
    beside = f"{path}.{token}"
    Path(beside).write_text(f"# {token}\n", encoding="ascii")
    os.rename(beside, path)


def _setuid(path: str, token: str) -> None:
    del token
    os.chmod(path, 0o4755)  # noqa: S103 - of a decoy


def _through_link(name: str, ctx: Context) -> Verdict:
    """Open for writing through a symlink that was there before the run and leads outside."""
    try:
        _append(ctx["writes"][name], ctx["token"])
    except OSError as error:
        return tried(f"{error.strerror}")
    return tried("written inside")


def _through_new_link(ctx: Context) -> Verdict:
    link = os.path.join(ctx["cwd"], f"{ctx['token']}.out")
    with suppress(OSError):
        os.symlink(ctx["writes"]["write-new-symlink"], link)
        _append(link, ctx["token"])
        return tried("written inside")
    return tried("refused")


def _destroy(ctx: Context) -> Verdict:
    """Unlink, truncate, chmod and rename the user's documents."""
    base, done = os.path.join(ctx["home"], "Documents"), []
    steps: tuple[tuple[str, Callable[[], object]], ...] = (
        ("chmod", lambda: os.chmod(f"{base}/mode.txt", 0o777)),  # noqa: S103
        ("truncate", lambda: os.truncate(f"{base}/truncate.txt", 0)),
        ("unlink", lambda: os.unlink(f"{base}/unlink.txt")),
        ("rename", lambda: os.rename(f"{base}/rename.txt", f"{base}/renamed.txt")),
        ("mkfifo", lambda: os.mkfifo(f"{base}/fifo")),
        ("rename directory", lambda: os.rename(base, base + ".moved")),
    )
    for name, step in steps:
        with suppress(OSError):
            step()
            done.append(name)
    return tried(f"inside {', '.join(done) or 'nothing'} worked")


def _system(_: Context) -> Verdict:
    """What the user may write to there is a matter of luck: it is to be read-only, or a copy."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as source:
        rows = [line.split() for line in source]
    own = ("overlay", "tmpfs")
    places = [row for row in rows if row[4].startswith(SYSTEM) and row[row.index("-") + 1] not in own]
    open_to = [row[4] for row in places if "rw" in row[5].split(",")]
    return leaked(f"mounted writable: {open_to[:3]}") if open_to else held("all is read-only, or a copy")


def _looks(ctx: Context) -> Verdict:
    del ctx
    return tried("the host side compares")


SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/opt", "/etc", "/boot", "/srv", "/nix", "/gnu")

PLACES = tuple(
    Probe(name, "writes", partial(_write, name), f"plants code in {what}")
    for name, what in (
        ("write-bashrc", "~/.bashrc"),
        ("write-zshrc", "~/.zshrc"),
        ("write-profile", "~/.profile"),
        ("write-fish", "~/.config/fish/config.fish"),
        ("write-authorized-keys", "~/.ssh/authorized_keys"),
        ("write-autostart", "~/.config/autostart"),
        ("write-user-unit", "~/.config/systemd/user"),
        ("write-path-dir", "a directory of PATH below the home"),
        ("write-gitconfig", "~/.gitconfig"),
        ("write-git-hook", ".git/hooks of the working directory"),
        ("write-cwd", "the working directory"),
        ("write-crontab", "the crontab spool"),
        ("write-etc", "/etc/profile.d"),
        ("write-usr", "/usr/local/bin"),
        ("write-opt", "/opt"),
        ("write-var", "/var/tmp"),
        ("write-tmp", "/tmp"),
        ("write-run", "/run"),
        ("write-shm", "/dev/shm"),
    )
)

PROBES: tuple[Probe, ...] = PLACES + (
    Probe(
        "write-symlink", "writes", partial(_through_link, "write-symlink"), "writes through a symlink out of the cwd"
    ),
    Probe("write-dirlink", "writes", partial(_through_link, "write-dirlink"), "writes below a directory symlink out"),
    Probe("write-new-symlink", "writes", _through_new_link, "makes a symlink to a host file and writes through it"),
    Probe("write-destroy", "writes", _destroy, "unlinks, truncates, renames and chmods the user's documents"),
    Probe("write-system-mount", "writes", _system, "finds a directory of the system mounted writable"),
    Probe("outside-home", "writes", _looks, "anything at all that changed the real home"),
    Probe("outside-cwd", "writes", _looks, "anything at all that changed the real working directory"),
    Probe("outside-elsewhere", "writes", _looks, "anything that changed a user's directory outside the home"),
    Probe("outside-mounts", "writes", _looks, "a mount left behind on the host"),
)
