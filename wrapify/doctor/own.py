"""Touches: wrapify's own files, start-up files, PATH, reading. The one file that it writes has no name."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Iterator

from wrapify import host
from wrapify.doctor import surroundings
from wrapify.doctor.seen import UNKNOWN, Folder, Own
from wrapify.errors import PolicyError
from wrapify.place import Place
from wrapify.policy import files, quick, trust

MOST = 1 << 20
RC = {
    "bash": (".bashrc", ".bash_profile", ".profile"),
    "zsh": (".zshrc",),
    "fish": (".config/fish/config.fish", ".config/fish/conf.d/wrapify.fish"),
}


def policy(place: Place) -> tuple[str, str, str]:
    """Read the policy: the carrier that it names, and what is wrong with it, and what helps."""
    try:
        return files.read_policy(host.Machine(), place.dirs.config).text("network.carrier"), "", ""
    except PolicyError as problem:
        return "", problem.message, problem.hint


def own(place: Place, told: tuple[Folder, ...], *, policy: str, hint: str) -> Own:
    """Give what is known of wrapify itself; `told` are its directories, `policy` and `hint` as of `policy`."""
    return Own(
        folders=told,
        home=place.home,
        policy=policy,
        policy_hint=hint,
        trusted=_is_sound(quick.trust_path(place.dirs)),
        program=program(),
        programs=tuple(_on_path(place)),
        off=quick.is_off(place.dirs),
    )


def _is_sound(path: str) -> bool:
    trouble, content = host.content(path, trust.LARGEST + 1)
    return not trouble and (not content or trust.parse(content) is not None)


def program() -> str:
    """Give the path of the wrapify that runs: the one beside this Python."""
    beside = f"{os.path.dirname(sys.executable)}/wrapify"
    return beside if os.access(beside, os.X_OK) else ""


def _on_path(place: Place) -> Iterator[str]:
    """List the wrapifys on PATH; one that is the same by a link is given as the one that runs."""
    for folder in place.env.get("PATH", "").split(":"):
        path = f"{folder}/wrapify"
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            yield program() if is_own(path) else path


# ---- directories


def folders(place: Place) -> list[Folder]:
    """Look at the directories that wrapify keeps: whose they are, and what they lie on."""
    dirs = place.dirs
    named = [("state", dirs.state), ("cache", dirs.cache), ("settings", dirs.config)]
    memory = [_folder("memory", path) for path in dirs.runtimes]
    best = next((one for one in memory if not one.trouble), memory[-1])
    return [*(_folder(role, path) for role, path in named), best]


def _folder(role: str, path: str) -> Folder:
    there = nearest(path)
    try:
        room = os.statvfs(there)
        # A file system without a size of its own (ramfs) tells of no blocks at all.
        free = room.f_bavail * room.f_frsize if room.f_blocks else UNKNOWN
    except OSError as error:
        return Folder(role, path, "?", str(error.strerror), 0)
    return Folder(role, path, file_system(there), _trouble(path, there, written=role != "settings"), free)


def nearest(path: str) -> str:
    """Give `path`, or what of the way to it is there."""
    while not os.path.lexists(path) and path != "/":
        path = os.path.dirname(path)
    return path


def _trouble(path: str, there: str, *, written: bool) -> str:
    """Say why a private directory cannot be used, or made in `there`; "" if it can.

    Source: `store.private_directory`.
    """
    try:
        found = os.lstat(there)
        if stat.S_ISLNK(found.st_mode) and there == path:
            return "it is a symlink, and has to be a directory"
        if not os.path.isdir(there):
            return "it is not a directory" if there == path else f"{there} is not a directory"
        if there == path and found.st_uid != os.geteuid():
            return f"it belongs to {'root' if not found.st_uid else f'user {found.st_uid}'}"
        if written or there != path:
            # A file without a name, where the file system has them; else it is removed at once.
            with tempfile.TemporaryFile(dir=there) as file:
                file.write(b"x")
    except OSError as error:
        return str(error.strerror) if there == path else f"{there}: {error.strerror}"
    return ""


def file_system(path: str) -> str:
    """Name the kind of file system that `path` lies on. Source: /proc/self/mountinfo, proc(5)."""
    real, best, kind = os.path.realpath(path), "", "?"
    for line in surroundings.text("/proc/self/mountinfo").splitlines():
        fields, _, rest = line.partition(" - ")
        words = fields.split(" ")
        point = host.unescape(words[4].encode()) if len(words) > 4 else ""
        inside = point and (real + "/").startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, rest.split(" ")[0]
    return kind


# ---- start-up files


def rc_file(place: Place, shell: str) -> str:
    """Name the start-up file that a shell reads, as a person writes it."""
    folder = _rc_folder(place, shell)
    found = f"{folder}/{RC[shell][0]}"
    return f"~{found.removeprefix(place.home)}" if found.startswith(f"{place.home}/") else found


def _rc_folder(place: Place, shell: str) -> str:
    if shell == "zsh" and place.env.get("ZDOTDIR", "").startswith("/"):
        return place.env["ZDOTDIR"]
    return place.home


def is_own(path: str) -> bool:
    """Tell whether a program on PATH is the wrapify that runs, maybe by a link, as pipx and uv make it."""
    return bool(path) and os.path.realpath(path) == os.path.realpath(program())


def names_it(place: Place, shell: str) -> bool:
    """Tell whether a start-up file of a shell has something of wrapify in it."""
    folder = _rc_folder(place, shell)
    return any(b"wrapify" in host.content(f"{folder}/{name}", MOST)[1] for name in RC[shell])


def other_shells(place: Place, own: str) -> tuple[str, ...]:
    """Name the shells beside `own` that have start-up files of this user's in which nothing of wrapify is."""
    found = []
    for shell, names in RC.items():
        there = os.path.exists(f"{_rc_folder(place, shell)}/{names[0]}")
        if shell != own and there and not names_it(place, shell) and _installed(shell):
            found.append(shell)
    return tuple(found)


def _installed(shell: str) -> bool:
    return any(os.access(f"{folder}/{shell}", os.X_OK) for folder in ("/usr/bin", "/bin", "/usr/local/bin"))
