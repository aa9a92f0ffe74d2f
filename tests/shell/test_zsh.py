"""What zsh alone has: its plug-ins and options, lines that come past the keys, the kill ring, fc, searches, vared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import GUARDED, SUDO, Shell, opened

pytestmark = [pytest.mark.shell, pytest.mark.skipif("zsh" not in GUARDED, reason="the hook of zsh judges no pastes")]


def plugin(name: str) -> str:
    """Find a plug-in where distributions put it."""
    paths = [Path(folder, name, f"{name}.zsh") for folder in ("/usr/share", "/usr/share/zsh/plugins")]
    return str(next(filter(Path.exists, paths), paths[0]))


SUGGEST, HIGHLIGHT = plugin("zsh-autosuggestions"), plugin("zsh-syntax-highlighting")
PLUGINS = {
    "autosuggestions": f"source {SUGGEST}",
    "syntax-highlighting": f"source {HIGHLIGHT}",
    "both": f"source {SUGGEST}; source {HIGHLIGHT}",
    "magic": "autoload -Uz bracketed-paste-magic url-quote-magic; zle -N bracketed-paste bracketed-paste-magic; "
    "zle -N self-insert url-quote-magic",
    # A prompt that shrinks when its line is accepted: all of the editing is done before zle has pastes marked.
    "transient": "zle-line-init() { [[ $CONTEXT == start ]] || return 0; zle .recursive-edit; local ended=$?; "
    "PROMPT='> '; zle .reset-prompt; PROMPT='ready> '; (( ended )) && zle .send-break || zle .accept-line; }; "
    "zle -N zle-line-init",
    "url-magic": "autoload -Uz bracketed-paste-url-magic; zle -N bracketed-paste bracketed-paste-url-magic",
}
OPTIONS = (
    "kshglob shglob ksharrays shwordsplit nounset warncreateglobal noglob nocaseglob extendedglob nullglob errreturn "
    "nobanghist histverify pipefail octalzeroes rcquotes posixbuiltins promptsubst warnnestedvar errexit"
).split()


@pytest.fixture(autouse=True)
def sudo(wrapify: Wrapify) -> None:
    wrapify.put("bin/sudo", SUDO, 0o755)


PATH = "PATH=~/bin:$PATH"


def asked(shell: Shell, text: str, *, shown: str = "") -> None:
    shell.ready()
    shell.paste(text, shown=shown)
    shell.keys("Enter")
    shell.question()


def back(shell: Shell, text: str) -> None:
    """Send the text at the question back to the editor, see it there, and drop it."""
    shell.answer("e")
    until(lambda: shell.screen().endswith(text), shell.screen)
    shell.keys("C-c")
    shell.ready()


def works(shell: Shell) -> None:
    """See that typed lines run, pastes are asked about, and an answer is obeyed."""
    shell.ready()
    assert shell.run("touch typed") == 0
    asked(shell, "touch evil; sudo id")
    back(shell, "touch evil; sudo id")
    asked(shell, "touch run; sudo true")
    with shell.prompt():
        shell.answer("r")
    shell.ready()
    shell.paste("touch clean && true")
    with shell.prompt():
        shell.keys("Enter")
    shell.ready()
    shell.type("echo !!sandbox touch evil")
    shell.contains("works only at the start")
    shell.keys("C-c")
    assert [shell.made(name) for name in ("typed", "evil", "run", "clean")] == [True, False, True, True]


@pytest.mark.parametrize("first", ["plugin", "hook"])
@pytest.mark.parametrize("name", PLUGINS)
def test_beside(wrapify: Wrapify, name: str, first: str) -> None:
    text = PLUGINS[name]
    for path in (SUGGEST, HIGHLIGHT):
        if path in text and not Path(path).exists():
            pytest.skip(f"no {path}")
    before, after = (f"{PATH}; {text}", "") if first == "plugin" else (PATH, text)
    with opened(wrapify, "zsh", before=before, after=after) as shell:
        works(shell)


@pytest.mark.parametrize("option", OPTIONS)
def test_option(wrapify: Wrapify, option: str) -> None:
    with opened(wrapify, "zsh", before=PATH, after=f"setopt {option}") as shell:
        works(shell)


def test_nothing_is_traced(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before="precmd() { { echo $? >>~/.prompts; } 2>/dev/null }", after="set -x") as shell:
        shell.run("echo one")
        shell.paste("echo two")
        shell.keys("Enter")
        shell.shows("two")
        assert [line for line in shell.lines() if "__wrapify" in line] == []


@pytest.mark.parametrize("trap", [":", "trap 'echo trapped' INT", "TRAPINT() { return 0; }"])
@pytest.mark.parametrize("again", ["fc -e - 1", "r 1; touch evil3", "true && fc -e true 2"])
def test_fc_brings_no_line_with_the_prefix_past_the_editor(wrapify: Wrapify, trap: str, again: str) -> None:
    lines = "print -s '!!sandbox echo; touch evil'; print -s $'!!sandbox for i in 1; do\\ntrue\\ndone\\ntouch evil2'"
    with opened(wrapify, "zsh", before=PATH, after=f"{lines}; {trap}") as shell:
        shell.ready()
        shell.type(again)
        shell.contains("goes to the editor")
        until(lambda: "ready> !!sandbox" in shell.screen().rpartition("goes to the editor")[2], shell.screen)
        if trap == ":":
            shell.keys("C-c")
            shell.ready()
            shell.run("echo one two")
            # History expansion is what it was.
            shell.type("echo !$ three")
            shell.shows("two three")
        assert [name for name in ("evil", "evil2", "evil3") if shell.made(name)] == []


def test_what_was_pushed_away_or_killed_is_a_paste_when_it_is_back(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH) as shell:
        shell.ready()
        shell.paste("touch evil; sudo id")
        shell.keys("M-q")
        shell.ready()
        with shell.prompt():
            shell.type("true")
        shell.contains("ready> touch evil")
        shell.look()
        shell.keys("Enter")
        shell.question()
        back(shell, "touch evil; sudo id")
        shell.paste("touch evil2; sudo id")
        shell.keys("C-u", "C-y", "Enter")
        shell.question()
        back(shell, "touch evil2; sudo id")
        assert [name for name in ("evil", "evil2") if shell.made(name)] == []


def test_an_emptied_line_is_no_paste(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH) as shell:
        shell.ready()
        shell.paste("echo pasted")
        shell.keys("C-u")
        shell.ready()
        assert shell.run("sudo touch typed") == 0
        assert shell.made("typed")


def test_a_held_paste_is_asked_about_again(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH) as shell:
        shell.ready()
        shell.paste("true; sudo true")
        shell.keys("M-a")
        with shell.prompt():
            shell.answer("r")
        until(lambda: shell.screen().endswith("ready> true; sudo true"), shell.screen)
        shell.look()
        shell.keys("Enter")
        shell.question()
        back(shell, "true; sudo true")


def test_a_line_past_the_keys_is_looked_at(wrapify: Wrapify) -> None:
    need("bwrap")
    with opened(wrapify, "zsh", before=PATH, after="bindkey '^M' .accept-line") as shell:
        asked(shell, "touch evil; sudo id")
        back(shell, "touch evil; sudo id")
        asked(shell, "touch run; sudo true")
        with shell.prompt():
            shell.answer("r")
        shell.ready()
        with shell.prompt():
            shell.type(",, echo in''side >&2")
        shell.shows("inside")
        shell.ready()
        shell.type("touch evil; !!sandbox touch evil2")
        shell.contains("works only at the start")
        shell.keys("C-c")
        assert [shell.made(name) for name in ("run", "evil", "evil2")] == [True, False, False]


def test_what_comes_with_its_enter_stays_whole(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH) as shell:
        shell.ready()
        shell.paste("touch evil\x1b[201~\rtouch evil2 é\r", shown="touch evil")
        shell.question()
        back(shell, "ready> touch evil\ntouch evil2 é")
        shell.paste("sudo id\ntouch evil3\n", shown="sudo id", bracketed=False)
        shell.question()
        back(shell, "ready> sudo id\ntouch evil3")
        assert [name for name in ("evil", "evil2", "evil3") if shell.made(name)] == []


def test_a_paste_behind_control_v(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH) as shell:
        shell.ready()
        shell.keys("C-v")
        shell.paste("touch evil; sudo id", shown="sudo id")
        shell.keys("Enter")
        shell.question()
        shell.answer("e")
        assert not shell.made("evil")


def test_a_search_takes_a_paste(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH) as shell:
        shell.run("echo find me")
        shell.run("echo other")
        shell.ready()
        shell.keys("C-r")
        shell.contains("bck-i-search")
        shell.paste("find", shown="bck-i-search: find")
        shell.contains("ready> echo find me\nbck-i-search: find")


def test_what_vared_and_select_read_is_data(wrapify: Wrapify) -> None:
    with opened(wrapify, "zsh", before=PATH, after="data=") as shell:
        shell.ready()
        shell.type("vared -p 'data: ' data")
        shell.contains("\ndata:")
        shell.paste("sudo id")
        with shell.prompt():
            shell.keys("Enter")
        shell.ready()
        shell.type('select x in a; do echo "got-$REPLY"; break; done')
        shell.contains("?#")
        shell.paste("sudo 1")
        shell.keys("Enter")
        shell.shows("got-sudo 1")
        shell.run('echo "<$data>"')
        shell.shows("<sudo id>")


def test_errexit_ends_no_shell_for_what_was_asked(wrapify: Wrapify) -> None:
    need("bwrap")
    with opened(wrapify, "zsh", before=PATH, after="setopt errexit") as shell:
        asked(shell, "sudo true")
        with shell.prompt():
            shell.answer("s")
        asked(shell, "sudo true 2")
        shell.answer("c")
        shell.ready()
        assert shell.run(",, true") == 0
        assert wrapify("policy", "set", "paste.sudo", "sandbox").returncode == 0
        shell.ready()
        shell.paste("sudo true 3")
        with shell.prompt():
            shell.keys("Enter")
        shell.ready()
        assert wrapify("policy", "set", "paste.sudo", "block").returncode == 0
        shell.paste("sudo true 4")
        shell.keys("Enter")
        shell.contains("Blocked")
        shell.keys("C-c")
        shell.ready()
        assert shell.run("true") == 0
