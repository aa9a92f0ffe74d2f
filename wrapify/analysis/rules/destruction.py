"""Pure. Rule `destruction`: data is destroyed beyond one directory of its own.

Flagged as critical: removing the whole system or home, by its name, by wildcards that match all of it, or from within
it; functions that call themselves twice at once. As high: the same by find, rsync, tar or git, writing over disks and
file systems, changing the rights of everything, moving everything away. As medium: removing everything that is here,
or below a variable that may be empty. As low: stopping the machine. Not flagged: removing a named directory, and what
tests of find narrow.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.places import EVERYTHING, is_everything
from wrapify.analysis.printing import NARROWING
from wrapify.analysis.seen import Remark, Seen
from wrapify.analysis.values import UNKNOWN, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "look twice; in a sandbox nothing of yours is touched"
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
    yield from _bombs(seen)


def _bombs(seen: Seen) -> Iterator[Remark]:
    """Look for functions that call themselves twice at once, as `f(){ f|f& }; f` does."""
    why = "starts itself again and again until the machine stands still"
    for name, stages in seen.course.functions.items():
        if sum(stage == name for stage in stages) > 1:
            yield Remark(why, advice=ADVICE, severity="critical", at=(0, len(seen.text)))
            return


def _judge(by: Invocation) -> tuple[str, str]:
    name = by.name
    if name in ("rm", "shred", "srm", "unlink", "rmdir", "trash", "trash-put"):
        return _removal(by)
    if name in ("dd", "tee", "blkdiscard", "sgdisk", "hdparm") and _names_disk(by):
        return "high", "writes over a disk"
    if name.startswith(MAKERS) and any(text.startswith("/dev/") for text in by.words()):
        return "high", "makes a new file system where another one may be"
    if name in ("chmod", "chown", "chgrp", "setfacl") and by.has("-R", "--recursive"):
        wide = any(is_everything(by.place(path)) for path in by.plain()[1:])
        return ("high", "changes the rights of the whole system or home") if wide else ("", "")
    if name in ("mv", "cp") and len(by.plain()) > 1:
        return _moved_away(by)
    if _empties(by):
        return "high", "removes files all over the system or home"
    if name in ("reboot", "shutdown", "poweroff", "halt", "telinit", "init") and (
        name not in ("init", "telinit") or by.plain()[:1] in (["0"], ["6"])
    ):
        return "low", "stops this machine or starts it anew"
    return "", ""


def _names_disk(by: Invocation) -> bool:
    if by.name == "dd":
        return any(text.startswith("of=") and text[3:].startswith(DISKS) for text in by.words())
    reads = by.name in ("sgdisk", "hdparm") and not by.has("--zap-all", "-Z", "--security-erase")
    return not reads and any(text.startswith(DISKS) for text in by.words())


def _empties(by: Invocation) -> bool:
    """Tell whether a program that is no rm removes all of the system or home: find, rsync, tar, git."""
    places = [by.place(path) for path in by.plain()]
    texts = list(by.words())
    if by.name == "find":
        removes = "-delete" in texts or not {"rm", "shred", "unlink"}.isdisjoint(texts)
        narrow = any(text.startswith(NARROWING) for text in texts)
        return removes and not narrow and is_everything((places or [by.place(".")])[0])
    if by.name == "rsync":
        return any(text.startswith("--del") for text in texts) and is_everything(places[-1] if places else "")
    if by.name == "tar":
        return by.has("--remove-files") and any(map(is_everything, places))
    if by.name == "git":
        return texts[:1] == ["clean"] and by.has("-f", "--force") and is_everything(by.directory or ".")
    return False


def _removal(by: Invocation) -> tuple[str, str]:
    plain = [value for value in by.arguments if value.known()[:1] != "-"]
    targets = [by.place(value.text) for value in plain]
    recursive = by.has("-r", "-R", "--recursive") or by.name in ("srm", "trash", "trash-put")
    if by.has("--no-preserve-root"):
        return "critical", "removes the whole system"
    if any(is_everything(path) for path in targets if path and UNKNOWN not in path):
        wild = any("*" in path for path in targets)
        if recursive or (wild and by.name in ("rm", "shred")):
            return ("critical" if recursive else "high"), "removes the whole system, or everything of yours"
    if any(is_everything(path) for value in plain if value.content for path in value.content.paths):
        return "high", "removes files all over the system or home"
    if recursive:
        return _recursive_removal(by, plain)
    if by.name == "shred" and any(path.startswith(DISKS) for path in targets):
        return "high", "writes over a disk"
    return "", ""


def _recursive_removal(by: Invocation, plain: list[Value]) -> tuple[str, str]:
    known = [by.place(value.known()).rstrip("/") for value in plain]
    if any(path.startswith(("/home/", "/Users/")) and path.count("/") == 2 for path in known):
        return "high", "removes somebody's whole home"
    for value, path in zip(plain, known, strict=True):
        if UNKNOWN in value.text and value.text.replace(UNKNOWN, "").strip("/*.") == "" and "/" in value.text:
            homes = value.text.startswith("/home")
            return ("high" if homes else "medium"), "removes the whole system if a variable is empty"
        if UNKNOWN in value.text and (path or "/") in EVERYTHING and "/" in value.text:
            return "high", "removes somebody's whole home"
    if any(by.place(value.text) in HERE for value in plain):
        return "medium", "removes everything that is here"
    return "", ""


def _moved_away(by: Invocation) -> tuple[str, str]:
    target = by.plain()[-1]
    if by.name == "mv" and any(is_everything(by.place(path)) for path in by.plain()[:-1]):
        return "high", "moves everything of the system or of yours away"
    if target == "/dev/null" and by.name == "mv":
        return "high", "throws files away for good"
    if target.startswith(DISKS):
        return "high", "writes over a disk"
    return "", ""
