"""Pure. Rule `secrets-out`: what is secret on this machine is sent over the network.

Flagged: a file with keys or passwords, the environment or the history on its way into curl, nc, ssh and the like, by
pipe, argument, address or in the code of a language. Not flagged: sending other files, and names of the system in an
address (`uname -s`).
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.calls import strings
from wrapify.analysis.places import STORES, is_secret, normal
from wrapify.analysis.programs import FETCHERS
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

WHY = "sends keys, passwords or the like of this machine to somebody"
ADVICE = "do not run it outside of a sandbox"
SENDERS = FETCHERS | frozenset(
    ("mail", "mailx", "sendmail", "mutt", "ping", "ping6", "xdg-open", "logger", "rclone", "s3cmd")
)
DATA = (
    "-d",
    "--data",
    "--data-binary",
    "--data-raw",
    "--data-urlencode",
    "-F",
    "--form",
    "-T",
    "--upload-file",
    "--post-data",
    "--post-file",
    "--body-data",
    "--body-file",
)
TELLERS = ("whoami", "id", "hostname", "env", "printenv", "cat", "base64", "history", "ifconfig", "passwd")
"""Commands whose output tells about this machine, or holds a file of it."""
MOST = 200
"""Such commands that are compared with what is sent."""


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each secret that is sent."""
    telling = {by.where for by in seen.calls("env", "printenv", "history", "set")}
    tellers = [by.start for by in seen.calls(*TELLERS)][:MOST]
    for by in seen.calls():
        if by.name not in SENDERS or (by.name in ("dig", "host") and not by.arguments):
            continue
        if _secret(by) or (by.where in telling and by.stdin is not None):
            yield Remark(WHY, advice=ADVICE, severity="critical", at=by)
        elif _tells(by, tellers):
            why = "sends what it finds out about this machine to somebody"
            yield Remark(why, advice="run it without the network, in a sandbox", severity="high", at=by)
    for feed in seen.course.feeds:
        text = feed.content.text or ""
        if text and code.sends(text, feed.language) and any(map(is_secret, strings(text))):
            yield Remark(WHY, advice=ADVICE, severity="critical", at=feed.by)


def _secret(by: Invocation) -> bool:
    paths = list(by.stdin.paths if by.stdin else ())
    for value in by.arguments:
        text = value.known()
        if value.content is not None:
            paths.extend(value.content.paths)
        if "@" in text and "://" not in text:
            paths.append(text.rpartition("@")[2])
        if text.startswith(("--post-file=", "--body-file=", "--upload-file=")):
            paths.append(text.partition("=")[2])
    if by.name in ("scp", "rsync", "sftp", "rclone", "aws", "gsutil", "s3cmd", "mc", "ftp", "smbclient") or by.has(
        "-T", "--upload-file", "--post-file"
    ):
        paths.extend(by.plain())
    paths.extend(by.reads)
    return any(is_secret(path) or normal(path).rstrip("/") in STORES for path in map(by.place, paths))


def _tells(by: Invocation, tellers: list[int]) -> bool:
    """Tell whether an address or what is sent holds the output of a command that tells about this machine.

    `tellers` is where such commands begin in the text.
    """
    if any(by.start <= start < by.end for start in tellers):
        return by.name in ("dig", "nslookup", "host", "ping") or _is_sent(by)
    return False


def _is_sent(by: Invocation) -> bool:
    for number, value in enumerate(by.arguments):
        if value.content is None:
            continue
        before = by.arguments[number - 1].known() if number else ""
        text = value.known()
        if before in DATA or text.startswith(("--data", "--post")) or "?" in text or "=" in text or text.count("/") > 2:
            return True
    return False
