"""Touches: policy files, the machine's answers, the caches. From a request to a recipe, planning anew."""

from __future__ import annotations

import os
from dataclasses import replace

from wrapify.box.store import first_private, private_directory
from wrapify.cli.options import HOMES, NETS, Request
from wrapify.errors import PolicyError, SandboxUnavailable, StateError, UsageError
from wrapify.host import Machine
from wrapify.place import Place
from wrapify.policy import files
from wrapify.policy.model import PROFILES, Policy
from wrapify.policy.views import Profile
from wrapify.sandbox import cache, facts, masks
from wrapify.sandbox.domains import parse_pattern
from wrapify.sandbox.plan import plan
from wrapify.sandbox.recipe import Recipe, recipe
from wrapify.sandbox.spec import Network, Person, SandboxSpec, Situation, Wish


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
        inside = (*(name for name, _ in mask.folders), *(name for name, _, _ in mask.files))
        for folder in (mask.path, *(f"{mask.path}/{name}" for name in inside)):
            prepared.machine.identity(folder)
    masks.prune(prepared.situation.person.runtime, prepared.recipe["masks"])
    cache.save(place.dirs.cache, key, records=prepared.machine.records, recipe=prepared.recipe)
    return prepared


def design(request: Request, place: Place) -> Prepared:
    """Plan a sandbox. Raises PolicyError, UsageError, SandboxUnavailable or StateError."""
    machine = Machine()
    _stamp_own_code(machine)
    policy = files.read_policy(machine, place.dirs.config)
    profile, network = _profile(request, machine, policy=policy)
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
        network=network,
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


def _profile(request: Request, machine: Machine, *, policy: Policy) -> tuple[Profile, Network]:
    """Choose the profile, and what is reached over the network.

    Raises PolicyError, UsageError, or SandboxUnavailable where what is asked for cannot be had.
    """
    name = request.profile or policy.text("profile")
    if name not in PROFILES:
        raise PolicyError(f"there is no profile {name!a}", f"one of {', '.join(PROFILES)}")
    if name != "auto":
        profile = files.read_profile(machine, name)
        return profile, _network(request, machine, wanted=profile.network, named=policy.text("network.carrier"))
    offline, missing = files.read_profile(machine, "offline"), ""
    if request.needs_network and not request.net:
        online = files.read_profile(machine, "online")
        try:
            return online, _network(request, machine, wanted=online.network, named=policy.text("network.carrier"))
        except SandboxUnavailable as problem:
            missing = f"{problem.message} ({problem.hint})"
    network = _network(request, machine, wanted=offline.network, named=policy.text("network.carrier"))
    return offline, replace(network, missing=missing)


def _network(request: Request, machine: Machine, *, wanted: str, named: str) -> Network:
    """Decide what is reached: what the profile says, unless the command line says otherwise."""
    if request.net and request.net not in NETS:
        raise UsageError(f"there is no network {request.net!a}", f"one of {', '.join(NETS)}")
    ports, host_ports = (tuple(map(_port, texts)) for texts in (request.ports, request.host_ports))
    if request.net == "host" and (ports or host_ports):
        raise UsageError("with --net host every port is the same inside and outside", "leave the ports out")
    if request.allow and request.net in ("none", "host"):
        raise UsageError(f"--allow and --net {request.net} exclude each other", "leave one of them out")
    for text in request.allow:
        parse_pattern(text)
    kind = "domains" if request.allow else request.net or wanted
    carrier = facts.carrier(machine, named) if kind == "internet" else ""
    return Network(kind, carrier, request.allow, ports, host_ports)


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536:
        return int(text)
    raise UsageError(f"{text!a} is no port", "a number from 1 to 65535")


def _person(place: Place, runtime: str) -> Person:
    return Person(
        uid=place.uid,
        gid=place.gid,
        home=place.home,
        cwd=place.cwd,
        runtime=runtime,
        private=(place.dirs.state, place.dirs.cache, place.dirs.config, runtime),
        dropped=place.dropped,
        tools=place.tools(),
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
