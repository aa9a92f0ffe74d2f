"""Touches: files of ours alone. Plants decoys: a home and a working directory full of marked secrets, scratch places.

All of it lies in directories that were made for it, and goes with them.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple


class Owner(NamedTuple):
    """The ordinary user who starts the sandbox."""

    uid: int
    gid: int


HOME_SECRETS = {
    "ssh": ".ssh/id_ed25519",
    "ssh-other": ".ssh/deploy_key",
    "gpg": ".gnupg/private-keys-v1.d/0A1B2C.key",
    "aws": ".aws/credentials",
    "gcloud": ".config/gcloud/application_default_credentials.json",
    "azure": ".azure/msal_token_cache.json",
    "kube": ".kube/config",
    "docker": ".docker/config.json",
    "gh": ".config/gh/hosts.yml",
    "npmrc": ".npmrc",
    "pypirc": ".pypirc",
    "netrc": ".netrc",
    "git-credentials": ".git-credentials",
    "git-credentials-xdg": ".config/git/credentials",
    "pgpass": ".pgpass",
    "mysql": ".my.cnf",
    "cargo": ".cargo/credentials.toml",
    "gem": ".gem/credentials",
    "terraform": ".terraform.d/credentials.tfrc.json",
    "rclone": ".config/rclone/rclone.conf",
    "huggingface": ".cache/huggingface/token",
    "age": ".config/sops/age/keys.txt",
    "agent-claude": ".claude/.credentials.json",
    "agent-codex": ".codex/auth.json",
    "firefox": ".mozilla/firefox/a1b2c3.default-release/logins.json",
    "chromium": ".config/chromium/Default/Login Data",
    "chrome": ".config/google-chrome/Default/Cookies",
    "keyring": ".local/share/keyrings/login.keyring",
    "kwallet": ".local/share/kwalletd/kdewallet.kwl",
    "pass": ".password-store/mail/work.gpg",
    "bash-history": ".bash_history",
    "zsh-history": ".zsh_history",
    "fish-history": ".local/share/fish/fish_history",
    "python-history": ".python_history",
    "psql-history": ".psql_history",
    "thunderbird": ".thunderbird/a1b2c3.default/key4.db",
    "signal": ".config/Signal/config.json",
    "telegram": ".local/share/TelegramDesktop/tdata/key_datas",
    "bitcoin": ".bitcoin/wallet.dat",
    "xauthority": ".Xauthority",
}
CWD_SECRETS = {"env-file": ".env", "env-production": ".env.production"}
ENVIRONMENT = ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "OPENAI_API_KEY", "DATABASE_URL", "BUILD_FLAVOUR")
ORDINARY = (
    (".bashrc", ".zshrc", ".profile", ".gitconfig", ".config/fish/config.fish", ".ssh/authorized_keys")
    + (".local/bin/tool", ".config/autostart/kept.desktop", ".config/systemd/user/kept.service")
    + tuple(f"Documents/{name}.txt" for name in ("mode", "truncate", "unlink", "rename"))
)
# Directories that wrapify itself makes in a home: there before the run, so that only their content is new.
OWN_PARENTS = (".local/state", ".local/share", ".cache", ".config")


def marker() -> str:
    """Make a word that is nowhere else on this machine."""
    return "decoy" + secrets.token_hex(12)


def _file(path: Path, text: str, *, mode: int = 0o600) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="ascii")
    path.chmod(mode)


def give(top: Path, owner: Owner) -> None:
    """Hand a tree to the user; only root can."""
    if os.geteuid() == owner.uid:
        return
    for path in (top, *top.rglob("*")):
        os.lchown(path, owner.uid, owner.gid)


class Scratch(NamedTuple):
    """Places of the host outside home and working directory; None where nobody may write."""

    tmp: Path
    elsewhere: Path
    run: Path | None
    shm: Path | None

    @property
    def runtime(self) -> Path:
        """Give the directory that is $XDG_RUNTIME_DIR in the battery: in memory, where there is any."""
        return (self.shm or self.run or self.tmp) / "runtime"

    @property
    def desktop(self) -> Path:
        """Give the directory of the desktop's sockets, which lie beside wrapify's own on other machines."""
        return (self.run or self.tmp) / "user"


class Ground(NamedTuple):
    """Where the decoys of one battery lie, and whose they are. `token` is in the name of all that is made."""

    home: Path
    owner: Owner
    token: str
    scratch: Scratch

    @property
    def cwd(self) -> Path:
        """Give the working directory of the attacks."""
        return self.home / "project"


def make_ground(stack: ExitStack, home: Path, *, owner: Owner) -> Ground:
    """Make scratch directories of the user in /tmp, /var/tmp, /run and /dev/shm; they go when the stack closes.

    Raises OSError where the first cannot be had.
    """
    token = f"wb{secrets.token_hex(5)}"

    def directory(parent: str) -> Path:
        path = Path(tempfile.mkdtemp(prefix=f"{token}-", dir=parent))
        stack.callback(shutil.rmtree, path, ignore_errors=True)
        give(path, owner)
        return path

    def perhaps(*parents: str) -> Path | None:
        for parent in filter(None, parents):
            with suppress(OSError):
                return directory(parent)
        return None

    own = os.environ.get("XDG_RUNTIME_DIR", "")
    run = perhaps(own if own.startswith("/run/") else "", "/run")
    scratch = Scratch(directory("/tmp"), perhaps("/var/tmp") or directory("/tmp"), run, perhaps("/dev/shm"))
    for path in (scratch.runtime, scratch.desktop):
        path.mkdir(mode=0o700)
        give(path, owner)
    return Ground(home, owner, token, scratch)


def plant_trees(ground: Ground) -> dict[str, dict[str, str]]:
    """Fill home and working directory; return name -> path and marker of every secret."""
    home, cwd = ground.home, ground.cwd
    cwd.mkdir(exist_ok=True)
    # ~/.azure is a link into a directory of dot files, as stow and chezmoi leave it.
    (home / "dotfiles/azure").mkdir(parents=True)
    (home / ".azure").symlink_to("dotfiles/azure")
    planted = {}
    named = [(name, home / path) for name, path in HOME_SECRETS.items()]
    for name, path in named + [(name, cwd / path) for name, path in CWD_SECRETS.items()]:
        planted[name] = {"path": str(path), "marker": marker(), "real": os.path.realpath(path)}
        _file(path, f"token = {planted[name]['marker']}\n")
    for relative in ORDINARY:
        _file(home / relative, "# as the user left it\n", mode=0o755 if "bin/" in relative else 0o644)
    for relative in OWN_PARENTS:
        (home / relative).mkdir(parents=True, exist_ok=True)
    _file(cwd / "Makefile", "all:\n", mode=0o644)
    _file(cwd / ".git/config", "[core]\n", mode=0o644)
    _file(cwd / ".git/hooks/pre-commit", "#!/bin/sh\n", mode=0o755)
    return planted


def plant_scratch(ground: Ground) -> dict[str, dict[str, str]]:
    """Put a marked file into each scratch place, and the files that symlinks of the working directory reach."""
    planted, scratch = {}, ground.scratch
    for name, folder in (("tmp", scratch.tmp), ("run", scratch.run), ("shm", scratch.shm)):
        if folder is not None:
            planted[name] = {"path": str(folder / "host.txt"), "marker": marker()}
            _file(folder / "host.txt", planted[name]["marker"])
            give(folder, ground.owner)
    for name in ("target.txt", "victim.txt", "below/kept.txt"):
        _file(scratch.elsewhere / name, "as the user left it\n", mode=0o644)
    give(scratch.elsewhere, ground.owner)
    for name, path, text in (
        ("document", "Papers/plan.txt", "{}"),
        ("start-up", ".zprofile", "export WORK_API_TOKEN={}"),
    ):
        planted[name] = {"path": str(ground.home / path), "marker": marker()}
        _file(ground.home / path, text.format(planted[name]["marker"]), mode=0o644)
    return planted


def plan_writes(ground: Ground) -> dict[str, Path]:
    """Return probe id -> the path it writes to; makes the two symlinks that lead out of the cwd."""
    home, cwd, scratch, token = ground.home, ground.cwd, ground.scratch, ground.token
    (cwd / "link-out").symlink_to(scratch.elsewhere / "target.txt")
    (cwd / "dir-out").symlink_to(scratch.elsewhere / "below")
    return {
        "write-bashrc": home / ".bashrc",
        "write-zshrc": home / ".zshrc",
        "write-profile": home / ".profile",
        "write-fish": home / ".config/fish/config.fish",
        "write-authorized-keys": home / ".ssh/authorized_keys",
        "write-autostart": home / f".config/autostart/{token}.desktop",
        "write-user-unit": home / f".config/systemd/user/{token}.service",
        "write-path-dir": home / f".local/bin/{token}",
        "write-gitconfig": home / ".gitconfig",
        "write-git-hook": cwd / ".git/hooks/post-checkout",
        "write-cwd": cwd / "Makefile",
        "write-crontab": Path(f"/var/spool/cron/crontabs/{token}"),
        "write-etc": Path(f"/etc/profile.d/{token}.sh"),
        "write-usr": Path(f"/usr/local/bin/{token}"),
        "write-opt": Path(f"/opt/{token}"),
        "write-var": Path(f"/var/tmp/{token}"),
        "write-tmp": Path(f"/tmp/{token}"),
        "write-run": scratch.desktop / token,
        "write-shm": Path(f"/dev/shm/{token}"),
        "write-symlink": cwd / "link-out",
        "write-dirlink": cwd / f"dir-out/{token}",
        "write-new-symlink": scratch.elsewhere / "victim.txt",
        "write-destroy": home / "Documents",
    }


State = dict[str, tuple[int, str]]


def state_of(top: Path, *, skip: tuple[Path, ...] = ()) -> State:
    """Return path -> mode and content of everything below `top`, not following links; absent is empty."""
    found: State = {}
    pending = [top]
    while pending:
        path = pending.pop()
        if path in skip:
            continue
        with suppress(OSError):
            mode = path.lstat().st_mode
            found[str(path)] = (mode, _content(path, mode))
            if stat.S_ISDIR(mode):
                pending.extend(path.iterdir())
    return found


def _content(path: Path, mode: int) -> str:
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    return hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(mode) else ""


def changes(before: State, after: State) -> list[str]:
    """Return the paths that differ, sorted."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
