"""Pure. What `doctor/look.py` found out about a machine. The defaults are one on which everything is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

UNKNOWN = 1 << 62


@dataclass(frozen=True, slots=True)
class Trial:
    """Hold what came of trying something. `said` is what the program that failed said, `hint` what wrapify adds."""

    did: bool = True
    said: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class System:
    """Hold which system this is.

    `ids` are ID and ID_LIKE of os-release, `image` names the tool of an image-based system ("rpm-ostree",
    "transactional-update") or is "". `inside` says what this is a part of: docker, podman, lxc, container, flatpak,
    snap, toolbox, distrobox, chroot, wrapify, wsl1, wsl2; "" for none of them. `switches` are the kernel's settings
    that have a say in user namespaces, as they are read, "" where there is none. `profiles` are the files of AppArmor
    that name bwrap. `filtered`: a system-call filter holds for this process.
    """

    ids: tuple[str, ...] = ("debian",)
    version: str = "13"
    name: str = "Debian GNU/Linux 13 (trixie)"
    kernel: tuple[int, ...] = (6, 12)
    release: str = "6.12.0"
    python: tuple[int, ...] = (3, 13, 0)
    image: str = ""
    inside: tuple[str, ...] = ()
    switches: Mapping[str, str] = field(default_factory=dict)
    profiles: tuple[str, ...] = ()
    selinux: bool = False
    filtered: bool = False
    dropped: bool = False
    arch: str = "x86_64"


@dataclass(frozen=True, slots=True)
class Bwrap:
    """Hold the bubblewrap that is used. `path` is "" if there is none; `named`: by WRAPIFY_BWRAP. `owner` is a uid."""

    path: str = "/usr/bin/bwrap"
    version: tuple[int, ...] = (0, 12, 0)
    named: bool = False
    setuid: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Hold what came of starting sandboxes: bwrap alone, and wrapify as a user starts it.

    `route`, `upper`, `why_not`, `landlock`, `signals` and `scopes` are those of `spec.Facts`.
    """

    plain: Trial = Trial()
    run: Trial = Trial()
    route: str = "bwrap"
    upper: str = "state"
    why_not: str = ""
    landlock: int = 6
    signals: bool = True
    scopes: bool = True


@dataclass(frozen=True, slots=True)
class Network:
    """Hold what the internet of a sandbox needs. `tun` is why /dev/net/tun cannot be opened, "" if it can."""

    carriers: tuple[str, ...] = ("/usr/bin/slirp4netns",)
    named: str = ""
    tun: str = ""
    resolvers: tuple[str, ...] = ("192.0.2.1",)
    routed: bool = True
    internet: Trial = Trial()


@dataclass(frozen=True, slots=True)
class Folder:
    """Hold one directory of wrapify's own. `trouble` is why it cannot be used.

    `free` is in bytes, UNKNOWN for a file system that does not tell.
    """

    role: str
    path: str
    kind: str = "ext4"
    trouble: str = ""
    free: int = 1 << 36


@dataclass(frozen=True, slots=True)
class Own:
    """Hold wrapify's own files. `policy` is what is wrong with a policy file, `trusted` with the list of texts.

    `programs` are the wrapifys on PATH, in its order, `program` the one that runs. `off`: for all shells.
    """

    folders: tuple[Folder, ...] = ()
    home: str = "/home/u"
    policy: str = ""
    policy_hint: str = ""
    trusted: bool = True
    program: str = "/home/u/.local/bin/wrapify"
    programs: tuple[str, ...] = ("/home/u/.local/bin/wrapify",)
    off: bool = False


@dataclass(frozen=True, slots=True)
class Shell:
    """Hold what came of the hook in the user's own shell, started in a terminal as a new window would.

    `started`: it came to a prompt. `loaded`: the hook is there; `program` is the wrapify that it asks. `obstacle` keeps
    it from loading; `has_line`: the start-up file names wrapify. `keys` are the keys that are not the hook's, each with
    what has it and where that comes from. `paste` is "held", "ran", "silent", or "" if it was not tried. `word` is the
    status of a line with the prefix, 43 if it came to a sandbox; -1: not tried. `kept`: `$?` is that of the line
    before. `judge`: timeout(1) is there. `others` are other shells of this user without the hook.
    """

    name: str = "bash"
    known: bool = True
    started: bool = True
    loaded: bool = True
    program: str = "/home/u/.local/bin/wrapify"
    keys: tuple[tuple[str, str, str], ...] = ()
    paste: str = "held"
    word: int = 43
    kept: bool = True
    judge: bool = True
    others: tuple[str, ...] = ()
    rc: str = "~/.bashrc"
    said: str = ""
    obstacle: str = ""
    has_line: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """Hold the terminal and the clipboard of this session.

    `session` is wayland, x11, wsl, tmux, ssh or none. `tool` reads its clipboard, "" if there is none for it.
    """

    term: str = "xterm-256color"
    is_terminal: bool = True
    session: str = "x11"
    tool: str = "xclip"
    trouble: str = ""
    notices: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """Hold all that was found out."""

    system: System = System()
    bwrap: Bwrap = Bwrap()
    sandbox: Sandbox = Sandbox()
    network: Network = Network()
    own: Own = Own()
    shell: Shell = Shell()
    desk: Desk = Desk()

    def short(self, path: str) -> str:
        """Write a path as a person does, with ~ for the home."""
        home = self.own.home
        return f"~{path.removeprefix(home)}" if home and path.startswith(f"{home}/") else path
