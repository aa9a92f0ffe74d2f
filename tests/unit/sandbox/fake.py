"""A machine that exists on paper: a tree of nodes, mounts and bound sockets. It answers what `wrapify.host` answers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from wrapify.globs import Wanted, matching
from wrapify.host import QUESTIONS, Answer, Machine


@dataclass(frozen=True)
class Node:
    """One thing of the tree. `closed`: a directory this user may not list."""

    kind: str
    mode: int = 0o755
    target: str = ""
    size: int = 100
    closed: bool = False
    content: bytes = b""


Tree = Mapping[str, "Node | str"]


def node(written: Node | str) -> Node:
    """Read how a table writes a node: "dir", "file", "socket", "other", "-> target", or a Node."""
    if isinstance(written, Node):
        return written
    return Node("link", 0o777, written[3:]) if written.startswith("-> ") else Node(written)


class Fake(Machine):
    """Answer from `tree`, in which the parents of every path are directories. Every question is remembered."""

    def __init__(self, tree: Tree, *, mounts: Iterable[str] = (), sockets: Iterable[str] = ()) -> None:
        super().__init__()
        self.tree: dict[str, Node] = {"/": Node("dir")}
        for path, written in tree.items():
            self.add(path, written)
        self.mounts = tuple(mounts)
        self.sockets = tuple(sockets)

    def add(self, path: str, written: Node | str) -> None:
        """Put something into the tree, below directories that are made if need be."""
        parent = path
        while (parent := posixpath.dirname(parent)) not in self.tree:
            self.tree[parent] = Node("dir")
        self.tree[path] = node(written)

    def ask(self, question: str, *subject: object) -> Answer:
        key = (question, subject)
        if key not in self._known:
            self._known[key] = getattr(self, f"answer_{question}")(*subject)
            self.records.append((question, subject, self._known[key]))
        return self._known[key]

    def at(self, path: str, *, follow: bool = False) -> Node | None:
        """Find what lies at `path`, through symlinks in its parents, and with `follow` through the last one too."""
        assert path.startswith("/"), f"a question about a relative path: {path!r}"
        parent, name = posixpath.split(path.rstrip("/") or "/")
        spot = path if not name else posixpath.join(self.answer_real(parent), name)
        return self.tree.get(self.answer_real(path) if follow else spot)

    def below(self, path: str) -> list[str]:
        """List the names in the directory `path`."""
        base = self.answer_real(path).rstrip("/")
        found = self.tree.get(base or "/")
        if found is None or found.kind != "dir" or found.closed:
            return []
        return sorted(
            spot[len(base) + 1 :] for spot in self.tree if spot != "/" and posixpath.dirname(spot) == (base or "/")
        )

    def answer_kind(self, path: str) -> str:
        found = self.at(path)
        return found.kind if found else "absent"

    def answer_link(self, path: str) -> str:
        found = self.at(path)
        return found.target if found else ""

    def answer_mode(self, path: str) -> int:
        found = self.at(path)
        return found.mode if found else 0o700

    def answer_real(self, path: str) -> str:
        here, rest, turns = "/", [part for part in path.split("/") if part], 0
        while rest:
            spot = posixpath.normpath(posixpath.join(here, rest.pop(0)))
            found = self.tree.get(spot)
            if found and found.kind == "link" and turns < 40:
                turns += 1
                rest = [part for part in found.target.split("/") if part] + rest
                here = "/" if found.target.startswith("/") else here
            else:
                here = spot
        return here

    def answer_identity(self, path: str) -> tuple[int, ...]:
        found = self.at(path, follow=True)
        return (1, 1, found.size, 0, 0) if found else ()

    def answer_content(self, path: str, most: int) -> tuple[str, bytes]:
        found = self.at(path, follow=True)
        return "", found.content[:most] if found else b""

    def answer_reachable(self, path: str) -> bool:
        found = self.at(path, follow=True)
        return found is not None and found.kind == "dir" and not found.closed

    def answer_names(self, path: str, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in self.below(path) if matching(name, patterns))

    def answer_present(self, path: str, wanted: Wanted) -> tuple[str, ...]:
        literals, suffixes, prefixes, others = wanted
        return tuple(
            name
            for name in self.below(path)
            if name in literals or name.endswith(suffixes) or name.startswith(prefixes) or matching(name, others)
        )

    def answer_one_deeper(self, path: str, rests: tuple[str, ...]) -> tuple[str, ...]:
        folders = [name for name in self.below(path) if self.answer_kind(posixpath.join(path, name)) == "dir"]
        spots = (f"{name}/{rest}" for name in folders for rest in rests)
        return tuple(sorted(spot for spot in spots if self.answer_kind(posixpath.join(path, spot)) != "absent"))

    def answer_mounts_below(self, path: str) -> tuple[str, ...]:
        return tuple(sorted(point for point in self.mounts if point.startswith(path.rstrip("/") + "/")))

    def answer_sockets_below(self, path: str) -> tuple[str, ...]:
        return tuple(sorted(spot for spot in self.sockets if spot.startswith(path.rstrip("/") + "/")))


def unanswered() -> set[str]:
    """List the questions of the real machine that the fake one cannot answer."""
    return {question for question in QUESTIONS if not hasattr(Fake, f"answer_{question}")}
