"""Touches: processes, inside a sandbox. Attacks on other processes, and the payloads of what is judged outside."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from .kernel import Context, Probe, Verdict, call, held, leaked, skipped, tried

PTRACE_SEIZE = 0x4206
PATIENCE = 10.0
WAITS_S = 1.0


def _canary(ctx: Context) -> int:
    """Return the pid of the host's process: by its command line, else the number it has outside."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if ctx["canary_word"].encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    return int(ctx["canary"])


def _visible(ctx: Context) -> Verdict:
    pid = _canary(ctx)
    with suppress(OSError):
        if ctx["canary_word"].encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
            return leaked(f"the host's process {pid} is in /proc")
    return held("no host process in /proc")


def _count(_: Context) -> Verdict:
    """A private /proc holds us, our parent, pid 1 and perhaps a launcher; a host's holds far more."""
    pids = [pid for pid in os.listdir("/proc") if pid.isdigit()]
    alien = []
    for pid in pids:
        with suppress(FileNotFoundError):  # It has just ended.
            if os.stat(f"/proc/{pid}").st_uid not in (os.getuid(), 0, 65534):
                alien.append(pid)
    shown = f"{len(pids)} processes"
    return leaked(shown) if alien or len(pids) > 8 else held(shown)


def _signal(ctx: Context) -> Verdict:
    """SIGURG is ignored by all who do not ask for it: harmless, and the canary asks."""
    os.kill(_canary(ctx), signal.SIGURG)
    return tried(f"sent by {os.getpid()}")


def _broadcast(_: Context) -> Verdict:
    os.kill(-1, signal.SIGWINCH)
    return tried(f"sent by {os.getpid()}")


def _seize(pid: int) -> Verdict:
    # SEIZE does not stop the tracee and ends with us; ATTACH to pid 1 would hang the sandbox for ever.
    answer = call("ptrace", PTRACE_SEIZE, pid, 0, 0)
    return leaked(f"seized {pid}") if answer.value == 0 else held(f"ptrace {answer}")


def _ptrace_host(ctx: Context) -> Verdict:
    return _seize(_canary(ctx))


