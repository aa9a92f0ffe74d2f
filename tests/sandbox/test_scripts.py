"""`wrapify sh` as what people put behind a pipe: like `| bash`, but whole, looked at, and in a sandbox."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import opened, until

pytestmark = pytest.mark.sandbox

# What a script may look at to find out how it was started; it must not see a difference.
ALIKE = {
    "name and arguments": 'printf "<%s>" "$0" "$#" "$@"',
    "sourced": "(return 0 2>/dev/null) && echo sourced || echo run",
    "return": "echo one; return 5; echo two",
    "exit": "echo one\nexit 3\necho two\n",
    "errexit": "set -e\necho one\nfalse\necho two\n",
    "trap": "trap 'echo bye' EXIT\necho one\n",
    "functions": 'f() { echo "$1"; return 4; }\nf x\necho $?\n',
    "here-document": "cat <<'END'\n$x\nEND\n",
    "missing command": "no-such-command\necho $?\n",
    "last status": "false",
    "no newline at the end": "echo one; echo two",
    "background": "sleep 0.1 &\nwait\necho done",
    "alias": "alias hello='echo hi'\nhello\n",
    "CR": "echo one\r\n",
}
IN_BASH = {
    "BASH_SOURCE": 'echo "[${BASH_SOURCE[0]-unset}]" "${#BASH_SOURCE[@]}"',
    "extglob": "shopt -s extglob\necho @(a|b)\n",
    "main guard": 'if [[ -z ${BASH_SOURCE[0]-} || ${BASH_SOURCE[0]} == "$0" ]]; then echo main; fi',
    "line numbers": "\n\necho $LINENO\n",
}
LANGUAGES = {
    "sh": ("#!/bin/sh\n", 'echo "$1"; exit 3'),
    "bash": ("#!/bin/bash\n", '[[ a < b ]] && echo "$1"; exit 3'),
    "zsh": ("#!/usr/bin/zsh\n", "print -r -- $1; exit 3"),
    "fish": ("#!/usr/bin/env fish\n", "set x $argv[1]; echo $x; exit 3"),
    "python3": ("#!/usr/bin/env python3\n", "import sys\nprint(sys.argv[1])\nsys.exit(3)"),
    "perl": ("#!/usr/bin/perl\n", 'print "$ARGV[0]\\n"; exit 3;'),
    "node": ("#!/usr/bin/env node\n", "console.log(process.argv[2]); process.exit(3)"),
}
CUT_OFF = {
    "sh": "if true; then echo",
    "bash": "for i in 1 2; do echo",
    "zsh": "if true; then echo",
    "fish": "if true; echo",
    "python3": "if True:\n    print(",
    "perl": "if (1) { print",
    "node": "if (true) { console.log(",
}


def both(wrapify: Wrapify, shell: str, script: str) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """Give (status, output, errors) of a script behind `| wrapify sh -s --` and behind `| SHELL -s --`."""
    words = ("-s", "--", "a", "b c")
    ours = wrapify("sh", "-q", "--shell", shell, *words, text=script)
    real = subprocess.run(
        [shell, *words], executable=need(shell), input=script.encode(), capture_output=True, timeout=30, check=False,
        cwd=wrapify.home, env=wrapify.environment(), **wrapify.user.drop,
    )  # fmt: skip
    return (ours.returncode, ours.stdout, ours.stderr), (real.returncode, real.stdout.decode(), real.stderr.decode())


@pytest.mark.parametrize("name", [*ALIKE, *IN_BASH])
def test_a_script_sees_what_it_would_see_behind_bash(wrapify: Wrapify, name: str) -> None:
    ours, real = both(wrapify, "bash", (ALIKE | IN_BASH)[name])
    assert ours == real


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("shell", ["sh", "zsh"])
def test_a_script_sees_what_it_would_see_behind_another(wrapify: Wrapify, shell: str, name: str) -> None:
    ours, real = both(wrapify, shell, ALIKE[name])
    # The messages differ: dash and zsh name the way the text came in.
    assert ours[:2] == real[:2]


@pytest.mark.parametrize("shell", ["bash", "sh", "zsh"])
def test_an_unset_variable_ends_a_script_that_forbids_it(wrapify: Wrapify, shell: str) -> None:
    """With another status than behind a pipe: bash -c has 127 for it, bash -s 1."""
    ours, real = both(wrapify, shell, "set -u\necho one\n: $no_such_name\necho two\n")
    assert ours[1] == real[1] == "one\n"
    assert ours[0] != 0 != real[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language(wrapify: Wrapify, language: str) -> None:
    need(language)
    start, body = LANGUAGES[language]
    for options, script in (((), start + body), (("--shell", language), body)):
        done = wrapify("sh", *options, "-s", "--", "a b", text=script)
        assert (done.returncode, done.stdout) == (3, "a b\n"), done.stderr
        assert f"{language} script, " in done.stderr


@pytest.mark.parametrize("language", CUT_OFF)
def test_each_language_cut_off(wrapify: Wrapify, language: str) -> None:
    need(language)
    done = wrapify("sh", "--shell", language, text=CUT_OFF[language])
    assert (done.returncode, done.stdout) == (125, "")
    sentence, hint = done.stderr.splitlines()
    assert re.fullmatch(rf"wrapify: the script (does not parse as {language}|is cut off), so nothing was run", sentence)
    assert hint.strip()
    assert "/run/wrapify" not in hint
    assert not wrapify.boxes.exists()


@pytest.mark.parametrize(
    ("start", "status"),
    [("#!/bin/bash -e", 1), ("#!/usr/bin/env -S bash -e", 1), ("#! /bin/sh -e", 1), ("#!/usr/bin/env bash", 0)],
)
def test_options_of_the_first_line_hold(wrapify: Wrapify, start: str, status: int) -> None:
    done = wrapify("sh", "-q", text=f"{start}\nfalse\necho on\n")
    assert (done.returncode, done.stdout) == (status, "" if status else "on\n")


@pytest.mark.parametrize("start", ["#!/no/such/tcsh-xyz", "#!/usr/bin/env tcsh-xyz"])
def test_a_missing_interpreter(wrapify: Wrapify, start: str) -> None:
    for options, text in (((), f"{start}\necho ran\n"), (("--shell", "tcsh-xyz"), "echo ran\n")):
        done = wrapify("sh", *options, text=text)
        assert (done.returncode, done.stdout) == (127, "")
        assert "'tcsh-xyz'" in done.stderr
        assert "not installed" in done.stderr


def test_nothing_runs_before_the_end_of_the_script(each_bwrap: Wrapify) -> None:
    """The first half has an effect outside the box: it writes to a file that is its standard output."""
    wrapify = each_bwrap
    pipe, out = wrapify.home / "pipe", wrapify.home / "out"
    os.mkfifo(pipe)
    os.chown(pipe, wrapify.user.uid, wrapify.user.gid)
    with out.open("wb") as stdout:
        running = subprocess.Popen(
            ["/bin/sh", "-c", '{ echo "echo first"; cat pipe; } | "$w" sh -q'], stdout=stdout, cwd=wrapify.home,
            env=wrapify.environment(w=str(wrapify.program)), **wrapify.user.drop,
        )  # fmt: skip
    with pipe.open("w") as producer:
        # It has planned, and reads: that is all it did.
        until(lambda: list((wrapify.home / ".cache/wrapify").glob("plans/*")), "wrapify is ready")
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(1)
        assert out.read_text() == ""
        assert not wrapify.boxes.exists()
        producer.write("echo second\n")
    assert running.wait(30) == 0
    assert out.read_text() == "first\nsecond\n"


def test_random_bytes_are_refused(wrapify: Wrapify) -> None:
    noise = os.urandom(200_000)
    for content in (noise, noise.replace(b"\0", b"\1")):
        done = wrapify("sh", text=content)
        assert (done.returncode, done.stdout) == (125, "")
        assert len(done.stderr.splitlines()) == 2
        assert done.stderr.replace("\n", "").isprintable()
        assert not wrapify.boxes.exists()


@pytest.mark.parametrize(
    "script", ["\x1b]0;t\x07if (\x1b[2J then\n", "echo 'x\x1b[31m\r\x9b1m\n", "cat <<\x1b[5mE\nx\n"]
)
@pytest.mark.parametrize("shell", ["bash", "sh", "python3"])
def test_a_refusal_prints_no_control_characters(wrapify: Wrapify, shell: str, script: str) -> None:
    done = wrapify("sh", "--shell", shell, text=script)
    assert done.returncode == 125
    assert len(done.stderr.splitlines()) == 2
    assert done.stderr.replace("\n", "").isprintable()


def test_the_line_tells_what_was_read(wrapify: Wrapify) -> None:
    script = "echo hi # " + "x" * 3000
    done = wrapify("sh", text=script)
    assert done.stdout == "hi\n"
    (line,) = done.stderr.splitlines()
    told = subprocess.run(["sha256sum"], input=script.encode(), capture_output=True, check=True).stdout
    total = told.split()[0].decode()
    assert total == hashlib.sha256(script.encode()).hexdigest()
    for part in ("bash script", f"{len(script)} bytes", f"sha256 {total}", "copy-on-write", "no network"):
        assert part in line


def test_quiet_is_silent(wrapify: Wrapify) -> None:
    done = wrapify("sh", "-q", text="echo hi; echo there > ~/x")
    assert (done.stdout, done.stderr) == ("hi\n", "")


def test_a_file_or_standard_input_by_its_name(wrapify: Wrapify) -> None:
    wrapify.put("script.sh", 'printf "<%s>" "$0" "$@"')
    for words in (("script.sh", "a", "b c"), ("--", "script.sh", "a", "b c")):
        assert wrapify("sh", "-q", *words).stdout == "<script.sh><a><b c>"
    assert wrapify("sh", "-q", "-", "a", "b c", text='printf "<%s>" "$0" "$@"').stdout == "<bash><a><b c>"
    missing = wrapify("sh", "no-such-file")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert "cannot be read" in missing.stderr


def test_without_a_terminal_input_is_empty(wrapify: Wrapify) -> None:
    line = 'printf "readlink /proc/self/fd/0; read -r x; echo \\$?" | setsid -w "$w" sh -q'
    env = wrapify.environment(w=str(wrapify.program))
    done = subprocess.run(
        ["/bin/sh", "-c", line], capture_output=True, timeout=60, check=False,
        cwd=wrapify.home, env=env, **wrapify.user.drop,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (b"/dev/null\n1\n", b"")


def test_a_background_job_left_behind_ends(wrapify: Wrapify) -> None:
    assert wrapify("sh", "-q", text="sleep 1000 & echo on", timeout=20).stdout == "on\n"


def test_a_script_larger_than_an_argument(wrapify: Wrapify) -> None:
    filler = "".join(f": line {number}\n" for number in range(100_000))
    assert wrapify("sh", "-q", text=f"{filler}echo end\n").stdout == "end\n"


@pytest.mark.parametrize("shell", ["bash", "sh", "zsh"])
def test_prompts_work_behind_a_pipe(each_bwrap: Wrapify, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    script = "echo 1st; read -r x; echo got:$x; echo 2nd; read -r y </dev/tty; echo got:$y; test -t 0 && exit 9"
    with opened(each_bwrap) as terminal:
        Path(terminal.home / "script").write_text(script)
        with terminal.prompt():
            terminal.type(f"cat script | wrapify sh -q --shell {shell}")
            terminal.shows("1st")
            terminal.type("one")
            terminal.shows("got:one")
            terminal.shows("2nd")
            terminal.type("two")
            terminal.shows("got:two")
        assert terminal.statuses()[-1] == 9
