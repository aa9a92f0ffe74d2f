"""`wrapify paste` without a clipboard; tests/clipboard/test_paste.py has the rest, with real ones."""

from __future__ import annotations

from tests.conftest import Wrapify


def test_without_a_clipboard_nothing_runs(wrapify: Wrapify) -> None:
    for words in ([], ["--yes"]):
        done = wrapify("paste", *words, env={"SSH_TTY": "/dev/pts/9"})
        assert (done.returncode, done.stdout) == (125, "")
        assert "no clipboard at this end of ssh" in done.stderr
        assert "| ssh HOST wrapify sh" in done.stderr


def test_it_takes_no_command(wrapify: Wrapify) -> None:
    done = wrapify("paste", "ls")
    assert (done.returncode, "takes what is on the clipboard" in done.stderr) == (2, True)


def test_help_names_its_options(wrapify: Wrapify) -> None:
    done = wrapify("paste", "--help")
    assert done.returncode == 0
    for word in ("--primary", "--yes", "--shell", "--profile"):
        assert word in done.stdout
