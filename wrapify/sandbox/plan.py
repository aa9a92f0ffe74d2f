"""Pure. From policy, profile, machine and wishes to one SandboxSpec."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wrapify.errors import UsageError
from wrapify.host import Machine
from wrapify.policy.model import Policy
from wrapify.sandbox import secrets, system, view
from wrapify.sandbox.apart import Apart, lay, tools
from wrapify.sandbox.internet import PROXY_PORT
from wrapify.sandbox.mounts import Bind, Mount, Overlay, RoBind, RoOverlay, Tmpfs
from wrapify.sandbox.spec import Facts, Limits, Network, SandboxSpec, Situation
from wrapify.sandbox.trees import Trees

SHARED = ("/", "/tmp", "/var/tmp", "/dev", "/dev/shm", "/proc", "/sys", "/run", "/home", "/var", "/mnt", "/media")
"""Never treated as a working directory of their own: shared by all users, or not files at all."""
KERNELS = ("/proc", "/sys", "/dev")
"""What lies below them is no file to work on."""
THERE = ("/", "/tmp", "/dev", "/dev/shm", "/proc", "/run", "/var")
"""Those of them that every sandbox has, with a content of its own."""


WEAKENING = (
    *("--bind", "--bind-try", "--bind-fd", "--dev-bind", "--dev-bind-try", "--overlay", "--share-net", "--cap-add"),
    *("--userns", "--userns2", "--pidns", "--seccomp", "--add-seccomp-fd", "--uid", "--gid"),
)
"""Options of bwrap that can take away what the profile promises."""


def plan(machine: Machine, situation: Situation) -> SandboxSpec:
    """Decide everything about one sandbox. Same answers, same spec."""
    person, wish = situation.person, situation.wish
    home, links = view.links_on(machine, person.home)
    hidden = _hidden(machine, situation, home=home)
    trees = Trees(machine, person.runtime, hidden.paths)
    root = system.add(trees, situation, home=home)
    listed = tuple(path for path in situation.view.read_only if not view.covered(path, root.bases))
    _plan_home(trees, situation, home=home)
    inside = _plan_cwd(trees, situation, home=home)
    apart = Apart(machine, home)
    if _home_mode(situation) == "part":
        _plan_part(trees, situation, apart=apart)
    shown = (*listed, *(it.dest for it in trees.mounts if isinstance(it, (RoBind, Bind, Overlay, RoOverlay))))
    mounts = (
        *view.system(machine, listed, shown=root.bases),
        *(() if root.bases else view.instead(machine, situation.view.hosts, of="/etc/hosts")),
        *_resolver(machine, situation),
        *root.private(view.private(machine, person.uid, tmp_size=situation.policy.number("limits.tmp_size"))),
        *(link for link in links if not view.covered(link.dest, listed)),
        *trees.mounts,
        *_wished(machine, situation, shown=shown),
    )
    recorded = tuple(layer.dest for layer in trees.layers)
    return SandboxSpec(
        mounts=(*mounts, *secrets.covers(machine, mounts, hidden=hidden.paths)),
        layers=tuple(trees.layers),
        masks=tuple(trees.masks),
        passed=(*situation.view.environment, *(item for item in wish.env if "=" not in item)),
        fixed=_fixed_environment(situation),
        chdir=person.cwd if inside else person.home,
        uid=0 if root.bases else person.uid,
        gid=0 if root.bases else person.gid,
        limits=_limits(situation.policy, situation.facts),
        extra=wish.extra,
        hidden=tuple(sorted(hidden.existing)),
        masked=secrets.outermost(path for path in (*hidden.paths, *root.aside) if view.covered(path, recorded)),
        status=(*root.status, *_status(situation, trees, hidden=len(hidden.existing))),
        notes=(*_notes(situation, trees, inside=inside), *_left_out(apart)),
        network=situation.network,
        skeletons=root.skeletons,
        of_root=root.layers,
    )


def _resolver(machine: Machine, situation: Situation) -> Iterator[Mount]:
    """Name the resolver that the carrier of the internet is: this machine's own is out of reach."""
    if situation.network.kind == "internet":
        yield from view.instead(machine, situation.view.resolver, of="/etc/resolv.conf")


