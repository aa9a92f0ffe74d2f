"""Pure. The completions of wrapify for three shells: tables of what may come where, and a few lines that walk them.

Each walks the words before the cursor in the same way: options with their values, the command, and how many words
came after it. What stands behind `run` is a command of its own, which the shell completes. No Tab starts a program:
boxes are the names in a directory.
"""

from __future__ import annotations

from wrapify.policy.model import KEYS
from wrapify.reference import BOX, COMMAND, FILE, KEY, VALUE, WRAPPING, Entry, first_sentence, keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Row = tuple[str, list[tuple[str, str]]]

HELP = ("--help", "show this command's help")
_FOUND_BY_SHELL = (COMMAND, BOX, FILE, KEY, VALUE)


def script(shell: str, entries: list[Entry]) -> str:
    """Give the completions as the shell reads them."""
    template, written = {"bash": (BASH, _bash), "zsh": (ZSH, _zsh), "fish": (FISH, _fish)}[shell]
    paths = [" ".join(entry.path) for entry in entries if entry.path]
    taking = [f"{' '.join(entry.path)} {name}" for entry in entries for name in _taking(entry)]
    fills = {
        "@PATHS@": "|".join(map(_quoted, paths)),
        "@TAKING@": "|".join(map(_quoted, taking)),
        "@WRAPPING@": "|".join(WRAPPING),
        "@TABLE@": _table(_rows(entries), written),
    }
    if shell == "fish":
        fills["@PATHS@"], fills["@TAKING@"] = (" ".join(map(_quoted, names)) for names in (paths, taking))
        fills["@WRAPPING@"] = " ".join(WRAPPING)
    for name, text in fills.items():
        template = template.replace(name, text)
    return template


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


def _table(rows: Iterator[Row], written: Callable[[str, list[tuple[str, str]]], str]) -> str:
    return "\n".join(written(key, words) for key, words in rows)


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


BASH = """\
# Completions of wrapify for bash, made by `wrapify completions bash`.

# What may come, by the keys of the table: adds to `words` and `kinds`.
__wrapify_offer() {
    case $1 in
@TABLE@
    esac
}

__wrapify_complete() {
    local cur=${COMP_WORDS[COMP_CWORD]} path='' option='' words='' kinds='' number=1 plain='' last='' i word word1=''
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        # bash cuts --option=value into three words.
        if [[ $word == = && $last ]]; then option=$last; continue; fi
        last=''
        if [[ $option ]]; then option=''; continue; fi
        if [[ $word == -- ]]; then plain=1; continue; fi
        if [[ $word == -* && ! $plain ]]; then
            last=$word
            case "$path $word" in @TAKING@) option=$word ;; esac
            continue
        fi
        case ${path:+$path }$word in @PATHS@) path=${path:+$path }$word; continue ;; esac
        case $path in @WRAPPING@) __wrapify_inner "$i"; return ;; esac
        [[ $number != 1 ]] || word1=$word
        number=$((number + 1))
    done
    if [[ $cur == = && $last ]]; then cur='' option=$last; fi
    if [[ $option ]]; then
        __wrapify_offer "v $path $option"
    elif [[ $cur == -* && ! $plain ]]; then
        __wrapify_offer "o $path"
    else
        case $path in @WRAPPING@) __wrapify_inner "$COMP_CWORD"; return ;; esac
        __wrapify_offer "w $path $number"
    fi
    [[ $kinds != *KEY* ]] || __wrapify_offer k
    [[ $kinds != *VALUE* ]] || __wrapify_offer "k $word1"
    [[ $kinds != *BOX* ]] || words+=" $(cd -- "${XDG_STATE_HOME:-$HOME/.local/state}/wrapify/boxes" 2>/dev/null &&
        builtin printf '%s ' [A-Za-z0-9]*)"
    builtin mapfile -t COMPREPLY < <(builtin compgen -W "${words//[!A-Za-z0-9 ._+:-]/}" -- "$cur")
    [[ $kinds != *FILE* ]] || { compopt -o filenames; builtin mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
        builtin compgen -f -- "$cur"); }
}

# What begins at word $1 is a command: it is completed as if it stood alone.
__wrapify_inner() {
    if declare -F _comp_command_offset >/dev/null; then _comp_command_offset "$1"
    elif declare -F _command_offset >/dev/null; then _command_offset "$1"
    elif [[ $1 == "$COMP_CWORD" ]]; then builtin mapfile -t COMPREPLY < <(builtin compgen -c -- "$cur")
    else builtin mapfile -t COMPREPLY < <(builtin compgen -f -- "$cur"); fi
}

complete -o bashdefault -F __wrapify_complete wrapify
"""

