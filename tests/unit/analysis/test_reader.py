"""The reader of bash, zsh and sh on texts chosen by hand, and on any text at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.analysis.commands import names, simples, stages
from wrapify.analysis import shell
from wrapify.analysis.tree import Compound

FOUND = (
    # dialect, text, the names of its commands in their order
    ("bash", "a `b` `c`", "a b c"),
    ("bash", 'a "`b \\"c\\" \\`d\\``"', "a b d"),
    ("bash", "coproc X { a; b; }; c", "a b c"),
    ("bash", "{fd}>f a 2>&1 &>x", "a"),
    ("bash", "time -p a | ! b", "a b"),
    ("bash", "case $(a) in $(b)|c) d;; (e) f;& *) g; esac; h", "a b d f g h"),
    ("bash", "for x in $(a); { b; }; c", "a b c"),
    ("bash", "x[$(a)]=$(b) c ${y[$(d)]} $((${z:-$(e)}))", "c a b d e"),
    ("bash", "[[ -n $(a) && ( b == <(c) ) ]] || d", "a c d"),
    ("bash", "a <<A <<-'B' | if b\n$(c)\nA\n$(d)\n\tB\nthen e; fi", "a c b e"),
    ("bash", "a <<A\nb \\\nA\n$(c)\nA\nd", "a c d"),
    ("bash", "a <<$(b)\n$(b)\nc", "a c"),
    ("bash", "i\\\nf a; then $\\\n(b); fi", "a ? b"),
    ("bash", "a >! b; c &! d", "a c d"),
    ("bash", '"${x%\'"\'*}$(a)"', "?? a"),
    ("bash", "case x in\na b\nc\n", "b c"),
    ("bash", "[[ a\nb", "b"),
    ("bash", "x=(a; b", "b"),
    ("bash", "$((a); (b)) $((c + 1))", "? a b"),
    ("sh", "a &>b c; ((d)); [[ e && f ]]", "a c d [[ f"),
    ("zsh", "repeat 3 a; for x (b) c; if [[ d ]] { e } else { f }", "a c e f"),
    ("zsh", "() { a } b; { c } always { d }; foreach x (e); f; end", "a c d f"),
    ("zsh", "a =(b) *(.) (c|d)* ${(f)$(e)} ${${x:-$(f)}} &! g", "a b e f g"),
    ("zsh", "case x { (a|b)*) c;; <1-9>) d;; }; e >! f; 1=x g", "c d e g"),
)
ANY = st.lists(
    st.sampled_from(
        "a|b|x=|$(|`|\"|'|\\|${|}|$((|))|(|)|{|;|&|\n|<<A\n|A\n|<(|[[ | ]]|case a in |;;|esac|if |then |fi|for x |do |"
        "done| |#|=|[|]|f() |function |coproc |time |! |@(|$'|\\\n|>|2>&1 |{fd}>|repeat 2 |else |é|\x00|\r".split("|")
    )
    | st.text(max_size=3),
    max_size=40,
).map("".join)


@pytest.mark.parametrize(("dialect", "text", "wanted"), FOUND)
def test_commands_are_found(dialect: str, text: str, wanted: str) -> None:
    assert sorted(names(shell.read(text, dialect=dialect))) == sorted(wanted.split())


def test_a_comment_is_text_where_a_person_types_to_zsh() -> None:
    assert names(shell.read("a #b; c", dialect="zsh")) == ["a"]
    assert names(shell.read("a #b; c", dialect="zsh", comments=False)) == ["a", "c"]


@pytest.mark.parametrize("dialect", ["bash", "zsh", "sh"])
@given(text=ANY)
def test_any_text_is_read(dialect: str, text: str) -> None:
    reading = shell.read(text, dialect=dialect)
    assert all(0 <= at <= len(text) and sentence for at, sentence in reading.troubles)
    for stage in stages(reading.script):
        assert 0 <= stage.start <= stage.end <= len(text)
        ends = [(word.start, word.end) for word in stage.words]
        assert all(stage.start <= start <= end <= stage.end for start, end in ends)
        if not isinstance(stage, Compound):
            assert ends == sorted(ends)


@pytest.mark.parametrize(
    "text", ["(", "$(", '"', "`", "$((", "${", "if ", "case a in ", "<<a\n", "f(){ ", "${a[", "a\n"]
)
def test_what_is_too_deep_or_too_much_is_said(text: str) -> None:
    assert shell.read(text * (shell.LONGEST // len(text) + 1)).troubles


def test_a_word_keeps_where_it_stood() -> None:
    (found,) = simples(shell.read("  ab 'c d'  "))
    assert [(word.start, word.end) for word in found.words] == [(2, 4), (5, 10)]
