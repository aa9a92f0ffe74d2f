"""Pure. Writes plain values as JSON, in ASCII. The json package costs more than all the rest of a check."""

from __future__ import annotations


def written(value: object) -> str:
    """Write a value of dicts, lists, tuples, texts, numbers and truth values as JSON on one line."""
    from _json import encode_basestring_ascii as quoted

    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(name)}: {written(one)}" for name, one in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else quoted(str(value))