def _hidden(machine: Machine, situation: Situation, *, home: str) -> secrets.Hidden:
    person, wish = situation.person, situation.wish
    found = secrets.hidden(machine, situation.view, home=home, cwd=person.cwd)
    for path in wish.hide:
        found.add(machine.real(path))
        if view.below(home, machine.real(path)):
            raise UsageError("the home directory cannot be hidden", "--home private gives an empty one")
    for path in (*wish.ro, *wish.rw):
        # A path the user names is shown; what lies below it stays hidden unless it is named itself.
        found.discard(machine.real(path))
    system.hide(found, situation, home=home)
    # After them, so that nothing shows the boxes of other runs.
    found.paths.update(machine.real(path) for path in person.private)
    return found


def _home_mode(situation: Situation) -> str:
    if situation.person.dropped:
        return "private"
    mode = situation.wish.home or situation.profile.home
    # Without overlays nothing could be written to it.
    return "private" if mode == "part" and situation.facts.route == "none" else mode


def _shows_home(situation: Situation) -> bool:
    return _home_mode(situation) not in ("private", "part")


def _plan_home(trees: Trees, situation: Situation, *, home: str) -> None:
    mode = _home_mode(situation)
    if mode == "private":
        trees.mounts.append(Tmpfs(home, situation.policy.number("limits.tmp_size"), 0o700))
    elif mode == "part":
        return  # Last, when it is known what lies in it.
    elif mode == "cow" and situation.facts.route != "none":
        trees.copy_on_write(home)
    else:
        trees.read_only(home, overlays=situation.facts.route == "bwrap")


def _plan_part(trees: Trees, situation: Situation, *, apart: Apart) -> None:
    """Show of the home what may be seen where there is the network."""
    view, machine = situation.view, trees.machine
    trees.mounts.extend(tools(machine, apart.home, listed=view.tools, path=situation.person.tools))
    apart.take(view.start_up, hidden=tuple(trees.hidden))
    lay(trees, apart, points=(*trees.mounts, *_wished(machine, situation, shown=())))


def _left_out(apart: Apart) -> Iterator[str]:
    if apart.left_out:
        names = ", ".join(f"~/{path}" for path in apart.left_out)
        yield f"{names} cannot be shown: something in it looks like a secret, or it cannot be read"


def _plan_cwd(trees: Trees, situation: Situation, *, home: str) -> bool:
    """Add the working directory where it has a view of its own; tell whether it can be entered inside."""
    cwd, shows_home = situation.person.cwd, _shows_home(situation)
    if view.covered(cwd, tuple(trees.hidden)):
        return False
    if view.below(cwd, home) and shows_home and (situation.wish.home != "real-ro" or cwd == home):
        return True
    if situation.profile.cwd == "hidden" or view.below(home, cwd) or cwd in SHARED:
        return view.below(home, cwd) or cwd in THERE
    # A tree of root's that the home lies in does not show what lies in the home.
    # Nor does one show what lies in /var/tmp, which is private as /tmp is.
    apart = view.below(cwd, home) or view.below(cwd, system.SCRATCH)
    copied = () if apart else tuple(layer.dest for layer in trees.layers)
    listed = (*situation.view.read_only, *copied)
    if view.covered(cwd, listed) or any(view.below(path, cwd) for path in listed):
        return True
    if view.covered(cwd, KERNELS):
        return False
    if not trees.machine.reachable(cwd):
        return False
    if situation.facts.route == "none":
        trees.read_only(cwd, overlays=False)
    else:
        trees.copy_on_write(cwd)
    return True


def _wished(machine: Machine, situation: Situation, *, shown: tuple[str, ...]) -> Iterator[Mount]:
    """Show what the command line names. What is hidden below it is covered with everything else."""
    for kind, paths in ((RoBind, situation.wish.ro), (Bind, situation.wish.rw)):
        for path in paths:
            real, links = view.links_on(machine, path)
            yield from (link for link in links if not view.covered(link.dest, shown))
            yield kind(real, real)


def _fixed_environment(situation: Situation) -> tuple[tuple[str, str], ...]:
    person = situation.person
    pairs = [tuple(item.split("=", 1)) for item in situation.wish.env if "=" in item]
    dropped = [("USER", "nobody"), ("LOGNAME", "nobody")] if person.dropped else []
    return (
        ("HOME", person.home),
        ("XDG_RUNTIME_DIR", f"/run/user/{person.uid}"),
        ("WRAPIFY_SANDBOX", situation.profile.name),
        *dropped,
        *(_PROXIED if situation.network.kind == "domains" else ()),
        *((name, value) for name, value in pairs),
    )


