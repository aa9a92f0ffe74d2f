"""Pure. Letters and signs of one script that are drawn like those of another."""

from __future__ import annotations

from wrapify.analysis.hits import Hit
from wrapify.analysis.signs import HAN, within

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


# Letters and what they are read as, from Unicode's confusables.txt, as far as common fonts draw both alike. Greek alpha
# and mu are left out: they are told apart, and stand beside Latin letters in science.
PAIRS = (
    (("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455"
      "\u0456\u0458\u04bb\u0501\u051b\u051d\u04cf\u04af\u0475"),
     "aeopcyxsijhdqwlyv"),
    (("\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421"
      "\u0422\u0423\u0425\u0405\u0406\u0408\u04c0\u050c\u04ae"),
     "ABEKMHOPCTYXSIJIGY"),
    ("\u03bf\u03bd\u03c1\u03f3\u03f2\u03c5\u03b9", "ovpjcui"),
    (("\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c"
      "\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u037f\u03f9"),
     "ABEZHIKMNOPTYXJC"),
    ("\u0585\u057d\u0570\u0578\u0581\u0563\u0566\u0584\u0561", "ouhngqqfw"),
    ("\u054d\u0555\u053c\u0548", "UOLN"),
    (("\u13a0\u13a1\u13a2\u13aa\u13ab\u13ac\u13b3\u13b7"
      "\u13bb\u13c0\u13c3\u13da\u13de\u13df\u13e2\u13e6\u13f4"),
     "DRTAJEWMHGZSLCPKB"),
)  # fmt: skip
# Letters of the Latin script itself: ordinary in words, not in the name of a host.
LATIN = ("\u0131\u0251\u0261\u0142\u0111\u00f8\u0268\u0269\u0280\u028f\u1d0f\u1d1c\ua731", "iagldoiiryous")
# Latin letters in another dress: fullwidth, mathematical, circled, of the letterlike block.
DRESSED = (
    (0x2100, 0x214F),
    (0x24B6, 0x24E9),
    (0xFF21, 0xFF3A),
    (0xFF41, 0xFF5A),
    (0x1D400, 0x1D7FF),
    (0x1F130, 0x1F149),
)
# Programs that give a word away which has no letter in common with ASCII.
PROGRAMS = _words(
    "apt awk bash brew cat chmod chown cp curl dd dnf docker doas echo env eval exec find git kill ls make mv node npm"
    " npx pacman perl php pip pip3 pkexec python python3 rm ruby sed sh ssh su sudo systemctl tar tee wget yum"
    " zsh"
)
# Signs that word processors and web pages put where a shell wants an ASCII sign.
DASHES, QUOTES = (
    frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212"),
    frozenset("\u2018\u2019\u201c\u201d\u2032\u2033\u00b4"),
)
OPERATORS = frozenset("\u037e\uff04\uff06\uff1b\uff1c\uff1e\uff40\uff5c\u2223\u01c0")
NUMBER_SIGNS = frozenset("\uff03\ufe5f\u266f")
LONGEST_WORD, LONGEST_LOOK_BACK, MOST_LOOKED_AT = 64, 1000, 10_000


def _table() -> dict[str, str]:
    return {char: like for chars, likes in PAIRS for char, like in zip(chars, likes, strict=True)}


def _dressed() -> frozenset[str]:
    return frozenset(chr(code) for first, last in DRESSED for code in range(first, last + 1))


ALIKE = _table()
SIGNS = DASHES | QUOTES | OPERATORS | NUMBER_SIGNS
CANDIDATES = SIGNS | frozenset(ALIKE) | _dressed()


def read_as(char: str) -> str:
    """Give the ASCII letter or digit that a character is read as, "" if it is not mistaken for one."""
    if char.isascii():
        return char
    if char in ALIKE:
        return ALIKE[char]
    if not within(char, DRESSED):
        return ""
    import unicodedata

    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain.isascii() and plain.isalnum() else ""


def deceives(word: str, *, option: bool = False) -> bool:
    """Tell whether a word is read as ASCII and is not: two scripts in one, or a program's or option's name."""
    if word.isascii() or word.isdecimal():
        return False
    likes = [read_as(char) for char in word]
    if "" in likes:
        return False
    return option or any(char.isascii() and char.isalpha() for char in word) or "".join(likes).lower() in PROGRAMS


def hits(text: str, chars: set[str]) -> Iterator[Hit]:
    """Find words and signs that are not what they look like. `chars` are those of the text."""
    wanted = {char for char in chars & CANDIDATES if char in SIGNS or read_as(char)}
    if not wanted:
        return
    places = [at for at, char in enumerate(text) if char in wanted]
    done = 0
    for at in places[:MOST_LOOKED_AT]:
        if at < done:
            continue
        hit = _sign(text, at) if text[at] in SIGNS else _word(text, at)
        done = hit.end
        if hit.rule and not in_comment(text, at):
            yield hit


def _word(text: str, at: int) -> Hit:
    start = end = at
    lowest, highest = max(0, at - LONGEST_WORD), min(len(text), at + LONGEST_WORD)
    while start > lowest and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    while end < highest and (text[end].isalnum() or text[end] == "_"):
        end += 1
    lead = text[max(0, start - 3) : start]
    bare = lead.rstrip("-")
    option = 1 <= len(lead) - len(bare) <= 2 and (bare == "" or bare[-1].isspace())
    return Hit("look-alike-word" if deceives(text[start:end], option=option) else "", start, end=max(end, at + 1))


def _sign(text: str, at: int) -> Hit:
    """Judge a sign: where a word or an operator of the shell may stand, and not inside of other people's scripts."""
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    begins = before == "" or before.isspace()
    rule = ""
    if text[at] in NUMBER_SIGNS:
        rule = "fake-comment" if begins and not within(after, HAN) else ""
    elif text[at] in QUOTES:
        apostrophe = before.isalnum() and after.isalnum()
        rule = "" if apostrophe or not (before + after).isascii() else "typographic-sign"
    elif text[at] in DASHES:
        rule = "typographic-sign" if begins and after != "" and not after.isspace() else ""
    elif (before + after).isascii():
        rule = "typographic-sign"
    return Hit(rule, at, end=at + 1, what=f"U+{ord(text[at]):04X}")


def in_comment(text: str, at: int) -> bool:
    """Tell whether `at` stands behind a `#` that begins a word outside of quotes: roughly, and only in reach."""
    line = text[max(0, at - LONGEST_LOOK_BACK) : at].rpartition("\n")[2]
    mark = 0 if line.startswith("#") else max(line.find(" #"), line.find("\t#"))
    return mark >= 0 and line.count("'", 0, mark) % 2 == 0 and line.count('"', 0, mark) % 2 == 0
