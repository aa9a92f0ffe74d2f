"""Skeletons: what they hold, when they hold no longer, and that a run never loses the one it uses."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from wrapify.errors import StateError
from wrapify.sandbox import skeleton, skeletons
from wrapify.sandbox.recipe import Recipe, SkeletonRow
from wrapify.sandbox.skeleton import PASSWORD_IN_URL

Ready = Callable[..., Path]
PASSWD = "root:x:0:0:root:/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n"


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(skeleton, "own", lambda: -1)
    etc = tmp_path / "etc"
    for name, text in {
        "passwd": PASSWD,
        "hosts": "127.0.0.1 localhost\n",
        "apt/sources.list": "deb http://x/ y\n",
    }.items():
        (etc / name).parent.mkdir(parents=True, exist_ok=True)
        (etc / name).write_text(text)
    (etc / "shadow").write_text("root:$y$secret:1::::::\n")
    (etc / "hosts").chmod(0o444)
    (etc / "apt").chmod(0o555)
    return etc


def row(etc: Path, **more: Any) -> SkeletonRow:
    base = str(etc)
    given = {
        "copied": (base,),
        "pruned": (),
        "placed": (),
        "made": ((f"{base}/shadow", f"{base}/passwd"),),
        "counts": (),
    }
    given |= more
    return cast(SkeletonRow, (base, *(given[name] for name in ("copied", "pruned", "placed", "made", "counts"))))


@pytest.fixture
def ready(tmp_path: Path) -> Callable[..., Recipe]:
    def make(*rows: SkeletonRow, said: list[str] | None = None) -> Recipe:
        words = b"".join(b"--overlay-src\0@root@" + os.fsencode(one[0]) + b"\0" for one in rows)
        kept = {"skeletons": rows, "runtime": str(tmp_path / "run"), "args": words, "notes": ("a",), "masked": b"/m\0"}
        recipe = cast(Recipe, {**kept, "overlays": (((rows[0][0], f"@root@{rows[0][0]}"), "u", "w", "d"),)})
        return skeletons.ready(recipe, lambda: (said if said is not None else []).append("said"))

    return make


def layer(recipe: Recipe) -> Path:
    return Path(os.fsdecode(recipe["args"].split(b"\0")[1]))


def masked(recipe: Recipe) -> set[str]:
    return {os.fsdecode(path) for path in recipe["masked"].split(b"\0") if path}


def test_it_holds_copies_and_directories_of_the_users_own(etc: Path, ready: Callable[..., Recipe]) -> None:
    recipe = ready(row(etc))
    top = layer(recipe)
    assert (top / "hosts").read_text() == "127.0.0.1 localhost\n"
    assert (top / "hosts").stat().st_mode & 0o777 == 0o644
    assert (top / "apt").stat().st_mode & 0o777 == 0o755
    assert (top / "hosts").stat().st_mtime_ns == (etc / "hosts").stat().st_mtime_ns
    assert recipe["overlays"] == (((str(etc), str(top)), "u", "w", "d"),)
    assert b"@root@" not in recipe["args"]
    assert recipe["notes"] == ("a",)


def test_passwords_are_made_of_names(etc: Path, ready: Callable[..., Recipe]) -> None:
    recipe = ready(row(etc))
    assert (layer(recipe) / "shadow").read_text() == "root:*:19000:0:99999:7:::\nu:*:19000:0:99999:7:::\n"
    assert masked(recipe) == {"/m", f"{etc}/shadow"}


def test_files_are_placed_where_there_is_a_directory(etc: Path, ready: Callable[..., Recipe]) -> None:
    placed = ((f"{etc}/apt/conf", b"x"), (f"{etc}/hosts", b"#!/bin/sh\n"), (f"{etc}/no/where", b"y"))
    recipe = ready(row(etc, placed=placed))
    assert (layer(recipe) / "apt/conf").read_bytes() == b"x"
    assert (layer(recipe) / "hosts").stat().st_mode & 0o777 == 0o755
    assert not (layer(recipe) / "no").exists()
    assert masked(recipe) >= {f"{etc}/apt/conf", f"{etc}/hosts"}


def test_a_file_with_a_password_in_a_url_is_empty(etc: Path, ready: Callable[..., Recipe]) -> None:
    (etc / "apt/sources.list").write_text("deb https://me:s3cret@example.org/ y\n")
    recipe = ready(row(etc))
    assert (layer(recipe) / "apt/sources.list").read_text() == ""
    assert f"{etc}/apt/sources.list" in masked(recipe)


URLS = (
    ("deb https://me:pw@host/ x", True),
    ("deb [signed-by=/x] https://me:p%40w@host/ x", True),
    ("http_proxy=http://a:b@proxy:3128", True),
    ("# http_proxy=http://user:pass@proxy:3128", False),
    ("deb https://host:443/ x", False),
    ("deb https://host/a:b@c x", False),
    ("ssh://git@host/x", False),
    ("mailto a:b@c", False),
)


@pytest.mark.parametrize(("line", "found"), URLS)
def test_passwords_in_urls(line: str, *, found: bool) -> None:
    assert bool(PASSWORD_IN_URL.search(f"first\n{line}\nlast\n".encode())) is found


def test_what_is_pruned_is_not_looked_into(etc: Path, ready: Callable[..., Recipe]) -> None:
    assert not (layer(ready(row(etc, pruned=(f"{etc}/apt",)))) / "apt").exists()


def test_links_and_large_files_are_left_to_the_real_one(etc: Path, ready: Callable[..., Recipe]) -> None:
    (etc / "link").symlink_to("hosts")
    with open(etc / "large", "wb") as target:
        target.truncate(5 << 20)
    assert {"link", "large"}.isdisjoint(os.listdir(layer(ready(row(etc)))))


def test_the_same_serves_again(etc: Path, ready: Callable[..., Recipe]) -> None:
    assert layer(ready(row(etc))) == layer(ready(row(etc)))


def behind_the_back(etc: Path) -> None:
    """Write something else of the same length, with the same time."""
    before = (etc / "hosts").stat()
    (etc / "hosts").chmod(0o644)
    with open(etc / "hosts", "r+", encoding="ascii") as target:
        target.write("127.0.0.2")
    os.utime(etc / "hosts", ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES = {
    "a file was changed behind the back": behind_the_back,
    "a user was added": lambda etc: (etc / "passwd").write_text(PASSWD + "new:x:1001:1001::/home/new:/bin/sh\n"),
    "a file was replaced": lambda etc: os.replace(etc / "apt/sources.list", etc / "hosts"),
    "a file came": lambda etc: (etc / "apt.conf").write_text(""),
    "a file went": lambda etc: (etc / "hosts").unlink(),
    "a directory came": lambda etc: (etc / "new").mkdir(),
    "permissions changed": lambda etc: (etc / "hosts").chmod(0o600),
    "a package came": lambda etc: (etc.parent / "status").write_text("x"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_stale_one_is_not_used(etc: Path, ready: Callable[..., Recipe], change: Callable[[Path], object]) -> None:
    (etc / "apt").chmod(0o755)
    given = row(etc, counts=(str(etc.parent / "status"),))
    before = layer(ready(given))
    change(etc)
    after = layer(ready(given))
    assert after != before
    if (etc / "passwd").exists():
        assert (after / "passwd").read_text() == (etc / "passwd").read_text()
    assert layer(ready(given)) == after


def test_an_older_one_goes_once_no_run_holds_it(etc: Path, ready: Callable[..., Recipe], tmp_path: Path) -> None:
    probe = (
        "import sys; from wrapify.sandbox import masks; assert masks.hold((sys.argv[1],));"
        " print('held', flush=True); sys.stdin.read()"
    )
    before = layer(ready(row(etc)))
    command = [sys.executable, "-c", probe, str(before.parent)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        # This process holds it, too, as long as it lives: so somebody else has to find it stale.
        (etc / "hosts").chmod(0o600)
        ready(row(etc))
        assert before.exists()
        assert other.stdin
        other.stdin.close()
    assert len(list((tmp_path / "run/skeletons").iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\xfb\xff\xff\xff\x7f"])
def test_a_damaged_one_is_made_anew(etc: Path, ready: Callable[..., Recipe], damage: bytes) -> None:
    before = layer(ready(row(etc)))
    (before.parent / "made").write_bytes(damage)
    assert layer(ready(row(etc))) != before


def test_it_says_when_it_takes_long(etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 0.5, *([2.0] * 1000)])
    monkeypatch.setattr("wrapify.sandbox.skeleton.time.monotonic", lambda: next(times))
    said: list[str] = []
    ready(row(etc), row(etc / "apt"), said=said)
    assert said == ["said"]


def test_it_is_bounded_in_time_and_the_next_run_goes_on(
    etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    (etc / "apt").chmod(0o755)
    (etc / "apt/deep").mkdir()
    times = iter([0.0, 0.0, 0.0, *([100.0] * 1000)])
    with monkeypatch.context() as patched:
        patched.setattr("wrapify.sandbox.skeleton.time.monotonic", lambda: next(times))
        first = ready(row(etc))
    assert re.search("not all directories of .* could be prepared", first["notes"][-1])
    second = ready(row(etc))
    assert second["notes"] == ("a",)
    assert layer(second) != layer(first)
    assert (layer(second) / "apt/deep").is_dir()


def test_a_directory_that_is_not_in_it_is_an_empty_one(etc: Path, ready: Callable[..., Recipe]) -> None:
    recipe = ready(row(etc))
    given = cast(Recipe, {**recipe, "skeletons": (row(etc),), "args": b"@root@" + os.fsencode(etc) + b"/not/there"})
    placed = Path(os.fsdecode(skeletons.ready(given, lambda: None)["args"]))
    assert placed.is_dir()
    assert os.listdir(placed) == []


def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be readable that has "closed" in its path: root, as which this may run, reads everything."""
    access, content = os.access, skeleton._content
    monkeypatch.setattr(
        "wrapify.sandbox.skeleton.os.access", lambda path, mode: "closed" not in str(path) and access(path, mode)
    )
    monkeypatch.setattr(skeleton, "_content", lambda path, most: None if "closed" in path else content(path, most))


