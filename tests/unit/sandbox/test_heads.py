"""Heads of requests and answers as they pass the proxy: what goes on, and what is refused rather than understood."""

from __future__ import annotations

import pytest

from wrapify.sandbox import heads
from wrapify.sandbox.heads import CHUNKED, Malformed, Refused, read_request, read_response


def request(line: str, *fields: str) -> heads.Request:
    return read_request("\r\n".join((line, *fields, "", "")).encode("latin-1"))


def sent_on(line: str, *fields: str) -> list[str]:
    return request(line, *fields).head.decode("latin-1").split("\r\n")


LINES = (
    ("GET http://example.com/a?b=c HTTP/1.1", "GET /a?b=c HTTP/1.1", "example.com"),
    ("GET http://EXAMPLE.com:80/ HTTP/1.1", "GET / HTTP/1.1", "example.com"),
    ("HEAD HTTP://example.com.:8080 HTTP/1.0", "HEAD / HTTP/1.0", "example.com:8080"),
    ("POST http://example.com?q=/x HTTP/1.1", "POST /?q=/x HTTP/1.1", "example.com"),
    ("M-SEARCH http://[2606:2800::1]:81//x HTTP/1.1", "M-SEARCH //x HTTP/1.1", "[2606:2800::1]:81"),
    ("GET http://example.com/\xfc@b:c HTTP/1.1", "GET /\xfc@b:c HTTP/1.1", "example.com"),
    ("GET http://example.com/http://evil.net/ HTTP/1.1", "GET /http://evil.net/ HTTP/1.1", "example.com"),
)


@pytest.mark.parametrize(("line", "origin", "host"), LINES)
def test_the_line_goes_on_as_a_server_expects_it(line: str, origin: str, host: str) -> None:
    assert sent_on(line, "Host: evil.net") == [origin, f"Host: {host}", "Connection: close", "", ""]


def test_connect() -> None:
    asked = request("CONNECT Example.com:443 HTTP/1.1", "Host: evil.net", "Proxy-Authorization: x")
    assert (asked.host, asked.port, asked.tunnel, asked.head) == ("example.com", 443, True, b"")


def test_what_is_between_two_neighbours_does_not_go_on() -> None:
    dropped = (
        "Connection: X-Mine, close",
        "X-Mine: 1",
        "Keep-Alive: 5",
        "Proxy-Connection: keep-alive",
        "TE: trailers",
    )
    more = ("Proxy-Authorization: Basic secret", "Trailer: X", "Upgrade: h2c", "HTTP2-Settings: x", "connection: x-two")
    kept = sent_on("GET http://a.b/ HTTP/1.1", *dropped, "X-two: 1", *more, "Accept:  */* ", "accept: x")
    assert kept == ["GET / HTTP/1.1", "Host: a.b", "Accept: */*", "accept: x", "Connection: close", "", ""]


BODIES: tuple[tuple[tuple[str, ...], int, list[str]], ...] = (
    ((), 0, []),
    (("Content-Length: 0",), 0, ["Content-Length: 0"]),
    (("content-length: 007",), 7, ["Content-Length: 7"]),
    (("Transfer-Encoding: Chunked",), CHUNKED, ["Transfer-Encoding: chunked"]),
    # A length that a header could hide would make the body a second request.
    (("Connection: content-length, host", "Content-Length: 5"), 5, ["Content-Length: 5"]),
    (("Connection: transfer-encoding", "Transfer-Encoding: chunked"), CHUNKED, ["Transfer-Encoding: chunked"]),
)


@pytest.mark.parametrize(("fields", "length", "kept"), BODIES)
def test_the_length_of_a_body(fields: tuple[str, ...], length: int, kept: list[str]) -> None:
    asked = request("PUT http://a.b/ HTTP/1.1", *fields)
    assert (asked.body, asked.head.decode().split("\r\n")[2:-3]) == (length, kept)


BAD_LINES = (
    "", "GET", "GET http://a.b/", "GET  http://a.b/ HTTP/1.1", "GET http://a.b/ HTTP/1.1 ", " GET http://a.b/ HTTP/1.1",
    "GET\thttp://a.b/\tHTTP/1.1", "G(T http://a.b/ HTTP/1.1", "GET http://a.b/ HTTP/2.0", "GET http://a.b/ http/1.1",
    "GET http://a.b/ HTTP/1.1\n", "GET http://a.b/\n HTTP/1.1", "GET http://a.b/\r HTTP/1.1",
    "GET http://a.b/\0 HTTP/1.1",
    "GET / HTTP/1.1", "GET * HTTP/1.1", "GET a.b:80 HTTP/1.1", "GET https://a.b/ HTTP/1.1", "GET ftp://a.b/ HTTP/1.1",
    "GET file:///etc/passwd HTTP/1.1", "GET unix:/run/x HTTP/1.1", "GET http:/a.b/ HTTP/1.1", "GET http:///x HTTP/1.1",
    "GET http://u@a.b/ HTTP/1.1", "GET http://a.b:pw@c.d/ HTTP/1.1", "GET http://a.b\\@c.d/ HTTP/1.1",
    "GET http://a.b#@c.d/ HTTP/1.1", "GET http://a.b:/ HTTP/1.1", "GET http://a.b:0/ HTTP/1.1",
    "GET http://a.b:99999/ HTTP/1.1", "GET http://a.b:8o/ HTTP/1.1", "GET http://a..b/ HTTP/1.1",
    "GET http://a%2eb/ HTTP/1.1", "GET http://\xfc.b/ HTTP/1.1", "GET http://127.1/ HTTP/1.1",
    "GET http://0x7f.0.0.1/ HTTP/1.1", "GET http://2130706433/ HTTP/1.1", "GET http://::1/ HTTP/1.1",
    "GET http://[::1%25lo]/ HTTP/1.1", "GET http://[::1/ HTTP/1.1", "GET http://[a.b]/ HTTP/1.1",
    "CONNECT a.b HTTP/1.1", "CONNECT a.b: HTTP/1.1", "CONNECT http://a.b:443 HTTP/1.1", "CONNECT a.b:443/ HTTP/1.1",
    "CONNECT u@a.b:443 HTTP/1.1", "CONNECT :443 HTTP/1.1", "CONNECT /run/docker.sock HTTP/1.1",
    "CONNECT a.b:443:443 HTTP/1.1", "CONNECT ::1:443 HTTP/1.1",
)  # fmt: skip


