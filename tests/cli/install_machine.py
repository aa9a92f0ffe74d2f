"""A machine as install.sh finds it: a checkout, a home, and a PATH of nothing but the needed tools and stand-ins.

Most tests install a stand-in: a project of the same name whose build backend lies in the project itself, so
that the real venv and the real pip run, within seconds and without a network.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import shutil
import stat
import struct
import subprocess
import termios
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.install_stubs import BACKEND, PROGRAM, PYPROJECT, TOOL_STUB, TOOLS

if TYPE_CHECKING:
    from tests.conftest import User

INSTALLER = Path(__file__).resolve().parents[2] / "install.sh"


def become(user: User) -> dict[str, Any]:
    """Arguments for subprocess that make a child the user."""
    return dict(user.drop)


def give(path: Path, user: User) -> None:
    """Hand a tree to the user."""
    if os.geteuid() == 0:
        for each in [path, *path.rglob("*")]:
            os.chown(each, user.uid, user.gid, follow_symlinks=False)


def tree(root: Path) -> dict[str, tuple[str, int, bytes]]:
    """Everything below root: kind, mode and content."""
    found = {}
    for path in sorted(root.rglob("*")):
        mode = path.lstat().st_mode
        content = b""
        if stat.S_ISLNK(mode):
            content = os.fsencode(os.readlink(path))
        elif stat.S_ISREG(mode):
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (stat.filemode(mode)[0], stat.S_IMODE(mode), content)
    return found


def version_of(program: Path, user: User, env: dict[str, str]) -> str:
    """What the program says to --version when the user runs it."""
    command = [str(program), "--version"]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=True, **become(user))
    return str(done.stdout, "utf-8").strip()


@dataclass
class Machine:
    """A checkout of the stand-in, a home, and a PATH of nothing but the needed tools and stubs."""

    user: User
    home: Path
    place: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.checkout, self.bin = self.place / "check out", self.place / "bin"
        self.log, self.out = self.place / "log", self.place / "out"
        self.checkout.mkdir()
        self.bin.mkdir()
        shutil.copy(INSTALLER, self.checkout / "install.sh")
        for name, text in {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "program": PROGRAM}.items():
            (self.checkout / name).write_text(text)
        for tool in TOOLS:
            if found := shutil.which(tool):
                (self.bin / tool).symlink_to(found)
        (self.home / ".bashrc").write_text("# mine\n")
        self.env = {
            "HOME": str(self.home),
            "PATH": str(self.bin),
            "SHELL": "/bin/bash",
            "STUB_LOG": str(self.log),
            "STUB_OUT": str(self.out),
            "STUB_BIN": str(self.bin),
            "STUB_PROGRAM": str(self.checkout / "program"),
            "TMPDIR": str(self.place),
        }
        give(self.place, self.user)
        give(self.home, self.user)

    def stub(self, name: str, text: str) -> None:
        path = self.bin / name
        path.write_text(text)
        path.chmod(0o755)

    def with_bwrap(self) -> Machine:
        self.stub("bwrap", "#!/bin/sh\n")
        return self

    def with_uv(self) -> Machine:
        """Where the way of installing does not matter: a second instead of five."""
        self.stub("uv", TOOL_STUB)
        return self.with_bwrap()

    def run(self, *arguments: str, code: int = 0, wrapper: tuple[str, ...] = (), **env: str) -> str:
        """Run the installer as the user; return what it printed, both streams in order."""
        command = [*wrapper, str(self.bin / "sh"), str(self.checkout / "install.sh"), *arguments]
        with self.out.open("w") as out:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**self.env, **env},
                cwd=self.place,
                check=False,
                **become(self.user),
            )
        printed = self.out.read_text()
        assert done.returncode == code, printed
        return printed

    def logged(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def version(self) -> str:
        return version_of(self.home / ".local/bin/wrapify", self.user, self.env)


@pytest.fixture
def machine(user, make_home) -> Machine:
    return Machine(user, make_home(), make_home())


def on_terminal(
    machine: Machine, answer: str, *arguments: str, size: tuple[int, int] = (24, 80), **env: str
) -> tuple[int, str]:
    """Run the installer with a terminal as its input and output; type the answer."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", *size, 0, 0))
    command = [str(machine.bin / "sh"), str(machine.checkout / "install.sh"), *arguments]
    every = {**machine.env, "TERM": "xterm", "LANG": "C.UTF-8", **env}
    machine.out.write_text(
        "dnf install -y bubblewrap slirp4netns"
    )  # for the stub: what is on a terminal it cannot read
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=every, **become(machine.user)) as run:
        os.close(slave)
        os.write(master, answer.encode())
        printed = b""
        with contextlib.suppress(OSError):  # EIO: the other side has gone
            while chunk := os.read(master, 4096):
                printed += chunk
        code = run.wait()
    os.close(master)
    return code, printed.decode()
