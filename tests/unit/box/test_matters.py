"""Which changes matter: every line of the table, what is none of its business, and the index against plain matching."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wrapify
from wrapify.box import matters
from wrapify.box.matters import COMMAND, REDIRECTS, SETGID, SETUID, Entry, Matters

FILE = Path(wrapify.__file__).parent / "policy" / "matters.toml"
# tomllib refuses a key that stands twice, so a duplicate within a section fails here.
TABLE: dict[str, dict[str, str]] = tomllib.loads(FILE.read_text("utf-8"))
HOME = "/home/u"
MATTERS = Matters(TABLE, home=HOME, path_dirs=("/usr/bin", f"{HOME}/tools", "/opt/[x]*"))
ENTRIES = tuple(matters.read(TABLE, HOME))
LINES = [(section, pattern, reason) for section, lines in TABLE.items() for pattern, reason in lines.items()]
FLOATING = ("anywhere", "git-config", "never")

QUIET = """
    /home/u/README.md /home/u/src/main.c /home/u/.bashrc.bak /home/u/.bashrc~ /home/u/notmakefile /home/u/Makefile.old
    /home/u/.config/foo /home/u/.config/foo/config /home/u/.config /home/u/.local/share/x /home/u/.ssh/known_hosts
    /home/u/.ssh/id_ed25519.pub /home/u/.bash_history /home/u/.config/zsh/.zsh_history /home/u/.config/fish/fish_history
    /home/u/.local/share/fish/fish_history /home/u/p/.git/HEAD /home/u/p/.git/index /home/u/p/.git/objects/ab/cdef
    /home/u/p/.git/hooks/pre-commit.sample /home/u/p/.git/modules/a/b/hooks/update.sample /home/u/p/.git/logs/HEAD
    /home/u/p/src/hooks/useState.ts /home/u/p/hooks/x /home/u/p/config /home/u/p/.vscode/notes.md /home/u/p/.idea/x.iml
    /home/u/p/node_modules/a/package.json /home/u/p/node_modules/@b/c/rollup.config.js /home/u/models/resnet50.pth
    /home/u/p/src/conf.py /home/u/p/lib.rs /home/u/p/.github/CODEOWNERS /home/u/p/.gitignore /home/u/p/.gitattributes
    /home/u/p/.python-version /home/u/p/package-lock.json /home/u/.config/fontconfig/fonts.conf /etc/motd /etc/hostname
    /home/u/.cargo/registry/index/x /home/u/.local/lib/python3.11/site-packages/requests/api.py /usr/share/doc/x/README
    /home/user/.bashrc /home/u2/.profile /home/u/home/u/.bashrc /home/u/x/.bashrc /srv/etc/passwd /home/u/.profile/x
    /var/lib/dpkg/info/x.list /home/u /home/u/ / /etc
