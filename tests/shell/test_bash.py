"""What bash alone has: readline's own keys, macros, editors and options, and what a paste may try with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import GUARDED, SUDO, Shell, opened

pytestmark = [
    pytest.mark.shell,
    pytest.mark.sandbox,
    pytest.mark.skipif("bash" not in GUARDED, reason="the hook of bash judges no pastes"),
]
BEFORE = "PATH=~/bin:$PATH"


@pytest.fixture(scope="module")
def shell(wrapify_bin: Path, user: User, make_home: Callable[[], Path]) -> Iterator[Shell]:
    """Give one bash for the tests of the file that change nothing in it."""
    need("bwrap")
    wrapify = Wrapify(wrapify_bin, user, make_home())
    wrapify.put("bin/sudo", SUDO, 0o755)
    with opened(wrapify, "bash", before=BEFORE) as it:
        yield it


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    if "shell" not in request.fixturenames:
        yield
        return
    shell: Shell = request.getfixturevalue("shell")
    with shell.prompt():
        shell.type("clear")
    shell.ready()
    yield
    shell.keys("C-c")


def asked(shell: Shell, text: str, *, shown: str = "") -> None:
    """Paste, press Enter, and see that the question comes and nothing more of the text runs."""
    shell.paste(text, shown=shown)
    shell.keys("Enter")
    shell.answer("e")
    shell.keys("C-c")
    shell.ready()


def entered(shell: Shell) -> None:
    """Press Enter and wait for the next prompt."""
    with shell.prompt():
        shell.keys("Enter")
    shell.ready()


@pytest.mark.parametrize("key", ["\\033[7772~", "\\033[7774~", "\\033[7773~", "\\033\\005", "\\017", "\\012"])
def test_keys_that_a_paste_brings_along(shell: Shell, key: str) -> None:
    """A paste that ends itself and goes on with a key that would run it."""
    name = f"brought-{key.strip('~')[-3:]}"
    text = f"touch {name}; echo $(touch {name})\x1b[201~{key.encode().decode('unicode_escape')}"
    shell.paste(text, shown=f"touch {name}")
    shell.look()
    shell.keys("C-c")
    if shell.questioned():
        until(lambda: not shell.questioned(), shell.screen)
        shell.keys("C-c")
    shell.run("true")
    assert not shell.made(name)


def test_a_paste_behind_ctrl_v(shell: Shell) -> None:
    shell.keys("C-v")
    shell.paste("true; sudo touch quoted", shown="sudo touch quoted")
    shell.keys("Enter")
    shell.answer("e")
    assert not shell.made("quoted")


def test_expansion_of_the_line_does_not_run_what_was_pasted(shell: Shell) -> None:
    shell.paste("echo $(touch expanded)")
    shell.keys("M-C-e")
    shell.contains("not expanded")
    shell.keys("C-c")
    shell.ready()
    shell.type("echo $(touch expanded2)", enter=False)
    shell.keys("M-C-e")
    until(lambda: shell.made("expanded2"), shell.screen)
    assert not shell.made("expanded")


def test_a_raw_paste_whose_last_line_matters(shell: Shell) -> None:
    shell.paste('echo harm""less\nsudo touch raw-last\n', shown="harmless", bracketed=False)
    shell.answer("e")
    assert not shell.made("raw-last")


def test_what_was_typed_with_expansions_runs_as_ever(shell: Shell) -> None:
    shell.run("(exit 3) | (exit 4) | true")
    shell.type("echo got ${PIPESTATUS[*]}")
    shell.shows("got 3 4 0")
    shell.ready()
    shell.run("false word")
    shell.paste("echo is-$? $_")
    entered(shell)
    shell.shows("is-1 word")


def test_more_than_an_environment_takes_is_asked_about(shell: Shell) -> None:
    shell.paste(f": {'word' * 40000}; sudo touch large", shown="sudo touch large")
    shell.keys("Enter")
    shell.answer("e")
    assert not shell.made("large")


def test_a_space_in_front_keeps_a_paste_out_of_history(shell: Shell) -> None:
    shell.run("HISTCONTROL=ignorespace")
    shell.paste(" sudo touch unseen")
    shell.keys("Enter")
    shell.answer("c")
    shell.ready()
    shell.run("HISTCONTROL=")
    shell.run("history | grep -c '[u]nseen' >count")
    assert shell.said("count") == "0\n"


def test_a_long_typed_line_does_not_wait(shell: Shell) -> None:
    """A pattern that takes the square of its length would take minutes here."""
    shell.paste(f"true {'word' * 25000} END", shown=" END")
    shell.keys("Enter")
    until(lambda: shell.questioned() or shell.statuses(), shell.screen)
    if shell.questioned():
        shell.answer("r")
    shell.ready()
    shell.keys("Up")
    shell.contains(" END", seconds=10)
    with shell.prompt(seconds=10):
        shell.keys("Enter")


def test_read_in_a_function_takes_data(shell: Shell) -> None:
    shell.run("reads() { read -e -p 'data> ' line; echo \"<$line>\"; }")
    shell.type("reads")
    shell.contains("data> ")
    shell.paste("sudo is data")
    entered(shell)
    shell.shows("<sudo is data>")
    asked(shell, "sudo touch after-data")
    assert not shell.made("after-data")


def test_two_pastes_in_a_line(shell: Shell) -> None:
    shell.type("touch one ", enter=False)
    shell.paste("touch2 ", shown="one touch2")
    shell.paste("; sudo touch two")
    shell.keys("Enter")
    shell.answer("e")
    shell.keys("C-c")
    shell.ready()
    shell.type("sudo touch ", enter=False)
    shell.paste("three ", shown="touch three")
    shell.paste("four")
    entered(shell)
    assert [name for name in ("one", "two", "three", "four") if shell.made(name)] == ["three", "four"]


def test_later_bindings_and_prompt_commands(wrapify: Wrapify) -> None:
    with opened(wrapify, "bash", after="PROMPT_COMMAND='echo $? >>~/.prompts'") as shell:
        shell.ready()
        asked(shell, "sudo touch late1")
        shell.run(r"""bind '"\C-m": accept-line'; bind '"\C-j": accept-line'""")
        asked(shell, "sudo touch late2")
        shell.run("PROMPT_COMMAND='echo $? >>~/.prompts'")
        shell.ready()
        shell.type("!!sandbox+nonsense touch late3")
        shell.contains("there is no +nonsense")
        shell.keys("C-c")
        shell.ready()
        asked(shell, "sudo touch late4")
        assert [name for name in ("late1", "late2", "late3", "late4") if shell.made(name)] == []


MODES = ("set -u", "set -o posix", "set +H", "shopt -s nocasematch", "IFS=x", "shopt -s nullglob", "set -f", "set -x")


@pytest.mark.parametrize("mode", MODES)
def test_modes(wrapify: Wrapify, mode: str) -> None:
    with opened(wrapify, "bash", after=mode) as shell:
        shell.ready()
        asked(shell, "sudo touch by-mode")
        shell.paste("touch plain")
        entered(shell)
        assert (shell.made("by-mode"), shell.made("plain")) == (False, True)


def test_magic_space(wrapify: Wrapify) -> None:
    with opened(wrapify, "bash", before="bind Space:magic-space") as shell:
        shell.run("touch previous")
        shell.ready()
        shell.type("!!sandbox+nonsense touch magic")
        shell.contains("there is no +nonsense")
        shell.keys("C-c")
        shell.ready()
        shell.type("!! ", enter=False)
        until(lambda: shell.lines()[-1] == "ready> touch previous", shell.screen)
        assert not shell.made("magic")


@pytest.mark.parametrize("mode", ["emacs", "vi"])
def test_editors(wrapify: Wrapify, mode: str) -> None:
    script = "#!/bin/sh\necho 'touch by-editor' >\"$1\"\ntouch ~/edited\n"
    editor = wrapify.put("bin/editor", script, 0o755)
    wrapify.env.update({"EDITOR": str(editor), "VISUAL": str(editor)})

    def edit(shell: Shell) -> None:
        shell.keys("Escape", "v") if mode == "vi" else shell.keys("C-x", "C-e")
        until(lambda: shell.made("edited"), shell.screen)
        (shell.home / "edited").unlink()

    with opened(wrapify, "bash", after=f"set -o {mode}") as shell:
        shell.ready()
        shell.paste("echo pasted")
        edit(shell)
        shell.contains("ready> touch by-editor")
        assert not shell.made("by-editor")
        shell.keys("C-c")
        shell.ready()
        shell.type(",, echo prefix", enter=False)
        edit(shell)
        shell.look()
        assert not shell.made("by-editor")
        shell.keys("C-c")
        shell.ready()
        shell.type("echo typed", enter=False)
        edit(shell)
        until(lambda: shell.made("by-editor"), shell.screen)


def test_a_macro_of_the_user_on_enter(wrapify: Wrapify) -> None:
    with opened(wrapify, "bash", after=r"""bind '"\C-m": "\C-e #\C-j"'""") as shell:
        shell.ready()
        shell.type("echo macro")
        shell.contains("ready> echo macro #")
        shell.ready()
        shell.paste("sudo touch by-macro")
        shell.keys("Enter")
        shell.answer("e")
        assert not shell.made("by-macro")


NEIGHBOURS = {
    "direnv": 'eval "$(direnv hook bash)"',
    "zoxide": 'eval "$(zoxide init bash)"',
    "fzf": "source /usr/share/doc/fzf/examples/key-bindings.bash",
}


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_neighbours(wrapify: Wrapify, neighbour: str, order: str) -> None:
    if not shutil.which(neighbour):
        pytest.skip(f"{neighbour} is not installed")
    with opened(wrapify, "bash", **{order: NEIGHBOURS[neighbour]}) as shell:
        shell.ready()
        asked(shell, "sudo touch beside")
        shell.run("cd /")
        shell.run("cd")
        shell.paste("touch plain")
        entered(shell)
        shell.type("!!sandbox+nonsense touch beside")
        shell.contains("there is no +nonsense")
        assert (shell.made("beside"), shell.made("plain")) == (False, True)
