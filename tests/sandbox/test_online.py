"""The profile with the network: what it sees of the home, what it records, and when it is chosen."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.test_network import TUN, elsewhere, tunnels

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.usefixtures(tunnels.__name__),
    pytest.mark.skipif(os.getuid() != 0 and not os.access(TUN, os.W_OK), reason="/dev/net/tun cannot be opened"),
]
__all__ = ["tunnels"]


@pytest.fixture
def lived(each_bwrap: Wrapify) -> Wrapify:
    """A home as people have it."""
    need("slirp4netns")
    each_bwrap.put(".bashrc", "alias ll='ls -l'\n")
    each_bwrap.put(".zshrc", "export GH_TOKEN=0123456789abcdef\n")
    each_bwrap.put(".config/git/config", "[user]\n")
    each_bwrap.put("notes", "mine\n")
    each_bwrap.put("work/project.txt", "x\n")
    each_bwrap.put(".local/bin/tool", "#!/bin/sh\necho tool\n", 0o755)
    each_bwrap.put(".ssh/id_ed25519", "key\n", 0o600)
    each_bwrap.env["PATH"] = f"{each_bwrap.home}/.local/bin:/usr/bin:/bin"
    return each_bwrap


def test_the_home_is_start_up_files_and_tools(lived: Wrapify) -> None:
    line = "cd; find . -type f | sort; tool; cat .bashrc; echo x > .local/bin/tool"
    done = lived("run", "-p", "online", "-c", line, cwd=str(lived.home / "work"))
    assert done.stdout.splitlines() == [
        "./.bashrc",
        "./.local/bin/tool",
        "./work/project.txt",
        "tool",
        "alias ll='ls -l'",
    ]
    assert "no home but start-up files and tools" in done.stderr
    assert "~/.zshrc cannot be shown" in done.stderr
    assert "Read-only file system" in done.stderr


def test_what_appears_in_the_real_home_meanwhile_is_not_seen(lived: Wrapify) -> None:
    words = [str(lived.program), "run", "-q", "-p", "online", "-c", "echo on; read go; ls -A ~"]
    more: dict[str, Any] = {"cwd": str(lived.home / "work"), "env": lived.environment(), **lived.user.drop}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **more) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "on\n"
        lived.put("late", "x")
        found, _ = run.communicate("go\n", timeout=60)
    assert found.split() == [".bashrc", ".local", "work"]


def test_an_installer_s_changes_are_recorded_and_applied(lived: Wrapify) -> None:
    line = (
        "echo more >> ~/.bashrc; mkdir -p ~/.nvm ~/.config/new; echo 1 > ~/.nvm/nvm.sh; echo 2 > ~/.config/new/c;"
        " echo 3 > ~/notes; mkdir -p ~/.config/git; echo 4 > ~/.config/git/config; mkdir ~/.ssh; echo 5 > ~/.ssh/x"
    )
    assert lived("run", "-q", "-p", "online", "--box", "b", "-c", line, cwd=str(lived.home / "work")).returncode == 0
    assert (lived.home / ".bashrc").read_text() == "alias ll='ls -l'\n"
    done = lived("apply", "b")
    assert done.returncode == 1
    assert done.stderr.count("hidden from the run, so it is never written") == 4
    written = {name: (lived.home / name).read_text() for name in (".bashrc", ".nvm/nvm.sh", ".config/new/c", "notes")}
    assert written == {
        ".bashrc": "alias ll='ls -l'\nmore\n",
        ".nvm/nvm.sh": "1\n",
        ".config/new/c": "2\n",
        "notes": "mine\n",
    }
    assert (lived.home / ".config/git/config").read_text() == "[user]\n"
    assert not (lived.home / ".ssh/x").exists()
    assert lived("apply", "--undo", "b").returncode == 0
    assert (lived.home / ".bashrc").read_text() == "alias ll='ls -l'\n"
    assert not (lived.home / ".nvm").exists()


def test_a_box_is_used_again(lived: Wrapify) -> None:
    cwd = str(lived.home / "work")
    assert lived("run", "-q", "-p", "online", "--box", "b", "-c", "echo more >> ~/.bashrc", cwd=cwd).returncode == 0
    # It stays what it was made as, whatever the words of a later command are.
    done = lived("run", "-q", "--box", "b", "-c", "tail -n 1 ~/.bashrc; cat ~/notes; echo again >> ~/.bashrc", cwd=cwd)
    assert (done.stdout, done.returncode) == ("more\n", 0), done.stderr
    assert lived("diff", "b", "-p").stdout.splitlines()[-2:] == ["+more", "+again"]


@pytest.mark.parametrize("line", ["curl --version >/dev/null; ls ~/notes", "git clone 2>/dev/null; ls ~/notes"])
def test_auto_goes_by_the_words(lived: Wrapify, line: str) -> None:
    cwd = str(lived.home / "work")
    assert "internet, nothing local" in lived("run", "-c", line, cwd=cwd).stderr.splitlines()[0]
    assert "internet, nothing local" in lived("sh", text=line, cwd=cwd).stderr.splitlines()[0]
    for words in (("-p", "offline"), ("--net", "none")):
        done = lived("run", *words, "-c", line, cwd=cwd)
        assert "no network" in done.stderr.splitlines()[0]
        assert done.stdout == f"{lived.home}/notes\n"
    assert "no network" in lived("run", "-c", "ls ~/notes", cwd=cwd).stderr.splitlines()[0]


def test_auto_without_a_carrier_is_offline_and_says_why(lived: Wrapify) -> None:
    hidden = "mount --bind /dev/null /usr/bin/slirp4netns; mount --bind /dev/null /usr/bin/pasta; "
    if not Path("/usr/bin/pasta").exists():
        hidden = hidden.partition(";")[0] + "; "
    done = elsewhere(lived, hidden, "run", "-c", "curl --version >/dev/null; cat ~/notes")
    assert (done.returncode, done.stdout) == (0, "mine\n")
    assert "no network" in done.stderr.splitlines()[0]
    assert "it seems to need the network, and there is none: neither slirp4netns nor pasta is installed" in done.stderr
