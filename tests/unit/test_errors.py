"""Every failure is raised where it belongs, with its exit code, a sentence and a hint."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from wrapify import cli, clipboard, errors, script
from wrapify.box import store
from wrapify.cli import options
from wrapify.cli.options import Request
from wrapify.cli.reading import judged
from wrapify.cli.run import words_for
from wrapify.errors import (
    Blocked,
    BoxBusy,
    BoxMissing,
    ClipboardUnavailable,
    CommandMissing,
    PolicyError,
    SandboxUnavailable,
    ScriptRefused,
    StateError,
    UsageError,
    WrapifyError,
)
from wrapify.host import Machine
from wrapify.place import Place
from wrapify.policy import resolve
from wrapify.sandbox import facts

ROOT = Path(__file__).resolve().parents[2]


def a_place(tmp_path: Path) -> Place:
    return Place(str(tmp_path), str(tmp_path), env={"XDG_RUNTIME_DIR": f"{tmp_path}-run"})


def has_no_bwrap(tmp_path: Path) -> None:
    place = a_place(tmp_path)
    facts.facts(Machine(), place, state=place.dirs.state, runtime="/r")


def runs_twice_in_a_box(tmp_path: Path) -> None:
    store.create(str(tmp_path), {"name": "mine"}, rows=(), memory="")
    store.reopen(str(tmp_path), "mine", rows=())


def reads_a_damaged_box(tmp_path: Path) -> None:
    (tmp_path / "box.json").write_text("[")
    store.read(str(tmp_path))


def has_a_file_for_a_directory(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    store.private_directory(f"{tmp_path}/state/boxes")


def runs_what_is_not_there(tmp_path: Path) -> None:
    request = Request("run")
    request.words = ("no-such-command-anywhere",)
    words_for(request, a_place(tmp_path), default_shell="")


def reads_an_empty_script(tmp_path: Path) -> None:
    script.read(os.open("/dev/null", os.O_RDONLY), 100)


def reads_what_the_policy_blocks(tmp_path: Path) -> None:
    place = a_place(tmp_path)
    Path(place.dirs.config).mkdir(parents=True)
    Path(place.dirs.config, "policy.toml").write_text('[rule]\nsudo = "block"\n')
    judged(b"sudo id", place, shell="bash", origin="pipe")


TABLE: dict[type[WrapifyError], tuple[int, Callable[[Path], object]]] = {
    ClipboardUnavailable: (125, lambda _: clipboard.found({}, primary=False)),
    Blocked: (126, reads_what_the_policy_blocks),
    BoxBusy: (125, runs_twice_in_a_box),
    BoxMissing: (2, reads_a_damaged_box),
    CommandMissing: (127, runs_what_is_not_there),
    PolicyError: (2, lambda _: resolve.policy([("p", b"x = 1")])),
    SandboxUnavailable: (125, has_no_bwrap),
    ScriptRefused: (125, reads_an_empty_script),
    StateError: (125, has_a_file_for_a_directory),
    UsageError: (2, lambda _: options.parse("run", ["--nonsense"])),
}


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_it_is_raised_with_its_exit_code_a_sentence_and_a_hint(
    kind: type[WrapifyError], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WRAPIFY_BWRAP", "/nowhere/bwrap")
    code, fails = TABLE[kind]
    with pytest.raises(kind) as raised:
        fails(tmp_path)
    assert type(raised.value) is kind
    assert raised.value.exit_code == code
    assert raised.value.message
    assert raised.value.hint
    assert "\n" not in raised.value.message + raised.value.hint


def test_no_error_is_forgotten() -> None:
    known = {one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, WrapifyError)}
    assert known - {WrapifyError} == set(TABLE)


def test_the_readme_lists_the_exit_codes() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| exit status |") :].split("\n\n")[0]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)}
    # The interrupt is no error of its own, and 1 says how an apply ended.
    assert listed == {code for code, _ in TABLE.values()} | {1, 130}


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["run", "--nonsense"], 2, "--nonsense"),
        (["nonsense"], 2, "nonsense"),
        (["run"], 2, "no command"),
        (["box", "--x"], 2, "--x"),
    ],
)
def test_the_boundary_turns_an_error_into_a_sentence(
    capfd: pytest.CaptureFixture[str], argv: list[str], code: int, said: str
) -> None:
    assert cli.main(argv) == code
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert "Traceback" not in err
    assert err.startswith("wrapify: ")


@pytest.mark.parametrize(("problem", "code"), [(KeyboardInterrupt(), 130), (RuntimeError("a\x1b[2Jb"), 125)])
def test_the_boundary_lets_nothing_past(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, problem: BaseException, code: int
) -> None:
    def fail(name: str) -> object:
        raise problem

    monkeypatch.setattr(cli, "load", fail)
    assert cli.main(["run", "true"]) == code
    assert "\x1b" not in capfd.readouterr().err
