"""A terminal's parser, after ECMA-48 and Paul Williams' diagram, written without a look at the sieve's expressions.

It tells what a terminal would carry out. `eight` makes it take a byte from 128 to 159 for a C1 control, as a terminal
does that is not in UTF-8; else it takes the two bytes of UTF-8 for one, as some do.
"""

from __future__ import annotations

C1 = {0x90: "P", 0x98: "X", 0x9B: "[", 0x9C: "\\", 0x9D: "]", 0x9E: "^", 0x9F: "_"}


class Emulator:
    """Hold the actions of a stream: ("csi", "?25h"), ("osc", "52;c;…"), ("dcs", …), ("esc", …), ("control", …)."""

    def __init__(self, *, eight: bool = False) -> None:
        self.eight = eight
        self.acts: list[tuple[str, str]] = []
        self.state = "ground"
        self.text = ""

    def feed(self, data: bytes) -> Emulator:
        text = data.decode("latin-1" if self.eight else "utf-8", "surrogateescape")
        for char in text:
            self.step(char)
        return self

    def step(self, char: str) -> None:
        code = ord(char)
        if 0x80 <= code < 0xA0:
            self.act("control", f"{code:02x}")
            self.leave()
            if code in C1:
                self.escape(C1[code])
            return
        if char in "\x18\x1a":
            self.leave()
        elif char == "\x1b":
            if self.state in ("osc", "dcs", "string"):
                self.state += "?"
            else:
                self.state, self.text = "escape", ""
        elif self.state.endswith("?"):
            kind, text = self.state[:-1], self.text
            self.state, self.text = "escape", ""
            if char == "\\":
                self.act(kind, text)
                self.leave()
            else:
                self.escape(char)
        elif self.state == "ground":
            if char == "\x05":
                self.act("control", "05")
        elif self.state == "escape":
            self.escape(char)
        elif self.state == "csi":
            self.collect(char, "\x40", kind="csi")
        else:
            self.string(char)

    def string(self, char: str) -> None:
        if char == "\x07" and self.state == "osc":
            self.act("osc", self.text)
            self.leave()
        else:
            self.text += char

    def collect(self, char: str, first: str, *, kind: str) -> None:
        if char < "\x20":
            return
        self.text += char
        if char >= first:
            self.act(kind, self.text)
            self.leave()

    def escape(self, char: str) -> None:
        kinds = {"[": "csi", "]": "osc", "P": "dcs", "X": "string", "^": "string", "_": "string", "k": "string"}
        if not self.text and char in kinds:
            self.state = kinds[char]
        elif self.text or char != "\\":
            self.state = "escape"
            self.collect(char, "\x30", kind="esc")
        else:
            self.leave()

    def act(self, kind: str, text: str) -> None:
        self.acts.append((kind, text))

    def leave(self) -> None:
        self.state, self.text = "ground", ""
