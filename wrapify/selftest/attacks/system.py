"""Touches: /proc, /sys, /dev, inside a sandbox. Attacks on them, and on the limits."""

from __future__ import annotations

import os
import resource
import signal
import socket
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path

from .kernel import Context, Probe, Verdict, held, in_child, leaked, skipped

GIB = 1 << 30
USUAL_DEVICES = {"null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "pts", "core", "shm", "fd"}
USUAL_DEVICES |= {"stdin", "stdout", "stderr", "mqueue"}


def _openable(paths: list[str], flags: int) -> Verdict:
    for path in paths:
        with suppress(OSError):
            os.close(os.open(path, flags | os.O_NONBLOCK))
            return leaked(f"opened {path}")
    return held("none could be opened")


def _readable(path: str, ctx: Context) -> Verdict:
    """A masked file may be there and empty."""
    del ctx
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with suppress(BlockingIOError):
        return leaked(f"read {path}") if os.read(handle, 64) else held(f"{path} is empty")
    return leaked(f"opened {path}")


def _proc_sys(_: Context) -> Verdict:
    paths = [os.path.join(folder, name) for folder, _, names in os.walk("/proc/sys") for name in names]
    taken = [path for path in paths if _writes_back(path)]
    return leaked(f"wrote {taken[:3]}") if taken else held(f"none of {len(paths)} takes a write")


def _writes_back(path: str) -> bool:
    """Write what is there already: ns_last_pid may be opened by everybody and written by nobody."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        try:
            return os.write(handle, os.pread(handle, 4096, 0)) > 0
        finally:
            os.close(handle)
    return False


def _proc_writable(_: Context) -> Verdict:
    paths = ["/proc/sysrq-trigger", "/proc/kcore", "/proc/mtrr", "/proc/acpi/wakeup", "/proc/scsi/scsi"]
    return _openable([*paths, "/proc/1/oom_score_adj", "/proc/1/uid_map", "/proc/timer_stats"], os.O_WRONLY)


def _mounted_writable(path: str, ctx: Context) -> Verdict:
    del ctx
    return held(f"{path} is read-only") if os.statvfs(path).f_flag & os.ST_RDONLY else leaked(f"{path} takes writes")


def _first_place(ctx: Context) -> Verdict:
    """What lies over /proc/1 belongs to this user, who may do away with its permissions."""
    with suppress(OSError):
        os.chmod("/proc/1", 0o755)  # noqa: S103
    return _create("/proc/1", ctx)


def _kallsyms(_: Context) -> Verdict:
    with open("/proc/kallsyms", encoding="ascii") as file:
        addresses = {file.readline().split(" ")[0] for _ in range(50)}
    told = addresses - {"", "0" * 16}
    return leaked("kernel addresses are shown") if told else held("addresses are hidden")


def _keys(ctx: Context) -> Verdict:
    if not ctx["key"]:
        return skipped("no key could be planted")
    lines = Path("/proc/keys").read_text(encoding="utf-8").splitlines()
    return leaked(f"/proc/keys names {len(lines)} keys") if lines else held("it names none")


def _machine_id(ctx: Context) -> Verdict:
    if not ctx["machine_id"]:
        return skipped("the host has no machine id")
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with suppress(OSError):
            if Path(path).read_text(encoding="ascii").strip() == ctx["machine_id"]:
                return leaked(f"{path} is the host's")
    return held("not the host's")


def _hostname(ctx: Context) -> Verdict:
    here = {socket.gethostname(), os.uname().nodename, Path("/proc/sys/kernel/hostname").read_text("ascii").strip()}
    return leaked("the host's name is told") if ctx["hostname"] in here else held(f"{here}")


def _first_readable(paths: list[Path]) -> Verdict:
    for path in paths:
        with suppress(OSError):
            if path.is_file() and path.read_bytes().strip():
                return leaked(f"read {path}")
    return held("nothing readable")


def _dmi(_: Context) -> Verdict:
    roots = (
        "/sys/class/dmi/id",
        "/sys/devices/virtual/dmi/id",
        "/sys/firmware/dmi/tables",
        "/sys/firmware/acpi/tables",
    )
    return _first_readable([path for root in roots for path in Path(root).glob("*")])


def _macs(ctx: Context) -> Verdict:
    if not ctx["macs"]:
        return skipped("the host has no network card")
    for path in Path("/sys/class/net").glob("*/address"):
        with suppress(OSError):
            if path.read_text(encoding="ascii").strip() in ctx["macs"]:
                return leaked(f"{path} is the host's address")
    return held("none of the host's")


def _blocks(_: Context) -> Verdict:
    names = os.listdir("/sys/block") + os.listdir("/sys/class/block")
    return leaked(f"block devices {names[:4]}") if names else held("none listed")


def _sys_write(ctx: Context) -> Verdict:
    with suppress(OSError):
        group = f"/sys/fs/cgroup/{ctx['token']}"
        os.mkdir(group)
        os.rmdir(group)
        return leaked("made a control group")
    return _openable(["/sys/power/state", "/sys/kernel/mm/ksm/run", "/sys/kernel/uevent_helper"], os.O_WRONLY)


def _create(folder: str, ctx: Context) -> Verdict:
    path = os.path.join(folder, f"{ctx['token']}.new")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    os.unlink(path)
    return leaked(f"made a file in {folder}")


def _mknod(ctx: Context) -> Verdict:
    for folder in ("/tmp", "/dev", "/dev/shm", ctx["home"], ctx["cwd"]):
        for kind, device in ((stat.S_IFBLK, os.makedev(8, 0)), (stat.S_IFCHR, os.makedev(1, 1))):
            with suppress(OSError):
                path = os.path.join(folder, f"{ctx['token']}.node")
                os.mknod(path, kind | 0o600, device)
                os.unlink(path)
                return leaked(f"made a device in {folder}")
    return held("refused everywhere")


def _devices(_: Context) -> Verdict:
    extra = sorted(set(os.listdir("/dev")) - USUAL_DEVICES)
    return leaked(f"/dev shows {extra[:6]}") if extra else held("only the harmless ones")


def _raw_devices(_: Context) -> Verdict:
    names = ["mem", "port", "kmsg", "fuse", "net/tun", "vsock", "kvm", "sda", "vda", "nvme0n1", "uinput", "userfaultfd"]
    return _openable([f"/dev/{name}" for name in names], os.O_RDWR)


def _bounded(folder: str, ctx: Context) -> Verdict:
    """Whoever can fill a tmpfs of half the memory can starve the host."""
    if not os.path.isdir(folder) or not _writable(folder, ctx):
        return held("not there or not writable")
    figures = os.statvfs(folder)
    size = figures.f_blocks * figures.f_frsize
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    shown = f"{folder} takes {size >> 20} MiB of {memory >> 20}"
    return held(shown) if 0 < size <= min(4 * GIB, memory // 4) else leaked(shown)


def _writable(folder: str, ctx: Context) -> bool:
    with suppress(OSError):
        return _create(folder, ctx).status == "leaked"
    return False


def _limit(ctx: Context, *, names: tuple[str, ...], most: int) -> Verdict:
    """Held when one of the hard limits is there, sensible, and cannot be raised again."""
    del ctx
    said = []
    for name in names:
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        said.append(f"{name} {'unlimited' if hard == resource.RLIM_INFINITY else hard}")
        if hard != resource.RLIM_INFINITY and hard <= most and not _raised(number, hard):
            return held(said[-1])
    return leaked(", ".join(said))


def _raised(number: int, hard: int) -> bool:
    try:
        resource.setrlimit(number, (hard, hard * 2 + 1))
    except (OSError, ValueError):
        return False
    return True


def _memory_limit(ctx: Context) -> Verdict:
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return _limit(ctx, names=("RLIMIT_DATA", "RLIMIT_AS"), most=memory)


def _fork_limit(ctx: Context) -> Verdict:
    """With the soft limit at 40 no more than 60 forks may succeed: the limit is counted, not only set."""
    del ctx
    return in_child(_fork_until_refused)


def _fork_until_refused() -> Verdict:
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    resource.setrlimit(resource.RLIMIT_NPROC, (40, hard))
    children: list[int] = []
    with suppress(BlockingIOError):
        while len(children) < 60:
            children.append(_sleeper())
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    done = f"{len(children)} forks with a limit of 40"
    return leaked(done) if len(children) >= 60 else held(done)


def _sleeper() -> int:
    pid = os.fork()
    if pid == 0:
        signal.alarm(20)
        signal.pause()
        os._exit(0)
    return pid


SIZES = tuple(
    Probe(
        f"size-{name}", "limits", partial(_bounded, path), f"fills a writable {path} beyond 4 GiB or a quarter of RAM"
    )
    for name, path in (("dev", "/dev"), ("shm", "/dev/shm"), ("tmp", "/tmp"), ("run", "/run"), ("root", "/"))
)

PROBES: tuple[Probe, ...] = SIZES + (
    Probe("proc-sys-write", "proc", _proc_sys, "writes to any file of /proc/sys"),
    Probe("proc-trigger-write", "proc", _proc_writable, "opens sysrq-trigger and its like for writing"),
    Probe("proc-mounted", "proc", partial(_mounted_writable, "/proc"), "finds /proc itself writable"),
    Probe("proc-pid1-create", "proc", _first_place, "puts a file in the place of pid 1"),
    Probe("proc-kcore", "proc", partial(_readable, "/proc/kcore"), "reads /proc/kcore"),
    Probe("proc-kmsg", "proc", partial(_readable, "/proc/kmsg"), "reads /proc/kmsg"),
    Probe("proc-kallsyms", "proc", _kallsyms, "reads kernel addresses"),
    Probe("proc-keys", "proc", _keys, "finds keys in /proc/keys"),
    Probe("id-machine", "proc", _machine_id, "learns the machine id"),
    Probe("id-hostname", "proc", _hostname, "learns the host's name"),
    Probe("sys-dmi", "sys", _dmi, "reads serial numbers and firmware tables"),
    Probe("sys-macs", "sys", _macs, "reads the hardware addresses"),
    Probe("sys-block", "sys", _blocks, "lists the block devices"),
    Probe("sys-write", "sys", _sys_write, "makes a control group or writes to /sys"),
    Probe("dev-create", "dev", partial(_create, "/dev"), "makes a file in /dev"),
    Probe("root-create", "dev", partial(_create, "/"), "makes a file in /"),
    Probe("dev-mknod", "dev", _mknod, "makes device nodes"),
    Probe("dev-extra", "dev", _devices, "finds devices beyond the usual ones"),
    Probe("dev-raw", "dev", _raw_devices, "opens disks, memory, kmsg, fuse, tun, vsock or kvm"),
    Probe("limit-nproc", "limits", partial(_limit, names=("RLIMIT_NPROC",), most=10_000), "has no limit of processes"),
    Probe("limit-nproc-works", "limits", _fork_limit, "forks past its limit"),
    Probe(
        "limit-fsize",
        "limits",
        partial(_limit, names=("RLIMIT_FSIZE",), most=64 * GIB),
        "has no limit of written bytes",
    ),
    Probe(
        "limit-nofile", "limits", partial(_limit, names=("RLIMIT_NOFILE",), most=1 << 17), "has no limit of open files"
    ),
    Probe("limit-core", "limits", partial(_limit, names=("RLIMIT_CORE",), most=0), "leaves its memory in a core file"),
    Probe("limit-memory", "limits", _memory_limit, "has no limit of memory"),
)
