"""An owner of an X selection that does what xclip cannot: several forms at once, and another answer each time."""

from __future__ import annotations

import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from wrapify.clip.xserver import Server, padded
from wrapify.errors import ClipboardUnavailable

CREATE_WINDOW, SET_OWNER, SEND_EVENT, CHANGE_PROPERTY = 1, 22, 25, 18
SELECTION_CLEAR, SELECTION_REQUEST, SELECTION_NOTIFY = 29, 30, 31
ATOM = 4
Forms = Mapping[str, Callable[[], bytes]]


class Owner:
    """Own a selection: `forms` are the targets, and what gives the content of each."""

    def __init__(self, env: Mapping[str, str], forms: Forms, *, selection: str = "CLIPBOARD") -> None:
        self._server = Server(env)
        self._selection = self._server.atom(selection)
        self._targets = self._server.atom("TARGETS")
        self._forms = {self._server.atom(name): give for name, give in forms.items()}
        self._window = self._server.base | 1
        body = struct.pack("<IIhhHHHHII", self._window, self._server.root, 0, 0, 1, 1, 0, 2, 0, 0)
        self._server.send(struct.pack("<BBH", CREATE_WINDOW, 0, 8) + body)
        self.own()

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
                if message[0] & 0x7F == SELECTION_REQUEST:
                    self._answer(message)
        except (OSError, ClipboardUnavailable):
            return

    def _answer(self, message: bytes) -> None:
        when, _, asker, selection, target, place = struct.unpack("<IIIIII", message[4:28])
        if target == self._targets:
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


@contextmanager
def owning(env: Mapping[str, str], forms: Forms) -> Iterator[Owner]:
    """Own the clipboard while a test looks at it."""
    owner = Owner(env, forms)
    owner._server._socket.settimeout(None)
    thread = threading.Thread(target=owner.serve, daemon=True)
    thread.start()
    try:
        yield owner
    finally:
        # Ends the thread's read, where a mere close would leave it waiting.
        owner._server._socket.shutdown(2)
        thread.join(10)
        owner.close()
