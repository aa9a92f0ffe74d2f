"""Other programs that judge a command, from npm: how they are fetched, asked, and what their answers mean.

They get the text as an argument or on standard input, in a home of its own for each text (they keep sessions, and one
row must not colour the next), offline. None of them runs what it is asked about; shellfirm measures with `du` what an
`rm` would delete.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

TIRITH = "@sheeki03/tirith-linux-{arch}@0.4.2"
SHELLFIRM = "@shellfirm/cli-linux-{arch}@0.3.10"
ARCH = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
PATIENCE = 60
"""Seconds; after that a program has no answer."""


def environment(home: str) -> dict[str, str]:
    return {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SHELL": "/bin/bash", "TIRITH_OFFLINE": "1"}


class Peer:
    """Hold a program that judges texts. `words` start it; ERRORS is where its standard error goes."""

    ERRORS = subprocess.DEVNULL

    def __init__(self, name: str, words: list[str]) -> None:
        self.name = name
        self.words = words

    def version(self) -> str:
        """Give what it says of itself; raise OSError if it does not start."""
        said = subprocess.run([*self.words, "--version"], capture_output=True, text=True, check=False, timeout=PATIENCE)
        if said.returncode:
            raise OSError((said.stderr.strip() or f"status {said.returncode}").splitlines()[0])
        return said.stdout.strip()

    def judge(self, content: bytes) -> str:
        """Give "allow", "ask" or "block", or "" if there is no answer."""
        with tempfile.TemporaryDirectory(prefix="peer-") as home:
            try:
                return self._judge(content, home)
            except (subprocess.TimeoutExpired, OSError, ValueError):
                return ""

    def _judge(self, content: bytes, home: str) -> str:
        raise NotImplementedError

    def _said(self, words: list[str | bytes], home: str, *, typed: bytes = b"") -> bytes:
        env = environment(home)
        return subprocess.run(
            [*self.words, *words],
            input=typed,
            stdout=subprocess.PIPE,
            stderr=self.ERRORS,
            env=env,
            cwd=home,
            check=False,
            timeout=PATIENCE,
        ).stdout


class Tirith(Peer):
    """Judge with tirith: the stricter of what it says to a typed line and to a paste, as its zsh hook does."""

    CHECK = ("check", "--offline", "--no-daemon", "--quiet", "--non-interactive")
    PASTE = ("paste", "--quiet", "--non-interactive")

    def _judge(self, content: bytes, home: str) -> str:
        form: list[str | bytes] = ["--format", "json"]
        said = [self._said([*self.PASTE, *form], home, typed=content)]
        if b"\0" not in content and len(content) < 1 << 17:
            said.append(self._said([*self.CHECK, *form, "--", content], home))
        actions = {json.loads(one)["action"] for one in said if one}
        if not actions:
            return ""
        # The others are kinds of warnings, after some of which the command runs.
        return "block" if "block" in actions else "allow" if actions == {"allow"} else "ask"


class Shellfirm(Peer):
    """Judge with shellfirm: a match means that its hook asks a riddle before the command runs."""

    ERRORS = subprocess.STDOUT

    def _judge(self, content: bytes, home: str) -> str:
        said = self._said(["check", b"--command=" + content], home)
        if b"No risky patterns matched" in said:
            return "allow"
        return "ask" if b"risky pattern(s) matched" in said else ""


@contextlib.contextmanager
def fetched() -> Iterator[Path]:
    """Give the folder with what npm installed: that of WRAPIFY_PEERS, which is kept, or one for this run."""
    if kept := os.environ.get("WRAPIFY_PEERS"):
        yield Path(kept).resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="peers-") as folder:
            yield Path(folder)


PEERS = ((TIRITH, "bin/tirith", Tirith), (SHELLFIRM, "shellfirm", Shellfirm))


def found(folder: Path, *, kinds: tuple[type[Peer], ...] = (Tirith, Shellfirm)) -> Iterator[Peer]:
    """Install the peers in `folder` unless they are there; give those that start, and print a line for each other."""
    for package, program, kind in PEERS:
        if kind not in kinds:
            continue
        name = package.format(arch=ARCH)
        path = folder / "node_modules" / name.rpartition("@")[0] / program
        peer = kind(path.name, [str(path)])
        try:
            install(name, path, folder)
            print(f"{started(peer)} from npm")
        except (OSError, subprocess.SubprocessError) as why:
            print(f"{name}: left out: {str(why)[:200]}")
        else:
            yield peer


def started(peer: Peer) -> str:
    """Give the version, if need be with the C library of another Debian release."""
    try:
        return peer.version()
    except OSError:
        if not (loader := other_loader()):
            raise
        peer.words = [*loader, *peer.words]
        return f"{peer.version()}, with the C library of another Debian,"


def install(name: str, path: Path, folder: Path) -> None:
    """Let npm install a package without running its scripts."""
    if path.exists():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise OSError("no npm here")
    folder.mkdir(parents=True, exist_ok=True)
    words = [npm, "install", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", name]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    if not path.exists():
        raise OSError(next((line for line in done.stderr.splitlines() if "error" in line), "npm did not install it"))
    path.chmod(0o755)


def other_loader() -> list[str]:
    """Give the words that start a program with the C library that tests/run fetched beside its other bubblewrap."""
    for bwrap in os.environ.get("WRAPIFY_TEST_BWRAPS", "").split(":"):
        root = Path(bwrap).parents[2] if bwrap.count("/") > 3 else Path("/nowhere")
        for loader in root.glob("**/ld-linux-*.so.*"):
            if loader.is_file():
                own = "/usr/lib/" + loader.parent.name  # libgcc_s is the system's
                return [str(loader), "--library-path", f"{loader.parent}:{own}"]
    return []
