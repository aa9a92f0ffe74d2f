"""Write what the reader of fish gives on one line, and walk through it."""

from __future__ import annotations

from collections.abc import Iterator

from wrapify.analysis.fishwords import literal
from wrapify.analysis.tree import Compound, Pipeline, Simple, Substitution, Text, Variable, Word


def show_part(part: object) -> str:
    match part:
        case Text(text=text, quote=quote):
            return f"{quote}«{text}»" if quote else text
        case Variable():
            index = f"[{show_word(part.argument)}]" if part.argument else ""
            return ('"' if part.quoted else "") + part.operator + "$" + part.name + index
        case Substitution():
            return ('"' if part.quoted else "") + part.kind + show(part.script) + ")"
    raise AssertionError(part)


def show_word(word: Word) -> str:
    return "+".join(map(show_part, word.parts)) or "ε"


def show_stage(stage: Simple | Compound) -> str:
    words = [show_word(word) for word in stage.words]
    if isinstance(stage, Simple):
        first = [f"{one.name}{'+' * one.append}={show_word(one.value)}" for one in stage.assignments]
        words = [*first, *words]
    else:
        words = [f"{stage.kind}:{stage.name}", *words, f"[{show(stage.body)}]"]
    return " ".join([*words, *(f"{one.number}{one.operator} {show_word(one.target)}" for one in stage.redirects)])


def show(script: list[Pipeline]) -> str:
    """Write a script on one line."""
    lines = [f"{one.before} {' | '.join(map(show_stage, one.stages))}{' &' * one.background}" for one in script]
    return " ".join(map(str.strip, lines))


def stages(script: list[Pipeline]) -> Iterator[Simple | Compound]:
    """Give all commands, those inside of others too."""
    for pipeline in script:
        for stage in pipeline.stages:
            yield stage
            if isinstance(stage, Compound):
                yield from stages(stage.body)
            for word in words_of(stage):
                yield from inner(word)


def words_of(stage: Simple | Compound) -> list[Word]:
    values = [one.value for one in stage.assignments] if isinstance(stage, Simple) else []
    is_set = isinstance(stage, Simple) and stage.words and literal(stage.words[0]) == "set"
    return [*([] if is_set else values), *stage.words, *(one.target for one in stage.redirects)]


def inner(word: Word) -> Iterator[Simple | Compound]:
    for part in word.parts:
        if isinstance(part, Substitution):
            yield from stages(part.script)
        if isinstance(part, Variable) and part.argument:
            yield from inner(part.argument)
