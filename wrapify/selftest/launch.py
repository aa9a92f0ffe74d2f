"""Touches: processes, a terminal of ours. Starts the launcher around the attacker, by pipe or in a terminal."""

from __future__ import annotations

import base64
import json
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from wrapify.selftest.attacks.kernel import COLUMN, NUMBERS

Context = dict[str, Any]
Lines = list[dict[str, str]]
Streams = tuple[int, int, int]
MARK = b"BATTERY "
MODULES = (
    "kernel files environment channels internet processes surface calls system terminal writes attacker".split()
)  # In the order in which they import each other.
LONGEST_S, READY_S = 240.0, 60.0

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
import _ctypes, fcntl, json, os, sys, termios
want = json.loads(sys.argv[1])
if want["terminal"]:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if want["key"]:
    syscall = _ctypes.dlsym(_ctypes.dlopen(None, os.RTLD_NOW), "syscall")
    _ctypes.call_function(syscall, (want["keyctl"], 1, None))
    _ctypes.call_function(syscall, (want["add_key"], b"user", want["key"].encode(), b"secret", 6, -3))
os.execvp(want["argv"][0], want["argv"])
"""
# A script that calls the launcher: both are in the process group that the attacker strikes.
GUARD = """
import subprocess, sys
print("GUARD", subprocess.call(sys.argv[1:]), flush=True)
"""


class Children:
    """Hold what was started, to end it all at once from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[subprocess.Popen[bytes]] = []
        self._ended = False

    def start(self, argv: list[str], **how: Any) -> subprocess.Popen[bytes]:
        """Start a program in a session of its own. Raises InterruptedError once all was ended."""
        with self._lock:
            if self._ended:
                raise InterruptedError("the selftest was ended")
            child = subprocess.Popen(argv, start_new_session=True, **how)
            self._all.append(child)
            return child

    def end(self) -> None:
        """Kill all, and start no more."""
        with self._lock:
            self._ended = True
            for child in self._all:
                _kill(child)


class Setting(NamedTuple):
    """Who starts what, where. `python` is the interpreter that runs the attacks, as it is seen inside."""

    launcher: list[str]
    python: str
    cwd: Path
    env: dict[str, str]
    who: dict[str, Any]
    children: Children


def bundle(context: Context) -> str:
    """Return sources and context as one argument, under the kernel's 128 KiB; nothing in it is readable as such."""
    here = Path(__file__).parent / "attacks"
    modules = [(name, (here / f"{name}.py").read_text(encoding="utf-8")) for name in MODULES]
    text = json.dumps({"boot": BOOT, "modules": modules, "context": context})
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def attacker(setting: Setting, context: Context) -> list[str]:
    """Give the launcher with the attacker as its command."""
    return [*setting.launcher, setting.python, "-I", "-c", LOADER, bundle(context)]


def outer(setting: Setting, context: Context, *, terminal: bool = False) -> list[str]:
    """Return the command of the user's session around the launcher."""
    column = COLUMN.get(os.uname().machine, 0)
    want = {"terminal": terminal, "key": context["key"], "argv": attacker(setting, context)}
    want |= {name: NUMBERS[name][column] for name in ("keyctl", "add_key")}
    return [sys.executable, "-IS", "-c", OUTER, json.dumps(want)]


def guarded(setting: Setting, context: Context) -> list[str]:
    """Return the command of a script that calls the launcher."""
    return [sys.executable, "-I", "-c", GUARD, *attacker(setting, context)]


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
    """What came of a run: the attacker's lines, all it printed, and the launcher's status, None if it had to be ended.

    `errors` are the last of what came on standard error.
    """

    lines: Lines
    output: bytes
    errors: str
    code: int | None


def piped(setting: Setting, argv: list[str], *, fds: tuple[int, ...] = (), timeout: float = LONGEST_S) -> Ended:
    """Run to the end with pipes, in a session of its own."""
    with tempfile.TemporaryFile() as errors, _null() as null:
        child = _start(setting, argv, streams=(null, subprocess.PIPE, errors.fileno()), fds=fds)
        try:
            output, _ = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(child)
            output, _ = child.communicate()
        finally:
            _kill(child)
        errors.seek(0)
        return Ended(parse(output), output, errors.read().decode(errors="replace").strip()[-600:], child.returncode)


@contextmanager
def _null() -> Iterator[int]:
    null = os.open("/dev/null", os.O_RDWR)
    try:
        yield null
    finally:
        os.close(null)


def _start(
    setting: Setting, argv: list[str], *, streams: Streams, fds: tuple[int, ...] = ()
) -> subprocess.Popen[bytes]:
    stdin, stdout, stderr = streams
    how = {"stdin": stdin, "stdout": stdout, "stderr": stderr, "pass_fds": fds}
    return setting.children.start(argv, env=setting.env, cwd=setting.cwd, **how, **setting.who)


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


class Terminal:
    """A launcher in a terminal of its own."""

    def __init__(self, setting: Setting, context: Context) -> None:
        self.master, self.slave = pty.openpty()
        if "user" in setting.who:
            os.fchown(self.slave, setting.who["user"], setting.who["group"])
        argv = outer(setting, context, terminal=True)
        self.child = _start(setting, argv, streams=(self.slave, self.slave, self.slave))
        self.output = b""

    def read_until(self, word: bytes) -> bool:
        """Collect output until the word is in it or the launcher has ended."""
        end = time.monotonic() + READY_S
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
        """Close the terminal, as one that is gone."""
        for number in (self.slave, self.master):
            with suppress(OSError):
                os.close(number)

    def close(self) -> None:
        """End the launcher."""
        _kill(self.child)
        self.child.wait()
        self.hang_up()


@contextmanager
def in_terminal(setting: Setting, context: Context) -> Iterator[Terminal]:
    """Have a launcher in a terminal of its own, and end it."""
    terminal = Terminal(setting, context)
    try:
        yield terminal
    finally:
        terminal.close()


@contextmanager
def lingering(setting: Setting, context: Context) -> Iterator[tuple[subprocess.Popen[bytes], bytes]]:
    """Start a launcher by pipe and read until the payload is ready."""
    read, write = os.pipe()
    with _null() as null:
        child = _start(setting, outer(setting, context), streams=(null, write, null))
    os.close(write)
    try:
        ready, _, _ = select.select([read], [], [], READY_S)
        yield child, os.read(read, 65536) if ready else b""
    finally:
        _kill(child)
        child.wait()
        os.close(read)


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
