"""Pure. Whether pastes are judged in the user's shell, and the word in front of a line works."""

from __future__ import annotations

from wrapify.doctor.distribution import install
from wrapify.doctor.seen import Seen, Shell
from wrapify.doctor.verdict import LIMITED, NOTE, Verdict, ok

IN_BOX = 43
"""The status with which the line that was tried ends in a sandbox."""
UNSEEN, WORKS = "what is pasted there runs at once, unseen", "`wrapify run -c 'LINE'` works"
UNGUARDED = f"{UNSEEN}; {WORKS}"
EXPANDING = ("bash", "zsh")
"""Without the hook they read !! as the command before."""
AGAIN = "!!sandbox runs the command before it again"
KEYS = {"Enter": "what runs a line", "paste": "what a paste arrives by"}


def program(seen: Seen) -> Verdict:
    """Judge which wrapify a shell finds."""
    own = seen.own
    if not own.programs:
        folder = own.program.rpartition("/")[0] or "~/.local/bin"
        means = "a new shell does not find wrapify, and its hook cannot load"
        return Verdict(LIMITED, f"{folder} is not on PATH", means, (f'export PATH="{folder}:$PATH"   # in ~/.profile',))
    if own.programs[0] != own.program:
        text = f"{own.programs[0]} is found before {own.program}, which this is"
        means = "your shells use another wrapify than the one that tells you this"
        return Verdict(LIMITED, text, means, ("type -a wrapify   # remove one, or put its directory later in PATH",))
    return ok(seen.short(own.program))


def hook(seen: Seen) -> Verdict | None:
    """Judge whether the hook is there, in the user's own shell."""
    shell = seen.shell
    if seen.system.dropped:
        return None  # nobody has no shell.
    if not shell.known:
        text = f"your shell, {shell.name or 'none'}, has no hook"
        return Verdict(NOTE, text, "bash, zsh and fish have; `wrapify run -c 'LINE'` works anywhere")
    if not shell.started:
        text = f"{shell.name} did not come to a prompt in a terminal of its own{_said(shell)}"
        return Verdict(LIMITED, text, "so nothing is known of its hook", (f"{shell.name} -i", "wrapify doctor"))
    if not shell.loaded:
        return _not_loaded(shell)
    if shell.program and seen.own.program and shell.program != seen.own.program:
        text = f"the hook of {shell.name} asks another wrapify: {shell.program}"
        return Verdict(LIMITED, text, "what this tells may not hold there", ("type -a wrapify",))
    if not shell.program:
        text = f"the hook is loaded in {shell.name} and finds no wrapify on PATH"
        return Verdict(LIMITED, text, "pastes that look like more than plain words are not run", (_early(shell),))
    if not shell.judge:
        means = "the hook gives a judgement two seconds by it; without it pastes of plain words alone run"
        return Verdict(LIMITED, "timeout(1) is not on PATH", means, install(seen.system, "coreutils"))
    if not shell.kept:
        text = f"the hook is loaded in {shell.name}, and `$?` is not that of the line before"
        return Verdict(
            LIMITED,
            text,
            "prompts and scripts may go wrong",
            (f"wrapify init {shell.name}   # is it loaded as it is?",),
        )
    return ok(f"loaded in {shell.name}, $? is kept")


def _not_loaded(shell: Shell) -> Verdict:
    text, means = f"the hook is not loaded in {shell.name}", UNGUARDED
    if shell.name in EXPANDING:
        means = f"{UNSEEN}, and {AGAIN}; {WORKS}"
    if shell.obstacle:
        remedy = ("# use it in another of bash, zsh and fish, or put `wrapify run` in front of what you do not trust",)
        return Verdict(LIMITED, f"{text}: {shell.obstacle}", means, remedy)
    if shell.has_line:
        lines = ("# its line is not reached, or wrapify is not on PATH there; it may say so:", f"{shell.name} -i")
        return Verdict(LIMITED, f"{text}, though {shell.rc} names it", means, lines)
    return Verdict(LIMITED, text, means, (f"wrapify setup --shell {shell.name}",))


def _said(shell: Shell) -> str:
    return f": {shell.said}" if shell.said else ""


def _early(shell: Shell) -> str:
    return f"# set PATH in {shell.rc} above the line of wrapify, so that it is found"


def pastes(seen: Seen) -> Verdict | None:
    """Judge what became of a paste that looks dangerous, and does no more than make a file."""
    shell = seen.shell
    if not (shell.known and shell.started and shell.loaded and shell.program):
        return None
    if seen.own.off:
        return Verdict(LIMITED, "pastes are not judged in any shell", "you switched that off", ("wrapify on --global",))
    if not shell.paste:
        return Verdict(NOTE, "not tried: your policy lets the pastes run that could be tried")
    if shell.paste == "held":
        return ok(f"a suspicious one was held in {shell.name}")
    what = "ran" if shell.paste == "ran" else "was neither held nor run"
    return Verdict(LIMITED, f"a suspicious paste {what} in {shell.name}{_beside(shell)}", UNGUARDED, _reorder(shell))


def _beside(shell: Shell) -> str:
    return "".join(f"; {key} ({KEYS.get(key, key)}) is bound to {what}{_of(place)}" for key, what, place in shell.keys)


def _of(place: str) -> str:
    return f" of {place}" if place else ""


def _reorder(shell: Shell) -> tuple[str, ...]:
    """Say how the hook comes to be the last that binds the keys."""
    if not shell.keys:
        return ("wrapify status   # in that shell; `wrapify on` if it says that pastes are not judged",)
    key, _, place = shell.keys[0]
    whose = f"loads {place}" if place else f"binds {key}"
    return (
        f"# in {shell.rc}: put the line of wrapify below what {whose};",
        "# where that is done again at each prompt, or later than the first, leave it out there",
        f"{shell.name} -i   # and try",
    )


def prefix(seen: Seen) -> Verdict | None:
    """Judge what became of a line with the word in front."""
    shell = seen.shell
    if not (shell.known and shell.started and shell.loaded) or shell.word < 0:
        return None
    if shell.word == IN_BOX:
        return ok(f"a line of {shell.name} ran in a sandbox")
    if not seen.sandbox.run.did:
        return Verdict(NOTE, "not tried: no sandbox can be started")
    text = f",, in front of a line did not run it in a sandbox from {shell.name} (status {shell.word}){_beside(shell)}"
    return Verdict(LIMITED, text, "`wrapify run -c 'LINE'` does", _reorder(shell))


def others(seen: Seen) -> Verdict | None:
    """Name the shells of this user without the hook."""
    names = seen.shell.others
    if not names:
        return None
    listed = " and ".join(names)
    text = f"{listed} {'have' if len(names) > 1 else 'has'} start-up files of yours, and not the hook"
    means = f"pastes into {'them' if len(names) > 1 else 'it'} run unseen"
    return Verdict(NOTE, text, f"{means}, and {AGAIN}" if {*names} & {*EXPANDING} else means, ("wrapify setup",))


def terminal(seen: Seen) -> Verdict:
    """Judge the terminal this runs in."""
    desk = seen.desk
    if not desk.is_terminal:
        return Verdict(NOTE, "this is no terminal, so nothing can be asked here", "runs keep their boxes for later")
    if desk.term in ("", "dumb", "linux") or desk.term == "screen" or desk.term.startswith("vt"):
        text = f"a terminal of this kind ({desk.term or 'TERM is not set'}) may not mark what is pasted"
        return Verdict(NOTE, text, "pastes of several lines are still recognised, by their speed")
    return ok(desk.term)
