"""Our reader against shfmt: each simple command that shfmt finds, we find with the same words.

The texts are the scripts of this machine and, where WRAPIFY_CORPORA names the directory, published commands.
"""

from __future__ import annotations

import base64
import csv
import itertools
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.unit.analysis.commands import DIALECTS, ours, peer, shfmt, theirs
from wrapify.analysis import shell

FOLDERS = ("/etc/init.d", "/usr/lib/git-core", "/usr/share/bash-completion/completions", "/usr/bin", "/usr/sbin")
MOST = int(os.environ.get("WRAPIFY_TEST_TEXTS", "200"))
LARGEST = 100_000

Sample = tuple[str, str, str]  # what it is, its text, its dialect


@pytest.fixture(autouse=True)
def need_shfmt() -> None:
    if not shfmt():
        (pytest.fail if os.environ.get("CI") else pytest.skip)("shfmt is missing: PyPI's shfmt-py")


def dialect_of(path: Path, first: bytes) -> str:
    if first.startswith(b"#!") and b"sh" in first:
        shells = [one for one in (b"bash", b"zsh", b"sh") if first.split()[-1].endswith(b"/" + one)]
        return shells[0].decode() if shells else ""
    return "bash" if "bash-completion" in str(path) else ""


def scripts() -> Iterator[Sample]:
    for path in (path for folder in FOLDERS for path in sorted(Path(folder).glob("*"))):
        if path.is_file() and not path.is_symlink() and path.stat().st_size < LARGEST:
            data = path.read_bytes()
            dialect = dialect_of(path, data.partition(b"\n")[0])
            if dialect and data.isascii() and b"\r" not in data and b"\0" not in data:
                yield str(path), data.decode(), dialect


def corpus(name: str) -> Iterator[Sample]:
    folder = os.environ.get("WRAPIFY_CORPORA", "")
    if not folder:
        pytest.skip("WRAPIFY_CORPORA does not name the directory of published commands")
    with (Path(folder) / f"{name}.tsv").open(newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE), 2):
            raw = base64.b64decode(row["command"]) if row["enc"] == "b64" else row["command"].encode()
            dialect = {"posix": "bash", "": "bash"}.get(row.get("shell") or "", row.get("shell") or "")
            if dialect in DIALECTS:
                yield f"{name}:{number}", raw.decode(errors="replace"), dialect


def lost(text: str, dialect: str) -> tuple[int, list[str]] | None:
    """Count what shfmt finds in a text and name what of it we lack; nothing where it rejects the text."""
    tree = peer(text, dialect)
    if tree is None:
        return None
    found = ours(shell.read(text, dialect=dialect))
    # What is in backquotes with escapes has the place of the whole.
    whole = [words[0] for words in found if text[words[0][0]] == "`"]
    wanted = theirs(tree, text)
    missing = [
        words
        for words in wanted - found
        if not any(start <= words[0][0] < end for start, end in whole)
        and text[words[0][0] : words[-1][1]].find("\\\n") < 0
    ]
    return len(wanted), [text[words[0][0] : words[-1][1]] for words in missing]


def check(samples: list[Sample]) -> None:
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda sample: lost(sample[1], sample[2]), samples))
    valid = [(sample, result) for sample, result in zip(samples, results, strict=True) if result is not None]
    missing = {sample[0]: result[1] for sample, result in valid if result[1]}
    doubted = [sample[0] for sample, _ in valid if shell.read(sample[1], dialect=sample[2]).troubles]
    print(f"{len(samples)} texts, {len(valid)} valid, {sum(result[0] for _, result in valid)} commands")
    assert missing == {}
    assert len(doubted) <= len(valid) * 0.0006, doubted


def test_scripts_of_this_machine() -> None:
    check(list(itertools.islice(scripts(), MOST)))


@pytest.mark.parametrize("name", ["benign", "hostile"])
def test_published_commands(name: str) -> None:
    samples = list(corpus(name))
    check(samples[:: max(1, len(samples) // MOST)])
