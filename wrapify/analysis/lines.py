"""Pure. Lines of shell that programs which are no shells are told to run: by an option, a variable or an escape."""

from __future__ import annotations

from wrapify.analysis.calls import quoted, shell_lines
from wrapify.analysis.fetching import value_of
from wrapify.analysis.programs import SHELLS, canonical
from wrapify.analysis.values import Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

OPTIONS = {
    "su": ("-c", "--command"),
    "runuser": ("-c", "--command"),
    "sg": ("-c",),
    "script": ("-c", "--command"),
    "nix-shell": ("--run", "--command"),
    "nix": ("-c",),
    "npx": ("-c", "--call"),
    "npm": ("-c", "--call"),
    "svn": ("--editor-cmd",),
    "sops": ("exec-env",),
    "man": ("-P", "--pager"),
    "rsync": ("-e", "--rsh", "--rsync-path"),
    "scp": ("-S",),
    "sftp": ("-S",),
    "zip": ("-TT", "--unzip-command"),
    "tar": ("-I", "--use-compress-program", "--to-command", "-F", "--info-script", "--new-volume-script"),
    "complete": ("-C",),
    "compgen": ("-C",),
    "mapfile": ("-C",),
    "readarray": ("-C",),
    "make": ("SHELL",),
    "split": ("--filter",),
    "sort": ("--compress-program",),
    "entr": ("-s",),
    "tcpdump": ("-z",),
    "fzf": ("--preview",),
}
"""Programs that run a line, or a program by its name, given behind an option."""

SUBSCRIPTS = frozenset("let test [ printf read unset declare typeset export local readonly mapfile".split())
"""Builtins that evaluate the index of a name they are given."""
TYPISTS = frozenset(("xdotool", "ydotool", "wtype", "stuff"))
"""Programs that type what they are given; `screen -X stuff` is one."""
KEPT = frozenset(
    "echo printf print grep rg man ssh docker podman kubectl nerdctl lxc lxd incus vagrant git cat sed awk find"
    " journalctl logger notify-send tldr".split()
)
"""Programs whose words are only words, or run somewhere else."""

EDITORS = frozenset("vi vim nvim view vimdiff gvim ex ed less more most".split())
DEBUGGERS = frozenset(("gdb", "lldb", "sqlite3", "mysql", "psql", "ftp"))
ESCAPES = ("!", "shell ", "shell!", "\\!", ".shell ", ".system ", "system ", "platform shell ", "silent !", "sil !")
"""What the line of such a program begins with when the rest goes to a shell."""

GIT_COMMANDS = {
    "rebase": ("-x", "--exec"),
    "filter-branch": ("--tree-filter", "--index-filter", "--msg-filter", "--env-filter", "--commit-filter"),
    "difftool": ("-x", "--extcmd"),
    "clone": ("-u", "--upload-pack"),
    "fetch": ("--upload-pack",),
    "pull": ("--upload-pack",),
    "ls-remote": ("--upload-pack",),
    "push": ("--receive-pack", "--exec"),
    "grep": ("-O", "--open-files-in-pager"),
}
GIT_KEYS = ("core.sshcommand", "core.pager", "core.editor", "core.fsmonitor", "sequence.editor", "diff.external")
GIT_KEY_ENDS = (".helper", ".textconv", ".clean", ".smudge", ".cmd", ".driver", ".command")

VARIABLES = frozenset(
    "PAGER MANPAGER GIT_PAGER SYSTEMD_PAGER EDITOR VISUAL GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_SSH_COMMAND GIT_SSH"
    " GIT_EXTERNAL_DIFF GIT_PROXY_COMMAND GIT_ASKPASS SSH_ASKPASS SUDO_ASKPASS BROWSER LESSOPEN LESSCLOSE FCEDIT"
    " PROMPT_COMMAND RSYNC_RSH CVS_RSH FZF_DEFAULT_COMMAND".split()
)
"""Variables whose value is a line that is run."""
PROMPTS = frozenset(("PS0", "PS1", "PS2", "PS4", "PROMPT", "RPROMPT"))
"""Variables whose value is expanded when it is shown."""
FILES = frozenset(("BASH_ENV", "ENV"))
"""Variables that name a file which a shell reads before it does anything."""


def handed(by: Invocation) -> Iterator[Content]:
    """Give the lines that a program is told to run."""
    if by.name in EDITORS or by.name in DEBUGGERS:
        yield from _escaped(by)
    elif by.name == "git":
        yield from _git(by)
    elif by.name in ("ssh", "scp", "sftp", "autossh"):
        yield from _connection(by)
    elif by.name in ("tmux", "screen"):
        yield from _multiplexed(by)
    elif by.name == "sed":
        yield from _edited(by)
    elif by.name == "socat":
        yield from _addresses(by)
    elif by.name in SUBSCRIPTS:
        yield from _subscripts(by)
    elif by.name == "hg":
        yield from (Content(text.partition("=")[2].lstrip("!")) for text in by.words() if "=" in text)
    elif by.name in TYPISTS:
        yield from (Content(text.removesuffix("\\n")) for text in by.words() if " " in text)
    elif by.name not in KEPT:
        yield from _embedded(by)
    yield from _by_option(by)
    for text in by.words():
        if text.startswith("--checkpoint-action=exec="):
            yield Content(text.partition("exec=")[2])


def _by_option(by: Invocation) -> Iterator[Content]:
    for option in OPTIONS.get(by.name, ()):
        line = value_of([value.text for value in by.arguments], (option,))
        source = next((value.content for value in by.arguments if value.text == line), None)
        if line:
            yield Content(line) if source is None else source.changed(line)


