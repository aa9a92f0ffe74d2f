"""Touches: the network. Passes bytes between the two ends of a connection through the proxy.

Where bytes go both ways at once there are two threads: what a blocking send has not sent yet is all the buffer there
is, and neither direction waits for the other.
"""

from __future__ import annotations

import _socket
import _thread
import struct
import time

from wrapify.sandbox.heads import CHUNKED, END, HEAD_MAX, Malformed, Refused, chunk_size, read_response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.sandbox.heads import Request

IDLE_S, LINGER_S = 600.0, 2.0
PIECE, LINE_MAX = 65536, 4096
OPENED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Stream:
    """Hold one end of a connection and what was read from it too early."""

    __slots__ = ("held", "socket")

    def __init__(self, socket: _socket.socket) -> None:
        self.socket = socket
        self.held = b""
        # Small pieces go on as they come and do not wait for the answer to those before.
        socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)

    def some(self, most: int = PIECE) -> bytes:
        """Read up to `most` bytes; b"" at the end."""
        if not self.held:
            return self.socket.recv(most)
        piece, self.held = self.held[:most], self.held[most:]
        return piece

    def until(self, end: bytes, *, most: int, seconds: float) -> bytes:
        """Read up to `end` and give that with it. Raises Malformed if that is more than `most` bytes, TimeoutError."""
        deadline = time.monotonic() + seconds
        while (at := self.held.find(end)) < 0 and len(self.held) <= most:
            if b"\n" in self.held.replace(b"\r\n", b""):
                raise Malformed("a line that does not end as those of HTTP do")
            self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
            piece = self.socket.recv(PIECE)
            if not piece:
                raise Malformed("it was cut off")
            self.held += piece
        if at < 0 or at + len(end) > most:
            raise Malformed("a header that is too long")
        return self.some(at + len(end))

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.socket.sendall(data)

    def shut(self, how: int = _socket.SHUT_RDWR) -> None:
        """End one direction of the connection, or both; whoever waits for it in another thread wakes up."""
        try:
            self.socket.shutdown(how)
        except OSError:
            pass  # It has ended.

    def abort(self) -> None:
        """Read no more, and let the end that comes be a reset: what was sent is not all there is."""
        self.socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.shut(_socket.SHUT_RD)

    def drain(self) -> None:
        """Read for a moment what nobody wants: to close before that would take from the client what it was sent."""
        deadline = time.monotonic() + LINGER_S
        self.held = b""
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.socket.settimeout(left)
                if not self.socket.recv(PIECE):
                    return
        except OSError:
            return


def tunnel(client: Stream, server: Stream) -> None:
    """Tell the client that it is connected, and join it with the server."""
    client.socket.settimeout(None)
    client.send(OPENED)
    join(client, server)


def join(client: Stream, server: Stream) -> None:
    """Pass on whatever comes, until both ends have said all. An idle connection may stay. Raises Refused, OSError."""
    for stream in (client, server):
        stream.socket.settimeout(None)
    _both(lambda: _pump(client, server), lambda: _pump(server, client))


def exchange(request: Request, *, client: Stream, server: Stream) -> None:
    """Send one request and pass its answer back."""
    for stream in (client, server):
        stream.socket.settimeout(IDLE_S)
    try:
        server.send(request.head)
    except OSError:
        raise Refused(502, f"{request.host} took no request") from None
    if not request.body:
        _pass_answer(server, client)
        return
    # A server may answer before it has read all, and may wait with reading until it has answered.
    _both(lambda: _pass_body(request.body, client=client, server=server), lambda: _pass_answer(server, client))


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    """Do two things at once and return when both are done."""
    running = _thread.allocate_lock()
    running.acquire()

    def run() -> None:
        try:
            first()
        finally:
            running.release()

    try:
        _thread.start_new_thread(run, ())
    except RuntimeError:
        raise Refused(503, "too much is going on at once") from None
    try:
        second()
    finally:
        running.acquire()


def _pump(source: Stream, target: Stream) -> None:
    """Pass on what `source` says until it has said all, which is not yet the end of the other direction."""
    try:
        while piece := source.some():
            target.send(piece)
        target.shut(_socket.SHUT_WR)
    except (OSError, MemoryError):
        source.shut()
        target.shut()


def _pass_body(length: int, *, client: Stream, server: Stream) -> None:
    try:
        if length == CHUNKED:
            _pass_chunks(client, server)
        else:
            _copy(client, server, length=length)
    except (OSError, Malformed):
        server.shut()


def _copy(source: Stream, target: Stream, *, length: int) -> None:
    while length:
        piece = source.some(min(length, PIECE))
        if not piece:
            raise Malformed("it was cut off")
        target.send(piece)
        length -= len(piece)


def _pass_chunks(client: Stream, server: Stream) -> None:
    """Pass on a chunked body in our own spelling, without what may stand beside and behind the chunks."""
    while size := chunk_size(_line(client)):
        server.send(b"%x\r\n" % size)
        _copy(client, server, length=size)
        if _line(client):
            raise Malformed("a chunk longer than it says")
        server.send(b"\r\n")
    server.send(b"0\r\n\r\n")


def _line(client: Stream) -> bytes:
    return client.until(b"\r\n", most=LINE_MAX, seconds=IDLE_S)[:-2]


def _pass_answer(server: Stream, client: Stream) -> None:
    """Pass the answer to the client, or say that there was none; then nothing more is sent to either."""
    try:
        client.send(_answer_head(server, client))
        server.socket.settimeout(IDLE_S)
        while piece := server.some():
            client.send(piece)
    except Malformed as error:
        client.send(Refused(502, f"the server's answer is not HTTP: {error}").answer())
    except OSError:
        # Where the end is all that tells the length, half a script would pass for a whole one.
        client.abort()
        raise
    finally:
        server.shut()
    client.shut(_socket.SHUT_WR)


def _answer_head(server: Stream, client: Stream) -> bytes:
    """Read the head of the answer, and pass on those in front of it ("100 Continue")."""
    while True:
        try:
            status, head = read_response(server.until(END, most=HEAD_MAX, seconds=IDLE_S))
        except OSError:
            raise Malformed("it was cut off") from None
        if status == 101:
            raise Malformed("another protocol that nobody asked for")
        if status >= 200:
            return head
        client.send(head)
