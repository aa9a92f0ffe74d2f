"""Pure. Rule `sudo`: a command asks for the rights of root, whatever the spelling and however deep it is.

Flagged: sudo, doas, su, pkexec, run0 and the like as a command, in front of one, in code that is decoded or handed to
a shell, or as an argument of xargs, find and watch. Not flagged: the word in a comment, a message or a file's name,
and calls that only ask (`sudo --version`).
"""

from __future__ import annotations

from wrapify.analysis.programs import RIGHTS
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ASKING = frozenset(("-k", "-K", "-V", "--version", "-h", "--help", "--remove-timestamp", "--reset-timestamp"))


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each command that asks for the rights of root."""
    for by in seen.with_rights():
        texts = list(by.words())
        if by.name in RIGHTS and texts and ASKING.issuperset(texts):
            continue
        yield Remark(
            f"runs {_what(by)} as root, who may change anything on this machine",
            advice="try it with fake root in a sandbox: nothing real is touched",
            severity="medium",
            at=by,
        )


def _what(by: Invocation) -> str:
    name = by.path.rpartition("/")[2]
    plain = name[:24] if name.isascii() and name.isprintable() else "a command"
    return "a shell" if by.name in RIGHTS and not by.arguments else plain
