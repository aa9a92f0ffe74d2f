"""What our reader and shfmt find in a text: each simple command as the spans of its words."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wrapify.analysis.tree import Arithmetic, Compound, Pipeline, Reading, Simple, Substitution, Text, Variable, Word

Span = tuple[int, int]

DIALECTS = {"bash": "bash", "sh": "posix", "zsh": "zsh"}


def inside(word: Word | None) -> Iterator[Simple | Compound]:
    """Yield the commands in a word."""
    for part in word.parts if word else ():
        if isinstance(part, Substitution):
            yield from stages(part.script)
        elif isinstance(part, Arithmetic):
            for one in part.inner:
                yield from stages(one.script)
        elif isinstance(part, Variable):
            yield from inside(part.index)
            yield from inside(part.argument)


def words_of(stage: Simple | Compound) -> Iterator[Word | None]:
    yield from stage.words
    yield from (redirect.target for redirect in stage.redirects)
    for assignment in stage.assignments if isinstance(stage, Simple) else ():
        yield from (assignment.index, assignment.value, *(assignment.items or ()))


def stages(script: list[Pipeline]) -> Iterator[Simple | Compound]:
    """Yield every command of a script, however deep."""
    for stage in (stage for pipeline in script for stage in pipeline.stages):
        yield stage
        for word in words_of(stage):
            yield from inside(word)
        if isinstance(stage, Compound):
            yield from stages(stage.body)


def plain(word: Word) -> str:
    """Give a word without its quotes; "?" stands for what is expanded."""
    return "".join(part.text if isinstance(part, Text) else "?" for part in word.parts)


def simples(reading: Reading) -> list[Simple]:
    return [stage for stage in stages(reading.script) if isinstance(stage, Simple)]


def names(reading: Reading) -> list[str]:
    return [plain(one.words[0]) for one in simples(reading) if one.words]


def ours(reading: Reading) -> set[tuple[Span, ...]]:
    return {tuple((word.start, word.end) for word in one.words) for one in simples(reading) if one.words}


def shfmt() -> str:
    """Give the path of shfmt, "" without one: PyPI's shfmt-py puts it next to Python."""
    beside = Path(sys.executable).parent / "shfmt"
    return str(beside) if beside.exists() else shutil.which("shfmt") or ""


def peer(text: str, dialect: str = "bash") -> dict[str, Any] | None:
    """Let shfmt read a text; nothing if it rejects it."""
    command = [shfmt(), "-ln", DIALECTS[dialect], "--to-json"]
    done = subprocess.run(command, input=text.encode(errors="surrogatepass"), capture_output=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        if isinstance(child, dict | list):
            yield from nodes(child)


def theirs(tree: dict[str, Any], text: str) -> set[tuple[Span, ...]]:
    """Give the words of each simple command that shfmt found, in characters of `text`."""
    data = text.encode(errors="surrogatepass")
    plain_text = len(data) == len(text)

    def span(node: dict[str, Any]) -> Span:
        start, end = (node[key].get("Offset", 0) for key in ("Pos", "End"))
        if plain_text:
            return start, end
        return len(data[:start].decode(errors="replace")), len(data[:end].decode(errors="replace"))

    calls = (node for node in nodes(tree) if node.get("Type") == "CallExpr" and node.get("Args"))
    return {tuple(span(word) for word in call["Args"]) for call in calls}
