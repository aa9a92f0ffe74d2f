"""What a text prints, as the walk knows it: each line is given to the real bash, too, and must print the same there.

The lines do nothing but print constants. What the walk does not follow it must say it does not know, never guess.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wrapify.analysis.shell import read
from wrapify.analysis.values import UNKNOWN
from wrapify.analysis.walk import Walker

LINES = r"""
x=sudo; echo ${x:1} ${x:1:2} ${x: -2} ${x:0:-1} ${x:1+1:1}
x=a.b.c; echo ${x#*.} ${x##*.} ${x%.*} ${x%%.*} ${x#a} ${x%c} ${x#z}
x=s1u2d3o; echo ${x//[0-9]/} ${x/[0-9]/_} ${x//[!0-9]/} ${x/#s/z} ${x/%o/z}
x=aXbXc; echo ${x//X/ } "${x//X}" ${x/X*/-}
x=SuDo; echo ${x^^} ${x,,} ${x^} ${x,} ${x@U} ${x@L} ${#x}
x='a\x41b'; printf '%s\n' "${x@E}"
a=(x y z); echo ${a[1]} ${a[-1]} ${a[@]} "${a[*]}" ${#a[@]} ${a[@]:1} "${a[@]:1:1}"
a=(x y); a+=(z); a[0]=q; echo "${a[@]}"
declare -A m=([k]=v [l]=w); echo ${m[k]} ${m[l]}
a=(s u d o); IFS=; echo "${a[*]}"
IFS=,; x=a,b,c; set -- $x; echo "$2"
set -- a b c; echo $# $1 "$2" "$*"; shift; echo $1 $#
f() { echo "$2$1" $#; }; f a b
f() { local x=$1; shift; echo $x "$@"; }; f a b c
x=y; y=z; echo ${!x} ${q:-d} ${q:=e} $q ${x:+f}
read a b <<< "1 2 3"; echo "$a-$b"
IFS=: read -r a b <<< "1:2"; echo "$a-$b"
read -ra a <<< "p q r"; echo "${a[2]}"
mapfile -t a <<< $'l1\nl2'; echo "${a[1]}"
printf -v x '%s-%s' a b; echo $x
printf '%s\n' a b
printf '%s%s,' a b c d
printf '%d %x %o %c|' 10 255 8 xyz
printf '\163\x75%b' 'd\157'
printf "\\$(printf %o 115)"
printf '%%|%5s' x | tr -d ' '
echo -e 'a\tb\x41'
echo -n a; echo -ne 'b\n'
echo $((1+2*3)) $((0x10)) $((010)) $((2#101)) $((7%4)) $((1<<4)) $(((1+2)*3)) $((-5+2))
x=4; echo $((x*2)) $(($x+1))
echo {a,b}c {1,{2,3}} '{a,b}'
echo "$(echo "$(echo a)b")c" `echo d`
x=$'a\tb\'c'; printf '%s\n' "$x"
cat <<< abc | rev
echo abc | tr a-c A-C
echo a1b2 | tr -d 0-9
echo a1b2 | tr -cd 0-9
echo a:b:c | cut -d: -f2,3
echo abcdef | cut -c2-4
echo abcdef | cut -c3-
printf 'a\nb\nc\n' | head -n 2
printf 'a\nb\nc\n' | head -2 | tail -n 1
printf 'a\nb\nc\n' | tail -n +2
echo abcdef | head -c 3
echo abcdef | tail -c +3
printf 'b\na\nb\n' | sort
printf 'b\na\nb\n' | sort -ru
printf '10 a\n9 b\n' | sort -n
printf 'a\na\nb\n' | uniq
printf 'b\na\n' | tac
echo abcdef | fold -w 2
printf 'a\nb\n' | paste -sd ''
printf 'a\nb\n' | paste -sd ,
printf 'abc\nxyz\n' | grep b
printf 'abc\nxyz\n' | grep -v b
echo xsudox | grep -o sudo
echo xx-a | sed 's/x//g'
echo a.b.c | sed 's/\.//g'
echo a/b | sed 's|/|-|;s/a/c/'
echo '#a #b' | sed 's/^#//'
echo 'ab# c' | sed 's/#.*//'
echo abc | sed y/abc/xyz/
echo 'a b c' | awk '{print $2}'
echo 'a b c' | awk '{print $3,$1 "-" $NF}'
echo a:b | awk -F: '{print $2}'
awk 'BEGIN{print "a"; printf "b"}'
echo c3Vkbw== | base64 -d
echo sudo | base64 | base64 -d
echo sudo | gzip | gunzip
echo ON2WI3Y= | base32 -d
echo abc | tee /dev/null | cat
{ echo a; echo b; } | tac
for i in a b c; do x+=$i; done; echo $x
for i in {a,b}; do echo -n $i; done
while read -r l; do echo "<$l>"; done <<< one
exec 3<<< three; cat <&3
cat <(echo a) <(echo b)
exec {n}<<< named; cat <&$n
if true; then echo t; fi | cat
x=abc; case $x in *) echo c;; esac
basename /a/b/c.d; dirname /a/b
""".strip().splitlines()


def printed(text: str) -> str | None:
    """Give what the walk knows the text to print, None if it does not."""
    text = Walker("bash", arguments=False).script(read(text, dialect="bash").script, None).text or UNKNOWN
    return None if UNKNOWN in text else text


@pytest.fixture(scope="module")
def by_bash(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Give what bash prints for each line: one process, so that it is quick."""
    script = "".join(f"( {line}\n); printf '\\001'\n" for line in LINES)
    place: Path = tmp_path_factory.mktemp("empty")
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        ["bash", "-c", script], cwd=place, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split("\x01")[:-1]


def test_the_walk_knows_what_bash_prints(by_bash: list[str]) -> None:
    assert len(by_bash) == len(LINES)
    known = {line: printed(line) for line in LINES}
    wrong = [(line, known[line], real) for line, real in zip(LINES, by_bash, strict=True) if known[line] != real]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    [
        "date",
        "echo $RANDOM",
        "echo a | unheard-of",
        "echo aaaa | sed 's/\\(a\\)*b//'",
        "echo a | awk '{gsub(/a/, \"b\"); print}'",
        "x=$(hostname); echo $x",
    ],
)
def test_the_walk_does_not_guess(text: str) -> None:
    assert printed(text) is None
