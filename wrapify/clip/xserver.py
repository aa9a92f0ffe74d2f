"""Touches: the socket of an X server, the file of its cookies. Just enough of X11 to hear of a new selection.

xclip and xsel cannot wait for one, clipnotify is rarely packaged, and asking again and again costs a process each time.
The server tells by an event of the XFIXES extension (version 1, of 2003), which costs nothing until there is one.
Sources: X Window System Protocol, chapters 8 and 9 and appendix B; fixesproto, "Selection Tracking"; Xau(3).
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator, Mapping

from wrapify.errors import ClipboardUnavailable

SECONDS = 5.0
MOST = 1 << 20
"""Bytes of one answer; those that are asked for here are much shorter."""
INTERN_ATOM, QUERY_EXTENSION, QUERY_VERSION, SELECT_SELECTION = 16, 98, 0, 2
NEW_OWNER, WINDOW_GONE, CLIENT_GONE = 1, 2, 4
LOCAL, WILD = 256, 65535
COOKIE = b"MIT-MAGIC-COOKIE-1"


class Change:
    """Tell that a selection changed hands: `owner` is a window (0: nobody), `since` the server's time of it in ms."""

    __slots__ = ("owner", "since")

    def __init__(self, owner: int, since: int) -> None:
        self.owner = owner
        self.since = since


class Server:
    """Hold a connection to the X server of `env`. Raises ClipboardUnavailable where there is none to be had."""

    def __init__(self, env: Mapping[str, str]) -> None:
        display = env.get("DISPLAY", "")
        try:
            self._socket = _connected(display)
            self._socket.settimeout(SECONDS)
            self.base, self.root = self._greet(cookie(env, display))
        except (OSError, struct.error, ValueError) as error:
            raise ClipboardUnavailable(f"there is no X server at {display!a}: {error}", "is DISPLAY right?") from error

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def fileno(self) -> int:
        """Give the descriptor that can be read when something happened."""
        return self._socket.fileno()

    def _greet(self, secret: bytes) -> tuple[int, int]:
        """Introduce ourselves; give the first id for things of ours, and the root window."""
        name = COOKIE if secret else b""
        self.send(struct.pack("<BxHHHHxx", 0x6C, 11, 0, len(name), len(secret)) + padded(name) + padded(secret))
        status, length = struct.unpack("<B5xH", self._exactly(8))
        rest = self._exactly(length * 4)
        if status != 1:
            raise ValueError("it refuses the connection")
        base, vendor, formats = struct.unpack("<4xI8xH3xB", rest[:22])
        start = 32 + vendor + -vendor % 4 + 8 * formats
        return base, struct.unpack("<I", rest[start : start + 4])[0]

    def send(self, request: bytes) -> None:
        """Send one request, whole."""
        self._socket.sendall(request)

    def ask(self, request: bytes) -> bytes:
        """Send a request and give its answer; for events it is too soon."""
        self.send(request)
        while True:
            message = self.message()
            if message[0] == 0:
                raise ValueError(f"it answers with error {message[1]}")
            if message[0] == 1:
                return message

    def atom(self, name: str) -> int:
        """Give the server's number for a name."""
        text = name.encode()
        length = 2 + (len(text) + 3) // 4
        answer = self.ask(struct.pack("<BxHHxx", INTERN_ATOM, length, len(text)) + padded(text))
        return int(struct.unpack("<I", answer[8:12])[0])

    def message(self) -> bytes:
        """Read the next answer, error or event; all have 32 bytes, an answer may have more."""
        head = self._exactly(32)
        more = struct.unpack("<I", head[4:8])[0] * 4 if head[0] == 1 else 0
        return head + self._exactly(more)

    def _exactly(self, size: int) -> bytes:
        if size > MOST:
            raise ValueError("its answer is too long")
        found = b""
        while len(found) < size:
            piece = self._socket.recv(size - len(found))
            if not piece:
                raise ConnectionResetError("it closed the connection")
            found += piece
        return found


