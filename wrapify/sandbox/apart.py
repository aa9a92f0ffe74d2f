"""Pure. The home of a sandbox that has the network: of the real one only start-up files without secrets, and tools.

Nothing of the real home lies below it: what appears there during the run does not appear inside. Programs find where
installers write their lines, and what is written is recorded like anything else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from wrapify.host import Machine
from wrapify.sandbox.mounts import Bind, Mount, Overlay, RoBind, RoOverlay, Tmpfs
from wrapify.sandbox.spec import BOX, Layer, Mask
from wrapify.sandbox.trees import Trees
from wrapify.sandbox.view import below, covered

LARGEST = 256 << 10
"""A start-up file above this many bytes is not shown: nobody has looked through it."""
SECRET = re.compile(
    rb"""
    \w*(?:token|secret|passw(?:or)?d|passphrase|api_?key|access_?key|private_?key|credential|auth)\w*
        (?: \s*[=:]\s* | \s+ ) ["']? [^\s"'$(){}|&;<>]{8,}     # a name that says so, and a value that is no variable
    | \b(?:bearer|basic)\s+[\w.+/=-]{8,}                       # a header
    | ://[^/\s:@$]+:[^/\s@$]+@                                 # a password in a URL
    | \b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk-|npm_|hf_|pypi-|AKIA|AIza|eyJhbGci)[\w-]{12,}
    | -----BEGIN
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What looks like a secret in a start-up file. One too many costs a file its place, one too few leaves the machine."""


@dataclass(slots=True)
class Apart:
    """Collect what lies in such a home: `seen` are files with mode and content, by their path in it."""

    machine: Machine
    home: str
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def take(self, paths: Iterable[str], *, hidden: Sequence[str]) -> None:
        """Take over the start-up files among `paths` that exist and hold no secret."""
        for path in paths:
            place = f"{self.home}/{path}"
            real = self.machine.real(place)
            if self.machine.kind(real) != "file" or covered(place, tuple(hidden)) or covered(real, tuple(hidden)):
                continue
            trouble, content = self.machine.content(real, LARGEST + 1)
            if trouble or len(content) > LARGEST or SECRET.search(content):
                self.left_out.append(path)
            else:
                self.seen[path] = (self.machine.mode(real), content)


def tools(machine: Machine, home: str, *, listed: Iterable[str], path: Iterable[str]) -> Iterator[Mount]:
    """Show, read-only, the directories of PATH that lie in the home, and the `listed` ones that exist."""
    wanted = (*path, *(f"{home}/{name}" for name in listed))
    found = {real for place in wanted if below(real := machine.real(place), home) and real != home}
    for real in sorted(found):
        above = (base for base in found if base != real and below(real, base))
        if machine.kind(real) == "dir" and not any(above):
            yield RoBind(real, real)


def lay(trees: Trees, apart: Apart, *, points: Iterable[Mount]) -> None:
    """Make the home an overlay of what it shows, with a place for each of `points` that lies in it."""
    home, number = apart.home, len(trees.layers)
    spots = {it.dest[len(home) + 1 :]: _is_folder(trees.machine, it) for it in points if below(it.dest, home)}
    files = {path: (0o600, b"") for path, is_folder in spots.items() if path and not is_folder} | apart.seen
    folders = {above for path in (*files, *spots) for above in _above(path)}
    folders |= {path for path, is_folder in spots.items() if path and is_folder}
    rows = tuple((path, trees.machine.mode(f"{home}/{path}")) for path in sorted(folders - files.keys()))
    held = tuple((path, mode, content) for path, (mode, content) in sorted(files.items()))
    name = blake2b(repr((home, rows, held)).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
    mask = Mask(f"{trees.runtime}/masks/{name}", rows, (), held)
    trees.masks.append(mask)
    # First, because the others are mounted in it.
    trees.mounts.insert(0, Overlay((mask.path,), f"{BOX}/p{number}", f"{BOX}/w{number}", home))
    layer = Layer("part", f"p{number}", home, trees.machine.mode(home), rows, tuple(sorted(apart.seen)))
    trees.layers.append(layer)


def _above(path: str) -> Iterator[str]:
    while path := posixpath.dirname(path):
        yield path


def _is_folder(machine: Machine, mount: Mount) -> bool:
    match mount:
        case RoBind(source, _) | Bind(source, _):
            return machine.kind(source) == "dir"
        case _:
            return isinstance(mount, (Overlay, RoOverlay, Tmpfs))
