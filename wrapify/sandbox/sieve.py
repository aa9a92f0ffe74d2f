"""Pure. What a program inside may send to the terminal: an allow-list of escape sequences, all else is taken out.

A sequence leaves only when it is complete and on the list, and only in its seven-bit spelling. So the terminal is in
its ground state at every byte that leaves here, whatever came in, and no two can disagree about where a sequence ends.
What is not text (C1 controls in either encoding, bytes that are no UTF-8, ENQ) never leaves.

On the list is what draws. Not on it is what writes to the clipboard (OSC 52) or a title, makes the terminal type what
the program chose (title, XTGETTCAP, DECRQCRA, font and status reports), reads or takes files, notifies, prints, moves
the window, sets the palette (it would hide what is printed after the run), redefines keys (DECUDK), draws pictures,
carries sequences past a multiplexer, or changes how sequences are read (VT52, Tektronix, other character sets).
"""

from __future__ import annotations

import re

from wrapify.sandbox.plain import is_plain, untorn

LONGEST = 4096
"""Bytes of an unfinished sequence that are kept. What is allowed is shorter."""
REPLACEMENT = b"\xef\xbf\xbd"
"""What a terminal shows for a byte that is no UTF-8."""
ENDS = rb"(?:\x07|\x1b\\)"
CHARACTER = (
    rb"\xc2[\xa0-\xbf]|[\xc3-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}"
    rb"|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)
"""One character of UTF-8 beyond ASCII that is no C1 control."""
BEGUN = (
    rb"(?:[\xc2-\xdf]|\xe0[\xa0-\xbf]?|[\xe1-\xec\xee\xef][\x80-\xbf]?|\xed[\x80-\x9f]?"
    rb"|\xf0(?:[\x90-\xbf][\x80-\xbf]?)?|[\xf1-\xf3][\x80-\xbf]{0,2}|\xf4(?:[\x80-\x8f][\x80-\xbf]?)?)\Z"
)
"""The beginning of one at the end of what has come."""

_MODE = (
    rb"(?:[13-9]|1[234]|25|30|40|45|47|66|69|80|100[02-7]|101[0156]|103[4-79]|1042|104[789]|1070|2004|2026|2027"
    rb"|2031|2048|7727)"
)
"""DEC's private modes that may be switched. Not 2 (VT52), 38 (Tektronix), 46 (log to a file), 1001 (may hang xterm),
1041 (the clipboard as selection), 1050-1061 and 9001 (other keyboards)."""
CONTROLS = (
    rb"[0-9;:]{0,255}m",  # colours
    rb"[0-9;]{0,64}[@A-MPSXZ`abdefgrsu]",  # the cursor, erasing, inserting, scrolling
    rb"[0-9]{0,9}T",  # with more parameters it begins to follow the mouse
    rb"(?:4|20|34)[hl]",  # 34: the cursor of screen and tmux
    rb"\?" + _MODE + rb"(?:;" + _MODE + rb"){0,16}[hlsr]",
    rb"\?[0-9;]{0,16}[JKW]",
    # What the terminal answers in a form of its own: who and where it is, its size, the state of a mode.
    rb"0{0,4}c|>0?c|=0?c|>0?q|[56]n|\?(?:6|996)n|(?:14|16|18|19)t|14;2t|\?{0,1}[0-9]{1,5}\$p",
    rb"2[23](?:;[0-2]){0,2}t",  # keeps a title, and brings it back
    rb"\?[0-9;]{1,12}c",  # the cursor of the Linux console
    rb"\?4m|>[0-9;]{0,16}m|>[0-9]{0,4}n|\?u|[><][0-9]{0,4}u|=[0-9;]{1,8}u",  # more of each key, as editors ask for
    rb"[0-9]{0,2} q|[0-9]{0,4} [@A]|!p|[0-2]?\"q",
    rb"0%m",  # nothing; vim tries whether it is passed over, as below
    rb"[0-9;]{0,64}\$[rtvxz{]|[0-2]?\*x|[0-9]{0,4}'[}~]|[0-9;]{0,32}#[{}pq]",
)
"""What may follow ESC [."""
COMMANDS = (
    # To http alone: other schemes have made terminals run programs.
    rb"8;[A-Za-z0-9_=:.+/-]{0,250};(?:https?://[\x21-\x7e]{1,2000})?",
    rb"4(?:;[0-9]{1,3};\?){1,64}|1[0-9](?:;\?){1,10}",  # which colours there are
    rb"10[45](?:;[0-9]{1,3}){0,256}|11[0-9]",  # the usual colours
    rb"12;[A-Za-z0-9#:/,._ -]{1,64}",  # the colour of the cursor
)
"""What may follow ESC ]."""
TITLE = rb"[012];(?:[\x20-\x7e]%s){0,250}"
REQUESTS = rb"\$q(?:m|r|s| q|\"[pq])|=[12]s|zz"
"""What may follow ESC P: a setting's value, which is numbers; what holds drawing back until all has come; nothing."""
SHORT = rb"[6-9=>cDEHM\\]|[()*+][0-9A-Za-z<=>?]|\#[34568]"
"""What may follow ESC."""


class Sieve:
    """Take out of a stream what is not on the list; how it is cut into pieces makes no difference.

    `utf8` says how the terminal reads bytes above 127. `titles` lets window titles pass.
    """

    __slots__ = ("_denied", "_held", "_passes", "_utf8")

    def __init__(self, *, utf8: bool = True, titles: bool = False) -> None:
        self._utf8 = utf8
        self._held = b""
        self._passes = _passes(utf8=utf8, titles=titles)
        self._denied = _denied(utf8=utf8)

    def feed(self, piece: bytes) -> bytes:
        """Give what of the stream so far, with `piece` at its end, may go to the terminal now."""
        data = self._held + piece
        # A read mostly ends within a sequence or a character: what comes before that may still be plain.
        at = untorn(data, utf8=self._utf8)
        if not is_plain(data[:at], utf8=self._utf8):
            at = 0
        passed, self._held = [data[:at]], b""
        while at < len(data):
            run = self._passes.match(data, at)
            if run is not None and run.end() > at:
                passed.append(run[0])
                at = run.end()
                continue
            taken = self._denied.match(data, at)
            if taken is None:
                self._held = _bounded(data[at:])
                break
            if taken.lastgroup == "no_text":
                passed.append(REPLACEMENT)
            at = taken.end()
        return b"".join(passed)

    def end(self) -> bytes:
        """Give what is left at the end of the stream: of a sequence nothing, of a character that it was none."""
        held, self._held = self._held, b""
        return b"" if held[:1] in (b"", b"\x1b") else REPLACEMENT


def _passes(*, utf8: bool, titles: bool) -> re.Pattern[bytes]:
    text = rb"[\x00-\x04\x06-\x1a\x1c-\x7f]+|" + (CHARACTER if utf8 else rb"[\xa0-\xff]+")
    commands = (*COMMANDS, *((TITLE % (rb"|" + CHARACTER if utf8 else b""),) if titles else ()))
    sequences = (
        rb"\[(?:" + rb"|".join(CONTROLS) + rb")",
        rb"\](?:" + rb"|".join(commands) + rb")" + ENDS,
        rb"P(?:" + REQUESTS + rb")\x1b\\",
        SHORT,
    )
    # Not possessive: Python before 3.11.5 matches too much with that (gh-106052). Nothing here is tried twice anyway.
    return re.compile(rb"(?:" + text + rb"|\x1b(?:" + rb"|".join(sequences) + rb"))*")


def _denied(*, utf8: bool) -> re.Pattern[bytes]:
    """Match what is complete and not on the list, or was broken off; what is not complete yet is not matched."""
    lead = rb"\xc2" if utf8 else b""
    inside = rb"(?:[^\x07\x18\x1a\x1b\xc2]|\xc2(?!\x9c))*" if utf8 else rb"[^\x07\x18\x1a\x1b\x9c]*"
    strings = rb"(?:\x1b[P\]X^_k]|" + lead + rb"[\x90\x98\x9d-\x9f])" + inside
    rest = (
        rb"\x05",
        rb"\x1b\](?:R|P[0-9A-Fa-f]{7})",  # of the Linux console, without an end
        rb"(?:\x1b\[|" + lead + rb"\x9b)[\x20-\x3f]*(?:[\x40-\x7e]|(?=[^\x20-\x7e]))",
        strings + rb"(?:[\x07\x18\x1a]|\x1b\\|" + lead + rb"\x9c|(?=\x1b[^\\]))",
        rb"\x1b(?![\[P\]X^_k])[\x20-\x2f]*(?:[\x30-\x7e]|(?=[^\x20-\x7e]))",
        lead + rb"[\x80-\x8f\x91-\x97\x99\x9a\x9c]",
    )
    # A C1 control is a character too: without this, one that begins a sequence not yet complete would count as no text.
    no_text = (rb"|(?P<no_text>(?!\xc2[\x80-\x9f]|" + BEGUN + rb")[\x80-\xff])",) if utf8 else ()
    return re.compile(rb"|".join(rest) + b"".join(no_text), re.DOTALL)


def _bounded(held: bytes) -> bytes:
    """Forget most of a sequence that is too long to be on the list; its kind, and how it may end, stay known."""
    if len(held) <= LONGEST:
        return held
    if held[:2] == b"\x1b[" or held[:1] == b"\x9b" or held[:2] == b"\xc2\x9b":
        return b"\x1b[<<"
    if held[:1] == b"\x1b" and held[1] < 0x30:
        return b"\x1b  "
    # Of strings, the one that is never allowed.
    return b"\x1bX" + (held[-1:] if held[-1:] in (b"\x1b", b"\xc2") else b"")
