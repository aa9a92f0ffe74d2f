"""`wrapify explain`: what it shows is what is run, and can be run by hand."""

from __future__ import annotations

import subprocess

from tests.conftest import Wrapify


def test_shows_the_bwrap_command_line_and_runs_nothing(wrapify: Wrapify) -> None:
    done = wrapify("explain", "--", "touch", "/tmp/ran")
    assert done.returncode == 0
    assert "# profile: offline" in done.stdout
    assert "touch /tmp/ran" in done.stdout
    assert not wrapify.boxes.exists()


def test_states_the_decision_for_the_command_line_first(wrapify: Wrapify) -> None:
    first = wrapify("explain", "-c", "ls").stdout.splitlines()[0]
    assert first == "# decision if pasted: allow: nothing was found (no key is asked)"
    assert "decision" not in wrapify("explain").stdout


def test_can_be_run_by_hand(each_bwrap: Wrapify) -> None:
    each_bwrap.put("kept", "old")
    each_bwrap.put(".netrc", "secret")
    shown = each_bwrap("explain", "-c", "cat ~/kept; cat ~/.netrc; echo new > ~/kept; cat ~/kept").stdout
    script = each_bwrap.put("by-hand.sh", shown)
    env = each_bwrap.environment(TMPDIR=str(each_bwrap.home))
    done = subprocess.run(["sh", str(script)], capture_output=True, text=True, env=env, **each_bwrap.user.drop)
    assert done.stdout == "oldnew\n", done.stderr
    assert (each_bwrap.home / "kept").read_text() == "old"


def test_explains_a_sandbox_without_a_command(wrapify: Wrapify) -> None:
    done = wrapify("explain", "-p", "sealed")
    assert done.returncode == 0
    assert "--overlay" not in done.stdout