def _ptrace_first(_: Context) -> Verdict:
    return _seize(1)


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def _read_memory(pid: int) -> Verdict:
    room = ctypes.create_string_buffer(8)
    local, remote = _Span(ctypes.addressof(room), 8), _Span(_mapped(pid), 8)
    answer = call("process_vm_readv", pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
    # EFAULT means that only the address was wrong: access itself was granted.
    ours = answer.value >= 0 or answer.errno == 14
    return leaked(f"process_vm_readv of {pid} {answer}") if ours else held(f"process_vm_readv {answer}")


def _mapped(pid: int) -> int:
    with suppress(OSError, ValueError):
        return int(Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").split("-")[0], 16)
    return 0x10000


def _memory_host(ctx: Context) -> Verdict:
    return _read_memory(_canary(ctx))


def _memory_first(_: Context) -> Verdict:
    return _read_memory(1)


def _mem_file(_: Context) -> Verdict:
    os.close(os.open("/proc/1/mem", os.O_RDWR))
    return leaked("opened /proc/1/mem for writing")


def _steal_descriptor(ctx: Context) -> Verdict:
    """pidfd_getfd copies a descriptor out of another process."""
    for pid in (1, _canary(ctx)):
        handle = call("pidfd_open", pid, 0)
        if handle.value >= 0 and call("pidfd_getfd", handle.value, 0, 0).value >= 0:
            return leaked(f"took descriptor 0 of {pid}")
    return held("none taken")


SETUID = ("/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/usr/bin/sudo", "/usr/bin/newgrp", "/usr/bin/pkexec")


def _setuid(_: Context) -> Verdict:
    """Start a setuid program that waits for a password and look whose rights it runs with."""
    programs = [path for path in SETUID if os.path.exists(path) and os.stat(path).st_mode & 0o4000]
    if not programs:
        return held("no setuid program in view")
    gains = [gain for gain in map(_gain, sorted({os.path.realpath(path) for path in programs})[:2]) if gain]
    return leaked(", ".join(gains)) if gains else held(f"{programs[0]} gains nothing")


def _gain(program: str) -> str:
    """Start it, which gives it its rights a moment later, and look until it waits for an input or has ended."""
    pipe, null, effective = subprocess.PIPE, subprocess.DEVNULL, None
    with subprocess.Popen([program], stdin=pipe, stdout=null, stderr=null) as child:
        end = time.monotonic() + WAITS_S
        while effective in (None, os.getuid()) and time.monotonic() < end:
            settled = _state(child.pid) in ("S", "Z", "")
            effective = _effective(child.pid)
            if settled:
                break
        with suppress(PermissionError):  # Then it has other rights than this, and ends with its input.
            child.kill()
    return f"{program} runs as uid {effective}" if effective not in (None, os.getuid()) else ""


def _state(pid: int) -> str:
    """Give the letter of the state of a process, "" if there is none."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(") ")[2][:1]
    return ""


def _effective(pid: int) -> int | None:
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        return next((int(line.split()[2]) for line in lines if line.startswith("Uid:")), None)
    return None


def _judged(_: Context) -> Verdict:
    return skipped("has a run of its own")


def strike_group(ctx: Context) -> None:
    """Payload: kill the whole process group, launcher and all."""
    del ctx
    os.kill(0, signal.SIGKILL)


def leave_daemon(ctx: Context) -> None:
    """Payload: leave a daemon of two forks and a session of its own, and end."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            _let_go()
            _become(ctx["daemon_word"])
        os._exit(0)
    await_word(ctx["daemon_word"])


def linger(ctx: Context) -> None:
    """Payload: the same daemon, and stay, deaf to the hang-up, until killed."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    leave_daemon(ctx)


def stay(ctx: Context) -> None:
    """Payload's second half: go on as a process that can be found by its name."""
    _become(ctx["daemon_word"])


def _let_go() -> None:
    """Close what the caller waits for: a daemon that held its pipe would be noticed."""
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def _become(word: str) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    os.execv("/bin/sleep", [word, "120"])


def await_word(word: str) -> None:
    """Wait until a process with that name is in /proc."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with suppress(OSError):
                if Path(f"/proc/{pid}/cmdline").read_bytes().startswith(word.encode()):
                    return
    raise TimeoutError("the daemon did not come up")


PROBES = (
    Probe("proc-visible", "processes", _visible, "finds a process of the host in /proc"),
    Probe("proc-count", "processes", _count, "counts the processes in /proc"),
    Probe("proc-signal", "processes", _signal, "signals a process of the host"),
    Probe("proc-kill-all", "processes", _broadcast, "signals everything with kill(-1)"),
    Probe("proc-ptrace-host", "processes", _ptrace_host, "traces a process of the host"),
    Probe("proc-ptrace-pid1", "processes", _ptrace_first, "traces pid 1, which can hang the sandbox for ever"),
    Probe("proc-vm-readv-host", "processes", _memory_host, "reads the memory of a host process"),
    Probe("proc-vm-readv-pid1", "processes", _memory_first, "reads the memory of pid 1"),
    Probe("proc-mem-pid1", "processes", _mem_file, "opens /proc/1/mem for writing"),
    Probe("proc-pidfd-getfd", "processes", _steal_descriptor, "copies descriptors out of other processes"),
    Probe("proc-setuid", "privileges", _setuid, "starts setuid programs"),
)

# Judged wholly outside, each in a run of its own.
OUTSIDE = (
    Probe("kill0-launcher", "survivors", _judged, "kills its process group with SIGKILL: the launcher must live"),
    Probe("survivor-daemon", "survivors", _judged, "leaves a daemon behind at a normal end"),
    Probe("survivor-killed", "survivors", _judged, "goes on after the launcher was killed with SIGKILL"),
    Probe("survivor-hangup", "survivors", _judged, "goes on after the terminal hung up"),
)
