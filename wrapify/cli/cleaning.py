"""Touches: the clipboard, the state directory. `wrapify clip clean` and `undo`: what is hidden goes, and comes back."""

from __future__ import annotations

import os

import click

from wrapify import clipboard, script
from wrapify.cli import contents, render
from wrapify.clip import clean, keep
from wrapify.errors import ScriptRefused, UsageError
from wrapify.place import own_dirs
from wrapify.policy import quick

PRIMARY = click.option("--primary", is_flag=True, help="the selection of the mouse, not the clipboard")


@click.command("clean")
@PRIMARY
def clean_it(primary: bool) -> None:
    """Take out of the clipboard's text what is hidden in it, and put the rest back."""
    found = clipboard.found(os.environ, primary=primary)
    content = clipboard.content(found, most=quick.rules(own_dirs()).largest)
    if not content.text:
        render.say(
            f"wrapify: {found.name} {'has no text' if content.types else 'is empty'}, so there is nothing to clean"
        )
        return
    if put_clean(found, content, primary=primary):
        return
    render.say(f"wrapify: nothing is hidden in {found.name}")


def put_clean(found: clipboard.Clipboard, content: clipboard.Content, *, primary: bool) -> bool:
    """Put a text back without what is hidden in it, and say so; False if nothing is hidden. Raises ScriptRefused."""
    if not clean.is_text(content.text):
        raise ScriptRefused("this is no text but binary data, so it is left as it is", "wrapify clip show")
    text = contents.decoded(content.text)
    after = clean.cleaned(text).encode("utf-8", "surrogateescape")
    if after == content.text:
        return False
    # Kept first: what is kept without having been replaced does no harm.
    keep.keep(own_dirs(), content.text, after=after, primary=primary)
    clipboard.put(found, after)
    removed = contents.counted(clean.counts(text)) or "the returns at the ends of lines"
    render.say(f"wrapify: taken out of {found.name}: {removed}")
    if clipboard.HTML in content.types:
        render.say("wrapify: the page that came with it is gone too")
    render.say("wrapify: wrapify clip undo brings it back")
    return True


@click.command("undo")
@click.option("--force", is_flag=True, help="also where something else was copied since")
def undo(force: bool) -> None:
    """Put the text back that was on the clipboard before `clean`."""
    dirs = own_dirs()
    most = quick.rules(dirs).largest
    before = keep.kept(dirs, most=most)
    if before is None:
        raise UsageError("there is nothing to undo", "wrapify clip clean keeps what it cleans")
    found = clipboard.found(os.environ, primary=before.primary)
    if not force and script.digest(clipboard.content(found, most=most).text) != before.digest:
        raise UsageError(f"something else was copied since, so {found.name} is left as it is", "--force puts it back")
    clipboard.put(found, before.content)
    keep.forget(dirs)
    render.say(f"wrapify: {found.name} is as it was, with what is hidden in it")
