"""The files for plugin managers, loaded as oh-my-zsh, antidote, zinit and fisher load them.

The managers themselves are not here (they come by git). What they do with a plugin is: source its *.plugin.zsh, from a
directory that may be a symlink, with functions of their own around it; or copy conf.d and completions of a directory.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import wrapify as package
from tests.conftest import ROOT, Wrapify
from tests.shell.shells import Shell
from wrapify import startup

ZSH = {
    "oh-my-zsh": "autoload -Uz compinit; compinit -u; plugins=(wrapify)\n"
    'for plugin ($plugins); do source "$ZSH_CUSTOM/plugins/$plugin/$plugin.plugin.zsh"; done',
    "sourced": 'autoload -Uz compinit; compinit -u; source "$ZSH_CUSTOM/plugins/wrapify/wrapify.plugin.zsh"',
    "in a function": 'load() { emulate -L zsh; source "$1" }; load ~/custom/plugins/wrapify/wrapify.plugin.zsh',
}


def folder() -> Path:
    """Give where the installed package has its hooks, as `dirname "$(wrapify init --path zsh)"` does."""
    installed = Path(str(package.__file__)).parent / "shell"
    return installed if installed.exists() else ROOT / "shell"


@pytest.mark.shell
@pytest.mark.parametrize("way", ZSH)
def test_zsh_managers(wrapify: Wrapify, way: str) -> None:
    shell = Shell(wrapify, "zsh")
    plugins = wrapify.home / "custom/plugins"
    plugins.mkdir(parents=True)
    (plugins / "wrapify").symlink_to(folder())
    rc = "PS1='ready> '; precmd() { echo \"$?\" >>~/.prompts; }\nZSH_CUSTOM=~/custom\n"
    wrapify.put(".zshrc", rc + ZSH[way])
    shell.start()
    try:
        shell.run("wrapify status")
        shell.contains("wrapify is on in this shell")
        if way != "in a function":
            shell.ready()
            shell.type("wrapify policy uns", enter=False)
            shell.keys("Tab")
            shell.contains("wrapify policy unset")
    finally:
        shell.close()


@pytest.mark.shell
def test_fisher_copies(wrapify: Wrapify) -> None:
    shell = Shell(wrapify, "fish", before="function ignored; end")
    config = wrapify.home / ".config/fish"
    rc = (config / "config.fish").read_text().replace("status is-interactive; and wrapify init fish | source", "")
    (config / "config.fish").write_text(rc)
    for part in ("conf.d", "completions"):
        shutil.copytree(folder() / part, config / part)
    shell.start()
    try:
        shell.run("wrapify status")
        shell.contains("judging pastes is on in this shell")
        shell.ready()
        shell.type("wrapify policy uns", enter=False)
        shell.keys("Tab")
        shell.contains("wrapify policy unset")
    finally:
        shell.close()


def test_they_say_what_setup_writes() -> None:
    fish = (ROOT / "shell/conf.d/wrapify.fish").read_text()
    assert fish.partition("\n")[2] == startup.hook_lines("fish", "", home="/") + "\n"
    assert (ROOT / "shell/completions/wrapify.fish").read_text() == startup.COMPLETIONS + "\n"
    block = startup.hook_lines("zsh", "", home="/")
    completions = block[block.index("    if (( $+functions") :]
    assert (ROOT / "shell/wrapify.plugin.zsh").read_text().endswith(completions + "\n")
