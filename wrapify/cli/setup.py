"""Touches: start-up files of shells, the cache, the terminal. `wrapify setup`: a marked block, in and out again."""

from __future__ import annotations

import difflib
import os
import shutil

import click

from wrapify import audit, dotfiles, rcfile, startup
from wrapify.box import shelf
from wrapify.cli import keys, render
from wrapify.cli.init import FOLDERS
from wrapify.dotfiles import Dotfile
from wrapify.errors import StateError, UsageError, WrapifyError
from wrapify.place import own_dirs
from wrapify.shells import HOOKS

SHELLS = tuple(HOOKS)
RELOAD = {"bash": "exec bash", "zsh": "exec zsh", "fish": "exec fish"}
NIX = {
    "bash": "bash.initExtra",
    "zsh": "zsh.initContent",
    "fish": "fish.interactiveShellInit",
}
"""Where home-manager takes such lines, below `programs`."""


class Step:
    """Hold one file and what it is to hold: `after` is None if it goes, with `directories` that were made for it."""

    __slots__ = ("after", "directories", "file")

    def __init__(self, file: Dotfile, after: bytes | None, *, directories: int = 0) -> None:
        self.file = file
        self.after = after
        self.directories = directories


class Findings:
    """Hold what is to be done, and what is not: lines that say so, and files that cannot be written, each with why."""

    __slots__ = ("obstacles", "said", "steps")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.said: list[str] = []
        self.obstacles: list[tuple[str, str, startup.Target | None]] = []


@click.command()
@click.option("--shell", "shells", multiple=True, type=click.Choice(SHELLS), help="this one only; may be repeated")
@click.option("--uninstall", is_flag=True, help="take out again all that setup put in")
@click.option("-y", "--yes", is_flag=True, help="ask nothing")
@click.option("--dry-run", "dry", is_flag=True, help="show what would be written, and write nothing")
def setup(shells: tuple[str, ...], *, uninstall: bool, yes: bool, dry: bool) -> int:
    """Load the hook and completions in your shells: a marked block in the start-up file of each."""
    homes = _homes()
    if uninstall:
        return _uninstall(homes, shells or SHELLS, yes=yes, dry=dry)
    chosen = list(shells) or dotfiles.shells_in_use(_known_by(homes))
    if not chosen:
        raise UsageError("no shell that wrapify has a hook for is used here", "wrapify setup --shell bash|zsh|fish")
    found = Findings()
    for shell in chosen:
        _plan(shell, homes, found=found)
    done = _carry_out(found, yes=yes, dry=dry)
    if done:
        _say_next(found, chosen)
    return 1 if found.obstacles or not (done or dry) else 0


def _homes() -> startup.Homes:
    """Tell whose start-up files are meant. Raises UsageError for those of somebody else."""
    if by := dotfiles.elevated():
        raise UsageError(f"{by} would set up root's shells and not yours", f"wrapify setup, without {by}")
    home = os.path.normpath(os.environ.get("HOME") or "")
    if not home.startswith("/") or not dotfiles.is_own_home(home):
        raise UsageError(f"HOME is {home!a}, which is no directory of yours", "set HOME and start this again")
    return startup.Homes(os.environ, home=home, read=dotfiles.content)


def _known_by(homes: startup.Homes) -> dict[str, tuple[str, ...]]:
    folder = startup.zdotdir(homes) or homes.home
    return {
        "bash": (f"{homes.home}/.bashrc",),
        "zsh": (f"{folder}/.zshrc", f"{homes.home}/.zshrc"),
        "fish": (f"{homes.config}/fish/config.fish",),
    }


# ---- what is to be done


def _plan(shell: str, homes: startup.Homes, *, found: Findings) -> None:
    here = os.path.dirname(__file__)
    hook = dotfiles.hook_file([f"{here}/{folder}" for folder in FOLDERS], HOOKS[shell])
    wanted = startup.targets(shell, homes, hook=hook)
    for target in wanted:
        _plan_file(target, found, home=homes.home)
    if not wanted:
        body = startup.hook_lines(shell, hook, home=homes.home)
        somewhere = startup.Target(shell, "$ZDOTDIR/.zshrc", body=body)
        found.obstacles.append(("~/.zshenv", "sets ZDOTDIR to what only zsh can tell", somewhere))


def _plan_file(target: startup.Target, found: Findings, *, home: str) -> None:
    file, name = dotfiles.look(target.path), _short(target.path, home)
    try:
        if (by := _loaded_by(target, file)) and target.body != startup.COMPLETIONS:
            found.said.append(f"{_short(by, home)} loads wrapify by a line of your own: left as it is")
            return
        if target.body == startup.COMPLETIONS and file.content is not None and not rcfile.find(file.content):
            found.said.append(f"{name} is a file of your own: left as it is")
            return
        missing = dotfiles.missing_directories(file.target) if file.content is None else 0
        after = rcfile.with_block(file.content, target.body, directories=missing)
    except StateError as problem:
        found.obstacles.append((name, problem.message, None))
        return
    if after == file.content:
        found.said.append(f"{name} is set up already")
    elif file.obstacle:
        found.obstacles.append((name, file.obstacle, target))
    else:
        found.steps.append(Step(file, after))
        if target.why:
            found.said.append(f"{name} {target.why}")


def _loaded_by(target: startup.Target, file: Dotfile) -> str:
    """Name the file in which a line of the user's own loads the hook, "" if none does."""
    if rcfile.has_own_line(file.content or b""):
        return target.path
    return next((path for path in target.also if rcfile.has_own_line(dotfiles.content(path) or b"")), "")


