"""Touches: boxes and sandboxes. One run from request to exit status: recipe, box, launch, and what is said about it."""

from __future__ import annotations

import os
import time

from wrapify import tracing
from wrapify.box import layers, store
from wrapify.cli import render
from wrapify.errors import SandboxUnavailable, StateError, UsageError, WrapifyError
from wrapify.sandbox import cache, launch, masks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from wrapify.cli.options import Request
    from wrapify.place import Place
    from wrapify.sandbox.recipe import Recipe

TRIES = 3
"""Another run may remove an old layer between the look at it and the lock on it."""


class Job:
    """Hold what a run is asked to do.

    `shown` is what its box remembers, `lead` comes first in the status line, `notes` after it, and `hint` at the end
    if the command fails. `digest` is the SHA-256 of the script, `found` are the rules that found something in it.
    """

    __slots__ = ("command", "digest", "found", "hint", "lead", "notes", "script", "shown")

    def __init__(self, command: Sequence[str], *, shown: str = "", lead: str = "", script: bytes = b"") -> None:
        self.command = command
        self.shown = shown or " ".join(command)
        self.lead = lead
        self.script = script
        self.notes: tuple[str, ...] = ()
        self.hint = self.digest = ""
        self.found: tuple[str, ...] = ()


DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"
ROOTS_PATH = "/usr/local/sbin:/usr/sbin:/sbin"


def key(request: Request, place: Place) -> tuple[object, ...]:
    """Give everything a plan depends on that is not asked of the machine."""
    dirs = place.dirs
    return (
        request.key(),
        (place.uid, place.gid, place.home, place.cwd, place.dropped, place.tools()),
        (dirs.state, dirs.cache, dirs.config, dirs.runtimes, place.env.get("WRAPIFY_BWRAP", "")),
        os.uname().release,
    )


def find_recipe(request: Request, place: Place) -> Recipe:
    """Give the kept recipe for this request, or plan anew."""
    name = key(request, place)
    kept: Recipe | None = cache.load(place.dirs.cache, name)
    if kept is not None and masks.hold(kept["masks"]):
        tracing.debug("the plan is kept: profile %s", kept["profile"])
        return kept
    began = time.monotonic()
    recipe = _plan(request, place)
    tracing.info("planned anew in %.0f ms: profile %s", (time.monotonic() - began) * 1000, recipe["profile"])
    return recipe


def _plan(request: Request, place: Place) -> Recipe:
    from wrapify.prepare import prepare

    for _ in range(TRIES):
        recipe = prepare(request, place, key=key(request, place)).recipe
        if masks.hold(recipe["masks"]):
            return recipe
    raise StateError("the layer that hides secrets vanished while it was made, so nothing was run", "try again")


def run(request: Request, place: Place, *, recipe: Recipe, job: Job) -> int:
    """Run a job in a sandbox and return its exit status."""
    try:
        return _once(request, place, recipe=recipe, job=job)
    except SandboxUnavailable as problem:
        # The machine may have changed under a kept verdict: try it anew, once, before giving up.
        return _once(request, place, recipe=_anew(request, place, recipe=recipe, problem=problem), job=job)


def _anew(request: Request, place: Place, *, recipe: Recipe, problem: SandboxUnavailable) -> Recipe:
    from wrapify.sandbox import facts

    tracing.info("no sandbox could be built, so this machine is looked at anew: %s", problem.message)
    facts.forget(place)
    anew = _plan(request, place)
    if anew == recipe:
        raise problem
    return anew


def _once(request: Request, place: Place, *, recipe: Recipe, job: Job) -> int:
    if recipe["skeletons"]:
        from wrapify.sandbox import skeletons

        recipe = skeletons.ready(recipe, lambda: render.note("preparing a copy of the system, which is kept for later"))
    tracing.info("runs as profile %s: %s", recipe["profile"], ", ".join(recipe["status"]))
    records = recipe["record"] and recipe["layers"]
    if request.box and not records:
        raise UsageError("nothing is recorded in this sandbox, so --box has no use", "leave --box out")
    box = _open_box(request, place, recipe=recipe, shown=job.shown) if records else None
    if not request.quiet:
        render.status(_where(box), _said_first(job, recipe), notes=(*recipe["notes"], *job.notes))
    ended, began = launch.Ended(125, ""), time.monotonic()
    try:
        ended = _launch(recipe, place, job=job, box=box)
        # What is left is to write down how it ended, which a second Ctrl-C must not cut off.
        launch.ignore_interrupts()
    finally:
        kept = store.finish(box, ended.status) if box else False
        seconds = round(time.monotonic() - began, 3)
    tracing.info("ended with status %d after %.3f s%s", ended.status, seconds, f": {ended.reason}" * bool(ended.reason))
    if ended.reason:
        render.ended(ended.reason)
    elif ended.status and job.hint and not request.quiet:
        render.note(job.hint)
    if not request.quiet:
        for line in ended.refused:
            render.note(_refused(line))
    kept = bool(box and kept and not _is_unchanged(box))
    _log(place, recipe, job=job, ended=ended, about={"box": box.name if box and kept else "", "seconds": seconds})
    if box and kept and not request.quiet:
        from wrapify.cli import review

        review.after_run(place, box)
    return ended.status


