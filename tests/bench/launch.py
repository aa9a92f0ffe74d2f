"""How long from start to exit of `true`: bare bwrap with the same mounts, wrapify, firejail. Prints a Markdown table.

Run it with the Python of a venv that has wrapify installed, as root (it then measures as the test user) or as an
ordinary user. The contestants take turns, and the ratio is the median of the ratios within one turn: what else the
machine does hits all of them alike. Times are milliseconds.
"""

from __future__ import annotations

import os
import platform
import pwd
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

TURNS = int(os.environ.get("TURNS", "60"))
WRAPIFY = Path(sys.executable).parent / "wrapify"
TEST_USER = "wrapify-test"
BASE = "bare bwrap, mounts of offline"
OURS = "wrapify run, offline, recorded"


def become_ordinary() -> None:
    """Stop being root: root's sandboxes start differently."""
    if os.getuid() == 0:
        try:
            entry = pwd.getpwnam(TEST_USER)
        except KeyError:
            subprocess.run(["useradd", "--create-home", TEST_USER], check=True)
            entry = pwd.getpwnam(TEST_USER)
        os.setgroups([])
        os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
        os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
        os.environ["HOME"] = entry.pw_dir
    os.environ.pop("XDG_RUNTIME_DIR", None)
    os.chdir(os.environ["HOME"])


def recipe(profile: str) -> dict[str, object]:
    """Plan what `wrapify run` would start."""
    from wrapify.cli import options
    from wrapify.place import here
    from wrapify.session import find_recipe

    return dict(find_recipe(options.parse("run", ["-p", profile, "true"]), here()))


def options_of(profile: str, store: str) -> list[bytes]:
    """Give bwrap's options of a profile, with its layers in `store`."""
    for name in ("u0", "w0", "u1", "w1"):
        os.makedirs(f"{store}/{name}", exist_ok=True)
    words = bytes(recipe(profile)["args"]).split(b"\0")[:-1]  # type: ignore[call-overload]
    return [word.replace(b"@box@/", store.encode() + b"/") for word in words]


def without_secrets_layer(words: list[bytes]) -> list[bytes]:
    """Leave out the lower layer of whiteouts: what is left shows the same home with nothing hidden."""
    dropped = {at + more for at, word in enumerate(words) if b"/masks/" in word for more in (-1, 0)}
    return [word for at, word in enumerate(words) if at not in dropped]


def bare(words: list[bytes], store: str, *, profile: str) -> Callable[[], float]:
    """Start bwrap itself with the mounts, namespaces and filter of a profile, and nothing around it."""
    plan = recipe(profile)
    args = Path(tempfile.mkstemp(dir=store)[1])
    args.write_bytes(b"".join(word + b"\0" for word in words))
    seccomp = Path(store, "filter")
    seccomp.write_bytes(bytes(plan["seccomp"]))  # type: ignore[call-overload]

    def start() -> float:
        held = [os.open(path, os.O_RDONLY) for path in (args, seccomp)]
        for descriptor in held:
            os.set_inheritable(descriptor, True)
        took = timed([str(plan["bwrap"]), "--args", str(held[0]), "--seccomp", str(held[1]), "--", "/bin/true"])
        for descriptor in held:
            os.close(descriptor)
        return took

    return start


def timed(words: list[str]) -> float:
    """Start a program, wait for its end, and give the milliseconds it took."""
    quiet = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_WRONLY, 0) for number in (1, 2)]
    started = time.perf_counter()
    _, status = os.waitpid(os.posix_spawn(words[0], words, os.environ, file_actions=quiet), 0)
    took = (time.perf_counter() - started) * 1000
    if status:
        raise SystemExit(f"{' '.join(words)} ended with {status}")
    return took


def program(*words: str) -> Callable[[], float]:
    return lambda: timed(list(words))