def _plan_removal(path: str, found: Findings, *, home: str) -> None:
    file = dotfiles.look(path)
    try:
        after, directories = rcfile.without_block(file.content or b"")
    except StateError as problem:
        found.obstacles.append((_short(path, home), problem.message, None))
        return
    if file.content is None or after == file.content:
        return
    if file.obstacle:
        found.obstacles.append((_short(path, home), file.obstacle, None))
    else:
        found.steps.append(Step(file, after, directories=directories))


# ---- doing it


def _carry_out(found: Findings, *, yes: bool, dry: bool) -> bool:
    """Show what is to be done, ask, and do it. Tell whether it was done. Raises UsageError without an answer."""
    home = os.environ["HOME"]
    for step in found.steps:
        render.out("".join(f"{line}\n" for line in _diff(step, home)))
    for line in found.said:
        render.say(f"wrapify: {render.escape(line)}")
    for name, why, target in found.obstacles:
        _say_obstacle(name, why, target=target)
    if dry or not found.steps:
        return not dry and not found.obstacles
    if not yes and not _agreed(len(found.steps)):
        render.say("wrapify: nothing was written")
        return False
    for step in found.steps:
        _perform(step)
        what = "is as it was before" if step.after is not None else "is removed"
        named = _short(step.file.path, home)
        render.say(f"wrapify: {render.escape(named)} {'is written' if _has_block(step.after) else what}")
    return True


def _has_block(content: bytes | None) -> bool:
    return content is not None and rcfile.BEGIN in content


def _perform(step: Step) -> None:
    if step.after is None:
        dotfiles.remove(step.file, step.directories)
    else:
        dotfiles.replace(step.file, step.after)


def _agreed(count: int) -> bool:
    with keys.opened() as found:
        if found is None or not os.isatty(2):
            raise UsageError("there is no terminal to ask on, so nothing was written", "--yes writes what was shown")
        found.forget()
        render.prompt(f"wrapify: write {'this file' if count == 1 else f'these {count} files'}? [Y/n] ")
        key = found.key()
        render.say("yes" if key in ("y", "Y", "enter") else "no")
        return key in ("y", "Y", "enter")


def _diff(step: Step, home: str) -> list[str]:
    """Give the unified diff of a file, escaped and coloured."""
    name = _short(step.file.path, home)
    old, new = (_lines(content) for content in (step.file.content, step.after))
    heads = ("/dev/null" if step.file.content is None else name, "/dev/null" if step.after is None else name)
    colours = {"+": (render.GREEN,), "-": (render.RED,), "@": (render.DIM,)}
    rows = difflib.unified_diff(old, new, *heads, n=2, lineterm="")
    return [render.styled(render.escape(row), *colours.get(row[0], ()), on=1) for row in rows]


def _lines(content: bytes | None) -> list[str]:
    text = (content or b"").decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    if not lines[-1]:
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]} (no new line at the end)"]


def _say_obstacle(name: str, why: str, *, target: startup.Target | None) -> None:
    render.error(WrapifyError(f"{name} {why}", "" if target is None else _by_hand(why, target)))
    if target is not None:
        render.out("".join(f"    {render.escape(line)}\n" for line in target.body.split("\n")))


def _by_hand(why: str, target: startup.Target) -> str:
    if "generated" in why:
        return f"home-manager takes these lines as programs.{NIX[target.shell]}:"
    return "these lines do it, if you put them there by hand:"


def _short(path: str, home: str) -> str:
    return f"~{path[len(home) :]}" if path.startswith(f"{home}/") else path


def _say_next(found: Findings, chosen: list[str]) -> None:
    if not shutil.which("wrapify"):
        hint = "add its directory to PATH in the same file, above the block"
        render.error(WrapifyError("wrapify is not on PATH, and until it is the block does nothing", hint))
    if found.steps:
        current = dotfiles.nearest_shell()
        reload = f", or type `{RELOAD[current]}` in this one" if current in chosen else ""
        render.say(f"wrapify: done. Open a new terminal{reload}.")
        render.say("wrapify: `wrapify status` tells whether it is on; `wrapify setup --uninstall` undoes it.")


# ---- out again


def _uninstall(homes: startup.Homes, shells: tuple[str, ...], *, yes: bool, dry: bool) -> int:
    found = Findings()
    for shell in shells:
        for path in startup.everywhere(shell, homes):
            _plan_removal(path, found, home=homes.home)
    done = _carry_out(found, yes=yes, dry=dry)
    if done and not found.steps:
        render.say("wrapify: no start-up file has a block of wrapify's")
    if done and set(shells) == set(SHELLS):
        dirs = own_dirs()
        shutil.rmtree(dirs.cache, ignore_errors=True)
        audit.forget(dirs)
        _say_kept(dirs.state, dirs.config, home=homes.home)
    return 1 if found.obstacles or not (done or dry) else 0


def _say_kept(state: str, config: str, *, home: str) -> None:
    """Say what is left: what holds the user's own work and choices."""
    boxes = [name for name, _ in shelf.listing(state)]
    if boxes:
        names = ", ".join(boxes[:5]) + (" …" if len(boxes) > 5 else "")
        where = _short(f"{state}/boxes", home)
        render.say(render.escape(f"wrapify: kept: {len(boxes)} box{'es' * (len(boxes) != 1)} in {where}: {names}"))
    for path in (f"{state}/boxes", state, config):
        dotfiles.remove_if_empty(path)
    for path in (state, config):
        if os.path.isdir(path) and not (path == state and boxes):
            render.say(render.escape(f"wrapify: kept: {_short(path, home)}"))
