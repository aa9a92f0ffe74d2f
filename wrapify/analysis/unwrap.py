"""Pure. Take off what stands in front of a command: sudo, env, timeout, xargs and the like, with their options."""

from __future__ import annotations

from wrapify.analysis.programs import FETCHERS, LANGUAGES, RUNNERS, SHELLS, WRAPPERS, canonical
from wrapify.analysis.values import Content, Value

NOT_RUN = {"command": ("-v", "-V"), "sudo": ("-e", "--edit", "-l", "-v", "-k", "-K", "--list", "--validate", "-V")}
"""Options with which a wrapper runs nothing."""
DEEPEST = 12
CALLED = frozenset((*SHELLS, *FETCHERS, *LANGUAGES, *WRAPPERS, "rm", "dd", "eval"))
"""Commands that are worth finding behind the words of a runner."""


class Unwrapped:
    """Hold a command without what stood in front of it: that, the words of each, and the variables set there."""

    __slots__ = ("environment", "hidden", "options", "split", "values", "wrappers")

    def __init__(self, values: list[Value]) -> None:
        self.values = values
        self.options: dict[str, list[Value]] = {}
        self.wrappers: tuple[str, ...] = ()
        self.hidden: tuple[str, ...] = ()
        self.environment: dict[str, Content] = {}
        self.split = ""


def unwrap(values: list[Value]) -> Unwrapped:
    """Take wrappers off. `split` is set if `env -S` gives a line of its own instead of words."""
    result = Unwrapped(values)
    for _ in range(DEEPEST):
        name = canonical(result.values[0].known())
        runs = name in RUNNERS and len(result.values) > 2 and result.values[1].known() in RUNNERS[name].split()
        if name not in WRAPPERS and not runs:
            return result
        start = _behind_word(result.values) if runs else _behind(name, result)
        alone = name == "parallel" and start > 0
        if start >= len(result.values) and not result.split and not alone:
            return result
        result.wrappers = (*result.wrappers, name)
        result.hidden = (*result.hidden, name) if result.values[0].spelled else result.hidden
        result.options[name] = result.values[1:start]
        result.values = result.values[start:]
        if result.split or alone:
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
            if name == "env" and _takes_line(result, values[at:]):
                return len(values)
            at += 2 if _takes_next(text, spec) else 1
        elif name in ("env", "sudo", "doas", "sudo-rs") and _sets(text):
            variable, _, value = values[at].text.partition("=")
            result.environment[variable] = Content(value)
            at += 1
        elif waiting:
            waiting -= 1
            at += 1
        else:
            break
    return at


def _sets(text: str) -> bool:
    """Tell whether a word in front of a command sets a variable; bash hands functions on as `BASH_FUNC_name%%`."""
    name, mark, _ = text.partition("=")
    return bool(mark) and (name.isidentifier() or name.startswith("BASH_FUNC_"))


def _behind_word(values: list[Value]) -> int:
    """Give the number of the command that `poetry run` or `mise exec x --` is followed by: a shell or a wrapper.

    Names of environments and versions may stand in front of it, and options with values.
    """
    marked = next((at for at, value in enumerate(values) if value.text == "--"), 0)
    if marked:
        return marked + 1
    known = (at for at, value in enumerate(values[2:], 2) if canonical(value.known()) in CALLED)
    return next(known, len(values))


def _takes_next(text: str, spec: list[str]) -> bool:
    """Tell whether the next word is the value of this option, or of the last one in a cluster."""
    cluster = text[1:].isalpha() and len(text) > 2 and f"-{text[1]}" not in spec
    return text in spec or (cluster and f"-{text[-1]}" in spec)


def _takes_line(result: Unwrapped, values: list[Value]) -> bool:
    """Take the line that `env -S` holds."""
    texts = [value.text for value in values]
    first = texts[0]
    if first in ("-S", "--split-string"):
        line, rest = "", texts[1:]
    elif first.startswith("--split-string="):
        line, rest = first.partition("=")[2], texts[1:]
    elif first[1:2] != "-" and "S" in first:
        line, rest = first.partition("S")[2], texts[1:]  # `-S…`, and in a cluster: `-iS …`
    else:
        return False
    result.split = " ".join((line, *rest)).strip()
    return bool(result.split)
