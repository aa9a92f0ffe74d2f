"""Touches: nothing but what is printed. What is on a clipboard, in lines: made visible, counted, beside its page."""

from __future__ import annotations

from wrapify.analysis.reveal import reveal
from wrapify.cli import render
from wrapify.clip import clean, page

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wrapify.clipboard import Content

LIMIT, MOST_LINES = 1 << 20, 100
"""Characters and lines that are shown unless all is asked for: the first are never passed."""
PLAIN = ("TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "CLIPBOARD_MANAGER", "LENGTH")
"""Targets that are no form of the content."""
DIFFERENT = {
    page.HIDES: "The page that this was copied from hides a part of it:",
    page.OTHER: "The page that this was copied from shows something else:",
    page.UNKNOWN: "The page that this was copied from cannot be compared with it:",
}


def decoded(content: bytes) -> str:
    """Decode a text so that nothing of it is lost."""
    return content.decode("utf-8", "surrogateescape")


def lines(content: Content, name: str, *, everything: bool) -> Iterator[str]:
    """Say what is on the clipboard called `name`: its size and forms, all of its text, what is hidden in it."""
    text = decoded(content.text)
    yield render.styled(head(content, name), render.BOLD, on=1)
    if text:
        yield from numbered(text, most=0 if everything else MOST_LINES)
    if found := clean.counts(text):
        yield render.styled(f"hidden in it: {counted(found)}", render.YELLOW, on=1)
        if clean.is_text(content.text):
            yield render.styled("wrapify clip clean takes it out", render.DIM, on=1)


def head(content: Content, name: str) -> str:
    """Say how much is on the clipboard called `name`, and in which other forms."""
    other = [kind for kind in content.types if kind not in PLAIN and "text/plain" not in kind and "/" in kind]
    also = f"{', '.join(map(_shown, other[:4]))}{' …' * (len(other) > 4)}"
    if not content.text:
        return f"{name}: no text, but {also}" if also else f"{name} is empty"
    count = content.text.rstrip(b"\n").count(b"\n") + 1
    size = f"{len(content.text)} byte{'s' * (len(content.text) != 1)}, {count} line{'s' * (count != 1)}"
    return f"{name}: {size}{'; also ' * bool(also)}{also}"


def _shown(kind: str) -> str:
    return reveal(kind, limit=40, newlines=False)


def numbered(text: str, *, most: int) -> Iterator[str]:
    """Show a text with everything unseen made visible, at most `most` lines of it unless that is 0."""
    found = reveal(text.removesuffix("\n"), limit=LIMIT).split("\n")
    shown = found[:most] if most else found
    gutter = len(str(len(shown)))
    for number, line in enumerate(shown, 1):
        yield render.styled(f"{number:{gutter}}| ", render.DIM, on=1) + line
    if len(shown) < len(found):
        yield render.styled(f"and {len(found) - len(shown)} more lines (--all shows them)", render.DIM, on=1)


def counted(found: dict[str, int]) -> str:
    """Write how often each rule speaks: "2 × zero-width, nul"."""
    return ", ".join(f"{count} × {rule}" if count > 1 else rule for rule, count in found.items())


def difference(content: Content) -> str:
    """Tell how the text and its page differ: one of the words of `page`, "same" where there is no page."""
    if not content.html or not content.text:
        return page.SAME
    text = decoded(content.text)
    # What is hidden in the text is told by itself.
    return page.compared(clean.cleaned(text) if len(text) <= page.LARGEST else text, page.read(content.html))


def beside(content: Content, how: str, *, most: int) -> Iterator[str]:
    """Show what the page shows of a text, and what it does not, where they differ."""
    if how not in DIFFERENT:
        return
    found = page.read(content.html)
    yield render.styled(DIFFERENT[how], render.BOLD, render.RED, on=1)
    if found.doubt:
        yield f"  {found.doubt}"
    yield from _quoted("it shows:", found.visible.split("\n") if found.visible else ["(nothing)"], most=most)
    if found.hidden:
        yield from _quoted("it hides:", found.hidden, most=most)


def _quoted(what: str, texts: Sequence[str], *, most: int) -> Iterator[str]:
    yield what
    for text in texts[:most]:
        yield f"  {reveal(text, limit=LIMIT, newlines=False)}"
    if len(texts) > most:
        yield render.styled(f"  and {len(texts) - most} more lines", render.DIM, on=1)
