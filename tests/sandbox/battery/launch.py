"""Starting the launcher around the attacker, by pipe or in a terminal. Runs outside."""

from __future__ import annotations

import base64
import json
import os
import pty
import select
import signal
import subprocess
import tempfile
import termios
import time
import tty
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from .kernel import COLUMN, NUMBERS

Context = dict[str, Any]
Lines = list[dict[str, str]]
MARK = b"BATTERY "
MODULES = (
    "kernel",
    "files",
    "environment",
    "channels",
    "processes",
    "surface",
    "system",
    "terminal",
    "writes",
    "probes",
)

LOADER = (
    "import base64,json,sys,zlib;bundle=json.loads(zlib.decompress(base64.b64decode(sys.argv[1])));exec(bundle['boot'])"
)
BOOT = """
import sys, types
package = types.ModuleType("battery")
package.__path__ = []
sys.modules["battery"] = package
for name, source in bundle["modules"]:
    module = types.ModuleType("battery." + name)
    module.__package__ = "battery"
    sys.modules["battery." + name] = module
    setattr(package, name, module)
    exec(compile(source, name, "exec"), module.__dict__)
module.main(bundle["context"])
"""
# What a login shell would have done: own session keyring with a key in it, own controlling terminal.
OUTER = """
import ctypes, fcntl, json, os, sys, termios
want = json.loads(sys.argv[1])
if want["terminal"]:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if want["key"]:
    libc = ctypes.CDLL(None)
    libc.syscall(want["keyctl"], 1, None)
    libc.syscall(want["add_key"], b"user", want["key"].encode(), b"secret", 6, -3)
os.execvp(want["argv"][0], want["argv"])
"""
# A script that calls the launcher: both are in the process group that the attacker strikes.
GUARD = """
import subprocess, sys
print("GUARD", subprocess.call(sys.argv[1:]), flush=True)
"""


class Setting(NamedTuple):
    """Who starts what, where."""

    launcher: list[str]
    python: str
    cwd: Path
    env: dict[str, str]
    who: dict[str, Any]


def bundle(context: Context) -> str:
    """Return sources and context as one argument, under the kernel's 128 KiB; nothing in it is readable as such."""
    here = Path(__file__).parent
    modules = [(name, (here / f"{name}.py").read_text(encoding="utf-8")) for name in MODULES]
    text = json.dumps({"boot": BOOT, "modules": modules, "context": context})
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def attacker(setting: Setting, context: Context) -> list[str]:
    return [*setting.launcher, setting.python, "-I", "-c", LOADER, bundle(context)]


def outer(setting: Setting, context: Context, *, terminal: bool = False) -> list[str]:
    """Return the command of the user's session around the launcher."""
    column = COLUMN.get(os.uname().machine, 0)
    want = {"terminal": terminal, "key": context["key"], "argv": attacker(setting, context)}
    want |= {name: NUMBERS[name][column] for name in ("keyctl", "add_key")}
    return ["/usr/bin/python3", "-I", "-c", OUTER, json.dumps(want)]


def parse(text: bytes) -> Lines:
    """Return the marked lines; a terminal may have other text before the mark."""
    found = []
    for line in text.splitlines():
        _, mark, rest = line.partition(MARK)
        if mark:
            with suppress(ValueError):
                found.append(json.loads(rest))
    return found


class Ended(NamedTuple):
    lines: Lines
    output: bytes
    errors: str
    code: int | None


def piped(setting: Setting, argv: list[str], fds: tuple[int, ...] = (), timeout: float = 240) -> Ended:
    """Run to the end with pipes, in a session of its own."""
    with tempfile.TemporaryFile() as errors:
        child = _start(setting, argv, (subprocess.DEVNULL, subprocess.PIPE, errors.fileno()), fds)
        try:
            output, _ = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(child)
            output, _ = child.communicate()
        errors.seek(0)
        return Ended(parse(output), output, errors.read().decode(errors="replace"), child.returncode)


def _start(
    setting: Setting, argv: list[str], streams: tuple[int, int, int], fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = streams
    return subprocess.Popen(
        argv, stdin=stdin, stdout=stdout, stderr=stderr, env=setting.env, cwd=setting.cwd,
        pass_fds=fds, start_new_session=True, **setting.who,
    )  # fmt: skip


def _kill(child: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


class Terminal:
    """A launcher in a terminal of its own."""

    def __init__(self, setting: Setting, context: Context) -> None:
        self.master, self.slave = pty.openpty()
        if "user" in setting.who:
            os.fchown(self.slave, setting.who["user"], setting.who["group"])
        argv = outer(setting, context, terminal=True)
        self.child = _start(setting, argv, (self.slave, self.slave, self.slave))
        self.output = b""

    def read_until(self, word: bytes, timeout: float = 60) -> bool:
        """Collect output until the word is in it or the launcher has ended."""
        end = time.monotonic() + timeout
        while word not in self.output and time.monotonic() < end:
            ended = self.child.poll() is not None
            if select.select([self.master], [], [], 0.05)[0]:
                self.output += os.read(self.master, 65536)
            elif ended:
                break
        return word in self.output

    def left_behind(self) -> bytes:
        """Return what waits in the terminal to be read by the shell that comes back."""
        tty.setraw(self.slave, termios.TCSANOW)
        ready, _, _ = select.select([self.slave], [], [], 0)
        return os.read(self.slave, 4096) if ready else b""

    def hang_up(self) -> None:
        for number in (self.slave, self.master):
            with suppress(OSError):
                os.close(number)

    def close(self) -> None:
        _kill(self.child)
        self.child.wait()
        self.hang_up()


@contextmanager
def in_terminal(setting: Setting, context: Context) -> Iterator[Terminal]:
    terminal = Terminal(setting, context)
    try:
        yield terminal
    finally:
        terminal.close()


@contextmanager
def lingering(setting: Setting, context: Context) -> Iterator[tuple[subprocess.Popen[bytes], bytes]]:
    """Start a launcher by pipe and read until the payload is ready."""
    null = subprocess.DEVNULL
    child = _start(setting, outer(setting, context), (null, subprocess.PIPE, null))
    assert child.stdout is not None
    try:
        ready, _, _ = select.select([child.stdout], [], [], 60)
        yield child, os.read(child.stdout.fileno(), 65536) if ready else b""
    finally:
        _kill(child)
        child.wait()
        child.stdout.close()


def processes_named(word: str) -> list[int]:
    """Return the host's pids of processes that go by that name."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if Path(f"/proc/{name}/cmdline").read_bytes().startswith(word.encode()):
                found.append(int(name))
    return found


def poll(condition: Callable[[], bool], timeout: float) -> bool:
    """Wait until the condition holds; return whether it came to hold."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        select.select([], [], [], 0.02)
    return True
