"""What stands in for sudo and its like reads their options as they do: table by table, in a real sh."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "wrapify/policy/root/elevate"

# (words, what the command prints). The command `show` prints its own words.
SUDO = (
    ("show a b", "a|b"),
    ("-- show -n", "-n"),
    ("-n show", ""),
    ("-nE show x", "x"),
    ("-u root show", ""),
    ("-uroot show", ""),
    ("-Hu root show", ""),
    ("-nuroot show x", "x"),
    ("--user=root show", ""),
    ("--user root show", ""),
    ("-g adm -p prompt -C 5 -T 5 show x", "x"),
    ("--preserve-env=PATH,HOME --non-interactive show", ""),
    ("-E -H -S -k show x", "x"),
    ("-S -- show x", "x"),
    ("A=1 B_2=x show y", "y"),
    ("-A -B -P show", ""),
    ("-D / show", ""),
    ("--chdir=/ show", ""),
)
OTHERS = (
    ("doas", "show a", "a"),
    ("doas", "-n show a", "a"),
    ("doas", "-u root -n show a", "a"),
    ("doas", "-nu root show a", "a"),
    ("doas", "-- show a", "a"),
    ("pkexec", "show a", "a"),
    ("pkexec", "--user root show a", "a"),
    ("pkexec", "-u root show a", "a"),
    ("pkexec", "--keep-cwd show a", "a"),
    ("pkexec", "--disable-internal-agent show a", "a"),
    ("run0", "show a", "a"),
    ("run0", "--user=root -D / show a", "a"),
    ("run0", "--unit x --property=A=b --pty show a", "a"),
    ("run0", "-u root --setenv=A=b -- show a", "a"),
    ("su", "-c|show a", "a"),
    ("su", "-c|echo a|-|root", "a"),
    ("su", "-|root|-c|echo a", "a"),
    ("su", "root|-c|show a", "a"),
    ("su", "--command=show a", "a"),
    ("su", "-s|/bin/sh|-c|show a", "a"),
    ("su", "-lc|echo a", "a"),
    ("su", "-mc|show a", "a"),
    ("su", "root|-s|/bin/sh|--|-c|show a", "a"),
)
REFUSED = (
    ("sudo", ""),
    ("sudo", "-Z show"),
    ("sudo", "--no-such show"),
    ("sudo", "-u"),
    ("sudo", "-u nobody-of-this-name show"),
    ("sudo", "no-such-command"),
    ("doas", "-x show"),
    ("doas", ""),
    ("pkexec", "-z show"),
    ("run0", "--no-such show"),
    ("su", "nobody-of-this-name"),
)
QUIET = (("sudo", "-v"), ("sudo", "-k"), ("sudo", "-K"), ("sudo", "-nv"), ("doas", "-L"))


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tools")
    for name in ("sudo", "doas", "pkexec", "run0", "su", "sudoedit"):
        shutil.copy(SCRIPT, folder / name)
        (folder / name).chmod(0o755)
    show = folder / "show"
    show.write_text('#!/bin/sh\nIFS="|"\nprintf "%s\\n" "$*"\n')
    show.chmod(0o755)
    # What the tools set as PATH does not lead here.
    for name in ("sudo", "doas", "pkexec", "run0", "su", "sudoedit"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("SECURE=/usr/local/sbin", f"SECURE={folder}:/usr/local/sbin"))
    return folder


def call(tools: Path, name: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    base = {"PATH": f"{tools}:/usr/bin:/bin", "HOME": "/home/of-mine", "USER": "daemon", "SHELL": "/bin/sh"}
    command = [str(tools / name), *words]
    return subprocess.run(command, env=base | env, capture_output=True, text=True, check=False, cwd="/", timeout=20)


@pytest.mark.parametrize(("line", "said"), SUDO)
def test_sudo(tools: Path, line: str, said: str) -> None:
    done = call(tools, "sudo", *line.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}\n", "")


@pytest.mark.parametrize(("name", "line", "said"), OTHERS)
def test_others(tools: Path, name: str, line: str, said: str) -> None:
    words = line.split("|") if name == "su" else line.split()
    done = call(tools, name, *words)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{said}\n", "")


@pytest.mark.parametrize(("name", "line"), REFUSED)
def test_what_they_do_not_know_is_refused(tools: Path, name: str, line: str) -> None:
    done = call(tools, name, *line.split())
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name}: ")
    assert done.stdout == ""


@pytest.mark.parametrize(("name", "line"), QUIET)
def test_there_is_nothing_to_ask(tools: Path, name: str, line: str) -> None:
    done = call(tools, name, *line.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", ["sudo", "doas", "run0"])
def test_the_status_is_the_commands(tools: Path, name: str) -> None:
    assert call(tools, name, "sh", "-c", "exit 7").returncode == 7


ENVIRONMENT = (
    # (tool, words, HOME, USER, working directory)
    ("sudo", ("sh", "-c"), "/home/of-mine", "root", "/"),
    ("sudo", ("-H", "sh", "-c"), "/root", "root", "/"),
    ("sudo", ("-u", "daemon", "sh", "-c"), "/home/of-mine", "daemon", "/"),
    ("sudo", ("-D", "/usr", "sh", "-c"), "/home/of-mine", "root", "/usr"),
    ("doas", ("sh", "-c"), "/home/of-mine", "root", "/"),
    ("su", ("-c",), "/root", "root", "/"),
    ("su", ("-m", "-c"), "/home/of-mine", "root", "/"),
)


@pytest.mark.parametrize(("name", "words", "home", "user", "folder"), ENVIRONMENT)
def test_environment(tools: Path, name: str, words: tuple[str, ...], *, home: str, user: str, folder: str) -> None:
    done = call(tools, name, *words, 'echo "$HOME $USER $LOGNAME $PWD"')
    assert done.stdout == f"{home} {user} {user} {folder}\n"


def test_a_login_shell_is_in_roots_home(tools: Path) -> None:
    if not os.access("/root", os.X_OK):
        pytest.skip("/root cannot be entered here")
    for words in (("sudo", "-i", "pwd"), ("su", "-", "-c", "pwd"), ("su", "-l", "root", "-c", "pwd")):
        done = call(tools, *words)
        assert done.stdout == "/root\n", words


def test_sudo_tells_who_called(tools: Path) -> None:
    done = call(tools, "sudo", "sh", "-c", 'echo "$SUDO_USER $SUDO_UID $SUDO_GID $SUDO_COMMAND"')
    assert done.stdout.startswith("daemon 1 1 sh -c echo ")
    assert call(tools, "sudo", "A=b c", "sh", "-c", 'echo "$A"').stdout == "b c\n"


def test_a_shell_gets_words_as_sudo_hands_them_on(tools: Path) -> None:
    assert call(tools, "sudo", "-s", "show", "a b", "c;d", "$X", X="x").stdout == "a b|c;d|x\n"
    assert call(tools, "sudo", "-s", "echo hi; ls").returncode == 127


def test_programs_for_administrators_are_found(tools: Path) -> None:
    done = call(tools, "sudo", "sh", "-c", 'echo "$PATH"')
    assert ":/usr/sbin:" in done.stdout


def test_an_editor_is_started_for_what_is_edited(tools: Path) -> None:
    for words in (("sudo", "-e", "/etc/x"), ("sudoedit", "/etc/x"), ("sudo", "--edit", "/etc/x")):
        assert call(tools, *words, EDITOR="show").stdout == "/etc/x\n", words


@pytest.mark.parametrize("name", ["elevate", "adopt", "policy-rc.d"])
def test_scripts_are_clean(name: str) -> None:
    checker = shutil.which("shellcheck")
    if checker is None:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([checker, str(SCRIPT.parent / name)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
