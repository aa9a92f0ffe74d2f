"""A block in a file of somebody else's: put in, found again, and taken out byte for byte, whatever the file holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify import rcfile
from wrapify.errors import StateError

BODY = "echo one\necho two"
CONTENTS = (b"", b"\n", b"a=1\n", b"a=1", b"a=1\r\nb=2\r\n", b"a=1\r\nb=2", b"\xff\xfe\n", b"x\n\n\n", b"a \\\n", b"\0")


@pytest.mark.parametrize("content", CONTENTS)
def test_a_block_is_taken_out_byte_for_byte(content: bytes) -> None:
    written = rcfile.with_block(content, BODY)
    assert written.startswith(content)
    assert written.endswith(b"\necho two\n# <<< wrapify <<<\n")
    assert rcfile.without_block(written) == (content, 0)


@given(st.binary(max_size=60))
def test_any_content_comes_back(content: bytes) -> None:
    assert rcfile.without_block(rcfile.with_block(content, BODY)) == (content, 0)


@pytest.mark.parametrize("content", [*CONTENTS, None])
def test_a_second_time_changes_nothing_and_a_new_body_takes_the_place(content: bytes | None) -> None:
    written = rcfile.with_block(content, BODY, directories=2)
    assert rcfile.with_block(written, BODY) == written
    changed = rcfile.with_block(written + b"mine=1\n", "echo three")
    assert b"echo two" not in changed
    assert changed.endswith(b"echo three\n# <<< wrapify <<<\nmine=1\n")


@pytest.mark.parametrize("directories", [0, 1, 12])
def test_a_file_that_was_made_goes_with_its_directories_unless_there_is_more_in_it(directories: int) -> None:
    written = rcfile.with_block(None, BODY, directories=directories)
    assert rcfile.without_block(written) == (None, directories)
    assert rcfile.without_block(written + b"mine=1\n") == (b"mine=1\n", 0)


def test_a_block_that_was_moved_joins_no_lines() -> None:
    block = rcfile.with_block(b"a=1", BODY).removeprefix(b"a=1\n")
    assert rcfile.without_block(b"a=1\n" + block + b"b=2\n") == (b"a=1\nb=2\n", 0)
    assert rcfile.without_block(block + b"b=2\n") == (b"b=2\n", 0)


def test_a_block_that_an_editor_gave_other_line_ends_is_found() -> None:
    written = rcfile.with_block(b"a=1\n", BODY).replace(b"\n", b"\r\n")
    assert rcfile.without_block(written) == (b"a=1\r\n", 0)


@pytest.mark.parametrize(
    "content",
    [
        rcfile.BEGIN + b"\n",
        rcfile.END + b"\n",
        rcfile.END + b"\n" + rcfile.BEGIN + b"\n",
        rcfile.with_block(b"", BODY) * 2,
    ],
)
def test_marks_that_do_not_belong_together_are_left_alone(content: bytes) -> None:
    with pytest.raises(StateError, match="do not belong together"):
        rcfile.with_block(content, BODY)
    with pytest.raises(StateError, match="do not belong together"):
        rcfile.without_block(content)


@pytest.mark.parametrize(
    ("content", "has"),
    [
        (b'eval "$(wrapify init bash)"\n', True),
        (b"wrapify init fish | source\n", True),
        (b"source ~/x/wrapify.plugin.zsh\n", True),
        (b"plugins=(git wrapify)\n", True),
        (b"  # wrapify init bash\n", False),
        (b"plugins=(git) # not wrapify\n", False),
        (b"wrapify run x\n", False),
        (rcfile.with_block(b"", 'eval "$(wrapify init bash)"'), False),
    ],
)
def test_a_line_of_the_users_own(content: bytes, has: bool) -> None:
    assert rcfile.has_own_line(content) is has
