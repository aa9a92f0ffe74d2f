"""Pure. Internet addresses as C libraries read them: in one to four parts, decimal, octal or hexadecimal."""

from __future__ import annotations

# Networks of one's own, of this machine and of examples: (first bits, number of bits).
OWN = (
    (0x00000000, 8), (0x0A000000, 8), (0x64400000, 10), (0x7F000000, 8), (0xA9FE0000, 16), (0xAC100000, 12),
    (0xC0000200, 24), (0xC0A80000, 16), (0xC6336400, 24), (0xCB007100, 24), (0xE0000000, 3),
)  # fmt: skip
DIGITS = {8: "01234567", 10: "0123456789", 16: "0123456789abcdef"}


def value(host: str) -> int | None:
    """Give the number of an IPv4 address in any notation of inet_aton(3), None if it is none."""
    parts = host.split(".")
    if not 1 <= len(parts) <= 4 or len(host) > 64:
        return None
    numbers = [_number(part) for part in parts]
    limits = [256] * (len(parts) - 1) + [256 ** (5 - len(parts))]
    total = 0
    for number, limit in zip(numbers, limits, strict=True):
        if number is None or number >= limit:
            return None
        total = total * 256 + number if limit == 256 else total * limit + number
    return total


def _number(part: str) -> int | None:
    base, digits = (16, part[2:]) if part[:2] == "0x" else (8, part[1:]) if part[:1] == "0" else (10, part)
    if part == "0":
        return 0
    return int(digits, base) if digits and not digits.strip(DIGITS[base]) else None


def plain(host: str) -> bool:
    """Tell whether an address is written as four decimal numbers, as people write it."""
    parts = host.split(".")
    return len(parts) == 4 and all(part.isdecimal() and (part == "0" or part[0] != "0") for part in parts)


def dotted(number: int) -> str:
    """Write an address as people do."""
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def own(number: int) -> bool:
    """Tell whether an address is not one of the public internet."""
    return any(number >> (32 - bits) == first >> (32 - bits) for first, bits in OWN)
