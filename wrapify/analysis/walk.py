"""Pure. Walk through a text as a shell would, without running anything: what is called, with what, fed by what."""

from __future__ import annotations

from wrapify.analysis import effects, interpreters, streams
from wrapify.analysis.expansion import Scope, expand, single
from wrapify.analysis.invocation import Course, Feed, Invocation
from wrapify.analysis.programs import FETCHERS, LANGUAGES, NOTABLE, canonical
from wrapify.analysis.shell import read
from wrapify.analysis.tree import Compound, Reading, Simple, Substitution
from wrapify.analysis.unwrap import unwrap
from wrapify.analysis.values import NETWORK, NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Assignment, Pipeline, Redirect, Stage

MOST_STEPS = 20_000
"""Simple commands that are walked through, with all that is decoded and repeated."""
DEEPEST = 8
"""How deep code in code is followed."""
MOST_ITEMS = 6
"""Items of a loop that are walked through."""
SHELL_LANGUAGES = frozenset(("shell", "eval"))
EXPANDED_ONLY = 4096
"""Characters of a text up to which its functions are walked through again at every call."""


def walk(reading: Reading, *, dialect: str, arguments: bool) -> Course:
    """Walk through a text. `arguments`: positional parameters may be set, as in a script."""
    walker = Walker(dialect, arguments=arguments)
    walker.small = len(reading.text) <= EXPANDED_ONLY
    walker.script(reading.script, None)
    return walker.course


def follow(text: str, *, shell: str, arguments: bool) -> tuple[Reading, Course]:
    """Read a text as `shell` does, or the language of that name, and walk through it."""
    language = canonical(shell)
    if language in LANGUAGES:
        return Reading(text), _walk_code(text, language)
    reading = read_as(text, shell)
    return reading, walk(reading, dialect=shell, arguments=arguments)


def read_as(text: str, shell: str) -> Reading:
    """Read a text with the reader for `shell`."""
    if shell == "fish":
        from wrapify.analysis import fish

        return fish.read(text)
    return read(text, dialect=shell)


def _walk_code(text: str, language: str) -> Course:
    """Walk through the code of a language: what it hands to a shell is followed, the rest is told by its names."""
    walker = Walker("bash", arguments=True)
    by = Invocation(Value(language, start=0, end=len(text)), [], span=(0, len(text)), via="")
    feed = Feed(by, Content(text), language=language, how="input")
    walker.course.feeds.append(feed)
    for line in interpreters.shell_lines(text, language):
        walker.inside(line, by, via="")
    return walker.course


