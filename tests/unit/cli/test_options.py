"""The command lines of the commands that must start fast: one table, for the parser and for the help."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.cli import FAST, group
from wrapify.cli.options import ANYWHERE, FLAG, MANY, OPTIONS, Option, Request, parse
from wrapify.errors import UsageError

CASES = [
    (command, option, spelling) for command in OPTIONS for option in OPTIONS[command] for spelling in option.spellings
]
EACH = pytest.mark.parametrize(("command", "option", "spelling"), CASES, ids=[f"{one}{last}" for one, _, last in CASES])
VALUES = {"env": "NAME=some value"}


def value_of(option: Option) -> str:
    return VALUES.get(option.name, "some-value")


def test_the_commands_are_those_that_must_start_fast() -> None:
    assert set(OPTIONS) == set(FAST)


@EACH
def test_an_option_is_read(command: str, option: Option, spelling: str) -> None:
    given_words = [spelling] if option.kind == FLAG else [spelling, value_of(option)]
    if command in ANYWHERE:
        assert parse(command, ["cmd", *given_words, "--", "-x"]).words == ("cmd", "-x")
        request = parse(command, [*given_words, "--", "cmd", spelling, "--", "-x"])
    else:
        request = parse(command, [*given_words, "cmd", spelling, "--", "-x"])
    wanted: object = True if option.kind == FLAG else value_of(option)
    assert getattr(request, option.name) == ((wanted,) if option.kind == MANY else wanted)
    assert request.words == ("cmd", spelling, "--", "-x")
    untouched = {name for name in Request.__slots__ if getattr(request, name) != getattr(Request(command), name)}
    assert untouched == {option.name, "words"}


@EACH
def test_a_value_may_be_glued_to_a_long_option(command: str, option: Option, spelling: str) -> None:
    if option.kind == FLAG or not spelling.startswith("--"):
        with pytest.raises(UsageError, match=f"no option '{spelling}=x'"):
            parse(command, [f"{spelling}=x"])
        return
    found = getattr(parse(command, [f"{spelling}={value_of(option)}"]), option.name)
    assert found == ((value_of(option),) if option.kind == MANY else value_of(option))


@EACH
def test_a_value_that_is_missing_is_an_error(command: str, option: Option, spelling: str) -> None:
    if option.kind != FLAG:
        with pytest.raises(UsageError, match="needs a value") as raised:
            parse(command, [spelling])
        assert option.metavar in raised.value.hint


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--", "-x"], ("-x",)),
        (["--", "--"], ("--",)),
        (["-"], ("-",)),
        (["-", "-q"], ("-", "-q")),
        (["cmd", "--"], ("cmd", "--")),
        (["-q", "--", "cmd"], ("cmd",)),
        ([""], ("",)),
        ([], ()),
        (["--"], ()),
    ],
)
def test_where_options_end(argv: list[str], words: tuple[str, ...]) -> None:
    assert parse("sh", argv).words == words


@pytest.mark.parametrize("word", ["-x", "--x", "--", "-", "-qq", "---", "--q", "-p=x", "-psealed", "--RO"])
def test_what_is_no_option(word: str) -> None:
    if word in ("-", "--"):
        parse("run", [word])
        return
    with pytest.raises(UsageError, match="there is no option"):
        parse("run", [word, "cmd"])


def test_a_value_may_look_like_an_option() -> None:
    request = parse("run", ["--ro", "--rw", "-c", "--", "x"])
    assert (request.ro, request.line, request.words) == (("--rw",), "--", ("x",))


def test_options_that_may_be_given_more_than_once_add_up_and_others_take_the_last() -> None:
    request = parse("run", ["--ro", "a", "-p", "x", "--ro=b", "-p", "y"])
    assert (request.ro, request.profile) == (("a", "b"), "y")


@pytest.mark.parametrize("item", ["A", "_a1", "A=", "A=b=c", "a1=\n", "A=é"])
def test_a_variable_may_be_passed_or_set(item: str) -> None:
    assert parse("run", ["--env", item]).env == (item,)


@pytest.mark.parametrize(
    "item", ["", "=", "=x", "1A", "A B", "A-B=x", "é", "A.B", " A", "A\n", "BASH_FUNC_x%%=() { :; }"]
)
def test_what_cannot_name_a_variable(item: str) -> None:
    with pytest.raises(UsageError, match="cannot name a variable"):
        parse("run", ["--env", item])


spellings = st.sampled_from([spelling for option in OPTIONS["sh"] for spelling in option.spellings])
words = st.lists(
    st.text(max_size=6) | spellings | spellings.map(lambda spelling: f"{spelling}=x") | st.sampled_from(["-", "--"])
)


@given(st.sampled_from(sorted(OPTIONS)), words)
def test_any_words_are_a_request_or_an_error(command: str, argv: list[str]) -> None:
    try:
        rest = parse(command, argv).words
    except UsageError:
        return
    if command not in ANYWHERE:
        assert list(rest) == argv[len(argv) - len(rest) :]
    assert all(word in argv for word in rest)


@given(words, words)
def test_what_a_plan_depends_on_is_in_the_key(first: list[str], second: list[str]) -> None:
    try:
        one, other = parse("sh", first), parse("sh", second)
    except UsageError:
        return
    free = {"command", "words", "line", "stdin", "quiet", "box", "shell", "verbose", "very_verbose"}
    same = all(getattr(one, name) == getattr(other, name) for name in Request.__slots__ if name not in free)
    assert (one.key() == other.key()) is same


@pytest.mark.parametrize("command", OPTIONS)
def test_the_help_names_every_option(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert group.run([command, "--help"]) == 0
    text = capsys.readouterr().out
    shown = " ".join(text.split())
    for option in OPTIONS[command]:
        assert ", ".join(option.spellings) in shown
        assert option.help in shown
        assert option.metavar in shown
    assert group.USAGE[command] in shown


@pytest.mark.parametrize("argv", [[], ["box"], ["--help"], ["-h"]])
def test_help_without_asking_for_it(argv: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    status = group.run(argv)
    assert "Usage: wrapify" in "".join(capfd.readouterr())
    assert status in ((0,) if argv[-1:] in (["--help"], ["-h"]) else (0, 2))


@pytest.mark.parametrize("argv", [["--nonsense"], ["nonsense"], ["box", "nonsense"], ["box", "list", "--nonsense"]])
def test_what_click_refuses_is_a_usage_error(argv: list[str]) -> None:
    with pytest.raises(UsageError, match="nonsense"):
        group.run(argv)
