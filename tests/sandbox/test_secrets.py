"""What the list of secrets names does not exist inside: by whatever path, whenever made, and the real ones stay."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, User, Wrapify
from tests.sandbox.disk import boxes, differences, folder, layer, plant, snapshot, until

pytestmark = pytest.mark.sandbox

SECRETS = tomllib.loads((ROOT / "wrapify/policy/secrets.toml").read_text())
HOME = (
    (".ssh", ".gnupg", ".aws", ".azure", ".config/gcloud", ".kube", ".docker/config.json", ".netrc", ".npmrc")
    + (".pypirc",)
    + (".git-credentials", ".config/git/credentials", ".config/gh", ".pgpass", ".my.cnf", ".vault-token", ".env")
    + (".password-store", ".local/share/keyrings", ".local/share/kwalletd", ".bash_history", ".zsh_history", ".viminfo")
    + (".local/share/fish/*_history", ".python_history", ".mysql_history", ".config/rclone", ".s3cfg", ".Xauthority")
    + (".config/Code", ".config/syncthing", ".local/share/Trash", ".terraform.d/credentials.tfrc.json", ".config/age")
    + ("*.pem", "*.kdbx", "id_rsa*", ".acme.sh/*_ecc", ".jupyter/jupyter_*_config.json", ".ipython/*/history.sqlite")
    + (".config/Bitwarden CLI", ".cache/keyring-*", "Documents/*.kdbx", ".local/share/gvfs-metadata", ".lesshst")
)
CWD = (".env", ".env.*", "?*.env", ".envrc", "*/.env", "apps/*/.env", "*.pem", "*.key", "id_ed25519*", ".npmrc") + (
    "secrets.y*ml",
    "wp-config.php",
    "*.tfstate*",
    ".git/credentials",
    "config/master.key",
    "credentials.json",
)
PARTS = {"?*": "prod", "*": "any", "y*ml": "yaml"}


def example(pattern: str) -> str:
    """Make a path that fits a pattern."""
    for mark, text in PARTS.items():
        pattern = pattern.replace(mark, text)
    return pattern


def scan(wrapify: Wrapify, *options: str, **more: Any) -> str:
    done = wrapify("run", *options, "-c", "grep -rs DECOY ~ . ; find ~ . 2>&1; true", **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def decoys(user: User, home: Path) -> Path:
    """Fill home and a working directory in it with a decoy for each of many entries, and with files that are none."""
    for entry in HOME:
        assert entry in SECRETS["home"], entry
        path = home / example(entry)
        plant(user, path if "." in path.name[1:] or path.name.startswith("id_") else path / "inner", "DECOY")
    work = folder(user, home / "work")
    for entry in CWD:
        assert entry in SECRETS["cwd"], entry
        plant(user, work / example(entry), "DECOY")
    for kept in (".bashrc", ".config/fish/config.fish", ".docker/other", "work/.env.example", "work/main.c", "x.txt"):
        plant(user, home / kept, "kept")
    return work


@pytest.mark.parametrize("mode", ["cow", "real-ro", "private"])
def test_decoys(each_bwrap: Wrapify, home: Path, decoys: Path, mode: str) -> None:
    seen = scan(each_bwrap, "--home", mode, cwd=decoys)
    assert "DECOY" not in seen
    assert "cannot" not in seen or mode == "real-ro"
    if mode != "private":
        for kept in (".bashrc", ".config/fish/config.fish", ".docker/other", "work/main.c", "x.txt"):
            assert f"{home}/{kept}\n" in seen, kept
    assert "./.env.example\n" in seen


def test_decoys_do_not_exist(each_bwrap: Wrapify, home: Path, decoys: Path) -> None:
    paths = [home / example(entry) for entry in HOME] + [decoys / example(entry) for entry in CWD]
    script = 'for path; do [ ! -e "$path" ] && [ ! -L "$path" ] || echo "$path"; done'
    done = each_bwrap("run", "--shell", "/bin/sh", "-c", script, "sh", *map(str, paths), cwd=decoys)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_working_directory_outside_of_the_home(each_bwrap: Wrapify, user: User) -> None:
    with tempfile.TemporaryDirectory(prefix="wrapify-test-", dir="/var/tmp") as name:
        for entry in CWD:
            plant(user, folder(user, Path(name)) / example(entry), "DECOY")
        assert "DECOY" not in scan(each_bwrap, cwd=name)


@pytest.mark.parametrize("mode", ["cow", "real-ro"])
def test_behind_symlinks(each_bwrap: Wrapify, user: User, home: Path, mode: str) -> None:
    """As stow, chezmoi and the like leave them: the link is hidden, and what it leads to by its other name."""
    plant(user, home / "dotfiles/ssh/id_ed25519", "DECOY")
    plant(user, home / "dotfiles/aws-credentials", "DECOY")
    plant(user, home / "dotfiles/gh/hosts.yml", "DECOY")
    plant(user, home / "dotfiles/vimrc", "kept")
    folder(user, home / ".config")
    (home / ".ssh").symlink_to("dotfiles/ssh")
    (home / ".netrc").symlink_to(home / "dotfiles/aws-credentials")
    (home / ".config/gh").symlink_to("../dotfiles/gh")
    (home / ".npmrc").symlink_to("second")
    (home / "second").symlink_to("third")
    plant(user, home / "third", "DECOY")
    seen = scan(each_bwrap, "--home", mode)
    assert "DECOY" not in seen
    assert f"{home}/dotfiles/vimrc\n" in seen


def test_behind_a_symlinked_directory(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """~/.config is a link, and the secret lies below it."""
    plant(user, home / "settings/gh/hosts.yml", "DECOY")
    plant(user, home / "settings/other", "kept")
    (home / ".config").symlink_to("settings")
    seen = scan(each_bwrap)
    assert "DECOY" not in seen
    assert f"{home}/settings/other\n" in seen


@pytest.fixture
def listener(user: User, home: Path) -> Iterator[Path]:
    """Sockets in a directory that no list names, bound by absolute and by relative name."""
    place = folder(user, home / "project/run")
    code = (
        "import os, socket, sys\nkept = []\n"
        "for name in (os.getcwd() + '/absolute.sock', 'relative.sock', './dotted'):\n"
        "    kept.append(socket.socket(socket.AF_UNIX)); kept[-1].bind(name); kept[-1].listen()\n"
        "print('bound', flush=True); sys.stdin.read()"
    )
    words = [shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3", "-c", code]
    bound = subprocess.Popen(words, cwd=place, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, **user.drop)
    assert bound.stdout is not None
    assert bound.stdout.readline() == "bound\n"
    yield place
    bound.communicate("", timeout=20)


@pytest.mark.parametrize("where", ["", "project", "project/run"])
def test_sockets(each_bwrap: Wrapify, home: Path, listener: Path, where: str) -> None:
    assert len(os.listdir(listener)) == 3
    with socket.socket(socket.AF_UNIX) as outside:
        outside.connect(str(listener / "absolute.sock"))
    done = each_bwrap("run", "-c", f"ls -A {listener}; find ~ -type s", cwd=home / where)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_secrets_made_meanwhile(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """What appears on the host while the sandbox runs stays invisible where its directory was there before."""
    for name in (".config", ".docker", ".local/share"):
        folder(user, home / name)
    later = (".ssh/id_rsa", ".netrc", ".config/gh/hosts.yml", ".docker/config.json", ".aws/credentials", ".env")
    words = [str(each_bwrap.program), "run", "-c", "echo > ready; read line; grep -rs DECOY ~; find ~"]
    run = subprocess.Popen(
        words,
        cwd=home,
        env=each_bwrap.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **user.drop,
    )
    until(lambda: [box for box in boxes(each_bwrap.boxes) if (layer(box, home) / "ready").exists()], "it has begun")
    for name in later:
        plant(user, home / name, "DECOY")
    told, said = run.communicate("\n", timeout=30)
    assert "DECOY" not in told, said
    assert not [name for name in later if f"{home}/{name}\n" in told]


def test_secrets_made_between_runs(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """A kept plan does not outlive what it was made for."""
    folder(user, home / ".config")
    assert "DECOY" not in scan(each_bwrap)
    for name in ("new.pem", ".acme.sh/x_ecc/key", ".config/psysh/x", "id_rsa_work", ".env", "p/.env"):
        plant(user, home / name, "DECOY")
        assert "DECOY" not in scan(each_bwrap), name


def test_made_inside_goes_nowhere(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """The program may make its own; the real one is neither read nor touched."""
    plant(user, home / ".ssh/authorized_keys", "real")
    plant(user, home / ".netrc", "real")
    assert each_bwrap("run", "true").returncode == 0
    before = snapshot(home)
    script = "set -e; mkdir ~/.ssh; echo evil > ~/.ssh/authorized_keys; ls -A ~/.ssh; rm -r ~/.ssh; echo > ~/.netrc"
    done = each_bwrap("run", "-c", f"{script}; mkdir ~/.ssh; echo evil > ~/.ssh/x; mv ~/.netrc ~/n; mkdir -p ~/.aws/x")
    assert (done.returncode, done.stdout) == (0, "authorized_keys\n"), done.stderr
    assert differences(before, snapshot(home)) == []
    (box,) = boxes(each_bwrap.boxes)
    assert (layer(box, home) / ".ssh/x").read_text() == "evil\n"
    assert os.listdir(home / ".ssh") == ["authorized_keys"]


def test_its_own_directories(each_bwrap: Wrapify, user: User, home: Path) -> None:
    """No sandbox sees what others changed, or the plans of the next one."""
    plant(user, home / ".config/wrapify/policy.toml", "profile = 'offline'\n")
    for _ in range(2):
        assert each_bwrap("run", "--box", "first", "-c", "echo DECOY > x; rm -f x; echo DECOY > x").returncode == 0
    for mode in ("cow", "real-ro"):
        seen = scan(each_bwrap, "--home", mode)
        assert "DECOY" not in seen
        below = [line for line in seen.splitlines() if "wrapify/" in line.removeprefix(str(home))]
        assert below == [] or mode == "real-ro"
    script = "cd ~/.local/state; mkdir wrapify && echo > wrapify/boxes; cd ~/.cache; mkdir wrapify && echo > wrapify/x"
    assert each_bwrap("run", "-c", script).returncode == 0
    assert each_bwrap("box", "list").returncode == 0
