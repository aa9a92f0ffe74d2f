"""What clients and servers say to each other."""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Callable

PATIENCE = 20.0
Socket = socket.socket
Handler = Callable[[Socket], None]


def until(connection: Socket, end: bytes) -> bytes:
    """Read up to `end`, byte by byte so that nothing behind it is taken."""
    text = b""
    while not text.endswith(end) and (piece := connection.recv(1)):
        text += piece
    return text


def everything(connection: Socket) -> bytes:
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def exactly(connection: Socket, length: int) -> bytes:
    text = b""
    while len(text) < length and (piece := connection.recv(length - len(text))):
        text += piece
    return text


def echo(connection: Socket) -> None:
    """Send everything back."""
    while piece := connection.recv(65536):
        connection.sendall(piece)


def mirror(connection: Socket) -> None:
    """Answer a request with the request, as it came over the wire."""
    head = until(connection, b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", head)
    body = exactly(connection, int(length[1])) if length else b""
    if b"\r\nTransfer-Encoding: chunked\r\n" in head:
        body = until(connection, b"\r\n0\r\n\r\n") if (first := exactly(connection, 3)) != b"0\r\n" else b"\r\n"
        body = first + body
    seen = head + body
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(seen) + seen)


def status(answer: bytes) -> int:
    return int(answer.split(b" ")[1])


def body(answer: bytes) -> str:
    return answer.partition(b"\r\n\r\n")[2].decode("latin-1")


def say_all(connection: socket.socket, text: bytes) -> None:
    connection.sendall(text)
    connection.shutdown(socket.SHUT_WR)


def reset(connection: Socket) -> None:
    """Close so that the other end gets a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
