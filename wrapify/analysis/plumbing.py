"""Pure. Redirections: what a command reads, and the files its output goes to."""

from __future__ import annotations

from wrapify.analysis.expansion import single
from wrapify.analysis.places import clean
from wrapify.analysis.values import NETWORK, UNKNOWN, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.scope import Scope
    from wrapify.analysis.tree import Redirect

DEVICES = ("/dev/tcp/", "/dev/udp/")
DESCRIPTOR_OF_A_NAME = "10"
"""The first descriptor that bash takes for `exec {name}<…`."""


class Plumbing:
    """Hold where a command's input comes from and its output goes.

    `writes` are all files that are opened for writing (path, append), `outputs` those of them that take what it
    prints, `reads` the files it reads by redirection. `opened` are its other descriptors.
    """

    __slots__ = ("opened", "outputs", "reads", "stdin", "writes")

    def __init__(self, stdin: Content | None) -> None:
        self.stdin = stdin
        self.writes: list[tuple[str, bool]] = []
        self.outputs: list[tuple[str, bool]] = []
        self.reads: list[str] = []
        self.opened: dict[str, Content | str] = {}


def connect(redirects: list[Redirect], stdin: Content | None, *, scope: Scope) -> Plumbing:
    """Follow redirections one after the other."""
    plumbing = Plumbing(stdin)
    for one in redirects:
        number = _number(one.number, scope)
        if one.operator.startswith("<"):
            _read(plumbing, one, number=number or "0", scope=scope)
        else:
            _write(plumbing, one, number=number or "1", scope=scope)
    return plumbing


def keep(plumbing: Plumbing, scope: Scope) -> None:
    """Keep what `exec` with redirections alone opens: it stays so for the commands that follow."""
    for number, opened in plumbing.opened.items():
        if isinstance(opened, str):
            scope.links[f"&{number}"] = opened
        else:
            scope.files[f"&{number}"] = opened
    if plumbing.stdin is not None:
        scope.files["&0"] = plumbing.stdin
    if plumbing.outputs:
        scope.links["&1"] = plumbing.outputs[-1][0]


def _number(written: str, scope: Scope) -> str:
    """Give the descriptor that is written in front; one with a name is taken and the name set."""
    if not written.startswith("{"):
        return written
    scope.assign(written[1:-1], Content(DESCRIPTOR_OF_A_NAME))
    return DESCRIPTOR_OF_A_NAME


def _read(plumbing: Plumbing, one: Redirect, *, number: str, scope: Scope) -> None:
    content = single(one.target, scope)
    if one.operator in ("<<", "<<-", "<<<"):
        content = content.changed((content.text or "") + ("\n" if one.operator == "<<<" else ""))
    else:
        path = _path(content, scope)
        content = _opened(plumbing, path, content=content, one=one, scope=scope)
        plumbing.reads.append(path)
        if one.operator == "<>":
            plumbing.opened[number] = content
            plumbing.writes.append((path, True))
    if number == "0":
        plumbing.stdin = content
    else:
        plumbing.opened[number] = content
        scope.files[f"&{number}"] = content


def _opened(plumbing: Plumbing, path: str, *, content: Content, one: Redirect, scope: Scope) -> Content:
    """Give what is read from a file or another descriptor."""
    if one.operator == "<&":
        opened = plumbing.opened.get(path)
        return opened if isinstance(opened, Content) else scope.files.get(f"&{path}", Content(None))
    if path.startswith(DEVICES):
        return Content(None, origins=NETWORK, hosts=(path,))
    known = scope.files.get(clean(path))
    return known or (content.changed(None) if content.origins else Content(None, paths=(path,)))


def _write(plumbing: Plumbing, one: Redirect, *, number: str, scope: Scope) -> None:
    content = single(one.target, scope)
    path = _path(content, scope)
    to_descriptor = one.operator == ">&" and (path.isdigit() or path in ("-", ""))
    if to_descriptor:
        target = scope.links.get(f"&{path}", "") or plumbing.opened.get(path, "")
        if not isinstance(target, str) or not target or path == "1":
            return
        path = target
    append = one.operator.startswith(">>") or to_descriptor
    plumbing.writes.append((path, append))
    if number in ("1", "&") or one.operator in ("&>", "&>>"):
        plumbing.outputs.append((path, append))
    else:
        plumbing.opened[number] = path


def _path(content: Content, scope: Scope) -> str:
    path = (content.text or "").replace(UNKNOWN, "")
    return scope.place(path)
