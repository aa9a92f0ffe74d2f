"""Pure. Walk through a text as a shell would, without running anything: what is called, with what, fed by what."""

from __future__ import annotations

from wrapify.analysis import effects, interpreters, streams
from wrapify.analysis.calls import shell_lines
from wrapify.analysis.expansion import expand, single
from wrapify.analysis.fetching import target_file
from wrapify.analysis.invocation import Course, Feed, Invocation
from wrapify.analysis.lines import by_variables
from wrapify.analysis.plumbing import Plumbing, connect, keep
from wrapify.analysis.programs import FETCHERS, LANGUAGES, NOTABLE, canonical
from wrapify.analysis.scope import Scope
from wrapify.analysis.shell import read
from wrapify.analysis.tree import Compound, Reading, Simple, Substitution
from wrapify.analysis.unwrap import Unwrapped, unwrap
from wrapify.analysis.values import NETWORK, NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Assignment, Pipeline, Stage

MOST_STEPS = 20_000
"""Simple commands that are walked through, with all that is decoded and repeated."""
DEEPEST = 8
"""How deep code in code is followed."""
MOST_ITEMS = 6
"""Items of a loop that are walked through."""
HOLES = f"{UNKNOWN} \n\t;"
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
    for line in shell_lines(text, language):
        walker.inside(line, by, via="")
    return walker.course


