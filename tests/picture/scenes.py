"""What the pictures of the README show: the real program in a real terminal, with a server on the loopback."""

from __future__ import annotations

import re
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, until

COLUMNS, ROWS = 92, 30
BOX = "k7qm2x"
"""Boxes are named by chance, and pictures are not to change by chance."""
INSTALLER = b"""\
#!/bin/sh
set -eu
echo "Installing tool 1.4.0 ..."
mkdir -p ~/.local/bin ~/.local/share/tool
printf '#!/bin/sh\\necho tool 1.4.0\\n' >~/.local/bin/tool
chmod +x ~/.local/bin/tool
for n in 1 2 3 4 5 6; do echo "$n" >~/.local/share/tool/part-$n; done
echo 'export PATH="$HOME/.local/bin:$PATH"' >>~/.bashrc
echo "ssh keys that I could read: $(ls ~/.ssh 2>/dev/null | wc -l)"
echo "Done."
"""
PIPE = "curl -fsSL https://example.com/install.sh | wrapify sh"
PASTE = "curl -fsSL https://get.example.com/setup | sudo bash"
RC = """
PS1='\\[\\e[32m\\]$\\[\\e[0m\\] '; unset HISTFILE; PATH={path}:$PATH
PROMPT_COMMAND='echo "$?" >>~/.prompts'
eval "$(wrapify init bash)"
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(INSTALLER)))
        self.end_headers()
        self.wfile.write(INSTALLER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Serve the installer over TLS on this machine, and give the port."""
    names = ["-subj", "/CN=example.com", "-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([need("openssl"), "req", "-x509", *key, *names], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert", folder / "key")
    with HTTPServer(("127.0.0.1", 0), Handler) as found:
        found.socket = context.wrap_socket(found.socket, server_side=True)
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found.server_address[1]
        found.shutdown()


class Stage(Terminal):
    """Hold a terminal of the size of a picture, with a home that somebody lives in."""

    def start(self) -> None:
        self.wrapify.put(".rc", RC.format(path=self.wrapify.program.parent))
        self.wrapify.put(".bashrc", "alias ll='ls -l'\n")
        self.wrapify.put(".ssh/id_ed25519", "a key\n", 0o600)
        size = ("-x", str(COLUMNS), "-y", str(ROWS))
        self.tmux("-f", "/dev/null", "new-session", "-d", *size, "exec bash --rcfile ~/.rc")
        until(self.statuses, "the first prompt")
        self.tmux("set-option", "-g", "status", "off")
        until(lambda: self.tmux("display-message", "-p", "#{pane_height}").strip() == str(ROWS), "the whole height")

    def shot(self) -> str:
        """Give what the terminal shows, with its colours."""
        captured = self.tmux("capture-pane", "-e", "-p")
        found = re.search(r"box (?:\x1b\[\d*m)?([a-z0-9]{6})\b", captured)
        return captured.replace(found[1], BOX) if found else captured


@contextmanager
def stage(wrapify: Wrapify) -> Iterator[Stage]:
    found = Stage(wrapify)
    found.start()
    try:
        yield found
    finally:
        found.close()


def review(wrapify: Wrapify, folder: Path) -> str:
    """Pipe an installer into `wrapify sh`, and show the review."""
    with server(folder) as port, stage(wrapify) as terminal:
        wrapify.put(".curlrc", f'insecure\nconnect-to = "::127.0.0.1:{port}"\n')
        terminal.type(PIPE)
        terminal.contains("[Enter] keep")
        return terminal.shot()


def question(wrapify: Wrapify) -> str:
    """Paste a line with a download into bash, press Enter, and show the question."""
    with stage(wrapify) as terminal:
        terminal.tmux("set-buffer", PASTE)
        terminal.tmux("paste-buffer", "-p")
        terminal.contains("sudo bash")
        seen = time.monotonic()
        # An Enter that comes sooner than a person's counts as a part of the paste.
        until(lambda: time.monotonic() - seen > 0.1)
        terminal.keys("Enter")
        terminal.contains("[?]")
        return terminal.shot()
