"""Pure. The completions of wrapify for three shells: tables of what may come where, for shell/completions.* to walk.

Those walk the words before the cursor in the same way: options with their values, the command, and how many words
came after it. What stands behind `run` is a command of its own, which the shell completes. No Tab starts a program:
boxes are the names in a directory.
"""

from __future__ import annotations

from wrapify.policy.model import KEYS
from wrapify.reference import BOX, COMMAND, FILE, KEY, VALUE, WRAPPING, Entry, first_sentence, keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Row = tuple[str, list[tuple[str, str]]]

HELP = ("--help", "show this command's help")
_POSIX = """\
__wrapify_is() {{
    case $1 in {facts}) return 0 ;; esac
    return 1
}}

__wrapify_offer() {{
    case $1 in
{rows}
    esac
}}

"""
_FISH = """\
function __wrapify_is
    contains -- "$argv[1]" {facts}
end

function __wrapify_offer
    switch $argv[1]
{rows}
    end
end

"""
_FOUND_BY_SHELL = (COMMAND, BOX, FILE, KEY, VALUE)


def tables(shell: str, entries: list[Entry]) -> str:
    """Give the tables that shell/completions.SHELL walks, as that shell reads them."""
    facts = [*(f"c {' '.join(entry.path)}" for entry in entries if entry.path)]
    facts += [f"t {' '.join(entry.path)} {name}" for entry in entries for name in _taking(entry)]
    facts += [f"i {name}" for name in WRAPPING]
    written = {"bash": _bash, "zsh": _zsh, "fish": _fish}[shell]
    rows = "\n".join(written(key, words) for key, words in _rows(entries))
    return (_FISH if shell == "fish" else _POSIX).format(
        facts=(" " if shell == "fish" else "|").join(map(_quoted, facts)), rows=rows
    )


def _quoted(text: str) -> str:
    return f"'{text}'"


def _taking(entry: Entry) -> Iterator[str]:
    return (name for option in entry.options if option.metavar for name in option.spellings)


def _rows(entries: list[Entry]) -> Iterator[Row]:
    """Give what may come: for "o PATH" options, "v PATH OPTION" values, "w PATH NUMBER" words, "k KEY" values."""
    for entry in entries:
        path = " ".join(entry.path)
        below = [one for one in entries if one.path[:-1] == entry.path and one.path]
        options = [(name, first_sentence(one.help)) for one in entry.options for name in one.spellings]
        yield f"o {path}", [*options, HELP]
        if below:
            yield f"w {path} 1", [(one.path[-1], first_sentence(one.doc)) for one in below]
        for option in entry.options:
            if option.values:
                for name in option.spellings:
                    yield f"v {path} {name}", [(value, "") for value in option.values]
        words = entry.words()
        for number, kinds in enumerate(words, 1):
            if kinds:
                place = f"{number}" if number < len(words) else "*"
                yield f"w {path} {place}", [(kind, "") for kind in kinds]
    yield "k", [(key.name, key.doc) for key in KEYS]
    for names, values in keys():
        yield "|".join(f"k {name}" for name in names), [(value, "") for value in values]


def _patterns(key: str) -> str:
    """Write the key of a row as patterns: the star of "all further words" is one, all else is meant as it stands."""
    return "|".join(f"'{one[:-1]}'*" if one.endswith("*") else f"'{one}'" for one in key.split("|"))


def _calls(words: list[tuple[str, str]]) -> list[str]:
    return [word for word, _ in words if word in _FOUND_BY_SHELL]


def _plain(words: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(word, help_) for word, help_ in words if word not in _FOUND_BY_SHELL]


def _bash(key: str, words: list[tuple[str, str]]) -> str:
    plain = " ".join(word for word, _ in _plain(words))
    parts = [*([f"words+=' {plain}'"] if plain else []), *(f"kinds+=' {one}'" for one in _calls(words))]
    return f"        {_patterns(key)}) {'; '.join(parts)} ;;"


def _zsh(key: str, words: list[tuple[str, str]]) -> str:
    plain = " ".join(_zsh_word(word, help_) for word, help_ in _plain(words))
    parts = [*([f"found+=({plain})"] if plain else []), *(f"kinds+=({one})" for one in _calls(words))]
    return f"        ({_patterns(key)}) {'; '.join(parts)} ;;"


def _zsh_word(word: str, help_: str) -> str:
    text = word.replace(":", "\\:") + (f":{help_}" if help_ else "")
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(key: str, words: list[tuple[str, str]]) -> str:
    lines = [f"        case {' '.join(_patterns(one).replace(chr(39) + '*', '*' + chr(39)) for one in key.split('|'))}"]
    plain = [_fish_word(f"{word}\t{help_}" if help_ else word) for word, help_ in _plain(words)]
    if plain:
        lines.append(f"            printf '%s\\n' {' '.join(plain)}")
    lines += [f"            __wrapify_words_{one}" for one in _calls(words)]
    return "\n".join(lines)


def _fish_word(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
