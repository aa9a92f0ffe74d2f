"""Touches: the clipboard, by the programs of this session; the only user of pyperclip.

The tools of the platform come first. pyperclip starts the same ones, but decodes what it reads, sets no time limit, and
knows neither a second selection nor the other forms of a text (HTML, targets, owners). It is for the sessions that have
none of them: WSL, Klipper, Qt. Contents are bytes, and are hostile: never executed, never printed as they are.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Protocol

from wrapify.clip.tools import INSTEAD, SECONDS, forked, heard, told
from wrapify.errors import ClipboardUnavailable, ScriptRefused, UsageError

HTML = "text/html"
TEXTS = ("text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "TEXT", "STRING")
"""The names that a text goes by, best first."""
PASSWORD = "x-kde-passwordManagerHint"  # noqa: S105
"""The target by which password managers ask everybody else not to look."""
PAUSE = 0.02
MOST_TYPES = 1 << 16


class Clipboard(Protocol):
    """Read and write one clipboard, or selection of one.

    `name` says in plain words which. `most` is in bytes: one more than that is read, so that too much is seen to be too
    much. Raises ClipboardUnavailable.
    """

    name: str

    def types(self) -> tuple[str, ...]:
        """List the forms that the content comes in, () for an empty clipboard."""

    def read(self, kind: str, *, most: int) -> bytes:
        """Read the content in one of its forms, b"" if it has none of that name."""

    def write(self, content: bytes) -> None:
        """Put a text there, and nothing else."""


class Content:
    """Hold what a clipboard has: the text, the same as HTML, and the names of all its forms."""

    __slots__ = ("html", "text", "types")

    def __init__(self, text: bytes, html: bytes, *, types: tuple[str, ...]) -> None:
        self.text = text
        self.html = html
        self.types = types


def content(clipboard: Clipboard, *, most: int, types: tuple[str, ...] = ()) -> Content:
    """Read what is on a clipboard; `types` are its forms, if they were asked for already.

    Raises ScriptRefused for a text of more than `most` bytes: half is not judged.
    """
    types = types or clipboard.types()
    text = text_of(clipboard, types, most=most)
    if len(text) > most:
        hint = "wrapify policy set script.max_size SIZE allows more"
        raise ScriptRefused(f"there are more than {most >> 10} KiB on the clipboard, so it is not read", hint)
    html = clipboard.read(HTML, most=most) if HTML in types else b""
    return Content(text, html[:most], types=types)


def text_of(clipboard: Clipboard, types: tuple[str, ...], *, most: int) -> bytes:
    """Read the text, in the best of its forms; no more than a byte beyond `most`."""
    names = [name for name in TEXTS if name in types] or [name for name in types if name.startswith("text/plain")]
    return clipboard.read(names[0], most=most) if names else b""


def put(clipboard: Clipboard, text: bytes) -> None:
    """Put a text on a clipboard and see that it is there. Raises ClipboardUnavailable if it is not after a while.

    xsel and wl-copy return before the display knows of them.
    """
    clipboard.write(text)
    deadline = time.monotonic() + SECONDS
    while text_of(clipboard, clipboard.types(), most=len(text)) != text:
        if time.monotonic() > deadline:
            raise ClipboardUnavailable("the text did not come to be on the clipboard", "does another program hold it?")
        time.sleep(PAUSE)


class Wayland:
    """The clipboard of Wayland, by wl-clipboard."""

    def __init__(self, paste: str, copy: str, *, primary: bool) -> None:
        self.name = _name(primary)
        flags = ["--primary"] if primary else []
        self._paste = [paste, *flags]
        self._copy = [copy, *flags]

    def types(self) -> tuple[str, ...]:
        """List the MIME types that are offered."""
        return _names(heard([*self._paste, "--list-types"], most=MOST_TYPES))

    def read(self, kind: str, *, most: int) -> bytes:
        """Read it as one MIME type, without the line end that wl-paste would add."""
        return heard([*self._paste, "--no-newline", "--type", kind], most=most + 1)

    def write(self, content: bytes) -> None:
        """Serve a text from the background, as long as nobody copies something else."""
        told([*self._copy, *(["--type", "text/plain"] if content else ["--clear"])], content)


class Xclip:
    """The selections of X11, by xclip."""

    def __init__(self, program: str, *, primary: bool) -> None:
        self.name = _name(primary)
        self._words = [program, "-selection", "primary" if primary else "clipboard"]

    def types(self) -> tuple[str, ...]:
        """List the targets that the owner offers."""
        return _names(heard([*self._words, "-o", "-t", "TARGETS"], most=MOST_TYPES))

    def read(self, kind: str, *, most: int) -> bytes:
        """Ask the owner for one target."""
        return heard([*self._words, "-o", "-t", kind], most=most + 1)

    def write(self, content: bytes) -> None:
        """Serve a text from the background, as long as nobody copies something else."""
        told([*self._words, "-i"], content)


class Xsel:
    """The selections of X11, by xsel, which knows texts alone, and those but up to a NUL."""

    def __init__(self, program: str, *, primary: bool) -> None:
        self.name = _name(primary)
        self._words = [program, "-p" if primary else "-b"]

    def types(self) -> tuple[str, ...]:
        """Say that there is a text: xsel cannot ask."""
        return (TEXTS[1],)

    def read(self, kind: str, *, most: int) -> bytes:  # noqa: ARG002
        """Read the text."""
        return heard([*self._words, "-o"], most=most + 1)

    def write(self, content: bytes) -> None:
        """Serve a text from the background, as long as nobody copies something else."""
        told([*self._words, "-i" if content else "-c"], content)


class Tmux:
    """The buffer of tmux, for a session that has no clipboard; it is what was last copied in tmux."""

    name = "the buffer of tmux"

    def __init__(self, program: str) -> None:
        self._program = program

    def types(self) -> tuple[str, ...]:
        """Say that there is a text if there is a buffer."""
        return (TEXTS[1],) if heard([self._program, "list-buffers", "-F", "x"], most=MOST_TYPES) else ()

    def read(self, kind: str, *, most: int) -> bytes:  # noqa: ARG002
        """Read the newest buffer."""
        return heard([self._program, "show-buffer"], most=most + 1)

    def write(self, content: bytes) -> None:
        """Make a new buffer; tmux knows none that is empty."""
        told([self._program, *(["load-buffer", "-"] if content else ["delete-buffer"])], content)


class Pyperclip:
    """Whatever pyperclip finds; plain texts alone.

    It runs in a process of its own: it sets no time limit, and any exception may come out of it.
    """

    name = "the clipboard"

    def types(self) -> tuple[str, ...]:
        """Say that there is a text: pyperclip cannot ask."""
        return (TEXTS[1],)

    def read(self, kind: str, *, most: int) -> bytes:  # noqa: ARG002
        """Read the text."""
        return forked(_pasted, most=most + 1, hint=missing(os.environ))

    def write(self, content: bytes) -> None:
        """Put a text there."""
        forked(lambda: _copied(content), most=0, hint=missing(os.environ))


def _pasted() -> bytes:
    import pyperclip

    # By its module: both functions are others after their first use.
    return str(pyperclip.paste() or "").encode("utf-8", "surrogateescape")


def _copied(content: bytes) -> bytes:
    import pyperclip

    pyperclip.copy(content.decode("utf-8", "surrogateescape"))
    return b""


def _name(primary: bool) -> str:
    return "the selection of the mouse" if primary else "the clipboard"


def _names(lines: bytes) -> tuple[str, ...]:
    return tuple(line for line in lines.decode("utf-8", "replace").split("\n") if line)


# ---- which one this session has


def found(env: Mapping[str, str], *, primary: bool) -> Clipboard:
    """Choose the clipboard, or primary selection, of the session that `env` describes.

    Raises ClipboardUnavailable; UsageError where there is but one selection.
    """
    paste, copy = program("wl-paste", env), program("wl-copy", env)
    if env.get("WAYLAND_DISPLAY") and paste and copy:
        return Wayland(paste, copy, primary=primary)
    if env.get("DISPLAY"):
        if xclip := program("xclip", env):
            return Xclip(xclip, primary=primary)
        if xsel := program("xsel", env):
            return Xsel(xsel, primary=primary)
    if primary:
        raise UsageError("nothing here knows a selection of the mouse", f"{missing(env)}, or leave --primary out")
    if env.get("WAYLAND_DISPLAY") or env.get("DISPLAY") or is_wsl(env):
        return Pyperclip()
    if env.get("TMUX") and (tmux := program("tmux", env)):
        return Tmux(tmux)
    raise ClipboardUnavailable(_NONE_SSH if _is_ssh(env) else _NONE, _INSTEAD_SSH if _is_ssh(env) else INSTEAD)


_NONE = "this session has no clipboard: neither WAYLAND_DISPLAY nor DISPLAY is set"
_NONE_SSH = "there is no clipboard at this end of ssh"
_INSTEAD_SSH = f"{INSTEAD}; from your desk: xclip -o -sel c | ssh HOST wrapify sh"


def missing(env: Mapping[str, str]) -> str:
    """Say which package would give this session a clipboard."""
    if env.get("WAYLAND_DISPLAY"):
        return "install wl-clipboard"
    if is_wsl(env):
        return "put powershell.exe and clip.exe on PATH ([interop] in /etc/wsl.conf)"
    return "install xclip (or xsel)"


def program(name: str, env: Mapping[str, str]) -> str:
    """Find a program on PATH, "" if there is none; only absolute directories count: this one may be a stranger's."""
    for folder in env.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":"):
        path = f"{folder}/{name}"
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return ""


def is_wsl(env: Mapping[str, str]) -> bool:
    """Tell whether this is Linux within Windows."""
    return bool(env.get("WSL_DISTRO_NAME") or env.get("WSL_INTEROP"))


def _is_ssh(env: Mapping[str, str]) -> bool:
    return bool(env.get("SSH_CONNECTION") or env.get("SSH_TTY"))
