"""Which files `wrapify setup` writes to, and how they name the hook."""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import need
from wrapify import startup

HOME = "/home/u"


def homes(files: dict[str, bytes] | None = None, **env: str) -> startup.Homes:
    return startup.Homes(env, home=HOME, read=lambda path: (files or {}).get(path.removeprefix(f"{HOME}/")))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ".profile"),
        ({".profile": b"[ -f ~/.bashrc ] && . ~/.bashrc\n"}, ""),
        ({".profile": b"# . ~/.bashrc\n"}, ".profile"),
        ({".bash_profile": b"", ".profile": b". ~/.bashrc\n"}, ".bash_profile"),
        ({".bash_profile": b"source ~/.profile\n", ".profile": b'. "$HOME/.bashrc"\n'}, ""),
        ({".bash_profile": b"source ~/.profile\n", ".profile": b"a=1\n"}, ".bash_profile"),
        ({".bash_login": b"a=1\n", ".profile": b". ~/.bashrc\n"}, ".bash_login"),
    ],
)
def test_a_login_file_that_never_reads_bashrc_is_noticed(files: dict[str, bytes], expected: str) -> None:
    assert startup.login_file(homes(files)) == ((f"{HOME}/{expected}",) if expected else ())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", HOME),
        (b"export ZDOTDIR=$HOME/.config/zsh", f"{HOME}/.config/zsh"),
        (b"ZDOTDIR=~/.zsh", f"{HOME}/.zsh"),
        (b'ZDOTDIR="${XDG_CONFIG_HOME:-$HOME/.config}/zsh"', "/xdg/zsh"),
        (b"# ZDOTDIR=/elsewhere", HOME),
        (b"export ZDOTDIR=/a\nexport ZDOTDIR=/b/", "/b"),
        (b"ZDOTDIR=$(touch /tmp/evil)", ""),
        (b"ZDOTDIR=$DOTFILES/zsh", ""),
        (b"ZDOTDIR=relative", ""),
    ],
)
def test_zdotdir_is_read_and_not_run(line: bytes, expected: str) -> None:
    assert startup.zdotdir(homes({".zshenv": line}, XDG_CONFIG_HOME="/xdg")) == expected
    assert startup.zdotdir(homes({".zshenv": line}, ZDOTDIR="/z")) == "/z"


def test_directories_that_the_environment_names_are_used_if_they_are_absolute() -> None:
    fish = startup.targets("fish", homes(XDG_CONFIG_HOME="/xdg/"), hook="")
    assert [one.path for one in fish] == ["/xdg/fish/conf.d/wrapify.fish", "/xdg/fish/completions/wrapify.fish"]
    assert startup.targets("fish", homes(XDG_CONFIG_HOME="xdg"), hook="")[0].path.startswith(f"{HOME}/.config/")


@pytest.mark.parametrize("shell", startup.HOOKS)
@pytest.mark.parametrize("path", ["/home/u/.local/x.y", "/opt/it's $HOME \\ `x`/h", "/home/u/a b", "/home/user/h"])
def test_a_path_is_written_so_that_the_shell_reads_it_as_it_is(shell: str, path: str) -> None:
    words = startup.quoted(shell, path, home=HOME)
    done = subprocess.run(
        [need(shell), "-c", f"printf %s {words}"], env={"HOME": HOME}, capture_output=True, text=True, check=False
    )
    assert done.stdout == path


@pytest.mark.parametrize("hook", ["", "/a\nb", "/lib/hook"])
def test_the_lines_are_shell_and_fall_back_on_the_program(hook: str) -> None:
    for shell, check in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")):
        lines = startup.hook_lines(shell, hook, home=HOME)
        assert f"wrapify init {shell}" in lines
        assert ("-r /lib/hook" in lines or "-r '/lib/hook'" in lines) == (hook == "/lib/hook")
        done = subprocess.run([need(shell), check], input=lines, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), lines


def test_what_a_login_shell_reads_can_be_read_by_sh_too() -> None:
    lines = startup.hook_lines("bash", "/lib/hook", home=HOME)
    done = subprocess.run(["sh"], input=f"{lines}\necho went on", capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("went on\n", "")
