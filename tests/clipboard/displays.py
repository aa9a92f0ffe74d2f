"""Real displays for tests: an X server and a compositor of Wayland, without a screen, as the test user."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import User, Wrapify, need
from tests.sandbox.terminal import until

PATH = "/usr/local/bin:/usr/bin:/bin"


class Display:
    """Hold a display: `env` is what a program needs to find it, `folder` a place of its own."""

    def __init__(self, user: User, folder: Path) -> None:
        self.user = user
        self.folder = folder
        self.env: dict[str, str] = {}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str, **more: Any) -> subprocess.Popen[bytes]:
        """Start a program of this display."""
        env = {"PATH": PATH, "HOME": str(self.folder), "LANG": "C.UTF-8", **self.env, **more.pop("env", {})}
        return subprocess.Popen(list(words), env=env, cwd=self.folder, **self.user.drop, **more)

    def run(self, *words: str, content: bytes = b"", **more: Any) -> bytes:
        """Run a program of this display with `content` as its input, and give what it prints."""
        with (self.folder / "said").open("w+b") as said:
            # A file and no pipe: what stays in the background keeps it open.
            process = self.start(*words, stdin=subprocess.PIPE, stdout=said, stderr=subprocess.DEVNULL, **more)
            process.communicate(content, timeout=20)
            said.seek(0)
            return said.read()

    def serve(self, wrapify: Wrapify) -> Wrapify:
        """Give the program with this display in its environment."""
        wrapify.env.update(self.env)
        return wrapify

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
        self.process = None


class XDisplay(Display):
    """An X server that asks for a cookie."""

    number = 0

    def begin(self) -> None:
        """Start the server, with the number it had before if there was one."""
        authority, found = self.folder / "authority", self.folder / "number"
        self.env = {"XAUTHORITY": str(authority)}
        wanted = [f":{self.number}"] if self.number else []
        if not authority.exists():
            # Any number: the cookie is found for the one that the server chooses.
            _cookie(authority, self.user)
        with found.open("wb") as sink:
            self.process = self.start(
                need("Xvfb"), *wanted, "-displayfd", str(sink.fileno()), "-auth", str(authority), "-nolisten", "tcp",
                "-screen", "0", "64x64x8", pass_fds=(sink.fileno(),), stderr=subprocess.DEVNULL,
            )  # fmt: skip
        until(lambda: found.read_bytes().endswith(b"\n"), "the X server")
        self.number = int(found.read_bytes())
        self.env["DISPLAY"] = f":{self.number}"

    def put(self, content: bytes, *, target: str = "", selection: str = "clipboard") -> None:
        words = ["-t", target] if target else []
        self.run(need("xclip"), "-selection", selection, *words, "-i", content=content)

    def get(self, *, selection: str = "clipboard") -> bytes:
        return self.run(need("xclip"), "-selection", selection, "-o")

    def clear(self) -> None:
        self.run(need("xsel"), "-b", "-c")
        self.run(need("xsel"), "-p", "-c")


def _cookie(path: Path, user: User) -> None:
    """Write a cookie for every display of this machine."""
    name, secret = b"MIT-MAGIC-COOKIE-1", os.urandom(16)
    fields = (b"", b"", name, secret)
    path.write_bytes(b"\xff\xff" + b"".join(len(one).to_bytes(2, "big") + one for one in fields))
    path.chmod(0o600)
    os.chown(path, user.uid, user.gid)


@contextmanager
def opened(display: Display) -> Iterator[Any]:
    display.begin()  # type: ignore[attr-defined]
    try:
        yield display
    finally:
        display.stop()
