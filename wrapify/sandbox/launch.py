"""Touches: processes. Starts one sandbox from a recipe and stays until it has ended.

bwrap's options travel in a memfd, not on a command line that ps(1) shows; its environment is scrubbed already.
"""

from __future__ import annotations

import _signal
import marshal
import os
import resource
import select

from wrapify.errors import SandboxUnavailable
from wrapify.sandbox import keep
from wrapify.sandbox.watch import TICK_MS, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from wrapify.sandbox.network import Links
    from wrapify.sandbox.recipe import Recipe

BOX = b"@box@"
ENDING = (("INT", _signal.SIGINT), ("QUIT", _signal.SIGQUIT), ("TERM", _signal.SIGTERM), ("HUP", _signal.SIGHUP))
"""What a terminal, timeout(1) or `kill %1` sends to the whole process group: to bwrap, and to the command as well."""
NOT_STARTED = "it did not start"
SCRIPT = "/run/wrapify/script"
"""Where a script that came through a pipe is seen inside."""


class Ended:
    """Hold how a run ended: its exit status, and why wrapify ended it ("" if it did not).

    `refused` is what it was not let to over the network, a line each (source: `proxy.serve`).
    """

    __slots__ = ("reason", "refused", "status")

    def __init__(self, status: int, reason: str, *, refused: Sequence[str] = ()) -> None:
        self.status = status
        self.reason = reason
        self.refused = refused


class Pipes:
    """Hold the descriptors shared with bwrap: what it reads (args, filter, go) and what it tells (info, status).

    `trouble` is where the child says what went wrong before it became bwrap, `heard` where that is read.
    """

    __slots__ = ("args", "far", "filter", "go", "heard", "info", "script", "status", "trouble")

    def __init__(self, errand: Errand) -> None:
        self.args = _memfd(_options(errand.recipe, errand.store) + _variables(errand.env))
        self.filter = _memfd(errand.recipe["seccomp"])
        self.script = _memfd(errand.script) if errand.script else -1
        self.info, info = os.pipe()
        wait, self.go = os.pipe()
        self.status, status = os.pipe()
        self.heard, self.trouble = os.pipe()
        self.far = (info, wait, status)

    def words(self) -> tuple[str, ...]:
        """Name the descriptors as bwrap options."""
        info, wait, status = self.far
        numbers = (("--args", self.args), ("--seccomp", self.filter), ("--info-fd", info), ("--block-fd", wait))
        words = tuple(str(word) for pair in (*numbers, ("--json-status-fd", status)) for word in pair)
        return words if self.script < 0 else (*words, "--ro-bind-data", str(self.script), SCRIPT)

    def passed(self) -> tuple[int, ...]:
        """List the descriptors bwrap inherits."""
        return (self.args, self.filter, *self.far, *((self.script,) if self.script >= 0 else ()))


