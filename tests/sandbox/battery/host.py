"""The outside half: plant decoys, run a launcher around the attacker, judge. Runs outside.

By hand, as root for an ordinary user or as that user:
    python3 -m tests.sandbox.battery.host --user NAME -- bwrap --ro-bind / / --dev /dev --proc /proc
"""

from __future__ import annotations

import argparse
import os
import pwd
import secrets
import shutil
import signal
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from . import launch, listeners, plant
from .probes import MAIN, OUTSIDE, PROBES, TTY

OWN = (".local/state/wrapify", ".local/share/wrapify", ".cache/wrapify", ".config/wrapify")
PATIENCE = 3.0


class Result(NamedTuple):
    """What came of one probe; `held` is None when it could not be made here."""

    id: str
    group: str
    held: bool | None
    detail: str


Judgement = tuple[bool, str]
Judges = dict[str, Callable[[], Judgement]]


class Battery:
    """One launcher against all probes, with everything that is planted for it."""

    def __init__(self, stack: ExitStack, launcher: list[str], home: Path, owner: plant.Owner, python: str) -> None:
        self.stack, self.home, self.owner, self.token = stack, home, owner, f"wb{secrets.token_hex(5)}"
        self.cwd = home / "project"
        self.scratch = plant.make_scratch(stack, self.token, owner)
        self.context = self._plant()
        self.setting = launch.Setting(launcher, python, self.cwd, self._environment(), self._who())
        self._listen(python)
        self.before = self._states()
        self.judges = self._judges()

    def _who(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.owner.uid, "group": self.owner.gid, "extra_groups": []}

    def _plant(self) -> launch.Context:
        self.cwd.mkdir(exist_ok=True)
        decoys = plant.plant_trees(self.home, self.cwd)
        self.writes = plant.plan_writes(self.home, self.cwd, self.scratch, self.token)
        for path in self.writes.values():
            if self.token in path.name:
                self.stack.callback(_remove, path)
        planted = plant.plant_scratch(self.scratch, self.owner)
        planted["descriptor"] = planted["tmp"]
        self.env_markers = {name: plant.marker() for name in plant.ENVIRONMENT}
        context: launch.Context = {"token": self.token, "home": str(self.home), "cwd": str(self.cwd)}
        context |= {"secrets": decoys, "planted": planted, "env": self.env_markers, "gid": self.owner.gid}
        context["writes"] = {name: str(path) for name, path in self.writes.items()}
        return context | _identity() | {"key": f"{self.token}-key"}

    def _environment(self) -> dict[str, str]:
        runtime, user = self.scratch.runtime, pwd.getpwuid(self.owner.uid).pw_name
        env = {"HOME": str(self.home), "USER": user, "LOGNAME": user, "SHELL": "/bin/bash", "LANG": "C.UTF-8"}
        env |= {"PATH": f"{self.home}/.local/bin:/usr/local/bin:/usr/bin:/bin", "TERM": "xterm-256color"}
        env |= {"XDG_RUNTIME_DIR": str(runtime), "DISPLAY": f":{self.token}", "WAYLAND_DISPLAY": "wayland-0"}
        env |= {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={runtime}/bus", "XAUTHORITY": f"{self.home}/.Xauthority"}
        env |= {"SSH_AUTH_SOCK": str(self.scratch.tmp / "agent.1"), "SSH_AGENT_PID": "1"}
        env |= {"TMUX": f"/tmp/tmux-{self.owner.uid}/{self.token},1,0", "TMUX_PANE": "%0"}
        return env | self.env_markers

    def _listen(self, python: str) -> None:
        stack, word = self.stack, f"{self.token}-canary"
        self.ports = listeners.Ports(stack)
        self.canary = listeners.Canary(stack, python, word, self.setting.env, self.setting.who)
        self.other = listeners.OtherTerminal(stack, self.owner)
        self.context["sockets"] = listeners.open_sockets(
            stack, self.home, self.cwd, self.scratch, token=self.token, owner=self.owner
        )
        plant.give(self.home, self.owner)
        self.context |= {"ports": self.ports.numbers, "addresses": listeners.host_addresses()}
        self.context |= {"canary": self.canary.pid, "canary_word": word, "other_terminal": self.other.path}
        self.context["queue"] = listeners.open_queue(stack, self.token)
        self.context["shm_key"] = listeners.open_shared_memory(stack, secrets.randbits(30) | 1)

    def _states(self) -> dict[str, plant.State]:
        """Return what every judged place is like now."""
        skip = tuple(self.home / path for path in OWN)
        states = {name: plant.state_of(path) for name, path in self.writes.items()}
        states["write-symlink"] = plant.state_of(self.scratch.elsewhere / "target.txt")
        states["write-dirlink"] = plant.state_of(self.scratch.elsewhere / "below")
        states["outside-home"] = plant.state_of(self.home, (*skip, self.cwd))
        states["outside-cwd"] = plant.state_of(self.cwd)
        states["outside-elsewhere"] = plant.state_of(self.scratch.elsewhere)
        states["outside-mounts"] = {line: (0, "") for line in _mounts() if str(self.home) in line}
        return states

    def _judges(self) -> Judges:
        judges: Judges = {name: lambda name=name: self._unchanged(name) for name in self.before}  # type: ignore[misc]
        for name in ("udp4", "udp6"):
            judges[f"net-{name}"] = lambda name=name: _none(self.ports.received(name))  # type: ignore[misc]
        judges["proc-signal"] = lambda: _none(self.canary.heard("SIGURG"))
        judges["proc-kill-all"] = lambda: _none(self.canary.heard("SIGWINCH"))
        judges["tty-other"] = lambda: _none(self.other.shown())
        judges["tty-left-behind"] = lambda: _none(self.left_behind)
        return judges

    def _unchanged(self, name: str) -> Judgement:
        differing = plant.changes(self.before[name], self.after[name])
        return not differing, f"changed: {differing[:3]}" if differing else "the host's is unchanged"

    def run(self) -> list[Result]:
        """Run everything; one result for each probe, in the order of the table."""
        lines, trouble = self._run_main()
        tty_lines, tty_trouble = self._run_tty()
        self.after = self._states()
        told = {line["id"]: line for line in lines + tty_lines}
        inside = [self._judge(probe, told.get(probe.id), trouble) for probe in MAIN]
        inside += [self._judge(probe, told.get(probe.id), tty_trouble) for probe in TTY]
        runs = (self._kill0, self._daemon, self._killed, self._hangup)
        groups = zip(OUTSIDE, runs, strict=True)
        return inside + [Result(probe.id, probe.group, *run()) for probe, run in groups]

    def _judge(self, probe: Any, line: dict[str, str] | None, trouble: str) -> Result:
        if line is None:
            return Result(probe.id, probe.group, False, f"no report: {trouble}")
        status, detail = line["status"], line["detail"]
        judge = self.judges.get(probe.id)
        if judge is not None and status != "skipped":
            held, outside = judge()
            return Result(probe.id, probe.group, held and status != "error", f"{detail}; outside: {outside}")
        return Result(probe.id, probe.group, None if status == "skipped" else status == "held", f"{status}: {detail}")

    def _mode(self, mode: str, **more: object) -> launch.Context:
        return self.context | {"mode": mode} | more

    def _run_main(self) -> tuple[launch.Lines, str]:
        file = os.open(self.context["planted"]["tmp"]["path"], os.O_RDONLY)
        folder = os.open(self.home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            ended = launch.piped(self.setting, launch.outer(self.setting, self._mode("main")), (file, folder))
        finally:
            os.close(file)
            os.close(folder)
        return ended.lines, f"status {ended.code}, {ended.errors.strip()[-300:]}"

    def _run_tty(self) -> tuple[launch.Lines, str]:
        with launch.in_terminal(self.setting, self._mode("tty")) as terminal:
            terminal.read_until(b'"id": "end"')
            launch.poll(lambda: terminal.child.poll() is not None, PATIENCE)
            self.left_behind = terminal.left_behind()
            return launch.parse(terminal.output), terminal.output.decode(errors="replace")[-300:]

    def _kill0(self) -> Judgement:
        """The script that called the launcher must live, and the launcher must not die of the signal itself."""
        argv = ["/usr/bin/python3", "-I", "-c", launch.GUARD, *launch.attacker(self.setting, self._mode("kill0"))]
        ended = launch.piped(self.setting, argv, timeout=30)
        if not ended.lines:
            return False, f"no report: {ended.errors.strip()[-300:]}"
        _, mark, code = ended.output.partition(b"GUARD ")
        if not mark:
            return False, "the caller was killed"
        return int(code) >= 0, f"the caller lived, the launcher's status was {int(code)}"

    def _daemon(self) -> Judgement:
        word = f"{self.token}-daemon"
        ended = launch.piped(self.setting, launch.outer(self.setting, self._mode("daemon", daemon_word=word)))
        return self._gone(word) if ended.lines else (False, f"no report: {ended.errors.strip()[-300:]}")

    def _killed(self) -> Judgement:
        word = f"{self.token}-killed"
        with launch.lingering(self.setting, self._mode("linger", daemon_word=word)) as (child, text):
            if not launch.parse(text) or not launch.poll(lambda: bool(launch.processes_named(word)), PATIENCE):
                return False, "no report: the payload never came up"
            child.kill()
            child.wait()
            return self._gone(word)

    def _hangup(self) -> Judgement:
        word = f"{self.token}-hangup"
        with launch.in_terminal(self.setting, self._mode("linger", daemon_word=word)) as terminal:
            ready = terminal.read_until(b'"id": "ready"')
            if not ready or not launch.poll(lambda: bool(launch.processes_named(word)), PATIENCE):
                return False, f"no report: {terminal.output[-300:]!r}"
            terminal.hang_up()
            return self._gone(word)

    def _gone(self, word: str) -> Judgement:
        gone = launch.poll(lambda: not launch.processes_named(word), PATIENCE)
        left = launch.processes_named(word)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return gone, "nothing survived" if gone else f"{len(left)} processes survived"


def _none(sign: object) -> Judgement:
    return not sign, f"{sign!r} arrived" if sign else "nothing arrived"


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()


def _identity() -> dict[str, Any]:
    """Return what tells this host from others."""
    macs = [path.read_text(encoding="ascii").strip() for path in Path("/sys/class/net").glob("*/address")]
    machine = Path("/etc/machine-id")
    kinds = ("user", "mnt", "pid", "ipc", "uts", "cgroup", "net")
    return {
        "macs": [mac for mac in macs if mac.strip("0:")],
        "machine_id": machine.read_text(encoding="ascii").strip() if machine.exists() else "",
        "hostname": socket.gethostname(),
        "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in kinds},
    }


def run_battery(
    launcher: list[str], home: Path, *, uid: int, gid: int, python: str = "/usr/bin/python3"
) -> list[Result]:
    """Attack `launcher` (a command prefix) from inside; `home` is a fresh, empty home of that user."""
    with ExitStack() as stack:
        return Battery(stack, launcher, home, plant.Owner(uid, gid), python).run()


def count(results: list[Result]) -> str:
    """Say how many held, by group too."""
    made = [result for result in results if result.held is not None]
    total, good = Counter(r.group for r in made), Counter(r.group for r in made if r.held)
    groups = ", ".join(f"{group} {good[group]}/{total[group]}" for group in total)
    skipped = len(results) - len(made)
    return f"held {sum(good.values())} of {len(made)} ({skipped} skipped): {groups}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--user", default=pwd.getpwuid(os.getuid()).pw_name)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("launcher", nargs="+")
    options = parser.parse_args()
    user = pwd.getpwnam(options.user)
    home = Path(tempfile.mkdtemp(prefix="battery-home-", dir="/var/tmp"))
    try:
        plant.give(home, plant.Owner(user.pw_uid, user.pw_gid))
        results = run_battery(options.launcher, home, uid=user.pw_uid, gid=user.pw_gid, python=options.python)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    assert [result.id for result in results] == [probe.id for probe in PROBES]
    for result in results:
        word = {True: "held  ", False: "LEAKED", None: "skip  "}[result.held]
        print(f"{word} {result.group:11} {result.id:24} {result.detail}")
    print(count(results))
    return 0 if all(result.held is not False for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
