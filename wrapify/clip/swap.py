"""Pure. Whether what is on a clipboard was exchanged behind the back of whoever copied it.

Two things give it away. An owner that hands out other text than before without having taken the selection anew: an
honest program takes it whenever somebody copies. And an address (of money, mostly) in whose place another one of its
kind comes which looks like it, or comes sooner than a person copies again.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

SOON_S = 2.0
"""Nobody copies two addresses within that time."""
ALIKE = 3
"""Characters at either end, beyond what all of a kind begin with, that make two addresses alike: people look there."""
LONGEST = 4096
BASE58 = "[1-9A-HJ-NP-Za-km-z]"
KINDS = {
    "a Bitcoin address": rf"(?:bc1|tb1)[ac-hj-np-z02-9]{{11,87}}|[13]{BASE58}{{25,34}}",
    "an Ethereum address": r"0x[0-9a-fA-F]{40}",
    "a Litecoin address": rf"ltc1[ac-hj-np-z02-9]{{11,87}}|[LM]{BASE58}{{26,33}}",
    "a Monero address": rf"[48]{BASE58}{{94,105}}",
    "a Tron address": rf"T{BASE58}{{33}}",
    "a Ripple address": rf"r{BASE58}{{24,34}}",
    "a Dogecoin address": rf"D{BASE58}{{33}}",
    "a Cardano address": r"addr1[ac-hj-np-z02-9]{50,110}",
    "a Solana address": rf"{BASE58}{{43,44}}",
    "an IBAN": r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,4})?",
    "an onion address": r"[a-z2-7]{56}\.onion",
    "a fingerprint": r"(?:[0-9A-Fa-f]{4} ?){10}|SHA256:[0-9A-Za-z+/]{43}",
}
"""What is copied because nobody can type it, and what a swap is worth money or trust for."""
PREFIX = re.compile(r"bc1q?|tb1q?|0x|ltc1q?|addr1|SHA256:|[A-Z]{2}(?=\d)|.")


class Seen:
    """Hold what was seen on a clipboard: `serial` changes when somebody takes it, `when` is in seconds."""

    __slots__ = ("digest", "found", "serial", "when")

    def __init__(self, digest: str, text: str, *, serial: object, when: float) -> None:
        self.digest = digest
        self.serial = serial
        self.when = when
        # Not the text: what is kept from one look to the next is as little as may be.
        self.found = dict(addresses(text))


def addresses(text: str) -> Iterator[tuple[str, str]]:
    """Give the kind of each address in a text, and the first of that kind."""
    words = text[:LONGEST]
    done = set()
    for kind, pattern in KINDS.items():
        found = re.search(rf"(?<![0-9A-Za-z])(?:{pattern})(?![0-9A-Za-z])", words)
        if found and found[0] not in done:
            done.add(found[0])
            yield kind, found[0]


def swapped(before: Seen | None, now: Seen) -> str:
    """Say in one sentence why this is a swap, "" if it is none."""
    if before is None or before.digest == now.digest:
        return ""
    if before.serial == now.serial:
        return "The text changed although nobody copied anything."
    for kind, address in now.found.items():
        old = before.found.get(kind, address)
        if old == address:
            continue
        if now.when - before.when <= SOON_S:
            return f"{kind[0].upper()}{kind[1:]} was replaced by another one right after it was copied."
        if alike(old, address):
            return f"{kind[0].upper()}{kind[1:]} was replaced by one that looks like it."
    return ""


def alike(one: str, other: str) -> bool:
    """Tell whether two addresses begin or end alike, apart from what all of their kind begin with."""
    return _shared(_own(one), _own(other)) >= ALIKE or _shared(one[::-1].lower(), other[::-1].lower()) >= ALIKE


def _own(address: str) -> str:
    found = PREFIX.match(address)
    return address[found.end() if found else 0 :].lower()


def _shared(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
