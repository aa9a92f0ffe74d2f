"""Pure. The options of the commands that must start fast: one table for the parser, for click's help and the docs."""

from __future__ import annotations

from wrapify.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

FLAG, ONE, MANY = "flag", "one", "many"


class Option:
    """Declare one option: how it is spelled, what it takes, and one line of help."""

    __slots__ = ("help", "kind", "metavar", "name", "spellings")

    def __init__(self, name: str, spellings: str, *, kind: str, help: str, metavar: str = "") -> None:  # noqa: A002
        self.name = name
        self.spellings = tuple(spellings.split())
        self.kind = kind
        self.help = help
        self.metavar = metavar


VERBOSE = (
    Option("verbose", "-v --verbose", kind=FLAG, help="say what is decided and done"),
    Option("very_verbose", "-vv --very-verbose", kind=FLAG, help="say how, too: command lines, plans, times"),
)
COMMON = (
    Option("profile", "-p --profile", kind=ONE, metavar="NAME", help="auto, offline, online or sealed"),
    Option("ro", "--ro", kind=MANY, metavar="PATH", help="show PATH too, read-only"),
    Option("rw", "--rw", kind=MANY, metavar="PATH", help="show PATH too; writes reach the real one"),
    Option("hide", "--hide", kind=MANY, metavar="PATH", help="hide PATH as well"),
    Option("env", "--env", kind=MANY, metavar="NAME[=VALUE]", help="pass a variable, or set it"),
    Option("home", "--home", kind=ONE, metavar="KIND", help="cow, private or real-ro"),
    Option("net", "--net", kind=ONE, metavar="KIND", help="none, internet or host"),
    Option("allow", "--allow", kind=MANY, metavar="DOMAIN", help="of the internet only DOMAIN; *.DOMAIN: all below it"),
    Option("ports", "--port", kind=MANY, metavar="N", help="reach port N inside from this machine"),
    Option("host_ports", "--host-port", kind=MANY, metavar="N", help="reach this machine's port N from inside"),
    Option("root", "--root", kind=FLAG, help="see yourself as root, in a copy of the system"),
    Option("box", "--box", kind=ONE, metavar="NAME", help="record in this box, made if need be, and keep it"),
    Option("bwrap_args", "--bwrap-args", kind=ONE, metavar="WORDS", help="more options for bwrap, after wrapify's own"),
    Option("shell", "--shell", kind=ONE, metavar="NAME", help="bash, zsh, fish, sh, python3 ..."),
    Option("quiet", "-q --quiet", kind=FLAG, help="no status line"),
    *VERBOSE,
)
LINE = Option("line", "-c", kind=ONE, metavar="LINE", help="run a line of shell instead of a command")
STDIN = Option("stdin", "-s", kind=FLAG, help="read the script from standard input; what follows are its arguments")

OPTIONS = {
    "run": (*COMMON, LINE),
    "sh": (*COMMON, LINE, STDIN),
    "explain": (*COMMON, LINE),
    "check": (
        Option("origin", "--origin", kind=ONE, metavar="NAME", help="paste (unless named), typed, pipe or clipboard"),
        Option("shell", "--shell", kind=ONE, metavar="NAME", help="the shell that would run it: bash, zsh, fish ..."),
        Option("as_json", "--json", kind=FLAG, help="print one JSON object"),
        *VERBOSE,
    ),
    "ask": (
        Option("judge", "--judge", kind=FLAG, help="ask nothing: exit status 20 if there is a question"),
        Option(
            "below", "--below", kind=ONE, metavar="ROWS", help="judge, say so if there is a question, and ask below"
        ),
        Option("shell", "--shell", kind=ONE, metavar="NAME", help="the shell that would run it: bash, zsh or fish"),
        Option("burst", "--burst", kind=FLAG, help="it came as fast as a paste, and was not marked as one"),
        Option(
            "alone", "--alone", kind=FLAG, help="nothing came with the key that accepts it: there is no need to look"
        ),
        Option("early", "--early", kind=FLAG, help="the key that accepts it came with the paste"),
        Option("continued", "--continued", kind=FLAG, help="it continues a line before, so no sandbox can take it"),
        *VERBOSE,
    ),
    "paste": (
        Option("primary", "--primary", kind=FLAG, help="the selection of the mouse, not the clipboard"),
        Option("yes", "--yes", kind=FLAG, help="ask nothing: run it in a sandbox unless the policy blocks it"),
        *COMMON,
    ),
    "init": (Option("path", "--path", kind=FLAG, help="print where it lies instead, for `source`"), *VERBOSE),
}
ANYWHERE = ("check", "init")
"""The commands whose options may also stand behind their words, which are no command with options of its own."""
HOMES = ("cow", "private", "real-ro")
NETS = ("none", "internet", "host")


