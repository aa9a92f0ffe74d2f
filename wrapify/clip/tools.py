"""Touches: processes. The programs that read and write a clipboard: in bounded time, with bounded output, no shell."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable

from wrapify.errors import ClipboardUnavailable

SECONDS = 5.0
"""How long a program that owns a clipboard may take to hand all of it over."""
PIECE = 1 << 16
MOST_SAID = 1 << 12
EMPTY = ("not available", "no selection", "nothing is copied", "no suitable type", "no buffers")
"""What the tools say of a clipboard that holds nothing (of that form), in small letters."""
INSTEAD = "cat | wrapify sh: paste there, then Ctrl-D"


def heard(words: list[str], *, most: int) -> bytes:
    """Run a program that prints what a clipboard holds, and give at most `most` bytes of it.

    Raises ClipboardUnavailable.
    """
    said = os.memfd_create("said", os.MFD_CLOEXEC)
    try:
        # A group of its own: wl-paste has cat(1) read for it, which would wait for an owner that does not answer.
        with subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, process_group=0
        ) as running:
            try:
                content = _drained(running.stdout.fileno() if running.stdout else -1, most)
                if len(content) < most:
                    running.wait(SECONDS)
            finally:
                if running.returncode is None:
                    os.killpg(running.pid, signal.SIGKILL)
        if running.returncode > 0:
            _complain(words[0], os.pread(said, MOST_SAID, 0))
            return b""
        return content
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(words[0], str(error)) from error
    finally:
        os.close(said)


def _drained(descriptor: int, most: int) -> bytes:
    """Read to the end, or to `most` bytes. Raises TimeoutExpired."""
    pieces, size, deadline = [], 0, time.monotonic() + SECONDS
    while size < most:
        if not select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0]:
            raise subprocess.TimeoutExpired("", SECONDS)
        piece = os.read(descriptor, min(PIECE, most - size))
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def told(words: list[str], content: bytes) -> None:
    """Run a program that puts `content` on a clipboard and goes on serving it, in a session of its own.

    Raises ClipboardUnavailable.
    """
    given, said = (os.memfd_create(name, os.MFD_CLOEXEC) for name in ("given", "said"))
    try:
        with open(given, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(given, 0, os.SEEK_SET)
        # Not a pipe for what it says: the one that stays in the background would keep it open.
        status = subprocess.run(
            words, stdin=given, stdout=said, stderr=said, start_new_session=True, timeout=SECONDS, check=False
        ).returncode
        if status:
            raise _failed(words[0], os.pread(said, MOST_SAID, 0).decode("utf-8", "replace"))
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(words[0], str(error)) from error
    finally:
        os.close(given)
        os.close(said)


def _complain(name: str, said: bytes) -> None:
    """Raise ClipboardUnavailable unless all that a program complained of is that there is nothing."""
    text = said.decode("utf-8", "replace")
    if not any(word in text.lower() for word in EMPTY):
        raise _failed(name, text)


def _failed(name: str, said: str) -> ClipboardUnavailable:
    if "timed out" in said:
        hint = "is the program that you copied from still there?"
        return ClipboardUnavailable("the program that owns the clipboard does not hand it over", hint)
    lines = said.strip().splitlines() or ["it does not say why"]
    return ClipboardUnavailable(f"{os.path.basename(name)} cannot use the clipboard: {lines[0][:200]}", INSTEAD)


def forked(work: Callable[[], bytes], *, most: int, hint: str) -> bytes:
    """Do something in a process of its own, in bounded time, and give at most `most` bytes of what it gives.

    Raises ClipboardUnavailable, with `hint` if it failed.
    """
    inside, outside = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if not child:
        _do(work, outside)
    os.close(outside)
    try:
        answer = _drained(inside, most + 1)
    except subprocess.TimeoutExpired as error:
        os.killpg(child, signal.SIGKILL)
        raise _failed("pyperclip", str(error)) from error
    finally:
        os.close(inside)
        os.waitpid(child, 0)
    if not answer.startswith(b"+"):
        raise ClipboardUnavailable("this session has no tool for its clipboard", hint)
    return answer[1:]


def _do(work: Callable[[], bytes], sink: int) -> None:
    """Answer "+" and the content; without that it failed. Never returns."""
    try:
        os.setpgid(0, 0)
        silence = os.open("/dev/null", os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(silence, descriptor)
        answer = b"+" + work()
        while answer:
            answer = answer[os.write(sink, answer) :]
    finally:
        os._exit(0)
