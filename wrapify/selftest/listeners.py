"""Touches: sockets, ports, a queue, shared memory, a process and a terminal, all of ours. Decoys that listen."""

from __future__ import annotations

import ctypes
import itertools
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from wrapify.selftest.attacks.kernel import call, libc
from wrapify.selftest.plant import Ground, Owner, give

IPC_CREAT, IPC_RMID = 0o1000, 0
READY_S = 10.0

CANARY = """
import signal, sys
heeded = (signal.SIGURG, signal.SIGWINCH)
signal.pthread_sigmask(signal.SIG_BLOCK, heeded)
print("ready", flush=True)
while True:
    told = signal.sigwaitinfo(heeded)
    print(signal.Signals(told.si_signo).name, told.si_pid, flush=True)
"""


def _bind(server: socket.socket, path: Path) -> None:
    """Bind by way of the directory: sun_path holds 107 bytes and a home may lie deep."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_PATH)
    try:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)


def _listen(stack: ExitStack, path: Path, *, owner: Owner) -> bool:
    """Listen there without ever accepting: a connect succeeds as long as the backlog has room."""
    server = stack.enter_context(socket.socket(socket.AF_UNIX))
    try:
        _bind(server, path)
    except OSError:
        return False
    stack.callback(path.unlink, missing_ok=True)
    path.chmod(0o666)  # A wall is to hold, not the permissions of the decoy.
    with suppress(PermissionError):
        os.chown(path, owner.uid, owner.gid)
    server.listen(64)
    return True


def _own_directory(stack: ExitStack, path: Path, *, owner: Owner, mode: int) -> None:
    """Make a well-known directory of /tmp unless it is there, and take it away again if it was not."""
    if path.is_dir():
        return
    path.mkdir(mode=0o700)
    path.chmod(mode)
    stack.callback(lambda: _quietly(path))
    if mode == 0o700:
        give(path, owner)


def _quietly(path: Path) -> None:
    with suppress(OSError):
        path.rmdir()


def open_sockets(stack: ExitStack, ground: Ground) -> dict[str, str]:
    """Open every unix socket of the table; return name -> address of those that could be had."""
    home, scratch, owner, token = ground.home, ground.scratch, ground.owner, ground.token
    tmux, x11 = Path(f"/tmp/tmux-{owner.uid}"), Path("/tmp/.X11-unix")
    _own_directory(stack, tmux, owner=owner, mode=0o700)
    _own_directory(stack, x11, owner=owner, mode=0o1777)
    paths = {
        "tmp": scratch.tmp / "host.sock",
        "home": home / "app/host.sock",
        "runtime": scratch.desktop / "host.sock",
        "cwd": ground.cwd / "host.sock",
        "tmux": tmux / token,
        "x11": x11 / f"X{token}",
        "wayland": scratch.desktop / "wayland-0",
        "dbus": scratch.desktop / "bus",
        "ssh-agent": scratch.tmp / "agent.1",
        "gpg-agent": home / ".gnupg/S.gpg-agent",
    }
    if scratch.run is not None:
        paths["run"] = scratch.run / "docker.sock"
    opened = {name: str(path) for name, path in paths.items() if _listen(stack, path, owner=owner)}
    for name, address in (("abstract", f"\0{token}"), ("x11-abstract", f"\0/tmp/.X11-unix/X{token}")):
        server = stack.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(address)
        server.listen(64)
        opened[name] = address
    return opened


class Ports:
    """TCP listeners and datagram sockets on loopback, and one on every address."""

    def __init__(self, stack: ExitStack) -> None:
        self.numbers: dict[str, int | None] = {}
        self.datagrams: dict[str, socket.socket] = {}
        for name, family, kind, host in (
            ("tcp4", socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1"),
            ("tcp6", socket.AF_INET6, socket.SOCK_STREAM, "::1"),
            ("udp4", socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1"),
            ("udp6", socket.AF_INET6, socket.SOCK_DGRAM, "::1"),
            ("tcp-any", socket.AF_INET, socket.SOCK_STREAM, "0.0.0.0"),  # noqa: S104 - a decoy that says nothing
        ):
            self._open(name, host, server=stack.enter_context(socket.socket(family, kind)))

    def _open(self, name: str, host: str, *, server: socket.socket) -> None:
        self.numbers[name] = None
        with suppress(OSError):
            server.bind((host, 0))
            self.numbers[name] = server.getsockname()[1]
            if server.type == socket.SOCK_STREAM:
                server.listen(64)
            else:
                self.datagrams[name] = server

    def received(self, name: str) -> bytes:
        """Return what came in on a datagram socket."""
        server = self.datagrams.get(name)
        if server is None or not select.select([server], [], [], 0)[0]:
            return b""
        return server.recv(4096)


def host_addresses() -> list[str]:
    """Return the host's addresses that are neither loopback nor of one link alone. Source: /proc/net, proc_net(5)."""
    found: set[str] = set()
    with suppress(OSError):
        lines = Path("/proc/net/fib_trie").read_text(encoding="ascii").splitlines()
        pairs = itertools.pairwise(lines)
        found.update(line.split()[-1] for line, below in pairs if below.strip() == "/32 host LOCAL")
    with suppress(OSError):
        rows = (line.split() for line in Path("/proc/net/if_inet6").read_text(encoding="ascii").splitlines())
        found.update(socket.inet_ntop(socket.AF_INET6, bytes.fromhex(row[0])) for row in rows if row[3] == "00")
    return sorted(address for address in found if not address.startswith("127."))


