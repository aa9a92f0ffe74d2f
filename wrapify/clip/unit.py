"""Pure. The unit by which systemd watches the clipboard in every graphical session."""

from __future__ import annotations

NAME = "wrapify-clipboard.service"
MARK = "# Written by `wrapify clip watch --install`; `wrapify clip watch --uninstall` removes it."


def written(program: str, *, primary: bool) -> str:
    """Write the unit. `program` is the absolute path of wrapify."""
    return f"""{MARK}
[Unit]
Description=Warn of what is put on the clipboard (wrapify)
PartOf=graphical-session.target
After=graphical-session.target

[Service]
ExecStart={_quoted(program)} clip watch{" --primary" * primary}
# The session may tell systemd of its display a little later.
Restart=on-failure
RestartSec=10
NoNewPrivileges=yes
MemoryMax=512M

[Install]
WantedBy=graphical-session.target
"""


def is_ours(content: str) -> bool:
    """Tell whether a unit was written by us."""
    return content.startswith(MARK)


def is_writable(path: str) -> bool:
    """Tell whether systemd takes a program of this path: it wants no quotes, backslashes or control characters."""
    return path.isprintable() and not set(path) & set("\"'\\")


def _quoted(path: str) -> str:
    """Write a path as systemd reads it as one word (systemd.service(5), "Command lines")."""
    return '"' + path.replace("%", "%%") + '"'
