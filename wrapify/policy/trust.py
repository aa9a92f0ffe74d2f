"""Pure. The texts that the user trusts: by the SHA-256 of their exact bytes, until a day, for what was found in them.

A file of lines, so that a check reads it without a parser: `SHA256 UNTIL RULE,RULE`, below one line that names its
format. UNTIL is in seconds since 1970. Nothing of the text itself is kept.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = "wrapify trust 1"
MOST = 1000
"""Texts that are remembered; beyond them the one that ends first is forgotten."""
LARGEST = 1 << 20
LONGEST_DAYS = 3650
DAY = 86400
NO_RULE = "-"
_HEX = frozenset("0123456789abcdef")
_RULE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


class Trusted:
    """Hold one text that is trusted: `until` in seconds since 1970, `rules` what was found in it."""

    __slots__ = ("digest", "rules", "until")

    def __init__(self, digest: str, until: int, *, rules: Iterable[str]) -> None:
        self.digest = digest
        self.until = until
        self.rules = tuple(sorted(set(rules)))

    def covers(self, rules: Iterable[str], *, now: float) -> bool:
        """Tell whether the trust still holds, and for all of `rules`: what a later wrapify finds besides is new."""
        return now < self.until <= now + (LONGEST_DAYS + 1) * DAY and set(rules) <= set(self.rules)


def parse(content: bytes) -> dict[str, Trusted] | None:
    """Read the file, None if it is not what wrapify wrote: then nothing is trusted."""
    lines = content.split(b"\n")
    if len(content) > LARGEST or lines[0] != HEAD.encode() or lines[-1]:
        return None
    found = [_entry(line) for line in lines[1:-1]]
    return {one.digest: one for one in found if one} if all(found) and len(found) <= MOST else None


def _entry(line: bytes) -> Trusted | None:
    digest, _, rest = line.decode("ascii", "replace").partition(" ")
    until, _, names = rest.partition(" ")
    rules = [] if names == NO_RULE else names.split(",")
    sound = len(digest) == 64 and _HEX.issuperset(digest) and until.isdigit() and until.isascii() and len(until) <= 12
    if not sound or not all(rule and _RULE.issuperset(rule) for rule in rules):
        return None
    return Trusted(digest, int(until), rules=rules)


def written(entries: Iterable[Trusted], *, now: float) -> bytes:
    """Write the file without what has ended, and without what is too much."""
    living = sorted((one for one in entries if one.until > now), key=lambda one: one.until)[-MOST:]
    lines = [HEAD, *(f"{one.digest} {one.until} {','.join(one.rules) or NO_RULE}" for one in living), ""]
    return "\n".join(lines).encode("ascii")


def matching(entries: Iterable[Trusted], prefix: str) -> list[Trusted]:
    """List the entries whose hash begins with `prefix`."""
    return [one for one in entries if one.digest.startswith(prefix.lower())]
