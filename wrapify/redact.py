"""Pure. Takes out of a text what may be a secret, for what is written down about it.

It hides too much rather than too little: what was a password and what only looks like one cannot be told apart.
Without the package re, which costs more than all the rest of a start.
"""

from __future__ import annotations

import itertools

from wrapify.passwords import closing, options, word_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Span = tuple[int, int]

MARK = "***"
WINDOW = 4096
"""Characters of a text that are looked at; what is behind them is not written down either."""
LONGEST = 200
SECRET = "pass pwd secret token apikey credential bearer cookie session signature jwt".split()
SECRET_PARTS = frozenset("auth oauth key pin otp sig sid cred creds pw psk".split())
"""Words that make a name secret only if they are a part of their own: there are keyboards and authors."""
NO_SECRET = ("file", "path", "stdin", "dir", "keyring")
SCHEMES = ("bearer", "basic", "digest")
PREFIXES = (
    "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- sk- sk_ rk_ pk_live_ xoxa- xoxb- xoxp- xoxs- xapp- AKIA ASIA"
    " AIza ya29. npm_ pypi- hf_ eyJ SG. dop_v1_ shpat_ shpss_ hvs. AGE-SECRET-KEY- dckr_pat_ tskey-"
    " lin_api_ figd_ whsec_"
).split()
SHORTEST_PREFIXED, SHORTEST_RANDOM, LONG_RANDOM = 12, 16, 24
NAME = frozenset("_-.")


def excerpt(text: str) -> str:
    """Give the beginning of a text without what may be a secret."""
    if len(text) > WINDOW:
        # A word that is cut off may be the half of a secret.
        text = text[:WINDOW].rsplit(None, 1)[0] + " …"
        text = text if len(text) < WINDOW else MARK
    found = redacted(text.strip())
    return found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"


def redacted(text: str) -> str:
    """Give a text with MARK in the place of what may be a secret."""
    outer = _closing_quotes(text)
    spans = sorted((*_blocks(text), *_named(text, outer), *_urls(text), *options(text), *_random(text)))
    pieces, done = [], 0
    for start, end in spans:
        if end <= done:
            continue
        if start >= done:
            pieces += [text[done:start], MARK]
        done = end
    return "".join((*pieces, text[done:]))


def _blocks(text: str) -> Iterator[Span]:
    """Find blocks of PEM, to their end or that of the text."""
    at = text.find("-----BEGIN")
    while at >= 0:
        end = text.find("-----END", at)
        close = text.find("-----", end + 8) if end >= 0 else -1
        stop = close + 5 if close >= 0 else len(text)
        yield at, stop
        at = text.find("-----BEGIN", stop)


def _closing_quotes(text: str) -> list[int]:
    """Give for each place in a text where the quotes around it close, -1 where there are none."""
    found, at = [-1] * (len(text) + 1), 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] not in "'\"":
            at += 1
            continue
        close = closing(text, at)
        found[at + 1 : close] = [close] * (close - at - 1)
        at = close + 1
    return found


# ---- what a name says: PASSWORD=…, --token …, "secret": …, Authorization: …


def _named(text: str, outer: list[int]) -> Iterator[Span]:
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and (text[at].isalnum() or text[at] in NAME):
            at += 1
        if at == start:
            at += 1
            continue
        name = text[start:at].lower()
        if (
            is_secret(name)
            or name in SCHEMES
            or (name == "by" and text[:start].rstrip().lower().endswith("identified"))
        ):
            yield from _value(text, (start, at), outer=outer)


def is_secret(name: str) -> bool:
    """Tell whether what has this name, in lower case, may be a secret."""
    plain = name.strip("-_.")
    if plain.endswith(NO_SECRET) or plain in ("pwd", "oldpwd"):
        return False
    parts = plain.replace("-", "_").replace(".", "_").split("_")
    return (
        any(word in plain for word in SECRET)
        or not SECRET_PARTS.isdisjoint(parts)
        or plain.startswith(("authoriz", "proxy-authoriz"))
        or plain.endswith("key")
    )


