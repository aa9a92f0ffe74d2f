"""The README cannot drift: each of its command lines runs, and what it names of commands and options exists."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tests.conftest import ROOT, Wrapify, need
from wrapify.cli import COMMANDS, group

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXCEPTIONS = {
    "./install.sh --demo": "tests/cli/test_install_real.py runs it",
    "./install.sh --uninstall": "tests/cli/test_install_real.py runs it",
    "./tests/run": "it is what runs this",
}
"""Command lines that are not run here, each with the reason. Those that stand at a prompt are looked at below."""
PREFIXED = re.compile(r"(!!sandbox|,,)(\+(online|offline|sealed|root))* \S.*")
"""What the hook takes: tests/shell/test_prefix.py types such lines into each shell."""
ANSWERED = {"wrapify setup": "wrapify setup --yes"}
"""What a person answers on a terminal, said by an option."""
STAND_INS = {
    "curl": "#!/bin/sh\necho 'echo hello from a script'\n",
    "xclip": "#!/bin/sh\necho 'ls -la'\n",
}
"""What the network and a display would give."""
FINE = (0, 20)
"""It ran; and `check` would ask."""
SHELLS = {"init zsh": "zsh", "init fish": "fish", "status is-interactive": "fish"}


def blocks() -> Iterator[str]:
    """Give the blocks of code that are command lines, or have some behind a prompt."""
    for kind, text in re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL):
        assert kind in ("sh", "console", "toml", "fish", "zsh"), f"say what the block is: {text[:60]!r}"
        if kind == "console":
            yield "\n".join(line[2:] for line in text.splitlines() if line.startswith("$ "))
        elif kind != "toml":
            yield text


def lines() -> list[str]:
    """List the command lines, without comments; one that goes on behind a backslash is one."""
    every = "\n".join(blocks()).replace("\\\n", " ").splitlines()
    return [line for line in (re.sub(r"(^|\s+)# .*", "", line).strip() for line in every) if line]


@pytest.fixture(scope="module")
def reader(wrapify_bin, user, make_home) -> Wrapify:
    """Somebody who follows the README from its first line to its last, with the program on the PATH."""
    need("bwrap")
    found = Wrapify(wrapify_bin, user, make_home())
    for name, text in STAND_INS.items():
        found.put(f"bin/{name}", text, 0o755)
    found.put("Makefile", "all:\n\ttrue\n")
    return found


@pytest.mark.parametrize("line", [line for line in lines() if line not in EXCEPTIONS and not PREFIXED.fullmatch(line)])
def test_the_command_line_runs(line: str, reader: Wrapify) -> None:
    shell = next((name for words, name in SHELLS.items() if words in line), "bash")
    path = f"{reader.home}/bin:{Path(reader.program).parent}:/usr/local/bin:/usr/bin:/bin"
    env = reader.environment(PATH=path, EDITOR="true", SHELL="/bin/bash")
    line = ANSWERED.get(line, line)
    if "wrapify init" in line:
        # It stands in a start-up file; only an interactive shell takes the hook in.
        command = [need(shell), *(["--norc"] if shell == "bash" else []), "-i", "-c", line]
    else:
        command = [need(shell), "-c", f"set -o pipefail\n{line}" if shell == "bash" else line]
    done = subprocess.run(
        command, cwd=reader.home, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
        **reader.user.drop,
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert done.returncode in FINE, said
    assert "Traceback" not in said


def test_there_are_command_lines_and_no_exception_is_stale() -> None:
    found = lines()
    assert sum("wrapify" in line for line in found) > 5
    assert any(map(PREFIXED.fullmatch, found))
    assert [line for line in EXCEPTIONS if line not in README] == []


def mentions() -> list[str]:
    """List what the text calls by name: `wrapify …`, also behind a pipe or sudo."""
    plain = re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL)
    found = (
        re.search(r"(?:^|[ |])wrapify ([a-z].*)", code.replace("\\|", "|")) for code in re.findall(r"`([^`]+)`", plain)
    )
    return sorted({match[1] for match in found if match})


def test_there_are_mentions() -> None:
    assert len(mentions()) > 20


@pytest.mark.parametrize("text", mentions())
def test_what_is_mentioned_exists(text: str) -> None:
    words = re.split(r"[ =]|\[|\]|\|", text.split(" -- ")[0])
    assert words[0] in COMMANDS
    command: click.Command | None = group.Lazy().get_command(click.Context(group.wrapify), words[0])
    for word in words[1:]:
        if isinstance(command, click.Group) and word.isalpha() and word.islower():
            command = command.get_command(click.Context(command), word)
            assert command is not None, f"there is no {word} in {text!r}"
    assert command is not None
    options = {spelling for param in command.params for spelling in param.opts} | {"--help", "-h", "-v", "-vv"}
    assert [word for word in words[1:] if re.fullmatch(r"--?[a-z][a-z-]*", word) and word not in options] == []
