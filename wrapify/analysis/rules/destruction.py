"""Pure. Rule `destruction`: data is destroyed beyond one directory of its own.

Flagged as critical: removing the whole system or home. As high: writing over disks and file systems. As medium:
removing everything here, changing the rights of everything, stopping the machine. Not flagged: removing a named
directory.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.places import normal
from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import UNKNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "look twice; in a sandbox nothing of yours is touched"
EVERYTHING = frozenset(
    "/ /* ~ ~/ ~/* /. /home /home/ /home/* /etc /etc/ /etc/* /usr /usr/ /usr/* /var /var/ /var/* /boot /boot/"
    " /bin /lib /sbin /root /opt /dev /proc /sys /Users /System /Applications /usr/bin /usr/lib".split()
)
HERE = frozenset(("*", ".", "./", "..", "../", "./*", "../*", ".*", "{*,.*}", "$PWD"))
DISKS = (
    "/dev/sd",
    "/dev/hd",
    "/dev/vd",
    "/dev/nvme",
    "/dev/mmcblk",
    "/dev/xvd",
    "/dev/disk",
    "/dev/rdisk",
    "/dev/mapper/",
    "/dev/md",
    "/dev/dm-",
    "/dev/mem",
    "/dev/kmem",
    "/dev/loop",
)
MAKERS = ("mkfs", "mke2fs", "mkswap", "wipefs", "newfs")


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each destruction."""
    for by in seen.calls():
        severity, why = _judge(by)
        if why:
            yield Remark(why, advice=ADVICE, severity=severity, at=by)
    for path, _, writer in seen.written():
        if path.startswith(DISKS):
            yield Remark("writes over a disk", advice=ADVICE, severity="high", at=writer or (0, len(seen.text)))
    for feed in seen.course.feeds:
        if feed.content.text and code.removes_widely(feed.content.text, feed.language):
            why = "removes the whole system, or everything of yours"
            yield Remark(why, advice=ADVICE, severity="critical", at=feed.by)
    squeezed = "".join(seen.text.split()) if len(seen.text) < 4096 else ""
    if ":(){" in squeezed and ":|:" in squeezed:
        yield Remark(
            "starts itself again and again until the machine stands still",
            advice=ADVICE,
            severity="critical",
            at=(0, len(seen.text)),
        )


def _judge(by: Invocation) -> tuple[str, str]:
    name = by.name
    if name in ("rm", "shred", "srm", "unlink", "rmdir"):
        return _removal(by)
    if name == "dd" and any(text.startswith("of=") and text[3:].startswith(DISKS) for text in by.words()):
        return "high", "writes over a disk"
    if name.startswith(MAKERS) and any(text.startswith("/dev/") for text in by.words()):
        return "high", "makes a new file system where another one may be"
    if name in ("chmod", "chown", "chgrp", "setfacl") and by.has("-R", "--recursive"):
        wide = any(normal(path) in EVERYTHING for path in by.plain()[1:])
        return ("high", "changes the rights of the whole system or home") if wide else ("", "")
    if name in ("mv", "cp") and len(by.plain()) > 1:
        return _moved_away(by)
    if name == "find" and by.has("-delete") and (normal(next(iter(by.plain()), ".")) in EVERYTHING):
        return "high", "removes files all over the system or home"
    if name in ("reboot", "shutdown", "poweroff", "halt", "telinit", "init") and (
        name not in ("init", "telinit") or by.plain()[:1] in (["0"], ["6"])
    ):
        return "low", "stops this machine or starts it anew"
    return "", ""


def _removal(by: Invocation) -> tuple[str, str]:
    plain = [value for value in by.arguments if value.known()[:1] != "-"]
    targets = [normal(value.text) for value in plain]
    recursive = by.has("-r", "-R", "--recursive", "-rf", "-fr") or by.name == "srm"
    if by.has("--no-preserve-root"):
        return "critical", "removes the whole system"
    if recursive and any(
        path.rstrip("/") in ("", "~", "/home", "/etc", "/usr", "/var", "/boot", "/root", "/*", "~/*")
        or path in EVERYTHING
        for path in targets
        if path
    ):
        return "critical", "removes the whole system, or everything of yours"
    if recursive and any(
        "/home/" in f"{value.known()}/" and value.known().strip("/").count("/") == 1 for value in plain
    ):
        return "high", "removes somebody's whole home"
    if recursive and any(UNKNOWN in value.text and normal(value.known()) in EVERYTHING for value in plain):
        return "medium", "removes the whole system if a variable is empty"
    if recursive and any(path in HERE for path in targets):
        return "medium", "removes everything that is here"
    if by.name == "shred" and any(path.startswith(DISKS) for path in targets):
        return "high", "writes over a disk"
    return "", ""


def _moved_away(by: Invocation) -> tuple[str, str]:
    target = by.plain()[-1]
    if target == "/dev/null" and by.name == "mv":
        return "high", "throws files away for good"
    if target.startswith(DISKS):
        return "high", "writes over a disk"
    return "", ""
