"""Pure. Rule `decoded-run`: code that was encoded, so that nobody could read it, is decoded and run.

Flagged: base64, hex, compression, reversal and the like in front of a shell or a language, and the same in their own
code. As medium: words of the text that a program changes in a way that is not followed, and that are run then; and
words of the text that are decoded, whatever becomes of them. Not flagged: decoding what files of this machine hold.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import DECODED, MADE, NETWORK, PROGRAM

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

WHY = "runs code that is encoded, so that it cannot be read as it stands"
MADE_WHY = "runs what a program makes of words in this text, which cannot be read as it stands"
ADVICE = "look at what it decodes to, or run it in a sandbox"
DECODERS = ("base64", "base32", "basenc", "xxd", "b64decode", "uudecode", "openssl")


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each piece of decoded code that would be run."""
    for feed in seen.fed(DECODED):
        if not feed.content.origins & NETWORK:
            yield Remark(WHY, advice=ADVICE, severity="high", at=feed.by)
    for feed in seen.fed(MADE):
        if not feed.content.origins & (NETWORK | DECODED) and feed.content.text is None:
            yield Remark(MADE_WHY, advice=ADVICE, severity="medium", at=feed.by)
    for by in seen.calls(*DECODERS):
        if _decodes_words(by):
            why = "decodes something that stands here, so that it cannot be read"
            yield Remark(why, advice=ADVICE, severity="medium", at=by)
    for feed in seen.course.feeds:
        if feed.how == "argument" and feed.content.text and code.decodes(feed.content.text, feed.language):
            why = "decodes something that stands here, so that it cannot be read"
            yield Remark(why, advice=ADVICE, severity="medium", at=feed.by)
        if feed.content.text and code.decodes_and_runs(feed.content.text, feed.language):
            yield Remark(WHY, advice=ADVICE, severity="high", at=feed.by)


def _decodes_words(by: Invocation) -> bool:
    """Tell whether a decoder reads what stands in the text itself: no file, no download, nothing a program prints."""
    decoding = by.name in ("b64decode", "uudecode") or by.has("-d", "-D", "--decode", "-r", "-revert")
    if by.name == "openssl":
        decoding = "-d" in by.words()
    given = by.stdin
    return decoding and given is not None and not given.paths and not given.origins & (NETWORK | PROGRAM)
