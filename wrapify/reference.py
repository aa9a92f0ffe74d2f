"""Pure. What there is to say on a command line, as records: the completions and the man page are made of them."""

from __future__ import annotations

import re

from wrapify.analysis.model import ORIGINS
from wrapify.cli.options import HOMES, NETS
from wrapify.policy.model import ACTIONS, KEYS, PROFILES, SWITCH
from wrapify.shells import HOOKS, INTERPRETERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.policy.model import Key

COMMAND, BOX, FILE, KEY, VALUE = "COMMAND", "BOX", "FILE", "KEY", "VALUE"
"""Kinds of words that a shell must find itself; all others are spelled out, or free."""
WRAPPING = ("run", "explain")
"""The commands whose words are a command of its own."""
_KINDS = {"COMMAND": COMMAND, "BOX": BOX, "FILE": FILE, "PATH": FILE, "KEY": KEY, "VALUE": VALUE}
_OPTIONS = {
    "--profile": PROFILES,
    "--home": HOMES,
    "--net": NETS,
    "--origin": ORIGINS,
    "--shell": tuple(INTERPRETERS),
    "--box": (BOX,),
    "--ro": (FILE,),
    "--rw": (FILE,),
    "--hide": (FILE,),
}
_OF_KIND = {"profile": PROFILES, "action": ACTIONS, "switch": SWITCH}
_OF_KEY = {"shell": tuple(HOOKS), "network.carrier": ("slirp4netns", "pasta")}


class Option:
    """Hold one option. `values` are those it takes, or one kind of words; `metavar` is "" for a flag."""

    __slots__ = ("help", "metavar", "spellings", "values")

    def __init__(self, spellings: tuple[str, ...], *, metavar: str, help: str, values: tuple[str, ...]) -> None:  # noqa: A002
        self.spellings = spellings
        self.metavar = metavar
        self.help = help
        self.values = values or next((_OPTIONS[name] for name in spellings if metavar and name in _OPTIONS), ())


class Entry:
    """Hold one command. `path` are the words that name it, () for wrapify itself; `usage` what may follow them."""

    __slots__ = ("doc", "options", "path", "usage")

    def __init__(self, path: tuple[str, ...], *, doc: str, usage: str, options: tuple[Option, ...]) -> None:
        self.path = path
        self.doc = doc
        self.usage = usage
        self.options = options

    def words(self) -> tuple[tuple[str, ...], ...]:
        """Give the kinds and words that may stand at each place behind the command; the last is for all after it."""
        tokens = re.sub(r"\[(?:OPTIONS|--|-s)\]", "", self.usage).split()
        found: list[tuple[str, ...]] = [] if tokens and _repeats(tokens[-1]) else [()]
        for token in reversed(tokens):
            kinds = tuple(filter(None, map(_kind, re.sub(r"[\[\].…]", "", token).split("|"))))
            # What may be left out leaves its place to what comes behind it.
            behind = found[0] if found and token.startswith("[") else ()
            found.insert(0, tuple(dict.fromkeys((*kinds, *behind))))
        return tuple(found)


def _repeats(token: str) -> bool:
    return token.endswith(("...", "…"))


def _kind(word: str) -> str:
    return word if word.islower() else _KINDS.get(word, "")


def values_of(key: Key) -> tuple[str, ...]:
    """Give the values that a policy key may have, () if there are too many to list."""
    return _OF_KEY.get(key.name) or _OF_KIND.get(key.kind, ())


def keys() -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Group the policy keys by the values that they may have."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for key in KEYS:
        groups.setdefault(values_of(key), []).append(key.name)
    return ((tuple(names), values) for values, names in groups.items() if values)


def first_sentence(doc: str) -> str:
    """Shorten an explanation to what fits beside a name."""
    text = " ".join(doc.split("\n\n")[0].split())
    return re.split(r"(?<=[^.])\.(?: |$)|: ", text, maxsplit=1)[0]
