"""Ways around the guard, with one body for bash, zsh and fish: keys, split lines, history, editors, later bindings."""

from __future__ import annotations

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import until
from tests.shell.shells import GUARDED, Shell, opened

pytestmark = [pytest.mark.shell, pytest.mark.sandbox, pytest.mark.parametrize("name", GUARDED)]
KEYS = {
    "bash": ("Enter", "C-j", "C-o"),
    "zsh": ("Enter", "C-j", "C-o", "M-a", "C-x C-n"),
    "fish": ("Enter", "C-j"),
}
VI = {"bash": "set -o vi", "zsh": "bindkey -v", "fish": "fish_vi_key_bindings"}
LATER = {"bash": """bind '"\\C-m": accept-line'""", "zsh": "bindkey '^M' .accept-line", "fish": "bind \\r execute"}


def kept(shell: Shell, made: str) -> None:
    """See that the shell asks, give the text back, and that nothing was made."""
    shell.answer("e")
    shell.keys("C-c")
    assert not shell.made(made)


def test_every_key_that_accepts(wrapify: Wrapify, name: str) -> None:
    after = "bindkey '^X^N' accept-and-infer-next-history" if name == "zsh" else ""
    with opened(wrapify, name, after=after) as shell:
        for key in KEYS[name]:
            shell.ready()
            shell.paste("sudo touch by-key")
            shell.keys(*key.split())
            kept(shell, "by-key")


def test_vi_mode(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name, after=VI[name]) as shell:
        shell.ready()
        shell.paste("sudo touch vi")
        shell.keys("Enter")
        shell.answer("e")
        shell.look()
        shell.keys("Escape")
        shell.look()
        shell.keys("Enter")
        kept(shell, "vi")


def test_a_paste_in_the_command_mode_of_vi(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name, after=VI[name]) as shell:
        shell.ready()
        shell.keys("Escape")
        shell.look()
        shell.paste("sudo touch command-mode", shown="touch command-mode")
        shell.keys("Enter")
        kept(shell, "command-mode")


def test_a_word_split_over_lines(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste("su")
        shell.type("\\")
        shell.paste("do touch split")
        shell.keys("Enter")
        kept(shell, "split")


def test_keys_bound_after_the_hook(wrapify: Wrapify, name: str) -> None:
    with opened(wrapify, name, after=LATER[name]) as shell:
        shell.ready()
        shell.paste("sudo touch later")
        shell.keys("Enter")
        until(lambda: shell.questioned() or "past the keys" in shell.screen(), shell.screen)
        if shell.questioned():
            kept(shell, "later")
        assert not shell.made("later")


def test_a_keyboard_macro(wrapify: Wrapify, name: str) -> None:
    if name != "bash":
        pytest.skip("bash alone records keys")
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.keys("C-x")
        shell.type("(", enter=False)
        shell.paste("sudo touch macro")
        shell.keys("C-x")
        shell.type(")", enter=False)
        shell.keys("Enter")
        kept(shell, "macro")
        shell.ready()
        shell.keys("C-x")
        shell.type("e", enter=False)
        shell.look()
        shell.keys("Enter")
        until(lambda: shell.questioned() or "macro" not in shell.screen().rpartition("ready>")[2], shell.screen)
        shell.keys("Escape")
        assert not shell.made("macro")


def test_edit_and_execute(wrapify: Wrapify, name: str) -> None:
    editor = wrapify.put("bin/editor", "#!/bin/sh\ntouch ~/edited\nexit 0\n", 0o755)
    wrapify.env.update({"EDITOR": str(editor), "VISUAL": str(editor)})
    after = "autoload -Uz edit-command-line; zle -N edit-command-line; bindkey '^X^E' edit-command-line"
    with opened(wrapify, name, after=after if name == "zsh" else "") as shell:
        shell.ready()
        shell.paste("sudo touch by-editor")
        shell.keys("M-e") if name == "fish" else shell.keys("C-x", "C-e")
        until(lambda: shell.made("edited"), shell.screen)
        shell.look()
        if not shell.questioned():
            shell.contains("sudo touch by-editor")
            shell.keys("Enter")
        kept(shell, "by-editor")


def test_history_recall_of_a_paste_that_was_sandboxed(wrapify: Wrapify, name: str) -> None:
    need("bwrap")
    with opened(wrapify, name) as shell:
        shell.ready()
        shell.paste("sudo touch recalled")
        shell.keys("Enter")
        shell.answer("c")
        shell.ready()
        shell.run("sleep 1.1")
        shell.keys("Up", "Up")
        shell.contains("!!sandbox sudo touch recalled")
        before = len(shell.statuses())
        shell.keys("Enter")
        until(lambda: len(shell.statuses()) > before or shell.asks(), shell.screen)
        if shell.asks():
            shell.keys("Enter")
        assert not shell.made("recalled")
