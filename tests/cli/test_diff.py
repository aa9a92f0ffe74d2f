"""`wrapify diff`: what a run changed, what matters first, and nothing hostile printed raw."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Wrapify


@pytest.fixture
def lived(wrapify: Wrapify) -> Wrapify:
    """A home with something in it."""
    wrapify.put("notes.txt", "one\ntwo\nthree\n")
    wrapify.put("old/inner/deep.txt", "deep\n")
    wrapify.put("old/top.txt", "top\n")
    wrapify.put(".bashrc", "alias ll='ls -l'\n")
    wrapify.put(".ssh/id_ed25519", "key\n", 0o600)
    return wrapify


def lines(wrapify: Wrapify, *words: str) -> list[str]:
    done = wrapify("diff", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_what_matters_comes_first(lived: Wrapify) -> None:
    script = "echo new > a.txt; echo four >> notes.txt; rm -r old; mkdir -p .local/bin; echo 'curl x' >> .bashrc"
    lived("run", "-q", "-c", f"{script}; printf '#!/bin/sh' > .local/bin/ls; chmod +x .local/bin/ls")
    header, summary, *rows = lines(lived)
    assert " · echo new > a.txt; echo four" in header
    assert summary == "3 added, 2 modified, 1 deleted, 4 things lost"
    assert [" ".join(row.split()) for row in rows] == [
        "~ ~/.bashrc +1 -0 runs whenever bash starts",
        "+ ~/.local/bin/ls 9 B runs when you type its name",
        "",
        "+ ~/.local/bin/ new directory",
        "+ ~/a.txt 4 B",
        "~ ~/notes.txt +1 -0",
        "- ~/old/ 4 things lost",
    ]


def test_new_trees_are_folded_and_losses_are_not(lived: Wrapify) -> None:
    many = "mkdir -p big/a/b; for i in $(seq 50); do echo $i > big/a/b/$i; done"
    lived("run", "-q", "-c", f"{many}; rm old/top.txt notes.txt")
    rows = [" ".join(row.split()) for row in lines(lived)[2:]]
    assert rows == ["+ ~/big/ 50 files, 141 B", "- ~/notes.txt 14 B lost", "- ~/old/top.txt 4 B lost"]


def test_changed_lines_of_one_path(lived: Wrapify) -> None:
    lived("run", "-q", "-c", "sed -i s/two/2/ notes.txt; echo x > other")
    assert lines(lived, "notes.txt") == [
        "modified: ~/notes.txt", "@@ -1,3 +1,3 @@", " one", "-two", "+2", " three",
    ]  # fmt: skip


def test_a_patch_of_everything(lived: Wrapify) -> None:
    script = "rm notes.txt; printf 'a\\0b' > bin; ln -s /etc/passwd l; chmod 600 .bashrc; printf x > nonl"
    lived("run", "-q", "-c", script)
    text = lines(lived, "-p")
    assert "-three" in text
    assert "+→ /etc/passwd" in text
    assert "  mode 644 → 600" in text
    assert "  not a text, nothing → 3 bytes" in text
    assert "\\ No newline at end of file" in text


def test_json(lived: Wrapify) -> None:
    lived("run", "-q", "-c", "rm -r old; mkdir .ssh; echo evil > .ssh/authorized_keys")
    rows = {row["path"]: row for row in map(json.loads, lines(lived, "--json"))}
    home = str(lived.home)
    assert rows[f"{home}/old"]["change"] == "deleted"
    assert rows[f"{home}/old"]["lost"] == 4
    hidden = rows[f"{home}/.ssh/authorized_keys"]
    assert (hidden["change"], hidden["matters"]) == ("added", "lets the owners of its keys log in over ssh")
    assert hidden["conflict"] == "hidden from the run, so it is never written"


def test_a_hidden_secret_is_not_compared(lived: Wrapify) -> None:
    lived("run", "-q", "-c", "mkdir .ssh; echo mine > .ssh/id_ed25519")
    text = "\n".join(lines(lived, "-p"))
    assert "+mine" in text
    assert "-key" not in text


def test_git_settings_that_run_something(lived: Wrapify) -> None:
    lived.put("p/.git/config", "[core]\n\tbare = false\n")
    lived("run", "-q", "-c", "printf '[user]\\n\\tname = x\\n' >> p/.git/config")
    assert "makes git" not in "\n".join(lines(lived))
    lived("run", "-q", "-c", "printf '[core]\\n\\tfsmonitor = /tmp/x\\n' >> p/.git/config")
    assert "makes git run something: core.fsmonitor" in "\n".join(lines(lived))


HOSTILE = "printf 'x\\033]0;title\\007\\n' > \"$(printf 'na\\nme\\033[31m\\377')\"; ln -s \"$(printf '\\033c')\" l"


def test_hostile_names_and_content_are_escaped(lived: Wrapify) -> None:
    lived("run", "-q", "-c", HOSTILE)
    for words in ((), ("-p",)):
        text = "\n".join(lines(lived, *words))
        assert all(char.isprintable() or char in "\n\t" for char in text), repr(text)
        assert "~/na\\nme\\x1b[31m\\xff" in text
    assert "\x1b" not in lived("diff", "--json").stdout


def test_choosing_a_box(lived: Wrapify) -> None:
    assert lived("diff").returncode == 2
    lived("run", "-q", "--box", "first", "-c", "echo > one")
    lived("run", "-q", "--box", "second", "-c", "echo > two")
    assert "~/two" in lines(lived)[2]
    assert "~/one" in lines(lived, "first")[2]
    assert lines(lived, "first", "one") == ["added: ~/one", "@@ -0,0 +1,1 @@", "+"]
    missing = lived("diff", "third")
    assert (missing.returncode, "no box" in missing.stderr) == (2, True)
    untouched = lived("diff", "first", "notes.txt")
    assert (untouched.returncode, "is not changed" in untouched.stderr) == (2, True)


def test_a_box_in_use_is_not_read(lived: Wrapify) -> None:
    done = lived("run", "-q", "--box", "busy", "-c", "echo > x")
    assert done.returncode == 0
    held = (lived.boxes / "busy/lock").open()
    import fcntl

    fcntl.flock(held, fcntl.LOCK_EX)
    told = lived("diff", "busy")
    assert (told.returncode, "in use" in told.stderr) == (125, True)
    held.close()
