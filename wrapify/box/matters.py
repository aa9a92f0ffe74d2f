"""Pure. Which changed paths matter: what could make code run later, or open the machine. One plain reason each.

The places are in policy/matters.toml, whose head explains the patterns. A reason describes the place and not the
change, so that it reads the same beside an added, a changed and a deleted file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wrapify.globs import is_pattern, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SETUID = "would run with its owner's rights"
SETGID = "would run with its group's rights"
COMMAND = "runs when you type its name"
REDIRECTS = "points a trusted directory somewhere else"

_LINKS, _FOLDERS = frozenset({"link", "symlink"}), frozenset({"dir", "directory"})
_ANY = "**"
# What decides between several entries that match, first of all: an exact place, a command, a name, a directory above.
_PLACE, _COMMAND, _NAME, _BELOW = 4, 3, 2, 1


@dataclass(slots=True)
class Entry:
    """One line of the table: `parts` in the directory `base`, or at the end of any path if `base` is None.

    `head` is what a `**` stands after: plain names somewhere above the others, with a slash on either side.
    """

    base: str | None
    parts: tuple[str, ...]
    below: bool
    reason: str
    command: bool = False
    head: str = ""
    tail: str = field(init=False)
    wild: bool = field(init=False)
    weight: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        """Work out once what is compared with every path."""
        self.tail = _join(self.base, self.parts)
        self.wild = bool(self.head) or _is_wild(self.parts)
        self.weight = (len(self.parts) + self.head.count("/"), len(self.tail) + len(self.head))

    def tier(self, path: str, names: list[str]) -> int:
        """Say how well the entry matches the absolute `path`, split into `names`: 0 for not at all."""
        if self.wild:
            return self._within(path) if self.base is not None else self._anywhere(path, names)
        if self.base is not None:
            whole, inside = path == self.tail, path.startswith(self.tail + "/")
        else:
            whole, inside = path.endswith(self.tail), self.tail + "/" in path
        if whole:
            return _PLACE if self.base is not None else _NAME
        return _BELOW if inside and self.below else 0

    def _within(self, path: str) -> int:
        inside = (self.base or "").rstrip("/") + "/"
        rest = path[len(inside) :].split("/") if path.startswith(inside) else []
        count = len(self.parts)
        if len(rest) < count or (len(rest) > count and not self.below) or not _same(rest[:count], self.parts):
            return 0
        if len(rest) > count:
            return _BELOW
        return _COMMAND if self.command else _PLACE

    def _anywhere(self, path: str, names: list[str]) -> int:
        count = len(self.parts)
        if self.head:
            return _NAME if _ends_with(names, self.parts) and self.head in path[: _cut(path, names, count=count)] else 0
        if _ends_with(names, self.parts):
            return _NAME
        if self.below and any(_same(names[at : at + count], self.parts) for at in range(len(names) - count)):
            return _BELOW
        return 0


def _cut(path: str, names: list[str], *, count: int) -> int:
    """Give where the last `count` names of `path` begin."""
    return len(path) - len("/".join(names[len(names) - count :]))


def _ends_with(names: list[str], parts: tuple[str, ...]) -> bool:
    return len(names) >= len(parts) and _same(names[len(names) - len(parts) :], parts)


def _same(names: Sequence[str], parts: tuple[str, ...]) -> bool:
    for name, part in zip(reversed(names), reversed(parts), strict=True):
        if name != part and part != "*" and not (is_pattern(part) and matches(name, part)):
            return False
    return True


class Index:
    """Find the few entries that may match a path, by the names in it or by the pattern of its last name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Sort `entries` by their last plain name, or by the pattern they end with if that says more."""
        self._by_name: dict[str, list[Entry]] = {}
        self._by_pattern: dict[str, list[Entry]] = {}
        for entry in entries:
            name = next((part for part in reversed(entry.parts) if not is_pattern(part)), "")
            if name and (entry.below or entry.parts[-1] in (name, "*")):
                self._by_name.setdefault(name, []).append(entry)
            else:
                self._by_pattern.setdefault(entry.parts[-1], []).append(entry)
        patterns = list(self._by_pattern)
        self._ends = tuple(one[1:] for one in patterns if one[:1] == "*" and not is_pattern(one[1:]))
        self._starts = tuple(one[:-1] for one in patterns if one[-1:] == "*" and not is_pattern(one[:-1]))
        self._end_sizes = frozenset(map(len, self._ends))
        self._start_sizes = frozenset(map(len, self._starts))
        known = {f"*{end}" for end in self._ends} | {f"{start}*" for start in self._starts}
        self._others = tuple(one for one in patterns if one not in known)
        self._other = re.compile("|".join(map(_expression, self._others)) or r"(?!)", re.DOTALL)

    def candidates(self, names: list[str]) -> Iterator[Entry]:
        """Give every entry that may match a path of these `names`, and few others."""
        if not self._by_name.keys().isdisjoint(names):
            for name in dict.fromkeys(names):
                yield from self._by_name.get(name, ())
        last = names[-1]
        if last.endswith(self._ends):
            for size in self._end_sizes:
                yield from self._by_pattern.get("*" + last[len(last) - size :], ())
        if last.startswith(self._starts):
            for size in self._start_sizes:
                yield from self._by_pattern.get(last[:size] + "*", ())
        if self._other.fullmatch(last):
            for pattern in self._others:
                yield from self._by_pattern[pattern] if matches(last, pattern) else ()


def _expression(pattern: str) -> str:
    return "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)


class Matters:
    """Say why a changed path matters. Source of `table`: policy/matters.toml, parsed.

    `home` is absolute and real, `path_dirs` are the absolute directories of PATH. `elsewhere` says which absolute real
    paths stand for which: {"/home/u/dotfiles/zshrc": "/home/u/.zshrc"} where the host's .zshrc is a symlink to the
    former, {"/root": "/home/u"} for another home, {"/home/u/z": "/home/u"} for a ZDOTDIR. See `places`.
    """

    def __init__(
        self,
        table: Mapping[str, Mapping[str, str]],
        *,
        home: str,
        path_dirs: tuple[str, ...],
        elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        entries = tuple(read(table, home))
        self._index = Index(one for one in entries if one.wild or not one.command)
        self._git = Index(_floating(table.get("git-config", {})))
        # Looked up by their whole name, which for a directory of PATH is no pattern whatever is in it.
        self._commands = frozenset(folder.rstrip("/") for folder in path_dirs if folder[:1] == "/") | {
            one.tail for one in entries if one.command and not one.wild
        }
        self._above = frozenset(_all_above(entries, self._commands))
        self._above_names = Index(_prefixes(entries))
        self._elsewhere = tuple((one.rstrip("/"), place.rstrip("/")) for one, place in (elsewhere or {}).items())
        self._reals = tuple(real for real, _ in self._elsewhere)
        plain = (one.tail for one in entries if one.base is not None and not (one.command or one.wild))
        self._literal = tuple(sorted(set(plain)))

    def reason(self, path: str, *, kind: str, mode: int, deleted: bool = False) -> str:
        """Give the one reason why the absolute `path` matters, or "".

        `kind` is what lies there now: file, directory (or dir), symlink (or link), any other word; `mode` its bits.
        Neither counts for a deleted path, which matters only at one of the places of the home and the system.
        """
        if deleted:
            return self._listed(path, kind="", places_only=True)
        if kind == "file" and mode & 0o6000:
            return SETUID if mode & 0o4000 else SETGID
        runnable = kind not in _FOLDERS and (kind in _LINKS or bool(mode & 0o111))
        found = self._listed(path, kind=kind, runnable=runnable)
        if not found and kind in _LINKS and self._redirects(path):
            return REDIRECTS
        return found

    def is_git_config(self, path: str) -> bool:
        """Tell whether git reads the file at `path` as its configuration; source of what it says: `gitconfig`."""
        names = path.split("/")
        return any(entry.tier(path, names) == _NAME for entry in self._git.candidates(names))

    def places(self) -> tuple[str, ...]:
        """List the absolute places without wildcards: where the host has a symlink at one, its target matters too."""
        return self._literal

    def _listed(self, path: str, *, kind: str, runnable: bool = False, places_only: bool = False) -> str:
        best, reason = (0, (0, 0)), ""
        for spot in self._spots(path):
            if runnable and best[0] < _COMMAND and spot.rpartition("/")[0] in self._commands:
                best, reason = (_COMMAND, (0, 0)), COMMAND
            names = spot.split("/")
            for entry in self._index.candidates(names):
                if entry.command and not runnable:
                    continue
                # Where a file is meant, a directory of that name is only a directory: `.git`, made by any clone.
                if entry.reason and ((kind in _FOLDERS and not entry.below) or (places_only and entry.base is None)):
                    continue
                tier = entry.tier(spot, names)
                if tier and (tier, entry.weight) > best:
                    best, reason = (tier, entry.weight), entry.reason
        return reason

    def _spots(self, path: str) -> Sequence[str]:
        """Give the places that `path` stands for: itself, and what leads to it."""
        if not path.startswith(self._reals):
            return (path,)
        found = ((real, place) for real, place in self._elsewhere if (path + "/").startswith(real + "/"))
        return (path, *(place + path[len(real) :] for real, place in found))

    def _redirects(self, path: str) -> bool:
        for spot in self._spots(path):
            names = spot.split("/")
            if spot in self._above or any(one.tier(spot, names) for one in self._above_names.candidates(names)):
                return True
        return False


def read(table: Mapping[str, Mapping[str, str]], home: str) -> Iterator[Entry]:
    """Read every line of the table."""
    for pattern, reason in table.get("home", {}).items():
        yield _entry(home, pattern, reason=reason)
    for pattern, reason in table.get("system", {}).items():
        yield _entry("/", pattern.lstrip("/"), reason=reason)
    for pattern in table.get("commands", {}):
        base = "/" if pattern.startswith("/") else home
        folder = tuple(pattern.strip("/").split("/"))
        parts = (*folder, "*") if _is_wild(folder) else folder
        yield Entry(base, parts, below=False, reason=COMMAND, command=True)
    for section in ("anywhere", "git-config"):
        yield from _floating(table.get(section, {}))
    for pattern in table.get("never", {}):
        yield _entry(None, pattern, reason="")


def _floating(patterns: Mapping[str, str]) -> Iterator[Entry]:
    return (_entry(None, pattern, reason=reason) for pattern, reason in patterns.items())


def _entry(base: str | None, pattern: str, *, reason: str) -> Entry:
    above, found, rest = pattern.rpartition(f"/{_ANY}/")
    parts = tuple(rest.rstrip("/").split("/"))
    return Entry(base, parts, below=rest.endswith("/"), reason=reason, head=f"/{above}/" if found else "")


def _is_wild(parts: tuple[str, ...]) -> bool:
    return any(map(is_pattern, parts))


def _join(base: str | None, parts: Iterable[str]) -> str:
    return "/".join([(base or "").rstrip("/"), *parts])


def _all_above(entries: Iterable[Entry], commands: Iterable[str]) -> Iterator[str]:
    """Give every directory on the way to a place: a symlink there sends what is looked for to another one."""
    for entry in entries:
        if entry.base is not None:
            plain = entry.parts[: next((at for at, part in enumerate(entry.parts) if is_pattern(part)), -1)]
            yield from _upwards(_join(entry.base, plain))
    for folder in commands:
        yield from _upwards(folder)


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition("/")[0]


def _prefixes(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give what is on the way to the entries that are looked for anywhere, or behind a wildcard, each once.

    Anywhere, only names with a dot: a symlink called `docs` or `bin` says nothing.
    """
    found = {
        (entry.base, entry.head, entry.parts[:end])
        for entry in entries
        if entry.reason
        for end in range(1, len(entry.parts))
        if entry.parts[0][0] in ".*" and (entry.base is None or _is_wild(entry.parts[:end]))
    }
    found |= {(None, "", _above(entry)[:end]) for entry in entries for end in range(1, len(_above(entry)) + 1)}
    ordered = sorted(found, key=repr)
    return (Entry(base, parts, below=False, reason=REDIRECTS, head=head) for base, head, parts in ordered)


def _above(entry: Entry) -> tuple[str, ...]:
    return tuple(filter(None, entry.head.split("/"))) if entry.reason else ()
