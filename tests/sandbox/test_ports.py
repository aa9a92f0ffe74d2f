"""`--port` and `--host-port`: single ports of one loopback that are reached from the other, and no others."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.conftest import Wrapify
from tests.sandbox.disk import until

pytestmark = pytest.mark.sandbox

SERVER = """
import socket, sys
host, family, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
server = socket.create_server((host, port), family=family)
print("on", flush=True)
while True:
    client, _ = server.accept()
    said = b""
    while piece := client.recv(65536):
        said += piece
    client.sendall(b"%d " % len(said) + said[-5:])
    client.close()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def running(wrapify: Wrapify, *words: str) -> Iterator[subprocess.Popen[str]]:
    more: dict[str, Any] = {"env": wrapify.environment(), "cwd": wrapify.home, **wrapify.user.drop}
    with subprocess.Popen(
        [str(wrapify.program), "run", *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more
    ) as run:
        try:
            yield run
        finally:
            run.terminate()


def asked(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 20) as near:
        near.sendall(text)
        near.shutdown(socket.SHUT_WR)
        said = b""
        while piece := near.recv(65536):
            said += piece
    return said


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", 2), ("::1", 10), ("0.0.0.0", 2)])
@pytest.mark.parametrize("net", ["none", "allow"])
def test_a_server_inside_is_reached(each_bwrap: Wrapify, host: str, family: int, net: str) -> None:
    port = free_port()
    network = ("--net", "none") if net == "none" else ("--allow", "example.com")
    command = ("python3", "-c", SERVER, host, str(family), str(port))
    with running(each_bwrap, "-q", *network, "--port", str(port), *command) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "on\n"
        assert asked(port, b"x" * 300_000 + b"hello") == b"300005 hello"
        several = [threading.Thread(target=asked, args=(port, b"x" * 1000)) for _ in range(20)]
        for one in several:
            one.start()
        for one in several:
            one.join()
    until(lambda: refused(port), "nothing listens any more")


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError:
        return True
    return False


def test_one_port_of_this_machine_is_reached_and_no_other(each_bwrap: Wrapify) -> None:
    with socket.create_server(("127.0.0.1", 0)) as open_one, socket.create_server(("127.0.0.1", 0)) as closed_one:
        ports = [one.getsockname()[1] for one in (open_one, closed_one)]
        threading.Thread(target=lambda: open_one.accept()[0].sendall(b"hello"), daemon=True).start()
        script = (
            "import socket\n"
            f"for port in {ports}:\n"
            "    try: print(socket.create_connection(('127.0.0.1', port), 10).recv(9).decode())\n"
            "    except OSError: print('-')\n"
        )
        done = each_bwrap("run", "--host-port", str(ports[0]), "python3", "-c", script)
    assert (done.stdout, done.returncode) == ("hello\n-\n", 0), done.stderr
    assert f"no network, port {ports[0]} of this machine: what it reads it can send" in done.stderr


def test_a_port_that_is_taken(wrapify: Wrapify) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = wrapify("run", "--port", str(taken.getsockname()[1]), "-c", "echo ran")
    assert (done.returncode, done.stdout) == (125, "")
    assert "cannot be opened: Address already in use" in done.stderr


@pytest.mark.parametrize(
    "words", [("--port", "0"), ("--port", "x"), ("--host-port", "70000"), ("--port", "8", "--net", "host")]
)
def test_ports_that_are_none(wrapify: Wrapify, words: tuple[str, ...]) -> None:
    done = wrapify("run", *words, "-c", "echo ran")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("option", ["--port", "--host-port"])
def test_nothing_is_left_after_a_kill(wrapify: Wrapify, option: str) -> None:
    with running(wrapify, "-q", option, str(free_port()), "sh", "-c", "echo on; cat") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "on\n"
        every = tree(run.pid)
        assert len(every) > 3
        os.kill(every[1], 9)
        run.wait(20)
    until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in every[1:]), "all of it has ended")


def tree(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        with open(f"/proc/{one}/task/{one}/children") as source:
            found += [int(word) for word in source.read().split()]
    return found
