"""Touches: processes, inside a sandbox. The attacker: makes attack after attack, each in a child of its own.

The side outside sends the sources of this package and what to attack as one argument (source: `launch.bundle`), and
reads a line of JSON for each attack.
"""

from __future__ import annotations

import json
import os
import select
import signal
import traceback

from . import calls, channels, environment, files, internet, processes, surface, system, terminal, writes
from .kernel import DENIED, Context, Probe, Unsupported, Verdict, died, held, skipped

MAIN: tuple[Probe, ...] = (
    # The broad scan and the renaming come last: the others look for files where they were.
    environment.PROBES
    + channels.PROBES
    + internet.PROBES
    + processes.PROBES
    + surface.PROBES
    + calls.PROBES
    + system.PROBES
    + files.PROBES
    + writes.PROBES
)
TTY: tuple[Probe, ...] = terminal.PROBES
OUTSIDE: tuple[Probe, ...] = processes.OUTSIDE
PROBES: tuple[Probe, ...] = MAIN + TTY + OUTSIDE

OUTPUT = 1
MARK = "BATTERY "
TIMEOUT = 20


def attempt(probe: Probe, ctx: Context) -> Verdict:
    """Make one attack; a refusal that nobody caught is the wall speaking."""
    try:
        return probe.run(ctx)
    except Unsupported as error:
        return skipped(str(error))
    except OSError as error:
        if error.errno in DENIED or isinstance(error, TimeoutError):
            return held(os.strerror(error.errno) if error.errno else "timed out")
        return Verdict("error", f"{error}")
    except Exception:  # A mistake of the attack, which is told and is no wall that held.
        return Verdict("error", traceback.format_exc(limit=-2).replace("\n", " | "))


def isolated(probe: Probe, ctx: Context) -> Verdict:
    """Make the attack in a child: a filter may kill it, a trap may hang it."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os.write(writing, json.dumps(attempt(probe, ctx)).encode() + b"\n")
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], TIMEOUT)
    line = os.read(reading, 65536) if ready else b""
    os.close(reading)
    if not ready:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return Verdict(*json.loads(line)) if line else died(status)


def say(**line: object) -> None:
    """Tell one marked line in one write: a terminal may carry other text too."""
    os.write(OUTPUT, (MARK + json.dumps(line) + "\n").encode())


def run_all(probes: tuple[Probe, ...], ctx: Context) -> None:
    """Make the wanted ones of these attacks, and tell of each."""
    for probe in probes:
        if probe.id in ctx["wanted"]:
            verdict = isolated(probe, ctx)
            say(id=probe.id, status=verdict.status, detail=verdict.detail[:300])
    say(id="end", status="tried", detail="")


def main(ctx: Context) -> None:
    """Do what `ctx["mode"]` says."""
    ctx["descriptors"] = environment.open_descriptors()
    mode = ctx.get("mode", "main")
    if mode in ("main", "tty"):
        return run_all(MAIN if mode == "main" else TTY, ctx)
    payloads = {"kill0": processes.strike_group, "daemon": processes.leave_daemon, "linger": processes.linger}
    if mode == "kill0":
        say(id="ready", status="tried", detail="")
    payloads[mode](ctx)
    say(id="ready", status="tried", detail="")
    if mode == "linger":
        processes.stay(ctx)
    return None
