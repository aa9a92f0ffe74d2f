"""Pure. Rule `decoded-run`: code that was encoded, so that nobody could read it, is decoded and run.

Flagged: base64, hex, compression, reversal and the like in front of a shell or a language, and the same in their own
code. As medium: words of the text that a program changes in a way that is not followed, and that are run then. Not
flagged: decoding into a file or onto the screen, and what is made of files of this machine.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import DECODED, MADE, NETWORK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WHY = "runs code that is encoded, so that it cannot be read as it stands"
MADE_WHY = "runs what a program makes of words in this text, which cannot be read as it stands"
ADVICE = "look at what it decodes to, or run it in a sandbox"


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each piece of decoded code that would be run."""
    for feed in seen.fed(DECODED):
        if not feed.content.origins & NETWORK:
            yield Remark(WHY, advice=ADVICE, severity="high", at=feed.by)
    for feed in seen.fed(MADE):
        if not feed.content.origins & (NETWORK | DECODED) and feed.content.text is None:
            yield Remark(MADE_WHY, advice=ADVICE, severity="medium", at=feed.by)
    for feed in seen.course.feeds:
        if feed.content.text and code.decodes_and_runs(feed.content.text, feed.language):
            yield Remark(WHY, advice=ADVICE, severity="high", at=feed.by)
