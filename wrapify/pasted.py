"""Pure. A paste: the line as a hook hands it over, what of it was typed, and the marks of a paste on a terminal."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from wrapify.analysis.model import Finding

WEIGHT = {"info": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}

BEGIN, END = b"\x1b[200~", b"\x1b[201~"
"""What a terminal puts around a paste."""


class Marks:
    """Follow what a terminal sends, piece by piece however it is cut. `is_open`: a paste has begun and not ended."""

    def __init__(self) -> None:
        self.is_open = False
        self._rest = b""

    def follow(self, piece: bytes) -> None:
        """Take in the next piece."""
        heard = self._rest + piece
        begin, end = heard.rfind(BEGIN), heard.rfind(END)
        if begin != end:
            self.is_open = begin > end
        self._rest = heard[1 - len(BEGIN) :]


def parts(content: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Take apart `BEFORE NUL AFTER NUL LINE NUL`, None for anything else."""
    pieces = content.split(b"\0")
    if len(pieces) != 4 or pieces[3]:
        return None
    return pieces[0], pieces[1], pieces[2]


def span(before: bytes, after: bytes, *, line: bytes) -> tuple[int, int]:
    """Give where in a line the paste is, or may be: what its ends have in common with BEFORE and AFTER was typed."""
    begin = _common(line, before)
    rest = line[begin:]
    return begin, len(line) - _common(rest[::-1], after[::-1])


def _common(one: bytes, other: bytes) -> int:
    """Count the bytes that two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def neutral(line: bytes, where: tuple[int, int]) -> bytes:
    """Give a line of the same length with words that say nothing in the place of the paste."""
    begin, end = where
    said = bytes(byte if byte in b" \t\n" else 0x78 for byte in line[begin:end])
    return line[:begin] + said + line[end:]


def counting(found: Iterable[Finding], plain: Iterable[Finding], *, where: tuple[int, int]) -> tuple[Finding, ...]:
    """Give the findings that count: not those that begin in what was typed, and are there whatever was pasted.

    `plain` is what is found in the `neutral` line. `sudo apt install ` before a pasted name was typed; the `$x` behind
    a pasted `x=sudo;` was typed too, and counts.
    """
    begin, end = where
    ones, typed = tuple(found), _weighed(plain)
    weighed = _weighed(ones)
    return tuple(one for one in ones if begin <= one.start < end or weighed[_key(one)] > typed.get(_key(one), (0, 0)))


def _weighed(findings: Iterable[Finding]) -> dict[tuple[str, int], tuple[int, int]]:
    """Give for each rule and place the gravest weight, and how often there is something."""
    made: dict[tuple[str, int], tuple[int, int]] = {}
    for one in findings:
        weight, times = made.get(_key(one), (0, 0))
        made[_key(one)] = (max(weight, WEIGHT[one.severity]), times + 1)
    return made


def _key(one: Finding) -> tuple[str, int]:
    return one.rule, one.start
