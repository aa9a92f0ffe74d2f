"""The fish that is installed judges its reader: what it refuses, how it unquotes, which commands it runs."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import need
from tests.unit.analysis.fish_tree import stages
from tests.unit.analysis.test_fish import GOOD, ODD
from wrapify.analysis.fish import read
from wrapify.analysis.fishwords import literal
from wrapify.analysis.tree import Compound, Simple

SHARE = Path("/usr/share/fish")


def fish(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [need("fish"), "--no-config", *arguments]
    # fish makes its folders in the home it is told, whatever that is: one that goes away again.
    with tempfile.TemporaryDirectory() as home:
        env = {"PATH": "/usr/bin:/bin", "HOME": home, "LANG": "C.UTF-8"}
        return subprocess.run(command, capture_output=True, check=False, timeout=20, stdin=subprocess.DEVNULL, env=env)


@pytest.mark.parametrize("text", [text for text, _ in GOOD])
def test_fish_takes_what_is_read_without_trouble(text: str) -> None:
    assert fish("--no-execute", "-c", text).stderr == b""


@pytest.mark.parametrize("text", [text for text, _, trouble in ODD if trouble])
def test_fish_refuses_what_is_trouble(text: str) -> None:
    assert fish("--no-execute", "-c", text).stderr != b""


def test_reads_the_scripts_of_fish_without_trouble() -> None:
    need("fish")
    scripts = sorted(SHARE.rglob("*.fish"))
    assert len(scripts) > 500
    troubles = {str(one): read(one.read_text("utf-8", "replace")).troubles for one in scripts[::2]}
    assert {name: found for name, found in troubles.items() if found} == {}


PIECES = st.sampled_from(
    [
        *"abcx09 \t;|&<>#^%,~!=-",
        "'",
        '"',
        "\\",
        "\\'",
        '\\"',
        "\\\\",
        "\\$",
        "\\n",
        "\\x41",
        "\\u263a",
        "\\101",
        "\\cA",
        "''",
    ]
)


def read_literals(text: str) -> list[str] | None:
    """Give the words of a text that is one simple command of literal words, else None."""
    reading = read(text)
    if (
        reading.troubles
        or len(reading.script) != 1
        or len(reading.script[0].stages) != 1
        or reading.script[0].background
    ):
        return None
    stage = reading.script[0].stages[0]
    words = [literal(word) for word in stage.words]
    if isinstance(stage, Compound) or stage.redirects or None in words or any("~" in (word or "") for word in words):
        return None
    # A program gets what stands before a NUL.
    return [word.partition("\0")[0] for word in words if word is not None][2:]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=25, max_size=25))
def test_unquotes_as_fish_does(rows: list[str]) -> None:
    texts = [f"printf '%s\\0' {row}" for row in rows]
    expected = {text: words for text in texts if (words := read_literals(text)) and "\n" not in text}
    done = fish("-c", "\n".join(f"{text}; printf '@@\\0'" for text in expected if "#" not in text))
    found = [block.split("\0")[:-1] for block in done.stdout.decode("utf-8", "replace").split("@@\0")[:-1]]
    assert found == [words for text, words in expected.items() if "#" not in text], done.stderr


# Every place where fish runs a command; @ is one of them.
FRAMES = (
    "@", "@; @", "@\n@", "@ && @", "@; and @", "@ | @", "not @", "! @", "begin; @; end", "if @; @; end",
    "for i in (@); @; end",

    "switch (@); case (@) '*'; @; end", "echo (@)", "echo \"$(@)\"", "echo a(@)b >/dev/null",
    "V=(@) @", "V=1 begin; @; end",
    "set x (@)", "echo $x[(@;echo 1)]", "echo {(@),b}", "echo 'm0' m0 # m0\n@", "echo \"(m0)\" $V; @",
    "if not @; else if @; @; else; @; end",
    "function g; @; end; g", "echo a#m0; @", "@ &| @", "true \\\n&& @",
    "time @ 2>/dev/null", "echo \\(m0; @", "echo a >(@; echo /dev/null)",
)  # fmt: skip


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, int]:
    """Make a text with commands m1, m2 … in it."""
    text = "@"
    for _ in range(draw(st.integers(1, 3))):
        before, _, after = text.partition("@")
        text = before + draw(st.sampled_from(FRAMES)) + after
    count = text.count("@")
    for number in range(1, count + 1):
        text = text.replace("@", f"m{number}", 1)
    return text, count


@settings(max_examples=200, deadline=None)
@given(planted())
def test_finds_every_command(case: tuple[str, int]) -> None:
    text, count = case
    reading = read(text)
    names = [literal(one.words[0]) for one in stages(reading.script) if isinstance(one, Simple) and one.words]
    planted_names = [name for name in names if name and name[0] == "m" and name[1:].isdigit()]
    assert sorted(planted_names) == sorted(f"m{number}" for number in range(1, count + 1))
    assert reading.troubles == []


@pytest.mark.parametrize("text", FRAMES)
def test_finds_every_command_that_fish_runs(text: str) -> None:
    marked = "".join(f"m{n}{part}" if n else part for n, part in enumerate(text.split("@")))
    define = "\n".join(f"function m{n}; echo RAN m{n} >&2; true; end" for n in range(10))
    ran = {
        line.split()[1] for line in fish("-c", f"{define}\n{marked}").stderr.decode().splitlines() if line[:4] == "RAN "
    }
    names = {literal(one.words[0]) for one in stages(read(marked).script) if isinstance(one, Simple) and one.words}
    assert ran <= names
    assert "m0" not in names
