r"""Pure. Read a text for fish (3.5 to 4.x, and what 3.1 shares with them) into the records of `tree`; never fail.

What is fish's own, and how it stands in those records:

- `and`, `or`: the `before` of their pipeline, as `&&` and `||`. `not`, `!` and `time` are left out: they change
  nothing about what runs. `before` is ";" for a command behind `;`, a newline or `&`, and "" for the first one.
- `begin … end` and `{ … }` are a Compound `{`, `switch` is a `case`: its words are what it looks at and then all
  patterns. The name of a `for` or `function` that is not plain text stands in `words`, before the others.
- `VAR=x begin … end`: a Compound `{` with two pipelines, the assignments and the block.
- `set NAME value…` keeps its words and has an Assignment too, if the name is plain and the options only say where
  and how it is kept: what runs `set` as a command sees the words, what follows values sees the assignment. `value` is
  what "$NAME" gives; `items` are the values unless there is exactly one. `set -a` appends; `set -p` gives nothing.
- `(…)` and `$(…)` are `$(`, and `<(` if they end in `| psub`. The index behind one is a Variable with no name.
- An index of a variable is its operator `[`, the inside of the brackets its argument.
- Braces stay unquoted text, what is quoted in them is a part of its own. `{` where a command stands is a block, as
  from 4.1 on, unless it can only be a list without blanks in its items (`{echo,hi}`), which older ones run.
- A word may hold a NUL (`\0`): a program that fish starts gets what stands before it.
- `^` is text: no fish from 3.1 on redirects with it unless told to.
"""

from __future__ import annotations

from wrapify.analysis.fishblocks import Blocks
from wrapify.analysis.tree import Reading

LIMIT = 256 * 1024


def read(text: str) -> Reading:
    """Read a text; of a longer one than LIMIT characters only its beginning."""
    reading = Reading(text)
    reader = Blocks(text[:LIMIT])
    reading.script = reader.commands()
    if len(text) > LIMIT:
        reader.cut = False
        reader.trouble(LIMIT, "This text is too long to be read to its end.")
    reading.troubles = sorted(set(reader.troubles))
    return reading