def _value(text: str, where: Span, *, outer: list[int]) -> Iterator[Span]:
    start, end = where
    close = outer[start]
    stop = close if close >= 0 else len(text)
    at = end
    while at < len(text) and text[at] in "\"'\\":
        at += 1
    after = _skip_blanks(text, at)
    sign = text[after : after + 1]
    if sign in ("=", ":") and sign:
        value = after + 1 + (text[after + 1 : after + 2] in ("=", ">"))
        value = value if sign == "=" and after == at else _skip_blanks(text, value)
        yield from _assigned(text, (start, value), sign=sign, stop=max(stop, value))
    elif after > at and not text.startswith(("--", "$("), after) and _says_more(text[start:end], text[after:]):
        end = word_end(text, after, stop=stop if after < stop else len(text))
        if end > after:
            yield after, end


def _says_more(name: str, rest: str) -> bool:
    """Tell whether what follows a name and a blank is its value: of an option, a key, a scheme, a word of SQL."""
    return name[0] == "-" or "_" in name or "." in name or name.lower() in SCHEMES or rest[:1] in ("'", '"')


def _assigned(text: str, where: Span, *, sign: str, stop: int) -> Iterator[Span]:
    """Find how far a value goes: `where` is where its name begins, and it."""
    start, value = where
    if text.startswith(("$(", "`"), value) or value >= len(text):
        return  # A command, and what it says is not in the text.
    is_quoted = stop < len(text) or (start > 0 and text[start - 1] in "'\"")
    if text[value] in "'\"" and value < stop:
        end = word_end(text, value, stop=stop)
    elif is_quoted and (sign == ":" or text[start - 1] in "'\""):
        line = text.find("\n", value, stop)
        end = line if line >= 0 else stop
    elif sign == ":" and text[value - 1] == " ":
        line = text.find("\n", value)
        end = line if line >= 0 else len(text)
    elif stop < len(text):
        end = value
        while end < stop and not text[end].isspace():
            end += 1
    else:
        end = word_end(text, value, stop=stop)
    if end > value:
        yield value, end


def _skip_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


# ---- what stands before the @ of an address


def _urls(text: str) -> Iterator[Span]:
    for start, end in _pieces(text, lambda char: not char.isspace() and char not in "'\"<>|;`"):
        word = text[start:end]
        begin = word.find("://") + 3 if "://" in word else 0
        host = word[begin:]
        for stop in "/?#":
            # A password may have a slash in it; then there is a colon and no port.
            front = host.partition(stop)[0]
            if "@" in front or not _has_password(front):
                host = front
        at = host.rfind("@")
        if at > 0 and (begin or ":" in host[:at]):
            yield start + begin, start + begin + at


def _has_password(host: str) -> bool:
    _, colon, port = host.partition(":")
    return bool(colon) and not port.isdigit()


# ---- what looks like nothing that a person would write


def _random(text: str) -> Iterator[Span]:
    for start, end in _pieces(text, lambda char: char.isascii() and (char.isalnum() or char in "+/_-.~%")):
        word = text[start:end]
        at = start
        for part in word.split("/"):
            if _is_token(part):
                yield at, at + len(part)
            at += len(part) + 1
        # Base64 has slashes too; what begins with one is taken for a path.
        is_path = word.startswith(("/", "~/"))
        if len(word) >= 2 * SHORTEST_RANDOM and "." not in word and not is_path and _is_mixed(word):
            yield start, end


def _is_token(part: str) -> bool:
    if len(part) >= SHORTEST_PREFIXED and part.startswith(tuple(PREFIXES)):
        return True
    return any(len(piece) >= SHORTEST_RANDOM and _is_mixed(piece) for piece in part.split("."))


def _is_mixed(word: str) -> bool:
    """Tell whether the kind of letter changes as often as by chance: small to capital, and to and from a digit."""
    pairs = [(one, other) for one, other in itertools.pairwise(word) if one.isalnum() and other.isalnum()]
    changes = sum((one.islower() and other.isupper()) or one.isdigit() != other.isdigit() for one, other in pairs)
    return changes * (5 if len(word) >= LONG_RANDOM else 4) >= len(word)


def _pieces(text: str, is_in: Callable[[str], bool]) -> Iterator[Span]:
    """Give the longest stretches of characters for which `is_in` holds."""
    at = 0
    while at < len(text):
        start = at
        while at < len(text) and is_in(text[at]):
            at += 1
        if at > start:
            yield start, at
        at += 1
