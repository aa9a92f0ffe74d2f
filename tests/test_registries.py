"""What an addition must not forget: the tables are compared with the files, the tests and the README."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path

import pytest

from wrapify import errors
from wrapify.analysis.catalogue import CATALOGUE
from wrapify.analysis.model import SEVERITIES
from wrapify.cli import COMMANDS, ask
from wrapify.cli.check import STATUS
from wrapify.policy.model import ACTIONS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# The base comes first.
ERRORS = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.WrapifyError)]

TOP_LEVEL = frozenset(
    "pyproject.toml README.md install.sh wrapify shell tests"
    " CHANGELOG.md LICENSE SECURITY.md Makefile .ci .github .gitignore".split()
)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_its_file_its_test_and_its_place_in_the_readme(name: str) -> None:
    module, _, function = COMMANDS[name].partition(":")
    file = name.replace("-", "_")
    assert module == f"wrapify.cli.{file}"
    assert (ROOT / "wrapify" / "cli" / f"{file}.py").is_file()
    assert (ROOT / "tests" / "cli" / f"test_{file}.py").is_file()
    assert callable(getattr(importlib.import_module(module), function))
    assert re.search(rf"wrapify {re.escape(name)}\b", README), f"README.md does not mention wrapify {name}"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_error_has_an_exit_code_and_a_hint(error: type[errors.WrapifyError]) -> None:
    assert error.exit_code in {2, 125, 126, 127, 130}
    assert hasattr(error("what failed", "what helps"), "hint")


@pytest.mark.parametrize("error", ERRORS[1:], ids=lambda error: error.__name__)
def test_error_is_raised_in_a_test(error: type[errors.WrapifyError]) -> None:
    tests = (path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__).resolve())
    assert any(re.search(rf"\b{error.__name__}\b", path.read_text(encoding="utf-8")) for path in tests)


def test_top_level_holds_only_what_is_prescribed() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    # The checkout may belong to someone else than who runs the tests.
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z", "--cached"]
    files = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")
    assert {file.partition("/")[0] for file in files if file} - TOP_LEVEL == set()


def table(head: str) -> list[list[str]]:
    """Give the rows of the README's table below `head`, each as its cells."""
    lines = README[README.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_readme_lists_every_rule_as_the_catalogue_does() -> None:
    assert table("| rule | usual severity |") == [
        [f"`{rule}`", severity, line] for rule, (severity, line) in CATALOGUE.items()
    ]


@pytest.mark.parametrize("rule", CATALOGUE)
def test_rule_is_a_word_of_known_severity(rule: str) -> None:
    severity, line = CATALOGUE[rule]
    assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", rule)
    assert severity in SEVERITIES
    assert line
    assert len(line) <= 90


def test_readme_lists_the_exit_statuses_of_a_check() -> None:
    rows = table("| exit status | means |\n|---|---|\n| 0 | allow |")
    assert [(action, int(number)) for number, action in rows[:-1]] == list(STATUS.items())
    assert tuple(STATUS) == ACTIONS


def test_the_protocol_of_the_hooks_lists_the_exit_statuses_of_ask() -> None:
    protocol = (ROOT / "shell" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+) \|", protocol, re.MULTILINE)
    assert listed == [*map(str, (ask.SANDBOX, ask.EDIT, ask.CANCEL, ask.RUN, ask.QUESTION))]


def test_changelog_has_an_unreleased_section() -> None:
    assert re.search(r"^## \[Unreleased\]$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
