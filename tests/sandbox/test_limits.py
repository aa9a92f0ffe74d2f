"""What a sandbox may take of the machine: bounded for all its processes together, and for nobody else's."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.disk import boxes, layer, plant, until
from tests.sandbox.test_survivors import marked

pytestmark = pytest.mark.sandbox

# Starts processes until it cannot, and tells how many there were.
SPREAD = """
import os, sys, time
count = 0
try:
    while count < 400:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        count += 1
except BlockingIOError:
    pass
print(count, flush=True)
"""

# Four processes that take memory each, none of them much.
EAT = """
import os, sys, time
for _ in range(4):
    if os.fork() == 0:
        held = []
        while True:
            held.append(bytearray(b'x') * (4 << 20))
            time.sleep(0.01)
            if len(held) > 45:
                time.sleep(60)
time.sleep(60)
"""


def limit(user: User, home: Path, **values: object) -> None:
    rows = [f"{name} = {value!r}".replace("'", '"') for name, value in values.items()]
    plant(user, home / ".config/wrapify/policy.toml", "[limits]\n" + "\n".join(rows) + "\n")


def python(wrapify: Wrapify, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return wrapify("run", "python3", "-c", code, *words)


def test_processes(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, processes=60)
    done = python(each_bwrap, SPREAD)
    assert done.returncode == 0, done.stderr
    assert 40 <= int(done.stdout) < 60


def test_threads_count_as_processes(wrapify: Wrapify, user: User, home: Path) -> None:
    limit(user, home, processes=60)
    code = (
        "import threading, time\ncount = 0\n"
        "try:\n while count < 400: threading.Thread(target=time.sleep, args=(5,), daemon=True).start(); count += 1\n"
        "except RuntimeError: pass\nprint(count, flush=True); import os; os._exit(0)"
    )
    assert 40 <= int(python(wrapify, code).stdout) < 60


def test_a_limit_cannot_be_raised(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, processes=60, open_files=100, file_size="1 MiB")
    script = "for what in -u -Hu -n -Hn -f -c; do ulimit $what; done; ulimit -u 100; ulimit -n 200; ulimit -f 9999"
    done = each_bwrap("run", "--shell", "/bin/bash", "-c", script)
    assert done.stdout.split() == ["60", "60", "100", "100", "1024", "0"]
    assert done.returncode != 0


def test_a_fork_bomb_ends_with_the_run(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, processes=80)
    marker = f"bomb-{time.monotonic_ns()}"
    script = "b() { b | b & b | b & }; b 2>/dev/null; read -t 2 x < /dev/zero; true"
    done = each_bwrap("run", "--shell", "/bin/bash", "-c", script, marker)
    assert done.returncode in (0, 1, 254, 255), done.stderr
    until(lambda: not marked(marker), "the bomb is gone")


def test_two_sandboxes_do_not_disturb_one_another(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """Nor does the user's own: the count is the sandbox's."""
    limit(user, home, processes=60)
    own = [subprocess.Popen(["sleep", "60"], **user.drop) for _ in range(80)]
    words = [str(each_bwrap.program), "run", "python3", "-c", SPREAD + "\nsys.stdin.read()"]
    first = subprocess.Popen(
        words,
        cwd=home,
        env=each_bwrap.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        **user.drop,
    )
    try:
        assert first.stdout is not None
        assert 40 <= int(first.stdout.readline()) < 60
        assert 40 <= int(python(each_bwrap, SPREAD).stdout) < 60
    finally:
        first.communicate(b"", timeout=30)
        for process in own:
            process.kill()
            process.wait()


def test_open_files(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, open_files=50)
    code = "import os\nkept = []\ntry:\n while len(kept) < 99: kept.append(os.open('/', 0))\n"
    code += "except OSError as e: print(e.errno)"
    assert python(each_bwrap, code).stdout == "24\n"


def test_file_size(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, file_size="1 MiB")
    done = each_bwrap("run", "-c", "head -c 5000000 /dev/zero > large; stat -c %s large")
    assert done.stdout == "1048576\n", done.stderr


def test_written_bytes(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """No file is large, all together are."""
    limit(user, home, written="20 MiB", file_size="2 MiB")
    script = "i=0; while [ $i -lt 4000 ]; do head -c 1000000 /dev/urandom > f$i; i=$((i+1)); done; echo all"
    done = each_bwrap("run", "--box", "b", "-c", script)
    assert "all" not in done.stdout
    assert done.returncode == 137
    assert "wrote more than 20 MiB" in done.stderr
    (box,) = boxes(each_bwrap.boxes)
    assert len(list(layer(box, home).iterdir())) < 2000
    assert each_bwrap("box", "list").returncode == 0


def test_memory_of_all_together(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, memory_percent=1)
    with open("/proc/meminfo") as source:
        total = int(source.readline().split()[1]) << 10
    if not 150 << 20 < total // 100 < 600 << 20:
        pytest.skip("one percent of this machine's memory is not what four small processes take")
    started = time.monotonic()
    done = python(each_bwrap, EAT)
    assert done.returncode == 137, done.stderr
    assert "memory" in done.stderr
    assert time.monotonic() - started < 30


def test_memory_of_one(each_bwrap: Wrapify, user: User, home: Path) -> None:
    limit(user, home, memory_percent=1)
    done = python(each_bwrap, "x = bytearray(8 << 30); print(len(x))")
    assert done.returncode in (1, 137), done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("place", ["/tmp", "/dev/shm", "/run/user/$(id -u)", "/var/tmp"])
def test_places_in_memory(each_bwrap: Wrapify, user: User, home: Path, place: str) -> None:
    limit(user, home, tmp_size="8 MiB")
    done = each_bwrap("run", "-c", f"head -c 50000000 /dev/zero > {place}/x; stat -c %s {place}/x")
    assert 1 << 20 <= int(done.stdout) <= 8 << 20, done.stderr
    assert "No space left" in done.stderr


def test_nothing_else_in_memory_is_writable(each_bwrap: Wrapify) -> None:
    places = "/ /dev /run /proc /var /etc /home /sys /mnt"
    script = f"for place in {places}; do echo x 2>/dev/null > $place/x && echo $place; done; true"
    done = each_bwrap("run", "--shell", "/bin/sh", "-c", script)
    assert done.stdout.split() in ([], ["/run"])


def test_a_session_bus_that_never_answers(wrapify: Wrapify, user: User, home: Path) -> None:
    """busctl would wait for it for a minute and a half, and with it every first run."""
    need("busctl")
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime, socket.socket(socket.AF_UNIX) as bus:
        bus.bind(f"{runtime}/bus")
        bus.listen(8)
        for path in (runtime, f"{runtime}/bus"):
            os.chown(path, user.uid, user.gid)
        started = time.monotonic()
        done = wrapify("run", "-q", "-c", "echo ran", env={"XDG_RUNTIME_DIR": runtime})
        assert (done.returncode, done.stdout) == (0, "ran\n"), done.stderr
        assert time.monotonic() - started < 30
