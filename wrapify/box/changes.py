"""Pure. From what was found in the layers of a box to changes: what happened to which path, and what is against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wrapify.box.model import UNKNOWN, Change, ChangeKind, Entry, Kind, Node

HIDDEN = "hidden from the run, so it is never written"
HOLDS_HIDDEN = "something in it was hidden from the run, so it is never removed"
CHANGED = "the real one has changed since the run"
APPEARED = "what is there has changed or appeared since the run"
MOVED = "a directory above it has been moved or changed since the run"
UNSURE = "not all that would be lost can be read"
UNREAD = "the real directory cannot be read"
TOO_DEEP = "nested too deeply"
SPECIAL = "a socket or device is never applied"
RIGHTS = "it would run with its owner's rights"
NEVER = frozenset({HIDDEN, HOLDS_HIDDEN, UNREAD, TOO_DEEP, SPECIAL, RIGHTS})
SETUID = 0o6000


def classify(
    entries: Iterable[Entry], *, dests: tuple[str, ...], since: int, ours: frozenset[tuple[int, int]] = frozenset()
) -> Iterator[Change]:
    """Turn entries, parents first, into changes, in their order; what is as it was is left out.

    `dests` are the real directories of the layers, `since` is when the run began (ns since 1970, by the clock of the
    file system), `ours` are the (inode, time) of real files that applying this very box placed, or undoing it brought
    back; for a directory the time is 0.
    """
    first: dict[tuple[int, int], str] = {}
    moved: set[tuple[int, str]] = set()
    for entry in entries:
        kind = _kind(entry)
        judged = _judged(entry, ours)
        above = (entry.layer, entry.path.rpartition("/")[0]) in moved
        if above or _moved(judged.lower, since):
            moved.add((entry.layer, entry.path))
        if kind is not None:
            path = f"{dests[entry.layer].rstrip('/')}/{entry.path}".rstrip("/") or "/"
            against = _conflict(judged, kind, since=since, above=above and judged is entry)
            yield Change(
                path, kind, (entry.layer, entry.path), entry.upper, entry.lower, entry.below, against,
                never=against in NEVER, twin=_twin(entry, first),
            )  # fmt: skip


def _twin(entry: Entry, first: dict[tuple[int, int], str]) -> str:
    """Give the path under which the same file was seen first, "" for the first and for what has one name only."""
    upper = entry.upper
    if upper is None or upper.kind is not Kind.FILE or upper.links < 2:
        return ""
    known = first.setdefault((entry.layer, upper.ino), entry.path)
    return "" if known == entry.path else known


def _kind(entry: Entry) -> ChangeKind | None:
    upper, lower = entry.upper, entry.lower
    if upper is None:
        return ChangeKind.DELETED
    if lower is None:
        return ChangeKind.ADDED
    if upper.kind is not lower.kind:
        return ChangeKind.REPLACED
    if not entry.same or entry.too_deep or entry.unread:
        return ChangeKind.MODIFIED
    return ChangeKind.METADATA if about(upper) != about(lower) else None


def about(node: Node) -> tuple[object, ...]:
    """Give what is known of a file besides its content. A symlink has nothing; a time alone is no change."""
    return () if node.kind is Kind.LINK else (node.mode, node.xattrs)


def _judged(entry: Entry, ours: frozenset[tuple[int, int]]) -> Entry:
    """Give an entry with the real one as if nobody had touched it, where that was this box itself."""
    lower = entry.lower
    if not ours or lower is None or (lower.ino, lower.print.mtime) not in ours:
        return entry
    return entry._replace(lower=lower._replace(ctime=0))


def _moved(lower: Node | None, since: int) -> bool:
    """Tell whether a real directory has got another place or other permissions since the run began.

    What is made or removed in it changes both of its times, a rename only one: then the run saw another one there.
    """
    return lower is not None and lower.kind is Kind.DIR and lower.ctime >= since > lower.mtime


def _conflict(entry: Entry, kind: ChangeKind, *, since: int, above: bool) -> str:
    """Say why it cannot be applied as it is, "" if it can: what the run saw is not what lies there now.

    `above` says that a directory above it has been moved.
    """
    if refused := _refused(entry):
        return refused
    lower = entry.lower
    # Nothing there is no conflict even where something was: nothing is lost by it.
    if lower is None:
        return ""
    if entry.below is not None and entry.below.latest == UNKNOWN:
        return UNSURE
    if _touched(entry, lower, kind=kind, since=since):
        return CHANGED if entry.copied else APPEARED
    return MOVED if above else ""


def _refused(entry: Entry) -> str:
    """Say what is never applied, whoever asks."""
    upper = entry.upper
    if entry.hidden:
        return HOLDS_HIDDEN if entry.lower else HIDDEN
    if entry.too_deep:
        return TOO_DEEP
    if entry.unread:
        return UNREAD
    if upper and upper.kind in (Kind.SOCKET, Kind.DEVICE):
        return SPECIAL
    # On a directory setgid only means that what is made in it belongs to its group.
    return RIGHTS if upper and upper.kind is Kind.FILE and upper.mode & SETUID else ""


def _touched(entry: Entry, lower: Node, *, kind: ChangeKind, since: int) -> bool:
    """Tell whether the real one has changed since the run began."""
    if kind is ChangeKind.METADATA and lower.kind is Kind.DIR:
        return _moved(lower, since)
    return max(lower.ctime, entry.below.latest if entry.below else 0) >= since
