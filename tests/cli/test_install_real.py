"""install.sh with the real package, as a user, and for everyone by root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli import install_machine
from tests.cli.install_machine import become, give, tree, version_of
from tests.conftest import need

if TYPE_CHECKING:
    from tests.conftest import User

machine = install_machine.machine


@pytest.fixture
def checkout(repo, user, make_home) -> Path:
    """A copy of the repository's files that belongs to the user."""
    place: Path = make_home() / "wrapify"
    shutil.copytree(repo, place, ignore=shutil.ignore_patterns(".*", "__pycache__", "venv", "build", "dist"))
    give(place, user)
    return place


def real(checkout: Path, home: Path, user: User, *arguments: str, **more: str) -> str:
    """Run the checkout's installer by the venv way, whatever else is on this machine's PATH."""
    tools = "/usr/bin:/bin:/usr/sbin:/sbin"
    keep = {name: value for name, value in os.environ.items() if re.match(r"(PIP|SSL|HTTPS?|NO)_", name)}
    env = {**keep, "HOME": str(home), "PATH": tools, "LANG": "C.UTF-8", "SHELL": "/bin/bash", **more}
    command = ["sh", str(checkout / "install.sh"), *arguments]
    done = subprocess.run(
        command,
        cwd=home,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **become(user),
    )
    printed = str(done.stdout, "utf-8")
    assert done.returncode == 0, printed
    return printed


@pytest.mark.slow
@pytest.mark.sandbox
def test_the_real_package_installs_runs_its_demo_and_goes_without_a_trace(checkout, make_home, user):
    home = make_home()
    (home / ".bashrc").write_text("# mine\n")
    (home / ".ssh").mkdir(mode=0o700)
    (home / ".ssh/id_ed25519").write_text("a key\n")
    give(home, user)
    before = tree(home)
    assert "is installed" in real(checkout, home, user)
    assert "is installed" in real(checkout, home, user)
    assert version_of(home / ".local/bin/wrapify", user, {"HOME": str(home)}).startswith("wrapify")
    printed = real(checkout, home, user, "--demo")
    assert "hello-demo is installed. Bye!" in printed
    assert "your keys (1) stayed out of reach" in printed
    assert len(printed.splitlines()) <= 25
    command = [str(home / ".local/bin/wrapify"), "setup", "--yes", "--shell", "bash"]
    env = {"HOME": str(home), "PATH": f"{home}/.local/bin:/usr/bin:/bin"}
    subprocess.run(command, env=env, check=True, start_new_session=True, **become(user))
    # The path by which the environment is replaced at the next installation, not the one of this one.
    assert '. "$HOME/.local/share/wrapify/venv/lib/python3' in (home / ".bashrc").read_text()
    real(checkout, home, user, "--uninstall")
    after = tree(home)
    assert {name: entry for name, entry in after.items() if name in before} == before
    new = after.keys() - before.keys()
    assert all(re.match(r"\.local$|\.local/state(/wrapify|$)|\.cache$", name) for name in new), new


def test_the_demo_with_each_bubblewrap(each_bwrap, checkout):
    """Wherever wrapify was installed from, the demo finds it on the PATH."""
    each_bwrap.put(".bashrc", "# mine\n")
    each_bwrap.put(".ssh/id_ed25519", "a key\n", 0o600)
    before = tree(each_bwrap.home)
    env = each_bwrap.environment()
    env["PATH"] = f"{each_bwrap.program.parent}:{env['PATH']}"
    printed = real(checkout, each_bwrap.home, each_bwrap.user, "--demo", **env)
    assert "Installing" not in printed
    assert "ssh keys that I could read: 0" in printed
    assert "To see it:  wrapify box list\n" in printed
    assert len(printed.splitlines()) <= 23
    after = tree(each_bwrap.home)
    assert {name: entry for name, entry in after.items() if name in before} == before


# Runs with throw-away directories over /opt, /usr/local/bin and /var/lib.
FOR_EVERYONE = """
set -eu
umask 077
sh "$1/install.sh"
sh "$1/install.sh"
sh "$1/install.sh" --demo
"$2" -c '
import os, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[1]))
os.execv("/usr/local/bin/wrapify", ["wrapify", "--version"])
' "$3" "$4"
mkdir -p /var/lib/wrapify/cache/plans /var/lib/wrapify/state/boxes
sh "$1/install.sh" --uninstall
echo left: /opt/wrapify* /usr/local/bin/* /var/lib/wrapify*
"""


@pytest.mark.root
@pytest.mark.sandbox
def test_root_installs_for_everyone_with_a_python_that_everyone_can_run(machine):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    bwrap = need("bwrap")
    machine.with_bwrap()
    covered = [bwrap, "--dev-bind", "/", "/", "--cap-add", "ALL"]
    covered += ["--tmpfs", "/opt", "--tmpfs", "/usr/local/bin", "--tmpfs", "/var/lib"]
    arguments = [str(machine.checkout), sys.executable, str(machine.user.uid), str(machine.user.gid)]
    command = [*covered, str(machine.bin / "sh"), "-c", FOR_EVERYONE, "sh", *arguments]
    env = {**machine.env, "SHELL": "/bin/bash"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "everyone on this machine" in done.stdout
    assert "\nwrapify 0.0.1\n" in done.stdout
    assert done.stdout.endswith("left: /opt/wrapify* /usr/local/bin/* /var/lib/wrapify*\n")
