"""Touches: the clipboard, the terminal, a sandbox. `wrapify paste`: look at what is on the clipboard, then run it.

What is asked about, run here and run in a sandbox are the same bytes: the clipboard is read once.
"""

from __future__ import annotations

import _signal
import os

from wrapify import clipboard, script, shells
from wrapify.analysis.analyse import analyse
from wrapify.cli import choice, contents, render
from wrapify.cli.check import judge, log, own_shell
from wrapify.cli.cleaning import put_clean
from wrapify.cli.reading import refuse, refused
from wrapify.cli.run import may_be_root
from wrapify.cli.sh import tried
from wrapify.clip.tools import INSTEAD
from wrapify.errors import Blocked, ClipboardUnavailable, CommandMissing, ScriptRefused, UsageError
from wrapify.place import here, own_dirs
from wrapify.policy import quick

TYPE_CHECKING = False
if TYPE_CHECKING:
    from wrapify.analysis.model import Report
    from wrapify.cli.options import Request

CANCELLED = 130
ANSWERS = {"s": "sandbox", "r": "run", "k": "clean"}


def paste(request: Request) -> int:
    """Show what is on the clipboard and what it would do, and run it in a sandbox, or as you choose."""
    if request.words:
        raise UsageError("`paste` takes what is on the clipboard", "wrapify run -- COMMAND runs a command")
    found = clipboard.found(os.environ, primary=request.primary)
    dirs = own_dirs()
    rules = quick.rules(dirs)
    content = clipboard.content(found, most=rules.largest)
    if not content.text.strip():
        raise ScriptRefused(f"there is no text in {found.name}, so nothing was run", INSTEAD)
    script.sound(content.text, rules.largest)
    request.origin = "clipboard"
    if not (named := shells.from_shebang(content.text)):
        request.shell = request.shell or own_shell()
    words = (request.shell,) if request.shell else named
    report = analyse(content.text, origin=request.origin, shell=shells.named(words[0]).name)
    decision = judge(report, dirs, rules=rules)
    try:
        refuse(decision)
    except Blocked as problem:
        raise refused(problem, dirs, content=content.text, origin=request.origin) from problem
    how = contents.difference(content)
    if request.yes:
        _warn(how)
        return _in_sandbox(request, report)
    key = _asked(choice.Choice(report, decision, how=how, head=contents.head(content, found.name)), words)
    log("clipboard", report, decision=decision, dirs=dirs, answer=ANSWERS.get(key, "cancel"))
    if key == "s":
        return _in_sandbox(request, report)
    if key == "k":
        put_clean(found, content, primary=request.primary)
        return 0
    if key == "r":
        _run_here(words, content.text)
    render.say("wrapify: nothing was run")
    return CANCELLED


def _warn(how: str) -> None:
    if how in contents.DIFFERENT:
        render.note(f"{contents.DIFFERENT[how].rstrip(':')}; wrapify clip show compares them")


def _asked(one: choice.Choice, words: tuple[str, ...]) -> str:
    """Ask what is to be done. Raises ClipboardUnavailable where nothing can be asked."""
    _path(words[0])
    # The question has the terminal as its standard output; what runs has what it was given.
    kept = os.dup(1)
    try:
        return one.put()
    except (OSError, choice.Gone) as problem:
        hint = "wrapify paste --yes runs it in a sandbox"
        raise ClipboardUnavailable(f"nothing can be asked here, so nothing was run: {problem}", hint) from problem
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _in_sandbox(request: Request, report: Report) -> int:
    place = here()
    request.root = request.root or ("needs-root" in report.facts and may_be_root(request, place))
    return tried(request, place, content=report.content, name="-")


def _path(name: str) -> str:
    """Find an interpreter by its name, as a sandbox would. Raises CommandMissing."""
    path = clipboard.program(name.rsplit("/", 1)[-1], os.environ)
    if not path:
        raise CommandMissing(f"the text wants {name!a}, which is not installed", "--shell NAME takes another")
    return path


def _run_here(words: tuple[str, ...], text: bytes) -> None:
    """Run a text on this machine, with the terminal, in the place of this process."""
    path = _path(words[0])
    descriptor = os.memfd_create("clipboard", os.MFD_CLOEXEC)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(text)
    # Opened anew by whoever runs it, so that what was judged is what is read, from its beginning.
    os.set_inheritable(descriptor, True)
    script.take_terminal()
    render.flush()
    # Python ignores it, and so would everything that runs.
    _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
    os.execv(path, [*words, f"/proc/self/fd/{descriptor}"])
