"""Touches: sandboxes, a directory of ours in the home, signals. Attacks each kind of sandbox on this machine.

What is attacked is `wrapify run`, started as anybody starts it, for a home that was made for it and goes with all that
is in it. Whatever ends the selftest, only a SIGKILL leaves any of it behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NoReturn

from wrapify.box import layers, store
from wrapify.errors import SandboxUnavailable, StateError, WrapifyError
from wrapify.host import Machine
from wrapify.place import NOBODYS_STATE, caller, here
from wrapify.policy.files import read_view
from wrapify.sandbox.view import covered
from wrapify.selftest.attacks.attacker import PROBES
from wrapify.selftest.battery import Battery, Target
from wrapify.selftest.outcome import SANDBOXES, Sandbox, Trial
from wrapify.selftest.plant import Owner

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TRIES, PAUSE_S = 100, 0.02
SYSTEM_PYTHONS = ("/usr/bin/python3", "/usr/local/bin/python3", "/run/current-system/sw/bin/python3")


def attack(groups: tuple[str, ...]) -> list[Trial]:
    """Make the attacks of `groups` on every kind of sandbox. Raises SandboxUnavailable or StateError.

    A kind that cannot be had here is told as such; without the first one there is nothing to test.
    """
    owner, base = _who()
    python, shown = interpreter()
    with ExitStack() as stack:
        stack.enter_context(_orderly())
        batteries: list[tuple[Sandbox, Battery]] = []
        for sandbox in SANDBOXES:
            wanted = frozenset(it.id for it in PROBES if it.group in groups and sandbox.is_for(it.id, it.group))
            if wanted:
                launcher = [*own_words(), "run", *sandbox.options, *shown, "--"]
                target = Target(launcher, _home(stack, base), owner, python, wanted)
                batteries.append((sandbox, Battery(stack, target)))
        try:
            return _together(batteries)
        finally:
            _be_deaf()


def _together(batteries: list[tuple[Sandbox, Battery]]) -> list[Trial]:
    """Attack all at the same time."""
    with ThreadPoolExecutor(len(batteries)) as pool:
        try:
            return [future.result() for future in [pool.submit(_try, *one) for one in batteries]]
        finally:
            # The threads end when what they wait for has.
            for _, battery in batteries:
                battery.children.end()


def _try(sandbox: Sandbox, battery: Battery) -> Trial:
    message, _, hint = battery.reason().rpartition("wrapify: ")[2].partition("\n")
    if message and sandbox is SANDBOXES[0]:
        raise SandboxUnavailable(message, hint.strip())
    return Trial(sandbox.name, () if message else tuple(battery.run()), message)


def own_words() -> list[str]:
    """Give the words that started this program, without its arguments: what is tested is what runs."""
    return [sys.executable, *sys.orig_argv[1 : len(sys.orig_argv) - len(sys.argv) + 1]]


def _who() -> tuple[Owner, str]:
    """Give the user of the sandboxes, and a directory for their homes. Root stays root: each run steps down itself."""
    if os.geteuid() == 0 and caller() is None:
        return Owner(0, 0), "/var/tmp"
    place = here()
    return Owner(place.uid, place.gid), place.home


def interpreter() -> tuple[str, tuple[str, ...]]:
    """Find a Python that is seen inside, and give the options that show it. Raises StateError."""
    listed = tuple(read_view(Machine()).read_only)
    own = os.path.realpath(sys.executable)
    for path in (own, *(os.path.realpath(path) for path in SYSTEM_PYTHONS)):
        if covered(path, listed) and os.access(path, os.X_OK):
            return path, ()
    base = os.path.realpath(sys.base_prefix)
    if not covered(own, (base,)) or base == "/":
        raise StateError("no Python can be shown to a sandbox, which the attacks need", "install python3")
    return own, ("--ro", base)


def _home(stack: ExitStack, base: str) -> Path:
    # Nothing may end this between making it and knowing how to take it away.
    held = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        home = tempfile.mkdtemp(prefix=".wrapify-selftest-", dir=base)
        stack.callback(_remove, home)
    except OSError as error:
        raise StateError(f"no directory for decoys can be made in {base}: {error.strerror}", "make room") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)
    if os.geteuid() == 0:
        # Whom root becomes is to be kept out by the permissions of the decoys themselves.
        os.chmod(home, 0o711)  # noqa: S103 - it holds nothing but decoys
        stack.callback(_forget, home)
    return Path(home)


def _forget(home: str) -> None:
    """Throw away the boxes of runs in `home`: root's are not kept in it."""
    folder = f"{NOBODYS_STATE}/state"
    for name in os.listdir(f"{folder}/boxes"):
        with suppress(WrapifyError):
            if str(store.read(f"{folder}/boxes/{name}").get("cwd")).startswith(f"{home}/"):
                # By a process that stops being root first: what is in a box was written by attackers.
                subprocess.run([*own_words(), "discard", name], stderr=subprocess.DEVNULL, check=False)


def _remove(home: str) -> None:
    """Remove a home; what was killed may still be tidying up in it."""
    for _ in range(TRIES):
        layers.discard(home)
        if not os.path.lexists(home):
            return
        time.sleep(PAUSE_S)


@contextmanager
def _orderly() -> Iterator[None]:
    """Turn a request to end into an exception, so that everything is taken away; then hear of no other one."""
    heeded = [number for number in ENDING if signal.getsignal(number) != signal.SIG_IGN]
    before = [(number, signal.signal(number, _end)) for number in heeded]
    try:
        yield
    finally:
        for number, action in before:
            signal.signal(number, action)


def _be_deaf() -> None:
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)


def _end(number: int, frame: object) -> NoReturn:
    del frame
    _be_deaf()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)
