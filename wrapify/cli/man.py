"""Touches: standard output, the program man. `wrapify man`: the manual of wrapify."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile

import click

from wrapify import __version__
from wrapify.cli import render
from wrapify.manual import page


@click.command()
def man() -> int:
    """Show the manual of wrapify, or print the page, for man(1), where there is no terminal."""
    from wrapify.cli.reference import entries

    text = page(entries(), version=__version__)
    if not os.isatty(1) or not shutil.which("man"):
        render.out(text)
        return 0
    with tempfile.NamedTemporaryFile("w", suffix=".1", prefix="wrapify-", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return subprocess.call(["man", file.name])
