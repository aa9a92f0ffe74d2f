"""The filter in the kernel: what it refuses is refused, and ordinary programs do not notice it."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from tests.unit.sandbox import filtered
from tests.unit.sandbox.filtered import Result
from wrapify.sandbox import seccomp

ARCH = platform.machine()
pytestmark = pytest.mark.skipif(ARCH not in seccomp.ARCHES, reason=f"no filter for {ARCH}")

EPERM, ENOSYS, EAFNOSUPPORT = errno.EPERM, errno.ENOSYS, errno.EAFNOSUPPORT
NOTHING, BAD_FD, NOBODY, BAD = 0, 2**64 - 1, 0x7FFFFFFF, 1
TIOCSTI, TIOCLINUX, TIOCSETD = 0x5412, 0x541C, 0x5423
# Arguments that the kernel itself turns down, after the filter and before it does anything.
BAD_CLONE = 0x800  # CLONE_SIGHAND without CLONE_VM
BAD_TYPE = 0xFF00

# (call, arguments, errno under the filter). Without the filter everybody gets another answer.
TELLING = (
    ("ioctl", (BAD_FD, TIOCSTI), EPERM),
    ("ioctl", (BAD_FD, TIOCSTI | 1 << 32), EPERM),
    ("ioctl", (BAD_FD, TIOCLINUX), EPERM),
    ("ioctl", (BAD_FD, TIOCLINUX | 1 << 63), EPERM),
    ("ioctl", (BAD_FD, TIOCSETD), EPERM),
    ("keyctl", (0, 2**64 - 3, 0), EPERM),  # KEYCTL_GET_KEYRING_ID of the session
    ("unshare", (0,), EPERM),
    *(("clone", (1 << bit | BAD_CLONE, 0, 0, 0, 0), EPERM) for bit in (17, 25, 26, 27, 28, 29, 30)),
    ("clone", (1 << 63 | 1 << 28 | BAD_CLONE, 0, 0, 0, 0), EPERM),
    ("clone3", (0, 0), ENOSYS),
    ("ptrace", (16, NOBODY, 0, 0), EPERM),  # PTRACE_ATTACH
    ("process_vm_readv", (NOBODY, 0, 0, 0, 0, 0), EPERM),
    ("personality", (0x40000,), EPERM),
    *(("socket", (family, BAD_TYPE, 0), EAFNOSUPPORT) for family in (15, 17, 29, 30, 31, 38, 40)),
    ("socket", (2, BAD_TYPE | 10, 0), EAFNOSUPPORT),  # AF_INET, SOCK_PACKET
    ("socketpair", (30, BAD_TYPE, 0, 0), EAFNOSUPPORT),
)
# Here a kernel may say the same without the filter, for want of privilege or of the call.
OTHERS = (
    ("add_key", (0, 0, 0, 0, 0), EPERM),
    ("request_key", (0, 0, 0, 0), EPERM),
    ("bpf", (NOBODY, 0, 0), EPERM),
    ("perf_event_open", (0, 0, 0, BAD_FD, 0), EPERM),
    ("userfaultfd", (NOBODY,), EPERM),
    ("kcmp", (NOBODY, NOBODY, 0, 0, 0), EPERM),
    ("pidfd_getfd", (BAD_FD, 0, 0), EPERM),
    ("mount", (0, 0, 0, 0, 0), EPERM),
    ("umount2", (0, 0), EPERM),
    ("pivot_root", (0, 0), EPERM),
    ("chroot", (0,), EPERM),
    ("setns", (BAD_FD, 0), EPERM),
    ("io_uring_setup", (0, 0), ENOSYS),
    ("open_tree", (BAD_FD, 0, 0), ENOSYS),
    ("fsopen", (0, 0), ENOSYS),
    ("mount_setattr", (BAD_FD, 0, 0, 0, 0), ENOSYS),
    ("statmount", (0, 0, 0, 0), ENOSYS),
    ("listmount", (0, 0, 0, 0), ENOSYS),
    ("init_module", (BAD, 1, BAD), EPERM),
    ("kexec_load", (0, 0, 0, NOBODY), EPERM),
    ("swapon", (0, 0), EPERM),
    ("reboot", (BAD, BAD, 0, 0), EPERM),
    ("acct", (BAD,), EPERM),
    ("clock_settime", (NOBODY, 0), EPERM),
    ("syslog", (NOBODY, 0, 0), EPERM),
    ("open_by_handle_at", (BAD_FD, 0, 0), EPERM),
    ("fanotify_init", (NOBODY, 0), EPERM),
    ("set_mempolicy", (NOBODY, 0, 0), EPERM),
)


def calls(table: tuple[tuple[str, tuple[int, ...], int], ...]) -> list[partial[Result]]:
    return [partial(filtered.syscall, filtered.number(ARCH, name), *args) for name, args, _ in table]


def test_refused_calls_fail_as_said() -> None:
    table = TELLING + OTHERS
    answers = filtered.ask(seccomp.program(ARCH), *calls(table))
    got = [(name, args, answer) for (name, args, _), answer in zip(table, answers, strict=True)]
    assert got == [(name, args, Result(-1, error)) for name, args, error in table]


def test_it_is_the_filter_that_refuses() -> None:
    if "Seccomp:\t0" not in Path("/proc/self/status").read_text(encoding="ascii"):
        pytest.skip("already under a filter of somebody else's, in a container")
    answers = filtered.ask(None, *calls(TELLING))
    unchanged = [
        (name, args)
        for (name, args, error), answer in zip(TELLING, answers, strict=True)
        if answer == Result(-1, error)
    ]
    assert unchanged == []


def test_harmless_arguments_pass() -> None:
    harmless = (
        ("ioctl", (BAD_FD, 0x5401), errno.EBADF),
        ("clone", (BAD_CLONE, 0, 0, 0, 0), errno.EINVAL),
        ("personality", (0xFFFFFFFF,), 0),
        *(("socket", (family, BAD_TYPE, 0), errno.EINVAL) for family in (1, 2, 10, 16)),
    )
    answers = filtered.ask(seccomp.program(ARCH), *calls(harmless))
    assert [answer.error for answer in answers] == [error for _, _, error in harmless]


def test_debuggers_may_attach_where_allowed() -> None:
    attach = partial(filtered.syscall, filtered.number(ARCH, "ptrace"), 16, NOBODY, 0, 0)
    predictable = partial(filtered.syscall, filtered.number(ARCH, "personality"), 0x40000)
    answers = filtered.ask(seccomp.program(ARCH, allow_ptrace=True), attach, predictable)
    assert [answer.error for answer in answers] == [errno.ESRCH, 0]


def test_a_fake_root_may_give_and_become_whatever_it_likes_and_nothing_happens(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    before, ids = path.stat(), (os.getresuid(), os.getresgid(), os.getgroups())

    def give() -> Result:
        os.chown(path, 12345, 12345)
        os.setgroups([12345])
        os.setresgid(12345, 12345, 12345)
        os.setresuid(12345, 12345, 12345)
        os.setxattr(path, "security.capability", bytes(20))
        return Result(int((os.getresuid(), os.getresgid(), os.getgroups()) == ids), 0)

    refused = [partial(filtered.syscall, filtered.number(ARCH, name), *args) for name, args, _ in TELLING]
    answers = filtered.ask(seccomp.program(ARCH, fake_root=True), give, *refused)
    assert answers[0] == Result(1, 0)
    assert [answer.error for answer in answers[1:]] == [error for _, _, error in TELLING]
    assert os.listxattr(path) == []
    assert (path.stat().st_uid, path.stat().st_ctime_ns) == (before.st_uid, before.st_ctime_ns)


def test_calls_of_the_future_are_missing() -> None:
    future = partial(filtered.syscall, 480)
    assert filtered.ask(seccomp.program(ARCH), future) == [Result(-1, ENOSYS)]


@pytest.mark.skipif(ARCH != "x86_64", reason="only x86_64 has the x32 and the i386 convention")
def test_other_conventions_are_closed() -> None:
    x32_getpid = partial(filtered.syscall, 0x40000000 | 39)
    assert filtered.ask(seccomp.program(ARCH), x32_getpid) == [Result(-1, ENOSYS)]
    i386_getpid = partial(filtered.execute, bytes.fromhex("b814000000cd80c3"))  # mov $20,%eax; int $0x80; ret
    if filtered.ask(None, i386_getpid)[0].value <= 0:
        pytest.skip("this kernel has no i386 convention to close")
    assert filtered.ask(seccomp.program(ARCH), i386_getpid) == [Result(0, 0, signal.SIGSYS)]


PYTHON = """
import asyncio, multiprocessing, socket, subprocess, sys, threading
thread = threading.Thread(target=print, args=("thread",), kwargs={"flush": True})
thread.start(); thread.join()
subprocess.run(["echo", "child"], check=True)
async def child():
    assert await (await asyncio.create_subprocess_exec("true")).wait() == 0
