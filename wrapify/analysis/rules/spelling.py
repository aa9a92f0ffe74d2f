"""Pure. Rule `odd-spelling`: the name of a command is put together so that a reader or a filter does not see it.

Flagged: quotes and backslashes within a name, escapes, pieces in variables, wildcards that stand for a program,
`${IFS}` instead of blanks. Not flagged: a whole name in quotes, `\\ls`, a variable that holds a whole name.
"""

from __future__ import annotations

from wrapify.analysis.programs import NOTABLE
from wrapify.analysis.seen import Remark, Seen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ADVICE = "ask whoever wrote it why, or run it in a sandbox"


def found(seen: Seen) -> Iterator[Remark]:
    """Give a remark for each command whose name is hidden."""
    for by in seen.calls():
        if by.word.spelled and by.path and (by.name in NOTABLE or _letters(by.path)):
            severity = "high" if by.name in NOTABLE else "medium"
            yield Remark(f"hides that it calls {_shown(by.name)}", advice=ADVICE, severity=severity, at=by)
        for name in by.hidden:
            yield Remark(f"hides that it calls {_shown(name)}", advice=ADVICE, severity="high", at=by)
    if seen.mentions("${IFS}", "$IFS$", "${IFS%", "{IFS}") and "IFS=" not in seen.text:
        start = seen.text.find("IFS")
        why = "writes a variable instead of blanks, which hides its words"
        yield Remark(why, advice=ADVICE, severity="medium", at=(max(0, start - 2), start + 3))


def _letters(path: str) -> bool:
    return path.isascii() and path.replace("-", "").replace("_", "").replace(".", "").replace("/", "").isalnum()


def _shown(name: str) -> str:
    return name if name.isascii() and name.isprintable() and len(name) < 40 else "a command"
