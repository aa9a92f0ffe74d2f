"""The system before and after, and what a box changes of it. No test."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from tests.conftest import Wrapify

WHOLE = ("/etc", "/var/lib/dpkg")
"""Compared byte by byte; /usr by everything but that: whoever writes to a file changes its times."""


def fingerprint() -> dict[str, str]:
    """Hash the system: names, owners, permissions, times, and of some directories the content."""
    found: dict[str, str] = {}
    for top in (*WHOLE, "/usr", "/opt", "/srv"):
        total = hashlib.sha256()
        for folder, names, files in os.walk(top):
            names.sort()
            for name in sorted((*names, *files)):
                path = f"{folder}/{name}"
                about = os.lstat(path)
                # A directory of a running Python gains its caches.
                if "__pycache__" in path or "__pycache__" in names:
                    continue
                told = (
                    path,
                    about.st_mode,
                    about.st_uid,
                    about.st_gid,
                    about.st_size,
                    about.st_mtime_ns,
                    about.st_ctime_ns,
                )
                total.update(repr(told).encode("utf-8", "surrogateescape"))
                if top in WHOLE and name in files and os.path.isfile(path) and os.access(path, os.R_OK):
                    total.update(Path(path).read_bytes())
        found[top] = total.hexdigest()
    return found


def changed(wrapify: Wrapify, *words: str) -> dict[str, str]:
    """Give the paths that a box changes, each with how it is listed."""
    done = wrapify("diff", *words)
    assert done.returncode == 0, done.stderr
    rows = (line.split() for line in done.stdout.splitlines())
    return {row[1].rstrip("/"): row[0] for row in rows if len(row) > 1 and row[0] in "+~-!m" and row[1][0] in "/~"}