class Walker:
    """Walk through the structure of a text and collect its course."""

    def __init__(self, dialect: str, *, arguments: bool) -> None:
        self.dialect = dialect
        self.course = Course()
        self.scope = Scope(self._substitution, arguments=arguments, base=int(dialect == "zsh"))
        self.sinks: list[Substitution] = []
        self.steps = self.depth = self.where = 0
        self.via = ""
        self.fixed: tuple[int, int] | None = None
        self.small = True
        self.calling: tuple[str, ...] = ()
        self.printed = NOTHING
        self.hole = NOTHING
        self.captured = self.process = 0

    def script(self, pipelines: list[Pipeline], stdin: Content | None) -> Content:
        """Walk through a list. Give what it prints."""
        output = NOTHING
        for pipeline in pipelines:
            output = output.joined(self._pipeline(pipeline, stdin))
        return output

    def _pipeline(self, pipeline: Pipeline, stdin: Content | None) -> Content:
        self.where += 1
        where, content = self.where, stdin if stdin is not None else self.scope.files.get("&0")
        for stage in pipeline.stages:
            content = self._stage(stage, content, where=where)
        if content is not None and not self.captured and "&1" in self.scope.links:  # after `exec > file`
            return self._printed([(self.scope.links["&1"], True)], content, by=None)
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
        """Walk through a substitution. That of a process gives the name of a descriptor with what it prints."""
        if part.kind == ">(":
            self.sinks.append(part)
            return Content("/dev/fd/63")
        directory = self.scope.directory
        self.captured += 1
        content = self.script(part.script, None)
        self.captured -= 1
        self.scope.directory = directory
        if part.kind in ("$(", "`"):
            return content
        self.process += 1
        self.scope.files[f"&{63 - self.process % 48}"] = content
        return content.changed(f"/dev/fd/{63 - self.process % 48}")

    def _compound(self, stage: Compound, stdin: Content | None) -> Content:
        plumbing = connect(stage.redirects, stdin, self.scope)
        directory = self.scope.directory
        if stage.kind == "function":
            return self._define(stage)
        output = NOTHING
        if stage.kind in ("for", "select", "foreach") and stage.name:
            for content in self._items(stage):
                self.scope.assign(stage.name, content)
                output = output.joined(self.script(stage.body, plumbing.stdin))
        else:
            for word in stage.words:
                expand(word, self.scope)
            output = self.script(stage.body, plumbing.stdin)
        if stage.kind == "(":
            self.scope.directory = directory
        return self._written(plumbing, output, by=None)

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
        plumbing = connect(stage.redirects, stdin, self.scope)
        if not values:
            return self._set(stage, environment, plumbing)
        alias = self.scope.aliases.get(values[0].text)
        if alias is not None and self.depth < DEEPEST:
            return self._nested(" ".join((alias, *(value.text for value in values[1:]))), stage, via="an alias")
        if values[0].text == "set":  # as fish assigns
            self.scope.variables.update(environment)
        front = unwrap(values)
        if front.split:
            return self._nested(front.split, stage, via="env -S")
        front.environment = environment | front.environment
        return self._front(front, stage, plumbing=plumbing, where=where)

    def _set(self, stage: Simple, environment: dict[str, Content], plumbing: Plumbing) -> Content:
        """Follow assignments and redirections without a command."""
        for one in stage.assignments:
            self._assign(one, environment[one.name])
        self._by_variables(environment, stage)
        return self._written(plumbing, plumbing.stdin if plumbing.reads and plumbing.stdin else NOTHING, by=None)

    def _by_variables(self, environment: dict[str, Content], stage: Simple) -> None:
        """Follow the code that variables hold: prompts, pagers, what a shell reads first."""
        for content, how in by_variables(environment):
            by = Invocation(_word("", stage), [], span=self.fixed or (stage.start, stage.end), via=self.via)
            code = self.scope.files.get(streams.clean(content.text or ""), content) if how == "file" else content
            feed = Feed(by, code, language="shell", how=how)
            self.course.feeds.append(feed)
            self._follow(feed, stage, output=NOTHING)

    def _front(self, front: Unwrapped, stage: Simple, *, plumbing: Plumbing, where: int) -> Content:
        """Follow a command whose wrappers are known: once, or as often as xargs and parallel run it."""
        if "parallel" in front.wrappers:
            from wrapify.analysis.supply import parallel_lines

            lines = parallel_lines(front, plumbing.stdin)
            return self._lines(lines, front, stage=stage)
        commands = [front.values]
        if "xargs" in front.wrappers:
            from wrapify.analysis.supply import supplied

            commands = supplied(front, plumbing.stdin, self.scope.files)
        output = NOTHING
        for values in commands:
            inner = unwrap(values)
            by = Invocation(
                inner.values[0], inner.values[1:], span=self.fixed or (stage.start, stage.end), via=self.via
            )
            by.wrappers, by.where = (*front.wrappers, *inner.wrappers), where
            by.stdin, by.writes, by.reads = plumbing.stdin, plumbing.writes, plumbing.reads
            by.environment = front.environment | inner.environment
            output = output.joined(self._called(by, stage))
            if by.name == "exec" and not by.arguments:
                keep(plumbing, self.scope)
                return NOTHING
            output = self._written(plumbing, output, by=by)
        return output

    def _lines(self, lines: list[Content], front: Unwrapped, *, stage: Simple) -> Content:
        by = Invocation(
            _word("parallel", stage), front.values, span=self.fixed or (stage.start, stage.end), via=self.via
        )
        by.wrappers = front.wrappers
        self.course.invocations.append(by)
        output = NOTHING
        for line in lines:
            feed = Feed(by, line, language="shell", how="argument")
            self.course.feeds.append(feed)
            output = output.joined(self._follow(feed, stage, output=NOTHING))
        return output

    def _called(self, by: Invocation, stage: Simple) -> Content:
        """Note a call and follow it."""
        if self.hole.origins and by.word.text[:1] == UNKNOWN and by.word.content is None:
            by.word.content = self.hole
        by.directory = self.scope.directory
        by.links = self.scope.links
        _resolve(by, self.scope)
        self.course.invocations.append(by)
        self._by_variables(by.environment, stage)
        return self._run(by, stage)

    def _run(self, by: Invocation, stage: Simple) -> Content:
        """Follow what a command does to the scope, and the code that it runs. Give what it prints."""
        effects.apply(by, self.scope)
        output = streams.output(by, by.stdin, files=self.scope.files)
        target = target_file(by) if by.name in FETCHERS else ""
        if target and target != "-":
            name = streams.clean(self.scope.place(target))
            self.scope.files[name] = Content(None, origins=NETWORK, hosts=tuple(by.plain()[:4]))
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
        if feed.language not in SHELL_LANGUAGES:
            for line in shell_lines(text, feed.language):
                self._nested(line, stage, via=via)
            return output
        outer, positional = self.hole, self.scope.positional
        variables = {name: self.scope.variables.get(name) for name in (*feed.by.environment, "0")}
        self.scope.variables.update(feed.by.environment)
        if feed.arguments:
            self.scope.variables["0"] = _as_content(feed.arguments[0])
            self.scope.positional = [_as_content(value) for value in feed.arguments[1:]]
        # A piece that is not known, of a text that is otherwise: what it is tells only where it stands.
        self.hole = (
            Content(None, origins=feed.content.origins, hosts=feed.content.hosts) if text.strip(HOLES) else NOTHING
        )
        stdin = None if feed.how == "input" else feed.by.stdin
        output = self._nested(text, stage, via=via, stdin=stdin)
        self.hole, self.scope.positional = outer, positional
        for name, content in variables.items():
            if content is None:
                self.scope.variables.pop(name, None)
            else:
                self.scope.variables[name] = content
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
        outer, calling = self.scope.positional, self.calling
        self.calling = (*calling, by.path)
        self.scope.positional = [_as_content(value) for value in by.arguments]
        output = self.script(self.scope.functions[by.path], by.stdin)
        self.scope.positional, self.calling = outer, calling
        return output

    def _assigned(self, one: Assignment) -> Content:
        """Give what is assigned; of an array its first item."""
        if one.items is not None:
            contents = [_as_content(value) for word in one.items for value in expand(word, self.scope)]
            return contents[0] if contents else NOTHING
        return single(one.value, self.scope)

    def _assign(self, one: Assignment, content: Content) -> None:
        if one.items is not None:
            effects.assign_array(one, self.scope)
        elif one.index is not None:
            key = single(one.index, self.scope).text or ""
            self.scope.assign_items(one.name, {key: content}, append=True)
        else:
            self.scope.assign(one.name, content, append=one.append)

    def _written(self, plumbing: Plumbing, output: Content, *, by: Invocation | None) -> Content:
        """Note what goes into files. Give what is left to be printed."""
        for path, _ in plumbing.writes:
            if all(path != other for other, _ in plumbing.outputs):
                self.course.written.append((path, Content(None), by))
        return self._printed(plumbing.outputs, output, by=by)

    def _printed(self, writes: list[tuple[str, bool]], output: Content, *, by: Invocation | None) -> Content:
        self.printed = output
        for path, append in writes:
            name = streams.clean(path)
            before = self.scope.files.get(name) if append else None
            self.scope.files[name] = before.joined(output) if before is not None else output
            self.course.written.append((path, output, by))
        return NOTHING if writes else output


def _word(text: str, stage: Simple | Invocation) -> Value:
    return Value(text, start=stage.start, end=stage.end)


def _as_content(value: Value) -> Content:
    return Content(value.text) if value.content is None else value.content.changed(value.text)


def _resolve(by: Invocation, scope: Scope) -> None:
    """Find the program that a copy is one of, or that a name with wildcards may mean: `/b?n/c?t`, `/???/b??h`."""
    by.name = scope.programs.get(streams.clean(by.path), by.name)
    if by.path.startswith("/proc/") and by.path.endswith("/exe"):
        by.name = "bash"
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
