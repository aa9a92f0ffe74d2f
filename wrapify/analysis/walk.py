"""Pure. Walk through a text as a shell would, without running anything: what is called, with what, fed by what."""

from __future__ import annotations

from wrapify.analysis import effects
from wrapify.analysis.calling import DEEPEST, Calls, as_content, read_as
from wrapify.analysis.calls import shell_lines
from wrapify.analysis.expansion import expand, single
from wrapify.analysis.invocation import Course, Feed, Invocation
from wrapify.analysis.plumbing import Plumbing, connect
from wrapify.analysis.programs import LANGUAGES, canonical
from wrapify.analysis.tree import Compound, Reading, Simple, Substitution
from wrapify.analysis.unwrap import unwrap
from wrapify.analysis.values import NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Assignment, Pipeline, Stage, Word

MOST_STEPS = 6_000
"""Commands that are walked through, with all that is decoded and repeated."""
MOST_CHARACTERS = 1 << 21
"""Characters that are put in the place of variables and substitutions, or handed on by pipes. A word counts as some."""
WORD_COSTS = 32
MOST_ITEMS = 6
"""Items of a loop that are walked through."""
EXPANDED_ONLY = 4096
"""Characters of a text up to which its functions are walked through again at every call."""


def walk(reading: Reading, *, dialect: str, arguments: bool) -> Course:
    """Walk through a text. `arguments`: positional parameters may be set, as in a script."""
    walker = Walker(dialect, arguments=arguments)
    walker.small = len(reading.text) <= EXPANDED_ONLY
    walker.script(reading.script, None)
    walker.late()
    return walker.course


def follow(text: str, *, shell: str, arguments: bool) -> tuple[Reading, Course]:
    """Read a text as `shell` does, or the language of that name, and walk through it."""
    language = canonical(shell)
    if language in LANGUAGES:
        return Reading(text), _walk_code(text, language)
    reading = read_as(text, shell)
    return reading, walk(reading, dialect=shell, arguments=arguments)


def _walk_code(text: str, language: str) -> Course:
    """Walk through the code of a language: what it hands to a shell is followed, the rest is told by its names."""
    walker = Walker("bash", arguments=True)
    by = Invocation(Value(language, start=0, end=len(text)), [], span=(0, len(text)), via="")
    feed = Feed(by, Content(text), language=language, how="input")
    walker.course.feeds.append(feed)
    for line in shell_lines(text, language):
        walker.inside(line, by, via="")
    return walker.course


class Walker(Calls):
    """Walk through the structure of a text and collect its course."""

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
            self.scope.spent += len(content.text or "")
        if content is not None and not self.captured and "&1" in self.scope.links:  # after `exec > file`
            return self._printed([(self.scope.links["&1"], True)], content, by=None)
        return content if content is not None else NOTHING

    def _stage(self, stage: Stage, stdin: Content | None, *, where: int) -> Content:
        if self.steps >= MOST_STEPS or self.scope.spent >= MOST_CHARACTERS:
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
        plumbing = connect(stage.redirects, stdin, scope=self.scope)
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
        return [as_content(value) for value in values[:MOST_ITEMS]] or [Content(UNKNOWN)]

    def _define(self, stage: Compound) -> Content:
        self.scope.functions[stage.name] = stage.body
        outer, self.scope.arguments = self.scope.arguments, True
        before = len(self.course.invocations)
        self.script(stage.body, None)
        self.course.functions[stage.name] = [by.path for by in self.course.invocations[before : before + 64]]
        self.scope.arguments = outer
        return NOTHING

    def _simple(self, stage: Simple, stdin: Content | None, *, where: int) -> Content:
        environment = {one.name: self._assigned(one) for one in stage.assignments}
        values = self._values(stage.words)
        plumbing = connect(stage.redirects, stdin, scope=self.scope)
        if not values:
            return self._set(stage, environment, plumbing=plumbing)
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

    def _values(self, words: list[Word]) -> list[Value]:
        """Expand the words of a command, as many as the bound lets."""
        values: list[Value] = []
        for word in words:
            fields = expand(word, self.scope)
            values.extend(fields)
            self.scope.spent += WORD_COSTS * len(fields)
            if self.scope.spent >= MOST_CHARACTERS:
                self.course.cut = True
                break
        return values

    def _set(self, stage: Simple, environment: dict[str, Content], *, plumbing: Plumbing) -> Content:
        """Follow assignments and redirections without a command."""
        for one in stage.assignments:
            self._assign(one, environment[one.name])
        self._by_variables(environment, stage)
        return self._written(plumbing, plumbing.stdin if plumbing.reads and plumbing.stdin else NOTHING, by=None)

    def _assigned(self, one: Assignment) -> Content:
        """Give what is assigned; of an array its first item."""
        if one.items is not None:
            contents = [as_content(value) for word in one.items for value in expand(word, self.scope)]
            return contents[0] if contents else NOTHING
        return single(one.value, self.scope)

    def _assign(self, one: Assignment, content: Content) -> None:
        if one.items is not None:
            effects.assign_array(one, self.scope)
        elif one.index is not None:
            key = single(one.index, self.scope).text or ""
            self.scope.assign_item(one.name, content, key=key)
        else:
            self.scope.assign(one.name, content, append=one.append)
