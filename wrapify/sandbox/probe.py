"""Touches: processes. Finds out what this machine can do by doing it once; `sandbox/facts.py` keeps the verdict."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable

from wrapify.errors import SandboxUnavailable
from wrapify.sandbox import child, scope
from wrapify.sandbox.facts import find, install_hint
from wrapify.sandbox.spec import Facts

TIMEOUT_S = 10


def probe(bwrap: str, state: str, *, runtime: str) -> Facts:
    """Try what this machine can do. Raises SandboxUnavailable if it can build no sandbox at all."""
    version, words = version_of(bwrap)
    _try_plain(bwrap)
    route, upper, why = try_overlays(bwrap, words, places=[("state", state), ("memory", runtime)])
    return Facts(
        bwrap=bwrap,
        version=version,
        route=route,
        upper=upper,
        signals=resetter(),
        landlock=child.landlock_abi(),
        arch=os.uname().machine,
        memory=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
        busctl=scopes_by(),
        why_not=why,
    )


def version_of(bwrap: str) -> tuple[tuple[int, ...], str]:
    """Ask bwrap for its version, and for its options. Raises SandboxUnavailable for another program."""
    code, told = _run([bwrap, "--version"])
    found = re.match(r"bubblewrap (\d+)\.(\d+)(?:\.(\d+))?\s", told)
    if code or not found:
        raise SandboxUnavailable(f"{bwrap} does not say its version: {told.strip()[:80]}", install_hint())
    return tuple(int(part or 0) for part in found.groups()), _run([bwrap, "--help"])[1]


def resetter() -> tuple[str, ...]:
    """Find a program that gives signals their default action back and becomes the command."""
    found = ((find(words[0]), *words[1:]) for words in _RESETTERS)
    return next((words for words in found if words[0] and _resets(words)), ())


def _resets(words: tuple[str, ...]) -> bool:
    return _run([*(word.replace("@signals@", "INT,TERM") for word in words), "true"])[0] == 0


# GNU env (coreutils 8.31) first; where env is another one, GNU's may be there as gnuenv; the last two start slower.
_PERL = (
    '$SIG{$_}="DEFAULT" for split /,/, q(@signals@); exec @ARGV; warn "$ARGV[0]: $!\\n"; exit($!{ENOENT} ? 127 : 126)'
)
_PYTHON = """
import os, signal, sys
for name in "@signals@".split(","):
    signal.signal(getattr(signal, "SIG" + name), signal.SIG_DFL)
try:
    os.execvp(sys.argv[2], sys.argv[2:])
except OSError as error:
    sys.stderr.write(f"{sys.argv[2]}: {error.strerror}\\n")
    sys.exit(127 if isinstance(error, FileNotFoundError) else 126)
"""
_RESETTERS = (
    ("env", "--default-signal=@signals@", "--"),
    ("gnuenv", "--default-signal=@signals@", "--"),
    ("perl", "-e", _PERL, "--"),
    ("python3", "-IS", "-c", _PYTHON, "--"),
)


def scopes_by() -> str:
    """Find the program by which the user's systemd makes scopes, "" where it makes none."""
    program = find("busctl")
    return program if scope.offered(program) else ""


def _run(words: list[str], prepare: Callable[[], None] | None = None) -> tuple[int, str]:
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_S,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            preexec_fn=prepare,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return 127, str(error)
    return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")


_BASE = ("--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")


def start(bwrap: str) -> tuple[int, str]:
    """Have bwrap start a program in namespaces of its own: its status, and what it said."""
    return _run([bwrap, *_BASE, "true"])


def _try_plain(bwrap: str) -> None:
    code, told = start(bwrap)
    if code and os.environ.get("WRAPIFY_SANDBOX"):
        raise SandboxUnavailable("this is a sandbox already, and another one cannot be built in it", "run it as it is")
    if code:
        raise SandboxUnavailable(f"no sandbox can be built here: {_cause(told)}", _remedy(told))


def _cause(told: str) -> str:
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return (lines[-1] if lines else "bwrap gave no reason").removeprefix("bwrap: ")


