"""Touches: the machine, reading only. `wrapify explain`: what a run would see, and its bwrap command line."""

from __future__ import annotations

import os
import shlex

from wrapify import prepare
from wrapify.analysis.analyse import analyse
from wrapify.cli import render
from wrapify.cli.check import judge, own_shell
from wrapify.cli.options import Request
from wrapify.cli.render import escape as escaped
from wrapify.cli.run import choose, words_for
from wrapify.place import here, own_dirs
from wrapify.policy import quick
from wrapify.sandbox import masks, skeletons
from wrapify.sandbox.recipe import OverlayRow
from wrapify.sandbox.spec import BOX


def explain(request: Request) -> int:
    """Show what a run would see, and its bwrap command line; run nothing."""
    decision = _decision(request)
    place = here()
    choose(request, place)
    prepared = prepare.design(request, place)
    for mask in prepared.spec.masks:
        masks.build(mask)
    prepared.recipe = skeletons.ready(prepared.recipe, lambda: None)
    command: tuple[str, ...] = ("true",)
    if request.words or request.line is not None:
        command = words_for(request, place, default_shell=prepared.recipe["shell"])
    render.out(decision + _summary(prepared) + _script(prepared, command))
    return 0


def _decision(request: Request) -> str:
    """Say what `wrapify check` would say to the command line, "" if there is none. (As root it asks root's policy.)"""
    line = shlex.join(request.words) if request.line is None else request.line
    if not line:
        return ""
    dirs = own_dirs()
    report = analyse(os.fsencode(line), origin="paste", shell=own_shell())
    found = judge(report, dirs, rules=quick.rules(dirs))
    first = ", the sandbox first" if found.sandbox_first else ""
    return f"# decision if pasted: {found.action}{first}: {escaped(found.why)} ({escaped(found.decided_by)})\n"


def _summary(prepared: prepare.Prepared) -> str:
    spec, facts = prepared.spec, prepared.situation.facts
    limits = spec.limits
    rows = [
        f"# profile: {prepared.situation.profile.name} ({prepared.situation.profile.summary})",
        f"# sees: {', '.join(spec.status)}",
        f"# starts in: {render.escape(spec.chdir)}",
        f"# copy-on-write: {_ROUTES[facts.route]}; changes are written to {_UPPERS[facts.upper]}",
        f"# limits: {limits.processes} processes, {limits.memory >> 20} MiB memory, {limits.written >> 20} MiB written",
        f"# memory is counted {_COUNTED[bool(facts.busctl)]}",
        *(f"# note: {render.escape(note)}" for note in spec.notes),
        "# Around it, by wrapify alone: system-call filter, limits, fresh keyring, scrubbed environment.",
    ]
    return "\n".join(rows) + "\n"


_ROUTES = {
    "bwrap": "bwrap's own overlay",
    "userns": "an overlay that wrapify mounts before bwrap starts",
    "none": "not possible here",
}
_COUNTED = {True: "by the kernel, in a scope of your systemd", False: "by wrapify from outside, four times a second"}
_UPPERS = {"state": "the state directory", "memory": "memory"}
_MODIFIERS = ("--perms", "--size", "--overlay-src")


def _script(prepared: prepare.Prepared, command: tuple[str, ...]) -> str:
    """Write a shell script that builds the same mounts by hand, with a throw-away box."""
    spec, facts = prepared.spec, prepared.situation.facts
    words = tuple(os.fsdecode(word) for word in prepared.recipe["args"].split(b"\0")[:-1])
    folders = [f"{BOX}/{layer.store}" for layer in spec.layers]
    folders += [f"{BOX}/w{layer.store[1:]}" for layer in spec.layers if layer.kind == "overlay"]
    lines = ["set -eu", "box=$(mktemp -d)"]
    if folders:
        lines.append("mkdir " + " ".join(map(_quoted, folders)))
    options = " \\\n    ".join(_grouped(words))
    inside = " ".join(map(_plain, command))
    run = f"exec {shlex.quote(facts.bwrap)} \\\n    {options} \\\n    -- {inside}"
    mounts = [_mount(overlay) for overlay in prepared.recipe["overlays"]]
    if mounts:
        body = "\n".join([*mounts, run])
        lines.append(f"export box\nexec unshare --user --map-root-user --mount sh -euc {shlex.quote(body)}")
    else:
        lines.append(run)
    return "\n".join(lines) + "\n"


def _mount(overlay: OverlayRow) -> str:
    lowers, upper, work, dest = overlay
    options = f"userxattr,lowerdir={':'.join(reversed(lowers))}"
    if upper:
        options += f",upperdir={upper},workdir={work}"
    return f"mount -t overlay overlay -o {_quoted(options)} {_quoted(dest)}"


def _quoted(text: str) -> str:
    return '"$box"'.join(_plain(part) if part else "" for part in text.split(BOX)) or "''"


def _plain(text: str) -> str:
    """Quote for a shell; what a terminal would act upon is written out, as bash, zsh and POSIX 2024 read it."""
    if text.isprintable():
        return shlex.quote(text)
    return "$'" + render.escape(text.replace("\\", "\\\\").replace("'", "\\'")) + "'"


def _grouped(words: tuple[str, ...]) -> list[str]:
    """Put each option on a line of its own, behind what modifies it and before its values."""
    lines: list[list[str]] = []
    for word in words:
        if word.startswith("--") and (not lines or not _waiting(lines[-1])):
            lines.append([])
        lines[-1].append(_quoted(word))
    return [" ".join(line) for line in lines]


def _waiting(line: list[str]) -> bool:
    """Tell whether a line holds only modifiers so far, which wait for the option they modify."""
    return all(word in _MODIFIERS for word in line if word.startswith("--"))
