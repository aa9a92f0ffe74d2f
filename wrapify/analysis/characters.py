"""Pure. The first layer: characters that are not seen, or are seen as something else."""

from __future__ import annotations

from itertools import islice

from wrapify.analysis import hits, lookalikes, padding, returns, sequences
from wrapify.analysis.hits import Hit, Rule
from wrapify.analysis.signs import CR, ESC, UNSEEN, ordinary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.analysis.model import Finding

LOOK = "Look at the text with everything made visible before you run it."
STRIP = "Remove what is hidden, or type the command yourself."
RETYPE = "Type the word yourself if you want to run it."

RULES = {
    "paste-end": Rule(
        "critical",
        why="This marks the end of a paste, so a shell takes what follows as typed and runs it.",
        advice="Do not paste this; no honest text holds such a mark.",
    ),
    "escape-hides": Rule(
        "high", why="An escape sequence {}, so a terminal does not show all that would run.", advice=LOOK
    ),
    "escape-acts": Rule("high", why="An escape sequence {} when a terminal shows the text.", advice=STRIP),
    "escape-other": Rule("medium", why="An escape character is hidden here: it {}.", advice=STRIP),
    "escape-colour": Rule(
        "low", why="A colour sequence was copied along, and a shell takes it as text.", advice="Remove the sequence."
    ),
    "nul": Rule(
        "medium", why="A NUL is hidden here; some programs stop reading at it and others leave it out.", advice=STRIP
    ),
    "backspace": Rule(
        "high", why="A backspace is hidden here; a terminal draws the next letters over those before.", advice=LOOK
    ),
    "control-character": Rule(
        "medium", why="A control character is hidden here, and a shell may take it as a key.", advice=STRIP
    ),
    "carriage-return": Rule(
        "high", why="A carriage return lets a terminal draw what follows over what stands before.", advice=LOOK
    ),
    "decoy-comment": Rule(
        "high", why="A harmless comment is drawn over the command that stands before it.", advice=LOOK
    ),
    "stray-return": Rule(
        "medium", why="A carriage return in a line works like Enter for some shells and is a letter to others.",
        advice="Make it a line end, or remove it.",
    ),
    "bidi-control": Rule(
        "high", why="This turns the direction of the text, so it is shown in another order than it is run.", advice=LOOK
    ),
    "bidi-mark": Rule("medium", why="An unseen mark of the writing direction stands in this text.", advice=STRIP),
    "zero-width": Rule(
        "medium", why="A character without width is hidden here, so two words may look the same.", advice=STRIP
    ),
    "byte-order-mark": Rule(
        "info", why="The text begins with an unseen mark, which a shell takes as part of the first word.",
        advice="Remove the mark.",
    ),
    "tag-characters": Rule("high", why="Unseen letters spell a hidden text here.", advice=STRIP),
    "variation-selector": Rule(
        "medium", why="Unseen characters that belong to an emoji stand without one, and can carry a hidden text.",
        advice=STRIP,
    ),
    "invisible-letter": Rule(
        "medium", why="A character that is drawn as nothing is a letter to a shell.", advice=STRIP
    ),
    "odd-space": Rule(
        "low", why="This blank is a letter to a shell, so the command will not work as it looks.",
        advice="Type an ordinary blank instead.",
    ),
    "pushed-aside": Rule("medium", why="More text follows behind blanks as wide as {} columns.", advice=LOOK),
    "pushed-down": Rule("medium", why="More text follows below {} empty lines.", advice=LOOK),
    "fake-comment": Rule(
        "medium", why="This looks like the sign of a comment and is another one, so what follows is run.", advice=LOOK
    ),
    "look-alike-word": Rule(
        "medium", why="This word has letters of another script that look like Latin ones.", advice=RETYPE
    ),
    "typographic-sign": Rule(
        "info", why="{} is a sign of print that a shell takes as a letter.",
        advice="Type the plain sign of the keyboard instead.",
    ),
    "invalid-utf8": Rule(
        "low", why="Some bytes are not valid UTF-8, so programs may show them differently.",
        advice="Copy the text again, or see what the bytes are.",
    ),
}  # fmt: skip
"""What this layer can find: rule, severity and what to say."""

PASTE_ENDS = ("\x1b[201~", "\x9b201~", "\udc9b201~")  # seven bits, eight bits, and the same as a byte that is no UTF-8
MOST_LOOKED_AT = 20_000  # unseen characters judged by where they stand; beyond, each is taken for the worst
WORST = {"escape-other": "escape-hides"}
NO_BYTE = ("\ud800", "\udfff")


def found(text: str) -> Iterator[Finding]:
    """Find hidden and misleading characters in a text that was decoded with `surrogateescape`, in its order."""
    return hits.findings(text, hits=_hits(text), rules=RULES)


def _hits(text: str) -> Iterator[Hit]:
    chars = set(text)
    yield from padding.hits(text, chars)
    if text.isascii() and text.translate({9: None, 10: None}).isprintable():
        return
    unseen = chars & UNSEEN.keys()
    if unseen:
        places = [at for at, char in enumerate(text) if char in unseen]
        yield from _judged(text, places[:MOST_LOOKED_AT])
        yield from _rest(text, places[MOST_LOOKED_AT:])
    if CR in chars:
        yield from returns.hits(text)
    if not text.isascii():
        yield from _invalid(text)
        yield from lookalikes.hits(text, chars)
    yield from _paste_ends(text, chars)


def _judged(text: str, places: list[int]) -> Iterator[Hit]:
    done = 0
    for at in places:
        if at >= done:
            hit = _judge(text, at)
            done = hit.end
            if hit.rule:
                yield hit


def _judge(text: str, at: int) -> Hit:
    char = text[at]
    if char == ESC or char in sequences.INTRODUCERS:
        hit = sequences.sequence(text, at)
        if text.startswith(PASTE_ENDS, at):
            hit.rule = ""
        elif hit.rule == "escape-hides" and text[hit.end : hit.end + 40].lstrip().startswith("#"):
            hit.rule = "decoy-comment"
        return hit
    if char == "\ufeff" and at == 0:
        return Hit("byte-order-mark", 0, end=1)
    return Hit("" if ordinary(text, at) else UNSEEN[char], at, end=at + 1)


def _rest(text: str, places: list[int]) -> Iterator[Hit]:
    first: dict[str, int] = {}
    for at in places:
        first.setdefault(text[at], at)
    for char, at in first.items():
        rule = UNSEEN[char]
        yield Hit(WORST.get(rule, rule), at, end=at + 1, what="stands among thousands of others")


def _invalid(text: str) -> Iterator[Hit]:
    try:
        text.encode()
    except UnicodeEncodeError as error:  # the fastest way to learn that there is a surrogate, and where
        rest = enumerate(text[error.start :], error.start)
        places = (at for at, char in rest if NO_BYTE[0] <= char <= NO_BYTE[1])
        yield from (Hit("invalid-utf8", at, end=at + 1) for at in islice(places, MOST_LOOKED_AT))


def _paste_ends(text: str, chars: set[str]) -> Iterator[Hit]:
    for mark in PASTE_ENDS:
        at = text.find(mark) if mark[0] in chars else -1
        for _number in range(hits.MOST):
            if at < 0:
                break
            yield Hit("paste-end", at, end=at + len(mark))
            at = text.find(mark, at + 1)
