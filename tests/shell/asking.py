"""A terminal in which `wrapify ask` asks about one line, as an editor would have it, and nothing else happens."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, until

SANDBOX, EDIT, CANCEL, RUN = 10, 11, 12, 13
SUDO = b"sudo touch x"
KEYS = "[r]un here"
ASKER = """\
# The terminal as a shell's editor has it while a hook runs. Only `ask` writes on it after the first lines.
trap '' TERM
for at in {above}; do echo "above $at"; done
stty {modes}
printf '\\033[?2004h'
: >~/ready
until [ -e ~/go ]; do sleep 0.01; done
stty -g >~/before
{how}
echo $? >~/status.new
stty -g >~/after
ps -o tpgid= -p $$ >~/foreground
echo $$ >~/self
mv ~/status.new ~/status
exec sleep 1000
"""
PLAIN = 'sh -c \'echo $$ >~/pid; exec "$0" ask --shell bash "$@" <~/framed\' {program} {options}'
BEHIND = "set -m; " + PLAIN + " & wait $!; status=$?; set +m; (exit $status)"


class Asked(Terminal):
    """Hold a terminal in which a question about one line is asked, and nothing else happens."""

    def open(self, line: bytes, *options: str, **more: str) -> None:
        """Start it. `size` is COLUMNSxROWS, `above` the numbers of lines on the screen, `modes` words of stty(1)."""
        need("tmux")
        self.wrapify.put("framed", "")
        (self.home / "framed").write_bytes(b"\0\0" + line + b"\0")
        modes = more.get("modes", "-echo -icanon -icrnl min 1 time 0")
        how = more.get("how", PLAIN).format(program=self.wrapify.program, options=" ".join(options))
        script = ASKER.format(above=more.get("above", "1"), modes=modes, how=how)
        self.wrapify.put("asker", script)
        columns, rows = more.get("size", "80x24").split("x")
        term = f"TERM={more['term']}" if "term" in more else "TERM=tmux-256color"
        command = f"env {term} bash ~/asker"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, command)
        until(lambda: (self.home / "ready").exists(), "the terminal")

    def ask(self, line: bytes = SUDO, *options: str, **more: str) -> None:
        """Start it, let the question come, and wait as long as a person needs to see it."""
        self.open(line, *options, **more)
        self.go()
        self.contains("[e]dit")
        self.look()

    def go(self) -> None:
        self.wrapify.put("go", "")

    def look(self) -> None:
        seen = time.monotonic()
        until(lambda: time.monotonic() - seen > 0.1)

    def raw(self, content: bytes) -> None:
        """Let bytes come in one piece, as they are, from the terminal."""
        self.wrapify.put("raw", "")
        (self.home / "raw").write_bytes(content)
        self.tmux("load-buffer", str(self.home / "raw"))
        self.tmux("paste-buffer", "-d", "-r")

    def ends(self, status: int) -> None:
        """Wait for the end, and see that the terminal is as it was before."""
        until(lambda: (self.home / "status").exists(), self.screen)
        assert int(self.said("status")) == status, self.screen()
        assert self.said("before") == self.said("after")
        assert self.said("foreground").split() == self.said("self").split()

    def stays(self) -> None:
        """See that the question is still there after all that was pressed has been taken in."""
        self.look()
        assert not (self.home / "status").exists(), self.screen()
        assert "[e]dit" in self.screen()

    def pid(self) -> int:
        return int(self.said("pid"))


@contextmanager
def opened(wrapify: Wrapify) -> Iterator[Asked]:
    terminal = Asked(wrapify)
    try:
        yield terminal
    finally:
        terminal.close()


def above(count: int) -> str:
    return " ".join(map(str, range(1, count + 1)))


def gone(asked: Asked, count: int = 1) -> None:
    """See that nothing but what stood there before is on the screen, or ever was."""
    assert asked.screen() == "\n".join(f"above {at}" for at in range(1, count + 1))
