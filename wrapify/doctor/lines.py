"""Pure. What is typed and pasted into a shell to see whether the hook is there, and how its answers are read.

Each line begins with a space and is typed after history has no file any more, so none of them is remembered. None has
`bind`, `eval` or the name of an rc file in it as one word: the hook of bash would bind its keys anew after that.
"""

from __future__ import annotations

import re
from base64 import b64encode

READY, TOLD, KEPT, WORD, WHERE, PASTED = "1", "2", "3", "4", "5", "6"
"""The files that the lines write, in a directory whose name is of plain letters."""
OPTIONS = {
    "bash": ("-i",),
    # A line that begins with a space is not written to the file of the history, whatever else the start-up files say.
    "zsh": ("-o", "hist_ignore_space", "-i"),
    "fish": ("--private", "-i"),
}
ASK = {
    "bash": (
        ' unset HISTFILE; { declare -F __wrapify_go >/dev/null && echo loaded; echo "bin=$__wrapify_bin";'
        ' echo "words=${__wrapify_words[*]}"; "bi""nd" -s; "bi""nd" -X; "bi""nd" -q accept-line;'
        ' "bi""nd" -q bracketed-paste-begin; type -P timeout;'
        ' echo "ble=${BLE_VERSION-}"; echo "version=$BASH_VERSION"; echo end; } >%s/2 2>/dev/null'
    ),
    "zsh": (
        ' unset HISTFILE; { whence -f __wrapify_go >/dev/null && echo loaded; echo "bin=$__wrapify_bin";'
        ' echo "words=$__wrapify_words"; for w in "^M" "^[[200~"; do k=(${(z)"$(bindkey $w)"});'
        ' echo "key=$w $k[-1] $widgets[$k[-1]]"; done; whence -p timeout;'
        ' echo "version=$ZSH_VERSION"; echo end; } >%s/2 2>/dev/null'
    ),
    "fish": (
        ' begin; functions -q __wrapify_go; and echo loaded; echo "bin=$__wrapify_bin"; echo "words=$__wrapify_words";'
        ' echo "mode=$fish_bind_mode"; for k in \\r enter; bind $k; end | string match -v "*--preset*";'
        ' command -s timeout; echo "version=$version"; echo end; end >%s/2 2>/dev/null'
    ),
}
ORIGIN = {
    "bash": ' ( shopt -s extdebug; declare -F "{}" ) >%s/5 2>/dev/null',
    "zsh": ' echo "$functions_source[{}]" >%s/5 2>/dev/null',
    "fish": ' functions --details -- "{}" >%s/5 2>/dev/null',
}
LEAST = {"bash": (4, 4), "zsh": (5, 3), "fish": (3, 1)}
"""The first version of each that the hook loads in."""
STATUS = {"bash": "$?", "zsh": "$?", "fish": "$status"}
INSIDE = """sh -c 'test -n "$WRAPIFY_SANDBOX" && exit 43; exit 44'"""
ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|.)", re.DOTALL)
ENTER = re.compile(r"bind (?:-M (\w+) )?(?:-m \w+ )?(?:\\r|enter) (.+)")
OURS = re.compile(r"_wrapify|\\e\[7\d{4,}[a-z]")
"""What the hook binds: its functions, or in bash the private keys that begin its macros."""
WIDGETS = ("accept-line", "accept-and-hold", "accept-line-and-down-history", "accept-and-infer-next-history")


def harmful(folder: str) -> str:
    """Give a text that looks like an attack, runs what it decodes, and does no more than make a file."""
    code = b64encode(f": >{folder}/{PASTED}\n".encode()).decode()
    return f"echo {code} | base64 -d | sh"


def plain(said: bytes) -> str:
    """Give what a terminal was sent, without what only draws."""
    return ESCAPES.sub(b"", said).decode("utf-8", "replace")


def is_question(said: bytes) -> bool:
    """Tell whether the question about a paste is on the screen."""
    return "[r]un" in plain(said)


def told(shell: str, text: str) -> dict[str, object]:
    """Read what a shell tells of its hook: whether it is there, its program, its words, and who has the keys."""
    lines = text.splitlines()
    named = dict(line.split("=", 1) for line in lines if line.startswith(("bin=", "words=", "ble=", "version=")))
    return {
        "loaded": "loaded" in lines,
        "program": named.get("bin", ""),
        "words": tuple(named.get("words", "").split()),
        "judge": any(line.endswith("/timeout") for line in lines),
        # ble.sh has the keys of readline to itself, and the hook has its advice.
        "keys": () if named.get("ble") else tuple(KEYS[shell](lines)),
        "obstacle": _obstacle(shell, named.get("version", "")),
    }


def _obstacle(shell: str, version: str) -> str:
    """Say what keeps the hook from loading, whatever the start-up file says."""
    found = re.match(r"(\d+)\.(\d+)", version)
    least = LEAST[shell]
    if found and (int(found[1]), int(found[2])) < least:
        return f"{shell} {version} is too old for it, which needs {least[0]}.{least[1]}"
    return ""


Key = tuple[str, str]


def _of_bash(lines: list[str]) -> list[Key]:
    """Find who has Enter and the key of a paste, unless they are the hook's macros."""
    found = []
    for key, name, function in (('"\\C-m"', "Enter", "accept-line"), ('"\\e[200~"', "paste", "bracketed-paste-begin")):
        bound = [line.partition(": ")[2].strip('"') for line in lines if line.startswith(f"{key}:")]
        plainly = [line for line in lines if line.startswith(f"{function} can be invoked via") and key in line]
        if not any(map(OURS.search, bound)):
            found.append((name, bound[0] if bound else function)) if bound or plainly else None
    return found


def _of_zsh(lines: list[str]) -> list[Key]:
    found = []
    for line in lines:
        if line.startswith("key="):
            key, widget, what = (line[4:].split(" ", 2) + ["", ""])[:3]
            name = "Enter" if key == "^M" else "paste"
            ours = "_wrapify" in f"{widget} {what}" or (name == "Enter" and widget in WIDGETS and what == "builtin")
            if not ours:
                found.append((name, what.partition(":")[2] or widget))
    return found


def _of_fish(lines: list[str]) -> list[Key]:
    """Find who has Enter in the mode that a line begins in; fish 3 writes it as \\r, and lists all keys for a name."""
    mode = next((line.removeprefix("mode=") for line in lines if line.startswith("mode=")), "") or "default"
    found = [one for line in lines if (one := ENTER.fullmatch(line)) and (one[1] or "default") == mode]
    what = found[0][2] if found else "execute"
    return [] if "__wrapify_enter" in what else [("Enter", what)]


KEYS = {"bash": _of_bash, "zsh": _of_zsh, "fish": _of_fish}


def function_of(what: str) -> str:
    """Give the name of the function that a key is bound to, "" if it may be anything else."""
    word = what.split()[0] if what.split() else ""
    return word if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.:-]*", word) else ""


def origin(shell: str, text: str) -> str:
    """Read where a function comes from: `declare -F` of bash ends with its file, the others print that alone."""
    line = text.strip().splitlines()[-1] if text.strip() else ""
    path = line.split(" ", 2)[-1] if shell == "bash" else line
    return path if path.startswith("/") else ""
