"""Which interpreter a script is for, and how a script is read."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify import script, shells
from wrapify.errors import ScriptRefused, UsageError


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"#!/bin/sh", ("/bin/sh",)),
        (b"#! /bin/bash -eu", ("/bin/bash", "-eu")),
        (b"#!/usr/bin/env python3", ("python3",)),
        (b"#!/usr/bin/env -S python3 -u", ("python3", "-u")),
        (b"#!/usr/bin/env -Spython3 -u", ("python3", "-u")),
        (b"#!/usr/bin/env -i A=b node --opt=x", ("node", "--opt=x")),
        (b"#!/usr/bin/env", ()),
        (b"#!/bin/zsh\r", ("/bin/zsh",)),
        (b"#!", ()),
        (b"#!/", ("/",)),
        (b"", ()),
        (b"echo '#!/bin/sh'", ()),
        (b"\n#!/bin/sh", ()),
    ],
)
def test_from_shebang(line: bytes, words: tuple[str, ...]) -> None:
    assert shells.from_shebang(line) == words
    assert shells.from_shebang(line + b"\necho\n") == words


@given(st.binary())
def test_any_bytes_may_follow_the_mark(rest: bytes) -> None:
    assert all(word and " " not in word for word in shells.from_shebang(b"#!" + rest))


@pytest.mark.parametrize(
    ("name", "found"),
    [("bash", "bash"), ("/bin/sh", "sh"), ("python3.12", "python"), ("python3", "python3"), ("ksh93", "ksh"),
     ("tcsh", "tcsh"), ("/opt/x/zsh", "zsh"), ("", ""), ("/", "")],
)  # fmt: skip
def test_named(name: str, found: str) -> None:
    assert shells.named(name).name == found


def test_an_interpreter_that_is_not_known_is_not_checked() -> None:
    assert (shells.named("tcsh").check, shells.named("tcsh").piped) == ((), ())
    assert all(one.check for one in shells.INTERPRETERS.values())


def given_bytes(tmp_path: Path, content: bytes) -> int:
    (tmp_path / "script").write_bytes(content)
    return script.open_source(str(tmp_path / "script"))


@pytest.mark.parametrize("size", [1, 2, 999, 1000])
def test_a_script_within_the_bound_is_read_whole(tmp_path: Path, size: int) -> None:
    assert script.read(given_bytes(tmp_path, b"x" * size), 1000) == b"x" * size


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "empty"), (b" \n\t\r\n", "empty"), (b"x" * 1001, "larger"), (b"x" * 5000, "larger"), (b"ELF\0\1", "binary")],
)
def test_what_is_no_script_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(ScriptRefused, match=why) as refused:
        script.read(given_bytes(tmp_path, content), 1000)
    assert refused.value.exit_code == 125
    assert refused.value.hint


def test_a_script_from_a_pipe_comes_in_pieces() -> None:
    reader, writer = os.pipe()
    for piece in (b"a", b"b" * 70, b"c"):
        os.write(writer, piece)
    os.close(writer)
    assert script.read(reader, 100) == b"a" + b"b" * 70 + b"c"


def test_no_more_is_read_than_the_bound_needs(tmp_path: Path) -> None:
    source = given_bytes(tmp_path, b"x" * (script.PIECE * 9))
    with pytest.raises(ScriptRefused):
        script.read(source, script.PIECE)
    assert os.lseek(source, 0, os.SEEK_CUR) <= script.PIECE * 2


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    for name in (str(tmp_path / "absent"), str(tmp_path)):
        with pytest.raises(UsageError):
            script.open_source(name)
    assert script.open_source("-") == 0
    reader, writer = os.pipe()
    os.close(reader)
    with pytest.raises(ScriptRefused, match="cannot be read to its end"):
        script.read(writer, 100)


def test_digest() -> None:
    assert script.digest(b"x") == hashlib.sha256(b"x").hexdigest()


def test_on_path_finds_programs_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tool").write_text("")
    (tmp_path / "folder").mkdir()
    assert not script.on_path("tool", str(tmp_path))
    (tmp_path / "tool").chmod(stat.S_IRWXU)
    assert script.on_path("tool", f"/nowhere:{tmp_path}")
    assert not any(script.on_path(name, str(tmp_path)) for name in ("", ".", "..", "folder", "absent"))
    monkeypatch.chdir(tmp_path)
    assert script.on_path("tool", "")
