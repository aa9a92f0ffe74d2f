"""Touches: processes. Starts one sandbox from a recipe and stays until it has ended."""

from __future__ import annotations

import _signal
import marshal
import os
import select

from wrapify.errors import SandboxUnavailable
from wrapify.sandbox import bounds, keep
from wrapify.sandbox.pipes import Pipes
from wrapify.sandbox.watch import TICK_MS, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from wrapify.sandbox.front import Front
    from wrapify.sandbox.network import Links
    from wrapify.sandbox.recipe import Recipe

ENDING = (("INT", _signal.SIGINT), ("QUIT", _signal.SIGQUIT), ("TERM", _signal.SIGTERM), ("HUP", _signal.SIGHUP))
"""What a terminal, timeout(1) or `kill %1` sends to the whole process group: to bwrap, and to the command as well."""
NOT_STARTED = "it did not start"


class Ended:
    """Hold how a run ended: its exit status, and why wrapify ended it ("" if it did not).

    `refused` is what it was not let to over the network, a line each (source: `proxy.serve`).
    """

    __slots__ = ("reason", "refused", "status")

    def __init__(self, status: int, reason: str, *, refused: Sequence[str] = ()) -> None:
        self.status = status
        self.reason = reason
        self.refused = refused


class Errand:
    """Hold one run: the recipe, the command, its environment and what is particular to it.

    `store` is the directory that records writes ("" for none). `script` is shown inside at SCRIPT. `capture` sends
    what the command prints there instead of to the terminal and gives it no input. `seconds` bounds the run (0: not).
    `front` stands between the terminal and the sandbox, None where there is no terminal or nothing is filtered.
    """

    __slots__ = ("capture", "command", "env", "front", "recipe", "script", "seconds", "store")

    def __init__(self, recipe: Recipe, command: Sequence[str], *, env: Mapping[str, str], store: str = "") -> None:
        self.recipe = recipe
        self.command = command
        self.env = env
        self.store = store
        self.script = b""
        self.capture = -1
        self.seconds = 0
        self.front: Front | None = None


def launch(errand: Errand) -> Ended:
    """Run the command in its sandbox and wait for its end.

    Raises SandboxUnavailable if the sandbox could not be built; then nothing of the command has run.
    """
    wanted = tuple(name for name, number in ENDING if _signal.getsignal(number) != _signal.SIG_IGN)
    errand.front = _front(errand, wanted)
    # The terminal sends them to the command as well, which decides what to make of them.
    before = ignore_interrupts()
    try:
        answer = keep.kept(lambda lifeline: marshal.dumps(_run(errand, wanted, lifeline=lifeline)), front=errand.front)
    finally:
        for number, action in before:
            _signal.signal(number, action)
    killed = (137, "the process that watched over it was killed", None, ())
    status, reason, trouble, refused = marshal.loads(answer) if answer else killed  # noqa: S302 - from our own child
    if trouble is None:
        return Ended(status, reason, refused=refused)
    why = f" ({trouble})" if trouble else ""
    raise SandboxUnavailable(f"the sandbox could not be built, so nothing was run{why}", "wrapify doctor")


def _front(errand: Errand, wanted: Sequence[str]) -> Front | None:
    """Put a terminal of ours between this one and the sandbox, if there is one and what it is sent is filtered."""
    if not errand.recipe["filter"] or errand.capture >= 0:
        return None
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC))
    except OSError:
        if not any(map(os.isatty, (0, 1, 2))):
            return None
    from wrapify.sandbox import front

    heeded = [number for name, number in ENDING if name in wanted]
    if _signal.getsignal(_signal.SIGTSTP) != _signal.SIG_IGN:
        heeded.append(_signal.SIGTSTP)
    return front.find(titles=errand.recipe["titles"], heeded=heeded)


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
    watch = _watch(child, errand, lifeline=lifeline)
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


def _watch(child: int, errand: Errand, *, lifeline: int) -> Watch:
    most = {"memory": errand.recipe["memory"], "written": errand.recipe["written"]}
    if errand.front is None:
        return Watch(child, lifeline=lifeline, store=errand.store, **most)
    from wrapify.sandbox.monitor import Monitor

    return Monitor(child, lifeline=lifeline, store=errand.store, **most).at(errand.front)


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
        bounds.limit(watch.inner, recipe["limits"])
        bounds.enter_scope((watch.child, watch.inner), recipe)
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
        if errand.front:
            from wrapify.sandbox import monitor

            monitor.join(errand.front)
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
