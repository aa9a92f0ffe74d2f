"""Pure. Changing single values of a policy file and leaving all else of it as it is: comments, order, blank lines."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from wrapify.errors import PolicyError
from wrapify.policy import resolve
from wrapify.policy.model import KEYS, Key

HINT = "wrapify policy edit opens the file"


def with_value(source: str, content: bytes, *, name: str, value: str | int) -> bytes:
    """Give the file with the key `name` set to `value`. Raises PolicyError."""
    import tomlkit

    wanted = resolve.values(source, content) | {name: resolve.checked(source, name, value=value)}
    document = tomlkit.parse(content.decode())
    table: MutableMapping[str, object] = document
    *outer, inner = name.split(".")
    for part in outer:
        if part not in table:
            table[part] = tomlkit.table()
        table = _table(source, table[part])
    table[inner] = value
    return _proved(source, tomlkit.dumps(document).encode(), wanted=wanted)


def without(source: str, content: bytes, *, name: str) -> bytes:
    """Give the file without the key `name`, which it sets. Raises PolicyError."""
    import tomlkit

    wanted = resolve.values(source, content)
    del wanted[name]
    document = tomlkit.parse(content.decode())
    table: MutableMapping[str, object] = document
    *outer, inner = name.split(".")
    for part in outer:
        table = _table(source, table[part])
    del table[inner]
    return _proved(source, tomlkit.dumps(document).encode(), wanted=wanted)


def _table(source: str, value: object) -> MutableMapping[str, object]:
    if isinstance(value, MutableMapping):
        return value
    raise PolicyError(f"{source} cannot be changed value by value", HINT)


def _proved(source: str, content: bytes, *, wanted: dict[str, str | int]) -> bytes:
    """Read the new file as it will be read. Raises PolicyError unless it says exactly what it should."""
    if resolve.values(source, content) != wanted:
        raise PolicyError(f"{source} cannot be changed value by value", HINT)
    return content


def parsed(name: str, text: str) -> str | int:
    """Read a value as it is typed on a command line. Raises PolicyError for a key or a value that is not known."""
    number = text.isascii() and text.isdigit() and len(text) < 20
    key = resolve.BY_NAME.get(name)
    value: str | int = int(text) if number and key and key.kind in ("count", "size") else text
    resolve.checked("the command line", name, value=value)
    return value


def template() -> str:
    """Give a policy file that sets nothing and names every key with its default."""
    lines = ["# What wrapify does, where it differs from these defaults. `wrapify policy show` says what holds.", ""]
    return "\n".join([*lines, *_rows(), ""])


def _rows() -> Iterator[str]:
    seen = set()
    for key in KEYS:
        if key.family not in seen:
            seen.add(key.family)
            yield f"# {key.family} = {_written(key)}  # {key.doc}"


def _written(key: Key) -> str:
    if key.family != key.name:
        return '"ask"'
    return f'"{key.default}"' if isinstance(key.default, str) else str(key.default)
