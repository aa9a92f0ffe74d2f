"""Pure. Whether the clipboard of this session can be read, and whether its watch can tell of what it sees."""

from __future__ import annotations

from wrapify.doctor.distribution import install
from wrapify.doctor.seen import Seen
from wrapify.doctor.verdict import LIMITED, NOTE, Verdict, ok

NO_CLIPBOARD = "`wrapify paste` and `wrapify clip` do not work; pasting in a guarded shell does, and `cat | wrapify sh`"
PACKAGES = {"wayland": "wl-clipboard", "x11": "xclip"}


def clipboard(seen: Seen) -> Verdict:
    """Judge the tool for the clipboard of this session."""
    desk = seen.desk
    if desk.session in ("none", "ssh"):
        where = "at this end of ssh" if desk.session == "ssh" else "here (neither WAYLAND_DISPLAY nor DISPLAY is set)"
        return Verdict(NOTE, f"there is no clipboard {where}", "`cat | wrapify sh`, paste, Ctrl-D does the same")
    if not desk.tool:
        if desk.session == "wsl":
            remedy: tuple[str, ...] = (
                "# in /etc/wsl.conf, below [interop]: appendWindowsPath = true",
                "wsl.exe --shutdown",
            )
        else:
            remedy = install(seen.system, PACKAGES.get(desk.session, "xclip"))
        text = f"there is no tool for the clipboard of this session ({desk.session})"
        return Verdict(LIMITED, text, NO_CLIPBOARD, remedy)
    if "display" in desk.trouble.lower():
        remedy = ("echo $DISPLAY $WAYLAND_DISPLAY   # of a session that has ended, as in an old tmux?",)
        return Verdict(LIMITED, desk.trouble, NO_CLIPBOARD, remedy)
    if desk.trouble:
        return Verdict(LIMITED, desk.trouble, NO_CLIPBOARD, ("wrapify clip show",))
    return ok(f"{desk.session}, read by {desk.tool}")


def notices(seen: Seen) -> Verdict | None:
    """Judge what `wrapify clip watch` warns by."""
    if seen.desk.session not in ("wayland", "x11"):
        return None
    if not seen.desk.notices:
        means = "`wrapify clip watch` warns in its own terminal alone"
        return Verdict(NOTE, "notify-send is not installed", means, install(seen.system, "libnotify"))
    return None
