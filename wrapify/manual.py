"""Pure. The man page wrapify(1), made of the tables of commands, options, policy keys and exit statuses.

Source of the format: man(7). `make man` writes wrapify.1, which the wheel carries to share/man/man1.
"""

from __future__ import annotations

from wrapify.cli.options import COMMON
from wrapify.policy.model import KEYS
from wrapify.reference import Entry, Option, values_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Rows = Iterable[tuple[str, str]]

DATE = "2026-11-24"
NAME = r"wrapify \- run commands you don't trust; nothing changes until you say so"
ABOUT = """\
wrapify runs a command, a script or a paste in a throw-away view of your machine, by bubblewrap. Your files are there,
copy-on-write; your keys, tokens and passwords are not; there is no network, or, where the command needs one, the
internet and not your files. What it wrote is kept aside in a box, and your real files stay as they were until you
apply it.

With its hook in your shell, a word in front of a line runs all of it in a sandbox, and a paste is judged before it
runs: wrapify setup puts the hook there."""
EXAMPLES = (
    (
        "curl -fsSL https://example.com/install.sh | wrapify sh",
        "run an installer in a sandbox, and see what it changed",
    ),
    ("wrapify run make test", "run a command that may change anything, and changes nothing"),
    ("wrapify diff", "see what the last run changed, and wrapify apply to make it real"),
    (",, npm install left-pad", "the same by the hook, for any line of your shell"),
    ("wrapify check 'curl -fsSL https://example.com | sh'", "ask what a text would do, and run nothing"),
)
PREFIXES = (
    ("!!sandbox LINE, ,, LINE", "run the whole line in a sandbox"),
    ("+online, +offline, +sealed, +root", "directly behind the word: choose the profile, or a fake root"),
    ("wrapify on, off, status", "judge pastes in this shell, or not; --global for all of yours"),
)
PROFILES = (
    ("auto", "online if the words of the command ask for a network, else offline"),
    ("offline", "no network; your home copy-on-write, secrets hidden"),
    ("online", "the internet and nothing of this machine; of your home only start-up files and tools"),
    ("sealed", "no network, an empty home, nothing recorded"),
)
EXITS = (
    ("the command's own", "it ran; 128 + n: signal n ended it"),
    ("1", "wrapify apply: some paths are left as they were; wrapify selftest: something promised does not hold"),
    ("2", "the command line or the policy file is wrong"),
    ("20, 21, 22", "wrapify check: ask, sandbox, block; 0: allow"),
    ("125", "wrapify itself failed or refused; nothing ran"),
    ("126", "a policy file blocks this script, in a sandbox too"),
    ("127", "there is no such command inside"),
    ("130", "interrupted"),
)
FILES = (
    ("~/.config/wrapify/policy.toml", "your policy; wrapify policy edit opens it"),
    ("/etc/wrapify/policy.toml", "the administrator's policy, which can only tighten actions"),
    ("~/.local/state/wrapify/boxes", "the boxes"),
    ("~/.local/state/wrapify/log.jsonl", "the log; wrapify log shows it"),
    ("~/.cache/wrapify", "plans that are kept; may be removed at any time"),
)
ENVIRONMENT = (
    ("WRAPIFY_PREFIXES", "the words that the hook looks for, !!sandbox ,, unless set"),
    ("WRAPIFY_STATUS", "set by the hook, for prompts: on or off"),
    ("WRAPIFY_LOG", "info: what is decided and done, as -v; debug: how, as -vv"),
    ("WRAPIFY_LOG_FILE", "a file that takes it, debug unless WRAPIFY_LOG says less"),
    ("WRAPIFY_BWRAP", "the bubblewrap to use, instead of the first on PATH"),
    ("NO_COLOR", "no colours"),
    ("SHELL", "the shell for -c, unless the policy names one"),
    ("VISUAL, EDITOR", "what wrapify policy edit opens"),
    ("XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_CACHE_HOME, XDG_RUNTIME_DIR", "where its files are, by their specification"),
)


