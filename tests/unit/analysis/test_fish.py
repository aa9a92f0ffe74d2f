"""The reader of fish: a table of spellings, and any text at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.analysis.fish_tree import show, stages
from wrapify.analysis.fish import LIMIT, read
from wrapify.analysis.fishtext import MOST
from wrapify.analysis.tree import Redirect, Simple, Word

# Text, what is read; fish accepts all of them.
GOOD = (
    ("sudo 'a\\'b\\n' \"c\\\"d\\n\"", "sudo '«a'b\\n» \"«c\"d\\n»"),
    (r"\x73u\do \163 \u263a \xc3\xa9 \ca", "$'«s»+u+\\«d»+o $'«s» $'«☺» $'«é» $'«\x01»"),
    ("s''u\"d\"o", "s+'«»+u+\"«d»+o"),
    ("ec\\\nho a \\\n b", "echo a b"),
    ("echo $x $$y {$z} $x[1..2] $$x[1][2]", "echo $x !$y {+$z+} [$x[1..2] ![$x[1][2]"),
    ('echo "$x" "a$x[1]b" "(c)" "\\$x"', 'echo "$x "«a»+"[$x["«1»]+"«b» "«(c)» "«$x»'),
    ('echo (a; b | c)[1] $(d) "$(e "f")g"', 'echo $(a ; b | c)+[$[1] $(d) "$(e "«f»)+"«g»'),
    ("echo (a | psub) $x[(b)]", "echo <(a | psub) [$x[$(b)]"),
    ("echo {a,'b c'}d ~ *.? a#b # c", "echo {a,+'«b c»+}d ~ *.? a#b"),
    ("a; b & c && d || e\nf&g", "a ; b & ; c && d || e ; f&g"),
    ("a && \n\n b | \n c", "a && b | c"),
    ("and a; or b; not c; ! d; time e; not -h; and -h", "&& a || b ; c ; d ; e ; not -h ; and -h"),
    ("a 2>| b &| c >| d", "a | b | c | d"),
    ("a <b >c >>d 2>e >?f &>g <&3 2>&1 >&- &>>h", "a < b > c >> d 2> e >? f &> g <& 3 2>& 1 >& - &>> h"),
    ("a 2 >b c2>d ^e", "a 2 c2 ^e > b > d"),
    ("begin; a; end >b | c &", "{: [a] > b | c &"),
    ("if a; and b; c; else if d; e; else; f; end", "if: [a && b ; c d ; e f]"),
    ("while a; b; end <c", "while: [a ; b] < c"),
    ("for x in a (b)\nc $x; end", "for:x a $(b) [c $x]"),
    ("switch (a); case b 'c*'; d; case '*'; e; end", "case: $(a) b '«c*» '«*» [d e]"),
    ("function f -a x; a; end; f", "function:f -a x [a] ; f"),
    ("A=1 B=(c) d; A=1 begin; e; end", "A=1 B=$(c) d ; {: [A=1 ; {: [e]]"),
    ("set x a b; set -gx y (c); set z; set -a x q",
     "x=a+ +b set x a b ; y=$(c) set -gx y $(c) ; z=ε set z ; x+=q set -a x q"),
    ("set -e x; set -q x; set x[1] a; set -l; set $x a", "set -e x ; set -q x ; set x[1] a ; set -l ; set $x a"),
    ("eval a; source b; exec c; command d; builtin echo; env V=x f",
     "eval a ; source b ; exec c ; command d ; builtin echo ; env V=x f"),
    ("'if' a; e\"n\"d", "if: [a]"),
    ("if; echo end else; while -h", "if ; echo end else ; while -h"),
    ("[ a = b ]; echo a[b c] (test [ $x ])", "[ a = b ] ; echo a[b c] $(test [ $x ])"),
    ("echo (# )\na)", "echo $(a)"),
    ("alias x 'sudo y'", "alias x '«sudo y»'".removesuffix("'")),
    ("{echo,hi} a", "{echo,hi} a"),
    ("$x a", "$x a"),
)  # fmt: skip

# Text, what is read, what is wrong with it (the first trouble).
ODD = (
    ("{ a; b } | c; {d}", "{: [a ; b] | c ; {: [d]", ""),  # from 4.1 on
    ("echo 'a; b", "echo '«a; b»", "5 This ' is not closed."),
    ('echo "a', 'echo "«a»', '5 This " is not closed.'),
    ("echo (a; b", "echo $(a ; b)", "5 This ( is not closed."),
    ("if a; b", "if: [a ; b]", "0 This if has no end."),
    ("a; end; b", "a ; b", "3 This end belongs to no block."),
    ("echo a) b", "echo a) b", "6 This ) closes nothing."),
    ("echo }; b", "echo } ; b", "5 This } closes nothing."),
    ("echo a[b; c", "echo a[b ; c", "6 This bracket is not closed."),
    ("echo $x[{b; c", "echo $x+[{b ; c", "8 This bracket is not closed."),
    ("(a) b", "$(a) b", "0 fish takes no substitution as the name of a command."),
    ("cat <<E", "cat < ε < E", "4 This redirection has no target."),
    ("echo ${x}", "echo ${x}", "5 This $ has no name of a variable behind it."),
    (r"echo \xg \400", r"echo \xg \400", r"5 This \ begins no character."),
    ("echo \\", "echo \\", "5 This \\ has nothing behind it."),
    ("a | | b", "a | b", "4 A command is missing here."),
    ("&& a", "a", "0 This & has no command in front of it."),
    ("A=1", "A=1", "0 fish takes VAR=value in front of a command only."),
    (">x a", "a > x", ""),
    ("begin; end a", "{: a []", "11 There is a word behind the end of a block."),
)


@pytest.mark.parametrize(("text", "expected"), GOOD)
def test_reads(text: str, expected: str) -> None:
    reading = read(text)
    assert (show(reading.script), reading.troubles) == (expected, [])


@pytest.mark.parametrize(("text", "expected", "trouble"), ODD)
def test_reads_on(text: str, expected: str, trouble: str) -> None:
    reading = read(text)
    first = "{} {}".format(*reading.troubles[0]) if reading.troubles else ""
    assert (show(reading.script), first) == (expected, trouble)


def test_spans_are_exact() -> None:
    text = "a (b 'c') >d; if A=1 e; end"
    simples = [one for one in stages(read(text).script) if isinstance(one, Simple)]
    assert [text[one.start : one.end] for one in simples] == ["a (b 'c') >d", "b 'c'", "A=1 e"]
    assert [text[word.start : word.end] for word in simples[0].words] == ["a", "(b 'c')"]


@pytest.mark.parametrize(
    "unit", ["(", '"', "$", "{", "\\", ";", "end ", "begin;", "(a)", "{a};", "&&", "a[", "$x[", ")"]
)
def test_takes_bounded_time(unit: str) -> None:
    started = time.process_time()
    reading = read(unit * (2**20 // len(unit)))
    assert time.process_time() - started < 3  # 0.6 on a machine that has nothing else to do
    assert reading.troubles


@pytest.mark.parametrize("unit", ["a|", ">a ", "a<b "])
def test_what_is_made_to_be_slow_is_not_read_to_its_end(unit: str) -> None:
    reading = read(unit * (2**20 // len(unit)))
    assert [sentence for _, sentence in reading.troubles[-1:]] == ["This text is too long to be read to its end."]
    assert MOST // 2 <= sum(1 + len(one.redirects) for one in stages(reading.script)) <= MOST


def test_a_long_text_is_cut() -> None:
    assert read("#" * (LIMIT + 1)).troubles == [(LIMIT, "This text is too long to be read to its end.")]
    deep = read("echo (" * 41 + "a" + ")" * 41).troubles
    assert [sentence for _, sentence in deep] == ["This is nested too deep to be read."]


def check_spans(words: list[Word], *, start: int, end: int) -> None:
    for word in words:
        assert start <= word.start <= word.end <= end
        start = word.end


SIGNS = st.sampled_from(
    [*" \n\t;|&<>()[]{}$\"'\\#=!a1é\0^~", "end ", "begin;", "if ", "else ", "case ",
     "switch ", "for ", "in ", "and ", "$(", "function ", "set ", "-h", "A="]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.text(), st.lists(SIGNS, max_size=60).map("".join)))
def test_any_text_has_a_reading(text: str) -> None:
    reading = read(text)
    assert all(0 <= at <= len(text) and sentence.endswith(".") for at, sentence in reading.troubles)
    for stage in stages(reading.script):
        assert 0 <= stage.start <= stage.end <= len(text)
        if isinstance(stage, Simple):
            check_spans(stage.words, start=stage.start, end=stage.end)


def test_redirects_are_records() -> None:
    redirect = next(stages(read("a 2>b").script)).redirects[0]
    assert isinstance(redirect, Redirect)
    assert (redirect.number, redirect.operator) == ("2", ">")
