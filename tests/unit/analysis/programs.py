"""Make programs whose commands are markers, `m1`, `m2` …, at every place where a shell may run one."""

from __future__ import annotations

import random
import re

# <L> list, <P> pipeline, <S> simple command, <W> word, <Q> text in double quotes, <A> arithmetic, <M> a new marker,
# <B> and <E> a list in backquotes, outside and inside of double quotes, <N> a number of its own.
ALL = {
    "L": "<P>|<P>; <P>|<P> && <P>|<P> || <P>|<P> & <P>|<P>\n<P>|<P>; # c '\"`(\n<P>|<P> &&\n<P>|<P>\\\n || <P>".split(
        "|"
    ),
    "P": ["<S>", "<S>", "<C>", "<C>", "! <C>", "<C> PIPE <C>", "<S> PIPE\n<S>"],
    "S": [
        "<M>",
        "<M> <W>",
        "<M> <W> <W>",
        "x=<W> <M>",
        ">/dev/null <M> <W>",
        "</dev/null 2>&1 <M>",
        "<M> <W> >/dev/null",
    ],
    "C": [
        *("if <L>; then <L>; else <L>; fi", "for x in a <W>; do <L>; done", "while <L>; false; do <L>; done"),
        *("case <W> in zz|<W>) <L>;; (*) <L>;; esac", "case a in\n b) <L> ;;\n a)\n<L>\nesac", "{ <L>; } >/dev/null"),
        *("( <L> )", "f<N>() { <L>; }; f<N>", "f<N> ()\n{\n<L>\n}\nf<N>", '<M> <<A; <M>\np $(<L>) ${x:-<W>} "\nA\n<M>'),
        *("<M> <<'A' | <M> <<-B\n$(<M>)\nA\n\t$(<L>)\n\tB\n<M>", "<M> <<E\n<B> $(( <A> ))\\\nE\nE\n<M>"),
    ],
    "W": [
        *(
            "a",
            "'q;r'",
            '"b c"',
            "\\;",
            "$x",
            "$(<L>)",
            '"<Q>"',
            "${x:-<W>}",
            "$(( 1 + <A> ))",
            "<B>",
            "a<W>",
            "$( (<L>) )",
        ),
        "$(# c ) '\n<L>\n)",
    ],
    "Q": ["t", "it's", "p $(<L>) q", "it's ${x:-<Q>}", "<E>", "$(( <A> ))", "${x%%'\"'*}<Q>", '${x#"<Q>"}'],
    "A": ["1", "x", "(1)", "$(<L>; echo 1)", "(1 + <A>)", "1 << <A>"],
}
ARRAYS = {
    "S": ["{fd}>/dev/null <M>", "&>/dev/null <M>", "<M> <<<<W>"],
    "C": [
        *("[[ -n <W> && ( a == <W> || <W> =~ (a|b) ) ]]", "(( x = <A> ))", "for (( i=<A>; i<1; i++ )); do <L>; done"),
        *("arr=(a <W>\n<W> # c )\n)", "for x in a; { <L>; }", "[[ a\n&& -n <W> ]]", "<C> |& <C>"),
    ],
    "W": ["<(<L>)", "${a[<A>]}", "$[<A>]", "${x/<W>/b}"],
}
BASH = {
    "C": [
        *("arr[<A>]=<W>", "arr=([1]=<W>)", "declare dd=(<W>)", "coproc CP<N> { <L>; }; wait", "coproc { <L>; }; wait"),
        *("function g<N> { <L>; }; g<N>", "select q in <W>; do <L>; break; done <<<1", "echo @(a|<W>)", "time -p <C>"),
    ],
}
ZSH = {
    "C": [
        *("repeat 1 <S>", "for x (a <W>) <S>", "if [[ -n a ]] { <L> } else { <L> }", "() { <L> } <W>", "echo =(<L>)"),
        *("{ <L> } always { <L> }", "foreach x (a <W>); <L>; end", "case a { (b|c)) <L>;; (a|x)*) <L>;; }"),
        *('echo ${(f)"$(<L>)"} ${$(<L>)#a} ${${x:-$(<L>)}/a/b}', "if ( <L> ) { <L> }", ">/dev/null { <L> }"),
    ],
}
GRAMMARS = {"sh": (ALL,), "bash": (ALL, ARRAYS, BASH), "zsh": (ALL, ARRAYS, ZSH)}
LEAVES = {"L": "<M>", "P": "<M>", "S": "<M>", "C": "<M>", "W": "a", "Q": "t", "A": "1"}


class Program:
    """A random program. `text` is what it is, `markers` how many it has."""

    def __init__(self, seed: int, dialect: str) -> None:
        self.random = random.Random(seed)
        self.rules = {name: [one for part in GRAMMARS[dialect] for one in part.get(name, ())] for name in ALL}
        self.markers = self.numbers = self.backquotes = 0
        self.text = self.make("L", self.random.randrange(1, 7)) + "\n"

    def make(self, name: str, depth: int) -> str:
        template = self.random.choice(self.rules[name]) if depth > 0 else LEAVES[name]
        self.numbers += 1
        template = template.replace("<N>", str(self.numbers)).replace("PIPE", "|")
        return re.sub("<([A-Z])>", lambda found: self.fill(found[1], depth - 1), template)

    def fill(self, name: str, depth: int) -> str:
        if name == "M":
            self.markers += 1
            return f"m{self.markers}"
        return self.backquoted(name, depth) if name in "BE" else self.make(name, depth)

    def backquoted(self, name: str, depth: int) -> str:
        if self.backquotes > 1:
            return "b"
        self.backquotes += 1
        inner = self.make("L", depth - 1)
        self.backquotes -= 1
        for char in '\\`"' if name == "E" else "\\`":
            inner = inner.replace(char, f"\\{char}")
        return f"`{inner}`"
