"""Pure. Follow what a command calls: code in its arguments and input, functions, files; the walk's lower half."""

from __future__ import annotations

from wrapify.analysis import effects, interpreters, streams
from wrapify.analysis.calls import shell_lines
from wrapify.analysis.fetching import target_file
from wrapify.analysis.invocation import Course, Feed, Invocation
from wrapify.analysis.lines import by_variables
from wrapify.analysis.places import clean
from wrapify.analysis.plumbing import Plumbing, keep
from wrapify.analysis.programs import FETCHERS, NOTABLE, SHELLS
from wrapify.analysis.scope import Scope
from wrapify.analysis.shell import read
from wrapify.analysis.tree import Reading, Simple, Substitution
from wrapify.analysis.unwrap import Unwrapped, unwrap
from wrapify.analysis.values import NETWORK, NOTHING, UNKNOWN, Content, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.tree import Pipeline

DEEPEST = 8
"""How deep code in code is followed."""
HOLES = f"{UNKNOWN} \n\t;"
SHELL_LANGUAGES = frozenset(("shell", "eval"))


def read_as(text: str, shell: str) -> Reading:
    """Read a text with the reader for `shell`."""
    if shell == "fish":
        from wrapify.analysis import fish

        return fish.read(text)
    return read(text, dialect=shell)


class Calls:
    """Follow what is called: the code that it is given, the functions, the files that it writes.

    `script`, which the walker adds, walks through a list of commands.
    """

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
        self.waiting: list[tuple[Feed, str]] = []

    def script(self, pipelines: list[Pipeline], stdin: Content | None) -> Content:
        """Walk through a list. Give what it prints."""
        raise NotImplementedError

    def _substitution(self, part: Substitution) -> Content:
        raise NotImplementedError

    def _by_variables(self, environment: dict[str, Content], stage: Simple, *, stdin: Content | None = None) -> None:
        """Follow the code that variables hold: prompts, pagers, what a shell reads first."""
        for content, how in by_variables(environment):
            by = Invocation(_word("", stage), [], span=self.fixed or (stage.start, stage.end), via=self.via)
            path = clean(content.text or "")
            file = stdin if path in streams.INPUTS and stdin is not None else self.scope.files.get(path)
            code = file or Content(None, paths=(path,)) if how == "file" else content
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

            commands = supplied(front, plumbing.stdin, files=self.scope.files)
        output = NOTHING
        for values in commands:
            inner = unwrap(values)
            by = Invocation(
                inner.values[0], inner.values[1:], span=self.fixed or (stage.start, stage.end), via=self.via
            )
            by.wrappers, by.where = (*front.wrappers, *inner.wrappers), where
            by.hidden = (*front.hidden, *inner.hidden)
            by.stdin, by.writes, by.reads = plumbing.stdin, plumbing.writes, plumbing.reads
            by.environment = front.environment | inner.environment
            by.scheduled = any(value.text.startswith("--on-") for value in front.options.get("systemd-run", ()))
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
        if self.scope.links:
            by.links = dict(self.scope.links)
        _resolve(by, self.scope)
        self.course.invocations.append(by)
        self._by_variables(by.environment, stage, stdin=by.stdin)
        return self._run(by, stage)

    def _run(self, by: Invocation, stage: Simple) -> Content:
        """Follow what a command does to the scope, and the code that it runs. Give what it prints."""
        effects.apply(by, self.scope)
        output = streams.output(by, by.stdin, files=self.scope.files)
        target = target_file(by) if by.name in FETCHERS else ""
        if target and target != "-":
            content = Content(None, origins=NETWORK, hosts=tuple(by.plain()[:4]))
            self.scope.write(self.scope.place(target), content)
        if by.path in self.scope.functions:
            return self._call(by)
        for feed in interpreters.feeds(by, self.scope.files):
            self.course.feeds.append(feed)
            self.waiting.extend((feed, path) for path in feed.content.paths if clean(path) in self.scope.pipes)
            output = self._follow(feed, stage, output=output)
        return output

    def late(self) -> None:
        """Follow what reads from named pipes that are only written to behind it: `mkfifo p; sh p & echo ls > p`."""
        for feed, path in self.waiting:
            content = self.scope.files.get(clean(path))
            if content is not None:
                again = Feed(feed.by, content, language=feed.language, how=feed.how)
                self.course.feeds.append(again)
                self._follow(again, feed.by, output=NOTHING)

    def _follow(self, feed: Feed, stage: Simple | Invocation, *, output: Content) -> Content:
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
            self.scope.variables["0"] = as_content(feed.arguments[0])
            self.scope.positional = [as_content(value) for value in feed.arguments[1:]]
        # A piece that is not known, of a text that is otherwise: what it is tells only where it stands.
        self.hole = (
            Content(None, origins=feed.content.origins, hosts=feed.content.hosts) if text.strip(HOLES) else NOTHING
        )
        stdin = None if feed.how == "input" else feed.by.stdin
        dialect, self.dialect = self.dialect, _dialect(feed, self.dialect)
        output = self._nested(text, stage, via=via, stdin=stdin)
        self.dialect = dialect
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
        self.scope.positional = [as_content(value) for value in by.arguments]
        output = self.script(self.scope.functions[by.path], by.stdin)
        self.scope.positional, self.calling = outer, calling
        return output

    def _written(self, plumbing: Plumbing, output: Content, *, by: Invocation | None) -> Content:
        """Note what goes into files. Give what is left to be printed."""
        for path, _ in plumbing.writes:
            if all(path != other for other, _ in plumbing.outputs):
                self.course.written.append((path, Content(None), by))
        return self._printed(plumbing.outputs, output, by=by)

    def _printed(self, writes: list[tuple[str, bool]], output: Content, *, by: Invocation | None) -> Content:
        self.printed = output
        for path, append in writes:
            before = self.scope.files.get(clean(path)) if append else None
            self.scope.write(path, before.joined(output) if before is not None else output)
            self.course.written.append((path, output, by))
        return NOTHING if writes else output


def _dialect(feed: Feed, own: str) -> str:
    """Give the shell that reads a piece of code: the one that is named, else the one whose text it stands in."""
    name = feed.by.name
    return name if name in ("fish", "zsh") else "bash" if name in SHELLS else own


def _word(text: str, stage: Simple | Invocation) -> Value:
    return Value(text, start=stage.start, end=stage.end)


def as_content(value: Value) -> Content:
    return Content(value.text) if value.content is None else value.content.changed(value.text)


def _look_up(by: Invocation, scope: Scope) -> None:
    """Find a program that the text wrote into a directory which it put on the path."""
    path = by.environment.get("PATH") or scope.variables.get("PATH")
    if path is None or not path.text or "/" in by.path or not scope.files:
        return
    for directory in path.text.split(":")[:8]:
        if clean(f"{directory}/{by.path}") in scope.files:
            by.path = f"{directory}/{by.path}"
            return


def _resolve(by: Invocation, scope: Scope) -> None:
    """Find the program that a copy is one of, or that a name with wildcards may mean: `/b?n/c?t`, `/???/b??h`."""
    _look_up(by, scope)
    by.name = scope.programs.get(clean(by.path), by.name)
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
