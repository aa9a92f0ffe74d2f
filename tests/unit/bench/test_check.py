"""The bench of `wrapify check`: small turns, without a peer and beside one of our own."""

from __future__ import annotations

import os
import sys

import pytest

from tests.bench import check


def test_large_texts_are_as_large_as_they_say():
    sizes = {name: len(content) for name, content in check.kinds(5000).items() if "base64" not in name}
    assert set(sizes.values()) == {5000}
    assert len(check.paste(20_000)) == 20_000


def test_the_analyser_is_timed_in_process(monkeypatch, capsys):
    monkeypatch.setattr(check, "SIZE", 2000)
    monkeypatch.setattr(check, "LINE", 1000)
    assert check.in_process()
    assert capsys.readouterr().out.count("met |") == 2 + len(check.kinds(1))


def test_a_failure_of_a_program_is_no_measurement():
    with pytest.raises(SystemExit, match="ended with 3"):
        check.timed(["/bin/sh", "-c", "exit 3"], env={}, statuses={0})


def test_whole_processes_take_turns(monkeypatch, tmp_path):
    monkeypatch.setattr(check, "TURNS", 2)
    monkeypatch.setattr(check, "WARM", 0)
    if not os.access(check.WRAPIFY, os.X_OK):
        pytest.skip(f"no wrapify beside {sys.executable}")
    assert check.can_check(str(tmp_path))
    times = check.measured(check.pairs(["/bin/true"], home=str(tmp_path)))
    assert [(len(ours), len(theirs)) for ours, theirs in times.values()] == [(2, 0), (2, 2), (2, 2), (2, 2)]


@pytest.mark.parametrize(("theirs", "good"), [(60, True), (50, True), (49, False), (1, False)])
def test_the_bar_is_half_of_the_median_of_the_other(capsys, theirs: float, good: bool):
    ours = [(24.0, 20.0), (25.0, 21.0), (900.0, 22.0)]
    assert check.compared({"x": (ours, [(theirs, 40.0)] * 3)}) is good
    assert ("**missed**" in capsys.readouterr().out) is not good


def test_without_a_peer_there_is_no_bar(capsys):
    assert check.compared({"x": ([(24.0, 20.0), (25.0, 21.0)], [])})
    assert "| x | 24.5 (23.8 to 25.2) | 20 | – | – | – | – | – |" in capsys.readouterr().out
