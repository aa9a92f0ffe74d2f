"""Pure. Rule `reverse-shell`: somebody else gets a shell on this machine, over the network.

Flagged: a shell joined with /dev/tcp, nc, socat, telnet, openssl or a socket of a language, in both directions; nc and
socat told to run a shell. As medium: the port of ssh on this machine forwarded to another one. Not flagged: a test of
a port (`</dev/tcp/host/80`) and nc used to send or receive.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.fetching import value_of
from wrapify.analysis.programs import SHELLS
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

WHY = "gives somebody on the network a shell on this machine"
ADVICE = "do not run it outside of a sandbox"
CARRIERS = frozenset(("nc", "socat", "telnet", "openssl", "pwncat", "rcat", "rustcat", "websocat", "cryptcat", "sbd"))
DEVICES = ("/dev/tcp/", "/dev/udp/")


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each shell that is handed out."""
    carriers = {by.where for by in seen.calls(*CARRIERS)}
    device = next((by for by in seen.calls() if _uses_device(by)), None)
    fed = {id(feed.by) for feed in seen.course.feeds if feed.content.hosts}
    for by in seen.calls():
        joined = by.where in carriers and by.name in SHELLS and (id(by) in fed or _is_live(by, seen))
        if joined or _told_to_run(by) or (by.name in SHELLS and _uses_device(by)):
            yield Remark(WHY, advice=ADVICE, severity="critical", at=by)
    for feed in seen.course.feeds:
        text = feed.content.text or ""
        over_device = any(one.startswith(DEVICES) for one in feed.content.hosts)
        if over_device or (text and code.hands_out_a_shell(text, feed.language)):
            yield Remark(WHY, advice=ADVICE, severity="critical", at=feed.by)
    if device is not None and seen.mentions("<&", "0<&", ">&5", "<>", "read line", "sh -i"):
        yield Remark(WHY, advice=ADVICE, severity="critical", at=device)
    if seen.mentions("coproc") and carriers and any(by.name in SHELLS for by in seen.calls()):
        yield Remark(WHY, advice=ADVICE, severity="critical", at=(0, len(seen.text)))
    for by in seen.calls("ssh", "autossh"):
        if any(text.endswith(":22") for text in _forwarded(by)):
            why = "lets somebody on the network log in to this machine, past its firewall"
            yield Remark(why, advice=ADVICE, severity="medium", at=by)
    for by in seen.calls("msfvenom", "msfconsole"):
        yield Remark("builds a program that hands out a shell", advice=ADVICE, severity="high", at=by)
    yield from _source_code(seen)
    if "zsh/net/tcp" in seen.text and "ztcp" in seen.text:
        yield Remark(WHY, advice=ADVICE, severity="critical", at=(0, len(seen.text)))


def _forwarded(by: Invocation) -> list[str]:
    """Give what `ssh -R` forwards to this machine."""
    return [value_of(list(by.words()), ("-R",))]


def _source_code(seen: Seen) -> Iterator[Remark]:
    """Look into what is written into files, and at a text that is no shell code at all: source code."""
    for _, content, by in seen.written():
        if content.text and (code.is_shell_source(content.text) or _is_plain(content.text)):
            yield Remark(WHY, advice=ADVICE, severity="critical", at=by or (0, len(seen.text)))
    if seen.reading.troubles and (code.is_shell_source(seen.text) or _is_plain(seen.text)):
        yield Remark(WHY, advice=ADVICE, severity="critical", at=(0, len(seen.text)))


def _is_plain(text: str) -> bool:
    """Tell whether a text that is not followed holds the plainest forms as they are always written."""
    device = "/dev/tcp/" in text and ("bash -i" in text or "sh -i" in text or "0>&1" in text)
    return device or "nc -e /bin/" in text or "ncat -e /bin/" in text


def _uses_device(by: Invocation) -> bool:
    return any(path.startswith(DEVICES) for path, _ in by.writes) or any(path.startswith(DEVICES) for path in by.reads)


def _is_live(by: Invocation, seen: Seen) -> bool:
    """Tell whether a shell beside a carrier answers to it, or takes what it says."""
    return by.has("-i") or (by.stdin is None and not by.arguments) or bool(seen.mentions("mkfifo", "mknod"))


def _told_to_run(by: Invocation) -> bool:
    texts = list(by.words())
    line = " ".join(texts)
    if by.name in ("nc", "pwncat", "rcat", "rustcat", "cryptcat", "sbd"):
        options = ("-e", "-c", "--exec", "--sh-exec", "--lua-exec", "-s", "-r")
        return any(
            (
                text in options
                or text.startswith(("-e", "--exec=", "--sh-exec="))
                or (text[:1] == "-" and text[-1:] in ("e", "c") and text[1:].isalpha())
            )
            and _is_shell(follows)
            for text, follows in zip(texts, [*texts[1:], ""], strict=False)
        ) or any(text.startswith("-e") and _is_shell(text[2:]) for text in texts)
    if by.name in ("socat", "websocat"):
        lower = line.lower()
        runs = "exec:" in lower or "system:" in lower or "shell:" in lower or "cmd:" in lower
        return runs and any(word in lower for word in ("tcp", "udp", "openssl", "ws:", "wss:", "sctp"))
    return False


def _is_shell(text: str) -> bool:
    name = text.strip("'\" ").partition(" ")[0].rpartition("/")[2].rpartition("\\")[2].lower()
    return name in SHELLS or name in ("cmd.exe", "cmd", "powershell", "powershell.exe", "pwsh")
