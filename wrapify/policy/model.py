"""Pure. The policy: the only place where a key is declared, with its type, default and one line of explanation.

Plain classes with slots: `wrapify check` stands on this, and importing dataclasses costs more than all it does.
"""

from __future__ import annotations

from wrapify.analysis.catalogue import CATALOGUE
from wrapify.analysis.model import ORIGINS, SEVERITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    KeyKind = Literal["profile", "count", "size", "name", "action", "switch"]

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
UNITS = {"": 1, "B": 1, "KB": KIB, "KIB": KIB, "MB": MIB, "MIB": MIB, "GB": GIB, "GIB": GIB}
PROFILES = ("auto", "offline", "online", "sealed")
ACTIONS = ("allow", "ask", "sandbox", "block")
"""What may be done with a text, the laxest first."""
SWITCH = ("on", "off")


class Key:
    """Declare one policy key.

    `kind` says how a value is read; sizes are bytes, written `"4 GiB"` or as a number. A text that is empty is not set.
    `family` is the one name under which the docs list keys that are alike.
    """

    __slots__ = ("default", "doc", "family", "kind", "name")

    def __init__(self, name: str, kind: KeyKind, *, default: str | int, doc: str, family: str = "") -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.doc = doc
        self.family = family or name


def _of_origins() -> Iterator[Key]:
    for origin in ORIGINS:
        for severity in SEVERITIES:
            name = f"{origin}.{severity}"
            yield Key(name, "action", default=_SET.get(name, ""), doc=_OF_ORIGIN, family=_family(name))


def _family(name: str) -> str:
    return name if name in _SET else "ORIGIN.SEVERITY"


def _of_rules() -> Iterator[Key]:
    doc = "for what that rule finds, before all others"
    return (Key(f"rule.{rule}", "action", default="", doc=doc, family="rule.ID") for rule in CATALOGUE)


_SET = {"typed.medium": "allow"}
_OF_ORIGIN = "the same for a text that was typed, or came by paste, pipe or clipboard"

KEYS = (
    Key("profile", "profile", default="auto", doc="the profile used when none is named"),
    Key("shell", "name", default="", doc="the shell for `-c`; empty: $SHELL, then sh"),
    Key("script.max_size", "size", default=16 * MIB, doc="the largest script `wrapify sh` takes, and `check` reads"),
    Key("network.carrier", "name", default="", doc="slirp4netns or pasta; empty: the first that is installed"),
    Key("box.keep_days", "count", default=30, doc="days that an unnamed box is kept"),
    Key("limits.processes", "count", default=4096, doc="processes and threads in one sandbox"),
    Key("limits.open_files", "count", default=65536, doc="open files per process"),
    Key("limits.file_size", "size", default=20 * GIB, doc="the largest single file a sandbox may write"),
    Key("limits.written", "size", default=20 * GIB, doc="disk space all files of one sandbox may take"),
    Key("limits.memory_percent", "count", default=75, doc="memory of one sandbox, in percent of this machine's"),
    Key("limits.tmp_size", "size", default=2 * GIB, doc="size of the private /tmp; /run and /dev/shm get a quarter"),
    Key("terminal.filter", "switch", default="on", doc="whether only what draws reaches the terminal from inside"),
    Key("terminal.titles", "switch", default="off", doc="whether what runs inside may set the title of the window"),
    Key("log.enabled", "switch", default="on", doc="whether `wrapify log` has anything to show"),
    Key("log.max_size", "size", default=1 * MIB, doc="size of a file of the log; the three before it are kept"),
    Key("trust.days", "count", default=30, doc="days that `wrapify policy trust` holds"),
    Key("action.info", "action", default="allow", doc="what is done about a finding that is only worth knowing"),
    Key("action.low", "action", default="allow", doc="… that is of little weight"),
    Key("action.medium", "action", default="ask", doc="… that deserves a look"),
    Key("action.high", "action", default="ask", doc="… that may do harm"),
    Key("action.critical", "action", default="block", doc="… that nobody wants"),
    Key("paste.sudo", "action", default="ask", doc="what is done about sudo in a paste, before `paste.medium`"),
    *_of_origins(),
    *_of_rules(),
)


class Setting:
    """Hold one key's value and where it comes from ("default", or the path of a file)."""

    __slots__ = ("source", "value")

    def __init__(self, value: str | int, source: str) -> None:
        self.value = value
        self.source = source

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Setting) and (self.value, self.source) == (other.value, other.source)

    def __hash__(self) -> int:
        return hash((self.value, self.source))

    def __repr__(self) -> str:
        return f"Setting({self.value!r}, {self.source!r})"


class Policy:
    """Hold the value of every key, and what the administrator demands.

    `settings` are the values by name. `demands` are the administrator's actions: where one is stricter than what holds
    without it, it holds; it never makes anything laxer.
    """

    __slots__ = ("demands", "settings")

    def __init__(self, settings: dict[str, Setting], demands: dict[str, Setting] | None = None) -> None:
        self.settings = settings
        self.demands = demands or {}

    def text(self, name: str) -> str:
        """Give the value of a key that holds text."""
        return str(self.settings[name].value)

    def number(self, name: str) -> int:
        """Give the value of a key that holds a count or a size in bytes."""
        return int(self.settings[name].value)

    def log_size(self) -> int:
        """Give the size in bytes of one file of the log, 0 if nothing is to be logged."""
        return self.number("log.max_size") if self.text("log.enabled") == "on" else 0

    def actions(self) -> Actions:
        """Give what `decide` goes by."""
        own = {name: _pair(it) for name, it in self.settings.items() if it.value and name not in _NO_ACTION}
        return Actions(own, {name: _pair(it) for name, it in self.demands.items()})


class Actions:
    """Hold the actions that are set, each with where it comes from, in plain values that can be kept.

    `own` are the defaults and over them the user's, `demands` the administrator's: (action, source) by key.
    """

    __slots__ = ("demands", "own")

    def __init__(self, own: dict[str, tuple[str, str]], demands: dict[str, tuple[str, str]]) -> None:
        self.own = own
        self.demands = demands


def _pair(setting: Setting) -> tuple[str, str]:
    return (str(setting.value), setting.source)


_NO_ACTION = frozenset(key.name for key in KEYS if key.kind != "action")


def stricter(one: str, other: str) -> bool:
    """Tell whether the action `one` is stricter than `other`; what is not set ("") is the laxest of all."""
    order = ("", *ACTIONS)
    return order.index(one) > order.index(other)


def defaults() -> Policy:
    """Give the policy that holds where there is no file."""
    return Policy({key.name: Setting(key.default, "default") for key in KEYS})