class Canary:
    """A process of the user that says which signals reached it."""

    def __init__(self, stack: ExitStack, word: str, *, env: dict[str, str], who: dict[str, Any]) -> None:
        argv = [sys.executable, "-IS", "-c", CANARY, word]
        read, write = os.pipe()
        stack.callback(os.close, read)
        self._out = read
        self._heard = b""
        # Whoever ends the selftest at this moment must not leave it behind: it waits for ever. It may then have nobody
        # to say "ready" to, which is nobody's business.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        try:
            with open(write, "wb") as out:
                self._child = subprocess.Popen(
                    argv, stdout=out, stderr=subprocess.DEVNULL, env=env, start_new_session=True, **who
                )
            self.pid = self._child.pid
            stack.callback(self._end)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        select.select([read], [], [], READY_S)

    def heard(self, name: str, *, sender: int) -> bool:
        """Tell whether that signal came from `sender`, or from where nobody has a number here."""
        while select.select([self._out], [], [], 0)[0]:
            text = os.read(self._out, 4096)
            if not text:
                return True  # it is gone: whatever it was, it reached it
            self._heard += text
        lines = self._heard.decode(errors="replace").splitlines()
        return f"{name} {sender}" in lines or f"{name} 0" in lines

    def _end(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._child.wait()


def open_queue(stack: ExitStack, token: str) -> str | None:
    """Make a POSIX message queue that everybody may read."""
    made = call("mq_open", token.encode(), os.O_CREAT | os.O_RDWR, 0o666, None)
    if made.value < 0:
        return None
    os.fchmod(made.value, 0o666)
    os.close(made.value)
    stack.callback(libc().mq_unlink, f"/{token}".encode())
    return token


def open_shared_memory(stack: ExitStack, key: int) -> int | None:
    """Make a SysV segment that everybody may read; return its key."""
    number = libc().shmget(ctypes.c_int(key), ctypes.c_size_t(4096), IPC_CREAT | 0o666)
    if number < 0:
        return None
    stack.callback(libc().shmctl, number, IPC_RMID, None)
    return key


class OtherTerminal:
    """A second terminal of the user, as another window would be."""

    def __init__(self, stack: ExitStack, owner: Owner) -> None:
        self._master, slave = pty.openpty()
        stack.callback(os.close, self._master)
        stack.callback(os.close, slave)
        self.path = os.ttyname(slave)
        with suppress(PermissionError):
            os.fchown(slave, owner.uid, owner.gid)

    def shown(self) -> bytes:
        """Return what somebody wrote on it."""
        ready, _, _ = select.select([self._master], [], [], 0)
        return os.read(self._master, 4096) if ready else b""
