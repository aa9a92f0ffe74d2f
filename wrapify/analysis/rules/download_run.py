"""Pure. Rule `download-run`: what is downloaded is run before anybody has seen it.

Flagged: a download piped into a shell or a language, in `$(…)`, `<(…)` or eval, saved by the same text and then run,
or fetched and executed by code in an argument. Not flagged: a download that is only saved, unpacked or read, an
archive or repository that something is run in afterwards, what a program of this machine prints, and what runs on
another machine.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.calling import HOLES, SHELL_LANGUAGES
from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import NETWORK, UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Feed

ADVICE = "run it in a sandbox first and look at what it changes"


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each piece of downloaded code that would be run."""
    for feed in seen.fed(NETWORK):
        if _is_known(feed):
            continue
        why = f"runs what {host(feed)} sends{_plainly(feed)}, before anybody has seen it"
        yield Remark(why, advice=ADVICE, severity="high", at=feed.by)
    for feed in seen.course.feeds:
        # The modules of `perl -MLWP::Simple -e` stand in front of the code.
        text = feed.by.line() if feed.how == "argument" else feed.content.text
        if text and code.fetches_and_runs(text, feed.language):
            yield Remark("downloads code and runs it at once", advice=ADVICE, severity="high", at=feed.by)


def _is_known(feed: Feed) -> bool:
    """Tell whether a download is only a piece of code that is known: `sh -c "echo $(curl …)"`.

    The walk through that code says where in it the piece stands; other languages are not followed so far.
    """
    text = (feed.content.text or "").strip()
    if feed.language in SHELL_LANGUAGES:
        return bool(text.strip(HOLES))
    return bool(text.partition(UNKNOWN)[0].strip()) and feed.how == "argument"


def host(feed: Feed) -> str:
    """Name where code comes from, as far as the text says it plainly."""
    for text in feed.content.hosts:
        name = text.partition("://")[2] or text
        name = name.partition("/")[0].partition("?")[0]
        if (
            "." in name
            and name.isascii()
            and all(char.isalnum() or char in ".-:@_" for char in name)
            and len(name) < 64
        ):
            return name
    return "a server"


def _plainly(feed: Feed) -> str:
    return " over a connection that others can change" if any("http://" in text for text in feed.content.hosts) else ""
