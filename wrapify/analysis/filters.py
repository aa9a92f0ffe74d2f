"""Pure. What the filters of a pipeline make of known text: cut, head, sort, grep, awk, sed and the like.

Each takes the text and the words of the command. It gives None where the outcome cannot be told, or would take long
to find out.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re

LONGEST_MATCHED = {0: 1 << 14, 1: 200, 2: 32}
"""Characters of a text that an expression with so many repetitions is compared with: the time is their power."""


def lines_of(text: str) -> list[str]:
    """Give the lines of a text, the last one whole if it has no newline."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _text_of(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def option(words: list[str], name: str, *, default: str = "") -> str:
    """Give the value of a short option, as the next word or glued to it, last in a cluster too."""
    for number, word in enumerate(words):
        if word[:1] != "-" or word[1:2] == "-":
            continue
        at = word.find(name, 1)
        if at == 1 or (at > 1 and word[1:at].isalpha()):
            return word[at + 1 :] or (words[number + 1] if number + 1 < len(words) else default)
    return default


def cut(text: str, words: list[str]) -> str | None:
    """Carry out `cut -c`, `-b` or `-f` with `-d`."""
    fields, chars = option(words, "f"), option(words, "c") or option(words, "b")
    by = (option(words, "d", default="\t") or "\t")[:1]
    spans = _spans(fields or chars)
    if spans is None:
        return None
    if not fields:
        return _text_of(["".join(_picked(list(line), spans)) for line in lines_of(text)])
    return _text_of([by.join(_picked(line.split(by), spans)) if by in line else line for line in lines_of(text)])


def _spans(given: str) -> list[tuple[int, int]] | None:
    """Read `2-5,7-`."""
    spans = []
    for piece in given.split(","):
        first, dash, last = piece.partition("-")
        if not (first + last).isdecimal() or len(first + last) > 8:
            return None
        start = int(first or "1")
        spans.append((start, int(last) if last else 1 << 30 if dash else start))
    return spans


def _picked(items: list[str], spans: list[tuple[int, int]]) -> list[str]:
    return [one for number, one in enumerate(items, 1) if any(first <= number <= last for first, last in spans)]


def head(text: str, words: list[str]) -> str | None:
    """Carry out `head` and `tail` with `-n` or `-c`, as `head -1` and `tail -n +2` too."""
    return _ends(text, words, first=True)


def tail(text: str, words: list[str]) -> str | None:
    """Carry out `tail`."""
    return _ends(text, words, first=False)


def _ends(text: str, words: list[str], *, first: bool) -> str | None:
    short = next((word[1:] for word in words if word[:1] in "-+" and word[1:].isdecimal()), "")
    size = option(words, "c")
    count = size or option(words, "n") or short or "10"
    if not count.lstrip("+-").isdecimal() or len(count) > 8:
        return None
    units = list(text) if size else [f"{line}\n" for line in lines_of(text)]
    number = int(count.lstrip("+"))
    if first:
        return "".join(units[:number])
    return "".join(units[max(0, number - 1) :] if count[0] == "+" else units[-abs(number) :] if number else [])


def order(text: str, words: list[str]) -> str | None:
    """Carry out a plain `sort`, with `-r` and `-u`."""
    options = {char for word in words if word[:1] == "-" for char in word[1:]}
    if options - set("ruf"):
        return _numbered(text) if options == {"n"} else None
    lines = sorted(lines_of(text), reverse="r" in options)
    return _text_of(list(dict.fromkeys(lines)) if "u" in options else lines)


def _numbered(text: str) -> str | None:
    """Carry out `sort -n` for lines that begin with a number each."""
    lines = lines_of(text)
    heads = [line.split()[0] if line.split() else "" for line in lines]
    if not all(head.isdecimal() and len(head) < 9 for head in heads):
        return None
    return _text_of([line for _, line in sorted(zip(map(int, heads), lines, strict=True))])


def unique(text: str, words: list[str]) -> str | None:
    """Carry out a plain `uniq`."""
    lines = lines_of(text)
    return None if words else _text_of([line for at, line in enumerate(lines) if not at or line != lines[at - 1]])


def fold(text: str, words: list[str]) -> str | None:
    """Carry out `fold -w`."""
    width = option(words, "w", default="80") or "80"
    if not width.isdecimal() or not 0 < int(width[:8]) < 1 << 16:
        return None
    size = int(width)
    return _text_of([line[at : at + size] for line in lines_of(text) for at in range(0, len(line), size)])


