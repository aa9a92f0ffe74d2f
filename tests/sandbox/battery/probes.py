"""The attacker: every probe in one table, each run in a forked child, one JSON line for each. Runs inside.

The host side sends the package's sources and the context as one argument (see host.bundle).
By hand: `python3 -m tests.sandbox.battery.probes CONTEXT.json`, from the top of the repository.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import traceback

from . import channels, environment, files, processes, surface, system, terminal, writes
from .kernel import DENIED, Context, Probe, Unsupported, Verdict, died, held, skipped

MAIN: tuple[Probe, ...] = (
    # The broad scan and the renaming come last: the others look for files where they were.
    environment.PROBES
    + channels.PROBES
    + processes.PROBES
    + surface.PROBES
    + system.PROBES
    + files.PROBES
    + writes.PROBES
)
TTY: tuple[Probe, ...] = terminal.PROBES
OUTSIDE: tuple[Probe, ...] = processes.OUTSIDE
PROBES: tuple[Probe, ...] = MAIN + TTY + OUTSIDE

MARK = "BATTERY "
TIMEOUT = 20


def attempt(probe: Probe, ctx: Context) -> Verdict:
    """Run one probe; a refusal that nobody caught is the wall speaking."""
    try:
        return probe.run(ctx)
    except Unsupported as error:
        return skipped(str(error))
    except OSError as error:
        if error.errno in DENIED or isinstance(error, TimeoutError):
            return held(os.strerror(error.errno) if error.errno else "timed out")
        return Verdict("error", f"{error}")
    except Exception:
        return Verdict("error", traceback.format_exc(limit=-2).replace("\n", " | "))


def isolated(probe: Probe, ctx: Context) -> Verdict:
    """Run the probe in a child: a filter may kill it, a trap may hang it."""
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
    """Print one marked line in one write: a terminal may carry other text too."""
    os.write(1, (MARK + json.dumps(line) + "\n").encode())


def run_all(probes: tuple[Probe, ...], ctx: Context) -> None:
    for probe in probes:
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


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        context = json.load(file)
    main(context)
