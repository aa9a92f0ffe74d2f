"""`wrapify box list`: what earlier runs left behind, readable at any moment."""

from __future__ import annotations

import json
import os
import tarfile

from tests.conftest import Wrapify


def test_lists_what_runs_left_behind(wrapify: Wrapify) -> None:
    assert "there are no boxes" in wrapify("box", "list").stderr
    wrapify("run", "-c", "echo > ~/made; exit 3")
    wrapify("run", "--box", "mine", "-c", "echo > ~/made")
    first, second = wrapify("box", "list").stdout.splitlines()
    assert "exit 3" in first
    assert "offline: echo > ~/made; exit 3" in first
    assert second.startswith("mine ")
    rows = json.loads(wrapify("box", "list", "--json").stdout)
    assert [row["status"] for row in rows] == [3, 0]


def test_escapes_what_a_command_line_holds(wrapify: Wrapify) -> None:
    wrapify("run", "-c", "echo > ~/made; : \x1b]0;title\x07")
    listed = wrapify("box", "list").stdout
    assert "\x1b" not in listed
    assert "\\x1b]0;title\\x07" in listed


def test_lists_a_box_that_cannot_be_read_beside_the_others(wrapify: Wrapify) -> None:
    wrapify("run", "--box", "good", "-c", "echo > ~/made")
    wrapify("run", "--box", "bad", "-c", "echo > ~/made")
    (wrapify.boxes / "bad/box.json").write_text("{")
    done = wrapify("box", "list")
    assert done.returncode == 0
    assert "unreadable" in done.stdout
    assert "good" in done.stdout


def test_lists_a_box_with_a_directory_that_may_be_listed_and_not_entered(wrapify: Wrapify) -> None:
    done = wrapify("run", "-q", "--box", "b", "-c", "mkdir d; echo > d/f; chmod 400 d")
    assert (done.returncode, done.stderr) == (0, "")
    assert wrapify("box", "list").stdout.startswith("b ")


def test_shows_a_box(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "b", "-c", "echo x > made; exit 4")
    shown = wrapify("box", "show", "b").stdout.splitlines()
    assert shown == [
        "command:  echo x > made; exit 4",
        "profile:  offline",
        f"cwd:      {wrapify.home}",
        "run:      just now, exit 4",
        "1 added",
        "  + ~/made  2 B",
    ]


def test_enters_a_box_where_it_was_begun(each_bwrap: Wrapify) -> None:
    place = each_bwrap.put("work/here", "here\n").parent
    each_bwrap("run", "-q", "--box", "b", "-c", "echo x > made", cwd=str(place))
    done = each_bwrap("box", "enter", "b", text="cat made here; pwd; echo more >> made\n", cwd="/")
    assert done.stdout.splitlines() == ["x", "here", str(place)]
    assert each_bwrap("diff", "b", "-p").stdout.splitlines()[-2:] == ["+x", "+more"]
    assert not (place / "made").exists()


def test_entering_what_is_not_there(wrapify: Wrapify) -> None:
    done = wrapify("box", "enter", "nosuch")
    assert (done.returncode, "there is no box" in done.stderr) == (2, True)


def test_exports_a_box(wrapify: Wrapify) -> None:
    wrapify.put("old", "old\n")
    script = "echo x > made; mkdir d; ln -s /etc/passwd d/l; rm old; cp /bin/true su; chmod 4755 su"
    wrapify("run", "-q", "--box", "b", "-c", f"{script}; printf a > $'n\\n\\xff'")
    done = wrapify("box", "export", "b", "out.tar")
    assert done.returncode == 0, done.stderr
    home = str(wrapify.home).lstrip("/")
    with tarfile.open(wrapify.home / "out.tar", errors="surrogateescape") as archive:
        found = {row.name: row for row in archive}
        files = {name: archive.extractfile(row) for name, row in found.items() if row.isreg()}
        read = {name: source.read() for name, source in files.items() if source is not None}
    assert set(found) == {f"files/{home}/{name}" for name in ("made", "d", "d/l", "su", "n\n\udcff")} | {"deleted.txt"}
    assert read[f"files/{home}/made"] == b"x\n"
    assert read["deleted.txt"] == f"/{home}/old\n".encode()
    assert found[f"files/{home}/d/l"].linkname == "/etc/passwd"
    assert found[f"files/{home}/su"].mode == 0o755
    assert wrapify("box", "export", "b", "out.tar").returncode == 2