class Selection:
    """Hear when a selection changes hands."""

    def __init__(self, env: Mapping[str, str], name: str) -> None:
        self._server = Server(env)
        try:
            self._event = self._listen(name)
        except (OSError, struct.error, ValueError) as error:
            self._server.close()
            raise ClipboardUnavailable(f"the X server tells nothing of its selections: {error}") from error

    def _listen(self, name: str) -> int:
        """Ask for events; give the number of the kind that they are."""
        server = self._server
        extension = b"XFIXES"
        answer = server.ask(struct.pack("<BxHHxx", QUERY_EXTENSION, 4, len(extension)) + padded(extension))
        is_present, opcode, event = answer[8:11]
        if not is_present:
            raise ValueError("it has no XFIXES")
        server.ask(struct.pack("<BBHII", opcode, QUERY_VERSION, 3, 5, 0))
        selection, mask = server.atom(name), NEW_OWNER | WINDOW_GONE | CLIENT_GONE
        server.send(struct.pack("<BBHIII", opcode, SELECT_SELECTION, 4, server.root, selection, mask))
        return event

    def fileno(self) -> int:
        """Give the descriptor that can be read when something happened."""
        return self._server.fileno()

    def changes(self) -> Iterator[Change]:
        """Read what happened; call it when the descriptor can be read. Raises OSError when the server has gone."""
        message = self._server.message()
        if message[0] & 0x7F == self._event:
            owner, _, _, since = struct.unpack("<IIII", message[8:24])
            yield Change(owner, since)

    def close(self) -> None:
        """Close the connection."""
        self._server.close()


def padded(text: bytes) -> bytes:
    """Fill up to whole words of four bytes."""
    return text + bytes(-len(text) % 4)


def _parsed(display: str) -> tuple[str, int]:
    """Read "host:number.screen". Raises ValueError."""
    host, colon, rest = display.rpartition(":")
    if not colon:
        raise ValueError("it has no number")
    return ("" if host == "unix" else host), int(rest.partition(".")[0])


def _connected(display: str) -> socket.socket:
    host, number = _parsed(display)
    if host and not host.startswith("/"):
        return socket.create_connection((host, 6000 + number), SECONDS)
    path = host or f"/tmp/.X11-unix/X{number}"
    try:
        return _local(f"\0{path}")
    except OSError:
        return _local(path)


def _local(address: str) -> socket.socket:
    one = socket.socket(socket.AF_UNIX)
    try:
        one.connect(address)
    except OSError:
        one.close()
        raise
    return one


def cookie(env: Mapping[str, str], display: str) -> bytes:
    """Find the secret for a display in the user's file, b"" if there is none."""
    path = env.get("XAUTHORITY") or f"{env.get('HOME', '')}/.Xauthority"
    number = str(_parsed(display)[1]).encode()
    try:
        with open(path, "rb") as file:
            entries = list(_entries(file.read(MOST)))
    except OSError:
        return b""
    fitting = [one for one in entries if one[2] in (number, b"") and one[3] == COOKIE]
    here = os.uname().nodename.encode()
    fitting.sort(key=lambda one: not (one[0] == WILD or one[:2] == (LOCAL, here)))
    return fitting[0][4] if fitting else b""


def _entries(content: bytes) -> Iterator[tuple[int, bytes, bytes, bytes, bytes]]:
    """Read (family, address, number, name, secret) of each entry; a file that is cut off ends there."""
    at = 0
    while at + 2 <= len(content):
        family = struct.unpack(">H", content[at : at + 2])[0]
        at += 2
        fields = []
        for _field in range(4):
            size = int.from_bytes(content[at : at + 2], "big")
            fields.append(content[at + 2 : at + 2 + size])
            at += 2 + size
        yield family, fields[0], fields[1], fields[2], fields[3]
