"""The questions a plan asks of the machine, asked of a real one."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify import globs, host
from wrapify.host import Machine, unchanged


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("dir/inner", "shut"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("file", "dir/a.pem", "dir/b.txt", "dir/inner/key"):
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("dir")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.fixture
def bound(tmp_path: Path) -> Iterator[Path]:
    """Bind sockets below `tmp_path`: plainly, with spaces, through a symlink, and by a relative name."""
    folder = tmp_path / "s"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "way").symlink_to("s")
    holders = []
    for name in (
        f"{folder}/plain",
        f"{folder}/deep/two  spaces",
        f"{tmp_path}/way/by-symlink",
        f"{folder}/deep/../dots",
    ):
        holder = socket.socket(socket.AF_UNIX)
        holder.bind(name)
        holders.append(holder)
    yield folder
    for holder in holders:
        holder.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [("dir", "dir"), ("file", "file"), ("link", "link"), ("dangling", "link"), ("pipe", "other"), ("no", "absent"),
     ("file/below", "absent"), ("link/inner", "dir"), ("loop/x", "absent"), ("a\0b", "absent")],
)  # fmt: skip
def test_kind(tree: Path, name: str, kind: str) -> None:
    assert host.kind(f"{tree}/{name}") == kind


def test_kind_of_a_socket(bound: Path) -> None:
    assert host.kind(f"{bound}/plain") == "socket"


def test_link_real_and_mode(tree: Path) -> None:
    assert [host.link(f"{tree}/{name}") for name in ("link", "dir", "no", "a\0b")] == ["dir", "", "", ""]
    assert host.real(f"{tree}/link/inner") == f"{os.path.realpath(tree)}/dir/inner"
    assert host.real("/no/../such/place") == "/such/place"
    (tree / "file").chmod(0o4711)
    assert [host.mode(f"{tree}/{name}") for name in ("file", "no", "a\0b")] == [0o4711, 0o700, 0o700]


def test_identity_changes_with_the_file(tree: Path) -> None:
    path = tree / "file"
    seen = [host.identity(str(path))]
    path.write_text("longer")
    seen.append(host.identity(str(path)))
    path.rename(tree / "old")
    path.write_text("longer")
    seen.append(host.identity(str(path)))
    path.unlink()
    seen.append(host.identity(str(path)))
    assert len(set(seen)) == 4
    assert seen[3] == () == host.identity("a\0b")
    assert host.identity(f"{tree}/link") == host.identity(f"{tree}/dir")


def test_content(tree: Path) -> None:
    (tree / "file").write_bytes(b"12345")
    assert host.content(f"{tree}/file", 3) == ("", b"123")
    assert host.content(f"{tree}/file", 9) == ("", b"12345")
    assert host.content(f"{tree}/no", 9) == ("", b"") == host.content(f"{tree}/file/below", 9)
    assert host.content(f"{tree}/dir", 9)[0] == "Is a directory"
    assert host.content(f"{tree}/loop", 9)[0] == "Too many levels of symbolic links"
    # A pipe without a writer must not make a start wait for one.
    assert host.content(f"{tree}/pipe", 9) == ("", b"")


def test_reachable(tree: Path) -> None:
    assert host.reachable(f"{tree}/dir")
    assert not host.reachable(f"{tree}/no")
    (tree / "shut").chmod(0o600)
    assert host.reachable(f"{tree}/shut") is (os.geteuid() == 0)


def test_names_and_present(tree: Path) -> None:
    assert host.names(f"{tree}/dir", ("*.pem", "i*")) == ("a.pem", "inner")
    assert host.names(f"{tree}/no", ("*",)) == () == host.names(f"{tree}/file", ("*",))
    wanted = globs.wanted(["inner", "*.pem", "b*", "?.zzz", "absent"])
    assert host.present(f"{tree}/dir", wanted) == ("a.pem", "b.txt", "inner")
    assert host.present(f"{tree}/dir", globs.wanted([])) == () == host.present(f"{tree}/no", wanted)


names = st.text(st.sampled_from("ab.-"), min_size=1, max_size=5)
patterns = st.text(st.sampled_from("ab.-*?"), min_size=1, max_size=5)


@given(st.sets(names), st.lists(patterns))
def test_present_is_names_made_fast(found: set[str], sought: list[str]) -> None:
    literals, suffixes, prefixes, others = globs.wanted(sought)
    fast = {
        name
        for name in found
        if name in literals or name.endswith(suffixes) or name.startswith(prefixes) or globs.matching(name, others)
    }
    assert fast == {name for name in found if globs.matching(name, tuple(sought))}


def test_one_deeper(tree: Path) -> None:
    (tree / "also").mkdir()
    (tree / "also/a.pem").symlink_to("nowhere")
    assert host.one_deeper(str(tree), ("a.pem", "inner/key")) == ("also/a.pem", "dir/a.pem", "dir/inner/key")
    assert host.one_deeper(f"{tree}/no", ("x",)) == ()


MOUNTINFO = rb"""21 1 8:1 / / rw - ext4 /dev/sda1 rw
22 21 8:1 / /home rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:4 / /home/u/with\040space rw - tmpfs tmpfs rw
24 22 0:5 / /home/u/tab\011and\134back rw - tmpfs tmpfs rw
25 22 0:5 / /home/u2 rw - tmpfs tmpfs rw
26 23 0:6 / /home/u/with\040space rw master:2 propagate_from:1 - tmpfs tmpfs rw
"""


@pytest.mark.parametrize(
    ("path", "points"),
    [("/home/u", ("/home/u/tab\tand\\back", "/home/u/with space")), ("/home/u/with space", ()), ("/home", (
        "/home/u/tab\tand\\back", "/home/u/with space", "/home/u2")), ("/nowhere", ())],
)  # fmt: skip
def test_mounts_below(monkeypatch: pytest.MonkeyPatch, path: str, points: tuple[str, ...]) -> None:
    monkeypatch.setattr(host, "open", lambda *_, **__: io.BytesIO(MOUNTINFO), raising=False)
    assert host.mounts_below(path) == points


def test_mounts_below_the_root_of_this_machine() -> None:
    assert "/proc" in host.mounts_below("/")


@given(st.binary(max_size=12).filter(lambda name: b"\0" not in name))
def test_unescape_undoes_what_the_kernel_does(name: bytes) -> None:
    written = b"".join(b"\\%03o" % byte if byte in b" \t\n\\" else bytes((byte,)) for byte in name)
    assert os.fsencode(host.unescape(written)) == name


def test_sockets_below(bound: Path) -> None:
    real = os.path.realpath(bound)
    assert host.sockets_below(real) == tuple(
        f"{real}/{name}" for name in ("by-symlink", "deep/two  spaces", "dots", "plain")
    )
    assert host.sockets_below(f"{real}/deep") == (f"{real}/deep/two  spaces",)
    os.unlink(f"{real}/plain")
    assert f"{real}/plain" not in host.sockets_below(real)


def test_a_socket_bound_by_a_relative_name_is_found_by_the_directory_of_its_process(tmp_path: Path) -> None:
    program = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind('rel.sock'); print(flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert host.sockets_below(os.path.realpath(tmp_path)) == (f"{os.path.realpath(tmp_path)}/rel.sock",)
        child.communicate()


def test_a_machine_remembers_what_it_was_asked(tree: Path) -> None:
    machine = Machine()
    asked = [
        machine.kind(f"{tree}/file"), machine.link(f"{tree}/link"), machine.mode(f"{tree}/file"),
        machine.real(f"{tree}/link"), machine.reachable(f"{tree}/dir"), machine.names(f"{tree}/dir", "*.pem"),
        machine.content(f"{tree}/file", 5),
        machine.present(f"{tree}/dir", globs.wanted(["inner"])), machine.one_deeper(str(tree), ("inner",)),
        machine.mounts_below(str(tree)), machine.sockets_below(str(tree)), machine.identity(f"{tree}/file"),
    ]  # fmt: skip
    assert [answer for _, _, answer in machine.records] == asked
    assert {question for question, _, _ in machine.records} == set(host.QUESTIONS)
    (tree / "file").unlink()
    assert machine.kind(f"{tree}/file") == "file"
    assert len(machine.records) == len(asked)


def test_unchanged(tree: Path) -> None:
    machine = Machine()
    machine.kind(f"{tree}/file")
    machine.names(str(tree), "new*")
    assert unchanged(machine.records)
    (tree / "newer").write_text("")
    assert not unchanged(machine.records)
    assert unchanged([])
