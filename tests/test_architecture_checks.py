"""The checks of test_architecture.py, each proved on bad examples, and all of them on a good one."""

from __future__ import annotations

import ast

import pytest

from tests.test_architecture import (
    CHECKS,
    Check,
    check_boundary,
    check_docstring,
    check_import_work,
    check_length,
    check_module_state,
    check_name,
    check_parameters,
    check_printing,
    check_touching,
)

BAD = (
    (check_docstring, "wrapify/a.py", '"""Touches: files."""'),
    (check_docstring, "wrapify/host.py", '"""Pure."""'),
    (check_touching, "wrapify/a.py", "def f():\n    import os.path"),
    (check_touching, "wrapify/a.py", "from pathlib import Path, PurePosixPath"),
    (check_touching, "wrapify/a.py", "import pathlib"),
    (check_touching, "wrapify/host.py", "from click import echo"),
    (check_touching, "wrapify/host.py", "import pyperclip"),
    (check_touching, "wrapify/a.py", "def f(): return open('x')"),
    (check_printing, "wrapify/host.py", "def f(): os.write(2, b'x')"),
    (check_printing, "wrapify/host.py", "def f(): sys.stderr.buffer.write(b'x')"),
    (check_printing, "wrapify/cli/run.py", "def f(): click.secho('x')"),
    (check_boundary, "wrapify/a.py", "def f():\n try: g()\n except (ValueError, Exception): pass"),
    (check_boundary, "wrapify/a.py", "def f():\n try: g()\n except: pass"),
    (check_boundary, "wrapify/a.py", "def f():\n with contextlib.suppress(BaseException): g()"),
    (check_import_work, "wrapify/a.py", "HOME = lookup('HOME')"),
    (check_import_work, "wrapify/a.py", "class A:\n    x = {'a': [load()]}"),
    (check_import_work, "wrapify/a.py", "def f(x=now()): pass"),
    (check_import_work, "wrapify/a.py", "@register('x')\ndef f(): pass"),
    (check_module_state, "wrapify/a.py", "@functools.lru_cache(1)\ndef f(): pass"),
    (check_module_state, "wrapify/a.py", "def f():\n    global x"),
    (check_length, "wrapify/a.py", "def f():\n" + "    x\n" * 50),
    (check_parameters, "wrapify/a.py", "def f(a, b, c): pass"),
    (check_parameters, "wrapify/a.py", "def f(a, *, b, c, d, e, f): pass"),
    (check_name, "wrapify/cli/helpers.py", ""),
    (check_name, "wrapify/cli/wrapify.py", ""),
)


@pytest.mark.parametrize(("check", "name", "text"), BAD)
def test_checks_find(check: Check, name: str, text: str) -> None:
    assert list(check(name, ast.parse(text)))


GOOD = '''"""Pure. An example that every check lets through."""
import re
from pathlib import PurePosixPath
WORD = re.compile("x")
ROWS = (Row("a", shown=True), Row("b", paths=(PurePosixPath("/"),)))
@dataclass(frozen=True, slots=True)
class Row:
    """One row."""
    name: str
    def at(self, a: int, b: int, *, c: int) -> Annotated[int, load()]:
        try:
            return a
        except ValueError:
            os.write(3, b"")
'''


def test_checks_let_good_code_through() -> None:
    assert [offence for check in CHECKS for offence in check("wrapify/a.py", ast.parse(GOOD))] == []
