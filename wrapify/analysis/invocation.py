"""Pure. What the walk over a text finds: programs that would be called, and code that would be run."""

from __future__ import annotations

from wrapify.analysis.programs import canonical
from wrapify.analysis.values import UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator


class Invocation:
    """Hold one program that would be called.

    `name` is its plain name, `path` as it was called. `wrappers` are the programs in front of it (`sudo`, `xargs`),
    `stdin` what it reads (None: the terminal), `writes` the files its output goes to (path, append), `reads` those
    its input comes from. `environment` are the assignments in front of it. `start` and `end` are characters of the
    text, `via` says how it is hidden in it. `where` is the pipeline's number: those of one pipeline share it.
    `directory` is where it is called, "" if not known, `links` are names that the text gave to other paths.
    `scheduled`: it runs at another time.
    """

    __slots__ = (
        "arguments",
        "directory",
        "end",
        "environment",
        "hidden",
        "links",
        "name",
        "path",
        "reads",
        "scheduled",
        "start",
        "stdin",
        "via",
        "where",
        "word",
        "wrappers",
        "writes",
    )

    def __init__(self, word: Value, arguments: list[Value], *, span: tuple[int, int], via: str) -> None:
        self.word = word
        self.path = word.known()
        self.name = canonical(self.path)
        self.arguments = arguments
        self.start, self.end = span
        self.via = via
        self.wrappers: tuple[str, ...] = ()
        self.hidden: tuple[str, ...] = ()
        self.stdin: Content | None = None
        self.writes: list[tuple[str, bool]] = []
        self.reads: list[str] = []
        self.environment: dict[str, Content] = {}
        self.where = 0
        self.scheduled = False
        self.directory = ""
        self.links: dict[str, str] = {}

    def words(self) -> Iterator[str]:
        """Give the arguments as text, without what is not known of them."""
        return (value.known() for value in self.arguments)

    def has(self, *options: str) -> bool:
        """Tell whether one of these options is given: long ones whole or with a value, short ones also in a cluster."""
        for text in self.words():
            for option in options:
                if text == option or (option.startswith("--") and text.startswith(f"{option}=")):
                    return True
                if len(option) == 2 and text[:1] == "-" and text[1:2] not in ("-", "") and option[1] in text[1:]:
                    return True
        return False

    def plain(self) -> list[str]:
        """Give the arguments that are no options."""
        return [text for text in self.words() if text[:1] != "-" or text == "-"]

    def place(self, path: str) -> str:
        """Give a path that the command names, with what is known of its directory and of links."""
        path = self.links.get(path, path)
        if not self.directory or not path or path.startswith(("/", "~", "$")):
            return path
        return f"{self.directory.rstrip('/')}/{path.removeprefix('./')}"

    def line(self) -> str:
        """Give the command as one line, with what is not known left out."""
        return " ".join((self.path, *self.words())).replace(UNKNOWN, "")


class Feed:
    """Hold code that would be run by an interpreter.

    `content` is the code and where it comes from; `how` is how it gets there: "argument", "input", "file" or "eval".
    `language` is the interpreter's plain name, `arguments` what the code is given: its `$0`, `$1` and so on.
    """

    __slots__ = ("arguments", "by", "content", "how", "language")

    def __init__(self, by: Invocation, content: Content, *, language: str, how: str) -> None:
        self.by = by
        self.content = content
        self.language = language
        self.how = how
        self.arguments: list[Value] = []


class Course:
    """Hold everything a walk over a text found, in its order."""

    __slots__ = ("cut", "feeds", "functions", "invocations", "written")

    def __init__(self) -> None:
        self.invocations: list[Invocation] = []
        self.feeds: list[Feed] = []
        self.written: list[tuple[str, Content, Invocation | None]] = []
        self.functions: dict[str, list[str]] = {}
        self.cut = False
