"""The architecture, as a list and the checks that hold it.

test_architecture_checks.py proves each check on bad examples.

`EDGE` is the architecture: only these modules touch the machine. A new file either stays off the list (and is
pure) or is added here, where a reviewer sees it.
"""

from __future__ import annotations

import ast
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CLI = "wrapify/cli/"  # EDGE too, but for these:
PURE_IN_CLI = frozenset({"wrapify/cli/options.py"})
EDGE = frozenset(
    f"wrapify/{name}.py"
    for name in (
        "__main__ audit clipboard dotfiles host place prepare script session box/apply box/collect"
        " box/copying box/export box/journal box/kernel box/layers box/nodes box/places box/removal box/review"
        " box/scan box/shelf box/store box/takeover box/undo box/waiting clip/keep clip/sources clip/tools"
        " clip/watch clip/xserver doctor/attempt doctor/desk doctor/look doctor/own doctor/play"
        " doctor/surroundings doctor/trial policy/files policy/quick policy/writing sandbox/bounds"
        " sandbox/cache sandbox/carrier sandbox/child sandbox/dial sandbox/facts sandbox/front sandbox/keep"
        " sandbox/keyboard sandbox/launch sandbox/masks sandbox/modes sandbox/monitor sandbox/namespace"
        " sandbox/network sandbox/pair sandbox/pipes sandbox/ports sandbox/probe sandbox/proxy sandbox/readers"
        " sandbox/relay sandbox/scope sandbox/screen sandbox/skeleton sandbox/skeletons sandbox/watch"
        " selftest/attacks/attacker selftest/attacks/calls selftest/attacks/channels"
        " selftest/attacks/environment selftest/attacks/files selftest/attacks/internet"
        " selftest/attacks/kernel selftest/attacks/processes selftest/attacks/surface selftest/attacks/system"
        " selftest/attacks/terminal selftest/attacks/writes selftest/battery selftest/launch"
        " selftest/listeners selftest/plant selftest/trial"
    ).split()
)
# The only module that prints, and the modules that may catch everything.
PRINTERS = frozenset({"wrapify/cli/render.py"})
# The second is a program of its own, which runs in a sandbox: a mistake in one attack must not end the others.
BOUNDARIES = frozenset({"wrapify/cli/__init__.py", "wrapify/selftest/attacks/attacker.py"})
PROGRAMS = frozenset({"wrapify/__main__.py"})

TOUCHING = frozenset(
    "os posix subprocess shutil tempfile socket _socket click pyperclip ctypes fcntl signal select resource pathlib"
    " glob pty termios tty pwd grp importlib multiprocessing asyncio".split()
)
TOUCHING_BUILTINS = frozenset({"open", "input", "__import__", "exec", "eval", "breakpoint"})

VAGUE_NAMES = frozenset("utils util helpers helper common core manager service handler misc".split())

# What may be called while a module is imported. Besides: the constructors of records (rows of tables) and, in a pure
# module, its own functions that make rows.
AT_IMPORT = frozenset(
    "dataclass dataclasses.dataclass field dataclasses.field auto enum.auto namedtuple NewType TypeVar frozenset tuple"
    " dict dict.fromkeys set partial re.compile struct.Struct ?.split os.path.dirname os.path.join logging.getLogger"
    " box.command clip.command policy.command".split()
)
MAX_FILE, MAX_FUNCTION, P90_FUNCTION, MEDIAN_FUNCTION = 300, 50, 25, 8
MAX_PARAMETERS, MAX_POSITIONAL = 5, 2

Function = ast.FunctionDef | ast.AsyncFunctionDef
Check = Callable[[str, ast.Module], Iterator[str]]


def sources() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "wrapify").rglob("*.py"))


def parse(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def is_edge(name: str) -> bool:
    return name in EDGE or (name.startswith(CLI) and name not in PURE_IN_CLI)


def dotted(node: ast.expr) -> str:
    """Name what is called: `a.b.c`, with `?` for anything that is not a plain name."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case ast.Call(func=func):
            return dotted(func)
    return "?"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    return ((dotted(node.func), node) for node in ast.walk(tree) if isinstance(node, ast.Call))


def imports(tree: ast.AST) -> Iterator[tuple[str, str, int]]:
    """Yield (top-level module, imported name or "", line) of every import, also those inside functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], "", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            top = "wrapify" if node.level else (node.module or "").partition(".")[0]
            yield from ((top, alias.name, node.lineno) for alias in node.names)


def check_docstring(name: str, tree: ast.Module) -> Iterator[str]:
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    wanted = "Touches: " if is_edge(name) else "Pure."
    if not first.startswith(wanted):
        yield f"{name}:1: the docstring must begin with {wanted!r}"


def check_touching(name: str, tree: ast.Module) -> Iterator[str]:
    for module, member, line in imports(tree):
        if module == "click" and not name.startswith(CLI):
            yield f"{name}:{line}: click belongs to {CLI}"
        elif module == "pyperclip" and name != "wrapify/clipboard.py":
            yield f"{name}:{line}: pyperclip belongs to wrapify/clipboard.py"
        elif module in TOUCHING and not is_edge(name) and member != "PurePosixPath":
            yield f"{name}:{line}: a pure module imports {module}"
    for called, node in calls(tree):
        if called in TOUCHING_BUILTINS and not is_edge(name):
            yield f"{name}:{node.lineno}: a pure module calls {called}()"


