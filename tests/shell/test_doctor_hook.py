"""`wrapify doctor` on the hook, in real shells with start-up files as people have them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.doctoring import Rows, doctor, tree
from tests.conftest import Wrapify, need
from tests.sandbox.terminal import gone, marked

RC = {"bash": ".bashrc", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
HOOK = {
    "bash": 'eval "$(wrapify init bash)"\n',
    "zsh": 'eval "$(wrapify init zsh)"\n',
    "fish": "status is-interactive; and wrapify init fish | source\n",
}
# What writes each line down at once, where it is not kept from that.
HISTORY = {
    "bash": "HISTFILE=~/.hist; HISTCONTROL=; PROMPT_COMMAND='history -a'\n",
    "zsh": "HISTFILE=~/.hist; HISTSIZE=999; SAVEHIST=999; setopt inc_append_history share_history\n",
    "fish": "",
}
# It wraps the same widgets, after wrapify has, and calls what was there.
BESIDE = {"zsh": ". /usr/share/zsh-autosuggestions/zsh-autosuggestions.zsh 2>/dev/null\n"}
SHELLS = pytest.mark.parametrize("shell", RC)


def asked(wrapify: Wrapify, shell: str, rc: str, **more: Any) -> Rows:
    """Ask the doctor as the user of a shell with such a start-up file."""
    wrapify.env["SHELL"] = need(shell)
    wrapify.put(RC[shell], rc)
    return doctor(wrapify, **more)


@SHELLS
def test_a_hook_that_works(wrapify: Wrapify, shell: str) -> None:
    mark = marked()
    prompt = "function fish_prompt; echo one; echo 'two> '; end\n" if shell == "fish" else "PS1=$'one\\ntwo> '\n"
    daemon = f"sh -c 'setsid sleep {mark} &'\n"
    wrapify.env["SHELL"] = need(shell)
    wrapify.put(RC[shell], HISTORY[shell] + prompt + daemon + HOOK[shell] + BESIDE.get(shell, ""))
    before = sorted(tree(wrapify))
    found = doctor(wrapify)
    for name in ("hook", "pastes", "prefix"):
        assert found[name]["level"] == "ok", found[name]
        assert shell in found[name]["text"]
    # Nothing of it is in the history or anywhere else, no box is left, and nothing runs any more. wrapify's log has
    # what the hook of that shell asked for, as of any other.
    left = [path for path, content in tree(wrapify) if (path, content) not in before and content]
    assert [path for path in left if not path.endswith("/log.jsonl")] == []
    assert not list(wrapify.boxes.glob("*"))
    gone(mark, seconds=1)


@SHELLS
def test_a_shell_without_the_hook(wrapify: Wrapify, shell: str) -> None:
    other = "zsh" if shell == "bash" else "bash"
    wrapify.put(RC[other], "true\n")
    found = asked(wrapify, shell, HISTORY[shell])
    assert found["hook"]["text"] == f"the hook is not loaded in {shell}"
    assert found["hook"]["remedy"] == [f"wrapify setup --shell {shell}"]
    assert not {"pastes", "prefix"} & set(found)
    assert found["other shells"]["text"].startswith(f"{other} has start-up files")


# Plug-ins that bind keys anew at each prompt, after wrapify has: what has the key, and the file it is from.
FAST_BASH = """fast_enter() { :; }
fast_keys() { bind '"\\C-m": accept-line'; bind '"\\C-j": accept-line'; bind '"\\e[200~": bracketed-paste-begin'; }
PROMPT_COMMAND+=$'\\nfast_keys'
"""
FAST_ZSH = """fast-paste() { zle .bracketed-paste }
zle -N fast-paste
fast-keys() { bindkey '^[[200~' fast-paste }
precmd_functions+=(fast-keys)
"""
FAST_FISH = """function zz_fast_keys --on-event fish_prompt
    for key in \\r \\n enter ctrl-j ctrl-m
        bind $key execute 2>/dev/null
    end
end
"""
SHADOWED = {
    "bash": (FAST_BASH, "Enter (what runs a line) is bound to accept-line", "below what binds Enter"),
    "zsh": (FAST_ZSH, "paste (what a paste arrives by) is bound to fast-paste of ", "plug/fast.zsh"),
    "fish": (FAST_FISH, "Enter (what runs a line) is bound to execute", "below what binds Enter"),
}


@SHELLS
def test_a_hook_that_a_plug_in_shadows(wrapify: Wrapify, shell: str) -> None:
    plugin, said, remedy = SHADOWED[shell]
    wrapify.put(f"plug/fast.{shell}", plugin)
    found = asked(wrapify, shell, f"{HOOK[shell]}source ~/plug/fast.{shell}\n")
    assert found["hook"]["level"] == "ok"
    assert found["pastes"]["level"] == "limited", found["pastes"]
    assert f"a suspicious paste ran in {shell}" in found["pastes"]["text"]
    assert said in found["pastes"]["text"]
    assert remedy in "\n".join(found["pastes"]["remedy"])


def test_a_guard_that_is_off(wrapify: Wrapify) -> None:
    """The program is found by a link, as pipx and uv make one, which is no other wrapify."""
    assert wrapify("off", "--global").returncode == 0
    folder = wrapify.put(".local/bin/x", "").parent
    (folder / "wrapify").symlink_to(wrapify.program)
    found = asked(wrapify, "bash", HOOK["bash"], env={"PATH": f"{folder}:/usr/bin:/bin"})
    assert found["program"]["level"] == "ok"
    assert (found["hook"]["level"], found["prefix"]["level"]) == ("ok", "ok")
    assert found["pastes"]["remedy"] == ["wrapify on --global"]


@pytest.mark.parametrize(("action", "level"), [("allow", "note"), ("sandbox", "ok")])
def test_a_policy_that_does_not_ask(wrapify: Wrapify, action: str, level: str) -> None:
    assert wrapify("policy", "set", "rule.decoded-run", action).returncode == 0
    assert wrapify("policy", "set", "paste.critical", "ask").returncode == 0
    assert asked(wrapify, "bash", HOOK["bash"])["pastes"]["level"] == level


def test_no_program_on_the_path_of_a_shell(wrapify: Wrapify) -> None:
    rc = f"__wrapify_path=$PATH; {HOOK['bash']}".replace("wrapify init", f"{wrapify.program} init")
    found = asked(wrapify, "bash", "PATH=/usr/bin:/bin\n" + rc)
    assert "finds no wrapify on PATH" in found["hook"]["text"]
    assert "above the line of wrapify" in found["hook"]["remedy"][0]


def test_a_line_that_is_not_reached(wrapify: Wrapify) -> None:
    found = asked(wrapify, "bash", f"return\n{HOOK['bash']}")
    assert found["hook"]["text"] == "the hook is not loaded in bash, though ~/.bashrc names it"


def test_a_shell_that_never_comes_to_a_prompt(wrapify: Wrapify) -> None:
    mark = marked()
    found = asked(wrapify, "bash", f"echo waiting for you; sleep {mark}\n")
    assert found["hook"]["text"].startswith("bash did not come to a prompt")
    gone(mark, seconds=1)


def test_a_shell_that_is_not_known(wrapify: Wrapify) -> None:
    wrapify.env["SHELL"] = "/bin/sh"
    found = doctor(wrapify)["hook"]
    assert found["level"] in ("note", "limited")  # The login shell of the one who runs the suite may be known.
