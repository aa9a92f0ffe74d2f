"""A real bash, zsh or fish with the hook in a real terminal, as an ordinary user. Truth is a file on the disk."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, until

RC = {
    "bash": """
PS1='ready> '; HISTFILE=~/.hist; HISTCONTROL=; set -o history
PROMPT_COMMAND='echo "$?" >>~/.prompts'
{before}
eval "$(wrapify init bash)"
{after}
""",
    "zsh": """
PS1='ready> '; HISTFILE=~/.hist; HISTSIZE=999; SAVEHIST=999; setopt banghist
precmd() {{ echo "$?" >>~/.prompts; }}
{before}
eval "$(wrapify init zsh)"
{after}
""",
    "fish": """
function fish_greeting; end
function fish_prompt; echo $status >>~/.prompts; echo -n 'ready> '; end
{before}
status is-interactive; and wrapify init fish | source
{after}
""",
}
FILES = {"bash": ".rc.bash", "zsh": ".zshrc", "fish": ".config/fish/config.fish"}
START = {"bash": "bash --rcfile ~/.rc.bash", "zsh": "zsh -d", "fish": "fish"}
CANDIDATES = tuple(FILES)


class Shell(Terminal):
    """Hold a terminal in which `name` runs with the hook. `before` and `after` are lines of its start-up file."""

    def __init__(self, wrapify: Wrapify, name: str, *, before: str = "", after: str = "") -> None:
        super().__init__(wrapify)
        self.name = name
        wrapify.put(FILES[name], RC[name].format(before=before, after=after))

    def start(self) -> None:
        need(self.name)
        path = f"{self.wrapify.program.parent}:{self.wrapify.environment()['PATH']}"
        words = f"env PATH={shlex.quote(path)} SHELL={need(self.name)} {START[self.name]}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", words)
        self.tmux("set-option", "-g", "history-limit", "20000")
        until(self.statuses, f"the first prompt of {self.name}")

    def made(self, name: str) -> bool:
        """Tell whether a file lies in the real home: a command ran on this machine."""
        return (self.home / name).exists()

    def asks(self) -> bool:
        """Tell whether the review waits for a key."""
        return "[Enter] keep" in self.screen().rpartition("\n")[2]

    def holds(self, text: str) -> None:
        """Wait until the shell says on the screen why a line did not run, and see that no prompt came for it."""
        before = len(self.statuses())
        self.contains(text)
        assert len(self.statuses()) == before, self.screen()


@contextmanager
def opened(wrapify: Wrapify, name: str, *, before: str = "", after: str = "") -> Iterator[Shell]:
    shell = Shell(wrapify, name, before=before, after=after)
    shell.start()
    try:
        yield shell
    finally:
        shell.close()
