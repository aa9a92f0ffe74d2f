"""Our reader against the real shells: a marker that ran is a command that we found.

The programs consist of functions that print their names, of builtins and nothing else: PATH is empty.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import need
from tests.unit.analysis.commands import names, plain, simples
from tests.unit.analysis.programs import Program
from wrapify.analysis import shell

PROGRAMS = int(os.environ.get("WRAPIFY_TEST_PROGRAMS", "60"))
QUOTED = (
    "a",
    "\\",
    "'",
    '"',
    " ",
    "$'\\x41\\n\\101\\u00e9'",
    "'b c'",
    '"d\\e\\"\\$ f"',
    "\\\n",
    '"g\\\nh"',
    '"',
    "\\'",
    "%",
    "é",
)
PROGRAM_OF = {"bash": ("bash", "--norc"), "sh": ("dash",), "zsh": ("zsh", "-f")}
BEFORE = {"bash": "shopt -s extglob\n", "sh": "", "zsh": "setopt no_nomatch\n"}


def run(dialect: str, script: str, marks: Path) -> set[str]:
    """Run a script in an empty directory; give the markers that it left."""
    program, *options = PROGRAM_OF[dialect]
    marks.write_text("")
    command = [need(program), *options, "-c", script]
    environment = {"PATH": "", "MARKS": str(marks)}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    try:
        subprocess.run(command, cwd=marks.parent, env=environment, timeout=2, check=False, **streams)  # type: ignore[call-overload]
    except subprocess.TimeoutExpired:
        pass  # what ran until then counts
    return set(marks.read_text().split())


@pytest.mark.parametrize("dialect", ["bash", "zsh", "sh"])
def test_what_ran_was_found(dialect: str, tmp_path: Path) -> None:
    lost, ran = {}, 0
    for seed in range(PROGRAMS):
        program = Program(seed, dialect)
        if len(program.text) > 6000:
            continue
        marks = "".join(f'm{number}() {{ echo m{number} >>"$MARKS"; }}\n' for number in range(1, program.markers + 1))
        (tmp_path / "program").write_text(program.text)
        found = set(names(shell.read(program.text, dialect=dialect)))
        # A file for each: what goes on in the background may still write to it later.
        did = run(dialect, f"{marks}{BEFORE[dialect]}. {tmp_path}/program\n", tmp_path / f"marks-{seed}")
        ran += len(did)
        if did - found:
            lost[seed] = (sorted(did - found), program.text)
    assert lost == {}
    assert ran > PROGRAMS  # they do run


def quoted_words(source: Program) -> str:
    return "w" + "".join(source.random.choice(QUOTED) for _ in range(source.random.randrange(1, 7))) + "z"


@pytest.mark.parametrize("dialect", ["bash", "zsh"])
def test_words_are_unquoted_as_the_shell_does(dialect: str, tmp_path: Path) -> None:
    words = [quoted_words(Program(seed, dialect)) for seed in range(400)]
    read = [shell.read(f"x {word}", dialect=dialect) for word in words]
    whole = [(word, one) for word, one in zip(words, read, strict=True) if not one.troubles and len(simples(one)) == 1]
    script = "".join(f"set -- {word}\nprintf '%s\\0' \"$@\" >>marks\nprintf '\\n\\0' >>marks\n" for word, _ in whole)
    program, *options = PROGRAM_OF[dialect]
    environment = {"PATH": "", "LC_ALL": "C.UTF-8"}
    subprocess.run([need(program), *options, "-c", script], cwd=tmp_path, env=environment, check=True, timeout=20)
    theirs = (tmp_path / "marks").read_bytes().decode().split("\0\n\0")[:-1]
    ours = ["\0".join(plain(word) for word in simples(one)[0].words[1:]) for _, one in whole]
    wrong = [(word, a, b) for (word, _), a, b in zip(whole, ours, theirs, strict=True) if a != b]
    assert wrong == []
    assert len(whole) > 50
