"""Compare parsers of bash on published commands: what each rejects, loses and costs. shfmt says what is to be found.

WRAPIFY_CORPORA names the directory with benign.tsv and hostile.tsv. Peers that are not installed are left out. What is
between backquotes and holds a backslash is read again by our reader, which then has all of it at one place: such a text
counts here as one in which commands are lost, and they are not.
"""

from __future__ import annotations

import base64
import csv
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.unit.analysis.commands import ours, peer, shfmt, theirs
from wrapify.analysis import shell

Spans = set[tuple[int, int]]  # of the first word of each command
Parser = Callable[[str], Spans | None]  # None: rejected


def by_wrapify(text: str) -> Spans | None:
    reading = shell.read(text)
    return None if reading.troubles else {words[0] for words in ours(reading)}


def by_shfmt(text: str) -> Spans | None:
    tree = peer(text)
    return None if tree is None else {words[0] for words in theirs(tree, text)}


def by_tree_sitter() -> Parser:
    import tree_sitter  # type: ignore[import-not-found,unused-ignore]
    import tree_sitter_bash  # type: ignore[import-not-found,unused-ignore]

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))

    def parse(text: str) -> Spans | None:
        root = parser.parse(text.encode()).root_node
        found, waiting = set(), [root]
        while waiting:
            node = waiting.pop()
            waiting.extend(node.children)
            if node.type == "command_name":
                found.add((node.start_byte, node.end_byte))
        return None if root.has_error else found

    return parse


def commands() -> list[str]:
    texts = []
    for name in ("benign", "hostile"):
        with (Path(os.environ["WRAPIFY_CORPORA"]) / f"{name}.tsv").open(newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                raw = base64.b64decode(row["command"]) if row["enc"] == "b64" else row["command"].encode()
                if raw.isascii():
                    texts.append(raw.decode())
    return texts


def measure(parse: Parser, wanted: dict[str, Spans]) -> str:
    times, rejected, lost = [], 0, 0
    for text, spans in wanted.items():
        began = time.perf_counter()
        found = parse(text)
        times.append(time.perf_counter() - began)
        rejected += found is None
        lost += bool(found is not None and spans - found)
    times.sort()
    return f"{rejected:8}  {lost:7}  {times[len(times) // 2] * 1000:9.3f}  {times[-1] * 1000:7.1f}"


def main() -> None:
    if not os.environ.get("WRAPIFY_CORPORA") or not shfmt():
        print("parsers: not measured, for want of WRAPIFY_CORPORA or shfmt")
        return
    wanted = {text: spans for text in dict.fromkeys(commands()) if (spans := by_shfmt(text)) is not None}
    print(f"{len(wanted)} commands that shfmt accepts\nparser        rejects  loses in  median ms   max ms")
    print(f"wrapify      {measure(by_wrapify, wanted)}\nshfmt        {measure(by_shfmt, wanted)}")
    try:
        print(f"tree-sitter  {measure(by_tree_sitter(), wanted)}")
    except ImportError:
        print("tree-sitter  not installed")


if __name__ == "__main__":
    main()
