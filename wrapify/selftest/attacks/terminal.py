"""Touches: a terminal of ours, inside a sandbox. Attacks on it: typing into the shell that waits outside."""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from functools import partial

from .kernel import HIGH_BIT, Context, Probe, Verdict, call, held, leaked, tried

TIOCSTI, TIOCLINUX = 0x5412, 0x541C


def _terminals() -> list[int]:
    numbers = [number for number in (0, 1, 2) if os.isatty(number)]
    with suppress(OSError):
        numbers.append(os.open("/dev/tty", os.O_RDWR))
    return numbers


def _tty(ctx: Context, *, command: int, text: bytes) -> Verdict:
    """EPERM is the filter's answer; ENOTTY or success mean that the driver was reached."""
    del ctx
    said = []
    for number in _terminals():
        answer = call("ioctl", number, command, ctypes.create_string_buffer(text))
        said.append(str(answer))
        if answer.value >= 0 or answer.errno not in (1, 13, 38):
            return leaked(f"ioctl on terminal {number} {answer}")
    return held(", ".join(said) or "no terminal at all")


def _other_terminal(ctx: Context) -> Verdict:
    """Write to another terminal of the same user; /dev/pts/N here may be a different one: judged outside."""
    with suppress(OSError):
        handle = os.open(ctx["other_terminal"], os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        os.write(handle, ctx["token"].encode())
        return tried("written")
    return tried("refused")


def _judged(_: Context) -> Verdict:
    return tried("the host side reads its terminal afterwards")


PROBES = (
    Probe("tty-tiocsti", "tty", partial(_tty, command=TIOCSTI, text=b"Z"), "types into the outer shell"),
    Probe(
        "tty-tiocsti-highbit", "tty", partial(_tty, command=TIOCSTI | HIGH_BIT, text=b"Z"), "the same with bit 32 set"
    ),
    Probe("tty-tioclinux", "tty", partial(_tty, command=TIOCLINUX, text=b"\3"), "pastes the console's selection"),
    Probe(
        "tty-tioclinux-highbit",
        "tty",
        partial(_tty, command=TIOCLINUX | HIGH_BIT, text=b"\3"),
        "the same with bit 32 set",
    ),
    Probe("tty-other", "tty", _other_terminal, "writes to another terminal of the user"),
    Probe("tty-left-behind", "tty", _judged, "leaves typed bytes for the outer shell"),
)
