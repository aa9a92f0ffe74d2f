"""`wrapify discard`: a box goes, or a part of what is in it; the real files stay."""

from __future__ import annotations

import subprocess

from tests.conftest import Wrapify


def test_a_whole_box(each_bwrap: Wrapify) -> None:
    each_bwrap("run", "-q", "--box", "b", "-c", "echo > x; mkdir -m 0 locked")
    done = each_bwrap("discard", "b")
    assert (done.returncode, done.stderr) == (0, "wrapify: box b is gone; your files stay as they are\n")
    assert list(each_bwrap.boxes.iterdir()) == []


def test_the_newest_if_none_is_named(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "one", "-c", "echo > x")
    wrapify("run", "-q", "--box", "two", "-c", "echo > x")
    wrapify("discard")
    assert [path.name for path in wrapify.boxes.iterdir()] == ["one"]


def test_what_was_made_to_resist(wrapify: Wrapify) -> None:
    deep = "import os\nfor i in range(3000): os.mkdir('d'); os.chdir('d')\nopen('bottom', 'w')"
    script = f'python3 -c "{deep}"; mkdir -p a/b; touch a/b/c; chmod 0 a/b a; mkfifo fifo'
    done = wrapify("run", "-q", "--box", "b", "-c", script)
    assert done.returncode == 0, done.stderr
    assert wrapify("diff", "b").returncode == 0
    assert wrapify("discard", "b").returncode == 0
    assert list(wrapify.boxes.iterdir()) == []


def test_single_changes(each_bwrap: Wrapify) -> None:
    each_bwrap.put("keep/f", "f\n")
    each_bwrap.put("gone", "gone\n")
    script = "echo x >> keep/f; rm gone; mkdir new; touch new/a new/b; chmod 700 keep"
    each_bwrap("run", "-q", "--box", "b", "-c", script)
    assert each_bwrap("discard", "b", "gone", "new/a", "keep").returncode == 0
    shown = each_bwrap("diff", "b").stdout
    assert [line.split()[:2] for line in shown.splitlines()[2:]] == [["+", "~/new/"]]
    inside = each_bwrap("run", "-q", "--box", "b", "-c", "cat gone keep/f; ls new; stat -c %a keep")
    assert inside.stdout == "gone\nf\nb\n755\n"


def test_single_changes_in_a_directory_that_forbids_it(each_bwrap: Wrapify) -> None:
    each_bwrap.put("d/f", "f\n")
    each_bwrap("run", "-q", "--box", "b", "-c", "echo x >> d/f; touch d/new; mkdir e; touch e/1 e/2; chmod 0 d e")
    done = each_bwrap("discard", "b", "d/f", "e/1")
    assert (done.returncode, "2 changes thrown away" in done.stderr) == (0, True)
    left = each_bwrap("diff", "b", "--json").stdout
    assert [row in left for row in ("/d/new", "/d/f", "/e/1", "/e/2")] == [True, False, False, True]


def test_a_part_of_a_directory_that_was_made_anew_stays(each_bwrap: Wrapify) -> None:
    each_bwrap.put("d/one", "1\n")
    each_bwrap.put("d/two", "2\n")
    each_bwrap("run", "-q", "--box", "b", "-c", "rm -r d; mkdir d; echo x > d/two; echo y > d/three")
    done = each_bwrap("discard", "b", "d/one", "d/three")
    assert "made anew" in done.stderr
    assert "1 change thrown away" in done.stderr
    assert each_bwrap("run", "-q", "--box", "b", "ls", "d").stdout == "two\n"


def test_a_box_that_cannot_be_read_can_be_thrown_away(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "b", "-c", "echo > x")
    (wrapify.boxes / "b/box.json").write_text("{")
    assert wrapify("discard", "b").returncode == 0
    assert wrapify("discard", "b").returncode == 2


def test_one_in_use_stays(wrapify: Wrapify) -> None:
    running = subprocess.Popen(
        [str(wrapify.program), "run", "-q", "--box", "b", "-c", "echo started; cat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=wrapify.home, env=wrapify.environment(),
        **wrapify.user.drop,
    )  # fmt: skip
    assert running.stdout is not None
    assert running.stdout.readline() == b"started\n"
    done = wrapify("discard", "b")
    assert (done.returncode, "in use" in done.stderr) == (125, True)
    running.communicate(timeout=30)
    assert (wrapify.boxes / "b").is_dir()