def forgetful(*words: str) -> Callable[[], float]:
    """Start a program that finds no kept plan, in a cache of its own so that the others keep theirs."""
    cache = Path(os.environ["HOME"], ".cache/bench")

    def start() -> float:
        shutil.rmtree(cache / "wrapify/plans", ignore_errors=True)
        return timed(["/usr/bin/env", f"XDG_CACHE_HOME={cache}", *words])

    return start


def contestants(store: str) -> dict[str, Callable[[], float]]:
    offline, sealed = options_of("offline", store), options_of("sealed", store)
    found = {
        BASE: bare(offline, store, profile="offline"),
        "the same, no layer that hides secrets": bare(without_secrets_layer(offline), store, profile="offline"),
        OURS: program(str(WRAPIFY), "run", "-p", "offline", "true"),
        "the same, planned anew": forgetful(str(WRAPIFY), "run", "-p", "offline", "true"),
        "wrapify run --root, offline, recorded": program(str(WRAPIFY), "run", "-p", "offline", "--root", "true"),
        "bare bwrap, mounts of sealed": bare(sealed, store, profile="sealed"),
        "wrapify run, sealed": program(str(WRAPIFY), "run", "-p", "sealed", "true"),
        "python3 -IS -c pass": program(sys.executable, "-IS", "-c", "pass"),
    }
    found |= networks()
    if firejail := shutil.which("firejail"):
        found["firejail"] = program(firejail, "--quiet", "true")
        found["firejail --noprofile"] = program(firejail, "--quiet", "--noprofile", "true")
    return found


def networks() -> dict[str, Callable[[], float]]:
    """Give the runs with a network, by each carrier that is here, in a home of its own for each policy."""
    run = (str(WRAPIFY), "run", "-p", "offline")
    found = {"wrapify run, --allow": program(*run, "--allow", "example.com", "true")}
    for carrier in ("slirp4netns", "pasta") if os.access("/dev/net/tun", os.W_OK) else ():
        config = Path(os.environ["HOME"], f".config/bench-{carrier}")
        (config / "wrapify").mkdir(parents=True, exist_ok=True)
        (config / "wrapify/policy.toml").write_text(f'[network]\ncarrier = "{carrier}"\n')
        if shutil.which(carrier):
            words = ("/usr/bin/env", f"XDG_CONFIG_HOME={config}", *run, "--net", "internet", "true")
            found[f"wrapify run, --net internet, {carrier}"] = program(*words)
    return found


def main() -> None:
    become_ordinary()
    # A process that has changed its user cannot try a sandbox, and would note that none is possible here.
    for root in ((), ("--root",)):
        subprocess.run([str(WRAPIFY), "run", "-q", "-p", "offline", *root, "true"], check=True)
    plan = recipe("offline")
    print(f"bwrap: {plan['bwrap']}")
    if plan["overlays"]:
        print("This bwrap has no --overlay: in the bare one a bind mount stands in for it.")
    with tempfile.TemporaryDirectory(dir=os.environ["HOME"], ignore_cleanup_errors=True) as store:
        runs = contestants(store)
        times: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(-3, TURNS):
            order = list(runs) if turn % 2 else list(reversed(runs))
            for name in order:
                took = runs[name]()
                if turn >= 0:
                    times[name].append(took)
        for work in Path(store).glob("w*/work"):
            work.chmod(0o700)
    report(times)


def report(times: dict[str, list[float]]) -> None:
    base, ours = times[BASE], times[OURS]
    print(f"{TURNS} turns, {platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("| start to exit of `true` | min | median | p90 | ratio to bare offline | more than wrapify offline |")
    print("|---|---|---|---|---|---|")
    for name, taken in times.items():
        ratio = statistics.median(mine / other for mine, other in zip(taken, base, strict=True))
        more = statistics.median(mine - other for mine, other in zip(taken, ours, strict=True))
        p90 = statistics.quantiles(taken, n=10)[-1]
        print(f"| {name} | {min(taken):.1f} | {statistics.median(taken):.1f} | {p90:.1f} | {ratio:.2f} | {more:+.1f} |")


if __name__ == "__main__":
    main()
