"""How long looking at and applying many changes takes: `find` and `wrapify diff`, `cp -a` and `wrapify apply`.

Run it as launch.py. A box with COUNT small new files in directories of 100 is made by hand, without a sandbox. The
contestants take turns; times are seconds, memory is the largest resident size in MiB.

Nothing is deleted before the end, and undo, which deletes, comes last: ext4 is slow to make files for five minutes
after as many were deleted (it uses no inode again so soon), whoever makes them. So wait as long before another run.
"""

from __future__ import annotations

import os
import platform
import pwd
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

COUNT = int(os.environ.get("COUNT", "100000"))
TURNS = int(os.environ.get("TURNS", "3"))
WRAPIFY = Path(sys.executable).parent / "wrapify"
LOOKS = ("find", "wrapify diff, first line", "wrapify diff, all")
TEST_USER = "wrapify-test"


def become_ordinary() -> None:
    """Stop being root: a box belongs to an ordinary user."""
    if os.getuid() == 0:
        entry = pwd.getpwnam(TEST_USER)
        os.setgroups([])
        os.setresgid(entry.pw_gid, entry.pw_gid, entry.pw_gid)
        os.setresuid(entry.pw_uid, entry.pw_uid, entry.pw_uid)
        os.environ["HOME"] = entry.pw_dir
    os.environ.pop("XDG_RUNTIME_DIR", None)


def make_box(home: Path) -> Path:
    """Run once in a box, then fill its upper directory; give that directory."""
    os.environ["HOME"] = str(home)
    subprocess.run([WRAPIFY, "run", "-q", "--box", "big", "-c", "mkdir tree"], cwd=home, check=True)
    upper = home / ".local/state/wrapify/boxes/big/u0"
    for number in range(COUNT):
        folder = upper / "tree" / str(number // 100)
        if number % 100 == 0:
            folder.mkdir()
        (folder / str(number)).write_text(f"{number}\n" * 20)
    return upper


def timed(words: list[str], *, first_line: bool = False) -> tuple[float, float]:
    """Run a program; give the seconds to its end, or to its first line of output, and its largest size in MiB."""
    started = time.perf_counter()
    program = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert program.stdout is not None
    program.stdout.readline()
    first = time.perf_counter() - started
    while program.stdout.read(1 << 20):
        pass
    _, status, usage = os.wait4(program.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(words)} ended with {status}")
    return first if first_line else time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    become_ordinary()
    with tempfile.TemporaryDirectory(dir=os.environ["HOME"], ignore_cleanup_errors=True) as place:
        home = Path(place)
        upper = make_box(home)
        times: dict[str, list[tuple[float, float]]] = {}
        for turn in range(TURNS):
            for name, run in looking(upper).items():
                times.setdefault(name, []).append(run())
            times.setdefault("cp -a and sync", []).append(copied(upper, home / f"copy{turn}"))
        for name, words in (("wrapify apply", ("apply",)), ("wrapify apply --undo", ("apply", "--undo"))):
            times[name] = [timed([str(WRAPIFY), *words, "big"])]
        report(times)


def looking(upper: Path) -> dict[str, Callable[[], tuple[float, float]]]:
    return {
        "find": lambda: timed(["find", str(upper), "-printf", "%p %s\\n"]),
        "wrapify diff, first line": lambda: timed([str(WRAPIFY), "diff", "big"], first_line=True),
        "wrapify diff, all": lambda: timed([str(WRAPIFY), "diff", "big"]),
    }


def copied(upper: Path, target: Path) -> tuple[float, float]:
    """Copy with cp and wait for the disk, as an apply does."""
    taken, size = timed(["cp", "-a", str(upper / "tree"), str(target)])
    started = time.perf_counter()
    os.sync()
    return taken + time.perf_counter() - started, size


def report(times: dict[str, list[tuple[float, float]]]) -> None:
    print(f"{COUNT} new files, {TURNS} turns, {platform.release()}, {os.cpu_count()} cores")
    print("| what | seconds (median) | ratio | memory, MiB |\n|---|---|---|---|")
    medians = {name: statistics.median(one for one, _ in taken) for name, taken in times.items()}
    for name, taken in times.items():
        seconds, base = medians[name], medians["find" if name in LOOKS else "cp -a and sync"]
        print(f"| {name} | {seconds:.2f} | {seconds / base:.1f} | {max(size for _, size in taken):.0f} |")


if __name__ == "__main__":
    main()