def _log(place: Place, recipe: Recipe, *, job: Job, ended: launch.Ended, about: dict[str, object]) -> None:
    """Write down what was run, in which sandbox, and how it ended."""
    from wrapify import audit
    from wrapify.event import Event

    about |= {"profile": recipe["profile"], "root": bool(recipe["of_root"]) or None, "status": ended.status}
    about |= {"reason": ended.reason, "refused": ended.refused, "rules": job.found, "cwd": place.cwd}
    about |= {"sha256": job.digest, "script": job.script[: 1 << 14].decode("utf-8", "replace"), "text": job.shown}
    audit.append(place.dirs, Event("run", **about), most=recipe["log"])


def _refused(line: str) -> str:
    """Put in words what the proxy refused (source: `proxy.serve`)."""
    word, _, place = line.partition(" ")
    if word == "not-allowed":
        host = place.rpartition(":")[0] if place.endswith((":80", ":443")) else place
        return f"{place} was not reached: --allow {host} would allow it"
    return f"{place} was not reached: it is not the internet" if word == "not-global" else f"the proxy failed: {place}"


def _is_unchanged(box: store.Box) -> bool:
    """Drop a box in which nothing changed, and tell whether it was one. Whatever goes wrong, the run is over."""
    from wrapify.box.review import dropped

    try:
        return dropped(box)
    except WrapifyError:
        return False  # It is kept, and the look at it says why it cannot be read.


def _launch(recipe: Recipe, place: Place, *, job: Job, box: store.Box | None) -> launch.Ended:
    if box:
        layers.guard(box.store, recipe["inside"])
    errand = launch.Errand(recipe, job.command, env=environment(recipe, place), store=box.store if box else "")
    errand.script = job.script
    if tracing.is_on():
        words = recipe["args"].decode("utf-8", "surrogateescape").replace("\0", " ")
        tracing.debug("starts %s %s-- %s", recipe["bwrap"], words, " ".join(job.command))
        tracing.debug("passes these variables: %s", " ".join(sorted(errand.env)))
        tracing.debug("records in %s", errand.store or "nothing")
    return launch.launch(errand)


def _where(box: store.Box | None) -> str:
    """Say where changes go. An unnamed box is named at the end, if there is anything in it."""
    if not box:
        return "nothing kept"
    return "changes go to a box" if box.unnamed else f"changes go to box {box.name}"


def _said_first(job: Job, recipe: Recipe) -> tuple[str, ...]:
    return (job.lead, *recipe["status"]) if job.lead else recipe["status"]


def examine(request: Request, place: Place, *, job: Job, seconds: int) -> tuple[int, str]:
    """Run a job that only looks at its script, in a sealed sandbox, and give its status and what it printed."""
    recipe = find_recipe(request, place)
    errand = launch.Errand(recipe, job.command, env=environment(recipe, place) | {"LC_ALL": "C"})
    errand.script = job.script
    errand.seconds = seconds
    errand.capture = os.memfd_create("said")
    ended = launch.launch(errand)
    said = os.pread(errand.capture, 65536, 0).decode("utf-8", "replace")
    os.close(errand.capture)
    return ended.status, ended.reason or said


def _open_box(request: Request, place: Place, *, recipe: Recipe, shown: str) -> store.Box:
    rows = recipe["layers"]
    if request.box and store.exists(place.dirs.state, request.box):
        return store.reopen(place.dirs.state, request.box, rows=rows, masked=recipe["masked"])
    about = {
        "name": request.box,
        "command": shown[:4096],
        "profile": recipe["profile"],
        "cwd": place.cwd,
        "home": place.home,
        "since": place.began,
        "of_root": recipe["of_root"],
    }
    memory = recipe["runtime"] if recipe["in_memory"] else ""
    box = store.create(place.dirs.state, about, rows=rows, memory=memory, masked=recipe["masked"])
    if recipe["standing"]:
        from wrapify.sandbox import skeletons

        skeletons.furnish(recipe, box.store)
    return box


def is_shown(path: str, recipe: Recipe) -> bool:
    """Tell whether a path of the host (real, absolute) is seen inside at the same place."""
    return _covered(path, recipe["shown"]) and not _covered(path, recipe["hidden"])


def _covered(path: str, bases: tuple[str, ...]) -> bool:
    return any(path == base or path.startswith(base.rstrip("/") + "/") for base in bases)


def environment(recipe: Recipe, place: Place) -> dict[str, str]:
    """Give the environment of a sandbox: the listed variables, and nothing else."""
    env = {name: place.env[name] for name in recipe["passed"] if name in place.env}
    env.setdefault("PATH", DEFAULT_PATH)
    if recipe["of_root"]:
        env["PATH"] += f":{ROOTS_PATH}"
    return env | dict(recipe["fixed"])
