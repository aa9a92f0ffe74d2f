"""What a start of `wrapify run` may import: the list, and a real start that is held against it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Beyond what the bare interpreter has. `import json` or `import dataclasses` would cost as much as the rest of a start.
HOT_PATH = frozenset(
    "os os.path posixpath genericpath stat _stat _collections_abc abc _abc io errno marshal time"
    " fcntl select struct _struct resource _signal"
    " __future__ binascii _ctypes".split()
)
PROBE = """
import sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import wrapify.cli, wrapify.cli.run, wrapify.cli.options, wrapify.session
import wrapify.sandbox.child
sys.stdout.write(" ".join(set(sys.modules) - before))
"""


def test_a_start_imports_only_what_is_cheap() -> None:
    # -IS as bin/wrapify starts it; -B because the checkout may belong to someone else.
    command = [sys.executable, "-BIS", "-c", PROBE, str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {module for module in done.stdout.split() if module.partition(".")[0] != "wrapify"}
    assert sorted(loaded - HOT_PATH) == []
