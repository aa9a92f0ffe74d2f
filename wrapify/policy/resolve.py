"""Pure. From the text of policy files to a checked Policy; what is not known is an error that names the nearest."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterator, Mapping

from wrapify.errors import PolicyError
from wrapify.policy.model import ACTIONS, KEYS, PROFILES, SWITCH, UNITS, Key, Policy, Setting, defaults
from wrapify.policy.views import Profile, RootView, View

BY_NAME = {key.name: key for key in KEYS}
_SIZE = re.compile(r"\s*(\d{1,15})\s*([A-Za-z]*)\s*")


def policy(layers: list[tuple[str, bytes]], *, administrator: str = "") -> Policy:
    """Lay policy files over the defaults, later ones over earlier ones.

    `layers` holds (path, content) pairs. What the path `administrator` says about actions is a demand instead, which
    only ever makes them stricter. Raises PolicyError for content that is not TOML, an unknown key or a value of the
    wrong kind.
    """
    found = defaults()
    for source, content in layers:
        for name, value in values(source, content).items():
            demanded = source == administrator and BY_NAME[name].kind == "action"
            (found.demands if demanded else found.settings)[name] = Setting(value, source)
    return found


def values(source: str, content: bytes) -> dict[str, str | int]:
    """Read the values that one policy file sets, by key. Raises PolicyError."""
    return {name: checked(source, name, value=value) for name, value in _flatten(parse(source, content))}


def parse(source: str, content: bytes) -> dict[str, object]:
    """Read TOML, or raise PolicyError that names the file and the line."""
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise PolicyError(f"{source} is not UTF-8 text (byte {error.start})", _MEND) from error
    except (ValueError, RecursionError) as error:  # tomllib lets Python's own errors through: long numbers, deep lists
        raise PolicyError(f"{source} is not valid TOML: {error}", _MEND) from error


_MEND = "mend the file or move it away; without it the defaults hold"


def _flatten(table: dict[str, object]) -> Iterator[tuple[str, object]]:
    """Give every key as it is declared: `limits.processes`. No key is deeper."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", one) for inner, one in value.items())
        else:
            yield key, value


def _shown(value: object) -> str:
    """Write a value for a message. Tables and lists may be of any size and depth."""
    if isinstance(value, (dict, list)):
        return "a table" if isinstance(value, dict) else "a list"
    return f"{value!r:.60}"


def checked(source: str, name: str, *, value: object) -> str | int:
    """Read the value of a key as its kind wants it. Raises PolicyError that names `source` and the nearest."""
    key = BY_NAME.get(name)
    if key is None:
        near = difflib.get_close_matches(name, BY_NAME, n=1, cutoff=0.0)[0]
        raise PolicyError(f"{source}: there is no key {name!r:.60}", f"did you mean {near!r}?")
    if key.kind in ("count", "size"):
        return _amount(source, key, value=value)
    return _word(source, key, value=value)


def _amount(source: str, key: Key, *, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 1 << 62:
        return value
    if key.kind == "size" and isinstance(value, str) and (found := _SIZE.fullmatch(value)):
        size = int(found[1]) * UNITS.get(found[2].upper(), 0)
        if 0 < size < 1 << 62:
            return size
    wanted = 'a size such as "4 GiB"' if key.kind == "size" else "a whole number above 0"
    raise PolicyError(f"{source}: {key.name} is {_shown(value)}", f"it takes {wanted}")


def _word(source: str, key: Key, *, value: object) -> str:
    if not isinstance(value, str):
        raise PolicyError(f"{source}: {key.name} is {_shown(value)}", "it takes text in quotes")
    known = {"profile": PROFILES, "action": ACTIONS, "switch": SWITCH}.get(key.kind, ())
    if known and value not in known:
        near = difflib.get_close_matches(value, known, n=1, cutoff=0.0)[0]
        raise PolicyError(f"{source}: there is no {key.kind} {value!r:.60}", f"did you mean {near!r}?")
    return value


def profile(name: str, content: bytes) -> Profile:
    """Read one profile file that ships with wrapify."""
    table = parse(name, content)
    return Profile(
        name=name,
        network=str(table["network"]),
        home=str(table["home"]),
        cwd=str(table["cwd"]),
        record=bool(table["record"]),
        summary=str(table["summary"]),
    )


def view(system: bytes, secrets: bytes) -> View:
    """Read the shared view and the list of secrets that ship with wrapify."""
    shown, hidden = parse("system.toml", system), parse("secrets.toml", secrets)
    return View(
        read_only=_reasons(shown, "read-only"),
        environment=_reasons(shown, "environment"),
        home_secrets=_reasons(hidden, "home"),
        cwd_secrets=_reasons(hidden, "cwd"),
        cwd_keep=_reasons(hidden, "cwd-keep"),
        start_up=_reasons(shown, "start-up"),
        tools=_reasons(shown, "tools"),
    )


def root_view(content: bytes, files: Mapping[str, bytes]) -> RootView:
    """Read what --root shows, with the content of the `files` that it places."""
    table = parse("root.toml", content)
    return RootView(
        trees=_reasons(table, "trees"),
        copied=_reasons(table, "copied"),
        hidden=_reasons(table, "hidden"),
        kept=_reasons(table, "kept"),
        offered=_reasons(table, "offered"),
        placed={path: files[name] for path, name in _reasons(table, "placed").items()},
        made=_reasons(table, "made"),
        counts=_reasons(table, "counts"),
    )


def _reasons(table: dict[str, object], name: str) -> dict[str, str]:
    rows = table.get(name, {})
    return {str(key): str(why) for key, why in rows.items()} if isinstance(rows, dict) else {}
