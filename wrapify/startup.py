"""Pure. Which files a shell reads at its start, and what `wrapify setup` puts into them.

The hook is read from where the package lies, which starts no program. That place may be gone after an upgrade: then
the program prints it. Where there is no program the lines do nothing.
"""

from __future__ import annotations

import re
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Read = Callable[[str], bytes | None]

LOGIN_FILES = (".bash_profile", ".bash_login", ".profile")
"""What a login bash reads, the first that is there: bash(1), INVOCATION. It reads no .bashrc by itself."""
OTHERS = {"bash": LOGIN_FILES, "zsh": (".zshrc",)}
LOGIN = "is for login shells (ssh, tmux), which do not read ~/.bashrc here"
ZSHENVS = ("/etc/zsh/zshenv", "/etc/zshenv")
_ZDOTDIR = re.compile(r"^\s*(?:export\s+|typeset\s+-gx\s+)?ZDOTDIR=(\S+)", re.MULTILINE)
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")

BASH = """\
if [ -n "${{BASH_VERSION-}}" ] && [[ $- == *i* ]] &&
    command -v wrapify >/dev/null; then
    if [ -r {path} ]; then
        . {path}
    else
        eval "$(wrapify init bash)"
    fi
    _wrapify() {{
        complete -r wrapify
        eval "$(wrapify completions bash)" && return 124
    }}
    complete -F _wrapify wrapify
    if declare -F _command >/dev/null; then
        complete -F _command "${{__wrapify_words[@]:-,,}}"
    fi
fi"""
ZSH = """\
if [[ -o interactive ]] && command -v wrapify >/dev/null; then
    if [[ -r {path} ]]; then
        source {path}
    else
        eval "$(wrapify init zsh)"
    fi
    if (( $+functions[compdef] )); then
        _wrapify() {{
            unfunction _wrapify
            eval "$(wrapify completions zsh || echo return 1)"
            _wrapify "$@"
        }}
        compdef _wrapify wrapify
        compdef _precommand ${{__wrapify_words:-,,}}
    fi
fi"""
# Files in conf.d are read before config.fish, where PATH and WRAPIFY_PREFIXES may be set: hence not before the prompt.
FISH = """\
status is-interactive; and function __wrapify_load --on-event fish_prompt
    functions -e __wrapify_load
    command -q wrapify; or return
    if test -r {path}
        source {path}
    else
        wrapify init fish | source
    end
    functions -q __wrapify_prompt; or return
    __wrapify_prompt
    for word in $__wrapify_words
        complete -c $word -x -a '(__fish_complete_subcommand)'
    end
end"""
HOOKS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
COMPLETIONS = "wrapify completions fish | source"
"""What the completion file of fish holds. In any shell the program prints them at the first Tab: never an old one."""


class Target:
    """Hold one file that gets a block. `also` are files in which a line of the user's own makes it needless.

    `why` says why it is this file, where that is not plain.
    """

    __slots__ = ("also", "body", "path", "shell", "why")

    def __init__(self, shell: str, path: str, *, body: str, also: tuple[str, ...] = (), why: str = "") -> None:
        self.shell = shell
        self.path = path
        self.body = body
        self.also = also
        self.why = why


class Homes:
    """Hold where start-up files are: the home, and what the environment names. `read` gives None where none is."""

    __slots__ = ("config", "env", "home", "read")

    def __init__(self, env: Mapping[str, str], *, home: str, read: Read) -> None:
        self.env = env
        self.home = home
        self.read = read
        self.config = _absolute(env, "XDG_CONFIG_HOME") or f"{home}/.config"


