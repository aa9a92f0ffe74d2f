"""The parser of git's configuration, with git itself as the judge, and the keys that make git run something."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wrapify.box import gitconfig
from wrapify.box.gitconfig import LARGEST, TOO_LARGE, executing

# (section, key, value) that must be told, each in its own file.
RUNS = """
    core|fsmonitor|x;core|hooksPath|x;core|sshCommand|x;core|editor|x;core|pager|x;core|askPass|x;core|gitProxy|x
    core|alternateRefsCommand|x;core|worktree|../..;core|fsmonitor|./run;sequence|editor|x;pager|log|less;pager|diff|x
    alias|st|!sh;alias|st|-c core.pager=x log;alias|st|rebase --exec x;alias|st|rebase --exe x;alias|st|grep -Ox y
    alias|st|difftool -x y;alias|st|submodule foreach x;alias|st|bisect run x;alias|st|clone ext::x
    alias|s|fetch --upl x
    alias "a.b"|command|!sh;filter "lfs"|clean|x;filter "lfs"|smudge|x;filter "lfs"|process|x;diff|external|x
    diff "x"|textconv|x;diff "x"|command|x;difftool "x"|cmd|x;difftool "x"|path|x;merge "x"|driver|x;mergetool "x"|cmd|x
    mergetool "x"|path|x;credential|helper|x;credential "https://a.b/c"|helper|!x;gpg|program|x;gpg "ssh"|program|x
    gpg "ssh"|defaultKeyCommand|x;include|path|x;includeIf "gitdir:~/x/"|path|x;url "a"|insteadOf|x
    url "a"|pushInsteadOf|x;http|proxy|x;http "https://a.b"|proxy|x;http|sslVerify|false;http|sslCAInfo|x
    http|curloptResolve|x;remote "o"|uploadpack|x;remote "o"|receivepack|x;remote "o"|vcs|x;remote "o"|proxy|x
    remote "o"|url|ext::sh;remote "o"|pushurl|ext::sh;submodule "s"|update|!x;submodule "s"|url|ext::x
    uploadpack|packObjectsHook|x;init|templateDir|x;browser "x"|cmd|x;browser "x"|path|x;web|browser|x;man "x"|cmd|x
    man "x"|path|x;help|browser|x;instaweb|httpd|x;instaweb|browser|x;instaweb|modulePath|x;sendemail|smtpServer|/x
    sendemail|toCmd|x;sendemail|ccCmd|x;sendemail "i"|sendmailCmd|x;sendemail|headerCmd|x;svn|authorsProg|x
    protocol|allow|always;protocol "ext"|allow|always;trailer "x"|command|x;trailer "x"|cmd|x;tar "x"|command|x
    interactive|diffFilter|x;imap|tunnel|x;guitool "x"|cmd|x;hook "x"|command|x;gc|recentObjectsHook|x
    extensions|worktreeConfig|true;safe|directory|*;safe|bareRepository|all;lfs "customtransfer.x"|path|x
    lfs "extension.x"|clean|x;annex|http-command|x;remote "o"|annex-externaltype|x;gitcvs|dbDriver|x
    tig "bind"|generic|x
    gitflow "path"|hooks|x;delta|pager|x
"""

# … and what git is told every day.
HARMLESS = """
    core|repositoryformatversion|0;core|bare|false;core|filemode|true;core|ignorecase|true;core|autocrlf|input
    core|fsmonitor|true;core|fsmonitor|no;core|fsmonitor|0;core|excludesFile|~/.gitignore;core|logallrefupdates|true
    pager|log|true;pager|branch|off;alias|st|status;alias|lg|log --oneline --graph --all;alias|co|checkout
    alias|sw|switch -c;alias|ci|commit -v --amend;alias|b|branch --show-current;alias|o|ls-files --exclude-standard
    remote "o"|url|https://example.org/x.git;remote "o"|url|git@example.org:x/y.git;remote "o"|fetch|+refs/*:refs/*
    branch "main"|remote|origin;branch "main"|merge|refs/heads/main;submodule "s"|update|rebase
    submodule "s"|active|true
    submodule "s"|url|../s.git;user|name|A U Thor;user|email|a@example.org;user|signingKey|ABC;commit|gpgSign|true
    push|default|simple;pull|rebase|true;diff|tool|meld;merge|tool|meld;merge "x"|name|a driver;diff "x"|binary|true
    filter "lfs"|required|true;color|ui|auto;init|defaultBranch|main;sendemail|smtpServer|mail.example.org
    http|version|2
    lfs|repositoryformatversion|0;credential|useHttpPath|true;rerere|enabled|1;fetch|prune|true;gpg|format|ssh
    stash|showPatch|true;rebase|instructionFormat|%s;difftool|prompt|false;includes|path|x;cores|editor|x;core|edit|x
