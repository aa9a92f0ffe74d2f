"""Pure. Escape sequences: where one ends, and what it asks of a terminal."""

from __future__ import annotations

from wrapify.analysis.hits import Hit

LONGEST_PARAMETERS, LONGEST_STRING = 64, 4096

# The C1 controls that begin a sequence, and what is written instead of them in seven bits.
INTRODUCERS = {"\x90": "P", "\x98": "X", "\x9b": "[", "\x9d": "]", "\x9e": "^", "\x9f": "_"}

# The last character of a control sequence and what it does. From ECMA-48 and xterm's list.
MOVES, MOVING = "moves the cursor", "ABCDEFGHIZ`adefsu@"
HIDING = {
    "J": "erases the screen", "K": "erases the line", "L": "moves lines", "M": "moves lines", "P": "erases characters",
    "X": "erases characters", "S": "scrolls", "T": "scrolls", "r": "sets where the screen scrolls",
}  # fmt: skip
ACTING = {
    "h": "switches a mode of the terminal", "l": "switches a mode of the terminal", "n": "makes the terminal answer",
    "c": "makes the terminal answer", "t": "moves or reports the window", "q": "sets the keyboard or the cursor",
    "p": "resets the terminal", "i": "sends to the printer", "x": "makes the terminal answer",
    "y": "makes the terminal answer",
}  # fmt: skip
# The number of an operating system command.
COMMANDS = {
    "0": "sets the title", "1": "sets the title", "2": "sets the title", "7": "tells a directory", "8": "makes a link",
    "9": "shows a notice", "50": "sets the font", "52": "writes to the clipboard", "777": "shows a notice",
    "1337": "gives orders to iTerm2",
}  # fmt: skip


def _each(chars: str, *, means: tuple[str, str]) -> dict[str, tuple[str, str]]:
    return dict.fromkeys(chars, means)


# What follows ESC directly.
SHORT = {
    **_each("78DEHM", means=("escape-hides", MOVES)),
    **_each("PX^_", means=("escape-acts", "sends a string to the terminal")),
    **_each("()*+-./%no|}~", means=("escape-acts", "sets the character set")),
    "c": ("escape-acts", "resets the terminal"), "#": ("escape-acts", "changes the lines"),
    "=": ("escape-acts", "sets the keyboard"), ">": ("escape-acts", "sets the keyboard"),
    "Z": ("escape-acts", "makes the terminal answer"),
}  # fmt: skip
OTHER = ("escape-other", "has no meaning that is known")


def sequence(text: str, at: int) -> Hit:
    """Give the sequence that ESC or a C1 introducer begins at `at`."""
    body = at + 1
    kind = INTRODUCERS.get(text[at], "")
    if not kind:
        kind = text[body : body + 1]
        body += 1
    if kind == "[":
        return _control(text, at, body=body)
    rule, what = SHORT.get(kind, OTHER)
    end = min(body, len(text))
    if kind == "]":
        end = _end_of_string(text, body)
        number = text[body : body + 5].partition(";")[0]
        rule, what = "escape-acts", COMMANDS.get(number, "gives an order to the terminal")
    elif kind and kind in "PX^_":
        end = _end_of_string(text, body)
    elif rule == "escape-other":
        end = at + 1
    return Hit(rule, at, end=end, what=what)


def _end_of_string(text: str, body: int) -> int:
    """Find the end of a string: BEL, ESC \\ or ST. One that does not end in sight, or on its line, is its beginning."""
    stretch = text[body : body + LONGEST_STRING].partition("\n")[0]
    ends = [(stretch.find(mark), len(mark)) for mark in ("\x07", "\x1b\\", "\x9c")]
    return min((body + at + length for at, length in ends if at >= 0), default=body)


def _control(text: str, at: int, *, body: int) -> Hit:
    stretch = text[body : body + LONGEST_PARAMETERS]
    parameters = stretch[: len(stretch) - len(stretch.lstrip("0123456789:;<=>?!\"#$%&'()*+,-./ "))]
    final = stretch[len(parameters) : len(parameters) + 1]
    rule, what = _meaning(parameters, final)
    seen = final != "" and "@" <= final <= "~"
    return Hit(rule, at, end=body + len(parameters) + 1 if seen else body, what=what)


def _meaning(parameters: str, final: str) -> tuple[str, str]:
    if final == "m" and parameters[:1] not in {"<", "=", ">", "?"}:
        return ("escape-hides", "hides text") if _conceals(parameters) else ("escape-colour", "sets a colour")
    if final == "m":
        return "escape-acts", "sets the keyboard"
    if final == "~" and parameters == "200":
        return "escape-acts", "pretends that a paste begins"
    if final and final in ACTING:
        return "escape-acts", ACTING[final]
    if final and (final in HIDING or final in MOVING):
        return "escape-hides", HIDING.get(final, MOVES)
    return OTHER


def _conceals(parameters: str) -> bool:
    """Tell whether a colour sequence has the attribute 8; not as part of a colour: `38;5;8`, `48;2;8;8;8`."""
    numbers = iter(parameters.split(";"))
    for number in numbers:
        if number in {"38", "48", "58"}:
            for _part in range({"5": 1, "2": 3}.get(next(numbers, ""), 0)):
                next(numbers, "")
        elif number.lstrip("0") == "8":
            return True
    return False
