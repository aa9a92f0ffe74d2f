"""Pure. The interpreters `wrapify sh` knows: how each checks a script without running it, and how each runs it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Interpreter:
    """Declare one interpreter.

    `check` are the words before the script that parse it only. `piped` are the words that run a script which came
    from a pipe under the interpreter's own name as `$0`, as if it had been piped into it; {} stands for the script.
    Without `piped` the script is run as a file.
    """

    __slots__ = ("check", "name", "piped")

    def __init__(self, name: str, check: Sequence[str] = (), *, piped: Sequence[str] = ()) -> None:
        self.name = name
        self.check = tuple(check)
        self.piped = tuple(piped)


EVAL = 'eval "$(cat /run/wrapify/script || echo exit 125)"'
"""Evaluated, the script sees the interpreter's name as $0 and its own arguments, as it does behind a pipe.

Sourced it would see them too, but take itself for a library: `(return 0)` would succeed, and BASH_SOURCE be set.
"""

SOURCE = ". /run/wrapify/script"
"""The same for zsh, whose `eval` parses all of it at once, so that an alias is not known on the next line."""

_POSIX = ' -n "$0" && { bash -O extglob -n "$0" 2>&1 | grep "delimited by end-of-file"; true; }'
"""dash takes a here-document that never ends for a complete one; bash says so."""

CUT_OFF = "delimited by end-of-file"
"""What bash says, as a mere warning, of a here-document that never ends: a download that was cut off."""

_PYTHON = "import ast,sys; ast.parse(open(sys.argv[1],'rb').read(), 'script')"

INTERPRETERS = {
    it.name: it
    for it in (
        # rvm's installer and others need extglob to parse; it changes nothing for the rest.
        Interpreter("bash", ("-O", "extglob", "-n"), piped=("-c", EVAL)),
        Interpreter("sh", ("-c", "sh" + _POSIX), piped=("-c", EVAL)),
        Interpreter("dash", ("-c", "dash" + _POSIX), piped=("-c", EVAL)),
        Interpreter("ksh", ("-c", "ksh" + _POSIX), piped=("-c", EVAL)),
        # zsh names a sourced file as $0 unless told not to; -f: no start-up files for a mere check.
        Interpreter("zsh", ("-f", "-n"), piped=("-o", "no_function_argzero", "-c", SOURCE)),
        Interpreter("fish", ("--no-execute",)),
        Interpreter("python3", ("-I", "-c", _PYTHON)),
        Interpreter("python", ("-I", "-c", _PYTHON)),
        # perl -c runs BEGIN blocks, which is why no check ever happens outside a sandbox.
        Interpreter("perl", ("-c",)),
        Interpreter("node", ("--check",)),
    )
}


HOOKS = {"bash": "wrapify.bash", "zsh": "wrapify.zsh", "fish": "wrapify.fish"}
"""The shells that `wrapify init` knows, and the file in shell/ that each of them reads."""

EDITORS = {"ble.sh": "wrapify.ble.bash"}
"""The editors that take the place of a shell's own, and the file that its hook reads under them, by `wrapify init`."""


def named(name: str) -> Interpreter:
    """Give the interpreter called `name` (a name or a path); one that is not known is used without a check."""
    base = name.rsplit("/", 1)[-1]
    return INTERPRETERS.get(base) or INTERPRETERS.get(base.rstrip("0123456789.")) or Interpreter(base)


def from_shebang(script: bytes) -> tuple[str, ...]:
    """Read the interpreter and its options from `#!`, () if there is none; `env` is looked through."""
    if not script.startswith(b"#!"):
        return ()
    words = script[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split()
    if words and words[0].rsplit("/", 1)[-1] == "env":
        words = _behind_env(words[1:])
    return tuple(words)


def _behind_env(words: list[str]) -> list[str]:
    """Skip the options and assignments of env(1). The program may be glued to -S."""
    while words:
        words[0] = words[0].removeprefix("-S")
        if words[0] and words[0][0] != "-" and "=" not in words[0]:
            break
        words.pop(0)
    return words


def complaint(said: str, script: str) -> str:
    """Give the one line of a parser's message that says what is wrong. `script` is the path it knows the script by."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    # python3 and node print the place and the line of the script first.
    found = next((line for line in lines if line.startswith("SyntaxError")), lines[0] if lines else "")
    return found.replace(f"{script}: ", "").replace(f"~{script}", "the script").replace(script, "the script")