class Walker:
    """Walk through the structure of a text and collect its course."""

    def __init__(self, dialect: str, *, arguments: bool) -> None:
        self.dialect = dialect
        self.course = Course()
        self.scope = Scope(self._substitution, arguments=arguments)
        self.sinks: list[Substitution] = []
        self.steps = self.depth = self.where = 0
        self.via = ""
        self.fixed: tuple[int, int] | None = None
        self.small = True
        self.calling: tuple[str, ...] = ()
        self.printed = NOTHING

    def script(self, pipelines: list[Pipeline], stdin: Content | None) -> Content:
        """Walk through a list. Give what it prints."""
        output = NOTHING
        for pipeline in pipelines:
            output = output.joined(self._pipeline(pipeline, stdin))
        return output

    def _pipeline(self, pipeline: Pipeline, stdin: Content | None) -> Content:
        self.where += 1
        where, content = self.where, stdin
        for stage in pipeline.stages:
            content = self._stage(stage, content, where=where)
        return content if content is not None else NOTHING

    def _stage(self, stage: Stage, stdin: Content | None, *, where: int) -> Content:
        if self.steps >= MOST_STEPS:
            self.course.cut = True
            return Content(None)
        self.steps += 1
        outer, self.sinks = self.sinks, []
        if isinstance(stage, Compound):
            output = self._compound(stage, stdin)
        else:
            output = self._simple(stage, stdin, where=where)
        sinks, self.sinks = self.sinks, outer
        for sink in sinks:
            self.script(sink.script, self.printed)
        return output

    def _substitution(self, part: Substitution) -> Content:
        if part.kind == ">(":
            self.sinks.append(part)
            return Content("/dev/fd/63")
        return self.script(part.script, None)

    def _compound(self, stage: Compound, stdin: Content | None) -> Content:
        stdin, writes, _ = self._redirects(stage.redirects, stdin)
        if stage.kind == "function":
            return self._define(stage)
        output = NOTHING
        if stage.kind in ("for", "select", "foreach") and stage.name:
            for content in self._items(stage):
                self.scope.variables[stage.name] = content
                output = output.joined(self.script(stage.body, stdin))
        else:
            for word in stage.words:
                expand(word, self.scope)
            output = self.script(stage.body, stdin)
        return self._written(writes, output, by=None)

    def _items(self, stage: Compound) -> list[Content]:
        values = [value for word in stage.words for value in expand(word, self.scope)]
        return [_as_content(value) for value in values[:MOST_ITEMS]] or [Content(UNKNOWN)]

    def _define(self, stage: Compound) -> Content:
        self.scope.functions[stage.name] = stage.body
        outer, self.scope.arguments = self.scope.arguments, True
        self.script(stage.body, None)
        self.scope.arguments = outer
        return NOTHING

    def _simple(self, stage: Simple, stdin: Content | None, *, where: int) -> Content:
        environment = {one.name: self._assigned(one) for one in stage.assignments}
        values = [value for word in stage.words for value in expand(word, self.scope)]
        stdin, writes, reads = self._redirects(stage.redirects, stdin)
        if not values:
            self.scope.variables.update(environment)
            return self._written(writes, stdin if reads and stdin is not None else NOTHING, by=None)
        alias = self.scope.aliases.get(values[0].text)
        if alias is not None and self.depth < DEEPEST:
            return self._nested(" ".join((alias, *(value.text for value in values[1:]))), stage, via="an alias")
        if values[0].text == "set":  # as fish assigns
            self.scope.variables.update(environment)
        unwrapped = unwrap(values)
        if unwrapped.split:
            return self._nested(unwrapped.split, stage, via="env -S")
        span = self.fixed or (stage.start, stage.end)
        by = Invocation(unwrapped.values[0], unwrapped.values[1:], span=span, via=self.via)
        by.wrappers, by.stdin, by.where = unwrapped.wrappers, stdin, where
        by.environment = environment | unwrapped.environment
        if "xargs" in by.wrappers and stdin is not None and stdin.text is not None:
            by.arguments = [*by.arguments, *_as_values(stdin, by)]
        by.writes, by.reads = writes, reads
        _resolve(by)
        self.course.invocations.append(by)
        return self._written(writes, self._run(by, stage), by=by)

    def _run(self, by: Invocation, stage: Simple) -> Content:
        """Follow what a command does to the scope, and the code that it runs. Give what it prints."""
        effects.apply(by, self.scope)
        output = streams.output(by, by.stdin, files=self.scope.files)
        target = streams.target_file(by) if by.name in FETCHERS else ""
        if target and target != "-":
            self.scope.files[streams.clean(target)] = Content(None, origins=NETWORK, hosts=tuple(by.plain()[:4]))
        if by.path in self.scope.functions:
            return self._call(by)
        for feed in interpreters.feeds(by, self.scope.files):
            self.course.feeds.append(feed)
            output = self._follow(feed, stage, output=output)
        return output

    def _follow(self, feed: Feed, stage: Simple, *, output: Content) -> Content:
        """Walk through code that is fed to an interpreter, if it is known."""
        text = feed.content.text
        if text is None or self.depth >= DEEPEST:
            self.course.cut = self.course.cut or self.depth >= DEEPEST
            return output
        via = interpreters.way(feed)
        if feed.language in SHELL_LANGUAGES:
            return self._nested(text, stage, via=via, stdin=feed.by.stdin if feed.how == "argument" else None)
        for line in interpreters.shell_lines(text, feed.language):
            self._nested(line, stage, via=via)
        return output

    def inside(self, text: str, stage: Simple | Invocation, *, via: str) -> None:
        """Walk through a line of shell that has the place of `stage`."""
        self._nested(text, stage, via=via)

    def _nested(self, text: str, stage: Simple | Invocation, *, via: str, stdin: Content | None = None) -> Content:
        """Walk through a text in the text: what is found in it has the place of the command it is in."""
        before = (self.via, self.fixed)
        self.via = f"{before[0]}, {via}" if before[0] and via else via or before[0]
        self.fixed = self.fixed or (stage.start, stage.end)
        self.depth += 1
        output = self.script(read_as(text, self.dialect).script, stdin)
        self.depth -= 1
        self.via, self.fixed = before
        return output

    def _call(self, by: Invocation) -> Content:
        """Walk through the body of a function again, with its arguments."""
        if not self.small or by.path in self.calling or len(self.calling) >= DEEPEST:
            return Content(None)
        outer, calling = dict(self.scope.variables), self.calling
        self.calling = (*calling, by.path)
        for number, value in enumerate(by.arguments[:9], 1):
            self.scope.variables[str(number)] = _as_content(value)
        everything = Content(" ".join(value.text for value in by.arguments))
        self.scope.variables["@"] = self.scope.variables["*"] = everything
        output = self.script(self.scope.functions[by.path], by.stdin)
        for name in (*"123456789", "@", "*"):
            self.scope.variables.pop(name, None)
            if name in outer:
                self.scope.variables[name] = outer[name]
        self.calling = calling
        return output

    def _assigned(self, one: Assignment) -> Content:
        if one.items is not None:
            contents = [_as_content(value) for word in one.items for value in expand(word, self.scope)]
            return contents[0] if contents else NOTHING
        content = single(one.value, self.scope)
        if one.append and one.name in self.scope.variables:
            return self.scope.variables[one.name].joined(content)
        return content

    def _redirects(
        self, redirects: list[Redirect], stdin: Content | None
    ) -> tuple[Content | None, list[tuple[str, bool]], list[str]]:
        """Follow redirections. Give what is read, the files written (path, append), and those read."""
        writes: list[tuple[str, bool]] = []
        reads: list[str] = []
        for one in redirects:
            content = single(one.target, self.scope)
            path = (content.text or "").replace(UNKNOWN, "")
            if one.operator in ("<<", "<<-", "<<<"):
                stdin = content.changed((content.text or "") + ("\n" if one.operator == "<<<" else ""))
            elif one.operator.startswith("<"):
                stdin = content if content.origins or content.paths else self._file(path, one)
                reads.append(path)
                if one.operator == "<>":
                    self.scope.files[f"&{one.number}"] = stdin
            elif not (one.operator == ">&" and (path.isdigit() or path == "-")):
                writes.append((path, one.operator == ">>"))
        return stdin, writes, reads

    def _file(self, path: str, one: Redirect) -> Content:
        if one.operator == "<&":
            return self.scope.files.get(f"&{path}", Content(None))
        if path.startswith(("/dev/tcp/", "/dev/udp/")):
            return Content(None, origins=NETWORK, hosts=(path,))
        return self.scope.files.get(streams.clean(path)) or Content(None, paths=(path,))

    def _written(self, writes: list[tuple[str, bool]], output: Content, *, by: Invocation | None) -> Content:
        """Note what goes into files. Give what is left to be printed."""
        self.printed = output
        for path, append in writes:
            name = streams.clean(path)
            before = self.scope.files.get(name) if append else None
            self.scope.files[name] = before.joined(output) if before is not None else output
            self.course.written.append((path, output, by))
        return NOTHING if writes else output


def _as_content(value: Value) -> Content:
    return Content(value.text) if value.content is None else value.content.changed(value.text)


def _as_values(content: Content, by: Invocation) -> list[Value]:
    """Give what xargs would add to a command line."""
    values = [Value(text, start=by.word.start, end=by.word.end) for text in (content.text or "").split()[:32]]
    for value in values:
        value.content = Content(None, origins=content.origins) if content.origins else None
    return values


def _resolve(by: Invocation) -> None:
    """Find the program that a name with wildcards may mean, if it is one worth knowing: `/b?n/c?t`, `/???/b??h`."""
    if not by.word.globs:
        return
    from fnmatch import fnmatchcase

    pattern = by.path.rpartition("/")[2]
    letters = [char for char in pattern if char.isalnum()]
    for name in sorted(NOTABLE, key=lambda one: (one not in ("bash", "sh", "sudo"), one)):
        if letters and len(pattern) <= 64 and fnmatchcase(name, pattern):
            by.name = name
            by.word.spelled = True
            return
