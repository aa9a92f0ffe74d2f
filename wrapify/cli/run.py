"""Touches: the terminal, a sandbox. `wrapify run`: run a command, or with -c a line of shell, in a sandbox."""

from __future__ import annotations

import os

from wrapify.analysis import needs
from wrapify.errors import CommandMissing, UsageError
from wrapify.place import Place, here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from wrapify.cli.options import Request
    from wrapify.sandbox.recipe import Recipe


def run(request: Request) -> int:
    """Run a command, or with -c a line of shell, in a sandbox."""
    if request.line is None and not request.words:
        raise UsageError("there is no command to run", "wrapify run -- COMMAND, or wrapify run -c 'LINE'")
    from wrapify import session

    place = here()
    typed = choose(request, place)
    recipe = session.find_recipe(request, place)
    command = words_for(request, place, default_shell=recipe["shell"])
    job = session.Job(command, shown=request.line or "")
    job.notes = tuple(_unseen(request, recipe))
    job.hint = "" if request.root else hint_for(typed, arguments=" ".join(request.words))
    return end_like(session.run(request, place, recipe=recipe, job=job))


def choose(request: Request, place: Place) -> str:
    """Decide by the words of a typed command what was not said: whether it is root, and needs the network. Give them.

    Raises UsageError or BoxMissing.
    """
    typed = request.line if request.line is not None else " ".join(request.words[:1])
    words = request.line if request.line is not None else " ".join(map(quoted, request.words))
    wanted = needs.needs(words, shell=os.path.basename(request.shell or own_shell(place)))
    request.root = request.root or (wanted.root and may_be_root(request, place))
    request.needs_network = wants_network(request, place, told=wanted.network)
    return typed


def quoted(word: str) -> str:
    """Write a word so that a shell reads it as it is."""
    plain = word and all(char.isalnum() or char in "_-./:,+@%" for char in word)
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def may_be_root(request: Request, place: Place) -> bool:
    """Tell whether a command that uses sudo is to be tried as a fake root: not in a box made without one."""
    from wrapify.box import store

    if place.dropped:
        return False
    if not request.box or not store.exists(place.dirs.state, request.box):
        return True
    return bool(store.read(f"{place.dirs.state}/boxes/{request.box}").get("of_root"))


def wants_network(request: Request, place: Place, *, told: bool) -> bool:
    """Tell whether the profile "auto" is to be the one with the network: a box stays what it was made as.

    `told` is what the words of the command say. Raises UsageError or BoxMissing.
    """
    from wrapify.box import store

    if request.box and store.exists(place.dirs.state, request.box):
        return store.read(f"{place.dirs.state}/boxes/{request.box}").get("profile") == "online"
    return told


def _unseen(request: Request, recipe: Recipe) -> Iterator[str]:
    """Name the files on the command line that exist here and are not seen inside."""
    from wrapify import session

    for word in request.words if request.line is None else ():
        path = os.path.realpath(word)
        if "/" in word and os.path.exists(path) and not path.startswith("/dev/") and not session.is_shown(path, recipe):
            yield f"{word} is not seen inside; --ro {word} shows it"


def hint_for(text: str, *, arguments: str = "") -> str:
    """Say what a command, line or script that failed has in it that works otherwise inside, "" if nothing."""
    from wrapify.analysis.programs import RIGHTS

    rights = set(RIGHTS).intersection(text.replace(";", " ").replace("(", " ").split())
    if rights:
        return f"{min(rights)} cannot give rights in here, so what needs them fails; --root tries it in a copy"
    return RENAMING if any(call in text or call in arguments for call in RENAMES) else ""


RENAMES = ("git mv ", "git worktree move ", "rename(", "renameSync(", "os.replace(")
"""What asks the kernel to rename and does not copy instead if that fails, as mv, npm and pip do."""
RENAMING = "a directory that was there before cannot be renamed in here (Invalid cross-device link); mv copies it"


def words_for(request: Request, place: Place, *, default_shell: str) -> tuple[str, ...]:
    """Give the words to execute inside. Raises CommandMissing for a command that is nowhere on PATH."""
    if request.line is not None:
        shell = request.shell or default_shell or own_shell(place)
        if not _shows_other(request) and not _findable(shell, place):
            raise CommandMissing(f"{shell!a}: there is no such shell", "--shell takes a name like bash, or a path")
        return (shell, "-c", request.line, *(request.words or (os.path.basename(shell),)))
    name = request.words[0]
    # The sandbox shows a part of this machine, so what is missing here is missing there; a box may hold more.
    if not _shows_other(request) and not _findable(name, place):
        raise CommandMissing(f"{name!a}: there is no such command", "a line of shell goes after -c")
    return request.words


def _shows_other(request: Request) -> bool:
    """Tell whether there may be commands inside that are not found here: in a box, or of the administrator's."""
    return bool(request.box) or request.root


def own_shell(place: Place) -> str:
    """Give the user's own shell, else sh."""
    own = place.env.get("SHELL", "")
    return own if own.startswith("/") and os.access(own, os.X_OK) else "/bin/sh"


def _findable(name: str, place: Place) -> bool:
    if "/" in name:
        return os.path.exists(name)
    folders = place.env.get("PATH", "/usr/local/bin:/usr/bin:/bin").split(":")
    spots = (os.path.join(folder or ".", name) for folder in folders)
    return any(os.path.isfile(spot) and os.access(spot, os.X_OK) for spot in spots)


def end_like(status: int) -> int:
    """End by SIGINT if the command did, so that a loop in the calling shell stops too; else give `status` back."""
    if status == 130 and any(map(os.isatty, (0, 1, 2))):
        import _signal

        from wrapify.cli import render

        render.flush()
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGINT)
    return status