@pytest.mark.parametrize("line", BAD_LINES)
def test_refuses_the_line(line: str) -> None:
    with pytest.raises(Malformed):
        request(line, "Host: a.b")


BAD_FIELDS = (
    ("Content-Length: 3", "Transfer-Encoding: chunked"), ("Content-Length: 3", "Content-Length: 3"),
    ("Content-Length: 3, 3",), ("Content-Length: +3",), ("Content-Length: -1",), ("Content-Length: 0x3",),
    ("Content-Length: 3 4",), ("Content-Length:",), ("Content-Length: \xb2",), ("Content-Length: " + "9" * 19,),
    ("Transfer-Encoding: gzip, chunked",), ("Transfer-Encoding: identity",), ("Transfer-Encoding: xchunked",),
    ("Transfer-Encoding:",), ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), ("Host: a.b", "Host: c.d"),
    ("X: 1", " folded: 2"), ("X: 1", "\tfolded"), ("X : 1",), ("X",), (": 1",), ("X: a\nY: b",), ("X: a\rY: b",),
    ("X: a\0b",), ("X: \x1b[2J",), ("X: a\x7fb",), ("X\0: 1",), ("X\n: 1",), ("\xdc: 1",), ("X Y: 1",),
)  # fmt: skip


@pytest.mark.parametrize("fields", BAD_FIELDS)
def test_refuses_the_header(fields: tuple[str, ...]) -> None:
    with pytest.raises(Malformed):
        request("POST http://a.b/ HTTP/1.1", *fields)


def test_refuses_chunks_in_a_version_that_had_none() -> None:
    with pytest.raises(Malformed):
        request("POST http://a.b/ HTTP/1.0", "Transfer-Encoding: chunked")


def test_an_answer_says_that_the_connection_ends() -> None:
    fields = b"Keep-Alive: 5\r\nConnection: X, Transfer-Encoding\r\nX: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert read_response(b"HTTP/1.1 200 OK\r\n" + fields) == (
        200,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
    )
    assert read_response(b"HTTP/1.1 100 Continue\r\n\r\n") == (100, b"HTTP/1.1 100 Continue\r\n\r\n")
    assert read_response(b"HTTP/1.0 404\r\n\r\n")[0] == 404


BAD_ANSWERS = (
    b"", b"<html>", b"HTTP/2 200 OK", b"HTTP/1.1 20 OK", b"HTTP/1.1 2000 OK", b"HTTP/1.1  200 OK", b"HTTP/1.1",
    b"HTTP/1.1 200 a\0b", b"HTTP/1.1 200 OK\nX: 1", b"HTTP/1.1 200 OK\r\n folded", b"ICY 200 OK",
)  # fmt: skip


@pytest.mark.parametrize("head", BAD_ANSWERS)
def test_refuses_the_answer(head: bytes) -> None:
    with pytest.raises(Malformed):
        read_response(head + b"\r\n\r\n")


@pytest.mark.parametrize(("line", "size"), [(b"0", 0), (b"a", 10), (b"1F;name=value", 31), (b"000c ;x", 12)])
def test_chunk_size(line: bytes, size: int) -> None:
    assert heads.chunk_size(line) == size


@pytest.mark.parametrize("line", [b"", b";x", b"-1", b"+1", b"0x1", b" 1", b"1_0", b"g", b"1" * 13, b"1;\n", b"1\r"])
def test_refuses_the_chunk(line: bytes) -> None:
    with pytest.raises(Malformed):
        heads.chunk_size(line)


def test_an_answer_of_our_own_is_one_line() -> None:
    said = Refused(403, "ex\u0430mple\x1b is not allowed").answer()
    first, _, rest = said.partition(b"\r\n")
    head, _, body = rest.partition(b"\r\n\r\n")
    assert first == rb"HTTP/1.1 403 wrapify: ex\u0430mple\x1b is not allowed"
    assert body == first.removeprefix(b"HTTP/1.1 403 ") + b"\n"
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