"""


def rows(table: str) -> list[tuple[str, str, str]]:
    cells = [row.split("|") for line in table.strip().splitlines() for row in line.strip().split(";")]
    return [(section, key, value) for section, key, value in cells]


def spelled(section: str, key: str) -> str:
    """Spell a key as git does."""
    name, quote, sub = section.partition(' "')
    return f"{name.lower()}.{sub[:-1] + '.' if quote else ''}{key.lower()}"


def listed(folder: Path, content: bytes) -> list[tuple[str, str | None]] | None:
    """Ask git for the keys and values in `content`; None if it refuses the file."""
    file = folder / "config"
    file.write_bytes(content)
    command = ["git", "-c", "safe.directory=*", "config", "--file", str(file), "--list", "-z"]
    environment = {"HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, cwd=folder, env=environment, check=False)
    if done.returncode:
        return None
    items = [item.partition(b"\n") for item in done.stdout.split(b"\0")[:-1]]
    return [(text(key), text(value) if mark else None) for key, mark, value in items]


def text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def squeezed(value: str | None) -> list[str] | None:
    """Blanks within a value: git before 2.45 made each one a space, later ones keep them."""
    return None if value is None else value.replace("\t", " ").replace("\r", " ").split(" ")


def plain(items: list[tuple[str, str | None]]) -> list[tuple[str, list[str] | None]]:
    return [(key, squeezed(value)) for key, value in items]


@pytest.mark.parametrize(("section", "key", "value"), rows(RUNS))
def test_runs(section: str, key: str, value: str) -> None:
    assert executing(f"[{section}]\n\t{key} = {value}\n".encode()) == (spelled(section, key),)


@pytest.mark.parametrize(("section", "key", "value"), rows(HARMLESS))
def test_harmless(section: str, key: str, value: str) -> None:
    assert executing(f"[{section}]\n\t{key} = {value}\n".encode()) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"[core] editor = x",
        b"[core]editor=x",
        b"[CORE]\n  EDITOR=x",
        b"\xef\xbb\xbf[core]\r\n\teditor = x\r\n",
        b"# [user]\n[core] ; what\n# no\n editor = x ; y",
        b"[core]\n\teditor = \\\n\tx",
        b"[core]\n\teditor",
        b"[core]\neditor=",
        b'[core "editor\0"] anything = x',
        b"[core]\n\teditor = 'unfinished \"quote\n",
        b"[core]\n\teditor = bad \\q escape\n",
        b"[core\n\teditor = x\n",
        b'[core "\n\teditor = x\n',
        b"[core]\n\teditor : x\n",
        b"[core]\n= 3\n!!\n\x0b\n\teditor = x\n",
        b'[user]\n\tname = "unfinished\n[core]\n\teditor = x\n',
        b"[user]\n\tname = x # comment \\\n[core]\n\teditor = x\n",
        b"]]][[[\n[co re]\n[core]\neditor = x",
        b"\0\0\n[core]\neditor = x",
    ],
)
def test_core_editor_is_found(content: bytes) -> None:
    assert executing(content) == ("core.editor",)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[core]\n# editor = x",
        b"[user]\n\tname = \\\n[core] editor = x",
        b'[user]\n\tname = "[core]\\n editor = x"',
        b"[core.x]\n[user]\neditor = x",
        b'["core"]\neditor = x',
        b"[core]\n9editor = x\n",
    ],
)
def test_core_editor_is_not_there(content: bytes) -> None:
    assert executing(content) == ()


def test_keys_come_in_order_and_once() -> None:
    content = b'[diff]external=a\n[core]pager=b\n[diff]external=c\n[Filter "A \\"b\\" \xff"]clean=d'
    assert executing(content) == ("diff.external", "core.pager", 'filter.A "b" \udcff.clean')


def test_a_large_file_is_not_read() -> None:
    content = b"[core]\neditor = x\n".ljust(LARGEST, b"#")
    assert executing(content) == ("core.editor",)
    assert executing(content + b"#") == (TOO_LARGE,)


@pytest.mark.parametrize("piece", [b"[", b'[a "', b'"', b"a", b" ", b"a=\\\n", b'a="', b"a=x y ", b'[a]b="c"\n', b"\0"])
def test_a_long_line_or_many_hide_nothing(piece: bytes) -> None:
    content = b"[x]" + piece * ((LARGEST - 40) // len(piece)) + b"\n\n[core]\neditor=x"
    assert executing(content) == ("core.editor",)


blanks = st.sampled_from(["", "", " ", "\t", "  ", " \t "])
sections = st.sampled_from([section.partition(' "')[0] for section, _, _ in rows(RUNS + HARMLESS.strip())])
keys = st.sampled_from([key for _, key, _ in rows(RUNS + HARMLESS.strip())])
letters = st.characters(codec="utf-8", exclude_characters="\0\n")
subsections = st.text(letters, max_size=6).map(lambda text: text.replace("\\", "\\\\").replace('"', '\\"'))
escapes = ["\\t", "\\n", "\\b", '\\"', "\\\\", "\\\n"]
words = st.sampled_from(["a", "!b", "/c", "é", "true", "=", "[", "]", "'", '"q"', '" # "', '" \\\n; "', *escapes])
values = st.lists(st.tuples(words, blanks).map("".join), max_size=5).map("".join)
ends = st.sampled_from(["\n", "\r\n", " \n", " # c\n", ";c \\\n", "\n\n", "\n  # [core] editor = x\n"])
cases: st.SearchStrategy[Callable[[str], str]] = st.sampled_from([str.lower, str.upper, str.swapcase])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Write what git accepts, in every way it accepts it."""
    out = [draw(st.sampled_from(["", "\ufeff", "\n", "# c\n"]))]
    for _ in range(draw(st.integers(0, 6))):
        sub = draw(st.none() | subsections)
        dotted = draw(st.sampled_from(["", "", ".Old"])) if sub is None else f' "{sub}"'
        out += ["[", draw(cases)(draw(sections)), dotted, "]", draw(st.sampled_from(["", " ", "\n", "\r\n", " ;c\n"]))]
        for _ in range(draw(st.integers(0, 3))):
            value = draw(st.none() | values)
            told = "" if value is None else "=" + draw(blanks) + value
            end = draw(ends) if value is not None else "\n"
            out += [draw(blanks), draw(cases)(draw(keys)), draw(blanks), told, end]
    return "".join(out).encode()


oracle = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@oracle
@given(content=files())
def test_git_reads_the_same(content: bytes, tmp_path: Path) -> None:
    wanted = listed(tmp_path, content)
    assert wanted is not None
    assert plain(list(gitconfig.settings(content))) == plain(wanted)


pieces = [*'[]"\\#;= \t\r\n.a!é', "core", "[a]", "\n", "b=c"]


@oracle
@given(content=st.lists(st.sampled_from(pieces), max_size=25).map("".join))
def test_what_git_accepts_is_read_the_same(content: str, tmp_path: Path) -> None:
    wanted = listed(tmp_path, content.encode())
    found = list(gitconfig.settings(content.encode()))
    assert wanted is None or plain(found) == plain(wanted)


@given(st.binary(max_size=60).map(lambda piece: piece.rstrip(b"\r\\")), files())
def test_a_mistake_hides_nothing(mistake: bytes, content: bytes) -> None:
    keys = set(executing(content.removeprefix(b"\xef\xbb\xbf")))
    assert keys <= set(executing(mistake + b"\n" + content.removeprefix(b"\xef\xbb\xbf")))


@given(st.binary() | files())
def test_any_bytes_get_an_answer(content: bytes) -> None:
    assert all(isinstance(key, str) for key in executing(content))