def test_what_cannot_be_read_is_empty(etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch) -> None:
    (etc / "closed.d/deep").mkdir(parents=True)
    (etc / "closed.conf").write_text("secret")
    closed(monkeypatch)
    recipe = ready(row(etc))
    top = layer(recipe)
    assert os.listdir(top / "closed.d") == []
    assert os.getxattr(top / "closed.d", skeleton.OPAQUE) == b"y"
    assert (top / "closed.conf").read_text() == ""
    assert {f"{etc}/closed.d", f"{etc}/closed.conf"} <= masked(recipe)


def test_without_attributes_in_memory_it_is_not_there(
    etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "a kernel before 6.6")

    (etc / "closed.d").mkdir(mode=0o710)
    closed(monkeypatch)
    monkeypatch.setattr("wrapify.sandbox.skeleton.os.setxattr", refuse)
    recipe = ready(row(etc))
    found = (layer(recipe) / "closed.d").lstat()
    assert (stat.S_ISCHR(found.st_mode), found.st_rdev) == (True, 0)
    assert f"{etc}/closed.d" in masked(recipe)


def test_there_is_a_bound_for_what_is_copied(
    etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skeleton, "MOST_FILES", 1)
    names = [path.name for path in layer(ready(row(etc))).rglob("*") if path.is_file()]
    assert len([name for name in names if name != "shadow"]) == 1
    monkeypatch.setattr(skeleton, "MOST_BYTES", 0)
    (etc / "new").touch()
    assert not [
        path
        for path in layer(ready(row(etc))).rglob("*")
        if path.is_file() and path.stat().st_size and path.name != "shadow"
    ]


def test_the_users_own_directories_are_left_as_they_are(
    etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skeleton, "own", os.geteuid)
    assert not (layer(ready(row(etc))) / "apt").exists()


def test_a_full_memory_is_said_and_nothing_is_left_in_it(
    etc: Path, ready: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(skeleton.Builder, "_write", full)
    with pytest.raises(StateError, match="No space left"):
        ready(row(etc))
    assert os.listdir(tmp_path / "run/skeletons") == []
