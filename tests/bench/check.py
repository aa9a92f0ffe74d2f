"""How long `wrapify check` takes from start to exit, paired with tirith, and the analyser in process. Markdown tables.

Run it with the Python of a venv that has wrapify installed, as any user. wrapify and tirith take turns over the same
text (tirith from npm, see parts/peers.py), in a home of their own. Times are milliseconds from start to exit; CPU is
user and system time. In process it is CPU time, which other programs of the machine do not lengthen.
Exit status 1 if a bar is missed: half of tirith's median; 5 ms for a line and 1 s for 1 MB in process.
"""

from __future__ import annotations

import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last, so that `wrapify` is the one of the venv

from tests.bench.parts import peers

TURNS = int(os.environ.get("TURNS", "40"))
SIZE = int(os.environ.get("SIZE", "1000000"))
WARM = 2
WRAPIFY = str(Path(sys.executable).parent / "wrapify")
RATIO, AIM, LINE, MEGABYTE = 0.5, 60, 5, 1000
JUDGED = {0, 20, 21, 22}
"""Exit statuses that are a verdict of `wrapify check`; tirith's are 0 to 3."""

PLAIN = "ls -la"
PIPED = "curl -fsSL https://example.com/i.sh | sh"
SECTION = """\
# Build step {number}: see docs/building.md
mkdir -p build/{number} && cd build/{number}
cmake -DCMAKE_BUILD_TYPE=Release -DWITH_TESTS=OFF ../..
make -j "$(nproc)" step{number}
for file in *.txt; do echo "$file: $(wc -l < "$file")"; done
if [ -f out.log ]; then grep -n 'warning: ' out.log | sort | uniq -c; fi
git commit -am "Step {number}: don't keep what is built" && cd ../..
"""

Took = tuple[float, float]
Start = Callable[[], Took]