_PROXY = f"http://127.0.0.1:{PROXY_PORT}"
_PROXIED = (
    *(("http_proxy", _PROXY), ("https_proxy", _PROXY), ("all_proxy", _PROXY), ("no_proxy", "localhost,127.0.0.1,::1")),
    *(("HTTP_PROXY", _PROXY), ("HTTPS_PROXY", _PROXY), ("ALL_PROXY", _PROXY), ("NO_PROXY", "localhost,127.0.0.1,::1")),
)
"""What tells programs of a proxy; some read the small letters, some the large ones."""


def _limits(policy: Policy, facts: Facts) -> Limits:
    return Limits(
        processes=policy.number("limits.processes"),
        open_files=policy.number("limits.open_files"),
        file_size=policy.number("limits.file_size"),
        written=policy.number("limits.written"),
        memory=facts.memory * min(policy.number("limits.memory_percent"), 100) // 100,
    )


def _status(situation: Situation, trees: Trees, *, hidden: int) -> tuple[str, ...]:
    """Say in a few words what the sandbox sees: files, network, secrets."""
    words = {
        "cow": "your home, copy-on-write" if situation.facts.route != "none" else "your home, read-only",
        "private": "an empty home",
        "part": "no home but start-up files and tools",
        "real-ro": "your home, read-only",
    }
    parts = [words[_home_mode(situation)]]
    extra = [layer.dest for layer in trees.layers if layer.dest == situation.person.cwd]
    if extra and extra[0] != situation.person.home:
        parts.append("this directory, copy-on-write")
    parts.extend(f"{path} for real" for path in situation.wish.rw)
    parts.append(_reached(situation.network, shows_home=_shows_home(situation)))
    if hidden and _shows_home(situation):
        parts.append(f"{hidden} secret{'s' * (hidden > 1)} hidden")
    return tuple(parts)


def _reached(network: Network, *, shows_home: bool) -> str:
    """Say what can be reached over the network, and that files can leave by it where some of this user's are seen."""
    words = {
        "none": "no network",
        "internet": "internet, nothing local",
        "domains": f"only {', '.join(network.domains)}",
        "host": "THIS MACHINE'S OWN NETWORK, its local services too",
    }
    parts = [words[network.kind]]
    parts.extend(f"port {port} reached from this machine" for port in network.ports)
    parts.extend(f"port {port} of this machine" for port in network.host_ports)
    leaves = network.kind != "none" or network.host_ports
    return ", ".join(parts) + (": what it reads it can send" if leaves and shows_home else "")


def _notes(situation: Situation, trees: Trees, *, inside: bool) -> Iterator[str]:
    """Say what is not as the profile promises, or not enforced on this machine."""
    facts = situation.facts
    if facts.route == "none" and situation.profile.record:
        yield f"copy-on-write is not possible here ({facts.why_not}): files are read-only, writing to them fails"
    elif facts.upper == "memory" and trees.layers:
        yield f"changes are kept in memory, until the next restart ({facts.why_not})"
    if situation.person.dropped:
        yield "started by root: it runs as nobody, with an empty home, and reads only what everybody may read"
    if situation.person.cwd in ("/tmp", "/var/tmp", "/dev/shm", "/run"):
        yield f"{situation.person.cwd} is private inside: the real one is not seen, and what is written there is lost"
    if not inside and _shows_home(situation):
        yield f"{posixpath.basename(situation.person.cwd) or '/'} cannot be shown: it starts in the home directory"
    weak = [word for word in situation.wish.extra if word in WEAKENING]
    if weak:
        yield f"--bwrap-args makes it weaker: {' '.join(weak)}"
    if situation.network.missing:
        yield f"it seems to need the network, and there is none: {situation.network.missing}"
    if situation.network.kind == "host" and facts.landlock < 6:
        yield "abstract sockets of this machine can be reached (kernel before 6.12)"
    if not facts.signals:
        yield "Ctrl-C ends the sandbox at once: there is no GNU env, perl or python3 to hand it on"
    if facts.landlock < 6:
        yield "a program inside can signal its own launcher (kernel before 6.12)"
