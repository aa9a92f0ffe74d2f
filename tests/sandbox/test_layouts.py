"""Homes that are laid out in another way: behind symlinks, with other file systems below, where no overlay can be."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify
from tests.sandbox.disk import about, boxes, differences, folder, is_whiteout, layer, plant, snapshot

pytestmark = pytest.mark.sandbox

ROOT = pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED LOUDLY: only root can mount something in a home")


def with_mounts(wrapify: Wrapify, mounts: str, *words: str, then: str = ":") -> subprocess.CompletedProcess[str]:
    """Run wrapify as the user after root has mounted something, in a mount namespace that ends with it.

    `then` is run by root afterwards, and what it prints comes last.
    """
    user = wrapify.user
    drop = f"setpriv --reuid {user.uid} --regid {user.gid} --clear-groups --"
    script = f'set -e; cd "$HOME"; {mounts}\nset +e; {drop} "$@"; status=$?; {then}; exit $status'
    return subprocess.run(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", str(wrapify.program), *words],
        cwd=wrapify.home,
        env=wrapify.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("way", ["absolute", "relative", "twice"])
def test_home_behind_a_symlink(each_bwrap: Wrapify, user: User, home: Path, way: str) -> None:
    """As where /home is a link to /var/home."""
    real = folder(user, home / "var/home/me")
    plant(user, real / "mine.txt")
    plant(user, real / ".ssh/id_rsa", "secret")
    target = {"absolute": str(home / "var/home"), "relative": "var/home", "twice": "second"}[way]
    (home / "home").symlink_to(target)
    (home / "second").symlink_to("var/home")
    linked = replace(each_bwrap, home=home / "home/me")
    assert linked("run", "true").returncode == 0
    before = snapshot(real)
    script = "cd; pwd; cat ~/mine.txt; cat ~/.ssh/id_rsa; echo x > ~/x; echo y >> mine.txt; echo $HOME; ls -A"
    done = linked("run", "-c", script, cwd=str(real))
    rows = done.stdout.splitlines()
    assert rows[:3] == [str(linked.home), "as the user left it", str(linked.home)], done.stderr
    assert "x" in rows
    assert "secret" not in done.stdout
    assert differences(before, snapshot(real)) == []
    (box,) = boxes(linked.boxes)
    assert (layer(box, real) / "x").read_text() == "x\n"
    # The other way round: HOME is real, and the shell came through the link.
    done = replace(each_bwrap, home=real)("run", "-c", "echo z > z; pwd -P", cwd=str(linked.home))
    assert (done.returncode, done.stdout) == (0, f"{real}\n"), done.stderr
    assert not (real / "z").exists()


NESTED = """
mkdir -p mnt/a/b data/deep/er other
mount -t tmpfs -o mode=755 none mnt
echo one > mnt/one; mkdir -p mnt/dir/sub; echo two > mnt/dir/sub/two; mkdir mnt/inner
mount -t tmpfs -o mode=755 none mnt/inner
echo three > mnt/inner/three
mount --bind other data/deep/er
echo four > data/deep/er/four
mount --bind source.txt bound.txt
chown -R OWNER mnt data other
"""


@ROOT
@pytest.mark.root
def test_mounts_below_the_home(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """An overlay of the home would fail, or show them empty."""
    for name in ("source.txt", "bound.txt", "plain.txt", "gone.txt", "folder/x", "data/deep/file", "data/plain"):
        plant(user, home / name)
    plant(user, home / ".ssh/id_rsa", "secret")
    plant(user, home / "large", b"\0" * (9 << 20))
    (home / "link").symlink_to("plain.txt")
    assert each_bwrap("run", "true").returncode == 0
    for path in boxes(each_bwrap.boxes):
        raise AssertionError(path)
    for name in ("mnt/a/b", "data/deep/er", "other"):
        folder(user, home / name)
    mounts = NESTED.replace("OWNER", f"{user.uid}:{user.gid}").replace("mkdir -p mnt/a/b data/deep/er other\n", "")
    before = snapshot(home)
    script = (
        "set -e; cat mnt/one mnt/dir/sub/two mnt/inner/three data/deep/er/four bound.txt plain.txt link folder/x"
        " data/deep/file; test ! -e .ssh; test $(stat -c %s large) = 9437184; set -x;"
        " echo w > mnt/w; echo more >> mnt/one; rm mnt/dir/sub/two; echo w > mnt/inner/w; echo w > data/deep/er/w;"
        " echo w >> bound.txt; echo w > w; rm gone.txt; echo w >> plain.txt; echo w > folder/w; echo w > data/deep/w;"
        " mkdir new; echo w > new/w"
    )
    look = "echo ---; find mnt data/deep/er -type f | sort; cat mnt/one bound.txt"
    done = with_mounts(each_bwrap, mounts, "run", "--box", "b", "-c", script, then=look)
    assert done.returncode == 0, done.stderr
    shown, _, left = done.stdout.partition("---\n")
    assert shown.split("\n")[:4] == ["one", "two", "three", "four"]
    assert left.splitlines() == [
        *("data/deep/er/four", "mnt/dir/sub/two", "mnt/inner/three", "mnt/one", "one", "as the user left it"),
    ]
    changed = [path for path in differences(before, snapshot(home)) if b"/other" not in path]
    assert changed == []
    (box,) = boxes(each_bwrap.boxes)
    for dest, name, content in (
        ("", "w", "w\n"),
        ("", "plain.txt", "as the user left it\nw\n"),
        ("", "bound.txt", "as the user left it\nw\n"),
        ("", "new/w", "w\n"),
        ("/folder", "w", "w\n"),
        ("/mnt/dir", "", ""),
        ("/mnt/inner", "w", "w\n"),
        ("/data/deep/er", "w", "w\n"),
    ):
        if name:
            assert (layer(box, f"{home}{dest}") / name).read_text() == content, (dest, name)
    assert not (layer(box, home) / "gone.txt").exists()
    assert is_whiteout(layer(box, f"{home}/mnt/dir") / "sub/two")
    # The same again, with what was written still there.
    again = with_mounts(each_bwrap, mounts, "run", "--box", "b", "-c", "cat mnt/w mnt/inner/w w; test ! -e gone.txt")
    assert (again.returncode, again.stdout) == (0, "w\nw\nw\n"), again.stderr


@ROOT
@pytest.mark.root
def test_a_mount_as_working_directory(each_bwrap: Wrapify, user: User, home: Path) -> None:
    folder(user, home / "mnt")
    mounts = f"mount -t tmpfs -o uid={user.uid},gid={user.gid} none mnt; echo one > mnt/one; cd mnt"
    done = with_mounts(each_bwrap, mounts, "run", "-c", "pwd; cat one; echo w > w", then="ls")
    assert (done.returncode, done.stdout) == (0, f"{home}/mnt\none\none\n"), done.stderr


@ROOT
@pytest.mark.root
def test_resolv_conf_behind_a_symlink(each_bwrap: Wrapify, home: Path) -> None:
    """As systemd-resolved lays it out: into /run, which is private."""
    mounts = (
        "mkdir -p up work; mount -t tmpfs none work; mkdir work/u work/w;"
        " mount -t overlay -o lowerdir=/etc,upperdir=work/u,workdir=work/w none /etc;"
        " mount -t tmpfs none /run; mkdir -p /run/resolve; echo nameserver 192.0.2.1 > /run/resolve/stub.conf;"
        " rm -f /etc/resolv.conf; ln -s ../run/resolve/stub.conf /etc/resolv.conf; umount -l work"
    )
    done = with_mounts(each_bwrap, mounts, "run", "-c", "cat /etc/resolv.conf; ls -A /run/resolve; ls -A /run")
    assert done.stdout.startswith("nameserver 192.0.2.1\n"), done.stderr
    assert "stub.conf" not in done.stdout


OVERLAID = """
for place in PLACES; do
    mkdir -p "$place" stack; mount -t tmpfs none stack; mkdir stack/l stack/u stack/w
    chown OWNER stack/l stack/u; chmod 700 stack/u
    mount -t overlay -o lowerdir=stack/l,upperdir=stack/u,workdir=stack/w none "$place"; chown OWNER "$place"
    chmod MODE "$place"; umount -l stack
