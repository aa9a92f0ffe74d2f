"""What shells tell of their keys, as they write it: none of it comes from this machine."""

from __future__ import annotations

import pytest

from wrapify.analysis.analyse import analyse
from wrapify.doctor import lines

BASH = """loaded
bin=/home/u/.local/bin/wrapify
words=!!sandbox ,,
"\\C-m": "\\e[771234l\\e[771234m"
"\\e[200~": "\\e[771234p\\e[771234b"
accept-line can be invoked via "\\e[771234m".
bracketed-paste-begin can be invoked via "\\e[771234b".
/usr/bin/timeout
ble=
version=5.2.15(1)-release
end
"""
ZSH = """loaded
bin=/home/u/.local/bin/wrapify
words=!!sandbox ,,
key=^M accept-line user:__wrapify_in_accept-line
key=^[[200~ _wrapify_paste user:__wrapify_paste
/usr/bin/timeout
version=5.9
end
"""
FISH = """loaded
bin=/home/u/.local/bin/wrapify
words=!!sandbox ,,
mode=default
bind \\r __wrapify_enter
bind -M insert \\r __wrapify_enter
/usr/bin/timeout
version=3.6.0
end
"""
WELL = {"bash": BASH, "zsh": ZSH, "fish": FISH}


@pytest.mark.parametrize("shell", WELL)
def test_all_is_well(shell: str) -> None:
    assert lines.told(shell, WELL[shell]) == {
        "loaded": True,
        "program": "/home/u/.local/bin/wrapify",
        "words": ("!!sandbox", ",,"),
        "judge": True,
        "keys": (),
        "obstacle": "",
    }


@pytest.mark.parametrize(
    ("shell", "old", "new", "key", "what"),
    [
        ("bash", '"\\C-m": "\\e[771234l\\e[771234m"', '"\\C-m": "plug_enter"', "Enter", "plug_enter"),
        ("bash", '"\\C-m": "\\e[771234l\\e[771234m"\n', "", "", ""),
        ("bash", '"\\e[771234m".', '"\\C-m", "\\C-j".', "Enter", "accept-line"),
        ("zsh", "key=^M accept-line user:__wrapify_in_accept-line", "key=^M fast user:plug", "Enter", "plug"),
        ("zsh", "key=^M accept-line user:__wrapify_in_accept-line", "key=^M accept-line builtin", "", ""),
        ("zsh", "_wrapify_paste user:__wrapify_paste", "bracketed-paste builtin", "paste", "bracketed-paste"),
        ("zsh", "_wrapify_paste user:__wrapify_paste", "p user:p-fn", "paste", "p-fn"),
        ("fish", "bind \\r __wrapify_enter", "bind \\r 'echo hi; commandline -f execute'", "Enter", "'echo hi; comm"),
        ("fish", "bind -M insert \\r __wrapify_enter", "bind -M insert \\r execute", "", ""),
        ("fish", "bind \\r __wrapify_enter", "bind -m insert \\r execute", "Enter", "execute"),
        ("fish", "bind \\r __wrapify_enter\n", "", "Enter", "execute"),
        ("fish", "bind \\r __wrapify_enter", "bind enter __wrapify_enter", "", ""),
    ],
)
def test_who_has_a_key(shell: str, old: str, new: str, key: str, what: str) -> None:
    text = WELL[shell].replace(old, new, 1)
    if "C-j" in new:
        text = text.replace('"\\C-m": "\\e[771234l\\e[771234m"\n', "")
    found = lines.told(shell, text)["keys"]
    assert isinstance(found, tuple)
    assert [one[0] for one in found] == ([key] if key else [])
    assert not found or found[0][1].startswith(what)


@pytest.mark.parametrize(
    ("shell", "version", "said"),
    [("bash", "4.3.48(1)-release", "bash 4.3.48(1)-release is too old"), ("zsh", "5.2", "needs 5.3"),
     ("fish", "3.0.2", "3.1"), ("bash", "10.0", ""), ("fish", "4.0.2", ""), ("zsh", "", "")],
)  # fmt: skip
def test_a_shell_may_be_too_old(shell: str, version: str, said: str) -> None:
    text = "\n".join(f"version={version}" if "version=" in line else line for line in WELL[shell].splitlines())
    found = str(lines.told(shell, text)["obstacle"])
    assert said in found if said else not found


def test_where_a_function_comes_from() -> None:
    assert lines.origin("bash", "plug_enter 12 /home/u/my plug.bash\n") == "/home/u/my plug.bash"
    assert [lines.origin(shell, "/a b/c\n") for shell in ("zsh", "fish")] == ["/a b/c"] * 2
    assert [lines.origin(shell, "") for shell in lines.KEYS] == [""] * 3
    assert lines.origin("fish", "n/a\n") == ""
    names = ("plug_enter arg", "_z:p-q.r", "'echo x'", "$(rm)", "")
    assert [lines.function_of(one) for one in names] == ["plug_enter", "_z:p-q.r", "", "", ""]


def test_what_is_pasted_is_asked_about_and_does_next_to_nothing() -> None:
    text = lines.harmful("/tmp/wrapify-1")
    assert next(one.rule for one in analyse(text.encode()).findings) == "decoded-run"
    assert "\n" not in text


@pytest.mark.parametrize("shell", lines.ASK)
def test_no_line_that_is_typed_is_kept_or_has_keys_bound_anew(shell: str) -> None:
    for line in (lines.ASK[shell], lines.ORIGIN[shell]):
        assert line.startswith(" ")
        assert not any(word in line for word in ("bind ", "eval", "rc", "!")) or shell != "bash"


def test_what_only_draws_is_left_out() -> None:
    assert lines.plain(b"\x1b]0;t\x07a\x1b[1;31mb\x1b[0m\x1b(Bc\x1b7d") == "abcd"
    assert lines.is_question(b"[\x1b[1mr\x1b[0m]un here")
    assert not lines.is_question(b"run")
