"""Rows: what matters first, new trees folded, nothing that is lost folded away."""

from __future__ import annotations

from typing import Any

from wrapify.box.model import Change, ChangeKind, Kind, Node, Tree
from wrapify.box.rows import LINKED, MOVED, count, lost, table


def node(kind: Kind = Kind.FILE, *, size: int = 1, links: int = 1) -> Node:
    return Node(kind, 0o644, size, 0, 0, 1, 2, links, 1000)


def change(path: str, kind: ChangeKind = ChangeKind.ADDED, **more: Any) -> Change:
    new = None if kind is ChangeKind.DELETED else node()
    old = None if kind is ChangeKind.ADDED else node()
    return Change(path, kind, (0, path[1:]), new, old)._replace(**more)


def folder(path: str, **more: Any) -> Change:
    return change(path, new=node(Kind.DIR), **more)


def names(changes: list[Change]) -> tuple[list[str], list[str]]:
    found = table(changes)
    return [row.change.path for row in found.matters], [row.change.path for row in found.rest]


def test_a_new_tree_is_one_row_with_its_files_and_bytes() -> None:
    found = table([folder("/a"), folder("/a/b"), change("/a/b/c", new=node(size=5)), change("/a/d"), change("/ab")])
    assert [(row.change.path, row.files, row.size) for row in found.rest] == [("/a", 2, 6), ("/ab", 1, 1)]
    assert [one.path for one in found.rest[0].changes] == ["/a", "/a/b", "/a/b/c", "/a/d"]


def test_what_matters_in_a_new_tree_has_a_row_of_its_own() -> None:
    changes = [folder("/a"), change("/a/.envrc", matters="runs"), change("/a/z")]
    assert names(changes) == (["/a/.envrc"], ["/a"])
    assert [one.path for one in table(changes).rest[0].changes] == ["/a", "/a/z"]


def test_a_tree_that_matters_as_a_whole_is_one_row() -> None:
    changes = [folder("/zsh", matters="starts"), change("/zsh/a", matters="starts"), change("/zsh/b", matters="other")]
    assert names([*changes, change("/zsh/c")]) == (["/zsh", "/zsh/b"], [])


def test_losses_and_conflicts_are_never_folded() -> None:
    deleted = change("/a/x", ChangeKind.DELETED)
    assert names([folder("/a"), change("/a/s", conflict="no"), deleted]) == ([], ["/a", "/a/s", "/a/x"])
    gone = [change(f"/d/{n}", ChangeKind.DELETED) for n in range(300)]
    assert len(table(gone).rest) == 300


def test_a_hard_link_counts_once() -> None:
    found = table([folder("/a"), change("/a/1", new=node(size=10)), change("/a/2", new=node(size=10), twin="a/1")])
    assert (found.rest[0].files, found.rest[0].size) == (2, 10)


def test_notes_on_moved_directories_and_broken_links() -> None:
    gone = change("/old/lib", ChangeKind.DELETED, old=node(Kind.DIR), below=Tree(2, 0))
    assert table([gone, folder("/new"), change("/new/a"), change("/new/b")]).notes == (MOVED,)
    assert table([gone, folder("/x/lib")]).notes == (MOVED,)
    assert table([gone, folder("/x"), change("/x/a")]).notes == ()
    assert table([change("/f", ChangeKind.MODIFIED, old=node(links=2))]).notes == (LINKED,)
    assert table([change("/f", ChangeKind.MODIFIED)]).notes == ()


def test_counts() -> None:
    replaced = change("/r", ChangeKind.REPLACED, old=node(Kind.DIR), below=Tree(4, 0))
    changes = [change("/a"), change("/b"), change("/d", ChangeKind.DELETED), replaced]
    assert count(changes) == {ChangeKind.ADDED: 2, ChangeKind.DELETED: 1, ChangeKind.REPLACED: 1}
    assert lost(changes) == 6
