"""Touches: /proc, inside a sandbox. Attacks on what a process is born with: variables, command lines, descriptors."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from .kernel import Context, Probe, Verdict, held, leaked

OPTION_WORDS = (b"--ro-bind", b"--bind", b"--setenv", b"--overlay", b"--tmpfs")


def open_descriptors() -> dict[int, str]:
    """Return the descriptors above 2 and what they lead to; call it before anything is opened."""
    found = {}
    for number in range(3, 1024):
        with suppress(OSError):
            os.fstat(number)
            found[number] = os.readlink(f"/proc/self/fd/{number}")
    return found


def _variable(name: str, ctx: Context) -> Verdict:
    marker = ctx["env"][name]
    return leaked(f"${name} is set") if marker in os.environ.get(name, "") else held("not in the environment")


def _names(names: tuple[str, ...], ctx: Context) -> Verdict:
    del ctx
    there = [name for name in names if name in os.environ]
    return leaked(f"{', '.join(there)} set") if there else held("none set")


def _any_marker(ctx: Context) -> Verdict:
    shown = "\n".join(f"{name}={value}" for name, value in os.environ.items())
    found = [name for name, marker in ctx["env"].items() if marker in shown]
    return leaked(f"values of {found}") if found else held(f"{len(os.environ)} variables, none of the secrets")


def _others() -> Iterator[str]:
    own = {str(os.getpid()), str(os.getppid())}
    return (pid for pid in os.listdir("/proc") if pid.isdigit() and pid not in own)


def _markers_in(path: str, ctx: Context) -> list[str]:
    text = Path(path).read_bytes()
    return [name for name, marker in ctx["env"].items() if marker.encode() in text]


def _pid1_environ(ctx: Context) -> Verdict:
    found = _markers_in("/proc/1/environ", ctx)
    return leaked(f"/proc/1/environ holds {found}") if found else held("no secret in it")


def _others_environ(ctx: Context) -> Verdict:
    for pid in _others():
        with suppress(OSError):
            found = _markers_in(f"/proc/{pid}/environ", ctx)
            if found:
                return leaked(f"/proc/{pid}/environ holds {found}")
    return held("no other process shows one")


def _telling(pid: str, ctx: Context) -> list[str]:
    """Return what a command line gives away: values of secrets, sandbox options, paths of the home."""
    text = Path(f"/proc/{pid}/cmdline").read_bytes()
    words = [word.decode() for word in OPTION_WORDS if word in text.split(b"\0")]
    paths = [ctx["home"]] if ctx["home"].encode() in text else []
    return words + paths + [name for name, marker in ctx["env"].items() if marker.encode() in text]


def _pid1_cmdline(ctx: Context) -> Verdict:
    found = _telling("1", ctx)
    return leaked(f"/proc/1/cmdline shows {found}") if found else held("nothing telling")


def _others_cmdline(ctx: Context) -> Verdict:
    for pid in _others():
        with suppress(OSError):
            found = _telling(pid, ctx)
            if found:
                return leaked(f"/proc/{pid}/cmdline shows {found}")
    return held("nothing telling")


def _descriptors(ctx: Context) -> Verdict:
    there = ctx["descriptors"]
    return leaked(f"{there}") if there else held("only 0, 1 and 2")


def _descriptor_content(ctx: Context) -> Verdict:
    """Read the planted secret file by the descriptor that the caller forgot to close."""
    for number in map(int, ctx["descriptors"]):
        with suppress(OSError):
            if ctx["planted"]["descriptor"]["marker"].encode() in os.pread(number, 4096, 0):
                return leaked(f"descriptor {number} reads a host file")
    return held("no descriptor reads the host's file")


def _directory_descriptor(ctx: Context) -> Verdict:
    for number in map(int, ctx["descriptors"]):
        with suppress(OSError):
            return leaked(f"descriptor {number} lists {os.listdir(number)[:3]} on the host")
    return held("no directory descriptor")


def _pid1_descriptors(_: Context) -> Verdict:
    """Open what pid 1 holds; 0 to 2 are the command's own and prove nothing."""
    found = []
    for name in os.listdir("/proc/1/fd"):
        with suppress(OSError):
            if int(name) > 2:
                os.close(os.open(f"/proc/1/fd/{name}", os.O_RDONLY | os.O_NONBLOCK))
                found.append(name)
    return leaked(f"opened descriptors {found} of pid 1") if found else held("none could be opened")


PROBES = (
    Probe("env-aws", "env", partial(_variable, "AWS_SECRET_ACCESS_KEY"), "reads $AWS_SECRET_ACCESS_KEY"),
    Probe("env-github", "env", partial(_variable, "GITHUB_TOKEN"), "reads $GITHUB_TOKEN"),
    Probe("env-api-key", "env", partial(_variable, "OPENAI_API_KEY"), "reads $OPENAI_API_KEY"),
    Probe("env-database", "env", partial(_variable, "DATABASE_URL"), "reads $DATABASE_URL with its password"),
    Probe("env-plain-name", "env", partial(_variable, "BUILD_FLAVOUR"), "reads a secret under a harmless name"),
    Probe("env-any-value", "env", _any_marker, "searches all variables for the values of secrets"),
    Probe("env-ssh-agent", "env", partial(_names, ("SSH_AUTH_SOCK", "SSH_AGENT_PID")), "finds the ssh agent"),
    Probe("env-dbus", "env", partial(_names, ("DBUS_SESSION_BUS_ADDRESS",)), "finds the session bus"),
    Probe("env-display", "env", partial(_names, ("DISPLAY", "XAUTHORITY")), "finds the X server"),
    Probe("env-wayland", "env", partial(_names, ("WAYLAND_DISPLAY",)), "finds the Wayland compositor"),
    Probe("env-tmux", "env", partial(_names, ("TMUX", "TMUX_PANE")), "finds the tmux server"),
    Probe("env-pid1", "env", _pid1_environ, "reads /proc/1/environ"),
    Probe("env-others", "env", _others_environ, "reads /proc/PID/environ of every other process"),
    Probe("cmdline-pid1", "env", _pid1_cmdline, "reads options, host paths and secrets from /proc/1/cmdline"),
    Probe("cmdline-others", "env", _others_cmdline, "reads the command lines of all other processes"),
    Probe("fd-inherited", "descriptors", _descriptors, "lists its descriptors above 2"),
    Probe("fd-content", "descriptors", _descriptor_content, "reads a host file by an inherited descriptor"),
    Probe("fd-directory", "descriptors", _directory_descriptor, "lists a host directory by an inherited descriptor"),
    Probe("fd-pid1", "descriptors", _pid1_descriptors, "opens the descriptors of pid 1"),
)
