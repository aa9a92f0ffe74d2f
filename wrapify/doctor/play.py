"""Touches: the user's shell, in a terminal of its own. Types and pastes as a person would, and looks what happens.

The shell reads its start-up files as in a new window. None of the lines comes into the history, and whatever the shell
started ends with it: the process that does this adopts what is left (see `trial`).
"""

from __future__ import annotations

import fcntl
import os
import pty
import pwd
import select
import shutil
import struct
import tempfile
import termios
import time
from collections.abc import Callable
from typing import Any

from wrapify.analysis.analyse import analyse
from wrapify.cli.check import judge
from wrapify.doctor import lines
from wrapify.errors import WrapifyError
from wrapify.place import Place
from wrapify.policy import quick

KNOWN = tuple(lines.OPTIONS)
START_S, LINE_S, RUN_S, ANSWER_S, CERTAIN_S = 5.0, 2.5, 4.0, 3.0, 0.7
SLOW_S, QUIET_S = 3.0, 0.8
"""So long after it said something last, a shell that does not mark pastes is taken to be at its first, its next prompt.

Start-up files may say something and then take their time.
"""
TYPED_S, PAUSE_S = 0.05, 0.4
"""Between a typed text and Enter, and a pasted one: an Enter that comes sooner counts as a part of the paste."""
AT_PROMPT, LEFT = b"\x1b[?2004h", b"\x1b[?2004l"
"""What the line editor of a shell switches on when it begins to read a line, and off at its end: pastes are marked."""
SETTLE_S = 0.1
"""fish 4 switches it off and on while it works on a key."""
QUERIES = ((b"\x1b[c", b"\x1b[?62;c"), (b"\x1b[0c", b"\x1b[?62;c"), (b"\x1b[6n", b"\x1b[1;1R"))
"""What shells ask a terminal, some waiting for the answer."""
ROWS, COLUMNS = 24, 80


def shell_of(place: Place) -> str:
    """Name the user's own shell."""
    return os.path.basename(_path(place))


def _path(place: Place) -> str:
    own = place.env.get("SHELL", "")
    if os.path.basename(own) in KNOWN and os.access(own, os.X_OK):
        return own
    try:
        return pwd.getpwuid(place.uid).pw_shell
    except KeyError:
        return own


class Stage:
    """Hold a shell in a terminal, and all that it said."""

    def __init__(self, words: tuple[str, ...], env: dict[str, str], *, cwd: str) -> None:
        self.said = b""
        self.prompts = 0
        self._answered = 0
        pid, self._master = pty.fork()
        if pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
                os.chdir(cwd)
                os.execve(words[0], words, env)
            finally:
                os._exit(127)

    def until(self, true: Callable[[], object], seconds: float) -> bool:
        """Read what it says until `true` holds; tell whether it came to that."""
        deadline = time.monotonic() + seconds
        while not true():
            left = deadline - time.monotonic()
            if left <= 0 or not self._read(min(left, 0.02)):
                return bool(true())
        return True

    def _read(self, seconds: float) -> bool:
        """Read what there is within that time, and answer what is asked; False when it ended."""
        if not select.select([self._master], [], [], seconds)[0]:
            return True
        try:
            self.said += os.read(self._master, 1 << 16)
        except OSError:
            return False
        for query, answer in QUERIES:
            for _ in range(self.said.count(query, max(self._answered - len(query) + 1, 0))):
                os.write(self._master, answer)
        self._answered = len(self.said)
        return True

    def prompt(self, seconds: float, *, quiet_s: float = QUIET_S) -> bool:
        """Wait for the next prompt; tell whether it came."""
        quiet = [len(self.said), time.monotonic()]

        def there() -> bool:
            if len(self.said) != quiet[0]:
                quiet[:] = [len(self.said), time.monotonic()]
            reads = self.said.rfind(AT_PROMPT) > self.said.rfind(LEFT) and self.said.count(AT_PROMPT) > self.prompts
            waits = LEFT not in self.said and bool(self.said)
            return time.monotonic() - quiet[1] > (SETTLE_S if reads else quiet_s if waits else seconds)

        came = self.until(there, seconds)
        self.prompts = self.said.count(AT_PROMPT)
        return came

    def rest(self, seconds: float) -> None:
        """Let so much time pass as a person needs."""
        self.until(lambda: False, seconds)

    def type(self, text: str, *, seconds: float = LINE_S) -> bool:
        """Type a line and Enter, and wait for the prompt after it."""
        os.write(self._master, text.encode())
        self.rest(TYPED_S)
        os.write(self._master, b"\r")
        return self.prompt(seconds)

    def paste(self, text: str) -> None:
        """Paste a text as a terminal does, and press Enter as late as a person."""
        os.write(self._master, b"\x1b[200~" + text.encode() + b"\x1b[201~")
        self.rest(PAUSE_S)
        os.write(self._master, b"\r")

    def close(self) -> None:
        """Close the terminal, as its window's cross does."""
        os.close(self._master)


