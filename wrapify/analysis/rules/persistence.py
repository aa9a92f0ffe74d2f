"""Pure. Rule `persistence`: something is put where it runs again by itself, or lets somebody in.

Flagged: writes, copies, links and edits of start-up files, cron, systemd units, autostart, authorized_keys, git hooks,
by any program, from within their directory, and in the code of a language; preloaded libraries; new users and
services; another program under the name of sudo. Not flagged: looking at them, and backups of them.
"""

from __future__ import annotations

from wrapify.analysis import code
from wrapify.analysis.calls import strings
from wrapify.analysis.fetching import target_file, value_of
from wrapify.analysis.places import start_up
from wrapify.analysis.programs import RIGHTS
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.invocation import Invocation

ADVICE = "try it in a sandbox: the review shows the file and what is put in it"
SERVICES = frozenset(("enable", "reenable", "link"))
HOOKS = ("core.hookspath", "core.fsmonitor", "core.sshcommand", "init.templatedir")
USUAL = ("/bin/", "/usr/bin/", "/usr/local/bin/", "/opt/homebrew/bin/", "bash", "zsh", "fish", "sh")


ANYBODYS = ("/tmp/", "/var/tmp/", "/dev/shm/", "/tmp ", "/dev/shm ")
LOADING = {
    **dict.fromkeys(("LD_LIBRARY_PATH", "GCONV_PATH", "PYTHONPATH", "PERL5LIB", "RUBYLIB", "ZDOTDIR"), ANYBODYS),
    "PYTHONSTARTUP": ("/",),
    "PERL5OPT": ("-M", "-d"),
    "PERL5DB": ("BEGIN", "system"),
    "RUBYOPT": ("-r",),
    "NODE_OPTIONS": ("--require", "-r ", "--import", "--loader"),
    "JAVA_TOOL_OPTIONS": ("-javaagent", "-agentpath"),
}
"""Variables that have a program load code, and what in them does."""


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each thing that is put where it runs by itself."""
    for path, _, by in seen.written():
        yield from _written(path, by or (0, len(seen.text)))
    for by in seen.calls():
        for path in _targets(by):
            yield from _written(by.place(path), by)
        why = _other(by)
        if why:
            yield _remark(why, by)
    for feed in seen.course.feeds:
        if feed.content.text and code.writes(feed.content.text, feed.language):
            for string in strings(feed.content.text):
                yield from _written(string.strip("> ").removeprefix("$ENV{HOME}"), feed.by)


def _written(path: str, at: Invocation | tuple[int, int]) -> Iterator[Remark]:
    reason = start_up(path)
    if reason:
        yield _remark(f"writes {_shown(path)}, which {reason}", at)


def _remark(why: str, at: Invocation | tuple[int, int]) -> Remark:
    return Remark(why, advice=ADVICE, severity="medium", at=at)


def _shown(path: str) -> str:
    return path if path.isascii() and path.isprintable() and len(path) < 60 else "a file"


def _targets(by: Invocation) -> list[str]:
    """Give the files that a program writes by its arguments."""
    plain, texts = by.plain(), list(by.words())
    if by.name in ("tee", "truncate", "touch", "sponge", "ed", "ex", "chattr"):
        return plain
    if by.name in ("cp", "mv", "ln", "install", "rsync"):
        return _copied(plain, value_of(texts, ("-t", "--target-directory")))
    if by.name in ("sed", "perl", "ruby", "awk") and (by.has("-i", "--in-place") or "inplace" in by.line()):
        return plain
    if by.name in ("vi", "vim", "nvim") and by.has("-c", "-s", "-S", "--cmd"):
        return plain
    if by.name in ("curl", "wget", "aria2c", "scp"):
        return [target_file(by)]
    if by.name == "dd":
        return [text[3:] for text in texts if text.startswith("of=")]
    if by.name == "script":
        return plain[-1:]
    if by.name == "find":
        return [value_of(texts, (option,)) for option in ("-fprintf", "-fprint", "-fprint0", "-fls")]
    return []


def _copied(plain: list[str], directory: str) -> list[str]:
    """Give what copies make: the target, or a file in it of the name of each source."""
    target = directory or (plain[-1] if len(plain) > 1 else "")
    if not target or ((start_up(target) or target.rpartition("/")[2].startswith(".")) and not directory):
        return [target]
    sources = plain if directory else plain[:-1]
    return [target, *(f"{target.rstrip('/')}/{source.rpartition('/')[2]}" for source in sources)]


def _other(by: Invocation) -> str:
    """Say what a program does to run something again, "" if nothing."""
    plain, line = by.plain(), by.line()
    if by.name == "crontab" and not by.has("-l", "-e", "-r", "-V") and (plain or by.stdin is not None):
        return "changes the list of what cron runs again and again"
    if by.name in ("at", "batch") and (by.stdin is not None or by.has("-f")):
        return "has something run later"
    if by.name == "trap" and "DEBUG" in plain:
        return "has something run before every command"
    if by.name == "systemctl" and not SERVICES.isdisjoint(plain[:1]):
        return "has a service started by itself"
    if by.name in ("update-rc.d", "chkconfig", "rc-update", "launchctl"):
        return (
            "has a service started by itself"
            if {"defaults", "enable", "on", "add", "load", "bootstrap"} & set(plain)
            else ""
        )
    if by.name in ("ldapadd", "ldapmodify") and (by.has("-f") or by.stdin is not None):
        return "changes who may log in, in a directory of users"
    if by.name == "pw" and plain[:1] == ["useradd"]:
        return "adds a user to this machine"
    if by.name in ("useradd", "adduser", "dscl", "net") and not by.has("-h", "--help", "-D") and plain:
        return "adds a user to this machine" if by.name != "net" or plain[:1] == ["user"] else ""
    if by.name in ("usermod", "gpasswd", "chpasswd", "passwd") and any(
        word in line for word in ("sudo", "wheel", "root", "-u 0")
    ):
        return "changes who may become root"
    if by.name == "git" and plain[:1] == ["config"] and len(plain) > 2 and plain[1].lower().startswith(HOOKS):
        return "has git run something by itself"
    return _later(by) or _shadows(by) or _preloads(by)


def _later(by: Invocation) -> str:
    if "systemd-run" in by.wrappers and by.scheduled:
        return "has something run later"
    if by.name == "ssh-import-id":
        return "lets others log in"
    if by.name == "chsh" and not value_of(list(by.words()), ("-s", "--shell")).startswith(USUAL):
        return "changes what runs at every login" if by.has("-s", "--shell") else ""
    return ""


def _shadows(by: Invocation) -> str:
    """Say that a name calls something else from now on: one that asks for a password, or any by its path."""
    if by.name == "alias":
        for text in by.words():
            name, mark, line = text.partition("=")
            if mark and name in RIGHTS and name not in line.split()[:1]:
                return f"makes {name} call something else"
    if by.name == "hash" and by.has("-p"):
        return "makes a name call something else"
    if by.name == "enable" and by.has("-f"):
        return "loads a library into this shell"
    return ""


def _preloads(by: Invocation) -> str:
    if by.name in ("export", "declare", "setenv") and any(
        text.startswith(("LD_PRELOAD=", "PROMPT_COMMAND=", "BASH_ENV=", "PYTHONSTARTUP=")) for text in by.words()
    ):
        return "has something loaded into every program started here"
    if by.environment.keys() & {"LD_PRELOAD", "LD_AUDIT"} and by.name not in ("", "true"):
        return "loads a library into a program"
    for name, content in by.environment.items():
        if name in LOADING and any(mark in f"{content.text or ''} " for mark in LOADING[name]):
            return "loads code into a program"
    if by.name in ("insmod", "modprobe") and not by.has("-r", "--remove", "-n", "--show-depends") and by.plain():
        return "loads a module into the kernel"
    return ""
