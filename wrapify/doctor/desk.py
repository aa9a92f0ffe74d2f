"""Touches: the clipboard, asking for no more than its forms. Which one this session has, and what reads it."""

from __future__ import annotations

from collections.abc import Mapping

from wrapify.clipboard import Pyperclip, Tmux, Wayland, Xclip, Xsel, found, is_wsl, program
from wrapify.errors import ClipboardUnavailable

TOOLS = {Wayland: "wl-clipboard", Xclip: "xclip", Xsel: "xsel", Tmux: "tmux"}

__all__ = ["clipboard", "program", "session"]


def session(env: Mapping[str, str]) -> str:
    """Tell which kind of clipboard this session should have."""
    if env.get("WAYLAND_DISPLAY"):
        return "wayland"
    if env.get("DISPLAY"):
        return "x11"
    if is_wsl(env):
        return "wsl"
    if env.get("TMUX") and program("tmux", env):
        return "tmux"
    return "ssh" if env.get("SSH_CONNECTION") or env.get("SSH_TTY") else "none"


def clipboard(env: Mapping[str, str]) -> tuple[str, str, str]:
    """Give the session, the tool that reads its clipboard, and why that fails. The content itself is left alone."""
    kind = session(env)
    if kind in ("none", "ssh"):
        return kind, "", ""
    try:
        tool = found(env, primary=False)
    except ClipboardUnavailable as problem:
        return kind, "", problem.message
    if isinstance(tool, Pyperclip):
        return kind, *_by_pyperclip(tool)
    name = TOOLS[type(tool)]
    try:
        tool.types()
    except ClipboardUnavailable as problem:
        return kind, name, problem.message
    return kind, name, ""


def _by_pyperclip(tool: Pyperclip) -> tuple[str, str]:
    """pyperclip alone says whether there is a way by reading, so it reads; nothing is kept."""
    try:
        tool.read("text/plain", most=0)
    except ClipboardUnavailable:
        return "", ""
    return "pyperclip", ""
