"""Real displays for tests: an X server and a compositor of Wayland, without a screen, as the test user."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

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
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
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

    def put(self, content: bytes, *, target: str = "", selection: str = "clipboard", seen: bool = True) -> None:
        """Copy something. `seen`: wait until it can be pasted; xclip serves no two of more than 256 KiB at a time."""
        words = ["-t", target] if target else []
        self.run(need("xclip"), "-selection", selection, *words, "-i", content=content)
        if not seen:
            return
        until(lambda: self.get(target=target, selection=selection) == content, "the clipboard to be taken")

    def get(self, *, target: str = "", selection: str = "clipboard") -> bytes:
        words = ["-t", target] if target else []
        return self.run(need("xclip"), "-selection", selection, *words, "-o")

    def clear(self) -> None:
        self.run(need("xsel"), "-b", "-c")
        self.run(need("xsel"), "-p", "-c")


class WaylandDisplay(Display):
    """A compositor without a screen that lets every program see the clipboard, as wlroots and KDE do."""

    def begin(self) -> None:
        """Start the compositor; a new one has the place of the old one."""
        settings = self.folder / "config"
        settings.write_text("xwayland disable\n")
        self.env = {"XDG_RUNTIME_DIR": str(self.folder)}
        # The folder is closed to others, as /run/user is.
        self.folder.chmod(0o700)
        backend = {"WLR_BACKENDS": "headless", "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1"}
        with (self.folder / "log").open("wb") as log:
            self.process = self.start(need("sway"), "-c", str(settings), env=backend, stdout=log, stderr=log)
        until(lambda: list(self.folder.glob("wayland-?")), "the socket of the compositor")
        self.env["WAYLAND_DISPLAY"] = next(self.folder.glob("wayland-?")).name
        until(self.answers, lambda: (self.folder / "log").read_text())

    def answers(self) -> bool:
        process = self.start(need("wl-copy"), "--clear", stderr=subprocess.DEVNULL)
        return process.wait(20) == 0

    def put(
        self, content: bytes, *, target: str = "text/plain", selection: str = "clipboard", seen: bool = True
    ) -> None:
        """Copy something. `seen`: wait until it can be pasted."""
        words = ["--primary"] if selection == "primary" else []
        self.run(need("wl-copy"), *words, "--type", target, content=content)
        if not seen:
            return
        until(lambda: self.get(target=target, selection=selection) == content, "the clipboard to be taken")

    def get(self, *, target: str = "text/plain", selection: str = "clipboard") -> bytes:
        words = ["--primary"] if selection == "primary" else []
        return self.run(need("wl-paste"), *words, "--no-newline", "--type", target)

    def clear(self) -> None:
        for words in ([], ["--primary"]):
            self.run(need("wl-copy"), *words, "--clear")


AnyDisplay = TypeVar("AnyDisplay", bound="XDisplay | WaylandDisplay")
Shown = XDisplay | WaylandDisplay


def _cookie(path: Path, user: User) -> None:
    """Write a cookie for every display of this machine."""
    name, secret = b"MIT-MAGIC-COOKIE-1", os.urandom(16)
    fields = (b"", b"", name, secret)
    path.write_bytes(b"\xff\xff" + b"".join(len(one).to_bytes(2, "big") + one for one in fields))
    path.chmod(0o600)
    os.chown(path, user.uid, user.gid)


@contextmanager
def opened(display: AnyDisplay) -> Iterator[AnyDisplay]:
    """Have a display while a block runs."""
    display.begin()
    try:
        yield display
    finally:
        display.stop()