def _escaped(by: Invocation) -> Iterator[Content]:
    """Give what an editor, a pager or a debugger hands to a shell: `-c '!…'`, `+!…`, `-ex 'shell …'`, its input."""
    texts = [text.lstrip("+").lstrip(": ") for text in by.words()]
    if by.stdin is not None and by.stdin.text:
        texts.extend(by.stdin.text.split("\n")[:64])
    for text in texts:
        mark = next((one for one in ESCAPES if text.startswith(one)), "")
        if mark:
            yield Content(text[len(mark) :])
        else:
            yield from map(Content, shell_lines(text, "vim"))


def _embedded(by: Invocation) -> Iterator[Content]:
    """Give a shell with its code among the words of a program that is not known: it is there to be run."""
    texts = list(by.words())
    for at, text in enumerate(texts[:-1]):
        follows = texts[at + 1]
        if canonical(text) in SHELLS and follows[:1] == "-" and follows[1:2] != "-" and "c" in follows:
            yield Content(" ".join(map(quoted, texts[at:])))
            return
    for text in texts:
        # `-wrapper sh,-c,line` of gcc, `scripts.x=line` of npm.
        if text.startswith(("sh,-c,", "bash,-c,", "scripts.")):
            yield Content(text.partition("-c,")[2] or text.partition("=")[2])


def _addresses(by: Invocation) -> Iterator[Content]:
    """Give the programs that socat joins."""
    for text in by.words():
        kind, mark, line = text.partition(":")
        if mark and kind.lower() in ("exec", "system", "shell"):
            yield Content(line)


def _subscripts(by: Invocation) -> Iterator[Content]:
    """Give the substitutions in the index of an array's name: evaluating `a[$(ls)]` runs them, quoted or not."""
    for text in by.words():
        if "[$(" in text or "[`" in text:
            yield Content(f'true "{text}"')


def _git(by: Invocation) -> Iterator[Content]:
    texts = list(by.words())
    command = next((text for text in by.plain() if text in GIT_COMMANDS or text in ("bisect", "submodule")), "")
    line = value_of(texts, GIT_COMMANDS.get(command, ()))
    if line:
        yield Content(line)
    yield from (Content(text[5:].replace("% ", " ")) for text in texts if text.startswith("ext::"))
    if texts[:2] == ["bisect", "run"]:
        yield Content(" ".join(texts[2:]))
    if texts[:2] == ["submodule", "foreach"]:
        yield Content(" ".join(text for text in texts[2:] if text != "--recursive"))
    for setting in _settings(texts):
        key, _, line = setting.partition("=")
        key = key.lower()
        if line.startswith("!"):
            yield Content(line[1:])
        elif key in GIT_KEYS or (key.endswith(GIT_KEY_ENDS) and (" " in line or "/" in line)):
            yield Content(line)


def _settings(texts: list[str]) -> Iterator[str]:
    """Give the settings of `git -c key=value` and `git config key value`."""
    yield from (texts[at + 1] for at in range(len(texts) - 1) if texts[at] == "-c")
    if texts[:1] == ["config"]:
        plain = [text for text in texts[1:] if text[:1] != "-" and text not in ("set", "add")]
        if len(plain) > 1:
            yield f"{plain[0]}={plain[1]}"


def _connection(by: Invocation) -> Iterator[Content]:
    """Give what ssh runs on this machine: ProxyCommand, LocalCommand and the like."""
    for text in by.words():
        setting = text.removeprefix("-o").strip()
        for key in ("ProxyCommand", "LocalCommand", "KnownHostsCommand"):
            if setting.lower().startswith(key.lower()) and setting[len(key) : len(key) + 1] in ("=", " "):
                yield Content(setting[len(key) + 1 :])


def _multiplexed(by: Invocation) -> Iterator[Content]:
    """Give what tmux starts in a window, or types into one."""
    texts = list(by.words())
    starts = ("new", "new-session", "neww", "new-window", "split-window", "splitw", "respawn-pane", "run-shell", "run")
    if set(texts) & {"send-keys", "send", "stuff"}:
        yield from (Content(text) for text in texts if " " in text)
    elif not set(starts).isdisjoint(texts):
        at = max(texts.index(one) for one in starts if one in texts) + 1
        while at < len(texts) and texts[at][:1] == "-" and len(texts[at]) > 1:
            at += 2 if texts[at][-1] in "snctFxyeL" else 1
        yield Content(" ".join(texts[at:]))


def _edited(by: Invocation) -> Iterator[Content]:
    """Give what sed runs: its command `e`."""
    for text in by.plain():
        head, mark, line = text.partition("e ")
        if mark and all(char.isdigit() or char in "$, !/" for char in head):
            yield Content(line)
        pieces = text[2:].split(text[1:2]) if text[:1] == "s" and len(text) > 4 else []
        if len(pieces) == 3 and pieces[2][:1] == "e":
            yield Content(pieces[1])


def by_variables(environment: dict[str, Content]) -> Iterator[tuple[Content, str]]:
    """Give the lines that variables hold, and "argument"; the files that they name, and "file"."""
    for name, content in environment.items():
        text = content.text or ""
        if name in VARIABLES and text:
            yield content, "argument"
        elif name.startswith("BASH_FUNC_"):
            yield content.changed(f"f {text}"), "argument"
        elif "[$(" in text or "[`" in text:
            yield content.changed(f'true "{text}"'), "argument"
        elif name in PROMPTS and content.text and ("$(" in content.text or "`" in content.text):
            yield content.changed(f'true "{content.text}"'), "argument"
        elif name in FILES:
            yield content, "file"
