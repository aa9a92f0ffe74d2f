"""Pure. What is known of a word or a stream without running anything: its text, and where it comes from."""

from __future__ import annotations

UNKNOWN = "\0"
"""Stands in a text for a piece that cannot be known; no word of a shell holds this character."""

NETWORK, DECODED, PROGRAM, MADE = 1, 2, 4, 8
"""Where a content comes from, as bits: downloaded, decoded, printed by a program of this machine, or made of
words in the text by a program or an expansion that is not followed."""

LARGEST = 1 << 16
"""Characters of a content that are followed; a longer one counts as not known."""


class Content:
    """Hold what a stream, file or substitution contains.

    `text` is None if it cannot be known. `origins` are bits as above, `paths` the files it was read from, `hosts`
    what it was downloaded from, as written.
    """

    __slots__ = ("hosts", "origins", "paths", "text")

    def __init__(
        self, text: str | None = None, *, origins: int = 0, paths: tuple[str, ...] = (), hosts: tuple[str, ...] = ()
    ) -> None:
        self.text = text if text is None or len(text) <= LARGEST else None
        self.origins = origins
        self.paths = paths
        self.hosts = hosts

    def changed(self, text: str | None, *, origins: int = 0) -> Content:
        """Give a content of the same origins, and more, with another text."""
        return Content(text, origins=self.origins | origins, paths=self.paths, hosts=self.hosts)

    def joined(self, other: Content) -> Content:
        """Give this content with another one behind it."""
        text = None if self.text is None or other.text is None else self.text + other.text
        return Content(
            text,
            origins=self.origins | other.origins,
            paths=(*self.paths, *other.paths)[:16],
            hosts=(*self.hosts, *other.hosts)[:16],
        )


NOTHING = Content("")


class Value:
    """Hold one field of a command line. `text` has UNKNOWN where a piece is not known.

    `content` is what a substitution in it gives (a process substitution: what a read of it gives). `spelled`: its
    letters are put together in a way that hides them. `globs`: it holds wildcards that are not quoted.
    """

    __slots__ = ("content", "end", "globs", "spelled", "start", "text")

    def __init__(self, text: str, *, start: int, end: int) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.content: Content | None = None
        self.spelled = self.globs = False

    def known(self) -> str:
        """Give the text without what is not known."""
        return self.text.replace(UNKNOWN, "") if UNKNOWN in self.text else self.text
