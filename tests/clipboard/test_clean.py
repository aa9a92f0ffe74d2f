"""`wrapify clip clean` and `undo` on real displays: what is hidden goes, says so, and comes back."""

from __future__ import annotations

from tests.clipboard.displays import Shown, XDisplay
from tests.clipboard.owner import owning
from tests.clipboard.test_look import only
from tests.conftest import Wrapify

BEFORE = "echo \u200bhi\u00a0there \x1b[31m# \U0001f468\u200d\U0001f469\r\n".encode()
AFTER = "echo hi there # \U0001f468\u200d\U0001f469\n".encode()
KEPT = ".local/state/wrapify/clipboard-before"


def test_there_and_back(here: Wrapify, shown: Shown) -> None:
    shown.put(BEFORE)
    done = here("clip", "clean")
    assert (done.returncode, done.stdout) == (0, "")
    assert "taken out of the clipboard: zero-width, odd-space, escape-colour\n" in done.stderr
    assert shown.get() == AFTER
    assert (here.home / KEPT).stat().st_mode & 0o777 == 0o600
    assert here("clip", "undo").returncode == 0
    assert shown.get() == BEFORE
    assert not (here.home / KEPT).exists()
    done = here("clip", "undo")
    assert (done.returncode, "nothing to undo" in done.stderr) == (2, True)


def test_with_xsel_alone(wrapify: Wrapify, x11: XDisplay) -> None:
    one = only(x11.serve(wrapify), "xsel")
    x11.put(BEFORE, selection="primary")
    assert one("clip", "clean", "--primary").returncode == 0
    assert x11.get(selection="primary") == AFTER
    assert one("clip", "undo").returncode == 0
    assert x11.get(selection="primary") == BEFORE


def test_what_has_nothing_hidden_stays(here: Wrapify, shown: Shown) -> None:
    for content, says in ((b"", "is empty"), (b"ls\n", "nothing is hidden")):
        shown.put(content) if content else shown.clear()
        done = here("clip", "clean")
        assert (done.returncode, says in done.stderr) == (0, True)
        assert not (here.home / KEPT).exists()


def test_binary_data_is_left_alone(here: Wrapify, shown: Shown) -> None:
    shown.put(bytes(range(256)))
    done = here("clip", "clean")
    assert (done.returncode, "binary" in done.stderr) == (125, True)
    assert shown.get() == bytes(range(256))


def test_a_megabyte(here: Wrapify, shown: Shown) -> None:
    shown.put("x\u200b".encode() * 250_000)
    assert here("clip", "clean").returncode == 0
    assert shown.get() == b"x" * 250_000


def test_what_was_copied_since_is_not_lost(here: Wrapify, shown: Shown) -> None:
    shown.put(BEFORE)
    here("clip", "clean")
    shown.put(b"something new")
    done = here("clip", "undo")
    assert (done.returncode, "copied since" in done.stderr) == (2, True)
    assert shown.get() == b"something new"
    assert here("clip", "undo", "--force").returncode == 0
    assert shown.get() == BEFORE


def test_a_damaged_file_is_no_clipboard(here: Wrapify, shown: Shown) -> None:
    for content, mode in (("nonsense", 0o600), (f"wrapify clipboard 1\n{'0' * 64} clipboard\nx", 0o644)):
        here.put(KEPT, content, mode)
        assert here("clip", "undo", "--force").returncode == 125


def test_the_page_goes_with_what_it_hid(here: Wrapify, shown: Shown) -> None:
    with owning(shown.env, lambda: b"a\xe2\x80\x8bb", lambda: b"<b>ab</b>"):
        assert "the page that came with it is gone" in here("clip", "clean").stderr
    assert shown.get() == b"ab"
    assert "text/html" not in here("clip", "show").stdout