def _memfd(content: bytes) -> int:
    descriptor = os.memfd_create("wrapify")
    while content:
        content = content[os.write(descriptor, content) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _options(recipe: Recipe, store: str) -> bytes:
    options: bytes = b"\0" + recipe["args"]
    # No path of the host is relative, so only ours can start with the placeholder.
    return options.replace(b"\0" + BOX + b"/", b"\0" + os.fsencode(store) + b"/")[1:]


def _variables(env: Mapping[str, str]) -> bytes:
    """Set the command's environment by option. bwrap itself starts with none: LD_PRELOAD would change bwrap, too."""
    words = (word for name, value in env.items() for word in ("--setenv", name, value))
    return b"".join(os.fsencode(word) + b"\0" for word in words)


class Errand:
    """Hold one run: the recipe, the command, its environment and what is particular to it.

    `store` is the directory that records writes ("" for none). `script` is shown inside at SCRIPT. `capture` sends
    what the command prints there instead of to the terminal and gives it no input. `seconds` bounds the run (0: not).
    """

    __slots__ = ("capture", "command", "env", "recipe", "script", "seconds", "store")

    def __init__(self, recipe: Recipe, command: Sequence[str], *, env: Mapping[str, str], store: str = "") -> None:
        self.recipe = recipe
        self.command = command
        self.env = env
        self.store = store
        self.script = b""
        self.capture = -1
        self.seconds = 0


def launch(errand: Errand) -> Ended:
    """Run the command in its sandbox and wait for its end.

    Raises SandboxUnavailable if the sandbox could not be built; then nothing of the command has run.
    """
    wanted = tuple(name for name, number in ENDING if _signal.getsignal(number) != _signal.SIG_IGN)
    # The terminal sends them to the command as well, which decides what to make of them.
    before = ignore_interrupts()
    try:
        answer = keep.kept(lambda lifeline: marshal.dumps(_run(errand, wanted, lifeline=lifeline)))
    finally:
        for number, action in before:
            _signal.signal(number, action)
    killed = (137, "the process that watched over it was killed", None, ())
    status, reason, trouble, refused = marshal.loads(answer) if answer else killed  # noqa: S302 - from our own child
    if trouble is None:
        return Ended(status, reason, refused=refused)
    why = f" ({trouble})" if trouble else ""
    raise SandboxUnavailable(f"the sandbox could not be built, so nothing was run{why}", "wrapify explain -- true")


def ignore_interrupts() -> list[tuple[int, Any]]:
    """Ignore Ctrl-C and Ctrl-\\, and give what was done about them before."""
    return [(number, _signal.signal(number, _signal.SIG_IGN)) for number in (_signal.SIGINT, _signal.SIGQUIT)]


def _run(errand: Errand, wanted: Sequence[str], *, lifeline: int) -> tuple[int, str, str | None, tuple[str, ...]]:
    """Give its status, why wrapify ended it, why it did not start (None: it did), and what its network refused."""
    recipe = errand.recipe
    pipes = Pipes(errand)
    parent = os.getpid()
    child = os.fork()
    if child == 0:
        _become_bwrap(errand, pipes, parent=parent, wanted=wanted)
    for descriptor in (*pipes.passed(), pipes.trouble):
        os.close(descriptor)
    bounds = {"memory": recipe["memory"], "written": recipe["written"]}
    watch = Watch(child, lifeline=lifeline, store=errand.store, **bounds)
    watch.seconds = errand.seconds
    watch.inner = _first_process(pipes.info, child)
    links, why = _connect(watch.inner, recipe) if watch.inner else (None, "")
    if why or not watch.inner or keep.alone(lifeline) or not _release(watch, recipe, go=pipes.go):
        # To close the pipe it waits at would mean "go on", and nothing limits it.
        os.kill(child, _signal.SIGKILL)
        watch.reason = NOT_STARTED
    status = watch.wait()
    # Before the pipes are read to their end: an orphan may hold the other one.
    keep.end_children()
    os.close(pipes.go)
    trouble = _trouble(status, watch.reason, pipes=pipes)
    return status, watch.reason, trouble if trouble is None else why or trouble, links.refused() if links else ()


def _connect(inner: int, recipe: Recipe) -> tuple[Links | None, str]:
    """Open to the first process inside what it may reach, as long as this process lives, or say why that failed."""
    if not recipe["network"]:
        return None, ""
    from wrapify.sandbox import network

    try:
        return network.connect(inner, recipe["network"]), ""
    except SandboxUnavailable as problem:
        return None, str(problem)


def _release(watch: Watch, recipe: Recipe, *, go: int) -> bool:
    """Limit the first process inside, which waits, and let it go on; tell whether it was still there."""
    try:
        _limit(watch.inner, recipe["limits"])
        _enter_scope((watch.child, watch.inner), recipe)
        os.write(go, b"g")
    except (ProcessLookupError, BrokenPipeError):
        return False
    return True


def _become_bwrap(errand: Errand, pipes: Pipes, *, parent: int, wanted: Sequence[str]) -> None:
    """Take the last steps in the child. Whatever goes wrong, it ends here: nothing of the command runs.

    bwrap ignores ENDING where the recipe has words in front of the command that give it back those in `wanted`: what
    the caller ignores (nohup) stays ignored in either case.
    """
    from wrapify.sandbox import child

    recipe = errand.recipe
    try:
        child.die_with(parent)
        inner = [word.replace("@signals@", ",".join(wanted)) for word in recipe["inner"] if wanted]
        child.set_signals([number for name, number in ENDING if recipe["inner"] or name not in wanted])
        child.fresh_keyring()
        child.offer_to_oom_killer()
        _mount_overlays(errand)
        child.scope()
        if errand.capture >= 0:
            child.redirect(errand.capture)
        child.keep_only(pipes.passed())
        os.execve(recipe["bwrap"], ("bwrap", *pipes.words(), "--", *inner, *errand.command), {})
    except OSError as error:
        os.write(pipes.trouble, str(error.strerror).encode())
    finally:
        os._exit(125)


def _mount_overlays(errand: Errand) -> None:
    """Mount the overlays ourselves where bwrap cannot (route "userns")."""
    from wrapify.sandbox import child

    placed: list[tuple[Sequence[str], str, str, str]] = [
        (lowers, *_in_box((upper, work, dest), errand.store)) for lowers, upper, work, dest in errand.recipe["overlays"]
    ]
    if placed:
        child.own_namespaces()
        child.mount_overlays(placed)


def _in_box(paths: tuple[str, str, str], store: str) -> tuple[str, str, str]:
    upper, work, dest = (path.replace("@box@", store, 1) for path in paths)
    return upper, work, dest


def _first_process(info: int, child: int) -> int:
    """Read the pid of the first process inside, 0 if bwrap ended before it had one. The JSON comes in pieces."""
    told = b""
    poll = select.poll()
    poll.register(info, select.POLLIN)
    while b"}" not in told:
        if not poll.poll(TICK_MS):
            # An orphan of a bwrap that was killed may hold the other end.
            if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                return 0
            continue
        piece = os.read(info, 4096)
        if not piece:
            return 0
        told += piece
    os.close(info)
    try:
        return int(told.split(b'"child-pid":')[1].split(b",")[0].split(b"}")[0])
    except (ValueError, IndexError):
        return 0


def _limit(inner: int, limits: tuple[int, int, int, int]) -> None:
    """Set limits on the first process inside, which waits; all others inherit them.

    The number of processes is counted per user namespace (Linux 5.14), so it does not count the user's others.
    """
    processes, files, size, memory = limits
    for kind, most in (
        (resource.RLIMIT_NPROC, processes),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_FSIZE, size),
        # One process alone may not take more than all together. RLIMIT_AS would break what only reserves memory.
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.prlimit(inner, kind)
        top = most if hard == resource.RLIM_INFINITY else min(most, hard)
        soft = min(resource.prlimit(inner, kind)[0], top) if kind == resource.RLIMIT_NOFILE else top
        resource.prlimit(inner, kind, (soft, top))


def _enter_scope(pids: tuple[int, ...], recipe: Recipe) -> None:
    """Have the kernel count the sandbox's memory where systemd offers that; the watch goes on in any case."""
    if recipe["busctl"]:
        from wrapify.sandbox import scope

        scope.enter(recipe["busctl"], pids, memory=recipe["memory"], processes=recipe["limits"][0])


def _trouble(status: int, reason: str, *, pipes: Pipes) -> str | None:
    """Tell a failure of bwrap from the program's own: only the latter is reported on the status pipe."""
    told, trouble = _drain(pipes.status), _drain(pipes.heard).decode("utf-8", "replace")
    failed = b'"exit-code"' not in told and (reason == NOT_STARTED or (not reason and status < 128))
    return trouble if failed else None


def _drain(descriptor: int) -> bytes:
    text = b""
    while piece := os.read(descriptor, 4096):
        text += piece
    os.close(descriptor)
    return text
