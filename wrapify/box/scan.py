"""Touches: the layers of a box and the real directories below them, reading only. Finds everything that was recorded.

What lies in a layer was written by sandboxed code: names are only ever looked up in a directory that is open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from wrapify.box import nodes
from wrapify.box.model import Entry, Kind, Node
from wrapify.box.nodes import OPAQUE, ORIGIN, Recorded


class Layer(NamedTuple):
    """Describe one layer of a box: `root` is its directory in the box, `dest` the real directory it was laid over.

    `farm` says that it is a copy and no overlay. `skip` are paths in it that belong to other layers, `hidden` those
    that did not exist for the run, whatever really lies there, or were stood in for. `seen`, if it is not None, are the
    only ones that did. `of_root` says that the run saw copies of the real files, which its user owned.
    """

    number: int
    root: str
    dest: str
    farm: bool = False
    skip: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    seen: frozenset[str] | None = None
    of_root: bool = False

    def shows(self, path: str) -> bool:
        """Tell whether the run saw the real one at `path`, if there was one."""
        return path not in self.hidden and (self.seen is None or path in self.seen)


class Pair(NamedTuple):
    """Hold a directory as the run left it and the real one (-1: none), both open, and its path in the layer.

    `alone` says that nothing real shows through; the kernel marks only the topmost of such directories. `hidden` says
    that it lies where something was hidden.
    """

    upper: int
    lower: int
    path: str
    alone: bool
    hidden: bool = False
    deep: int = 0

    def at(self, name: str) -> str:
        """Give the path in the layer of `name` in this directory."""
        return f"{self.path}/{name}" if self.path else name


def scan(layer: Layer) -> Iterator[Entry]:
    """Find everything recorded in a layer, parents before what is in them, in the order of names.

    Raises OSError if the layer cannot be read.
    """
    upper = nodes.open_recorded(layer.root, directory=True)
    lower = nodes.open_real(layer.dest, directory=True)
    try:
        if lower >= 0:
            real = nodes.node_of(lower)
            yield Entry(layer.number, "", _as_made(nodes.node_of(upper), real), real, copied=True, same=True)
        alone = layer.farm or OPAQUE in nodes.marks_of(upper)
        yield from _walk(layer, Pair(upper, lower, "", alone))
    finally:
        nodes.close(upper, lower)


def _walk(layer: Layer, pair: Pair) -> Iterator[Entry]:
    names = sorted(os.listdir(pair.upper))
    for name in names:
        if pair.at(name) not in layer.skip:
            yield from _one(layer, pair, name=name)
    if pair.alone and pair.lower >= 0:
        yield from _left_out(layer, pair, seen=frozenset(names))


def _one(layer: Layer, pair: Pair, *, name: str) -> Iterator[Entry]:
    found = nodes.recorded(name, pair.upper, new=pair.lower < 0)
    lower = _real(name, pair.lower)
    hidden = pair.hidden or _is_hidden(layer, pair.at(name), found=found, lower=lower)
    if hidden and layer.of_root and (layer.farm or ORIGIN in found.marks) and _empty(found, name, folder=pair.upper):
        return
    lower = None if hidden else lower
    if layer.of_root and lower is not None:
        found = found._replace(node=_as_copied(found.node, lower))
    if found.gone:
        # Over nothing: the run made it and deleted it again, or the real one has gone as well.
        if lower is not None:
            yield _gone(layer, pair, name=name, lower=lower)
    elif found.node.kind is Kind.DIR:
        where = pair if hidden is pair.hidden else pair._replace(hidden=hidden)
        yield from _folder(layer, where, name=name, found=found, lower=lower)
    elif not (layer.farm and _stands_in(found.node, lower)):
        where = pair if hidden is pair.hidden else pair._replace(hidden=hidden)
        yield _file(layer, where, name=name, found=found, lower=lower)


def _is_hidden(layer: Layer, path: str, *, found: Recorded, lower: Node | None) -> bool:
    """Tell whether what the run made at `path` is not to be compared with the real one, which it did not see.

    Two directories are one: what is new in the run's own is new in the real one, too.
    """
    if path in layer.hidden or layer.shows(path):
        return path in layer.hidden
    both = lower is not None and lower.kind is Kind.DIR and not found.gone and found.node.kind is Kind.DIR
    return lower is not None and not both


def _file(layer: Layer, pair: Pair, *, name: str, found: Recorded, lower: Node | None) -> Entry:
    below = nodes.tree_at(name, pair.lower) if lower is not None and lower.kind is Kind.DIR else None
    copied = layer.farm or ORIGIN in found.marks
    same = lower is not None and _same(found.node, lower, name=name, pair=pair)
    hidden = pair.hidden or (below is not None and _holds_hidden(layer, pair, name=name))
    return Entry(layer.number, pair.at(name), found.node, lower, copied, same, below, hidden=hidden)


def _folder(layer: Layer, pair: Pair, *, name: str, found: Recorded, lower: Node | None) -> Iterator[Entry]:
    merged = lower is not None and lower.kind is Kind.DIR
    real = nodes.open_real(name, pair.lower, directory=True) if merged else -1
    inner = nodes.open_recorded(name, pair.upper, directory=True)
    try:
        if merged and real < 0 and layer.farm:
            return  # One that this user may not read was shown as it is.
        here = Pair(inner, real, pair.at(name), pair.alone or OPAQUE in found.marks, pair.hidden, pair.deep + 1)
        node = _as_made(found.node, lower) if merged and lower and layer.farm else found.node
        if lower and not layer.shows(here.path):
            node = node._replace(mode=lower.mode, xattrs=lower.xattrs)  # It was made, not changed.
        entry = Entry(layer.number, here.path, node, lower, layer.farm or ORIGIN in found.marks, merged)
        says_more = here.alone or bool(os.listdir(inner))
        too_deep, unread = here.deep >= nodes.DEEPEST and says_more, merged and real < 0 and says_more
        yield entry._replace(hidden=here.hidden, too_deep=too_deep, unread=unread)
        if not too_deep and not unread:
            yield from _walk(layer, here)
    finally:
        nodes.close(inner, real)


def _left_out(layer: Layer, pair: Pair, *, seen: frozenset[str]) -> Iterator[Entry]:
    """Find the real names that are missing in a directory through which nothing real shows: they were deleted."""
    for name in sorted(os.listdir(pair.lower)):
        path = pair.at(name)
        elsewhere = name in seen or path in layer.skip or not layer.shows(path)
        lower = None if elsewhere else _real(name, pair.lower)
        # Into a farm goes nothing but these.
        if lower and not (layer.farm and lower.kind not in (Kind.FILE, Kind.DIR, Kind.LINK)):
            yield _gone(layer, pair, name=name, lower=lower)


def _gone(layer: Layer, pair: Pair, *, name: str, lower: Node) -> Entry:
    below = nodes.tree_at(name, pair.lower) if lower.kind is Kind.DIR else None
    hidden = below is not None and _holds_hidden(layer, pair, name=name)
    return Entry(layer.number, pair.at(name), None, lower, copied=True, below=below, hidden=hidden)


def _holds_hidden(layer: Layer, pair: Pair, *, name: str) -> bool:
    """Tell whether something was hidden in a real directory that goes: the run could not know of it."""
    if layer.seen is not None:
        return True
    inside = pair.at(name) + "/"
    hidden = (path[len(inside) :] for path in layer.hidden if path.startswith(inside))
    return any(nodes.lies_at(f"{name}/{path}", pair.lower) for path in hidden)


def _real(name: str, folder: int) -> Node | None:
    try:
        return nodes.node(name, folder)
    except OSError:
        return None  # In a directory that may be listed and not entered; the run saw no more of it.


def _as_made(upper: Node, lower: Node) -> Node:
    """Give a directory that was made for the run as if it had been made like the real one.

    Its owner may always use it, and it has none of the attributes.
    """
    mode = lower.mode if upper.mode == lower.mode | 0o700 else upper.mode
    return upper._replace(mode=mode, xattrs=tuple(sorted({**dict(lower.xattrs), **dict(upper.xattrs)}.items())))


def _as_copied(upper: Node, lower: Node) -> Node:
    """Give a copy of a real file or directory as if it had the same permissions: its owner may always use a copy."""
    copied = lower.mode | 0o700 if lower.kind is Kind.DIR else lower.mode & 0o1777 | 0o600
    return upper._replace(mode=lower.mode) if upper.kind is lower.kind and upper.mode == copied else upper


def _empty(found: Recorded, name: str, *, folder: int) -> bool:
    """Tell whether what stood in for something unreadable still says nothing: a lock is only opened."""
    if found.node.kind is not Kind.DIR:
        return found.node.kind is Kind.FILE and found.node.size == 0
    inner = nodes.open_recorded(name, folder, directory=True)
    try:
        return not os.listdir(inner)
    finally:
        os.close(inner)


def _stands_in(copy: Node, lower: Node | None) -> bool:
    """Tell whether a file of a farm stands for one that was not copied: empty, and nobody may read it."""
    return lower is not None and copy.kind is Kind.FILE and copy.size == 0 and copy.mode == 0


def _same(upper: Node, lower: Node, *, name: str, pair: Pair) -> bool:
    if upper.kind is not lower.kind:
        return False
    if upper.kind is not Kind.FILE:
        return upper.target == lower.target
    if upper.size != lower.size:
        return False
    if upper.size == 0:
        return True
    one, other = nodes.open_recorded(name, pair.upper), nodes.open_real(name, pair.lower)
    try:
        return other >= 0 and nodes.equal(one, other)
    finally:
        nodes.close(one, other)
