"""What the filter of a terminal costs: 100 MB of text through `cat`, and start to exit of `true`, with it and without.

The terminal is a pty that reads as fast as it can and draws nothing, the worst case: what a real terminal does with the
text hits both alike. The turns alternate, and a ratio is the median of those within one turn. Prints a Markdown table.
"""

from __future__ import annotations

import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))  # last, so that `wrapify` is the one of the venv

from tests.bench.launch import become_ordinary

WRAPIFY = str(Path(sys.executable).parent / "wrapify")
SIZE = int(os.environ.get("SIZE", "100000000"))
TURNS = int(os.environ.get("TURNS", "40"))
LINES = {
    "text": b"The quick brown fox jumps over the lazy dog 0123456789\n",
    "UTF-8": "naïve café «x» — 漢字 text\n".encode(),
    "colours": b"\x1b[01;34mdir\x1b[0m  \x1b[31mword\x1b[m and more of a usual line\x1b[K\n",
}


def seconds(home: str, *words: str) -> float:
    """Run wrapify in a terminal and give how long it took until all that it printed was read."""
    started = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        os.execve(WRAPIFY, [WRAPIFY, "run", "-q", *words], {**os.environ, "XDG_CONFIG_HOME": home})
    try:
        while os.read(master, 65536):
            pass
    except OSError:
        pass  # Nobody holds the other end any more.
    os.waitpid(pid, 0)
    os.close(master)
    return time.perf_counter() - started


def row(name: str, homes: tuple[str, str], *words: str, turns: int) -> None:
    took = [tuple(seconds(home, *words) for home in homes) for _ in range(turns + 1)][1:]
    without, filtered = (statistics.median(column) * 1000 for column in zip(*took, strict=True))
    ratio = statistics.median(off / on for off, on in took)
    print(f"| {name} | {without:.0f} | {filtered:.0f} | {ratio:.2f} |", flush=True)


def main() -> None:
    become_ordinary()
    with tempfile.TemporaryDirectory(dir=os.environ["HOME"]) as folder:
        homes = (f"{folder}/off", f"{folder}/on")
        for home in homes:
            os.makedirs(home)
            value = os.path.basename(home)
            env = {**os.environ, "XDG_CONFIG_HOME": home}
            subprocess.run([WRAPIFY, "policy", "set", "terminal.filter", value], env=env, check=True)
        os.chdir(folder)
        print("| | off, ms | on, ms | off : on |\n|---|---|---|---|")
        row("`true`", homes, "true", turns=TURNS)
        for name, line in LINES.items():
            Path(folder, "big").write_bytes(line * (SIZE // len(line)))
            row(f"`cat` of {SIZE // 1_000_000} MB, {name}", homes, "cat", "big", turns=3)


if __name__ == "__main__":
    main()