class Request:
    """Hold what one command line asks for. `words` is the command, or the script and its arguments.

    `needs_network` is what its words tell: the profile "auto" goes by it.
    """

    __slots__ = (
        "allow",
        "alone",
        "as_json",
        "below",
        "box",
        "burst",
        "bwrap_args",
        "command",
        "continued",
        "early",
        "env",
        "hide",
        "home",
        "host_ports",
        "judge",
        "line",
        "needs_network",
        "net",
        "origin",
        "path",
        "ports",
        "primary",
        "profile",
        "quiet",
        "ro",
        "root",
        "rw",
        "shell",
        "stdin",
        "verbose",
        "very_verbose",
        "words",
        "yes",
    )

    def __init__(self, command: str) -> None:
        self.command = command
        self.words: tuple[str, ...] = ()
        self.profile = self.home = self.net = self.box = self.bwrap_args = self.shell = self.origin = ""
        self.below = ""
        self.line: str | None = None
        self.root = self.quiet = self.stdin = self.as_json = self.needs_network = False
        self.verbose = self.very_verbose = False
        self.primary = self.yes = self.judge = self.burst = self.early = self.continued = self.path = self.alone = False
        self.ro: tuple[str, ...] = ()
        self.rw: tuple[str, ...] = ()
        self.hide: tuple[str, ...] = ()
        self.env: tuple[str, ...] = ()
        self.allow: tuple[str, ...] = ()
        self.ports: tuple[str, ...] = ()
        self.host_ports: tuple[str, ...] = ()

    def key(self) -> tuple[object, ...]:
        """Give the part of the request that a plan depends on: everything but the command itself."""
        shown = (self.ro, self.rw, self.hide, self.env, self.home)
        reached = (self.net, self.allow, self.ports, self.host_ports, self.needs_network)
        return (self.profile, *shown, *reached, self.root, self.bwrap_args)


def parse(command: str, argv: Sequence[str]) -> Request:
    """Read the options of `command`; they end at `--`, and but for `ANYWHERE` at the first word that is none.

    Raises UsageError for an option that is not known or lacks its value, or a variable that cannot be one.
    """
    request = Request(command)
    known = {spelling: option for option in OPTIONS[command] for spelling in option.spellings}
    rest, words = list(argv), []
    while rest and rest[0] != "--":
        if not rest[0].startswith("-") or rest[0] == "-":
            if command not in ANYWHERE:
                break
            words.append(rest.pop(0))
            continue
        word = rest.pop(0)
        name, glued, value = word.partition("=") if word.startswith("--") else (word, "", "")
        option = known.get(name)
        if option is None or (option.kind == FLAG and glued):
            raise UsageError(f"there is no option {word!a}", f"wrapify {command} --help")
        _take(request, option, rest=rest if not glued else [value, *rest], named=name)
        if option.kind != FLAG and not glued:
            rest.pop(0)
    request.words = (*words, *(rest[1:] if rest[:1] == ["--"] else rest))
    return request


def _check_name(option: Option, value: str) -> None:
    """Refuse what a shell could not set. Raises UsageError. What names a box is checked where boxes are made."""
    name = value.partition("=")[0]
    if option.name == "env" and not (name.isascii() and name.isidentifier()):
        raise UsageError(f"{name!a} cannot name a variable", f"--env {option.metavar}")


def _take(request: Request, option: Option, *, rest: list[str], named: str) -> None:
    if option.kind == FLAG:
        setattr(request, option.name, True)
        return
    if not rest:
        raise UsageError(f"{named} needs a value", f"{named} {option.metavar}")
    _check_name(option, rest[0])
    if option.kind == MANY:
        setattr(request, option.name, (*getattr(request, option.name), rest[0]))
    else:
        setattr(request, option.name, rest[0])
