"""Pure. Rule `local-run`: what a program of this machine prints is run, as in `eval "$(ssh-agent)"`.

Only worth knowing: it is how many tools are set up.
"""

from __future__ import annotations

from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import DECODED, NETWORK, PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each output of a local program that would be run."""
    for feed in seen.fed(PROGRAM):
        if not feed.content.origins & (NETWORK | DECODED):
            why = "runs what a program of this machine prints"
            yield Remark(why, advice="fine if you trust that program", severity="info", at=feed.by)
