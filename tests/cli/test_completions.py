"""`wrapify completions`: scripts that the shells accept, with every command, option, profile and policy key in them.

tests/shell/test_setup.py presses Tab.
"""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import ROOT, Wrapify, need
from wrapify.cli.reference import entries
from wrapify.policy.model import KEYS
from wrapify.shells import HOOKS

LINTS = {
    "bash": (("bash", "-n"), ("shellcheck", "-s", "bash", "-")),
    "zsh": (("zsh", "-n"),),
    "fish": (("fish", "--no-execute"),),
}


def printed(wrapify: Wrapify, shell: str) -> str:
    done = wrapify("completions", shell)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("shell", HOOKS)
def test_the_script_is_one_and_knows_every_word(wrapify: Wrapify, shell: str) -> None:
    script = printed(wrapify, shell)
    for program, *options in LINTS[shell]:
        done = subprocess.run([need(program), *options], input=script, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
    words = {name for entry in entries() for option in entry.options for name in option.spellings}
    words |= {word for entry in entries() for word in entry.path} | {key.name for key in KEYS}
    assert [word for word in words if word not in script] == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("wrapify po", ["policy"]),
        ("wrapify policy se", ["set"]),
        ("wrapify policy set trust", ["trust.days"]),
        ("wrapify policy set profile o", ["offline", "online"]),
        ("wrapify policy set paste.sudo b", ["block"]),
        ("wrapify policy set network.carrier s", ["slirp4netns"]),
        ("wrapify run -p se", ["sealed"]),
        ("wrapify run -q --net h", ["host"]),
        ("wrapify check --json --origin cl", ["clipboard"]),
        ("wrapify -V in", ["init"]),
        ("wrapify init z", ["zsh"]),
        ("wrapify diff mi", ["mine"]),
        ("wrapify box rm mine th", ["this"]),
        ("wrapify run --box th", ["this"]),
        ("wrapify policy set nothing x", []),
        ("wrapify run -- wrapif", ["wrapify-inner"]),
    ],
)
def test_bash_and_fish_offer_the_same(wrapify: Wrapify, line: str, expected: list[str]) -> None:
    for name in ("mine", "this", "$(touch evil)", "x`touch evil`"):
        wrapify.put(f".local/state/wrapify/boxes/{name}/box.json", "{}")
    wrapify.put("bin/wrapify-inner", "#!/bin/sh\n", 0o755)
    fish = subprocess.run(
        [need("fish"), "-c", f"source; complete -C '{line}'"],
        input=printed(wrapify, "fish"), env=wrapify.environment(PATH=f"{wrapify.home}/bin:/usr/bin:/bin"),
        cwd=wrapify.home, capture_output=True, text=True, check=True, **wrapify.user.drop,
    )  # fmt: skip
    assert sorted(row.partition("\t")[0] for row in fish.stdout.splitlines()) == expected
    words = " ".join(f"'{word}'" for word in line.split(" "))
    asks = (
        f"COMP_WORDS=({words}); COMP_CWORD={line.count(' ')}; __wrapify_complete; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    bash = subprocess.run(
        ["bash"], input=f"{printed(wrapify, 'bash')}\n{asks}", cwd=wrapify.home, capture_output=True, text=True,
        env=wrapify.environment(PATH=f"{wrapify.home}/bin:/usr/bin:/bin"), check=True, **wrapify.user.drop,
    )  # fmt: skip
    assert sorted(filter(None, bash.stdout.splitlines())) == expected
    assert not (wrapify.home / "evil").exists()


def test_the_file_of_fish_is_indented_as_fish_does() -> None:
    subprocess.run([need("fish_indent"), "--check", ROOT / "shell/completions.fish"], check=True)


def test_another_shell_is_refused(wrapify: Wrapify) -> None:
    done = wrapify("completions", "tcsh")
    assert done.returncode == 2
    assert "'zsh'" in done.stderr
