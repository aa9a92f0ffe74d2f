"""Touches: decoys, processes. The outside half: plants decoys, runs a launcher around the attacker, and judges."""

from __future__ import annotations

import os
import pwd
import secrets
import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from wrapify.sandbox.child import landlock_abi
from wrapify.selftest import launch, listeners, plant
from wrapify.selftest.attacks.attacker import MAIN, OUTSIDE, PROBES, TTY
from wrapify.selftest.attacks.kernel import Probe
from wrapify.selftest.outcome import Result

OWN = (".local/state/wrapify", ".local/share/wrapify", ".cache/wrapify", ".config/wrapify")
PATIENCE_S = 5.0
SCOPED = 6
"""The version of Landlock, of Linux 6.12, that keeps signals within a sandbox. Without it that is not promised."""
ALONE_S = 30.0
PLAIN = ("held", "leaked", "skipped")
"""What the result says already."""
PASSED = ("WRAPIFY_BWRAP",)
"""Variables that say how wrapify is to work here, and not what it is to hide."""


EVERY = frozenset(one.id for one in PROBES)


class Target(NamedTuple):
    """What is attacked: a launcher (the words before a command), for a user with a fresh, empty home.

    `python` is the interpreter that runs the attacks, as it is seen inside; `wanted` are the ids of attacks.
    """

    launcher: list[str]
    home: Path
    owner: plant.Owner
    python: str = "/usr/bin/python3"
    wanted: frozenset[str] = EVERY


Judgement = tuple[bool | None, str]
Told = tuple[dict[str, dict[str, str]], str]
"""The attacker's lines by attack, and what to say where one is missing."""
Judges = dict[str, Callable[[], Judgement]]


