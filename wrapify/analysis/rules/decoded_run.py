"""Pure. Rule `decoded-run`: code that was encoded, so that nobody could read it, is decoded and run.

Flagged: base64, hex, compression, reversal and the like in front of a shell or a language, and the same in their own
code. Not flagged: decoding into a file or onto the screen.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import DECODED, NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WHY = "runs code that is encoded, so that it cannot be read as it stands"
ADVICE = "look at what it decodes to, or run it in a sandbox"


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each piece of decoded code that would be run."""
    for feed in seen.fed(DECODED):
        if not feed.content.origins & NETWORK:
            yield Remark(WHY, advice=ADVICE, severity="high", at=feed.by)
    for feed in seen.course.feeds:
        if feed.content.text and code.decodes_and_runs(feed.content.text, feed.language):
            yield Remark(WHY, advice=ADVICE, severity="high", at=feed.by)
