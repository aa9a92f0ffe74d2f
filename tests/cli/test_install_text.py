"""install.sh as a text, and the words on its command line."""

from __future__ import annotations

import contextlib
import re
import subprocess

import pytest

from tests.cli import install_machine
from tests.cli.install_machine import INSTALLER, tree
from tests.conftest import need

machine = install_machine.machine


def test_shellcheck_has_nothing_to_say():
    done = subprocess.run([need("shellcheck"), "-s", "sh", INSTALLER], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("shell", ["dash", "busybox sh", "bash --posix"])
def test_every_posix_shell_reads_it(shell):
    words = shell.split()
    need(words[0])
    subprocess.run([*words, "-n", INSTALLER], check=True)
    done = subprocess.run([*words, INSTALLER, "--help"], capture_output=True, text=True, check=True)
    assert "--uninstall" in done.stdout


def test_main_is_the_last_line():
    assert INSTALLER.read_text().splitlines()[-1] == 'main "$@"'


@pytest.mark.parametrize("keep", [0.1, 0.35, 0.6, 0.85, "all but main"])
def test_a_copy_that_was_cut_off_does_nothing(machine, keep):
    machine.with_uv()
    script = machine.checkout / "install.sh"
    text = script.read_text()
    end = text.rindex("main") if keep == "all but main" else int(len(text) * keep)
    script.write_text(text[:end])
    before = tree(machine.home)
    with contextlib.suppress(AssertionError):  # a syntax error or nothing: both are well
        machine.run()
    assert tree(machine.home) == before
    assert machine.logged() == []


def test_nothing_from_the_network_goes_into_a_shell():
    text = INSTALLER.read_text()
    assert not re.search(r"\b(curl|wget|fetch|https?://)", text)
    piped = re.findall(r"\|[^|\n]*\b(?:sh|bash)\b", re.sub(r"(?m)^ *#.*", "", text))
    assert all("wrapify sh" in words or '"$program" sh' in words for words in piped), piped


def test_help_needs_no_home_and_an_unknown_option_is_a_usage_error(machine):
    assert "Usage" in machine.run("--help", HOME="")
    assert "unknown option: --frobnicate" in machine.run("--frobnicate", code=2)


def test_without_a_home_it_says_so(machine):
    assert "HOME is not set" in machine.run(HOME="", code=1)


def test_without_a_checkout_around_it_says_so(machine):
    (machine.checkout / "pyproject.toml").unlink()
    assert "whole repository" in machine.run(code=1)
