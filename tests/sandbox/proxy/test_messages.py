"""What passes through the proxy, and how: tunnels, requests, bodies and answers."""

from __future__ import annotations

import os
import re
import socket
import threading
from pathlib import Path

import pytest

from tests.sandbox.proxy.internet import Serving, Started, World
from tests.sandbox.proxy.talk import PATIENCE, body, echo, everything, exactly, mirror, reset, say_all, status, until

pytestmark = pytest.mark.root


def test_a_tunnel_passes_both_ways_at_once(started: Started, serving: Serving) -> None:
    """Both ends send more than all buffers hold before they read."""
    said = os.urandom(1 << 20) * 64

    def talk(connection: socket.socket) -> None:
        say_all(connection, said)
        heard.append(everything(connection))
        done.set()

    heard: list[bytes] = []
    done = threading.Event()
    serving(talk, 443)
    with started("example.com").tunnel("example.com:443") as client:
        sender = threading.Thread(target=say_all, args=(client, said))
        sender.start()
        sender.join(0.5)  # As long as nobody reads it gets nowhere: 64 MiB do not fit.
        assert sender.is_alive()
        assert everything(client) == said
        sender.join(PATIENCE)
    assert done.wait(PATIENCE)
    assert heard == [said]


def test_half_a_tunnel_may_end(started: Started, serving: Serving) -> None:
    def answer_late(connection: socket.socket) -> None:
        connection.sendall(b"heard " + everything(connection))

    serving(answer_late, 443)
    with started("example.com").tunnel("example.com:443") as client:
        client.sendall(b"all of it")
        client.shutdown(socket.SHUT_WR)
        assert everything(client) == b"heard all of it"


def test_what_comes_with_the_connect_is_passed_on(started: Started, serving: Serving) -> None:
    serving(echo, 443)
    with started("example.com").connect() as client:
        client.sendall(b"CONNECT example.com:443 HTTP/1.1\r\n\r\nhello")
        client.shutdown(socket.SHUT_WR)
        assert everything(client) == b"HTTP/1.1 200 Connection established\r\n\r\nhello"


