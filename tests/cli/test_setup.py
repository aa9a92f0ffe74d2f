"""`wrapify setup`: what it writes into start-up files, what it leaves alone, and that it takes all of it out again."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.install_machine import tree
from tests.cli.test_policy import spawning
from tests.conftest import TEST_USER, Wrapify, need
from wrapify import dotfiles
from wrapify.rcfile import BEGIN

MINE = "# mine\nalias x=y\n"


def run(wrapify: Wrapify, *words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run `wrapify setup` without a terminal to ask on."""
    return wrapify("setup", *words, start_new_session=True, **more)


def blocks(wrapify: Wrapify) -> set[str]:
    """Name the files in the home that have a block."""
    return {name for name, (kind, _, text) in tree(wrapify.home).items() if kind == "-" and BEGIN in text}


def put(wrapify: Wrapify, name: str, content: bytes, mode: int = 0o644) -> Path:
    path = wrapify.put(name, "", mode)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize("content", [None, b"", b"a=1", b"a=1\r\n", b"\xff\xfe \x00\n"], ids=repr)
def test_what_it_writes_it_takes_out_byte_for_byte(wrapify: Wrapify, shell: str, content: bytes | None) -> None:
    for name in (".bashrc", ".profile", ".zshrc") if content is not None else ():
        put(wrapify, name, content or b"", 0o640)
    before = tree(wrapify.home)
    done = run(wrapify, "--yes", "--shell", shell)
    assert done.returncode == 0, done.stderr
    written = tree(wrapify.home)
    assert {path for path in written if written[path] != before.get(path)} >= blocks(wrapify)
    again = run(wrapify, "--yes", "--shell", shell)
    assert (again.returncode, again.stdout) == (0, "")
    assert "set up already" in again.stderr
    assert tree(wrapify.home) == written
    assert run(wrapify, "--uninstall", "--yes").returncode == 0
    assert tree(wrapify.home) == before
    assert "no start-up file has a block" in run(wrapify, "--uninstall", "--yes").stderr


def test_the_shells_in_use_are_found(wrapify: Wrapify) -> None:
    need("zsh"), need("fish")
    put(wrapify, ".zshrc", b"")
    assert run(wrapify, "--yes").returncode == 0
    assert blocks(wrapify) == {".bashrc", ".profile", ".zshrc"}
    assert run(wrapify, "--yes", env={"SHELL": "/usr/bin/fish"}).returncode == 0
    assert ".config/fish/conf.d/wrapify.fish" in blocks(wrapify)


def test_without_an_answer_nothing_is_written(wrapify: Wrapify) -> None:
    put(wrapify, ".bashrc", MINE.encode())
    before = tree(wrapify.home)
    done = run(wrapify)
    assert done.returncode == 2
    assert "+# >>> wrapify >>>\n" in done.stdout
    assert "--yes" in done.stderr
    dry = run(wrapify, "--dry-run")
    assert (dry.returncode, dry.stdout) == (0, done.stdout)
    assert tree(wrapify.home) == before


@pytest.mark.parametrize(("key", "written"), [("y", True), ("\r", True), ("n", False), ("\x03", False), ("x", False)])
def test_on_a_terminal_one_key_decides(wrapify: Wrapify, key: str, written: bool) -> None:
    put(wrapify, ".bashrc", MINE.encode())
    env = wrapify.environment(TERM="dumb")
    with_key = pexpect.spawn(
        str(wrapify.program), ["setup", "--shell", "bash"], env=env, timeout=30, encoding="utf-8", **spawning(wrapify)
    )
    with_key.expect_exact("write these 2 files? [Y/n] ")
    with_key.send(key)
    with_key.expect_exact("Open a new terminal" if written else "nothing was written")
    with_key.expect(pexpect.EOF)
    with_key.close()
    assert with_key.exitstatus == (0 if written else 1)
    assert (BEGIN in (wrapify.home / ".bashrc").read_bytes()) is written


def test_a_file_that_was_changed_after_it_was_shown_is_left_alone(wrapify: Wrapify) -> None:
    rc = put(wrapify, ".bashrc", MINE.encode())
    env = wrapify.environment(TERM="dumb")
    child = pexpect.spawn(
        str(wrapify.program), ["setup", "--shell", "bash"], env=env, timeout=30, encoding="utf-8", **spawning(wrapify)
    )
    child.expect_exact("[Y/n] ")
    rc.write_text("another's\n")
    child.send("y")
    child.expect_exact("was changed meanwhile")
    child.expect(pexpect.EOF)
    assert rc.read_text() == "another's\n"
    assert [path.name for path in wrapify.home.iterdir() if path.name.startswith(".bashrc")] == [".bashrc"]


def test_a_symlink_stays_one_and_its_target_keeps_mode_and_neighbours(wrapify: Wrapify) -> None:
    target = put(wrapify, "dotfiles/bashrc", MINE.encode(), 0o600)
    (wrapify.home / ".bashrc").symlink_to("dotfiles/bashrc")
    before = tree(wrapify.home)
    assert run(wrapify, "--yes", "--shell", "bash").returncode == 0
    assert os.readlink(wrapify.home / ".bashrc") == "dotfiles/bashrc"
    assert BEGIN in target.read_bytes()
    assert target.stat().st_mode & 0o7777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["bashrc"]
    assert run(wrapify, "--uninstall", "--yes").returncode == 0
    assert tree(wrapify.home) == before


