"""Pure. Take off what stands in front of a command: sudo, env, timeout, xargs and the like, with their options."""

from __future__ import annotations

from wrapify.analysis.programs import WRAPPERS, canonical
from wrapify.analysis.values import Content, Value

NOT_RUN = {"command": ("-v", "-V"), "sudo": ("-e", "--edit", "-l", "-v", "-k", "-K", "--list", "--validate", "-V")}
"""Options with which a wrapper runs nothing."""
DEEPEST = 12


class Unwrapped:
    """Hold a command without what stood in front of it: that, and the variables set there."""

    __slots__ = ("environment", "split", "values", "wrappers")

    def __init__(self, values: list[Value]) -> None:
        self.values = values
        self.wrappers: tuple[str, ...] = ()
        self.environment: dict[str, Content] = {}
        self.split = ""


def unwrap(values: list[Value]) -> Unwrapped:
    """Take wrappers off. `split` is set if `env -S` gives a line of its own instead of words."""
    result = Unwrapped(values)
    for _ in range(DEEPEST):
        name = canonical(result.values[0].known())
        if name not in WRAPPERS:
            return result
        start = _behind(name, result)
        if start >= len(result.values) and not result.split:
            return result
        result.wrappers = (*result.wrappers, name)
        result.values = result.values[start:]
        if result.split:
            return result
    return result


def _behind(name: str, result: Unwrapped) -> int:
    """Give the number of the first word behind a wrapper and its options."""
    values = result.values
    spec = WRAPPERS[name].split()
    waiting, at = spec.count("1"), 1
    while at < len(values):
        text = values[at].known()
        if text in NOT_RUN.get(name, ()):
            return len(values)
        if text == "--":
            at += 1
            if not waiting:
                break
        elif text[:1] in ("-", "+") and len(text) > 1:
            if name == "env" and text[:2] in ("-S", "--") and _takes_line(result, values[at:]):
                return len(values)
            at += 2 if text in spec else 1
        elif name in ("env", "sudo", "doas", "sudo-rs") and "=" in text and text.partition("=")[0].isidentifier():
            variable, _, value = values[at].text.partition("=")
            result.environment[variable] = Content(value)
            at += 1
        elif waiting:
            waiting -= 1
            at += 1
        else:
            break
    return at


def _takes_line(result: Unwrapped, values: list[Value]) -> bool:
    """Take the line that `env -S` holds."""
    text = values[0].text
    if text in ("-S", "--split-string"):
        rest = [value.text for value in values[1:]]
    elif text.startswith("-S"):
        rest = [text[2:], *(value.text for value in values[1:])]
    elif text.startswith("--split-string="):
        rest = [text.partition("=")[2], *(value.text for value in values[1:])]
    else:
        return False
    result.split = " ".join(rest)
    return bool(result.split)
