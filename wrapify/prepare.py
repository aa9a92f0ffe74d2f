"""Touches: policy files, the machine's answers, the caches. From a request to a recipe, planning anew."""

from __future__ import annotations

import os

from wrapify.box.store import first_private, private_directory
from wrapify.cli.options import HOMES, NETS, Request
from wrapify.errors import NotAvailable, PolicyError, StateError, UsageError
from wrapify.host import Machine
from wrapify.place import Place
from wrapify.policy import files
from wrapify.policy.model import PROFILES, Policy
from wrapify.sandbox import cache, facts, masks
from wrapify.sandbox.plan import plan
from wrapify.sandbox.recipe import Recipe, recipe
from wrapify.sandbox.spec import Person, SandboxSpec, Situation, Wish


class Prepared:
    """Hold a finished plan: the machine with its answers, the situation, the spec and the recipe made from it."""

    __slots__ = ("machine", "recipe", "situation", "spec")

    def __init__(self, machine: Machine, situation: Situation, *, spec: SandboxSpec) -> None:
        self.machine = machine
        self.situation = situation
        self.spec = spec
        self.recipe: Recipe = recipe(spec, situation)


def prepare(request: Request, place: Place, *, key: tuple[object, ...]) -> Prepared:
    """Plan a sandbox, build the layers that hide secrets, and keep the recipe under `key`."""
    prepared = design(request, place)
    for mask in prepared.spec.masks:
        masks.build(mask)
        # The layer is in memory that anything of this user can reach: it is part of the stamp.
        for folder in (mask.path, *(f"{mask.path}/{name}" for name, _ in mask.folders)):
            prepared.machine.identity(folder)
    masks.prune(prepared.situation.person.runtime, prepared.recipe["masks"])
    cache.save(place.dirs.cache, key, records=prepared.machine.records, recipe=prepared.recipe)
    return prepared


def design(request: Request, place: Place) -> Prepared:
    """Plan a sandbox. Raises PolicyError, UsageError, NotAvailable, SandboxUnavailable or StateError."""
    machine = Machine()
    _stamp_own_code(machine)
    policy = files.read_policy(machine, place.dirs.config)
    profile = files.read_profile(machine, _profile_name(request, policy))
    _refuse_what_is_to_come(request, profile.network)
    runtime = first_private(place.dirs.runtimes)
    for path in place.dirs.runtimes:
        machine.kind(path)  # a better one may come to be usable
    state = private_directory(place.dirs.state)
    _make_cache(place.dirs.cache)
    situation = Situation(
        person=_person(place, runtime),
        facts=facts.facts(machine, place, state=state, runtime=runtime),
        policy=policy,
        profile=profile,
        view=files.read_view(machine),
        wish=_wish(request, place),
        root=files.read_root_view(machine) if request.root else None,
    )
    return Prepared(machine, situation, spec=plan(machine, situation))


def _make_cache(path: str) -> None:
    """Make the cache before anything is planned, which would see it absent. Without one, every run plans anew."""
    try:
        private_directory(path)
    except StateError:
        return


def _stamp_own_code(machine: Machine) -> None:
    """Make the code that plans a part of the stamp: a newer wrapify never uses an older one's plan."""
    here = os.path.dirname(os.path.abspath(__file__))
    for folder in (here, f"{here}/sandbox", f"{here}/policy"):
        for name in machine.names(folder, "*.py"):
            machine.identity(f"{folder}/{name}")


def _profile_name(request: Request, policy: Policy) -> str:
    name = request.profile or policy.text("profile")
    if name not in PROFILES:
        raise PolicyError(f"there is no profile {name!a}", f"one of {', '.join(PROFILES)}")
    # Until there is an analyser that knows what needs the network, auto is the profile without it.
    return "offline" if name == "auto" else name


def _refuse_what_is_to_come(request: Request, network: str) -> None:
    if request.net and request.net not in NETS:
        raise UsageError(f"there is no network {request.net!a}", f"one of {', '.join(NETS)}")
    if network != "none" or request.net in ("internet", "host"):
        raise NotAvailable("a sandbox with a network is not there yet, so nothing was run", "try --profile offline")


def _person(place: Place, runtime: str) -> Person:
    return Person(
        uid=place.uid,
        gid=place.gid,
        home=place.home,
        cwd=place.cwd,
        runtime=runtime,
        private=(place.dirs.state, place.dirs.cache, place.dirs.config, runtime),
        dropped=place.dropped,
    )


def _wish(request: Request, place: Place) -> Wish:
    if request.home and request.home not in HOMES:
        raise UsageError(f"there is no --home {request.home!a}", f"one of {', '.join(HOMES)}")
    if any(os.path.realpath(path) == "/" for path in request.rw):
        raise UsageError("--rw / would leave nothing of the sandbox", "name the directory that it has to write to")
    for path in (*request.ro, *request.rw):
        if not os.path.exists(path):
            raise UsageError(f"{path!a} does not exist", "name a path that exists")
    return Wish(
        ro=_absolute(request.ro, place.cwd),
        rw=_absolute(request.rw, place.cwd),
        hide=_absolute(request.hide, place.cwd),
        env=request.env,
        home=request.home,
        extra=_split(request.bwrap_args),
    )


def _split(words: str) -> tuple[str, ...]:
    if not words:
        return ()
    import shlex

    try:
        return tuple(shlex.split(words))
    except ValueError as error:
        raise UsageError(f"--bwrap-args cannot be split: {error}", "quote it as a shell would want it") from error


def _absolute(paths: tuple[str, ...], cwd: str) -> tuple[str, ...]:
    return tuple(os.path.normpath(os.path.join(cwd, path)) for path in paths)
