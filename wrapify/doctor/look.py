"""Touches: the machine, processes. Finds out by doing what there is to judge; nothing is changed, nothing stays."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import Any

from wrapify.doctor import attempt, desk, own, play, surroundings
from wrapify.doctor.seen import Bwrap, Desk, Folder, Network, Sandbox, Seen, Shell, Trial
from wrapify.doctor.trial import Trying
from wrapify.place import Place
from wrapify.sandbox import child, facts, keep, probe
from wrapify.sandbox.watch import children

SECONDS = 3.0
RUN_S = 8.0
SHELL_S = 20.0
LATE = "it did not answer in time"


def look(place: Place) -> Seen:
    """Look at everything. What takes long by waiting is begun first; nothing of it is left at the end."""
    child.adopt_orphans()
    strangers = children(os.getpid())
    env = dict(place.env)
    shell = Trying(lambda: play.played(place), SHELL_S)
    clipboard = Trying(lambda: desk.clipboard(env), SECONDS)
    system, bwrap = surroundings.system(env, dropped=place.dropped), _bwrap(env)
    folders = Trying(lambda: [_row(folder) for folder in own.folders(place)], SECONDS).answer()
    told = tuple(Folder(*row) for row in folders) if folders else (Folder("state", place.dirs.state, trouble=LATE),)
    named, policy, hint = own.policy(place)
    sandbox = _sandbox(place, bwrap, folders=told)
    network = _network(place, bwrap, sandbox=sandbox, named=named)
    seen = Seen(
        system=system,
        bwrap=bwrap,
        sandbox=sandbox,
        network=network,
        own=own.own(place, told, policy=policy, hint=hint),
        shell=_shell(place, shell.answer()),
        desk=_desk(env, clipboard.answer()),
    )
    keep.end_children(strangers)
    return seen


def _row(folder: Folder) -> tuple[Any, ...]:
    return folder.role, folder.path, folder.kind, folder.trouble, folder.free


def _bwrap(env: Mapping[str, str]) -> Bwrap:
    named = env.get("WRAPIFY_BWRAP", "")
    path = named or facts.find("bwrap")
    try:
        found = os.stat(path)
    except OSError:
        return Bwrap(path="", version=(), named=bool(named))
    version = Trying(lambda: probe.version_of(path)[0], SECONDS).answer()
    # In a namespace root's files may seem to be nobody's.
    loose = found.st_uid not in (0, 65534) or bool(found.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
    setuid = bool(found.st_mode & stat.S_ISUID)
    return Bwrap(path, tuple(version or ()), named=bool(named), setuid=setuid, loose=loose)


def _sandbox(place: Place, bwrap: Bwrap, *, folders: tuple[Folder, ...]) -> Sandbox:
    if not (bwrap.path and bwrap.version):
        nothing = Trial(False, "there is no bubblewrap")
        return Sandbox(plain=nothing, run=nothing, route="none")
    started = Trying(lambda: probe.start(bwrap.path), SECONDS).answer() or (1, LATE)
    if started[0]:
        return Sandbox(plain=Trial(False, started[1]), run=Trial(False, started[1]), route="none")
    run = _run(place)
    spots = [(folder.role, own.nearest(folder.path)) for folder in folders if folder.role in ("state", "memory")]
    tried = Trying(lambda: _overlays(bwrap.path, spots), RUN_S).answer() or ("none", "state", LATE)
    signals, scopes = Trying(lambda: (bool(probe.resetter()), bool(probe.scopes_by())), SECONDS).answer() or (
        True,
        False,
    )
    route, upper, why = tried
    return Sandbox(
        Trial(), run, route, upper, why_not=why, landlock=child.landlock_abi(), signals=signals, scopes=scopes
    )


def _run(place: Place) -> Trial:
    name = f"doctor-{os.getpid()}"
    try:
        told = Trying(lambda: attempt.recorded(place, name), RUN_S).answer() or (False, LATE, "")
    finally:
        wrong = Trying(lambda: attempt.cleared(place, name), SECONDS).answer()
    return Trial(False, wrong, "report this") if wrong else Trial(*told)


def _overlays(bwrap: str, places: list[tuple[str, str]]) -> tuple[str, str, str]:
    return probe.try_overlays(bwrap, probe.version_of(bwrap)[1], places=places)


def _network(place: Place, bwrap: Bwrap, *, sandbox: Sandbox, named: str) -> Network:
    carriers = tuple(path for name in facts.CARRIERS if (path := facts.find(name)))
    internet, tun = Trial(), surroundings.tun()
    if carriers and not tun and sandbox.run.did and bwrap.path:
        internet = Trial(*(Trying(lambda: attempt.connected(place), RUN_S).answer() or (False, LATE, "")))
    return Network(
        carriers=carriers,
        named=named if named in facts.CARRIERS else "",
        tun=tun,
        resolvers=surroundings.resolvers(),
        routed=surroundings.is_routed(),
        internet=internet,
    )


def _shell(place: Place, answer: dict[str, Any] | None) -> Shell:
    found = play.shell_of(place)
    others = own.other_shells(place, found)
    if found not in play.KNOWN:
        return Shell(name=found, known=False, others=others, rc="")
    rc = own.rc_file(place, found)
    if answer is None:
        return Shell(name=found, started=False, loaded=False, others=others, rc=rc)
    if own.is_own(answer.get("program", "")):
        answer["program"] = own.program()
    answer["keys"] = tuple(map(tuple, answer.get("keys", ())))
    return Shell(name=found, others=others, rc=rc, has_line=own.names_it(place, found), **answer)


def _desk(env: Mapping[str, str], answer: tuple[str, str, str] | None) -> Desk:
    session, tool, trouble = answer or (desk.session(env), "?", LATE)
    notices = bool(desk.program("notify-send", env))
    is_terminal = any(map(os.isatty, (0, 1, 2)))
    return Desk(env.get("TERM", ""), is_terminal, session, tool, trouble=trouble, notices=notices)
