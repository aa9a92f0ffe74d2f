"""Pure. What a text has said so far, for the commands after it: variables, arrays, functions, files, the directory."""

from __future__ import annotations

from wrapify.analysis.places import ON_PATH, clean
from wrapify.analysis.values import NOTHING, UNKNOWN, Content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from wrapify.analysis.tree import Pipeline, Substitution

    Run = Callable[[Substitution], Content]

BLANK = " \t\n"
ASSUMED = {
    "IFS": BLANK,
    "HOME": "~",
    "PWD": ".",
    "SHELL": "/bin/bash",
    "BASH": "/bin/bash",
    "0": "bash",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "$": "1000",
}
"""What variables hold that the text does not set."""
POSITIONAL = frozenset("@*#123456789")
EVERYTHING = frozenset("@*")
MOST_ITEMS = 256


class Scope:
    """Hold what the text has said so far.

    `run` gives the content of a substitution. `arguments`: positional parameters may be set, as in a script.
    `positional` are those that the text sets, None if it sets none. `files` are known by `places.clean` names, open
    descriptors among them by `&` and their number; `pipes` are named pipes, `links` name other paths, `programs` are
    copies of programs. `directory` is where `cd` went, "" if nowhere. `base` is the number of an array's first item.
    `spent` counts the characters that were handed on, for a bound.
    """

    __slots__ = (
        "aliases",
        "arguments",
        "arrays",
        "base",
        "cases",
        "directory",
        "files",
        "functions",
        "links",
        "pipes",
        "positional",
        "programs",
        "references",
        "run",
        "spent",
        "variables",
    )

    def __init__(self, run: Run, *, arguments: bool, base: int = 0) -> None:
        self.run = run
        self.arguments = arguments
        self.base = base
        self.directory = ""
        self.spent = 0
        self.pipes: set[str] = set()
        self.positional: list[Content] | None = None
        self.variables: dict[str, Content] = {}
        self.arrays: dict[str, dict[str, Content]] = {}
        self.aliases: dict[str, str] = {}
        self.cases: dict[str, str] = {}
        self.references: dict[str, str] = {}
        self.functions: dict[str, list[Pipeline]] = {}
        self.files: dict[str, Content] = {}
        self.links: dict[str, str] = {}
        self.programs: dict[str, str] = {}

    def variable(self, name: str) -> Content:
        """Give what a variable holds."""
        name = self.references.get(name, name)
        if self.positional is not None and (name in POSITIONAL or name.isdecimal()):
            return self._given(name, self.positional)
        if name in self.variables:
            return self.variables[name]
        if name in ASSUMED:
            return Content(ASSUMED[name])
        if name in POSITIONAL and not self.arguments:
            return NOTHING
        return Content(UNKNOWN)

    def _given(self, name: str, given: list[Content]) -> Content:
        if name == "#":
            return Content(str(len(given)))
        if name in EVERYTHING:
            return joined(given, " ")
        if name == "0":
            return self.variables.get(name) or Content(ASSUMED[name])
        number = int(name[:3]) - 1
        return given[number] if 0 <= number < len(given) else NOTHING

    def items(self, name: str) -> list[Content] | None:
        """Give the items of an array, or the positional parameters; None if it is none."""
        if name in EVERYTHING:
            return self.positional
        array = self.arrays.get(self.references.get(name, name))
        return None if array is None else list(array.values())

    def assign(self, name: str, content: Content, *, append: bool = False) -> None:
        """Set a variable."""
        name = self.references.get(name, name)
        if append:
            content = self.variables.get(name, NOTHING).joined(content)
        case = self.cases.get(name)
        if case and content.text is not None:
            content = content.changed(content.text.lower() if case == "l" else content.text.upper())
        self.variables[name] = content
        self.arrays.pop(name, None)

    def assign_items(self, name: str, contents: dict[str, Content], *, append: bool = False) -> None:
        """Set the items of an array, or add some."""
        array = self.arrays.get(name) or {} if append else {}
        for key, content in list(contents.items())[:MOST_ITEMS]:
            array[str(len(array) + self.base) if key in array and key.isdecimal() else key] = content
        self.arrays[name] = array
        self.variables[name] = next(iter(array.values()), NOTHING)

    def assign_item(self, name: str, content: Content, *, key: str) -> None:
        """Set one item of an array."""
        array = self.arrays.setdefault(name, {})
        if len(array) < MOST_ITEMS:
            array[key] = content
        self.variables[name] = next(iter(array.values()), NOTHING)

    def write(self, path: str, content: Content) -> None:
        """Note what a file holds from now on; one in a directory of programs is found by its name, too."""
        name = clean(path)
        self.files[name] = content
        directory, slash, last = name.rpartition("/")
        if slash and directory.endswith("bin"):
            self.files[f"{ON_PATH}{last}"] = content

    def place(self, path: str) -> str:
        """Give a path with what is known of the directory and of links."""
        path = self.links.get(path, path)
        absolute = path.startswith(("/", "~", "$", "&", "-")) or not path
        return path if absolute or not self.directory else f"{self.directory.rstrip('/')}/{path.removeprefix('./')}"


def joined(contents: list[Content], between: str) -> Content:
    """Give contents as one, with a text between them."""
    content = NOTHING
    for number, one in enumerate(contents[:MOST_ITEMS]):
        content = content.joined(one.changed(between + (one.text or UNKNOWN)) if number else one)
    return content