def paste(size: int) -> bytes:
    """Make an ordinary paste of many lines."""
    return "".join(SECTION.format(number=number) for number in range(size // 300)).encode()[:size]


def timed(words: list[str], *, env: dict[str, str], typed: str = os.devnull, statuses: set[int]) -> Took:
    """Start a program, wait for its end, and give the milliseconds it took: by the clock and of the CPU."""
    files = [(os.POSIX_SPAWN_OPEN, 0, typed, os.O_RDONLY, 0)]
    files += [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    started = time.perf_counter()
    _, status, usage = os.wait4(os.posix_spawn(words[0], words, env, file_actions=files), 0)
    took = (time.perf_counter() - started) * 1000
    if os.waitstatus_to_exitcode(status) not in statuses:
        raise SystemExit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return took, (usage.ru_utime + usage.ru_stime) * 1000


def pairs(tirith: list[str], *, home: str) -> dict[str, tuple[Start, Start | None]]:
    """Give for each question what starts wrapify, and tirith unless `tirith` is empty."""
    env = peers.environment(home)
    text = Path(home, "paste")
    text.write_bytes(paste(20_000))

    def start(words: list[str], typed: str, *, statuses: set[int]) -> Start:
        return lambda: timed(words, env=env, typed=typed, statuses=statuses)

    found: dict[str, tuple[Start, Start | None]] = {}
    check, pasted = peers.Tirith.CHECK, peers.Tirith.PASTE
    for name, ours, theirs, typed in (
        (f"`{PLAIN}`", [PLAIN], [*check, "--", PLAIN], os.devnull),
        (f"`{PIPED}`".replace("|", "\\|"), [PIPED], [*check, "--", PIPED], os.devnull),
        ("20 KB of lines, from stdin", ["-"], pasted, str(text)),
    ):
        other = start([*tirith, *theirs], typed, statuses={0, 1, 2, 3}) if tirith else None
        found[name] = (start([WRAPIFY, "check", *ours], typed, statuses=JUDGED), other)
    floor = start([sys.executable, "-IS", "-c", "pass"], os.devnull, statuses={0})
    return {"floor: `python -IS -c pass`": (floor, None), **found}


def measured(runs: dict[str, tuple[Start, Start | None]]) -> dict[str, tuple[list[Took], list[Took]]]:
    times: dict[str, tuple[list[Took], list[Took]]] = {name: ([], []) for name in runs}
    for turn in range(-WARM, TURNS):
        for name, pair in runs.items():
            for which in (0, 1) if turn % 2 else (1, 0):
                run = pair[which]
                took = run() if run else None
                if took and turn >= 0:
                    times[name][which].append(took)
    return times


def spread(taken: list[float]) -> str:
    low, _, high = statistics.quantiles(taken, n=4)
    return f"{statistics.median(taken):.1f} ({low:.1f} to {high:.1f})"


def compared(times: dict[str, tuple[list[Took], list[Took]]]) -> bool:
    """Print the table of whole processes; tell whether the bar is met."""
    print(f"\n{TURNS} turns. Median (and quartiles). Bar: ratio ≤ {RATIO}; aim: ≤ {AIM} ms\n")
    print("| start to exit | wrapify | CPU | tirith | CPU | ratio of medians | median ratio of a turn | of CPU |")
    print("|---|---|---|---|---|---|---|---|")
    good = True
    for name, (ours, theirs) in times.items():
        clock, cpu = ([one[which] for one in ours] for which in (0, 1))
        cells = [name, spread(clock), f"{statistics.median(cpu):.0f}"]
        if theirs:
            other, other_cpu = ([one[which] for one in theirs] for which in (0, 1))
            ratio = statistics.median(clock) / statistics.median(other)
            turn = statistics.median(mine / his for mine, his in zip(clock, other, strict=True))
            of_cpu = statistics.median(cpu) / statistics.median(other_cpu)
            good &= ratio <= RATIO
            met = "met" if ratio <= RATIO else "**missed**"
            cells += [spread(other), f"{statistics.median(other_cpu):.0f}", f"{ratio:.2f}: {met}"]
            cells += [f"{turn:.2f}", f"{of_cpu:.2f}"]
        print("| " + " | ".join(cells + ["–"] * (8 - len(cells))) + " |")
    return good


def kinds(size: int) -> dict[str, bytes]:
    """Give large texts, each hard to read in another way."""

    def fill(unit: bytes) -> bytes:
        return (unit * (size // len(unit) + 1))[:size]

    return {
        "lines of an ordinary script": fill(paste(20_000)),
        "one word": fill(b"a"),
        "words": fill(b"word "),
        "empty lines": fill(b"\n"),
        "commands after commands": fill(b"a;"),
        "a long pipe": fill(b"a|"),
        "open parentheses": fill(b"("),
        "open substitutions": fill(b"$("),
        "open braces of parameters": fill(b"${a:-"),
        "double quotes in substitutions": fill(b'"$('),
        "single quotes": fill(b"'"),
        "backslashes": fill(b"\\"),
        "variables": fill(b"$a"),
        "assignments that double": fill(b"a=$a$a;"),
        "here-documents": fill(b"cat <<E\nx\nE\n"),
        "open here-documents": fill(b"cat <<E\n"),
        "shells in shells": fill(b"sh -c '"),
        "base64 into a shell": b"echo " + fill(b"ZWNobyBoaSA7") + b" | base64 -d | sh",
        "sudo": fill(b"sudo a;"),
        "downloads": fill(b"curl x|sh;"),
        "NUL": fill(b"\0"),
        "bidirectional marks": fill("\u202ea".encode()),
        "no text": random.Random(5).randbytes(size),
    }


def in_process() -> bool:
    """Print how long the analyser itself takes; tell whether the bars are met."""
    from wrapify.analysis.analyse import analyse

    def cost(content: bytes) -> float:
        started = time.process_time()
        analyse(content, origin="paste", shell="bash")
        return (time.process_time() - started) * 1000

    rows = []
    for text in (PLAIN, PIPED):
        name = f"`{text}`".replace("|", "\\|")
        rows.append((name, statistics.median(cost(text.encode()) for _ in range(200)), LINE))
    rows.extend((f"{SIZE} bytes: {name}", cost(content), MEGABYTE) for name, content in kinds(SIZE).items())
    print("\n| in process | CPU, ms | bar |\n|---|---|---|")
    for name, took, bar in rows:
        print(f"| {name} | {took:.2f} | ≤ {bar}: {'met' if took <= bar else '**missed**'} |")
    return all(took <= bar for _, took, bar in rows)


def can_check(home: str) -> bool:
    try:
        timed([WRAPIFY, "check", PLAIN], env=peers.environment(home), statuses=JUDGED)
    except SystemExit as why:
        print(f"no whole processes: {why}")
        return False
    return True


def main() -> int:
    print(f"{platform.release()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    good = in_process()
    with peers.fetched() as folder, tempfile.TemporaryDirectory() as home:
        if can_check(home):
            print()
            tirith = [peer.words for peer in peers.found(folder, kinds=(peers.Tirith,))]
            good &= compared(measured(pairs(tirith[0] if tirith else [], home=home)))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
