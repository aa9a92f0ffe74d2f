"""Owners of a clipboard that do what xclip and wl-copy cannot: several forms at once, another answer each time."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from wrapify.clip.xserver import Server, padded
from wrapify.errors import ClipboardUnavailable

CREATE_WINDOW, SET_OWNER, SEND_EVENT, CHANGE_PROPERTY = 1, 22, 25, 18
SELECTION_CLEAR, SELECTION_REQUEST, SELECTION_NOTIFY = 29, 30, 31
ATOM = 4
Give = Callable[[], bytes]
Forms = Mapping[str, Give]


class XOwner:
    """Own a selection: `forms` are the targets, and what gives the content of each."""

    def __init__(self, env: Mapping[str, str], forms: Forms, *, selection: str = "CLIPBOARD") -> None:
        self._server = Server(env)
        self._selection = self._server.atom(selection)
        self._targets = self._server.atom("TARGETS")
        self._forms = {self._server.atom(name): give for name, give in forms.items()}
        self._window = self._server.base | 1
        body = struct.pack("<IIhhHHHHII", self._window, self._server.root, 0, 0, 1, 1, 0, 2, 0, 0)
        self._server.send(struct.pack("<BBH", CREATE_WINDOW, 0, 8) + body)
        self.is_silent = False
        self.listed = 0
        self.own()
        self._server._socket.settimeout(None)

    def own(self) -> None:
        """Take the selection, again if it is ours already."""
        self._server.send(struct.pack("<BxHIII", SET_OWNER, 4, self._window, self._selection, 0))

    def serve(self) -> None:
        """Answer who asks, until somebody else takes the selection or the server goes."""
        try:
            while True:
                message = self._server.message()
                if message[0] & 0x7F == SELECTION_CLEAR:
                    return
                if message[0] & 0x7F == SELECTION_REQUEST and not self.is_silent:
                    self._answer(message)
        except (OSError, ClipboardUnavailable):
            return

    def _answer(self, message: bytes) -> None:
        when, _, asker, selection, target, place = struct.unpack("<IIIIII", message[4:28])
        if target == self._targets:
            self.listed += 1
            content = struct.pack(f"<{len(self._forms) + 1}I", self._targets, *self._forms)
            self._put(asker, place, kind=ATOM, size=32, content=content)
        elif target in self._forms:
            self._put(asker, place, kind=target, size=8, content=self._forms[target]())
        else:
            place = 0
        event = struct.pack("<BxHIIIII8x", SELECTION_NOTIFY, 0, when, asker, selection, target, place)
        self._server.send(struct.pack("<BBHII", SEND_EVENT, 0, 11, asker, 0) + event)

    def _put(self, window: int, place: int, *, kind: int, size: int, content: bytes) -> None:
        count = len(content) * 8 // size
        length = 6 + (len(content) + 3) // 4
        head = struct.pack("<BBHIIIBxxxI", CHANGE_PROPERTY, 0, length, window, place, kind, size, count)
        self._server.send(head + padded(content))

    def close(self) -> None:
        self._server.close()

    def stop(self) -> None:
        """End the waiting of `serve`, where a mere close would leave it waiting."""
        self._server._socket.shutdown(socket.SHUT_RDWR)


class WaylandOwner:
    """Own the clipboard of a compositor that has wlr-data-control (its protocol file is the source of the numbers)."""

    def __init__(self, env: Mapping[str, str], forms: Forms) -> None:
        self._forms = forms
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(f"{env['XDG_RUNTIME_DIR']}/{env['WAYLAND_DISPLAY']}")
        self._rest = b""
        self._descriptors: list[int] = []
        self._send(1, 1, struct.pack("<I", 2))  # wl_display.get_registry
        found = self._globals()
        for number, interface in ((4, "wl_seat"), (5, "zwlr_data_control_manager_v1")):
            self._send(2, 0, struct.pack("<I", found[interface]) + _string(interface) + struct.pack("<II", 1, number))
        self._send(5, 1, struct.pack("<II", 6, 4))  # get_data_device
        self._source = 6
        self.is_silent = False
        self.own()

    def own(self) -> None:
        """Take the clipboard, again if it is ours already."""
        self._source += 1
        self._send(5, 0, struct.pack("<I", self._source))
        for name in self._forms:
            self._send(self._source, 0, _string(name))
        self._send(6, 0, struct.pack("<I", self._source))

    def serve(self) -> None:
        """Answer who asks, until the compositor goes."""
        try:
            while True:
                sender, opcode, body = self._message()
                if sender == self._source and opcode == 0 and not self.is_silent:
                    length = struct.unpack("<I", body[:4])[0]
                    with open(self._descriptors.pop(0), "wb") as sink:
                        sink.write(self._forms[body[4 : 3 + length].decode()]())
        except OSError:
            return

    def _globals(self) -> dict[str, int]:
        """List the objects of the compositor by their interface."""
        self._send(1, 0, struct.pack("<I", 3))  # wl_display.sync
        found: dict[str, int] = {}
        while True:
            sender, opcode, body = self._message()
            if sender == 3:
                return found
            if (sender, opcode) == (2, 0):
                name, length = struct.unpack("<II", body[:8])
                found[body[8 : 7 + length].decode()] = name

    def _send(self, target: int, opcode: int, body: bytes) -> None:
        self._socket.sendall(struct.pack("<II", target, (8 + len(body)) << 16 | opcode) + body)

    def _message(self) -> tuple[int, int, bytes]:
        while len(self._rest) < 8 or len(self._rest) < self._rest[6] + (self._rest[7] << 8):
            piece, descriptors, _, _ = socket.recv_fds(self._socket, 4096, 8)
            if not piece:
                raise ConnectionResetError
            self._rest += piece
            self._descriptors += descriptors
        sender, size = struct.unpack("<II", self._rest[:8])
        body = self._rest[8 : size >> 16]
        self._rest = self._rest[size >> 16 :]
        return sender, size & 0xFFFF, body

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()


def _string(text: str) -> bytes:
    return struct.pack("<I", len(text) + 1) + padded(text.encode() + b"\0")


Owner = XOwner | WaylandOwner


@contextmanager
def owning(
    env: Mapping[str, str], text: Give, html: Give | None = None, *, hint: bool = False, silent: bool = False
) -> Iterator[Owner]:
    """Own the clipboard of a display while a test looks at it; each form is made anew for whoever asks.

    `hint`: ask others not to look, as password managers do. `silent`: do not answer, to begin with.
    """
    pages: dict[str, Give] = {"text/html": html} if html else {}
    if hint:
        pages["x-kde-passwordManagerHint"] = lambda: b"secret"
    is_wayland = "WAYLAND_DISPLAY" in env
    forms: Forms = {"text/plain;charset=utf-8" if is_wayland else "UTF8_STRING": text, **pages}
    owner: Owner = WaylandOwner(env, forms) if is_wayland else XOwner(env, forms)
    owner.is_silent = silent
    thread = threading.Thread(target=owner.serve, daemon=True)
    thread.start()
    try:
        yield owner
    finally:
        owner.stop()
        thread.join(10)
        owner.close()
