"""Started by root: it stops being root first, and what only root may read or write is neither inside.

Everything happens in a mount namespace of its own, in which /var/lib, /etc, /root and /dev/shm are copies: this
machine keeps nothing of it.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import User, bubblewraps

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.root,
    pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED LOUDLY: these tests need to be root"),
]

# /etc with keys that only root reads, /root as it usually is, and the places where state goes.
STAGE = """
set -eu
stage=$1; shift
mount -t tmpfs none "$stage"
for name in etc root var_lib; do mkdir "$stage/$name" "$stage/$name.work"; done
mount -t overlay -o "lowerdir=/etc,upperdir=$stage/etc,workdir=$stage/etc.work" none /etc
mount -t overlay -o "lowerdir=/var/lib,upperdir=$stage/var_lib,workdir=$stage/var_lib.work" none /var/lib
mount -t tmpfs -o mode=1777 none /dev/shm
mount -t tmpfs -o mode=700 none /root
mkdir -p /etc/ssh /etc/ssl/private /var/lib/wrapify
echo 'root:rootsecret:1::::::' > /etc/shadow
echo rootsecret > /etc/ssh/ssh_host_ed25519_key
echo rootsecret > /etc/ssl/private/x.key
chmod 600 /etc/shadow /etc/ssh/ssh_host_ed25519_key /etc/ssl/private/x.key
chown root:root /etc/shadow
mount -t tmpfs -o mode=700 none /var/lib/wrapify
mkdir -m 700 /root/closed /root/.ssh
mkdir -m 755 "$stage/open"
chmod 755 "$stage"
echo rootsecret > /root/.ssh/id_rsa
echo rootsecret > "$stage/open/closed.txt"
echo shared > "$stage/open/shared.txt"
chmod 600 "$stage/open/closed.txt"
printf 'echo from the script; id -u\\n' > /root/script.sh
chmod 600 /root/script.sh
"""


@dataclass(frozen=True)
class Root:
    """The program as root runs it, on that stage."""

    program: Path
    stage: Path
    bwrap: str

    def __call__(self, line: str, *, then: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run a line of sh as root, with `w` for the program and `$open` for a directory that everybody may read.

        `then` is run afterwards, for a look at what was left.
        """
        base = {"HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TERM": "xterm"}
        base |= {"WRAPIFY_BWRAP": self.bwrap, "USER": "root", "LOGNAME": "root", "SHELL": "/bin/bash"}
        script = f'{STAGE}\nopen="$stage/open"\nw() {{ {shlex.quote(str(self.program))} "$@"; }}\ncd /root\nset +e\n'
        script += f"{line}\nstatus=$?\n{then or ':'}\nexit $status\n"
        words = ["unshare", "--mount", "--propagation", "private", "bash", "-c", script, "bash", str(self.stage)]
        return subprocess.run(
            words, env=base | env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )


@pytest.fixture(params=bubblewraps() or [""], ids=lambda path: "system" if path.startswith("/usr/") else "other")
def root(request: pytest.FixtureRequest, wrapify_bin: Path) -> Iterator[Root]:
    stage = Path("/run") / f"wrapify-test-{os.getpid()}"
    stage.mkdir(mode=0o755, exist_ok=True)
    yield Root(wrapify_bin, stage, request.param)
    stage.rmdir()


def test_it_becomes_nobody(root: Root) -> None:
    done = root("w run -c 'id -u; id -g; id -G; echo $USER $HOME; pwd; grep Cap /proc/self/status; ls -A ~'")
    assert done.returncode == 0, done.stderr
    uid, gid, groups, names, here, *rest = done.stdout.splitlines()
    assert (uid, gid, groups, names) == ("65534", "65534", "65534", "nobody /home/sandbox")
    assert here == "/home/sandbox"
    assert [line.split()[1] for line in rest if line.startswith("Cap")] == ["0" * 16] * 5
    assert "nobody" in done.stderr
    assert "rootsecret" not in done.stdout


@pytest.mark.parametrize("options", ["", "--home real-ro", "--home cow", "--ro /root --ro /etc", "--rw /etc", "--rw /"])
@pytest.mark.parametrize("cwd", ["/root/closed", "$open", "/"])
def test_what_only_root_reads_is_not_read(root: Root, options: str, cwd: str) -> None:
    look = (
        "cat /etc/shadow /etc/ssh/ssh_host_ed25519_key /etc/ssl/private/x.key /root/.ssh/id_rsa /root/script.sh;"
        " cat closed.txt /proc/1/root/etc/shadow; grep -s rootsecret ./*; grep -rs rootsecret ~ /etc /root; true"
    )
    done = root(f'cd "{cwd}"; w run {options} -c {shlex.quote(look)}')
    assert done.returncode in (0, 2, 125), done.stderr
    assert "Traceback" not in done.stderr
    assert "rootsecret" not in done.stdout
    assert "rootsecret" not in done.stderr
    assert "from the script" not in done.stdout


def test_what_everybody_reads_is_read(root: Root) -> None:
    done = root('cd "$open"; w run -c "cat shared.txt; pwd; echo new > new.txt; cat new.txt"', then='ls "$open"')
    assert done.stdout.splitlines()[0] == "shared", done.stderr
    assert done.stdout.endswith("new\nclosed.txt\nshared.txt\n")