def _absolute(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    return value.rstrip("/") if value.startswith("/") else ""


def targets(shell: str, homes: Homes, *, hook: str) -> tuple[Target, ...]:
    """List the files of one shell, for its hook and for its completions. `hook` is where its hook lies, "" if nowhere.

    A shell whose place cannot be known gets none: `unknown_zdotdir` says why.
    """
    body = hook_lines(shell, hook, home=homes.home)
    if shell == "bash":
        login = (Target(shell, path, body=body, why=LOGIN) for path in login_file(homes))
        return (Target(shell, f"{homes.home}/.bashrc", body=body), *login)
    if shell == "zsh":
        folder = zdotdir(homes)
        return (Target(shell, f"{folder}/.zshrc", body=body),) if folder else ()
    fish = f"{homes.config}/fish"
    completions = Target(shell, f"{fish}/completions/wrapify.fish", body=COMPLETIONS)
    return (Target(shell, f"{fish}/conf.d/wrapify.fish", body=body, also=(f"{fish}/config.fish",)), completions)


def everywhere(shell: str, homes: Homes) -> tuple[str, ...]:
    """List every file of a shell that may have a block, also where the environment was another, to take them out."""
    found = [one.path for one in targets(shell, homes, hook="")]
    found += [f"{homes.home}/{name}" for name in OTHERS.get(shell, ())]
    return tuple(dict.fromkeys(found))


def hook_lines(shell: str, hook: str, *, home: str) -> str:
    """Give the lines that load a hook; without a place for it, or with an odd one, the program prints it."""
    if hook.isprintable() and hook:
        return HOOKS[shell].format(path=quoted(shell, hook, home=home))
    lines = HOOKS[shell].format(path="").splitlines()
    start = next(number for number, line in enumerate(lines) if " -r " in line)
    stop = next(number for number, line in enumerate(lines) if "wrapify init" in line) + 1
    return "\n".join([*lines[:start], lines[stop - 1][4:], *lines[stop + 1 :]])


def quoted(shell: str, path: str, *, home: str) -> str:
    """Write a path for a shell, by way of $HOME where it is below it: so it holds for a home of another name."""
    rest = path.removeprefix(home.rstrip("/") + "/")
    if rest != path and _PLAIN_PATH.fullmatch(rest):
        return f'"$HOME/{rest}"'
    if shell == "fish":
        return "'" + path.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return shlex.quote(path)


def login_file(homes: Homes) -> tuple[str, ...]:
    """Name the file of a login bash, if that never reads .bashrc: .profile, which is to be made, if there is none."""
    texts = {name: homes.read(f"{homes.home}/{name}") for name in LOGIN_FILES}
    name = next((name for name in LOGIN_FILES if texts[name] is not None), ".profile")
    text = texts[name] or b""
    for other in LOGIN_FILES:
        if other != name and re.search(rb"^[^#\n]*" + re.escape(other.encode()) + rb"\b", text, re.MULTILINE):
            text += b"\n" + (texts[other] or b"")
    reads = re.search(rb"^[^#\n]*\bbashrc\b", text, re.MULTILINE)
    return () if reads else (f"{homes.home}/{name}",)


def zdotdir(homes: Homes) -> str:
    """Name the directory of .zshrc: what the environment says, else what .zshenv does, which is read and not run.

    "" if it sets ZDOTDIR to something that only zsh could tell.
    """
    if named := _absolute(homes.env, "ZDOTDIR"):
        return named
    text = b"\n".join(homes.read(path) or b"" for path in (*ZSHENVS, f"{homes.home}/.zshenv"))
    values = _ZDOTDIR.findall(text.decode("utf-8", "replace"))
    return _expanded(values[-1], homes) if values else homes.home


def _expanded(value: str, homes: Homes) -> str:
    value = value.strip("\"';")
    for word, meant in (
        ("${XDG_CONFIG_HOME:-$HOME/.config}", homes.config),
        ("${XDG_CONFIG_HOME:-${HOME}/.config}", homes.config),
        ("${XDG_CONFIG_HOME:-~/.config}", homes.config),
        ("${XDG_CONFIG_HOME}", homes.config),
        ("$XDG_CONFIG_HOME", homes.config),
        ("${HOME}", homes.home),
        ("$HOME", homes.home),
    ):
        value = value.replace(word, meant)
    if value.startswith("~/"):
        value = homes.home + value[1:]
    return value.rstrip("/") if value.startswith("/") and not re.search(r"[$`*?~()]", value) else ""