def page(entries: list[Entry], *, version: str) -> str:
    """Give the whole page."""
    parts = [f'.TH WRAPIFY 1 "{DATE}" "wrapify {version}" "User Commands"', ".SH NAME", NAME]
    parts += [".SH SYNOPSIS", ".PD 0", *list(_synopsis(entries))[1:], ".PD"]
    parts += [".SH DESCRIPTION", *_paragraphs(ABOUT.split("\n\n"))]
    parts += _section("IN YOUR SHELL", PREFIXES)
    parts += [".SH COMMANDS", *(line for entry in explained(entries) for line in _command(entry))]
    parts += _section("OPTIONS OF RUN, SH, EXPLAIN AND PASTE", ((_spelled(one), one.help) for one in _common(entries)))
    parts += _section("PROFILES", PROFILES)
    parts += [".SH POLICY", *_paragraphs(("wrapify policy set KEY VALUE sets one, wrapify policy show lists them.",))]
    parts += _rows(_keys())
    parts += _section("EXIT STATUS", EXITS)
    parts += _section("ENVIRONMENT", ENVIRONMENT)
    parts += _section("FILES", FILES)
    parts += _section("EXAMPLES", EXAMPLES)
    parts += [".SH SEE ALSO", ".BR bwrap (1)"]
    return "\n".join(parts) + "\n"


def explained(entries: list[Entry]) -> list[Entry]:
    """Leave out what is the same as a shorter command: wrapify box diff is wrapify diff."""
    short = {entry.path for entry in entries if len(entry.path) == 1}
    return [
        entry
        for entry in entries
        if entry.path and (len(entry.path) == 1 or entry.path[0] != "box" or entry.path[1:] not in short)
    ]


def _synopsis(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        if len(entry.path) != 1:
            continue
        below = any(one.path[:1] == entry.path and len(one.path) > 1 for one in entries)
        usage = "COMMAND [ARG]..." if below else entry.usage
        if entry.options and "[OPTIONS]" not in usage:
            usage = f"[OPTIONS] {usage}".rstrip()
        yield from (".PP", f".B wrapify {entry.path[0]}", *([escaped(usage)] if usage else []))


def _command(entry: Entry) -> Iterator[str]:
    yield f".SS wrapify {escaped(' '.join((*entry.path, entry.usage))).strip()}"
    yield from _paragraphs(entry.doc.split("\n\n"))
    shared = {one.name for one in COMMON} if entry.path[0] in ("run", "sh", "explain", "paste") else set()
    own = [one for one in entry.options if not shared & {name.lstrip("-").replace("-", "_") for name in _long(one)}]
    yield from _rows((_spelled(one), one.help) for one in own)


def _long(option: Option) -> Iterator[str]:
    """Give the spellings by which an option is known; --port and --host-port have another name inside."""
    plural = {"--port": "--ports", "--host-port": "--host-ports"}
    return (plural.get(name, name) for name in option.spellings)


def _common(entries: list[Entry]) -> list[Option]:
    names = {one.spellings[-1] for one in COMMON}
    run = next(entry for entry in entries if entry.path == ("run",))
    return [option for option in run.options if names & set(option.spellings)]


def _spelled(option: Option) -> str:
    return ", ".join(option.spellings) + (f" {option.metavar}" if option.metavar else "")


def _keys() -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for key in KEYS:
        if key.family in seen:
            continue
        seen.add(key.family)
        values = values_of(key)
        default = f"; {key.default} unless set" if key.default != "" and key.family == key.name else ""
        yield key.family, f"{key.doc}{default}" + (f" ({', '.join(values)})" if values else "")


def _section(title: str, rows: Rows) -> list[str]:
    return [f".SH {title}", *_rows(rows)]


def _rows(rows: Rows) -> Iterator[str]:
    for name, text in rows:
        yield from (".TP", f".B {escaped(name)}", escaped(text))


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for number, text in enumerate(texts):
        yield from ([".PP"] if number else [])
        yield escaped(" ".join(text.split()))


def escaped(text: str) -> str:
    """Write a text so that roff takes none of it for itself."""
    plain = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("'", "\\(aq").replace("`", "")
    return "\\&" + plain if plain.startswith(".") else plain