def test_nothing_of_the_host_is_writable(root: Root) -> None:
    places = "/etc /usr /usr/local/bin /opt /var /var/lib /root /boot /srv /sys /proc/sys/kernel /dev / /home"
    write = f"for place in {places}; do echo x > $place/intruder && echo wrote $place; done;"
    write += " echo core > /proc/sys/kernel/core_pattern && echo wrote pattern; true"
    look = "find /etc /usr /opt /var/lib /root /boot /srv /dev /home -xdev -name intruder"
    done = root(f"w run -c {shlex.quote(write)}", then=look)
    assert done.returncode == 0, done.stderr
    assert "/intruder" not in done.stdout
    assert [line for line in done.stdout.splitlines() if line.startswith("wrote") and line != "wrote /home"] == []


def test_state_goes_to_var_lib_and_nowhere_else(root: Root) -> None:
    look = (
        "echo ---; find /root /home /dev/shm /tmp /var/tmp /etc -newer /root/script.sh ! -type d -path '*wrapify*'"
        " ! -path '*wrapify-test*' ! -path '/dev/shm/wrapify-65534/*'; ls -ld /var/lib/wrapify | cut -d' ' -f1,3;"
        " ls -A /root; w box list"
    )
    done = root('cd "$open"; w run --box kept -c "echo new > new.txt"', then=look)
    assert done.returncode == 0, done.stderr
    rows = done.stdout.partition("---\n")[2].splitlines()
    assert rows[0] == "drwx------ nobody", rows
    assert sorted(rows[1:4]) == [".ssh", "closed", "script.sh"]
    assert rows[4].startswith("kept ")
    assert len(rows) == 5


def test_a_named_box_is_used_again(root: Root) -> None:
    done = root('cd "$open"; w run --box b -c "echo one > x"; w run --box b -c "cat x"')
    assert (done.returncode, done.stdout) == (0, "one\n"), done.stderr


def test_sudo_gives_the_caller(root: Root, user: User, home: Path) -> None:
    """The home is the one of the user database, whatever HOME says, and the state is the caller's."""
    mark = f"from-sudo-{os.urandom(4).hex()}"
    script = f"id -u; id -g; echo $HOME $USER; echo x > ~/{mark}; cat /etc/shadow /root/script.sh"
    line = f"cd {user.home}; w run --box {mark} -c '{script}'"
    done = root(line, then=f"w box list | grep -c ^{mark}", SUDO_UID=str(user.uid), SUDO_GID=str(user.gid))
    rows = done.stdout.splitlines()
    assert rows[:3] == [str(user.uid), str(user.gid), f"{user.home} {user.name}"], done.stderr
    assert rows[3] == "1"
    assert not (user.home / mark).exists()
    assert "rootsecret" not in done.stdout
    state = user.home / ".local/state/wrapify"
    box = state / "boxes" / mark
    assert {path.owner() for path in (state, box, *box.glob("*"))} == {user.name}
    subprocess.run(["sh", "-c", 'chmod -R u+rwX "$0"; rm -rf "$0"', str(box)], check=True)


@pytest.mark.parametrize("caller", ["0", "", "-1", "x", "99999999999", "4294967295", "65534000", "٣", " 1", "1e3"])
def test_a_caller_that_is_none_is_nobody(root: Root, caller: str) -> None:
    done = root("w run -c 'id -u'", SUDO_UID=caller)
    assert (done.returncode, done.stdout) == (0, "65534\n"), done.stderr


def test_a_script_that_only_root_may_read(root: Root) -> None:
    """It is opened before root is given up: whoever may read a script may have it tried."""
    done = root("w sh /root/script.sh")
    assert (done.returncode, done.stdout) == (0, "from the script\n65534\n"), done.stderr
    done = root("w sh < /root/script.sh")
    assert (done.returncode, done.stdout) == (0, "from the script\n65534\n"), done.stderr
    done = root("cat /root/script.sh | w sh -s -- a b")
    assert (done.returncode, done.stdout) == (0, "from the script\n65534\n"), done.stderr


def test_a_setuid_program_gives_nothing_back(root: Root) -> None:
    done = root('cp /usr/bin/id "$open/id"; chmod 4755 "$open/id"; cd "$open"; w run ./id -u')
    assert (done.returncode, done.stdout) == (0, "65534\n"), done.stderr


def test_root_of_a_user_namespace_is_refused(root: Root, user: User) -> None:
    """There nobody else exists whom it could become."""
    words = ["unshare", "--user", "--map-root-user", str(root.program), "run", "-c", "echo ran"]
    done = subprocess.run(
        words,
        cwd="/",
        env={"HOME": "/", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        **user.drop,
    )
    check_refused(done)
    done = root("unshare --user --map-root-user --mount " + shlex.join([str(root.program), "run", "-c", "echo ran"]))
    check_refused(done)


def check_refused(done: subprocess.CompletedProcess[str]) -> None:
    assert (done.returncode, done.stdout) == (125, ""), done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 2
    assert "ordinary user" in done.stderr


@pytest.mark.parametrize("how", ["ln -s /root/closed", "echo >", "mkdir -m 0"])
def test_a_state_directory_that_is_none(root: Root, how: str) -> None:
    look = "stat -c '%U %a' /root/closed"
    done = root(f"umount /var/lib/wrapify; rm -rf /var/lib/wrapify; {how} /var/lib/wrapify; w run true", then=look)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        assert how.startswith("mkdir")
        return
    assert done.returncode in (2, 125), done.stderr
    assert done.stdout == "root 700\n"
    assert "/var/lib/wrapify" in done.stderr
