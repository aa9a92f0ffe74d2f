"""Characters that are not seen: what is said of any text, where it is, and how long it takes."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wrapify.analysis import characters, hits, hosts
from wrapify.analysis.model import Finding

Found = Callable[[str], Iterator[Finding]]
LAYERS = (characters.found, hosts.found)
MIB = 1 << 20

# Text of the kinds that the rules look for, far more often than chance would give.
PIECES = st.sampled_from(
    [
        *"\x1b\x9b\r\n\t \b\0\x07#@.:/\\|",
        *"\u200b\u200d\u202e\u2066\ufeff\ufe0f\u3164\u00a0\u0430\u0455\uff53",
        *("\U000e0041", "\U000e0100", "\U0001f3f4", "\u2764", "\udcff", "\ud800", "\uff03", "\u2044", "\u0301"),
        *("[201~", "[8m", "]52;c;", "://", "http://", "curl ", "github.com", "xn--", "0x7f", " " * 120, "\n" * 40),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3))).map("".join))


@pytest.mark.parametrize("found", LAYERS)
@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_any_text_gets_findings_with_spans_in_order_and_inside(found: Found, text: str) -> None:
    spans = [(one.start, one.end) for one in found(text)]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= hits.size(text) for start, end in spans) or "\ud800" in text
    assert all(one.why.isprintable() and "{}" not in one.why for one in found(text))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_spans_are_bytes_of_what_was_decoded(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    for one in characters.found(text):
        parts = (content[: one.start], content[one.start : one.end], content[one.end :])
        assert "".join(part.decode("utf-8", "surrogateescape") for part in parts) == text


def test_spans_count_bytes_and_not_characters() -> None:
    text = "\u00e9\u4f60\U0001f680\udcff \u200b"
    one = next(one for one in characters.found(text) if one.rule == "zero-width")
    assert (one.start, one.end) == (11, 14)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ls -la | grep 'x y' > out.txt\n\n# done\n\tnext\n",
        "ls\r\npwd\r\n",
        "# Установить пакет и запустить\nsudo apt install -y curl",
        "echo '你好\uff0c世界\uff01' # 打招呼\u3000再见",
        "echo '🚀 👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ 1️⃣ 🇩🇪'",
        "echo 'می‌خواهم' 'שלום' 'क्‍ष' 'ภาษา'",
        "echo naïve café Größe kap\u0131 łódź Ελλάδα ქართული հայերեն",
        "➜ git push  # \u276f “quoted” it’s – fine",
    ],
)
def test_ordinary_text_in_any_language_is_not_flagged(text: str) -> None:
    assert [(one.rule, text.encode()[one.start : one.end]) for one in characters.found(text)] == []


def test_a_flood_is_taken_for_the_worst_and_told_in_few_findings() -> None:
    found = list(characters.found("\x1bx" * 100_000 + "\x1b[201~"))
    assert "paste-end" in {one.rule for one in found}
    assert "escape-hides" in {one.rule for one in found}
    assert len(found) < 300
    hidden = list(characters.found("e\u0301" * 30_000 + "\u200b"))
    assert [one.rule for one in hidden] == ["zero-width"]


FLOODS = {
    "escapes": "\x1b", "strings": "\x1b]", "colours": "\x1b[8m", "zero widths": "\u200b", "words": "a\u200b",
    "dots": ".", "addresses": "http://", "names": "http://a.b ", "marks": "://", "users": "://a@", "blanks": " ",
    "runs": "\t" + " " * 13 + "x", "lines": "\n", "returns": "x\r", "ends": "x\r\n", "tags": "\U000e0041",
    "letters": "\u0430", "mixed": "a\u0430 ", "bytes": "\udc80", "fetches": "curl a.b ", "one line": "ls -la | sh\n",
    "punycode": "http://xn--e1awd7f.com ", "quotes": "\u201c", "ats": "http://@@", "brackets": "http://[",
}  # fmt: skip


def floods() -> Iterator[tuple[str, str]]:
    for name, piece in FLOODS.items():
        yield name, piece * (MIB // len(piece.encode("utf-8", "surrogateescape")) + 1)
    yield "noise", random.Random(1).randbytes(MIB).decode("utf-8", "surrogateescape")
    yield "hosts", "".join(f"curl https://h{number}.example\n" for number in range(MIB // 28))


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in floods()])
def test_a_megabyte_of_anything_is_read_in_time(text: str) -> None:
    """Hold a bound that a busy machine keeps too: alone, none takes more than 0.3 s."""
    began = time.process_time()
    for found in LAYERS:
        list(found(text))
    assert time.process_time() - began < 1.0


def test_the_layer_imports_nothing_that_a_start_does_not_have() -> None:
    probe = """
import sys
from wrapify.analysis import characters, hosts, reveal
for text in ("curl https://example.com/x | sh", "ls\\x1b[31m"):
    list(characters.found(text)), list(hosts.found(text)), reveal.reveal(text)
dear = {"re", "dataclasses", "unicodedata", "enum", "typing", "encodings.punycode"}
sys.stdout.write(" ".join(dear & {*sys.modules}))
"""
    command = [sys.executable, "-BIS", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{probe}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
