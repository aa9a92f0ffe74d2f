"""What the hooks cost a large paste, from its first byte to its last on the screen. Prints a Markdown table.

The shells take turns (A B A B) in ptys of their own, and a ratio is the median of those within one turn: what else the
machine does hits both alike. SHELLS="bash zsh", TURNS=9 measures these alone, as often. The null column is between two
shells without a hook. fish draws so slowly that it gets 4 KB: its time grows with the square, with and without a hook.
"""

from __future__ import annotations

import os
import select
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last, so that `wrapify` is the one of the venv

from tests.bench.hooks import Session, become_ordinary
from wrapify.shells import HOOKS

TURNS = int(os.environ.get("TURNS", "9"))
SIZES = {"bash": (40_000, 1_000_000), "zsh": (40_000, 1_000_000), "fish": (4_000,)}
WIDE = "".join(f"{at} words of a line, été\n" for at in range(60_000))
END = "the-end-of-it"
BAR = 1.10


def seconds(session: Session, text: str) -> float:
    """Paste and give how long it takes until the end of it is drawn, then drop the line."""
    left = memoryview(f"\x1b[200~{text}{END}\x1b[201~".encode())
    seen = b""
    began = time.perf_counter()
    os.set_blocking(session.terminal, False)
    while END.encode() not in seen:
        ready, room, _ = select.select([session.terminal], [session.terminal] if left else [], [], 60)
        if not ready and not room:
            raise TimeoutError(f"the end of the paste did not come: {seen[-300:]!r}")
        if room:
            left = left[os.write(session.terminal, left[:4096]) :]
        if ready:
            seen = seen[-len(END) :] + os.read(session.terminal, 65536)
    took = time.perf_counter() - began
    os.set_blocking(session.terminal, True)
    session.quiet(0.2)
    session.write("\x03")
    session.until(b"ready> ")
    session.quiet(0.1)
    return took


def row(name: str, size: int, home: Path) -> float:
    text = WIDE.encode()[:size].decode("utf-8", "ignore")
    turns = TURNS if size < 100_000 else max(3, TURNS // 3)
    sessions = [Session(name, home, hooked=hooked) for hooked in (False, False, True)]
    took = []
    for turn in range(turns + 1):
        order = range(3) if turn % 2 else range(2, -1, -1)
        took.append(dict(sorted((at, seconds(sessions[at], text)) for at in order)))
    for session in sessions:
        session.close()
    columns = [[turn[at] for turn in took[1:]] for at in range(3)]
    null, ratio = (statistics.median(b / a for a, b in zip(columns[0], columns[at], strict=True)) for at in (1, 2))
    plain, hooked = (f"{statistics.median(columns[at]) * 1000:.0f}" for at in (0, 2))
    print(f"| {name} | {size // 1000} KB | {plain} | {hooked} | {ratio:.2f} | {null:.2f} |", flush=True)
    return ratio


def main() -> int:
    become_ordinary()
    missed = []
    print("| shell | paste | without, ms | with, ms | with : without | null |\n|---|---|---|---|---|---|")
    for name in os.environ.get("SHELLS", " ".join(HOOKS)).split():
        if not shutil.which(name):
            print(f"| {name} | not installed | | | | |")
            continue
        for size in SIZES[name]:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                if row(name, size, Path(folder)) > BAR:
                    missed.append(f"{name}: {size // 1000} KB")
    for line in missed:
        print(f"missed: {line} takes more than {BAR} times as long", file=sys.stderr)
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main())
