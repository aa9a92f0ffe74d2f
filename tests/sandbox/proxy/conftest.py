"""What the tests of the proxy ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.conftest import need
from tests.sandbox.proxy.internet import NEIGHBOURS, OURS, PUBLIC, PUBLIC_V6, Proxy, Server, Serving, Started, World
from tests.sandbox.proxy.talk import Handler


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    if os.getuid() != 0:
        pytest.skip("SKIPPED LOUDLY: only root can make an internet of its own")
    for program in ("ip", "unshare", "nsenter"):
        need(program)
    made = World(tmp_path_factory.mktemp("etc"))
    yield made
    made.end()


@pytest.fixture
def named(world: World) -> Iterator[dict[str, list[str] | Callable[[], list[str]]]]:
    """The names there are, and what they lead to."""
    world.names.clear()
    world.asked.clear()
    world.names["example.com"] = [PUBLIC]
    yield world.names
    world.names.clear()


@pytest.fixture
def started(world: World, named: object) -> Iterator[Started]:
    """Start a proxy. It must live to the end of the test and print nothing."""
    running: list[Proxy] = []

    def start(*patterns: str, files: int = 1024, at_once: int = 256, head: float = 30.0) -> Proxy:
        running.append(Proxy(world, patterns, (files, at_once, head)))
        return running[-1]

    yield start
    for proxy in running:
        proxy.end()


@pytest.fixture
def serving(world: World) -> Iterator[Serving]:
    """Start a server in the internet, or with `near` on this machine and its neighbours as well."""
    running: list[Server] = []

    def serve(handler: Handler, port: int = 80, *, near: bool = False) -> Server:
        there: Sequence[str] = (PUBLIC, PUBLIC_V6, *(NEIGHBOURS if near else ()))
        listeners = [world.there.listen(one, port) for one in there]
        listeners += [world.here.listen(one, port) for one in OURS if near]
        running.append(Server(listeners, handler))
        return running[-1]

    yield serve
    for server in running:
        server.end()
