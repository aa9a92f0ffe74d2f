"""`wrapify policy`: what holds and from where, single values changed with the rest of the file as it was, trust."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.conftest import Wrapify

FILE = ".config/wrapify/policy.toml"
WRITTEN = """\
# My policy.
profile = "sealed"   # for now

[limits]
# Enough for everybody.
processes = 100

  [action]
  high = 'sandbox'
"""


def content(wrapify: Wrapify) -> str:
    return (wrapify.home / FILE).read_text()


def test_show_names_every_value_and_where_it_comes_from(wrapify: Wrapify) -> None:
    wrapify.put(FILE, WRITTEN)
    done = wrapify("policy", "show")
    rows = {line.split()[0]: line.split(None, 1)[1] for line in done.stdout.splitlines()}
    path = str(wrapify.home / FILE)
    assert rows["profile"].split() == ["sealed", path]
    assert rows["action.high"].split() == ["sandbox", path]
    assert rows["action.critical"].split() == ["block", "default"]
    assert rows["typed.medium"].split() == ["allow", "default"]
    assert rows["script.max_size"].split() == ["16", "MiB", "default"]
    assert "rule.sudo" not in rows
    assert wrapify("policy", "show", "rule.sudo", "shell").stdout.split() == [
        "rule.sudo",
        "-",
        "default",
        "shell",
        "-",
        "default",
    ]


def test_get_prints_the_value_alone(wrapify: Wrapify) -> None:
    wrapify.put(FILE, WRITTEN)
    assert wrapify("policy", "get", "profile").stdout == "sealed\n"
    assert wrapify("policy", "get", "limits.written").stdout == "20 GiB\n"
    assert wrapify("policy", "get", "rule.sudo").stdout == "\n"


@pytest.mark.parametrize(
    "before", [WRITTEN, "", "# only a comment", "limits.processes = 7\n", "limits = {processes = 7}\n"]
)
@pytest.mark.parametrize(
    ("name", "value"),
    [("limits.open_files", "50"), ("rule.sudo", "block"), ("profile", "offline"), ("limits.tmp_size", "3 MiB")],
)
def test_set_changes_one_value_and_nothing_else(wrapify: Wrapify, before: str, name: str, value: str) -> None:
    wrapify.put(FILE, before)
    done = wrapify("policy", "set", name, value)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert wrapify("policy", "get", name).stdout == f"{value}\n"
    after = content(wrapify)
    kept = [line for line in before.splitlines() if name.split(".")[0] not in line and "limits = " not in line]
    assert [line for line in kept if line not in after.splitlines()] == []
    again = wrapify("policy", "unset", name)
    assert again.returncode == 0, again.stderr
    assert wrapify("policy", "show", name).stdout.split()[-1] == "default"


def test_set_keeps_comments_to_the_letter(wrapify: Wrapify) -> None:
    wrapify.put(FILE, WRITTEN)
    assert wrapify("policy", "set", "limits.processes", "200").returncode == 0
    assert content(wrapify) == WRITTEN.replace("100", "200")
    assert wrapify("policy", "set", "profile", "auto").returncode == 0
    assert content(wrapify) == WRITTEN.replace("100", "200").replace("sealed", "auto")


def test_a_new_file_is_the_users_alone(wrapify: Wrapify) -> None:
    assert wrapify("policy", "set", "action.high", "block").returncode == 0
    assert content(wrapify) == '[action]\nhigh = "block"\n'
    assert (wrapify.home / FILE).stat().st_mode & 0o7777 == 0o600


def test_a_file_is_written_through_a_symlink_and_keeps_its_mode(wrapify: Wrapify) -> None:
    target = wrapify.put("dotfiles/policy", "profile = 'sealed'\n", 0o640)
    link = wrapify.put(FILE, "")
    link.unlink()
    link.symlink_to(target)
    assert wrapify("policy", "set", "profile", "auto").returncode == 0
    assert link.is_symlink()
    assert target.read_text() == "profile = 'auto'\n" or target.read_text() == 'profile = "auto"\n'
    assert target.stat().st_mode & 0o7777 == 0o640
    assert [one.name for one in target.parent.iterdir()] == ["policy"]


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["set", "profil", "auto"], "no key 'profil'", "'profile'"),
        (["set", "profile", "outo"], "no profile 'outo'", "'auto'"),
        (["set", "rule.sodu", "ask"], "no key 'rule.sodu'", "'rule.sudo'"),
        (["set", "action.high", "aks"], "no action 'aks'", "'ask'"),
        (["set", "box.keep_days", "soon"], "box.keep_days is 'soon'", "whole number"),
        (["get", "actoin.high"], "no key 'actoin.high'", "'action.high'"),
        (["unset", "x"], "no key 'x'", "did you mean"),
        (["show", "x"], "no key 'x'", "did you mean"),
        (["check", "missing"], "does not exist", "`default`"),
    ],
)
def test_what_is_not_known_names_the_nearest(wrapify: Wrapify, words: list[str], message: str, hint: str) -> None:
    wrapify.put(FILE, WRITTEN)
    done = wrapify("policy", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert hint in done.stderr
    assert content(wrapify) == WRITTEN


def test_a_file_that_is_no_policy_is_not_touched(wrapify: Wrapify) -> None:
    wrapify.put(FILE, "profile = ")
    done = wrapify("policy", "set", "profile", "auto")
    assert (done.returncode, content(wrapify)) == (2, "profile = ")


def test_check_says_whether_a_file_can_be_used(wrapify: Wrapify) -> None:
    good, bad = wrapify.put("good", WRITTEN), wrapify.put("bad", "action.high = 'x'")
    assert wrapify("policy", "check", str(good)).stdout == f"{good}: sound, sets 3 values\n"
    done = wrapify("policy", "check", str(bad))
    assert (done.returncode, done.stdout) == (2, "")
    assert "not there" in wrapify("policy", "check", "default").stdout
    wrapify.put(FILE, WRITTEN)
    assert f"{wrapify.home / FILE}: sound" in wrapify("policy", "check", "default").stdout


def test_path(wrapify: Wrapify) -> None:
    assert wrapify("policy", "path").stdout == f"{wrapify.home / FILE}\n"


def editor(wrapify: Wrapify, script: str) -> dict[str, str]:
    return {"VISUAL": str(wrapify.put("an editor", f"#!/bin/sh\n{script}\n", 0o755)).replace(" ", "\\ ")}


def test_edit_takes_over_what_can_be_used(wrapify: Wrapify) -> None:
    wrapify.put(FILE, WRITTEN)
    done = wrapify("policy", "edit", env=editor(wrapify, """echo 'trust.days = 3' | cat - "$1" >x && cat x >"$1" """))
    assert done.returncode == 0, done.stderr
    assert content(wrapify) == "trust.days = 3\n" + WRITTEN


def test_edit_begins_with_every_key_where_there_is_no_file(wrapify: Wrapify) -> None:
    done = wrapify(
        "policy", "edit", env=editor(wrapify, """grep -q '^# profile = "auto"' "$1" && echo 'shell="zsh"' >>"$1" """)
    )
    assert done.returncode == 0, done.stderr
    assert wrapify("policy", "get", "shell").stdout == "zsh\n"
    assert "# trust.days = 30" in content(wrapify)


@pytest.mark.parametrize(
    ("script", "status", "says"),
    [
        ("""echo 'profil = 1' >"$1" """, 2, "no key 'profil'"),
        ("exit 3", 125, "status 3"),
        (f"""echo 'shell="zsh"' >"$1"; echo 'shell="sh"' >~/{FILE}""", 125, "changed meanwhile"),
    ],
)
def test_edit_replaces_nothing_otherwise_and_says_where_the_text_is(wrapify, script, status, says) -> None:
    wrapify.put(FILE, WRITTEN)
    done = wrapify("policy", "edit", env=editor(wrapify, script))
    assert done.returncode == status
    assert says in done.stderr
    copy = Path(done.stderr.rpartition("your text is in ")[2].strip())
    assert copy.stat().st_mode & 0o7777 in (0o600, 0o644)
    assert copy.parent.stat().st_mode & 0o7777 == 0o700
    assert content(wrapify) in (WRITTEN, 'shell="sh"\n')
    copy.unlink()
    copy.parent.rmdir()


def test_trust_is_listed_without_the_text_and_taken_back(wrapify: Wrapify) -> None:
    done = wrapify("policy", "trust", "--days", "2", "echo a secret")
    short = hashlib.sha256(b"echo a secret").hexdigest()[:12]
    assert done.returncode == 0
    assert short in done.stderr
    assert wrapify("policy", "trust", text="another\n").returncode == 0
    listed = wrapify("policy", "trusted").stdout
    assert listed.startswith(f"{short}  until 20")
    assert len(listed.splitlines()) == 2
    state = (wrapify.home / ".local/state/wrapify/trusted").read_text()
    assert "secret" not in listed + state
    assert wrapify("policy", "distrust", short).returncode == 0
    assert short not in wrapify("policy", "trusted").stdout
    assert wrapify("policy", "distrust", "--all").returncode == 0
    assert wrapify("policy", "trusted").stdout == ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["trust", ""], "no text to trust"),
        (["trust", "--days", "0", "x"], "--days"),
        (["trust", "--days", "9999", "x"], "--days"),
        (["distrust"], "name one hash"),
        (["distrust", "--all", "abcdef"], "name one hash"),
        (["distrust", "abcdef"], "names no text"),
        (["distrust", "ab"], "too short"),
    ],
)
def test_what_trust_refuses(wrapify: Wrapify, words: list[str], says: str) -> None:
    done = wrapify("policy", *words)
    assert done.returncode == 2
    assert says in done.stderr


def test_a_damaged_list_is_said_and_can_be_removed(wrapify: Wrapify) -> None:
    wrapify.put(".local/state/wrapify/trusted", "\x1b[2J nonsense", 0o600)
    for words in (["trusted"], ["trust", "x"]):
        done = wrapify("policy", *words)
        assert done.returncode == 125
        assert "damaged" in done.stderr
        assert "\x1b" not in done.stderr
    assert wrapify("policy", "distrust", "--all").returncode == 0
    assert wrapify("policy", "trusted").returncode == 0


def test_edit_offers_the_editor_again_on_a_terminal(wrapify: Wrapify) -> None:
    wrapify.put(FILE, WRITTEN)
    script = """if [ -e ~/again ]; then echo 'shell="zsh"' >"$1"; else touch ~/again; echo 'shel="zsh"' >"$1"; fi"""
    env = wrapify.environment(**editor(wrapify, script))
    child = pexpect.spawn(
        str(wrapify.program), ["policy", "edit"], env=env, timeout=30, encoding="utf-8", **spawning(wrapify)
    )
    child.expect("there is no key 'shel'")
    child.expect_exact("edit it again? [Y/n] ")
    child.sendline("")
    child.expect_exact("is changed")
    child.expect(pexpect.EOF)
    assert content(wrapify) == 'shell="zsh"\n'


def spawning(wrapify: Wrapify) -> dict[str, Any]:
    """Give the arguments of pexpect that make a child the test user."""

    def become() -> None:
        os.setgroups([])
        os.setgid(wrapify.user.gid)
        os.setuid(wrapify.user.uid)

    return {"cwd": str(wrapify.home)} | ({"preexec_fn": become} if os.getuid() == 0 else {})