done
"""


def overlaid(user: User, places: str, mode: str = "700") -> str:
    """Give the mounts that make `places` overlays, on which no other can write: as in a container of Docker."""
    script = OVERLAID.replace("PLACES", places).replace("OWNER", f"{user.uid}:{user.gid}").replace("MODE", mode)
    return f"mkdir -p .local/state; chown -R {user.uid}:{user.gid} .local; {script}"


@ROOT
@pytest.mark.root
def test_no_overlay_on_the_state_directory(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """Changes are kept in memory then, and a note says so."""
    plant(user, home / "mine.txt")
    before = snapshot(home, skip=(*(".local",), ".cache", "stack"))
    mounts = overlaid(user, '"$HOME/.local/state/wrapify"') + "mount -t tmpfs -o mode=1777 none /dev/shm\n"
    look = "cat /dev/shm/wrapify-*/boxes/*/*/x; cat .local/state/wrapify/boxes/*/box.json"
    done = with_mounts(each_bwrap, mounts, "run", "--box", "b", "-c", "echo new > x; cat mine.txt", then=look)
    assert done.returncode == 0, done.stderr
    assert "in memory" in done.stderr
    assert done.stdout.startswith("as the user left it\nnew\n")
    assert '"store":"/dev/shm/wrapify-' in done.stdout
    after = snapshot(home, skip=(".local", ".cache", "stack"))
    assert [path for path in differences(before, after) if path != os.fsencode(home)] == []


@ROOT
@pytest.mark.root
def test_a_box_in_memory_that_is_gone(each_bwrap: Wrapify, user: User, home: Path) -> None:
    mounts = overlaid(user, '"$HOME/.local/state/wrapify"') + "mount -t tmpfs -o mode=1777 none /dev/shm\n"
    gone = f"umount /dev/shm; mount -t tmpfs -o mode=1777 none /dev/shm; export HOME; setpriv --reuid {user.uid}"
    gone += f' --regid {user.gid} --clear-groups -- "$1" run --box b -c "echo ran"; status=$?'
    done = with_mounts(each_bwrap, mounts, "run", "--box", "b", "-c", "echo new > x", then=gone)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert "gone" in done.stderr


@ROOT
@pytest.mark.root
def test_no_overlay_anywhere(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """Never the real files: they are read-only, and a note says so."""
    plant(user, home / "mine.txt")
    plant(user, home / ".netrc", "secret")
    plant(user, home / ".ssh/id_rsa", "secret")
    plant(user, home / "work/x")
    mounts = overlaid(user, '"$HOME/.local/state/wrapify" /dev/shm', mode="1777")
    mounts += "chmod 700 .local/state/wrapify\n"
    script = "cat mine.txt; cat .netrc .ssh/id_rsa; echo no > x || echo no >> mine.txt || echo read-only"
    done = with_mounts(each_bwrap, mounts, "run", "-c", script, then="ls; cat mine.txt")
    assert done.returncode == 0, done.stderr
    assert "not possible here" in done.stderr
    assert "read-only" in done.stderr
    assert done.stdout.startswith("as the user left it\nread-only\n")
    assert "secret" not in done.stdout
    assert not (home / "x").exists()
    assert (home / "mine.txt").read_text() == "as the user left it\n"


def test_a_home_that_others_may_enter(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """The box is for its owner only, whatever the mode of what it shows."""
    home.chmod(0o755)
    assert each_bwrap("run", "-c", "stat -c %a ~; umask 0; echo x > x; mkdir d; chmod 777 d").stdout == "755\n"
    (box,) = boxes(each_bwrap.boxes)
    assert (box.stat().st_mode & 0o777, box.parent.parent.stat().st_mode & 0o777) == (0o700, 0o700)
    assert about(box)["status"] == 0