ZSH = """\
#compdef wrapify
# Completions of wrapify for zsh, made by `wrapify completions zsh`.

# What may come, by the keys of the table: adds to `found` and `kinds`.
__wrapify_offer() {
    case $1 in
@TABLE@
    esac
}

# No `emulate`: the functions called here need the options that zsh sets for completions.
_wrapify() {
    local path_= option= plain= word word1= i
    local -a found kinds
    integer number=1
    for (( i = 2; i < CURRENT; i++ )); do
        word=$words[i]
        if [[ -n $option ]]; then option=; continue; fi
        if [[ $word == -- ]]; then plain=1; continue; fi
        if [[ $word == -* && -z $plain ]]; then
            case "$path_ $word" in (@TAKING@) option=$word ;; esac
            continue
        fi
        case ${path_:+$path_ }$word in (@PATHS@) path_=${path_:+$path_ }$word; continue ;; esac
        case $path_ in (@WRAPPING@) __wrapify_inner $i; return ;; esac
        (( number > 1 )) || word1=$word
        (( number++ ))
    done
    word=${words[CURRENT]-}
    if [[ -z $option && $word == --*=* && -z $plain ]]; then
        option=${word%%=*}
        compset -P '*='
    fi
    if [[ -n $option ]]; then
        __wrapify_offer "v $path_ $option"
    elif [[ $word == -* && -z $plain ]]; then
        __wrapify_offer "o $path_"
    else
        case $path_ in (@WRAPPING@) __wrapify_inner $CURRENT; return ;; esac
        __wrapify_offer "w $path_ $number"
    fi
    (( ! $kinds[(Ie)KEY] )) || __wrapify_offer k
    (( ! $kinds[(Ie)VALUE] )) || __wrapify_offer "k $word1"
    (( ! $kinds[(Ie)BOX] )) || found+=(${XDG_STATE_HOME:-$HOME/.local/state}/wrapify/boxes/[A-Za-z0-9]*(N/:t))
    local -i none=1
    (( ! $#found )) || { _describe -V wrapify found && none=0 }
    (( ! $kinds[(Ie)FILE] )) || { _files && none=0 }
    return none
}

# What begins at word $1 is a command: it is completed as if it stood alone.
__wrapify_inner() {
    shift $(( $1 - 1 )) words
    (( CURRENT -= $1 - 1 ))
    _normal
}

# Read as a file of $fpath, it is called at once; else it is made known.
if [[ ${funcstack[1]-} == _wrapify ]]; then
    _wrapify "$@"
elif (( $+functions[compdef] )); then
    compdef _wrapify wrapify
fi
"""

FISH = """\
# Completions of wrapify for fish, made by `wrapify completions fish`.

# What may come, by the keys of the table.
function __wrapify_offer
    switch $argv[1]
@TABLE@
    end
end

function __wrapify_words_KEY
    __wrapify_offer k
end

function __wrapify_words_VALUE
    __wrapify_offer "k $__wrapify_word"
end

function __wrapify_words_BOX
    set -l state ~/.local/state
    set -q XDG_STATE_HOME; and set state $XDG_STATE_HOME
    set -l boxes $state/wrapify/boxes/*/
    string match -r -- '[A-Za-z0-9][A-Za-z0-9._-]*(?=/$)' $boxes
end

function __wrapify_words_FILE
    __fish_complete_path (commandline -ct)
end

# What begins at a word is a command: it is completed as if it stood alone.
function __wrapify_inner
    complete -C (string join ' ' -- (string escape -- $argv) (commandline -ct | string collect))
end

function __wrapify_complete
    set -l path
    set -l option
    set -l plain
    set -l number 1
    set -g __wrapify_word
    set -l given (commandline -opc)
    for i in (seq 2 (count $given))
        set -l word $given[$i]
        if set -q option[1]
            set -e option
        else if test "$word" = --
            set plain yes
        else if string match -q -- '-*' $word; and test -z "$plain"
            contains -- "$path $word" @TAKING@; and set option $word
        else if contains -- (string join ' ' -- $path $word) @PATHS@
            set path (string join ' ' -- $path $word)
        else if contains -- "$path" @WRAPPING@
            __wrapify_inner $given[$i..-1]
            return
        else
            test $number = 1; and set -g __wrapify_word $word
            set number (math $number + 1)
        end
    end
    set -l current (commandline -ct)
    if set -q option[1]
        __wrapify_offer "v $path $option"
    else if string match -q -- '--*=*' $current; and test -z "$plain"
        set -l parts (string split -m 1 = -- $current)
        printf '%s\\n' $parts[1]=(__wrapify_offer "v $path $parts[1]")
    else if string match -q -- '-*' $current; and test -z "$plain"
        __wrapify_offer "o $path"
    else if contains -- "$path" @WRAPPING@
        __wrapify_inner
    else
        __wrapify_offer "w $path $number"
    end
end

complete -c wrapify -f -k -a '(__wrapify_complete)'
"""
