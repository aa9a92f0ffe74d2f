"""Pure. wrapify's own files: the policy, and the directories that it keeps."""

from __future__ import annotations

from wrapify.doctor.seen import UNKNOWN, Folder, Seen
from wrapify.doctor.verdict import BROKEN, LIMITED, NOTE, Verdict, ok

NEEDED = ("state", "memory")
"""Without them nothing runs; the others only save time, or hold what was chosen."""
LITTLE = 1 << 30


def policy(seen: Seen) -> Verdict:
    """Judge the policy files."""
    own = seen.own
    if own.policy:
        means = "until it is mended no command runs in a sandbox and no text is judged"
        text = own.policy.replace(f"{own.home}/", "~/")
        return Verdict(BROKEN, text, means, ("wrapify policy check default", "wrapify policy edit"))
    if not own.trusted:
        means = "so none is trusted, and you are asked again"
        return Verdict(LIMITED, "the list of trusted texts is damaged", means, ("wrapify policy distrust --all",))
    return ok("can be used")


def directories(seen: Seen) -> Verdict:
    """Judge who owns them, and whether they can be written to."""
    bad = [folder for folder in seen.own.folders if folder.trouble]
    if not bad:
        state = next((folder for folder in seen.own.folders if folder.role == "state"), None)
        room = f", {state.free >> 30} GiB free" if state and state.free < UNKNOWN else ""
        return ok(f"yours alone{room}")
    worst = min(bad, key=lambda folder: folder.role not in NEEDED)
    text = f"{seen.short(worst.path)} ({worst.role}) cannot be used: {worst.trouble}"
    if worst.role in NEEDED:
        return Verdict(BROKEN, text, "no command can be run in a sandbox", _mend(worst))
    means = "every run plans anew, and starts slower" if worst.role == "cache" else "no setting can be changed"
    return Verdict(LIMITED, text, means, _mend(worst))


def _mend(folder: Folder) -> tuple[str, ...]:
    place, trouble = _quoted(folder.path), folder.trouble
    if "Read-only" in trouble:
        return (f"findmnt -T {place}   # mounted read-only: remount it, or set XDG_{_variable(folder.role)} elsewhere",)
    if "belongs" in trouble:
        return (f'sudo chown -R "$(id -un)": {place}',)
    if "directory" in trouble or "symlink" in trouble or "link" in trouble:
        return (f"mv {place} {place}.old",)
    return (f"chmod u+rwx {place}", f"ls -ld {place}")


def _variable(role: str) -> str:
    return {"state": "STATE_HOME", "cache": "CACHE_HOME", "settings": "CONFIG_HOME"}.get(role, "RUNTIME_DIR")


def _quoted(path: str) -> str:
    plain = all(char.isalnum() or char in "_-./:,+@%" for char in path)
    return path if plain else "'" + path.replace("'", "'\\''") + "'"


def space(seen: Seen) -> Verdict | None:
    """Judge the room that changes can take."""
    state = next((folder for folder in seen.own.folders if folder.role == "state"), None)
    if state is None or state.trouble:
        return None
    if state.free < LITTLE:
        text = f"{state.free >> 20} MiB are free where changes are recorded ({seen.short(state.path)})"
        level = LIMITED if state.free < LITTLE // 4 else NOTE
        return Verdict(level, text, "a command that writes more fails", ("wrapify box list", "wrapify discard BOX"))
    return None