@pytest.mark.parametrize("line", ['eval "$(wrapify init bash)"', "source /opt/x/wrapify.bash"])
def test_a_line_of_the_users_own_is_respected(wrapify: Wrapify, line: str) -> None:
    for name in (".bashrc", ".profile"):
        put(wrapify, name, f"{line}\n. ~/.bashrc\n".encode())
    done = run(wrapify, "--yes", "--shell", "bash")
    assert "~/.bashrc loads wrapify by a line of your own" in done.stderr
    assert blocks(wrapify) == set()


def test_fish_lines_of_the_users_own_are_found_in_config_fish(wrapify: Wrapify) -> None:
    put(wrapify, ".config/fish/config.fish", b"wrapify init fish | source\n")
    put(wrapify, ".config/fish/completions/wrapify.fish", b"# mine\n")
    done = run(wrapify, "--yes", "--shell", "fish")
    assert (done.returncode, blocks(wrapify)) == (0, set())
    assert "is a file of your own" in done.stderr


def read_only(wrapify: Wrapify) -> None:
    put(wrapify, ".zshrc", b"", 0o444)


def a_directory(wrapify: Wrapify) -> None:
    (wrapify.home / ".zshrc").mkdir()


def a_fifo(wrapify: Wrapify) -> None:
    os.mkfifo(wrapify.home / ".zshrc")


def dangling(wrapify: Wrapify) -> None:
    (wrapify.home / ".zshrc").symlink_to("gone")


def linked_twice(wrapify: Wrapify) -> None:
    os.link(put(wrapify, ".zshrc", b""), wrapify.home / "other")


def half_a_block(wrapify: Wrapify) -> None:
    put(wrapify, ".zshrc", BEGIN + b"\n")


def somebody_elses(wrapify: Wrapify) -> None:
    (wrapify.home / ".zshrc").symlink_to("/etc/hostname")


def odd_zdotdir(wrapify: Wrapify) -> None:
    put(wrapify, ".zshenv", b"export ZDOTDIR=$(touch ~/evil; echo ~)\n")


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (read_only, "is read-only"),
        (a_directory, "cannot be read: Is a directory"),
        (a_fifo, "is no ordinary file"),
        (dangling, "a symlink that leads nowhere"),
        (linked_twice, "a hard link"),
        (half_a_block, "do not belong together"),
        (somebody_elses, "belongs to another user"),
        (odd_zdotdir, "sets ZDOTDIR to what only zsh can tell"),
    ],
)
def test_what_cannot_be_written_is_said_with_the_lines_to_add_by_hand(wrapify: Wrapify, prepare: Any, why: str) -> None:
    prepare(wrapify)
    before = tree(wrapify.home)
    done = run(wrapify, "--yes", "--shell", "zsh")
    assert done.returncode == 1
    assert why in done.stderr
    assert ("wrapify init zsh" in done.stdout) == (prepare is not half_a_block)
    assert tree(wrapify.home) == before


def test_what_nix_generates_is_said_to_be(wrapify: Wrapify) -> None:
    assert "generated" in dotfiles._obstacle("/nix/store/x-home-manager-files/.zshrc")


def test_a_hook_where_others_may_write_is_not_named(wrapify: Wrapify) -> None:
    folder = wrapify.put("lib/shell/wrapify.zsh", "").parent
    assert dotfiles.hook_file(["/nowhere", f"{folder}/../shell"], "wrapify.zsh") == f"{folder}/wrapify.zsh"
    folder.parent.chmod(0o1777)
    assert dotfiles.hook_file([str(folder)], "wrapify.zsh") == ""
    assert dotfiles.hook_file(["/nowhere"], "wrapify.zsh") == ""


def test_a_home_of_somebody_else_is_refused(wrapify: Wrapify) -> None:
    done = run(wrapify, "--yes", env={"HOME": "/usr"})
    assert (done.returncode, done.stdout) == (2, "")
    assert "no directory of yours" in done.stderr


def test_uninstall_of_one_shell_leaves_the_others(wrapify: Wrapify) -> None:
    assert run(wrapify, "--yes", "--shell", "bash", "--shell", "zsh").returncode == 0
    assert run(wrapify, "--uninstall", "--yes", "--shell", "bash").returncode == 0
    assert blocks(wrapify) == {".zshrc"}
    # Where ZDOTDIR is another one now.
    assert run(wrapify, "--uninstall", "--yes", env={"ZDOTDIR": "/nowhere"}).returncode == 0
    assert blocks(wrapify) == set()


def test_a_hostile_line_is_shown_escaped(wrapify: Wrapify) -> None:
    put(wrapify, ".bashrc", b"a=1 \x1b]0;x\x07\xff\n")
    done = run(wrapify, "--dry-run", "--shell", "bash")
    assert "\x1b" not in done.stdout
    assert "\\x1b]0;x" in done.stdout


def test_uninstall_names_the_boxes_that_stay_and_removes_the_cache(wrapify: Wrapify) -> None:
    wrapify.put(".local/state/wrapify/boxes/mine/box.json", "{}")
    wrapify.put(".cache/wrapify/plan", "x")
    done = run(wrapify, "--uninstall", "--yes")
    assert "kept: 1 box in ~/.local/state/wrapify/boxes: mine" in done.stderr
    assert not (wrapify.home / ".cache/wrapify").exists()


@pytest.mark.root
@pytest.mark.skipif(os.getuid() != 0, reason="needs root")
def test_sudo_is_told_that_it_would_set_up_root(wrapify: Wrapify) -> None:
    # The parent's name is what tells.
    words = ["bash", "-c", f"printf sudo >/proc/$$/comm; {wrapify.program} setup --dry-run; exit $?"]
    env = {"HOME": str(wrapify.home), "PATH": "/usr/bin:/bin", "SUDO_USER": TEST_USER}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "sudo would set up root's shells and not yours" in done.stderr
