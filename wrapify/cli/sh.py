"""Touches: the terminal, a sandbox. `wrapify sh`: a drop-in for sh at the end of a pipe, in a sandbox."""

from __future__ import annotations

import os

from wrapify import script, session, shells
from wrapify.cli.options import Request
from wrapify.cli.reading import judged, refused
from wrapify.cli.run import end_like, hint_for, own_shell, run, wants_network
from wrapify.errors import Blocked, CommandMissing, ScriptRefused
from wrapify.place import Place, here
from wrapify.sandbox.pipes import SCRIPT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.sandbox.recipe import Recipe

CHECK_SECONDS = 20


def sh(request: Request) -> int:
    """Take the place of sh at the end of a pipe: run the whole script in a sandbox, or refuse it."""
    if request.line is not None:
        return run(request)
    name = "-" if request.stdin or not request.words else request.words[0]
    if name == "-" and os.isatty(0):
        return _interactive(request)
    # Opened while root is still root: whoever may read the script may have it tried.
    source = script.open_source(name)
    place = here()
    recipe = session.find_recipe(request, place)
    try:
        content = script.read(source, recipe["largest_script"])
    except ScriptRefused as problem:
        raise refused(problem, place.dirs) from problem
    return tried(request, place, content=content, name=name)


def tried(request: Request, place: Place, *, content: bytes, name: str) -> int:
    """Run a script that was read in a sandbox, with the terminal as its input, or refuse it.

    `name` is its file, "-" if it has none. Where it came from is `request.origin`, a pipe if that is not said.
    """
    words = _interpreter(request, place, content=content)
    interpreter = shells.named(words[0])
    origin = request.origin or "pipe"
    try:
        known = judged(content, place, shell=interpreter.name, origin=origin)
        request.needs_network = wants_network(request, place, told=known.network())
        recipe = session.find_recipe(request, place)
        _check(place, content, interpreter=interpreter, program=words[0])
    except (Blocked, ScriptRefused) as problem:
        raise refused(problem, place.dirs, content=content, origin=origin) from problem
    arguments = request.words if request.stdin else request.words[1:]
    path = os.path.realpath(name)
    if name == "-":
        command = _piped(words, interpreter, arguments=arguments)
    else:
        # A script that looks beside itself finds what lies there, where its own place is seen inside.
        command = (*words, name if session.is_shown(path, recipe) else SCRIPT, *arguments)
    digest = script.digest(content)
    job = session.Job(
        command,
        shown=f"{interpreter.name} script: {' '.join(request.words) or f'from a {origin}'}",
        lead=_lead(content, interpreter.name, digest=digest),
        script=content,
    )
    job.digest, job.found = digest, tuple(dict.fromkeys(finding.rule for finding in known.report.findings))
    job.notes = (*known.notes(), *_dropped(content, place, recipe=recipe))
    job.hint = "" if request.root else hint_for(content.decode("utf-8", "replace"))
    script.take_terminal()
    return end_like(session.run(request, place, recipe=recipe, job=job))


def _interactive(request: Request) -> int:
    request.words = (request.shell or own_shell(here()),)
    return run(request)


def _interpreter(request: Request, place: Place, *, content: bytes) -> tuple[str, ...]:
    """Choose the interpreter and its options: --shell, else the script's own `#!`, else bash. Raises CommandMissing."""
    words = (request.shell,) if request.shell else shells.from_shebang(content) or ("bash",)
    name = words[0].rsplit("/", 1)[-1]
    if not script.on_path(name, place.env.get("PATH", session.DEFAULT_PATH)):
        raise CommandMissing(f"the script wants {name!a}, which is not installed", "--shell NAME takes another")
    return (name, *words[1:])


def _check(place: Place, content: bytes, *, interpreter: shells.Interpreter, program: str) -> None:
    """Refuse a script that does not parse. The parser sees hostile bytes, so it runs sealed, too."""
    if not interpreter.check:
        return
    sealed = Request("sh")
    sealed.profile = "sealed"
    words = (program, *interpreter.check, SCRIPT)
    status, said = session.examine(sealed, place, job=session.Job(words, script=content), seconds=CHECK_SECONDS)
    cut_off = shells.CUT_OFF in said
    if status == 0 and not cut_off:
        return
    what = "is cut off" if cut_off else f"does not parse as {interpreter.name}"
    hint = shells.complaint(said, SCRIPT)[:200] or "download it again or name its --shell"
    raise ScriptRefused(f"the script {what}, so nothing was run", hint)


def _piped(words: tuple[str, ...], interpreter: shells.Interpreter, *, arguments: tuple[str, ...]) -> tuple[str, ...]:
    if interpreter.piped:
        return (*words, *interpreter.piped, words[0], *arguments)
    return (*words, SCRIPT, *arguments)


def _dropped(content: bytes, place: Place, *, recipe: Recipe) -> Iterator[str]:
    """Name the variables that the script reads, the caller has set, and the sandbox does not pass on."""
    passed = {*recipe["passed"], *(name for name, _ in recipe["fixed"]), *UNWANTED}
    wanted = [
        name
        for name in sorted(set(place.env) - passed)
        if not name.startswith(OTHERS) and not any(part in name for part in SECRET) and _reads(content, name.encode())
    ]
    if wanted:
        yield f"not passed on, though the script reads it: {', '.join(wanted[:5])} (--env {wanted[0]} does)"


def _reads(content: bytes, name: bytes) -> bool:
    """Tell whether a script expands the variable `name`, as $name or ${name."""
    for piece in content.split(b"$")[1:]:
        word = piece[1:] if piece[:1] == b"{" else piece
        if word.startswith(name) and not (word[len(name) :][:1].isalnum() or word[len(name) :][:1] == b"_"):
            return True
    return False


UNWANTED = ("PWD", "OLDPWD", "SHLVL", "_", "MAIL", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "WINDOWID", "TMPDIR")
OTHERS = ("SSH_", "DBUS_", "XDG_", "GPG_", "TMUX", "STY", "WSL", "SUDO_", "LC_", "BASH", "ZSH", "FISH", "PYTHON", "LD_")
SECRET = ("TOKEN", "SECRET", "PASS", "KEY", "CREDENTIAL", "AUTH")


def _lead(content: bytes, interpreter: str, *, digest: str) -> str:
    size = f"{len(content)} bytes" if len(content) < 10_000 else f"{len(content) / 1024:.0f} KiB"
    return f"{interpreter} script, {size}, sha256 {digest}"
