"""Pure. Rule `history-off`: what was done is not to be found in the history or in the logs.

Flagged: histories and logs removed, emptied, redirected or switched off. Not flagged: looking at them, their size.
"""

from __future__ import annotations

from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "ask what it has to hide; in a sandbox your history is not reached"
HISTORIES = (
    "bash_history",
    "zsh_history",
    "fish_history",
    ".history",
    ".python_history",
    ".mysql_history",
    "ash_history",
    "sh_history",
    "$HISTFILE",
)
LOGS = ("/var/log/", "/var/run/utmp", "/var/audit", "/private/var/audit", "/var/spool/mail", "/var/adm/")
REMOVERS = frozenset("rm shred unlink truncate cp mv ln srm sed chattr wipe".split())
VARIABLES = ("HISTFILE", "HISTSIZE", "HISTFILESIZE", "SAVEHIST", "HISTCONTROL", "HISTIGNORE", "fish_history")


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each trace that is removed."""
    for by in seen.calls():
        if _clears(by) or _removes(by) or _unsets(by):
            yield Remark(_why(by), advice=ADVICE, severity="medium", at=by)
    for path, content, writer in seen.written():
        emptied = (content.text or "x").strip() == "" or {"/dev/null", "/dev/zero"} & set(content.paths)
        if _is_history(path) or (_is_log(path) and emptied):
            yield Remark(
                "removes traces of what was done", advice=ADVICE, severity="medium", at=writer or (0, len(seen.text))
            )
    for name in ("HISTFILE", "HISTSIZE", "HISTFILESIZE", "SAVEHIST"):
        for value in ("=/dev/null", "=0", '=""', "=''"):
            start = seen.text.find(name + value)
            if start >= 0:
                yield Remark(
                    "keeps commands out of the history",
                    advice=ADVICE,
                    severity="medium",
                    at=(start, start + len(name + value)),
                )


def _why(by: Invocation) -> str:
    return (
        "keeps commands out of the history"
        if by.name in ("set", "export", "unset", "setopt")
        else "removes traces of what was done"
    )


def _clears(by: Invocation) -> bool:
    if by.name == "history":
        return (by.has("-c", "-d", "-w") and " ".join(by.words()) != "-w") or by.plain()[:1] in (["clear"], ["delete"])
    return by.name in ("wevtutil", "Clear-History") or (
        by.name == "journalctl" and by.has("--vacuum-time=1s", "--vacuum-size=1")
    )


def _removes(by: Invocation) -> bool:
    texts = by.plain()
    if by.name not in REMOVERS and not (by.name == "tee" and by.stdin is not None and "/dev/null" in by.stdin.paths):
        return False
    if by.name == "sed" and not by.has("-i", "--in-place"):
        return False
    targets = texts[-1:] if by.name in ("cp", "ln") else texts
    return any(_is_history(path) or (_is_log(path) and by.name != "chattr") for path in targets)


def _unsets(by: Invocation) -> bool:
    texts = list(by.words())
    if by.name == "unset":
        return any(text in VARIABLES for text in texts)
    if by.name == "set":
        return texts[:2] == ["+o", "history"] or texts[-2:] == ["fish_history", ""]
    return by.name == "export" and any(
        text.partition("=")[0] == "HISTFILE" and not text.partition("=")[2].strip("'\"") for text in texts
    )


def _is_history(path: str) -> bool:
    return path.rstrip("/").endswith(HISTORIES)


def _is_log(path: str) -> bool:
    return path.startswith(LOGS)