def paste(text: str, words: list[str]) -> str | None:
    """Carry out `paste -s`, with `-d`."""
    if not any("s" in word for word in words if word[:1] == "-"):
        return text if words in (["-"], []) else None
    by = option(words, "d", default="\t")
    by = "" if by in ("\\0", "-") else by[:1]
    return by.join(lines_of(text)) + "\n"


def grep(text: str, words: list[str]) -> str | None:
    """Carry out `grep` with a plain expression, and `-v`, `-o`, `-i`, `-F`, `-E`."""
    options = {char for word in words if word[:1] == "-" for char in word[1:]}
    plain = [word for word in words if word[:1] != "-"]
    if options - set("voiFEwaeP") or len(plain) != 1:
        return None
    literal = "F" in options
    pattern = compiled(plain[0], text, extended="E" in options or "P" in options, literal=literal)
    if pattern is None:
        return None
    if "o" in options:
        return _text_of([found.group() for line in lines_of(text) for found in pattern.finditer(line)])
    return _text_of([line for line in lines_of(text) if bool(pattern.search(line)) != ("v" in options)])


def awk(text: str, words: list[str]) -> str | None:
    """Carry out `awk '{print $1, $2}'` and `awk 'BEGIN{print "…"}'`, with `-F`."""
    by = option(words, "F")
    code = next((word for word in words if word[:1] != "-" and word != by), "").strip()
    at_begin = code.startswith("BEGIN")
    code = code.removeprefix("BEGIN").strip()
    if not (code.startswith("{") and code.endswith("}")) or len(by) > 1:
        return None
    pieces: list[str] = []
    for line in [""] if at_begin else lines_of(text)[:256]:
        for statement in code[1:-1].split(";"):
            printed = _printed(statement.strip(), [line, *(line.split(by) if by else line.split())])
            if printed is None:
                return None
            pieces.append(printed)
    return "".join(pieces)


def _printed(statement: str, fields: list[str]) -> str | None:
    """Carry out `print` or `printf` of fields and strings."""
    verb, _, rest = statement.partition(" ")
    if not statement:
        return ""
    verb, rest = ("print", statement[5:]) if statement.startswith(('print"', "print$")) else (verb, rest)
    if verb not in ("print", "printf"):
        return None
    parts: list[str] = []
    for item in rest.split(",") if rest.strip() else ["$0"]:
        part = _joined(item.strip(), fields)
        if part is None:
            return None
        parts.append(part)
    return " ".join(parts) + "\n" if verb == "print" else "".join(parts) if "%" not in parts[0] else None


def _joined(item: str, fields: list[str]) -> str | None:
    """Give fields and strings next to each other: `$2 "x" $NF`."""
    pieces, at = [], 0
    while at < len(item):
        if item[at] == '"':
            closing = item.find('"', at + 1)
            if closing < 0:
                return None
            pieces.append(item[at + 1 : closing])
            at = closing + 1
        elif item[at] == "$":
            end = at + 1
            while end < len(item) and item[end].isalnum():
                end += 1
            number = _field_number(item[at + 1 : end], len(fields) - 1)
            if number is None:
                return None
            pieces.append(fields[number] if number < len(fields) else "")
            at = end
        elif item[at] == " ":
            at += 1
        else:
            return None
    return "".join(pieces)


def _field_number(name: str, last: int) -> int | None:
    return last if name == "NF" else int(name) if name.isdecimal() and len(name) < 4 else None


def compiled(expression: str, text: str, *, extended: bool, literal: bool = False) -> re.Pattern[str] | None:
    """Compile a basic or extended expression, None if it is not a plain one or could take long on this text."""
    import re

    if literal:
        return re.compile(re.escape(expression))
    repetitions = sum(expression.count(char) for char in "*+?{")
    hard = any(char in expression for char in "(){}|") or "\\" in expression.replace("\\.", "").replace("\\/", "")
    if hard or len(expression) > 64 or len(text) > LONGEST_MATCHED.get(repetitions, 0):
        return None
    if not extended:
        expression = expression.replace("+", r"\+").replace("?", r"\?")
    try:
        return re.compile(_with_classes(expression), re.MULTILINE)
    except (re.error, OverflowError):
        return None


CLASSES = {
    "[:alpha:]": "a-zA-Z",
    "[:alnum:]": "a-zA-Z0-9",
    "[:digit:]": "0-9",
    "[:upper:]": "A-Z",
    "[:lower:]": "a-z",
    "[:space:]": r"\s",
    "[:blank:]": r" \t",
}


def _with_classes(expression: str) -> str:
    for name, members in CLASSES.items():
        expression = expression.replace(name, members)
    return expression