@pytest.mark.parametrize("upload", ["", "Content-Length: 9\r\n"])
def test_an_answer_that_breaks_off_does_not_look_like_a_whole_one(
    started: Started, serving: Serving, upload: str
) -> None:
    read = threading.Event()

    def break_off(connection: socket.socket) -> None:
        until(connection, b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nrm -rf /home/me/")
        assert read.wait(PATIENCE)
        reset(connection)

    serving(break_off)
    with started("example.com").connect() as client:
        client.sendall(f"GET http://example.com/ HTTP/1.1\r\n{upload}\r\n".encode())
        until(client, b"rm -rf /home/me/")
        read.set()
        with pytest.raises(ConnectionResetError):
            client.recv(1)


@pytest.mark.parametrize("together", [True, False])
def test_a_body_goes_on_and_nothing_behind_it(started: Started, serving: Serving, together: bool) -> None:
    """Neither what came with the head nor what comes later: a second request could be for another host."""
    seen: list[bytes] = []
    asked, done = threading.Event(), threading.Event()

    def look(connection: socket.socket) -> None:
        seen.append(until(connection, b"\r\n\r\n"))
        asked.set()
        seen.append(exactly(connection, 5))
        say_all(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        seen.append(everything(connection))
        done.set()

    serving(look)
    fields = "Host: evil.net\r\nConnection: content-length\r\nContent-Length: 5\r\n\r\n"
    with started("example.com").connect() as client:
        rest = b"helloGET http://evil.net/second HTTP/1.1\r\nHost: evil.net\r\n\r\n"
        client.sendall(f"POST http://example.com/ HTTP/1.1\r\n{fields}".encode() + rest * together)
        assert asked.wait(PATIENCE)
        client.sendall(rest * (not together))
        client.shutdown(socket.SHUT_WR)
        assert everything(client).endswith(b"\r\n\r\nok")
    assert done.wait(PATIENCE)
    sent = b"POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
    assert seen == [sent, b"hello", b""]


def test_chunks_go_on_in_one_spelling(started: Started, serving: Serving) -> None:
    serving(mirror)
    head = "PUT http://example.com/ HTTP/1.1\r\nTrailer: X\r\nTransfer-Encoding: CHUNKED\r\n\r\n"
    answer = started("example.com").ask(f"{head}005;a=b\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: 1\r\n\r\n")
    sent = "PUT / HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert body(answer) == f"{sent}5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n"


@pytest.mark.parametrize("chunks", ["x\r\n", "5\r\nhelloo\r\n", "5\nhello\r\n0\r\n\r\n", "-1\r\n"])
def test_a_bad_chunk_ends_the_request(started: Started, serving: Serving, chunks: str) -> None:
    serving(mirror)
    head = "PUT http://example.com/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert status(started("example.com").ask(head + chunks)) == 502


@pytest.mark.parametrize("words", [("--data-binary", "@-"), ("--upload-file", "-")])
def test_curl_uploads(started: Started, world: World, serving: Serving, tmp_path: Path, words: tuple[str, str]) -> None:
    """Two megabytes, for which curl asks first (Expect: 100-continue), and a stream, which it sends in chunks."""
    sizes: list[int] = []

    def count(connection: socket.socket) -> None:
        head = until(connection, b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = re.search(rb"Content-Length: (\d+)", head)
        got = exactly(connection, int(length[1])) if length else until(connection, b"\r\n0\r\n\r\n")
        sizes.append(got.count(b"."))
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nkept")

    serving(count)
    (tmp_path / "big").write_bytes(b"." * (2 << 20))
    said = started("example.com").curl(words[0], words[1].replace("-", str(tmp_path / "big")), "http://example.com/")
    assert (said, sizes) == ("kept", [2 << 20])


def test_an_answer_may_come_before_the_body_was_read(started: Started, serving: Serving) -> None:
    def refuse(connection: socket.socket) -> None:
        until(connection, b"\r\n\r\n")
        say_all(connection, b"HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno")
        everything(connection)

    serving(refuse)
    with started("example.com").connect() as client:
        client.sendall(b"PUT http://example.com/ HTTP/1.1\r\nContent-Length: 9999999999\r\n\r\nhello")
        assert everything(client).endswith(b"\r\n\r\nno")


BAD = (
    b"GET http://example.com/ HTTP/1.1\nHost: a\n\n",
    b"GET http://example.com/ HTTP/1.1\r\nX: 1\n\r\n\r\n",
    b"GET http://example.com/ HTTP/1.1\r\nX: \0\r\n\r\n",
    b"GET http://example.com/ HTTP/1.1\r\nX: 1\r\n folded\r\n\r\n",
    b"POST http://example.com/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET http://u:p@example.com/ HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    b"GET https://example.com/ HTTP/1.1\r\n\r\n",
    b"GET http://example.com/ HTTP/1.1\r\nX: " + b"x" * 65536 + b"\r\n\r\n",
    b"x" * 70000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"\x05\x01\x00\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
)


@pytest.mark.parametrize("text", BAD, ids=range(len(BAD)))
def test_what_is_no_request_is_refused(started: Started, serving: Serving, text: bytes) -> None:
    server = serving(mirror)
    assert status(started("example.com").ask(text)) == 400
    assert server.reached == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"no\r\n\r\n",
        b"HTTP/1.1 200 OK\nX: 1\n\n",
        b"HTTP/1.1 101 Go\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n",
        b"x" * 99999,
    ],
)
def test_a_server_that_speaks_no_http(started: Started, serving: Serving, said: bytes) -> None:
    def say(connection: socket.socket) -> None:
        until(connection, b"\r\n\r\n")
        connection.sendall(said)

    serving(say)
    answer = started("example.com").get("example.com")
    assert (status(answer), body(answer)[:36]) == (502, "wrapify: the server's answer is not ")
