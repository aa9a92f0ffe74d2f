"""Standard streams and exit statuses: pipes, files, closed ones, and every way a command can end."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Wrapify

pytestmark = pytest.mark.sandbox

BIG = 10_000_000


@pytest.fixture(scope="module")
def big() -> bytes:
    return os.urandom(BIG)


def in_shell(wrapify: Wrapify, line: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell in which $w is the program; bytes stay bytes."""
    env = wrapify.environment(w=str(wrapify.program))
    done: subprocess.CompletedProcess[bytes] = subprocess.run(
        ["/bin/sh", "-c", line], input=data, capture_output=True, timeout=60, check=False,
        cwd=wrapify.home, env=env, **wrapify.user.drop,
    )  # fmt: skip
    return done


def test_ten_megabytes_pass_a_pipe_untouched(each_bwrap: Wrapify, big: bytes) -> None:
    done = in_shell(each_bwrap, 'cat | "$w" run -q cat | cat', big)
    assert (done.returncode, done.stderr) == (0, b"")
    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(big).digest()


def test_files_are_streams_too(wrapify: Wrapify, big: bytes) -> None:
    source = wrapify.home / "in"
    source.write_bytes(big)
    done = in_shell(wrapify, '"$w" run -q sh -c "cat; echo problem >&2" <in >out 2>err')
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (wrapify.home / "out").read_bytes() == big
    assert (wrapify.home / "err").read_text() == "problem\n"


def test_output_and_errors_stay_apart(wrapify: Wrapify) -> None:
    done = wrapify("run", "sh", "-c", "echo out; echo problem >&2")
    assert done.stdout == "out\n"
    lines = done.stderr.splitlines()
    assert lines[1:] == ["problem"]
    assert lines[0].startswith("wrapify: ")


@pytest.mark.parametrize(
    ("streams", "out"),
    [
        ("<&-", b"hi\n"),
        (">&-", b""),
        ("2>&-", b"hi\n"),
        ("<&- 2>&-", b"hi\n"),
        ("<&- >&- 2>&-", b""),
        ("</dev/null >/dev/null", b""),
    ],
)
def test_closed_streams(each_bwrap: Wrapify, streams: str, out: bytes) -> None:
    done = in_shell(each_bwrap, f'"$w" run -q sh -c "cat; echo hi; exit 5" {streams}')
    # echo fails into nothing, but the shell goes on.
    assert (done.returncode, done.stdout) == (5, out)
    assert b"Traceback" not in done.stderr


def test_closed_streams_are_not_taken_for_the_box(wrapify: Wrapify) -> None:
    """The first files wrapify opens must not become the command's standard output."""
    done = in_shell(wrapify, '"$w" run --box kept sh -c "echo inside; echo there >file.txt" <&- >&- 2>&-')
    assert done.returncode == 0
    assert [path.read_text() for path in wrapify.boxes.rglob("file.txt")] == ["there\n"]
    assert "kept" in wrapify("box", "list").stdout


def test_a_reader_that_leaves_ends_the_writer(wrapify: Wrapify) -> None:
    done = in_shell(wrapify, '{ "$w" run -q yes; echo $? >&2; } | head -n 1')
    assert (done.stdout, done.stderr) == (b"y\n", b"141\n")


def test_without_a_terminal_there_is_none_inside(wrapify: Wrapify) -> None:
    done = in_shell(wrapify, 'setsid -w "$w" run -q sh -c "tty; : </dev/tty"')
    assert done.stdout.startswith(b"not a tty")
    assert done.returncode != 0


@pytest.mark.parametrize("code", [0, 1, 2, 3, 42, 124, 125, 126, 127, 128, 129, 130, 143, 254, 255])
def test_every_exit_status_passes(wrapify: Wrapify, code: int) -> None:
    assert wrapify("run", "-q", "sh", "-c", f"exit {code}").returncode == code


@pytest.mark.parametrize(
    ("name", "status"),
    [("HUP", 129), ("INT", 130), ("QUIT", 131), ("ABRT", 134), ("KILL", 137), ("SEGV", 139), ("TERM", 143)],
)
def test_a_signal_is_128_and_its_number(each_bwrap: Wrapify, name: str, status: int) -> None:
    done = each_bwrap("run", "-q", "sh", "-c", f"kill -{name} $$")
    assert (done.returncode, done.stderr) == (status, "")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("no-such-command",), 127, "no such command"),
        (("./no-such-file",), 127, "no such command"),
        (("-c", "no-such-command"), 127, "not found"),
        (("sh", "-c", "no-such-command"), 127, "not found"),
        (("env", "no-such-command"), 127, "No such file"),
        (("./plain.txt",), 126, "Permission denied"),
        (("-c", "./plain.txt"), 126, "Permission denied"),
        (("/",), 126, "Permission denied"),
        (("./broken",), 127, "No such file"),
    ],
)
def test_what_cannot_be_started(wrapify: Wrapify, words: tuple[str, ...], status: int, says: str) -> None:
    wrapify.put("plain.txt", "no program\n")
    wrapify.put("broken", "#!/no/such/interpreter\n", 0o755)
    done = wrapify("run", "-q", *words)
    assert done.returncode == status
    assert says in done.stderr
    assert len(done.stderr.splitlines()) <= 2


def test_a_failure_of_bwrap_is_not_the_programs(each_bwrap: Wrapify) -> None:
    assert each_bwrap("run", "-q", "false").returncode == 1
    for extra in ("--no-such-option", "--ro-bind /no/such/place /x"):
        done = each_bwrap("run", "-q", "--bwrap-args", extra, "sh", "-c", "echo ran")
        assert (done.returncode, done.stdout) == (125, "")
        assert "nothing was run" in done.stderr


def test_a_bwrap_that_is_none(wrapify: Wrapify) -> None:
    fake: Path = wrapify.put("fake", "#!/bin/sh\nexit 1\n", 0o755)
    done = wrapify("run", "-q", "echo", "ran", env={"WRAPIFY_BWRAP": str(fake)})
    assert (done.returncode, done.stdout) == (125, "")
    assert "Traceback" not in done.stderr