""".split()

NOTICED = {
    "/home/u/.bashrc": "runs whenever bash starts",
    "/home/u/.config/systemd/user": "can start programs at every login (systemd)",
    "/home/u/.config/systemd/user/x.service": "can start programs at every login (systemd)",
    "/home/u/.ssh/authorized_keys": "lets the owners of its keys log in over ssh",
    "/home/u/.oh-my-zsh/custom/evil.zsh": "runs whenever zsh starts (oh-my-zsh)",
    "/home/u/.config/google-chrome-beta/Default/Extensions/a/b.js": "runs in the browser",
    "/home/u/.local/lib/python3.11/site-packages/evil.pth": "runs whenever this Python starts",
    "/home/u/.zshrc.zwc": "zsh runs it in place of the script beside it",
    "/home/u/p/.envrc": "runs when you enter the directory (direnv)",
    "/home/u/p/.git": "tells git where its settings and hooks are",
    "/home/u/p/.git/hooks/pre-commit": "runs at every commit",
    "/home/u/p/.git/hooks/odd": "runs when you use git in this project",
    "/home/u/bare.git/hooks/post-merge": "runs at every pull and merge",
    "/home/u/p/.git/modules/a/b/c/hooks/post-checkout": "runs when you use git in this submodule",
    "/home/u/p/node_modules/a/binding.gyp": "runs commands at npm install",
    "/home/u/p/vite.config.ts": "runs when the tool it is for starts",
    "/home/u/.config/nvim/Makefile": "runs when you type make here",
    "/etc/cron.daily/x": "runs by the clock",
    "/etc/php/8.2/apache2/php.ini": "can run code at every request",
}


def reason(path: str, kind: str = "file", *, mode: int = 0o644, deleted: bool = False) -> str:
    return MATTERS.reason(path, kind=kind, mode=mode, deleted=deleted)


def sample(section: str, pattern: str) -> str:
    """Make a path that a pattern is meant for."""
    base = {"home": HOME, "commands": HOME, "system": ""}.get(section, "/srv/p")
    path = pattern.rstrip("/").replace("**", "a/b").replace("*", "x").replace("?", "x")
    return path if path.startswith("/") else f"{base}/{path}"


@pytest.mark.parametrize(("section", "pattern", "why"), [line for line in LINES if line[0] != "commands"])
def test_every_line_speaks_for_its_place(section: str, pattern: str, why: str) -> None:
    path, why = sample(section, pattern), "" if section == "never" else why
    if pattern.endswith("/"):
        assert (reason(path, "dir"), reason(path, "directory"), reason(path, "symlink")) == (why, why, why)
        assert (reason(f"{path}/y/z"), reason(f"{path}/y", "dir")) == (why, why)
    else:
        assert (reason(path), reason(path, "fifo"), reason(path, "symlink")) == (why, why, why)
        assert why == "" or reason(f"{path}~") != why or pattern.endswith("*")
    assert why in ("", reason(path, deleted=True)) or section in FLOATING


@pytest.mark.parametrize("folder", TABLE["commands"])
def test_every_command_directory(folder: str) -> None:
    path = sample("commands", folder) + "/some-tool"
    assert (reason(path, mode=0o755), reason(path, "symlink", mode=0o777)) == (COMMAND, COMMAND)
    assert COMMAND not in (reason(path), reason(path, deleted=True))
    assert COMMAND not in (reason(path, "dir", mode=0o755), reason(path, "directory", mode=0o755))


@pytest.mark.parametrize("path", QUIET)
def test_what_does_not_matter(path: str) -> None:
    assert (reason(path), reason(path, mode=0o755), reason(path, "dir", mode=0o755)) == ("", "", "")
    assert reason(path, deleted=True) == "" or path.startswith(f"{HOME}/.")


@pytest.mark.parametrize(("path", "why"), NOTICED.items())
def test_the_most_specific_line_speaks(path: str, why: str) -> None:
    assert reason(path) == why


def test_a_program_on_path() -> None:
    assert reason("/home/u/tools/x", mode=0o755) == COMMAND
    assert reason("/opt/[x]*/x", mode=0o755) == COMMAND
    assert [reason(path, mode=0o755) for path in ("/opt/[x]y/x", "/home/u/tools/a/x", "/home/u/tools")] == [""] * 3
    assert reason("/home/u/.local/bin/env", mode=0o755) == "runs at every login"


def test_the_bits_of_another_identity() -> None:
    assert [reason("/x", mode=mode) for mode in (0o4755, 0o2755, 0o6000)] == [SETUID, SETGID, SETUID]
    assert reason("/home/u/.bashrc", mode=0o4644) == SETUID
    assert reason("/x", "dir", mode=0o2775) == reason("/x", "directory", mode=0o2775) == ""
    assert reason("/x", mode=0o4755, deleted=True) == ""


def test_a_symlink_on_the_way_to_a_place() -> None:
    ways = "/home/u /home/u/.config /home/u/.ssh /home/u/.mozilla/firefox/a /usr /home/u/tools /etc /p/.vscode"
    assert {path: reason(path, "symlink") for path in ways.split()} == dict.fromkeys(ways.split(), REDIRECTS)
    assert {path: reason(path, "link") for path in ways.split()} == dict.fromkeys(ways.split(), REDIRECTS)
    assert {reason(path) + reason(path, "dir") for path in ways.split()} == {""}
    assert reason("/p/.git", "symlink") == reason("/p/.git") == "tells git where its settings and hooks are"
    assert [reason(path, "symlink") for path in ("/p/docs", "/p/src", "/home/u/.config/x", "/p/bin")] == [""] * 4


def test_what_stands_for_another_place() -> None:
    elsewhere = {"/home/u/dots/zshrc": "/home/u/.zshrc", "/home/u/z": "/home/u", "/root": "/home/u/"}
    known = Matters(TABLE, home=HOME, path_dirs=(), elsewhere=elsewhere)
    paths = ("/home/u/dots/zshrc", "/home/u/z/.zshrc", "/root/.zshrc", "/home/u/.zshrc")
    assert {known.reason(path, kind="file", mode=0) for path in paths} == {"runs whenever zsh starts"}
    assert known.reason("/root/bin/x", kind="file", mode=0o755) == COMMAND
    assert known.reason("/root/.config", kind="symlink", mode=0o777) == REDIRECTS
    assert known.reason("/home/u/dots/zshrc2", kind="file", mode=0) == ""


def test_places_can_be_looked_up() -> None:
    places = MATTERS.places()
    assert {"/home/u/.bashrc", "/home/u/.config/fish", "/etc/passwd"} <= set(places)
    assert not [place for place in places if not reason(place) and not reason(place, "dir")]
    assert list(places) == sorted(set(places))


@pytest.mark.parametrize("pattern", TABLE["git-config"])
def test_git_configurations(pattern: str) -> None:
    assert MATTERS.is_git_config(sample("git-config", pattern))


def test_no_git_configurations() -> None:
    paths = "/p/config /p/.git/HEAD /p/.git/config/x /p/.git /home/u/.config/git/ignore /p/gitconfig /p/.git/x/config"
    assert [path for path in paths.split() if MATTERS.is_git_config(path)] == []


def test_a_home_with_an_odd_name() -> None:
    for home in ("/", "/h*me/u?", "/home/u\n\udcff", "/home/.git/Makefile"):
        odd = Matters(TABLE, home=home, path_dirs=("", "relative", "/"))
        inside = home.rstrip("/")
        assert odd.reason(f"{inside}/.bashrc", kind="file", mode=0) == "runs whenever bash starts"
        assert odd.reason(f"{inside}/.cargo/bin/x", kind="file", mode=0o755) == COMMAND
        assert odd.reason("/hxme/u1/.bashrc", kind="file", mode=0) == ""


names = st.sampled_from(sorted({part.replace("*", "x") for _, one, _ in LINES for part in one.split("/")}))
known_paths = st.sampled_from([sample(section, pattern) for section, pattern, _ in LINES])
parts = st.one_of(names, st.text(max_size=8), st.sampled_from(["a", "node_modules", ".git", "hooks", "\udcff\n", ""]))
paths = st.builds(lambda start, rest: "/".join([start, *rest]), st.just("") | known_paths, st.lists(parts, max_size=5))


def expression(entry: Entry) -> re.Pattern[str]:
    """Say what an entry means in another language."""
    texts = ["".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in part) for part in entry.parts]
    start = "/(?:.*/)?" if entry.base is None else re.escape(entry.base.rstrip("/") + "/")
    head = re.escape(entry.head[1:]) + "(?:.*/)?" if entry.head else ""
    return re.compile(start + head + "/".join(texts) + ("(?:/.*)?" if entry.below else ""), re.DOTALL)


EXPRESSIONS = [(entry, expression(entry)) for entry in ENTRIES if not entry.command]


@settings(max_examples=150, deadline=None)
@given(paths)
def test_the_index_misses_nothing(path: str) -> None:
    meant = [entry for entry, pattern in EXPRESSIONS if pattern.fullmatch(path)]
    assert [entry for entry, _ in EXPRESSIONS if entry.tier(path, path.split("/"))] == meant
    best = max(((entry.tier(path, path.split("/")), entry.weight) for entry in meant), default=None)
    speaking = {entry.reason for entry in meant if (entry.tier(path, path.split("/")), entry.weight) == best}
    assert reason(path) in (speaking or {""})


@settings(deadline=None)
@given(st.text() | paths, st.sampled_from(["dir", "file", "symlink", "fifo", "", "?"]), st.integers(0, 0o7777))
def test_any_path_gets_an_answer(path: str, kind: str, mode: int) -> None:
    for deleted in (False, True):
        why = reason(path, kind, mode=mode, deleted=deleted)
        assert why == "" or why in {entry.reason for entry in ENTRIES} | {SETUID, SETGID, COMMAND, REDIRECTS}


def test_the_sections_are_the_known_ones() -> None:
    assert set(TABLE) == {"home", "commands", "anywhere", "git-config", "system", "never"}


def test_every_entry_is_one_line() -> None:
    lines = [line for line in FILE.read_text("utf-8").splitlines() if line and line[0] not in "#["]
    assert [line for line in lines if not re.fullmatch(r'"[^"\\]+" = "[^"\\]+"', line)] == []
    assert len(lines) == len(LINES)


def test_a_reason_is_short_and_plain() -> None:
    bad = [line for line in LINES if len(line[2]) > 60 or line[2][-1] in ". " or not line[2].isprintable()]
    assert bad == []
    assert [line for line in LINES if line[0] != "commands" and not re.match("[a-z]", line[2])] == []


def test_a_pattern_is_normal() -> None:
    bare = [(section, pattern.strip("/").split("/")) for section, pattern, _ in LINES]
    assert [line for line in bare if {"", ".", ".."} & set(line[1]) or set("".join(line[1])) & set("[]{}!\\~")] == []
    absolute = {section for section, pattern, _ in LINES if pattern.startswith("/")}
    assert absolute == {"system", "commands"}
    assert [pattern for pattern in TABLE["system"] if not pattern.startswith("/")] == []
    assert [one for one in TABLE["commands"] if one.endswith("/")] == []


def test_a_pattern_can_be_looked_up() -> None:
    """A directory is found by a plain name in its pattern; `**` stands once, after plain names, above a file."""
    folders = [one.rstrip("/").split("/") for section, one, _ in LINES if one.endswith("/")]
    assert [one for one in folders if all("*" in part or "?" in part for part in one)] == []
    deep = [(section, one, one.split("**")[0]) for section, one, _ in LINES if "**" in one]
    assert [one for one in deep if one[0] not in FLOATING or "*" in one[2] or one[1].count("/**/") != 1] == []
    assert [one for one in deep if one[1].endswith("/") or one[1].count("**") != 1] == []


def test_no_pattern_is_in_two_sections_that_say_the_same() -> None:
    assert set(TABLE["anywhere"]) & set(TABLE["git-config"]) == set()
    assert set(TABLE["never"]) & (set(TABLE["anywhere"]) | set(TABLE["git-config"])) == set()