def played(place: Place) -> dict[str, Any] | None:
    """Try the hook in the user's own shell: the fields of `seen.Shell`, None for one without."""
    shell = shell_of(place)
    if shell not in KNOWN or place.dropped:
        return None
    folder = tempfile.mkdtemp(prefix="wrapify-", dir="/tmp")
    stage = Stage((_path(place), *lines.OPTIONS[shell]), _environment(place), cwd=place.home)
    try:
        return _played(stage, shell, place=place, folder=folder)
    finally:
        stage.close()
        shutil.rmtree(folder, ignore_errors=True)


def _environment(place: Place) -> dict[str, str]:
    """Give what a new window's shell has; it is told that it is in tmux already, so that it starts none."""
    env = dict(place.env) | {"TERM": "xterm-256color", "HISTFILE": "/dev/null", "HISTCONTROL": "ignorespace"}
    env["SHLVL"] = "0"
    env.setdefault("TMUX", "/nonexistent,0,0")
    return env


def _played(stage: Stage, shell: str, *, place: Place, folder: str) -> dict[str, Any]:
    if not stage.prompt(START_S, quiet_s=SLOW_S) or not _asked(stage, shell, folder=folder):
        said = lines.plain(stage.said).strip().rpartition("\n")[2]
        return {"started": False, "loaded": False, "said": said[:120], "paste": "", "word": -1}
    found = lines.told(shell, _read(f"{folder}/{lines.TOLD}"))
    words, keys = found.pop("words"), found.pop("keys")
    answer: dict[str, Any] = {**found, "keys": [], "paste": "", "word": -1}
    if not found["loaded"] or not found["program"]:
        return answer
    stage.type(" sh -c 'exit 7'")
    stage.type(f" echo {lines.STATUS[shell]} >{folder}/{lines.KEPT}")
    answer["kept"] = _number(f"{folder}/{lines.KEPT}") == 7
    answer["keys"] = [(key, what, _origin(stage, shell, what=what, folder=folder)) for key, what in _rows(keys)]
    plain = [word for word in _texts(words) if "!" not in word]
    if plain:
        stage.type(f" {plain[-1]} {lines.INSIDE}", seconds=RUN_S)
        stage.type(f" echo {lines.STATUS[shell]} >{folder}/{lines.WORD}")
        answer["word"] = _number(f"{folder}/{lines.WORD}")
    answer["paste"] = _pasted(stage, place, folder=folder)
    return answer


def _asked(stage: Stage, shell: str, *, folder: str) -> bool:
    """Have it tell of the hook, which may take a while if what was typed came early."""
    told = f"{folder}/{lines.TOLD}"
    stage.type(lines.ASK[shell].replace("%s", folder))
    return stage.until(lambda: _read(told).endswith("end\n"), LINE_S)


def _origin(stage: Stage, shell: str, *, what: str, folder: str) -> str:
    name = lines.function_of(what)
    if not name:
        return ""
    stage.type(lines.ORIGIN[shell].replace("%s", folder).replace("{}", name))
    return lines.origin(shell, _read(f"{folder}/{lines.WHERE}"))


def _pasted(stage: Stage, place: Place, *, folder: str) -> str:
    """Paste what looks dangerous: "held", "ran" or "silent"; "" where the policy lets it run."""
    text = lines.harmful(folder)
    try:
        action = judge(analyse(text.encode(), origin="paste"), place.dirs, rules=quick.rules(place.dirs)).action
    except WrapifyError:
        action = "ask"
    if action == "allow" or quick.is_off(place.dirs):
        return ""
    begun = len(stage.said)
    stage.rest(0.1)
    stage.paste(text)
    mark = f"{folder}/{lines.PASTED}"

    def told() -> bool:
        # Without a question it went to a sandbox, or stayed, and says so. A prompt may have these words in it as well.
        said = lines.plain(stage.said[begun:])
        return lines.is_question(stage.said[begun:]) or "wrapify" in said or "Blocked" in said

    stage.until(lambda: os.path.exists(mark) or told(), ANSWER_S)
    if not lines.is_question(stage.said[begun:]):
        stage.until(lambda: os.path.exists(mark), CERTAIN_S)
    if os.path.exists(mark):
        return "ran"
    return "held" if told() else "silent"


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(1 << 16)
    except OSError:
        return ""


def _number(path: str) -> int:
    text = _read(path).strip()
    return int(text) if text.isdigit() else -1


def _rows(value: object) -> list[tuple[str, str]]:
    return list(value) if isinstance(value, tuple) else []


def _texts(value: object) -> list[str]:
    return list(value) if isinstance(value, tuple) else []
