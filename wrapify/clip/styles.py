"""Pure. The styles that stand in the markup of a page: whether they leave a text to be seen."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?", re.IGNORECASE)
NUMBER = re.compile(r"(-?(?:\d+\.?\d*|\.\d+))([a-z%]*)")
PIXELS = {"": 1.0, "px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "%": 0.16, "cm": 38.0}
PIXELS |= {"mm": 3.8, "in": 96.0, "pc": 16.0, "vw": 10.0, "vh": 10.0}
FAINTEST = 0.1
SMALLEST = 2.0
FAR = -300.0
NEAR = 12
"""Differences between the parts of two colours that nobody sees."""
WHITE = 250
NAMES = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240)}
ASIDE = ("left", "top", "right", "bottom", "margin-left", "margin-top", "text-indent", "letter-spacing")
FLAT = ("height", "width", "max-height", "max-width")
Colour = tuple[int, int, int]


class Look:
    """Hold how text is seen at one place in a page. None of a colour: it is not known."""

    __slots__ = ("_back", "_colour", "_is_gone", "_is_invisible", "_is_tiny", "_is_transparent")

    def __init__(self) -> None:
        self._is_gone = self._is_invisible = self._is_tiny = self._is_transparent = False
        self._colour: Colour | None = None
        self._back: Colour | None = None

    @property
    def is_hidden(self) -> bool:
        """Tell whether text with this look is not seen."""
        return self._is_gone or self._is_invisible or self._is_tiny or self._is_transparent or self._is_camouflaged()

    def _is_camouflaged(self) -> bool:
        if self._colour is None:
            return False
        if self._back is None:
            return min(self._colour) >= WHITE
        return all(abs(one - other) <= NEAR for one, other in zip(self._colour, self._back, strict=True))

    def within(self, style: Mapping[str, str]) -> Look:
        """Give the look of what stands in an element with this style; what removes an element removes all in it."""
        inner = Look()
        inner._is_gone = self._is_gone or _removes(style)
        seen = style.get("visibility", "")
        inner._is_invisible = seen in ("hidden", "collapse") if seen else self._is_invisible
        size = _font_size(style)
        inner._is_tiny = size < SMALLEST if size is not None else self._is_tiny
        inner._colour, inner._is_transparent = self._colour, self._is_transparent
        if text := style.get("-webkit-text-fill-color") or style.get("color", ""):
            inner._colour, alpha = _colour(text)
            inner._is_transparent = alpha < FAINTEST
        back, alpha = _colour(style.get("background-color") or style.get("background", ""))
        inner._back = back if back and alpha > FAINTEST else self._back
        return inner


def declarations(tag: str, attributes: Mapping[str, str]) -> dict[str, str]:
    """Give the style of an element, as its attributes say it."""
    style: dict[str, str] = {}
    if tag == "font" and attributes.get("color"):
        style["color"] = attributes["color"].strip().lower()
    if attributes.get("bgcolor"):
        style["background-color"] = attributes["bgcolor"].strip().lower()
    if "hidden" in attributes:
        style["display"] = "none"
    for one in _plain(attributes.get("style", "")).split(";"):
        name, _, value = one.partition(":")
        style[name.strip()] = value.replace("!important", "").strip()
    return style


def _plain(text: str) -> str:
    """Give a style in small letters without comments and escapes."""
    return ESCAPE.sub(_unescaped, COMMENT.sub("", text)).replace("\\", "").lower()


def _unescaped(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return chr(code) if code <= 0x10FFFF else ""


def _removes(style: Mapping[str, str]) -> bool:
    """Tell whether an element with this style is not drawn, whatever is in it."""
    return (
        style.get("display") == "none"
        or style.get("content-visibility") == "hidden"
        or _share(style.get("opacity", "")) < FAINTEST
        or _is_clipped(style)
        or any(_pixels(style.get(name, ""), 0.0) <= FAR for name in ASIDE)
        or ("hidden" in style.get("overflow", "") and any(_pixels(style.get(name, ""), 9.0) <= 1 for name in FLAT))
    )


def _is_clipped(style: Mapping[str, str]) -> bool:
    path, clip = style.get("clip-path", ""), style.get("clip", "").replace(" ", "").replace("px", "").replace(",", "")
    moved = style.get("transform", "").replace(" ", "")
    return (
        path.startswith(("inset(50%", "inset(100%", "circle(0", "polygon(0 0,0 0", "polygon(0 0, 0 0"))
        or (clip.startswith("rect(") and set(clip[5:-1]) <= set("01"))
        or moved.startswith(("scale(0)", "scale(0,", "scalex(0)", "scaley(0)"))
        or (moved.startswith("translate") and _pixels(moved.partition("(")[2], 0.0) <= FAR)
        or style.get("filter", "").replace(" ", "").startswith(("opacity(0)", "opacity(0%"))
    )


def _share(text: str) -> float:
    """Read an opacity; one that cannot be read hides nothing."""
    found = NUMBER.match(text)
    if not found:
        return 1.0
    return float(found[1]) / (100 if found[2] == "%" else 1)


def _pixels(text: str, otherwise: float) -> float:
    found = NUMBER.match(text)
    return float(found[1]) * PIXELS.get(found[2], 1.0) if found else otherwise


def _font_size(style: Mapping[str, str]) -> float | None:
    """Give the size of letters in pixels, None if the style does not say it."""
    if style.get("font-size"):
        return _pixels(style["font-size"], 16.0)
    sizes = [word for word in style.get("font", "").split() if NUMBER.match(word) and not word.isdecimal()]
    sizes += [word for word in style.get("font", "").split()[:1] if word.startswith("0")]
    return _pixels(sizes[0], 16.0) if sizes else None


def _colour(text: str) -> tuple[Colour | None, float]:
    """Read a colour and how opaque it is; None for one that is not known."""
    word = text.split(" ")[0] if not text.startswith("rgb") else text
    if word == "transparent":
        return None, 0.0
    if word in NAMES:
        return NAMES[word], 1.0
    if word.startswith("#"):
        return _hexadecimal(word[1:])
    if word.startswith("rgb"):
        numbers = [float(found[1]) / (100 if found[2] == "%" else 1) for found in NUMBER.finditer(text)]
        if len(numbers) >= 3:
            return (int(numbers[0]), int(numbers[1]), int(numbers[2])), numbers[3] if len(numbers) > 3 else 1.0
    return None, 1.0


def _hexadecimal(digits: str) -> tuple[Colour | None, float]:
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    try:
        parts = [int(digits[at : at + 2], 16) for at in range(0, len(digits), 2)]
    except ValueError:
        return None, 1.0
    if len(parts) not in (3, 4):
        return None, 1.0
    return (parts[0], parts[1], parts[2]), parts[3] / 255 if len(parts) == 4 else 1.0
