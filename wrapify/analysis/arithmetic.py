"""Pure. The arithmetic of a shell on known values: what `$((57 * 2 + 1))`, an index or a slice comes to."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Names = Callable[[str], str]

LONGEST = 128
LEVELS = (("|",), ("^",), ("&",), ("<<", ">>"), ("+", "-"), ("*", "/", "%"))
"""Operators of two sides, from the loosest to the tightest."""
LIMIT = 1 << 63


class Unknown(ValueError):
    """Say that an expression holds what is not followed: comparisons, assignments, names without a number."""


def evaluate(text: str, names: Names) -> int | None:
    """Give the number that an expression comes to, None if that cannot be told. `names` gives the text of a name."""
    if len(text) > LONGEST:
        return None
    expression = Expression(text, names)
    try:
        value = expression.level(0)
    except Unknown:
        return None
    return value if expression.at_end() else None


class Expression:
    """Read one expression from left to right."""

    def __init__(self, text: str, names: Names) -> None:
        self.text = "".join(text.split())
        self.names = names
        self.at = 0

    def at_end(self) -> bool:
        """Tell whether all of it was read."""
        return self.at >= len(self.text)

    def level(self, number: int) -> int:
        """Read what the operators of this level, and the tighter ones, join."""
        if number == len(LEVELS):
            return self._operand()
        left = self.level(number + 1)
        while (operator := next((one for one in LEVELS[number] if self.text.startswith(one, self.at)), "")) != "":
            self.at += len(operator)
            left = _joined(left, operator, right=self.level(number + 1))
        return left

    def _operand(self) -> int:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "(":
            value = self.level(0)
            if self.text[self.at : self.at + 1] != ")":
                raise Unknown
            self.at += 1
            return value
        if char in ("-", "+"):
            return -self._operand() if char == "-" else self._operand()
        self.at -= 1
        return self._number()

    def _number(self) -> int:
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] in "_#$"):
            self.at += 1
        word = self.text[start : self.at].lstrip("$")
        return literal(word if word[:1].isdigit() else self.names(word) if word else "")


def literal(word: str) -> int:
    """Give the number that digits mean: `115`, `0x73`, `0163`, `8#163`."""
    base, mark, digits = word.partition("#")
    try:
        if mark:
            return int(digits, int(base))
        octal = word[:1] == "0" and word[1:].isdigit()
        return int(word, 8 if octal else 16 if word[:2].lower() == "0x" else 10)
    except ValueError:
        raise Unknown from None


def _joined(left: int, operator: str, *, right: int) -> int:
    if operator in ("/", "%"):
        if not right:
            raise Unknown
        value = left // right if operator == "/" else left % right
    elif operator in ("<<", ">>"):
        if not 0 <= right < 64:
            raise Unknown
        value = left << right if operator == "<<" else left >> right
    else:
        value = {"|": left | right, "^": left ^ right, "&": left & right, "+": left + right, "-": left - right}.get(
            operator, left * right
        )
    if abs(value) >= LIMIT:
        raise Unknown
    return value
