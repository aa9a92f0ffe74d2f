"""Hostile and unlucky clients and servers: the proxy goes on, and says no more than it should."""

from __future__ import annotations

import fcntl
import os
import re
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import wrapify
from tests.sandbox.proxy.internet import Serving, Started
from tests.sandbox.proxy.talk import PATIENCE, echo, everything, exactly, mirror, reset, status, until

pytestmark = pytest.mark.root


def test_a_server_that_hangs_up(started: Started, serving: Serving) -> None:
    def hang_up(connection: socket.socket) -> None:
        until(connection, b"\r\n\r\n")
        reset(connection)

    serving(hang_up)
    serving(reset, 443)
    proxy = started("example.com")
    assert status(proxy.get("example.com")) == 502
    with proxy.connect() as client:
        client.sendall(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        # Whether it was noticed while connecting is a matter of luck.
        said = everything(client)
        assert not said or status(said) in {200, 502}


def test_clients_that_hang_up_at_any_time(started: Started, serving: Serving) -> None:
    serving(mirror)
    serving(lambda connection: connection.sendall(b"x" * (32 << 20)), 443)
    proxy = started("example.com", at_once=2)
    for text in (b"", b"GET", b"GET http://example.com/ HTTP/1.1\r\n\r\n", b"CONNECT example.com:443 HTTP/1.1\r\n\r\n"):
        for leave in (reset, socket.socket.close):
            for _ in range(5):
                client = proxy.connect()
                client.sendall(text)
                leave(client)
    # All of them have given back their place, of which there are two.
    for _ in range(3):
        assert status(proxy.get("example.com")) == 200


def test_a_request_must_come_in_time(started: Started) -> None:
    with started("example.com", head=0.3).connect() as client:
        client.sendall(b"GET http://example.com/ HTTP/1.1\r\n")
        assert status(everything(client)) == 408


def test_dribbling_does_not_help(started: Started) -> None:
    """The time is that of the whole head and not of each piece."""
    with started("example.com", head=0.5).connect() as client:
        client.settimeout(0.1)
        answer = b""
        for _ in range(100):
            try:
                client.sendall(b"x")
                answer += client.recv(4096)
                break
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")


def test_more_than_can_be_served_at_once_wait(started: Started, serving: Serving) -> None:
    serving(echo, 443)
    proxy = started("example.com", at_once=3)
    tunnels = [proxy.tunnel("example.com:443") for _ in range(3)]
    with proxy.connect() as waiting:
        waiting.sendall(b"CONNECT example.com:443 HTTP/1.1\r\n\r\n")
        waiting.settimeout(0.3)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        tunnels.pop().close()
        waiting.settimeout(PATIENCE)
        assert until(waiting, b"\r\n\r\n").startswith(b"HTTP/1.1 200 ")
    for one in tunnels:
        one.sendall(b"still here")
        assert exactly(one, 10) == b"still here"
        one.close()


def test_few_descriptors_are_enough_for_few_at_once(started: Started, serving: Serving) -> None:
    serving(mirror)
    proxy = started("example.com", files=40)
    clients = [proxy.connect() for _ in range(60)]
    for client in clients:
        client.sendall(b"GET http://example.com/ HTTP/1.1\r\n\r\n")
    for client in clients:
        with client:
            assert status(everything(client)) == 200


def test_without_descriptors_it_waits_for_some(started: Started, serving: Serving) -> None:
    serving(mirror)
    serving(echo, 443)
    proxy = started("example.com", at_once=12)
    assert status(proxy.get("example.com")) == 200
    before = resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, (3, before[1]))
    # The kernel has put one descriptor aside for the accept(2) that waits already.
    with proxy.connect(), proxy.connect() as waiting:
        waiting.sendall(b"GET http://example.com/ HTTP/1.1\r\n\r\n")
        waiting.settimeout(0.5)
        with pytest.raises(TimeoutError):
            waiting.recv(1)
        resource.prlimit(proxy.process.pid, resource.RLIMIT_NOFILE, before)
        waiting.settimeout(PATIENCE)
        assert status(everything(waiting)) == 200
    # None of the twelve places was lost.
    for tunnel in [proxy.tunnel("example.com:443") for _ in range(12)]:
        tunnel.close()


def test_a_refusal_is_read_by_who_is_still_sending(started: Started) -> None:
    """To close while there is something to read would be a reset, which takes back what was said."""
    size = 32 << 20
    text = b"POST http://other.net/ HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)
    assert status(started("example.com").ask(text)) == 403


def test_the_refused_are_told_once_and_not_without_end(started: Started) -> None:
    proxy = started("example.com")
    longest = ".".join(["x" * 63] * 3 + ["y" * 61])
    for host in (f"{longest}:65535", "once.net", "once.net", "ONCE.net.", *(f"x{number}.net" for number in range(70))):
        assert status(proxy.get(host)) == 403
    told = proxy.told()
    assert told[:3] == [f"not-allowed {longest}:65535", "not-allowed once.net:80", "not-allowed x0.net:80"]
    assert (len(told), len(set(told)), max(map(len, told)) <= 300) == (64, 64, True)
    assert all(re.fullmatch(r"[!-~]+ [!-~]+", line) for line in told)


def test_what_is_told_makes_nobody_wait(started: Started) -> None:
    """A pipe may hold no more than one page, and be read at the end only."""
    proxy = started("example.com")
    fcntl.fcntl(proxy.heard, fcntl.F_SETPIPE_SZ, 4096)
    for number in range(40):
        assert status(proxy.get(f"{number}.{'.'.join(['x' * 63] * 3)}.net")) == 403


def test_a_fault_of_ours_ends_one_connection_and_prints_nothing(started: Started) -> None:
    proxy = started("example.com", head=float("nan"), at_once=1)
    for _ in range(3):
        with proxy.connect() as client:
            assert everything(client) == b""
    assert proxy.told() == ["failed ValueError"]


def test_it_goes_on_when_nobody_listens_to_what_it_tells(started: Started, serving: Serving) -> None:
    serving(mirror)
    proxy = started("example.com")
    os.close(proxy.heard)
    proxy.heard = os.open("/dev/null", os.O_RDONLY)
    assert status(proxy.get("other.net")) == 403
    assert status(proxy.get("example.com")) == 200


def test_its_start_imports_only_what_is_cheap() -> None:
    code = (
        "import sys; before = set(sys.modules); sys.path.insert(0, sys.argv[1])\n"
        "from wrapify.sandbox import proxy; print(*sorted(set(sys.modules) - before))"
    )
    root = str(Path(wrapify.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-BISc", code, root], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if not name.startswith("wrapify")}
    cheap = "_signal _socket _struct _thread __future__ errno resource struct time"
    of_os = "os os.path posixpath genericpath stat _stat _collections_abc abc _abc io"
    assert loaded <= {*cheap.split(), *of_os.split()}
