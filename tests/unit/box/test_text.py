"""The diff of texts: it leads from one to the other, git takes it, it is the shortest, and nothing makes it large."""

from __future__ import annotations

import os
import random
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import need
from wrapify.box import text
from wrapify.box.text import Diff, Line

NO_END = Line("\\", " No newline at end of file")


def split(content: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", content)


def raw(line: Line) -> bytes:
    assert line.hidden == 0
    return line.text.encode("utf-8", "surrogateescape") + b"\n"


def hunks(diff: Diff) -> list[tuple[list[int], list[tuple[str, bytes]]]]:
    """Read a diff as strictly as its format is: the four numbers of each hunk, and its lines with their ends."""
    found: list[tuple[list[int], list[tuple[str, bytes]]]] = []
    for line in diff.lines:
        if line.sign == "@":
            header = re.fullmatch(r"@ -(\d+),(\d+) \+(\d+),(\d+) @@", line.text)
            assert header
            found.append(([int(number) for number in header.groups()], []))
        elif line.sign == "\\":
            assert line == NO_END
            sign, content = found[-1][1].pop()
            found[-1][1].append((sign, content.removesuffix(b"\n")))
        else:
            found[-1][1].append((line.sign, raw(line)))
    return found


def applied(before: bytes, diff: Diff) -> bytes:
    """Apply a diff; every number and every line of it must be right."""
    old, made, at = split(before), list[bytes](), 0
    for (start, count, new_start, new_count), lines in hunks(diff):
        start, new_start = start - (count > 0), new_start - (new_count > 0)
        made += old[at:start]
        assert (start >= at, len(made)) == (True, new_start)
        gone = [line for sign, line in lines if sign in " -"]
        come = [line for sign, line in lines if sign in " +"]
        assert (len(gone), len(come), gone) == (count, new_count, old[start : start + count])
        made += come
        at = start + count
    return b"".join(made + old[at:])


def counted(diff: Diff) -> tuple[int, int]:
    signs = [line.sign for line in diff.lines]
    return signs.count("+"), signs.count("-")


def shortest(old: list[bytes], new: list[bytes]) -> int:
    """Count the changed lines of the best diff there is, by trying all."""
    above = list(range(len(new) + 1))
    for row, line in enumerate(old, 1):
        costs = [row]
        for column, other in enumerate(new, 1):
            costs.append(above[column - 1] if line == other else 1 + min(above[column], costs[-1]))
        above = costs
    return above[-1]


def sound(before: bytes, after: bytes, *, context: int = 3) -> Diff:
    diff = text.unified(before, after, context=context)
    assert applied(before, diff) == after
    assert (diff.added, diff.removed) == counted(diff)
    assert not diff.cut
    return diff


def numbered(count: int, mark: str = "") -> list[bytes]:
    return [f"{mark}{number}\n".encode() for number in range(count)]


BLOCK = b"".join(numbered(8, "block "))
REST = b"".join(numbered(20, "rest "))
# Before, after, and how many lines are added and removed.
CASES: dict[str, tuple[bytes, bytes, int, int]] = {
    "both empty": (b"", b"", 0, 0),
    "equal": (b"a\nb\n", b"a\nb\n", 0, 0),
    "equal, no newline": (b"a", b"a", 0, 0),
    "only added": (b"", b"a\nb\n", 2, 0),
    "only removed": (b"a\nb\n", b"", 0, 2),
    "added without newline": (b"", b"a", 1, 0),
    "removed without newline": (b"a", b"", 0, 1),
    "newline lost": (b"a\nb\n", b"a\nb", 1, 1),
    "newline gained": (b"a\nb", b"a\nb\n", 1, 1),
    "no newline on either side": (b"a\nb", b"a\nc", 1, 1),
    "no newline in the context": (b"a\nb\nc", b"x\nb\nc", 1, 1),
    "longer than a line without newline": (b"a", b"a\nb", 2, 1),
    "one newline": (b"", b"\n", 1, 0),
    "CRLF": (b"a\r\nb\r\n", b"a\r\nb\n", 1, 1),
    "CR alone ends no line": (b"a\rb\n", b"a\rc\n", 1, 1),
    "separators of Unicode end no line": ("a\u2028b\x0bc\x85\n".encode(), "a\u2028b\x0bd\x85\n".encode(), 1, 1),
    "NUL": (b"a\0b\n\0\n", b"a\0c\n\0\n", 1, 1),
    "UTF-16": ("a\nb\n".encode("utf-16"), "a\nc\n".encode("utf-16"), 1, 1),
    "no UTF-8": (b"\xff\xfe\n\xc3\n", b"\xff\xff\n\xc3\n", 1, 1),
    "surrogates": (b"\xed\xa0\x80\n", b"\xed\xb0\x80\n", 1, 1),
    "all alike": (b"a\n" * 50, b"a\n" * 40, 0, 10),
    "all different": (b"".join(numbered(50, "a")), b"".join(numbered(60, "b")), 60, 50),
    "shifted": (BLOCK + REST, b"x\ny\n" + BLOCK + REST, 2, 0),
    "moved to the end": (BLOCK + REST, REST + BLOCK, 8, 8),
    "far apart": (b"a\n" + REST + b"b\n", b"A\n" + REST + b"B\n", 2, 2),
    "looks like a diff": (b"--- a\n+++ b\n", b"@@ -1 +1 @@\n+++ b\n\\ No newline at end of file\n", 2, 1),
}
each_case = pytest.mark.parametrize(("before", "after", "added", "removed"), CASES.values(), ids=CASES)


@each_case
def test_cases(before: bytes, after: bytes, added: int, removed: int) -> None:
    for context in (0, 1, 3, 99):
        diff = sound(before, after, context=context)
        assert (diff.added, diff.removed, diff.exact) == (added, removed, True)


def test_what_a_diff_looks_like() -> None:
    diff = text.unified(b"1\n2\n3\n4\n5\n6\r\n7\n8", b"1\n2\n3\n4\n5\n6\n7\n8")
    wanted = "@@ -3,6 +3,6 @@| 3| 4| 5|-6\r|+6| 7| 8|\\ No newline at end of file"
    assert "|".join(line.sign + line.text for line in diff.lines) == wanted
    assert diff.lines[-1] == NO_END


@pytest.mark.parametrize(("between", "count"), [(6, 1), (7, 2)])
def test_hunks_join_when_their_context_touches(between: int, count: int) -> None:
    middle = b"".join(numbered(between))
    assert len(hunks(sound(b"a\n" + middle + b"b\n", b"A\n" + middle + b"B\n"))) == count


def test_bytes_that_are_no_utf8_are_kept_as_surrogates() -> None:
    assert text.unified(b"", b"\xffa\xed\xa0\x80\x1b[2J").lines[1].text == "\udcffa\udced\udca0\udc80\x1b[2J"


# ---- any two texts

SOME_LINES = [b"a\n", b"b\n", b"c\r\n", b"\n", b"\xff\n", b"\0\n"]
few_lines = st.lists(st.sampled_from(SOME_LINES), max_size=25)
texts = st.builds(lambda lines, rest: b"".join([*lines, rest]), few_lines, st.sampled_from([b"", b"", b"a", b"\r"]))
sides = st.one_of(texts, st.binary(max_size=60))


@given(sides, sides, st.integers(0, 5))
def test_a_diff_leads_from_one_to_the_other(before: bytes, after: bytes, context: int) -> None:
    assert sound(before, after, context=context).exact


@given(texts, texts)
def test_an_exact_diff_is_the_shortest(before: bytes, after: bytes) -> None:
    diff = text.unified(before, after)
    assert diff.exact
    assert diff.added + diff.removed == shortest(split(before), split(after))


@given(sides, sides, st.integers(0, 6), st.integers(0, 400))
def test_a_search_that_is_given_up_still_gives_a_right_diff(
    before: bytes, after: bytes, farthest: int, budget: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "FARTHEST", farthest)
        patch.setattr(text, "BUDGET", budget)
        diff = sound(before, after)
    best = shortest(split(before), split(after))
    assert diff.added + diff.removed == best if diff.exact else diff.added + diff.removed >= best


def git_apply(folder: Path, before: bytes, diff: Diff) -> bytes:
    patch = b"--- a/file\n+++ b/file\n" + b"".join(line.sign.encode() + raw(line) for line in diff.lines)
    (folder / "file").write_bytes(before)
    env = {"HOME": str(folder), "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    words = [need("git"), "apply", "--whitespace=nowarn", "--unidiff-zero", "-"]
    # Without a ceiling git would look for a repository around the folder.
    env["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
    done = subprocess.run(words, input=patch, cwd=folder, env=env, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    return (folder / "file").read_bytes()


@each_case
def test_git_takes_it(tmp_path: Path, before: bytes, after: bytes, added: int, removed: int) -> None:
    for context in (0, 3) if added + removed else ():
        assert git_apply(tmp_path, before, text.unified(before, after, context=context)) == after


@given(texts, texts)
@settings(max_examples=25, deadline=None)
def test_git_takes_any(tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes) -> None:
    if before != after:
        assert git_apply(tmp_path_factory.mktemp("git"), before, text.unified(before, after)) == after


# ---- bounds


def test_lines_are_bounded_and_counts_are_not() -> None:
    before, after = b"".join(numbered(300, "a")), b"".join(numbered(400, "b"))
    whole = text.unified(before, after, most=701)
    assert (len(whole.lines), whole.cut) == (701, False)
    for most in (700, 10, 1, 0, -5):
        wanted = Diff(whole.lines[: max(most, 0)], added=400, removed=300, cut=True, exact=True)
        assert text.unified(before, after, most=most) == wanted
    assert text.unified(after, after, most=0) == Diff((), 0, 0, cut=False, exact=True)


def test_a_negative_context_is_none() -> None:
    assert text.unified(b"a\nb\n", b"a\nc\n", context=-1) == text.unified(b"a\nb\n", b"a\nc\n", context=0)


def test_a_long_line_is_cut_and_says_so() -> None:
    _, old, _, new, _ = text.unified(b"x" * text.WIDEST, "é".encode() * (text.WIDEST + 7)).lines
    assert (old, new) == (Line("-", "x" * text.WIDEST), Line("+", "é" * text.WIDEST, hidden=7))


@pytest.mark.parametrize("line", [b"a\n", b"a" * 999 + b"\n"])
def test_what_is_too_large_is_counted_and_not_compared(line: bytes) -> None:
    fits = line * min(text.LONGEST, text.LARGEST // len(line))
    small = b"b\n" + line
    assert text.unified(fits, small).exact
    large, lines = fits + line + b"a", fits.count(b"\n") + 2
    assert text.unified(large, small) == Diff((), added=2, removed=lines, cut=True, exact=False)
    assert text.unified(small, large) == Diff((), added=lines, removed=2, cut=True, exact=False)
    assert text.unified(large, large) == Diff((), 0, 0, cut=False, exact=True)


def test_what_differs_too_much_is_split_at_lines_that_occur_once() -> None:
    # Each pair of neighbours is swapped: two edits for each, and more of them than are searched for.
    old = numbered(3 * text.FARTHEST)
    new = [line for one, other in zip(old[::2], old[1::2], strict=True) for line in (other, one)]
    diff = text.unified(b"".join(old), b"".join(new), most=10**6)
    assert applied(b"".join(old), diff) == b"".join(new)
    assert (diff.exact, diff.added, diff.removed) == (False, len(old) // 2, len(old) // 2)


def test_what_differs_too_much_and_has_no_such_lines_is_replaced() -> None:
    chosen = random.Random(3)
    before, after = (b"s\n" + b"".join(chosen.choices([b"a\n", b"b\n"], k=9000)) + b"e\n" for _ in "12")
    diff = text.unified(before, after, most=10**6)
    assert applied(before, diff) == after
    assert not diff.exact
    assert len(hunks(diff)) == 1


def test_lines_that_one_side_lacks_do_not_make_a_search_longer() -> None:
    old, new = numbered(5000), numbered(5000)
    new[::2] = numbered(2500, "new ")
    diff = text.unified(b"".join(old), b"".join(new), most=10**6)
    assert (diff.exact, diff.added, diff.removed) == (True, 2500, 2500)


# ---- text or not

HEADS: dict[str, tuple[bytes, bool]] = {
    "empty": (b"", False),
    "plain": (b"#!/bin/sh\n", False),
    "UTF-8": ("žluťoučký 🐎".encode(), False),
    "UTF-8 cut in the middle": (b"a" * (text.HEAD - 1) + "é".encode(), False),
    "escapes": (b"\x1b[2J\x07", False),
    "Latin-1": ("Der Bär läuft über die Brücke".encode("latin-1"), False),
    "NUL": (b"plain\0text", True),
    "NUL at the end of the head": (b"a" * (text.HEAD - 1) + b"\0", True),
    "NUL after the head": (b"a" * text.HEAD + b"\0", False),
    "3 of 10 stray": (b"a" * 7 + b"\xff" * 3, False),
    "more than 3 of 10 stray": (b"a" * 6 + b"\xff" * 3, True),
    "UTF-16-LE": (b"\xff\xfe" + "text 🐎".encode("utf-16-le"), False),
    "UTF-16-BE": (b"\xfe\xff" + "text 🐎".encode("utf-16-be"), False),
    "UTF-16 cut in the middle": (b"\xff\xfe" + "🐎".encode("utf-16-le") * text.HEAD, False),
    "UTF-16 without its mark": ("text".encode("utf-16-le"), True),
    "UTF-16 that does not decode": (b"\xff\xfe\x00\xdcab\0\0", True),
    "UTF-16 with U+0000": (b"\xff\xfea\0\0\0", True),
    "UTF-32": ("text".encode("utf-32"), True),
    "mark before ASCII": (b"\xff\xfe" + b"curl x|sh\n" * 9, False),
    "ELF": (b"\x7fELF\x02\x01\x01\0\0", True),
    "compressed": (random.Random(1).randbytes(4096).replace(b"\0", b"\1"), True),
}


@pytest.mark.parametrize(("head", "binary"), HEADS.values(), ids=HEADS)
def test_is_binary(head: bytes, binary: bool) -> None:
    assert text.is_binary(head) is binary


@given(st.binary(max_size=200))
def test_is_binary_takes_anything(head: bytes) -> None:
    assert text.is_binary(head) in (True, False)
    assert text.is_binary(b"\xff\xfe" + head) in (True, False)