def test_removes_boxes(wrapify: Wrapify) -> None:
    for name in ("one", "two", "three"):
        wrapify("run", "-q", "--box", name, "-c", "echo x > made")
    done = wrapify("box", "rm", "one", "three")
    assert done.stderr == "wrapify: 2 boxes thrown away\n"
    assert [path.name for path in wrapify.boxes.iterdir()] == ["two"]
    assert wrapify("box", "rm", "one").returncode == 2


def aged(wrapify: Wrapify, days: int) -> None:
    """Make every box look as if its run had ended so many days ago."""
    for end in wrapify.boxes.glob("*/end.json"):
        about = json.loads(end.read_text())
        end.write_text(json.dumps(about | {"ended": about["ended"] - days * 86400}))


def test_old_unnamed_boxes_go_and_those_that_matter_not_without_a_word(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "-c", "echo x > harmless")
    wrapify("run", "-q", "-c", "echo x >> .bashrc")
    wrapify("run", "-q", "--box", "named", "-c", "echo x >> .bashrc")
    aged(wrapify, 29)
    assert len(wrapify("box", "list").stdout.splitlines()) == 3
    aged(wrapify, 2)
    done = wrapify("box", "list")
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["named"]
    assert done.stderr.count("was older than 30 days and is gone") == 1
    assert f"it had changed {wrapify.home}/.bashrc" in done.stderr


def test_a_box_whose_apply_was_cut_off_stays(wrapify: Wrapify) -> None:
    """What the apply replaced lies there and nowhere else."""
    file = wrapify.put("file", "mine\n")
    wrapify("run", "-q", "-c", "echo new > file")
    (box,) = wrapify.boxes.iterdir()
    assert wrapify("apply").returncode == 0
    journal = box / "applied/1/journal"
    journal.write_text("".join(line for line in journal.read_text().splitlines(keepends=True) if line[0] != "e"))
    for words in (("discard",), ("box", "rm", box.name)):
        done = wrapify(*words)
        assert (done.returncode, "wrapify apply --undo" in done.stderr) == (125, True)
    aged(wrapify, 31)
    assert wrapify("box", "list").stdout.startswith(box.name)
    assert wrapify("apply", "--undo", box.name).returncode == 0
    assert file.read_text() == "mine\n"
    assert wrapify("discard", box.name).returncode == 0


def test_a_box_whose_apply_was_cut_off_can_be_removed_all_the_same(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "b", "-c", "echo new > file")
    assert wrapify("apply").returncode == 0
    (wrapify.boxes / "b/applied/1/journal").write_text("p 0 0\n")
    (wrapify.boxes / "b/applied/1/plan").write_text("nothing of use\n")
    assert wrapify("apply", "--undo").returncode == 125
    assert wrapify("box", "rm", "b").returncode == 125
    assert wrapify("box", "rm", "--force", "b").returncode == 0
    assert not (wrapify.boxes / "b").exists()


def test_the_policy_says_how_long_boxes_are_kept(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", "[box]\nkeep_days = 3\n")
    wrapify("run", "-q", "-c", "echo x > harmless")
    aged(wrapify, 4)
    assert wrapify("box", "list").stdout == ""


def test_what_killed_runs_left_is_swept_away(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "b", "-c", "echo x > made")
    for name in (".new-old", ".gone-old", ".new-young"):
        wrapify.put(f".local/state/wrapify/boxes/{name}/u0/deep/file", "x")
    for name in (".new-old", ".gone-old"):
        os.utime(wrapify.boxes / name, (1, 1))
    wrapify("box", "list")
    assert sorted(path.name for path in wrapify.boxes.iterdir()) == [".new-young", "b"]


def test_a_run_that_only_opened_directories_leaves_no_box(each_bwrap: Wrapify) -> None:
    each_bwrap.put("a/b/file", "x\n")
    done = each_bwrap("run", "-c", "touch a/b/new && rm a/b/new; touch a/b/file")
    assert done.returncode == 0
    assert "box" not in done.stderr.splitlines()[-1] or "changes go to a box" in done.stderr.splitlines()[-1]
    assert list(each_bwrap.boxes.iterdir()) == []


def test_has_the_short_commands_too(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "b", "-c", "echo x > made")
    assert wrapify("box", "diff", "b").stdout == wrapify("diff", "b").stdout
    assert wrapify("box", "apply", "b").returncode == 0
    assert wrapify("box", "discard", "b").returncode == 0
    assert (wrapify.home / "made").exists()