def _remedy(told: str) -> str:
    """Map bwrap's own words to what is the matter; `doctor/causes.py` knows the remedies of each distribution."""
    if "setting up uid map" in told or "RTM_NEWADDR" in told:
        return "AppArmor may forbid it; wrapify doctor says how to allow it to bubblewrap alone"
    if "Can't mount proc" in told:
        return "this is a container that hides parts of /proc; wrapify doctor says what helps"
    if "No space left" in told or "max_user_namespaces" in told:
        return "user namespaces are off or used up; wrapify doctor says how to have them"
    if "Creating new namespace" in told or "No permissions to create" in told or "Operation not permitted" in told:
        return "something forbids user namespaces; wrapify doctor says what it is, and what helps"
    return "wrapify doctor looks for what is in the way"


def try_overlays(bwrap: str, words: str, *, places: list[tuple[str, str]]) -> tuple[str, str, str]:
    """Find the first way and place in which copy-on-write works: (route, upper, why not the best one).

    A place where all of it works comes first, then one where directories cannot be replaced: better than none.
    """
    reasons: list[str] = []
    routes = ("bwrap", "userns") if "--overlay " in words else ("userns",)
    for test in (_WHOLE, _PART):
        for upper, place in places:
            for route in routes:
                try:
                    code, told = _try_overlay(bwrap, place, route=route, test=test)
                except OSError as error:
                    # Full or read-only: what writes there next says so, and which directory it is.
                    code, told = 1, str(error.strerror)
                if code == 0:
                    return route, upper, reasons[0] if reasons and (upper == "memory" or test == _PART) else ""
                reasons.append(_overlay_cause(told, place))
    return "none", "state", reasons[0]


_PART = "echo >x && test -e x"
_WHOLE = f"{_PART} && rm -r d && mkdir d && test ! -e d/f"
"""A directory in the place of one of the lower layer is marked by an extended attribute, a removed one may be, too.

Without them (NFS, ramfs, tmpfs before 6.6) the kernel mounts the overlay all the same, and fails then with EIO.
"""
_NO_ATTRIBUTES = "no extended attributes there, so directories cannot be removed or replaced"


def _overlay_cause(told: str, place: str) -> str:
    """Say in words what the options of a mount say at length."""
    if "Input/output error" in told:
        return _NO_ATTRIBUTES
    cause = _cause(told)
    refused = re.match(r"(?:Can't make overlay mount|mount) .*: ([^:]+)$", cause)
    return f"the file system of {place} takes no overlay: {refused[1]}" if refused else cause


def _try_overlay(bwrap: str, place: str, *, route: str, test: str) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(prefix="probe-", dir=place, ignore_cleanup_errors=True) as folder:
        lower, upper, work = (f"{folder}/{name}" for name in ("l", "u", "w"))
        for path in (lower, upper, work):
            os.mkdir(path)
        os.mkdir(f"{lower}/d")
        os.close(os.open(f"{lower}/d/f", os.O_CREAT | os.O_WRONLY, 0o600))
        words = ["--chdir", lower, "sh", "-c", test]
        if route == "bwrap":
            result = _run([bwrap, *_BASE, "--overlay-src", lower, "--overlay", upper, work, lower, *words])
        else:
            result = _run_in_overlay([bwrap, *_BASE, "--bind", lower, lower, *words], [([lower], upper, work, lower)])
        if os.path.isdir(f"{work}/work"):
            os.chmod(f"{work}/work", 0o700)
        return result


def _run_in_overlay(words: list[str], rows: list[tuple[list[str], str, str, str]]) -> tuple[int, str]:
    """Run `words` below overlays. subprocess keeps to itself what went wrong before exec: it comes by a pipe."""
    reader, writer = os.pipe()

    def prepare() -> None:
        try:
            child.own_namespaces()
            child.mount_overlays(rows)
        except OSError as error:
            os.write(writer, f"mount overlay: {error.strerror}".encode())
            raise

    try:
        code, told = _run(words, prepare)
    finally:
        os.close(writer)
    with open(reader, encoding="utf-8") as pipe:
        return code, pipe.read() or told