def prints(called: str, node: ast.Call) -> bool:
    if called in {"print", "click.echo", "click.secho", "click.echo_via_pager", "echo", "secho"}:
        return True
    if called in {"os.write", "os.writev", "posix.write"}:
        return bool(node.args) and isinstance(node.args[0], ast.Constant) and node.args[0].value in (1, 2)
    stream, _, method = called.removeprefix("sys.").strip("_").partition(".")
    return stream in {"stdout", "stderr"} and method.rpartition(".")[2] in {"write", "writelines"}


def check_printing(name: str, tree: ast.Module) -> Iterator[str]:
    if name not in PRINTERS:
        found = ((called, node) for called, node in calls(tree) if prints(called, node))
        yield from (f"{name}:{node.lineno}: {called}() prints" for called, node in found)


def catches_all(node: ast.AST) -> bool:
    match node:
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=kind) if kind is not None:
            named = {dotted(one) for one in (kind.elts if isinstance(kind, ast.Tuple) else [kind])}
        case ast.Call(func=func, args=args) if dotted(func).endswith("suppress"):
            named = {dotted(one) for one in args}
        case _:
            return False
    return bool(named & {"Exception", "BaseException"})


def check_boundary(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if name not in BOUNDARIES and catches_all(node):
            yield f"{name}:{getattr(node, 'lineno', 0)}: only the boundary catches everything"


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """Walk what runs when the module is imported: no function bodies, no annotations, no `__main__` guard."""
    if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        return
    yield node
    skipped = {"annotation", "returns", *(["body"] if isinstance(node, Function | ast.Lambda) else [])}
    for field, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if field not in skipped and isinstance(child, ast.AST):
                yield from at_import(child)


def check_import_work(name: str, tree: ast.Module) -> Iterator[str]:
    allowed = AT_IMPORT if is_edge(name) else AT_IMPORT | {one.name for one in tree.body if isinstance(one, Function)}
    for node in () if name in PROGRAMS else at_import(tree):
        if isinstance(node, ast.For | ast.While | ast.With | ast.Await):
            yield f"{name}:{node.lineno}: {type(node).__name__} at import"
        elif isinstance(node, ast.Call):
            called = dotted(node.func)
            last = called.rpartition(".")[2]
            is_record = last[:1].isupper() and not last.isupper()
            if not (called in allowed or is_record or (name.startswith(CLI) and called.startswith("click."))):
                yield f"{name}:{node.lineno}: {called}() is called at import"


def check_module_state(name: str, tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield f"{name}:{node.lineno}: module state ({', '.join(node.names)})"
        if isinstance(node, Function):
            cached = {dotted(one).rpartition(".")[2] for one in node.decorator_list} & {"cache", "lru_cache"}
            yield from (f"{name}:{node.lineno}: @{one} is module state" for one in cached)


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Count lines from `def` to the end without the docstring: explaining costs nothing."""
    first = function.body[0]
    has_docstring = ast.get_docstring(function, clean=False) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def check_length(name: str, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        if length(function) > MAX_FUNCTION:
            yield f"{name}:{function.lineno}: {function.name} has {length(function)} lines"


def check_parameters(name: str, tree: ast.Module) -> Iterator[str]:
    for function in functions(tree):
        spec = function.args
        positional = [one for one in spec.posonlyargs + spec.args if one.arg not in {"self", "cls"}]
        total = len(positional) + len(spec.kwonlyargs) + bool(spec.vararg) + bool(spec.kwarg)
        ours = not function.name.startswith("__") or function.name in {"__init__", "__new__", "__call__"}
        if ours and (total > MAX_PARAMETERS or len(positional) > MAX_POSITIONAL):
            yield f"{name}:{function.lineno}: {function.name} takes {total}, {len(positional)} by position"


def check_name(name: str, _tree: ast.Module) -> Iterator[str]:
    *folders, file = name.split("/")
    words = {*folders, file.removesuffix(".py")}
    if words & VAGUE_NAMES or "wrapify" in {*folders[1:], file.removesuffix(".py")}:
        yield f"{name}: says nothing about what is in it"


CHECKS: tuple[Check, ...] = (
    check_docstring, check_touching, check_printing, check_boundary, check_import_work,
    check_module_state, check_length, check_parameters, check_name,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_package(check: Check) -> None:
    offences = [offence for name in sources() for offence in check(name, parse(name))]
    assert not offences, "\n".join(["", *offences])


def test_lists_name_only_files_that_exist() -> None:
    assert sorted((EDGE | PURE_IN_CLI | PRINTERS | BOUNDARIES | PROGRAMS) - set(sources())) == []


def test_functions_are_short() -> None:
    lengths = sorted(length(function) for name in sources() for function in functions(parse(name)))
    median, p90 = statistics.median(lengths), lengths[len(lengths) * 9 // 10]
    assert (median <= MEDIAN_FUNCTION, p90 <= P90_FUNCTION) == (True, True), f"median {median}, p90 {p90}"


def test_files_are_short() -> None:
    files = [*(ROOT / "wrapify").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    counted = {str(path.relative_to(ROOT)): len(path.read_bytes().splitlines()) for path in files}
    assert {name: lines for name, lines in counted.items() if lines > MAX_FILE} == {}
