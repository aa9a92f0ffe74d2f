"""The bench of verdicts, on a small corpus of our own: it reads, sorts, counts, and fails when a bar is missed."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import verdicts
from tests.bench.parts import corpora, peers

ROOT = Path(__file__).resolve().parents[3]
CASES = ROOT / "tests/cases/corpora"
FILES = ("benign", "hostile", "install_oneliners")


def rows(name: str) -> list[corpora.Row]:
    return list(corpora.read(CASES, name))


def cells(printed: str, first: str) -> list[str]:
    """Give the cells of the line of a table that begins with `first`."""
    (line,) = [line for line in printed.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_base64_stands_for_the_bytes():
    assert b"done\n" in next(row for row in rows("benign") if b"\n" in row.content).content
    assert base64.b64decode("w58=").decode() in "".join(row.content.decode() for row in rows("benign"))


def test_a_family_comes_from_the_longest_prefix():
    families = {row.category.partition(" ")[0]: row.family() for row in rows("hostile")}
    assert families["art/T1027.002"] == "other"
    assert families["art/T1053.003"] == "persistence"
    assert families["clickfix/medium-21-download-commands"] == "download"
    assert families["shellfirm/git"] == "other"
    assert set(families.values()) >= set(corpora.NAMED)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("with sudo", b"sudo ls"),
        ("with sudo", b"echo a | sudo -u b tee c"),
        ("with sudo", b"X=1 doas ls"),
        ("with sudo", b"ls | xargs -I {} sudo mv {} /x"),
        ("with sudo", b"curl https://example.com | sudo sh"),
        ("rest", b"man sudo"),
        ("rest", b"apt show sudo"),
        ("rest", b"curl https://example.com -o su"),
        ("with executed downloads", b"curl https://example.com | sh"),
        ("with executed downloads", b"curl https://example.com | A=1 bash -s"),
        ("with executed downloads", b'sh -c "$(wget -qO- https://example.com)"'),
        ("with executed downloads", b"source <(curl https://example.com)"),
        ("with executed downloads", b"wget https://example.com/a.sh && chmod +x a.sh && ./a.sh"),
        ("rest", b"curl https://example.com | python3 -m json.tool"),
        ("rest", b"ls # curl https://example.com | sh"),
        ("rest", b"git clone https://example.com/a && cd a"),
    ],
)
def test_the_kind_of_a_row_comes_from_its_text(kind: str, text: bytes):
    assert corpora.kind_of(text) == kind


def test_our_own_corpus_meets_every_bar(monkeypatch, capsys):
    monkeypatch.setenv("WRAPIFY_CORPORA", str(CASES))
    assert verdicts.main(["--quick", "--misses"]) == 0
    printed = capsys.readouterr().out
    assert "Bars: all met" in printed
    assert cells(printed, "remote-code")[1:4] == ["3", "100.00 %", "≥ 97 %: met"]
    assert cells(printed, "with executed downloads")[1] == "1"
    assert cells(printed, "not blocked")[1:] == ["3", "3", "all: met"]
    assert cells(printed, "the command stands in a comment: allowed")[1:3] == ["1", "1"]


def test_a_bar_that_is_missed_fails_and_its_rows_are_listed(monkeypatch, capsys, tmp_path):
    for name in FILES:
        (tmp_path / f"{name}.tsv").write_bytes((CASES / f"{name}.tsv").read_bytes())
    with (tmp_path / "hostile.tsv").open("a") as hostile:
        hostile.write("own\trevshell-generator\tdanger\tls in-vain\t\t\tposix\n")
    monkeypatch.setenv("WRAPIFY_CORPORA", str(tmp_path))
    assert verdicts.main(["--quick", "--misses"]) == 1
    printed = capsys.readouterr().out
    assert "Bars: missed: reverse-shell, flagged" in printed
    assert "    allow [nothing found] revshell-generator: ls in-vain\n" in printed


def test_peers_stand_beside_wrapify_on_the_same_rows(monkeypatch, capsys, tmp_path):
    """A peer that blocks what holds `sh`, and has no answer to what holds `git`."""
    program = tmp_path / "peer"
    program.write_text(
        '#!/bin/sh\n[ "$1" = paste ] || exit\ncase $(cat) in *git*) ;;'
        ' *sh*) echo \'{"action": "block"}\' ;; *) echo \'{"action": "allow"}\' ;; esac\n'
    )
    program.chmod(0o755)
    peer = peers.Tirith("peer", [str(program)])
    monkeypatch.setattr(peers, "found", lambda folder: [peer])
    monkeypatch.setenv("WRAPIFY_PEERS", str(tmp_path))
    monkeypatch.setenv("WRAPIFY_CORPORA", str(CASES))
    assert verdicts.main(["--all"]) == 0
    printed = capsys.readouterr().out
    assert cells(printed, "dangerous: remote-code") == ["dangerous: remote-code", "3", "3", "0", "3", "3"]
    assert cells(printed, "dangerous: other")[4] == "0 (1 without an answer)"
    assert cells(printed, "ordinary: installers")[1:] == ["4", "3", "0", "4", "4"]


def test_it_starts_as_a_program_and_says_so_without_a_corpus(tmp_path):
    words = [sys.executable, "-P", str(ROOT / "tests/bench/verdicts.py"), "--quick"]
    done = subprocess.run(words, env={}, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "names no directory" in done.stdout
