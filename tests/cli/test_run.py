"""`wrapify run`: what a person sees of it and what the calling shell gets back."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.conftest import Wrapify, need


def test_runs_a_command_and_leaves_the_machine_as_it_was(each_bwrap: Wrapify) -> None:
    each_bwrap.put("kept", "old")
    done = each_bwrap("run", "-c", "echo new > ~/kept; echo more > ~/made; rm -f ~/nothing; cat ~/kept; exit 7")
    assert (done.returncode, done.stdout) == (7, "new\n")
    assert (each_bwrap.home / "kept").read_text() == "old"
    assert not (each_bwrap.home / "made").exists()
    assert "your home, copy-on-write · no network" in done.stderr


def test_says_in_one_line_what_it_sees_and_where_changes_are(wrapify: Wrapify) -> None:
    done = wrapify("run", "-c", "echo > ~/made")
    first, last = done.stderr.splitlines()
    (box,) = (path.name for path in wrapify.boxes.iterdir())
    assert first.startswith("wrapify: ")
    assert first.endswith("changes go to a box")
    assert last == f"wrapify: your files are as they were; what it changed is in box {box}"


def test_says_nothing_with_quiet_and_keeps_nothing_where_nothing_changed(wrapify: Wrapify) -> None:
    done = wrapify("run", "-q", "true")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(wrapify.boxes.iterdir()) == []


@pytest.mark.parametrize(
    ("line", "status"),
    [("exit 0", 0), ("exit 1", 1), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -SEGV $$", 139)],
)
def test_gives_back_the_status_of_the_command(wrapify: Wrapify, line: str, status: int) -> None:
    assert wrapify("run", "-q", "-c", line).returncode == status


def test_says_so_when_there_is_no_such_command(wrapify: Wrapify) -> None:
    done = wrapify("run", "no-such-command-at-all", "x")
    assert done.returncode == 127
    assert "'no-such-command-at-all': there is no such command" in done.stderr


@pytest.mark.parametrize("words", [(), ("--nonsense", "true"), ("--ro",), ("--home", "nonsense", "true")])
def test_refuses_a_command_line_it_does_not_understand(wrapify: Wrapify, words: tuple[str, ...]) -> None:
    done = wrapify("run", *words)
    assert done.returncode == 2
    assert done.stderr.startswith("wrapify: ")
    assert len(done.stderr.splitlines()) == 2


def test_passes_arguments_on_as_they_are(wrapify: Wrapify) -> None:
    words = ("--", "-x", "a b", "", "$HOME", "'", '"', "new\nline", "ü", "*")
    done = wrapify("run", "-q", "--", "printf", "%s|", *words)
    assert done.stdout == "".join(f"{word}|" for word in words)
    assert wrapify("run", "-q", "-c", 'echo "$0" "$1"', "name", "a b").stdout == "name a b\n"


def test_sealed_sees_no_files_and_keeps_nothing(wrapify: Wrapify) -> None:
    wrapify.put("file", "x")
    done = wrapify("run", "-p", "sealed", "-c", "ls -A ~; pwd; echo > ~/made; ls ~")
    assert done.stdout == f"{wrapify.home}\nmade\n"
    assert "nothing kept" in done.stderr
    assert not (wrapify.home / "made").exists()


def test_help_names_every_option(wrapify: Wrapify) -> None:
    done = wrapify("run", "--help")
    assert done.returncode == 0
    assert all(option in done.stdout for option in ("--profile", "--ro", "--rw", "--hide", "--env", "--home", "-c"))


def test_names_a_file_that_is_not_seen_inside(wrapify: Wrapify, tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_text("x")
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    wrapify.put("seen", "x")
    done = wrapify("run", "ls", str(path), "./seen", "/nothing")
    assert f"{path} is not seen inside; --ro {path} shows it" in done.stderr
    assert done.stderr.count("is not seen inside") == 1


def test_knows_its_own_name_and_none_of_the_administrators(wrapify: Wrapify) -> None:
    done = wrapify("run", "-q", "-c", "hostname; getent hosts sandbox; cat /etc/hosts")
    assert done.stdout.startswith("sandbox\n127.0.1.1")
    assert len(done.stdout.splitlines()) == 5


def test_a_variable_reaches_the_command_and_not_bwrap(wrapify: Wrapify) -> None:
    # bwrap would say that it cannot load the library, and so would env.
    words = ("--env", "LD_PRELOAD=/nothing.so", "--env", "GIVEN", "-c", "echo $GIVEN")
    done = wrapify("run", "-q", *words, env={"GIVEN": "x"})
    assert done.stdout == "x\n"
    assert "bwrap" not in done.stderr


@pytest.mark.parametrize("home", ["/", "/tmp", "/usr"])
def test_refuses_a_home_that_belongs_to_everybody(wrapify: Wrapify, home: str) -> None:
    done = wrapify("run", "true", env={"HOME": home})
    assert done.returncode == 125
    assert "cannot be used as a home directory" in done.stderr


def test_hides_secrets_and_its_own_state_below_a_path_that_is_shown(wrapify: Wrapify) -> None:
    wrapify.put(".config/gh/hosts.yml", "token")
    wrapify("run", "--box", "old", "-c", "echo > ~/made")
    for option in ("--ro", "--rw"):
        inside = "cat ~/.config/gh/hosts.yml; cd ~/.local/state/wrapify && ls && echo x > boxes/old/box.json"
        done = wrapify("run", "-q", option, str(wrapify.home), "-c", inside)
        assert done.stdout == ""
    assert '"name":"old"' in (wrapify.boxes / "old/box.json").read_text()


def test_refuses_to_write_to_everything(wrapify: Wrapify) -> None:
    assert wrapify("run", "--rw", "/", "true").returncode == 2


def test_says_that_more_bwrap_options_weaken_it(wrapify: Wrapify) -> None:
    done = wrapify("run", "--bwrap-args", "--tmpfs /extra --share-net", "-c", "test -d /extra && echo there")
    assert done.stdout == "there\n"
    assert "--bwrap-args makes it weaker: --share-net" in done.stderr


def test_a_box_has_no_use_where_nothing_is_recorded(wrapify: Wrapify) -> None:
    assert wrapify("run", "-p", "sealed", "--box", "mine", "true").returncode == 2


@pytest.mark.parametrize(
    ("words", "is_hit"),
    [
        (("git", "mv", "d", "e"), True),
        (("python3", "-c", "import os; os.rename('d', 'e')"), True),
        (("perl", "-e", "rename('d', 'e') or exit 1"), True),
        (("-c", "cd . && git mv d e"), True),
        (("python3", "-c", "exit(1)"), False),
        (("mv", "d", "nowhere/e"), False),
    ],
    ids=str,
)
def test_says_that_a_directory_from_outside_cannot_be_renamed(
    each_bwrap: Wrapify, words: tuple[str, ...], is_hit: bool
) -> None:
    each_bwrap.put("d/file", "x\n")
    for step in (("init", "-q", "."), ("add", "d")):
        subprocess.run([need("git"), *step], cwd=each_bwrap.home, check=True, **each_bwrap.user.drop)
    done = each_bwrap("run", *words)
    assert done.returncode != 0
    assert ("cross-device link); mv copies it" in done.stderr) == is_hit
    assert each_bwrap("run", "-q", "mv", "d", "e").returncode == 0
