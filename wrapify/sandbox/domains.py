"""Pure. Which hosts and ports the patterns given to `--allow` let through.

    example.com      this name alone
    *.example.com    every name below it, at any depth, but not itself (as in certificates, CSP and deno)
    .example.com     itself and every name below it (as in squid's dstdomain)
    93.184.216.34    this address; no name that leads to it

`:PORT` behind one of them allows that port alone; without it 80 and 443 are meant.
"""

from __future__ import annotations

from wrapify.errors import UsageError
from wrapify.sandbox.addresses import is_global

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

WEB = (80, 443)
NAME_MAX, LABEL_MAX = 253, 63
NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_")
# Names with these are spelled differently by IDNA 2003, which Python has, and IDNA 2008, which registries have.
UNSETTLED = frozenset("ßẞς\u200c\u200d")
EXAMPLE = "--allow example.com, --allow '*.example.com', --allow example.com:8443"


class Pattern:
    """Hold one pattern: `host` as `normalised` spells it, whether it is allowed `itself` and what is `below` it."""

    __slots__ = ("below", "host", "itself", "ports")

    def __init__(self, host: str, *, itself: bool, below: bool, ports: tuple[int, ...]) -> None:
        self.host = host
        self.itself = itself
        self.below = below
        self.ports = ports


def allowed(host: str, port: int, *, patterns: Sequence[Pattern]) -> bool:
    """Tell whether one of `patterns` lets a client go to `port` of `host`, given in any spelling."""
    name = normalised(host)
    return bool(name) and any(port in one.ports and _matches(name, one) for one in patterns)


def _matches(name: str, pattern: Pattern) -> bool:
    # No address ends like a name: what may precede one is refused in a pattern.
    return (pattern.itself and name == pattern.host) or (pattern.below and name.endswith(f".{pattern.host}"))


def parse_pattern(text: str) -> Pattern:
    """Read a pattern as it is written to `--allow`. Raises UsageError if it is none or allows too much."""
    if not text.isprintable() or any(char in text for char in "/@,\\ "):
        raise _unusable(text, "is not a domain: give the name alone, without scheme, path or user")
    below = text.startswith(("*.", "."))
    try:
        host, port = split_port(text.removeprefix("*").removeprefix(".") if below else text)
    except ValueError:
        raise _unusable(text, "has a port that is no number from 1 to 65535") from None
    name = normalised(host)
    if not name:
        raise _unusable(text, "is not a domain" if host.isascii() else "is not a domain: try its xn-- spelling")
    if is_literal(name):
        if below or not is_global(packed(name)):
            raise _unusable(text, "is not the address of one host of the public internet")
    elif "." not in name:
        raise _unusable(text, "allows a whole top-level domain" if below else "is not a full name of the internet")
    return Pattern(name, itself=not text.startswith("*"), below=below, ports=(port,) if port else WEB)


def _unusable(text: str, why: str) -> UsageError:
    shown = ascii(text if len(text) <= NAME_MAX else f"{text[:NAME_MAX]}…")
    return UsageError(f"--allow: {shown} {why}", EXAMPLE)


def split_port(text: str) -> tuple[str, int]:
    """Split HOST, HOST:PORT, [V6] and [V6]:PORT, and a bare IPv6 address; the port is 0 if there is none.

    Raises ValueError if what should be the port is none. The host is not looked at.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or ":" not in host or (rest and not rest.startswith(":")):
            raise ValueError
    elif text.count(":") > 1:
        host, rest = text, ""
    else:
        host, colon, port = text.partition(":")
        rest = colon + port
    if not rest:
        return host, 0
    digits = rest[1:]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 5 and 0 < int(digits) < 65536):
        raise ValueError
    return host, int(digits)


def normalised(host: str) -> str:
    """Give the one spelling of a name or address in which it is compared and resolved; "" if it is neither.

    Lower case, punycode, no dot at the end. An address that is not written in the usual way (0x7f.1, 2130706433,
    010.0.0.1, fe80::1%lo) is neither: a resolver may take it for one where this takes it for a name.
    """
    if len(host) > NAME_MAX + 1:
        return ""
    if ":" in host:
        return _normalised_v6(host)
    if not host.isascii():
        host = _punycode(host)
    name = host.lower().removesuffix(".")
    if len(name) > NAME_MAX or not all(map(_is_label, name.split("."))):
        return ""
    return name if not is_literal(name) or packed(name) else ""


def _is_label(label: str) -> bool:
    return 0 < len(label) <= LABEL_MAX and NAME_CHARACTERS.issuperset(label) and label.strip("-") == label


def _punycode(host: str) -> str:
    try:
        return "" if UNSETTLED.intersection(host) else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _normalised_v6(host: str) -> str:
    import ipaddress  # 5 ms, and hardly anybody writes one

    try:
        return "" if "%" in host else str(ipaddress.IPv6Address(host))
    except ValueError:
        return ""


def is_literal(name: str) -> bool:
    """Tell whether a normalised name is an address: no top-level domain is a number, decimal or hexadecimal."""
    last = name.rpartition(".")[2]
    return ":" in name or last.isdigit() or (last.startswith("0x") and not last[2:].strip("0123456789abcdef"))


def packed(name: str) -> bytes:
    """Give the bytes of an address in its usual spelling, b"" for anything else."""
    if ":" in name:
        import ipaddress

        return ipaddress.IPv6Address(name).packed
    parts = name.split(".")
    usual = len(parts) == 4 and all(part.isdigit() and len(part) <= 3 and str(int(part)) == part for part in parts)
    return bytes(map(int, parts)) if usual and all(int(part) < 256 for part in parts) else b""
