"""The listing of a box: columns, cut names, and how much of it is shown."""

from __future__ import annotations

import pytest

from tests.unit.box.test_rows import change, folder, node
from wrapify.box.model import Change, ChangeKind, Kind
from wrapify.box.rows import table
from wrapify.cli.listing import ALIKE, Listing, counted, shortened, sized, summary


def lines(changes: list[Change], most: int = 0) -> list[str]:
    listing = Listing("/home/u", stat=lambda change: "+1 -2" if change.path.endswith(".txt") else "")
    return list(listing.lines(table(changes), most=most))


def test_each_kind_says_what_it_is() -> None:
    link = node(Kind.LINK)._replace(target="to\x1b")
    found = lines([
        change("/home/u/a.txt", ChangeKind.MODIFIED),
        change("/home/u/b", ChangeKind.MODIFIED, new=node(size=2048)),
        change("/home/u/l", ChangeKind.MODIFIED, new=link, old=link._replace(target="was")),
        change("/home/u/m", ChangeKind.METADATA, new=node()._replace(mode=0o755)),
        change("/home/u/r", ChangeKind.REPLACED, new=link),
        change("/x", new=node(Kind.FIFO)),
    ])  # fmt: skip
    assert [" ".join(line.split()) for line in found] == [
        "~ ~/a.txt +1 -2",
        "~ ~/b 1 B → 2.0 KB",
        "~ ~/l → to\\x1b (was was)",
        "m ~/m mode 644 → 755",
        "! ~/r file → symlink to\\x1b, 1 thing lost",
        "+ /x fifo",
    ]


def test_a_bound_leaves_out_neither_losses_nor_any_reason() -> None:
    many = [change(f"/home/u/{n:03}") for n in range(100)]
    marked = [change(f"/home/u/m{n}", matters="runs") for n in range(20)]
    gone = change("/home/u/zz", ChangeKind.DELETED)
    found = lines([*many, *marked, change("/home/u/o", matters="opens"), gone], most=10)
    text = "\n".join(found)
    assert sum("runs" in line for line in found) == ALIKE + 1
    assert f"… and {20 - ALIKE} more: runs" in text
    assert "opens" in text
    assert "~/zz" in text
    assert "… and 96 more: wrapify diff" in text


def test_a_conflict_is_said() -> None:
    found = lines([folder("/home/u/d", conflict="nested too deeply")])
    assert found[1].strip() == "cannot be applied: nested too deeply"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (12_345, "12 KB"), (5_000_000, "5.0 MB"), (7 * 10**13, "70.0 TB")],
)
def test_sizes(count: int, text: str) -> None:
    assert sized(count) == text


def test_words() -> None:
    assert (counted(1, "file"), counted(1234, "file")) == ("1 file", "1,234 files")
    assert shortened("abcdefghij", 5) == "ab…ij"
    assert summary([]) == "nothing"
