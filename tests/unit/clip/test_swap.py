"""What gives a swap of the clipboard away, and what does not."""

from __future__ import annotations

import pytest

from wrapify.clip.swap import SOON_S, Seen, addresses, swapped

BTC = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
BTC_ALIKE = "bc1qar0xyzm4qtn8f3k7w2sd5c9vj6hle0ug4azzkl"
BTC_OTHER = "bc1qzzzsrrr7xfkvy5l643lydnw9re59gtzzwf5xxx"
OLD_BTC = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
ETH = "0x52908400098527886E0F7030069857D2E4169EE7"
ETH_ALIKE = "0x5290111111111111111111111111111111111111"
IBAN, IBAN_ALIKE = "DE89 3704 0044 0532 0130 00", "DE89 3704 9999 9999 9999 99"
KINDS = {
    BTC: "a Bitcoin address",
    OLD_BTC: "a Bitcoin address",
    ETH: "an Ethereum address",
    IBAN: "an IBAN",
    "SHA256:" + "a" * 43: "a fingerprint",
}


@pytest.mark.parametrize("address", KINDS)
def test_addresses_are_found_in_a_text(address: str) -> None:
    assert dict(addresses(f"send it to {address}, please"))[KINDS[address]] == address


@pytest.mark.parametrize("text", ["git status", "a" * 3000, "0x1234", "DE89", "https://example.com/x", "", "\udcff"])
def test_other_texts_have_none(text: str) -> None:
    assert dict(addresses(text)) == {}


# (before, after, seconds between them, was the clipboard taken anew, what is said)
CASES = [
    ("ls", "ls", 0.1, False, ""),
    ("ls", "rm", 99, False, "although nobody copied"),
    ("ls", "rm", 0.1, True, ""),
    (BTC, BTC, 0.1, True, ""),
    (BTC, BTC_OTHER, SOON_S / 2, True, "right after"),
    (BTC, BTC_OTHER, SOON_S * 5, True, ""),
    (BTC, BTC_ALIKE, SOON_S * 5, True, "looks like it"),
    (f"pay {ETH} now", ETH_ALIKE, 60, True, "an ethereum address was replaced by one that looks like it"),
    (IBAN, IBAN_ALIKE, 60, True, "an iban was replaced"),
    (BTC, ETH, 0.1, True, ""),
    ("ls", BTC, 0.1, True, ""),
]


@pytest.mark.parametrize(("before", "after", "seconds", "anew", "says"), CASES, ids=range(len(CASES)))
def test_a_swap(before: str, after: str, seconds: float, anew: bool, says: str) -> None:
    old = Seen(f"hash of {before}", before, serial=1, when=100.0)
    new = Seen(f"hash of {after}", after, serial=1 + anew, when=100.0 + seconds)
    said = swapped(old, new)
    assert (says.lower() in said.lower()) if says else said == ""
    assert swapped(None, new) == ""
