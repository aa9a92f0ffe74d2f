"""What the hooks are and cost: linted as they ship, no process for a typed line, and no line lost without wrapify."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import CANDIDATES, opened
from wrapify.shells import EDITORS, HOOKS

LINTS = {
    "bash": (("bash", "-n"), ("shellcheck",)),
    "zsh": (("zsh", "-n"),),
    "fish": (("fish", "--no-execute"), ("fish_indent", "--check")),
}
PROMPT = "[[ ${BASH_VERSION} < 5.1 ]] && PROMPT_COMMAND+=$'\\ntouch ~/prompted' || PROMPT_COMMAND+=('touch ~/prompted')"
"""An array since 5.1."""
LINES = {"bash": 528, "zsh": 480, "fish": 405}
"""What a hook may have at most. bash has no widgets to wrap and no question to ask its editor, so it takes more."""


FILES = [(HOOKS[name], *one) for name in HOOKS for one in LINTS[name]]
FILES += [(file, *one) for file in EDITORS.values() for one in LINTS["bash"]]


@pytest.mark.parametrize("command", FILES, ids=lambda one: f"{one[0]}-{one[1]}")
def test_lint(command: tuple[str, ...]) -> None:
    name, program, *options = command
    done = subprocess.run([need(program), *options, str(ROOT / "shell" / name)], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", HOOKS)
def test_length(name: str) -> None:
    assert len((ROOT / "shell" / HOOKS[name]).read_text().splitlines()) <= LINES[name]


def test_the_filters_look_for_the_same_words() -> None:
    """Each hook has the list in its own words: when wrapify cannot judge, a paste with one of them stays."""
    bash, zsh, fish = ((ROOT / "shell" / HOOKS[name]).read_text().replace("\\\n", "") for name in HOOKS)
    case = re.search(r"case \$\{word##\*/\} in\s+(.*?)\) return 1", bash)
    listed = re.search(r"set -l risky (.*)", fish)
    assert case is not None
    assert listed is not None
    lists = [
        case[1].replace(" ", "").split("|"),
        "".join(re.findall(r"risky\+?='([^']*)'", zsh)).split("|"),
        shlex.split(listed[1]),
    ]
    assert len(lists[0]) > 50
    assert [sorted(one) for one in lists] == [sorted(set(lists[0]))] * 3


@pytest.mark.shell
@pytest.mark.parametrize("name", CANDIDATES)
def test_a_typed_line_and_its_prompt_start_no_process(wrapify: Wrapify, name: str, tmp_path: Path) -> None:
    with opened(wrapify, name) as shell:
        shell.run("true")
        log = tmp_path / "strace"
        words = [need("strace"), "-f", "-qq", "-o", str(log), "-e", "trace=fork,vfork,clone,clone3,execve", "-p"]
        with subprocess.Popen([*words, str(shell.shell())], stderr=subprocess.PIPE) as tracer:
            until(lambda: "TracerPid:\t0" not in Path(f"/proc/{shell.shell()}/status").read_text(), "strace attached")
            for _ in range(5):
                # What is typed before the prompt is there is no different from a paste that nobody marked.
                shell.ready()
                shell.run("true")
            tracer.terminate()
        # fish starts threads; CLONE_THREAD is no process.
        assert [line for line in log.read_text().splitlines() if "CLONE_THREAD" not in line] == []


@pytest.mark.shell
@pytest.mark.sandbox
@pytest.mark.parametrize("name", CANDIDATES)
def test_without_wrapify_typed_lines_run_and_others_stay(wrapify: Wrapify, name: str) -> None:
    # A copy of the name that goes away in the middle of the session.
    folder = wrapify.home / "bin"
    folder.mkdir()
    (folder / "wrapify").symlink_to(wrapify.program)
    before = "set -gx PATH ~/bin $PATH" if name == "fish" else "PATH=~/bin:$PATH"
    with opened(wrapify, name, before=before) as shell:
        (folder / "wrapify").unlink()
        assert shell.run("touch typed") == 0
        shell.type("!!sandbox touch lost")
        shell.contains("is not there, so nothing was run")
        shell.keys("C-u")
        assert shell.run("touch typed2") == 0
        (folder / "wrapify").write_text("#!/bin/sh\nexit 1\n")
        (folder / "wrapify").chmod(0o755)
        assert shell.run(",, touch lost") == 1
        assert (shell.made("typed"), shell.made("typed2"), shell.made("lost")) == (True, True, False)


@pytest.mark.shell
@pytest.mark.parametrize("name", CANDIDATES)
def test_an_inherited_variable_changes_nothing(wrapify: Wrapify, name: str) -> None:
    names = set(re.findall(r"__wrapify_\w+", (ROOT / "shell" / HOOKS[name]).read_text()))
    wrapify.env.update(dict.fromkeys(names, "1"))
    with opened(wrapify, name) as shell:
        shell.type("!!sandbox+nonsense touch lost")
        shell.contains("there is no +nonsense")
        assert not shell.made("lost")


@pytest.mark.shell
def test_a_habit_of_bash_stays(wrapify: Wrapify) -> None:
    habits = (
        "trap 'touch ~/ended' EXIT",
        "PS0='zero '",
        PROMPT,
        """bind '"\\C-xq": "echo macro\\C-m"'""",
    )
    with opened(wrapify, "bash", after="\n".join(habits)) as shell:
        shell.run("echo one")
        shell.shows("zero one")
        shell.type("(exit 7)")
        shell.type("echo status $? $_")
        shell.contains("zero status 7")
        shell.keys("C-x")
        shell.type("q", enter=False)
        shell.shows("zero macro")
        shell.type("cat <<X")
        shell.type("typed !!sandbox")
        shell.contains("works only at the start")
        with shell.prompt():
            shell.keys("C-c")
        shell.type("cat <<X")
        shell.type("typed 'body")
        shell.run("X")
        shell.shows("zero typed 'body")
        shell.type("echo 'open")
        shell.run("quote'")
        shell.shows("quote")
        until(lambda: shell.made("prompted"))
        shell.type("exit")
        until(lambda: shell.made("ended"))