class Battery:
    """One launcher against the attacks, with everything that is planted for them."""

    def __init__(self, stack: ExitStack, target: Target) -> None:
        self.stack, self.target, self.owner = stack, target, target.owner
        self.ground = plant.make_ground(stack, target.home, owner=target.owner)
        self.token = self.ground.token
        self.context = self._plant()
        self.children = launch.Children()
        where = (self.ground.cwd, self._environment(), self._who())
        self.setting = launch.Setting(target.launcher, target.python, *where, self.children)
        self._listen()
        self.before = self._states()
        self.after = self.before
        self.left_behind = b""
        self.details: dict[str, str] = {}
        self.judges = self._judges()

    def _who(self) -> dict[str, Any]:
        if os.geteuid() == self.owner.uid:
            return {}
        return {"user": self.owner.uid, "group": self.owner.gid, "extra_groups": []}

    def _plant(self) -> launch.Context:
        decoys = plant.plant_trees(self.ground)
        self.writes = plant.plan_writes(self.ground)
        for path in self.writes.values():
            if self.token in path.name:
                self.stack.callback(_remove, path)
        planted = plant.plant_scratch(self.ground)
        planted["descriptor"] = planted["tmp"]
        self.env_markers = {name: plant.marker() for name in plant.ENVIRONMENT}
        context: launch.Context = {"token": self.token, "home": str(self.ground.home), "cwd": str(self.ground.cwd)}
        context |= {"secrets": decoys, "planted": planted, "env": self.env_markers, "gid": self.owner.gid}
        context["writes"] = {name: str(path) for name, path in self.writes.items()}
        context["wanted"] = sorted(self.target.wanted)
        return context | _identity() | {"key": f"{self.token}-key"}

    def _environment(self) -> dict[str, str]:
        scratch, home, user = self.ground.scratch, self.ground.home, _name(self.owner.uid)
        env = {"HOME": str(home), "USER": user, "LOGNAME": user, "SHELL": "/bin/sh", "LANG": "C.UTF-8"}
        env |= {"PATH": f"{home}/.local/bin:/usr/local/bin:/usr/bin:/bin", "TERM": "xterm-256color"}
        env |= {"XDG_RUNTIME_DIR": str(scratch.runtime), "DISPLAY": f":{self.token}", "WAYLAND_DISPLAY": "wayland-0"}
        env |= {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={scratch.desktop}/bus", "XAUTHORITY": f"{home}/.Xauthority"}
        env |= {"SSH_AUTH_SOCK": str(self.ground.scratch.tmp / "agent.1"), "SSH_AGENT_PID": "1"}
        env |= {"TMUX": f"/tmp/tmux-{self.owner.uid}/{self.token},1,0", "TMUX_PANE": "%0"}
        return env | {name: os.environ[name] for name in PASSED if name in os.environ} | self.env_markers

    def _listen(self) -> None:
        stack, word = self.stack, f"{self.token}-canary"
        self.ports = listeners.Ports(stack)
        self.canary = listeners.Canary(stack, word, env=self.setting.env, who=self.setting.who)
        self.other = listeners.OtherTerminal(stack, self.owner)
        self.context["sockets"] = listeners.open_sockets(stack, self.ground)
        plant.give(self.ground.home, self.owner)
        self.context |= {"ports": self.ports.numbers, "addresses": listeners.host_addresses()}
        self.context |= {"canary": self.canary.pid, "canary_word": word, "other_terminal": self.other.path}
        self.context["queue"] = listeners.open_queue(stack, self.token)
        self.context["shm_key"] = listeners.open_shared_memory(stack, secrets.randbits(30) | 1)

    def _states(self) -> dict[str, plant.State]:
        """Return what every judged place is like now."""
        home, elsewhere = self.ground.home, self.ground.scratch.elsewhere
        skip = tuple(home / path for path in OWN)
        states = {name: plant.state_of(path) for name, path in self.writes.items()}
        states["write-symlink"] = plant.state_of(elsewhere / "target.txt")
        states["write-dirlink"] = plant.state_of(elsewhere / "below")
        states["outside-home"] = plant.state_of(home, skip=(*skip, self.ground.cwd))
        states["outside-cwd"] = plant.state_of(self.ground.cwd)
        states["outside-elsewhere"] = plant.state_of(elsewhere)
        states["outside-mounts"] = {line: (0, "") for line in _mounts() if str(home) in line}
        return states

    def _judges(self) -> Judges:
        judges: Judges = {name: lambda name=name: self._unchanged(name) for name in self.before}  # type: ignore[misc]
        for name in ("udp4", "udp6"):
            judges[f"net-{name}"] = lambda name=name: _none(self.ports.received(name))  # type: ignore[misc]
        judges["proc-signal"] = lambda: self._unheard("SIGURG", "proc-signal")
        judges["proc-kill-all"] = lambda: self._unheard("SIGWINCH", "proc-kill-all")
        judges["tty-other"] = lambda: _none(self.other.shown())
        judges["tty-left-behind"] = lambda: _none(self.left_behind)
        return judges

    def _unheard(self, name: str, attack: str) -> Judgement:
        """Others of this user may signal everybody, too: only what this attack sent counts."""
        sender = self.details.get(attack, "").rpartition(" ")[2]
        return _none(self.canary.heard(name, sender=int(sender) if sender.isdigit() else 0))

    def _unchanged(self, name: str) -> Judgement:
        differing = plant.changes(self.before[name], self.after[name])
        return not differing, f"changed: {differing[:3]}" if differing else "the host's is unchanged"

    def _wanted(self, table: tuple[Probe, ...]) -> list[Probe]:
        return [probe for probe in table if probe.id in self.target.wanted]

    def reason(self) -> str:
        """Start an empty program; say why no sandbox can be had, "" if one can."""
        ended = launch.piped(self.setting, [*self.setting.launcher, "true"])
        return "" if ended.code == 0 else ended.errors or f"its exit status was {ended.code}"

    def run(self) -> list[Result]:
        """Make all wanted attacks; one result for each, in the order of the table."""
        inside, terminal, outside = self._wanted(MAIN), self._wanted(TTY), self._wanted(OUTSIDE)
        runs = dict(zip(OUTSIDE, (self._kill0, self._daemon, self._killed, self._hangup), strict=True))
        # At the same time: most of it is waiting.
        with ThreadPoolExecutor(2 + len(outside)) as pool:
            main = pool.submit(self._run_main if inside else _nothing)
            tty = pool.submit(self._run_tty if terminal else _nothing)
            others = [(probe, pool.submit(runs[probe])) for probe in outside]
            told = {tuple(inside): main.result(), tuple(terminal): tty.result()}
            judged = [Result(probe.id, probe.group, *other.result()) for probe, other in others]
        self.after = self._states()
        self.details = {name: line["detail"] for name, line in main.result()[0].items()}
        rows = [(probe, *one) for probes, one in told.items() for probe in probes]
        return [*(self._judge(probe, lines.get(probe.id), trouble=why) for probe, lines, why in rows), *judged]

    def _judge(self, probe: Probe, line: dict[str, str] | None, *, trouble: str) -> Result:
        if line is None:
            return Result(probe.id, probe.group, False, f"no report: {trouble}")
        status, detail = line["status"], line["detail"]
        judge = self.judges.get(probe.id)
        if judge is not None and status != "skipped":
            held, outside = judge()
            return Result(probe.id, probe.group, held is True and status != "error", f"{detail}; outside: {outside}")
        said = detail if status in PLAIN else f"{status}: {detail}"
        return Result(probe.id, probe.group, None if status == "skipped" else status == "held", said)

    def _mode(self, mode: str, **more: object) -> launch.Context:
        return self.context | {"mode": mode} | more

    def _run_main(self) -> Told:
        file = os.open(self.context["planted"]["tmp"]["path"], os.O_RDONLY)
        folder = os.open(self.ground.home, os.O_RDONLY | os.O_DIRECTORY)
        try:
            ended = launch.piped(self.setting, launch.outer(self.setting, self._mode("main")), fds=(file, folder))
        finally:
            os.close(file)
            os.close(folder)
        return {line["id"]: line for line in ended.lines}, f"status {ended.code}, {ended.errors[-300:]}"

    def _run_tty(self) -> Told:
        with launch.in_terminal(self.setting, self._mode("tty")) as terminal:
            terminal.read_until(b'"id": "end"')
            launch.poll(lambda: terminal.child.poll() is not None, PATIENCE_S)
            self.left_behind = terminal.left_behind()
            told = {line["id"]: line for line in launch.parse(terminal.output)}
            return told, terminal.output.decode(errors="replace")[-300:]

    def _kill0(self) -> Judgement:
        """The script that called the launcher must live, and the launcher must not die of the signal itself."""
        if landlock_abi() < SCOPED:
            return None, "before Linux 6.12 nothing keeps signals within a process group inside"
        ended = launch.piped(self.setting, launch.guarded(self.setting, self._mode("kill0")), timeout=ALONE_S)
        if not ended.lines:
            return False, f"no report: {ended.errors[-300:]}"
        _, mark, code = ended.output.partition(b"GUARD ")
        if not mark:
            return False, "the caller was killed"
        return int(code) >= 0, f"the caller lived, the launcher's status was {int(code)}"

    def _daemon(self) -> Judgement:
        word = f"{self.token}-daemon"
        argv = launch.outer(self.setting, self._mode("daemon", daemon_word=word))
        ended = launch.piped(self.setting, argv, timeout=ALONE_S)
        return self._gone(word) if ended.lines else (False, f"no report: {ended.errors[-300:]}")

    def _killed(self) -> Judgement:
        word = f"{self.token}-killed"
        with launch.lingering(self.setting, self._mode("linger", daemon_word=word)) as (child, text):
            if not launch.parse(text) or not launch.poll(lambda: bool(launch.processes_named(word)), PATIENCE_S):
                return False, "no report: the payload never came up"
            child.kill()
            child.wait()
            return self._gone(word)

    def _hangup(self) -> Judgement:
        word = f"{self.token}-hangup"
        with launch.in_terminal(self.setting, self._mode("linger", daemon_word=word)) as terminal:
            ready = terminal.read_until(b'"id": "ready"')
            if not ready or not launch.poll(lambda: bool(launch.processes_named(word)), PATIENCE_S):
                return False, f"no report: {terminal.output[-300:]!r}"
            terminal.hang_up()
            return self._gone(word)

    def _gone(self, word: str) -> Judgement:
        gone = launch.poll(lambda: not launch.processes_named(word), PATIENCE_S)
        left = launch.processes_named(word)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return gone, "nothing survived" if gone else f"{len(left)} processes survived"


def _nothing() -> Told:
    return {}, ""


def _none(sign: object) -> Judgement:
    return not sign, f"{sign!r} arrived" if sign else "nothing arrived"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _mounts() -> list[str]:
    return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()


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


def run_battery(target: Target) -> list[Result]:
    """Attack from inside, and take everything away again that was planted for it."""
    with ExitStack() as stack:
        return Battery(stack, target).run()


def count(results: list[Result]) -> str:
    """Say how many held."""
    made = [result for result in results if result.held is not None]
    skipped = len(results) - len(made)
    return f"held {sum(bool(result.held) for result in made)} of {len(made)} ({skipped} skipped)"