asyncio.run(child())
multiprocessing.Process(target=sys.exit).start()
for family in socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK:
    try:
        socket.socket(family, socket.SOCK_RAW if family == socket.AF_NETLINK else socket.SOCK_STREAM).close()
    except OSError as error:
        assert family == socket.AF_INET6, error
"""
NODE = """
const { Worker } = require("worker_threads"), { execFileSync } = require("child_process"), fs = require("fs");
execFileSync("true");
fs.promises.readdir(".").then(() => new Worker("", { eval: true }));
"""
ORDINARY = {
    "sh": ["sh", "-c", "(echo a; sleep 0) | cat; : & wait"],
    "bash": ["bash", "-c", "(set -m; true & wait) 2>/dev/null; cat <(echo $(echo a)) | grep -q a"],
    "zsh": ["zsh", "-fc", "true & wait; cat =(echo a)"],
    "fish": ["fish", "--no-config", "-c", "echo (echo a) | cat"],
    "python3": [sys.executable, "-c", PYTHON],
    "node": ["node", "-e", NODE],
    "perl": ["perl", "-e", "exit(system('true') || !defined(my $pid = fork))"],
    "git": ["sh", "-ec", "git init -q; git -c user.name=a -c user.email=a@b commit -qm a --allow-empty"],
    "vim": ["vim", "-Nu", "NONE", "-es", "-c", "call system('true')", "-c", "w out", "-c", "qa!"],
    "gcc": ["sh", "-ec", "echo 'int main(void) { return 0; }' >a.c; gcc -o a a.c; ./a"],
    "tar": ["sh", "-ec", "touch f; tar -czf a.tgz f; tar -xzf a.tgz; cp --reflink=auto -a f g; ls -l g"],
}  # fmt: skip


@pytest.mark.parametrize("program", ORDINARY)
def test_ordinary_programs_run(program: str, tmp_path: Path) -> None:
    if program != "python3" and not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ORDINARY[program],
        preexec_fn=partial(filtered.install, seccomp.program(ARCH)),
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
