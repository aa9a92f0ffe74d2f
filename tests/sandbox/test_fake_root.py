"""--root: what is tried with sudo ends as it would for real, is listed, and nothing of this machine changes."""

from __future__ import annotations

import itertools
import os
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.whole_system import changed, fingerprint

pytestmark = pytest.mark.sandbox

STATUS = "fake root in a throw-away copy: nothing on this machine changes"


def test_the_command_is_root_and_says_so(each_bwrap: Wrapify) -> None:
    done = each_bwrap("run", "--root", "-c", 'id -u; id -un; echo "$HOME"; sudo id -u; grep CapEff /proc/self/status')
    lines = done.stdout.splitlines()
    assert lines[:4] == ["0", "root", str(each_bwrap.home), "0"]
    assert lines[4].split() == ["CapEff:", "0" * 16]
    assert STATUS in done.stderr


@pytest.mark.parametrize("words", [("sudo", "id", "-u"), ("-c", "true && sudo id -u"), ("su", "-c", "id -u")], ids=str)
def test_a_command_that_begins_with_sudo_is_tried_so_by_itself(wrapify: Wrapify, words: tuple[str, ...]) -> None:
    done = wrapify("run", *words)
    assert (done.stdout, STATUS in done.stderr) == ("0\n", True), done.stderr
    assert STATUS not in wrapify("run", "-c", "echo sudo id").stderr


def test_a_box_stays_what_it_was_made_as(wrapify: Wrapify) -> None:
    wrapify("run", "-q", "--box", "plain", "-c", "echo x > f")
    done = wrapify("run", "--box", "plain", "sudo", "id", "-u")
    assert (STATUS in done.stderr, done.returncode == 0) == (False, False)
    assert "sudo cannot give rights in here" in done.stderr or "no such command" in done.stderr
    wrapify("run", "-q", "--box", "rooted", "sudo", "touch", "/etc/by-sudo")
    assert wrapify("run", "-q", "--box", "rooted", "sudo", "ls", "/etc/by-sudo").returncode == 0


def test_administration_ends_as_for_real_and_changes_nothing(each_bwrap: Wrapify) -> None:
    before = fingerprint()
    line = """set -e
        echo "127.0.0.1 x" | sudo tee -a /etc/hosts
        sudo useradd -m wbob
        id wbob
        ls -d /home/wbob
        sudo usermod -aG adm wbob
        sudo groupadd wgroup
        echo wbob:secret | sudo chpasswd
        sudo mkdir -p /opt/w/x /srv/w /usr/local/share/w
        sudo ln -sf /usr/share/zoneinfo/UTC /etc/localtime
        sudo sed -i s/localhost/local/ /etc/hosts
        sudo chown daemon:daemon /etc/hosts
        sudo chmod 600 /etc/services
        sudo mv /etc/shells /etc/shells.old
        sudo rm -r /usr/share/doc/bash
        sudo install -m 755 /bin/true /usr/local/bin/wtool
        wtool
        mkdir -p /etc/systemd/system
        unit='[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n'
        printf "$unit" | sudo tee /etc/systemd/system/w.service
        sudo systemctl enable w
        su -c 'touch /etc/by-su'
        echo true | sudo tee /etc/profile.d/w.sh
    """
    done = each_bwrap("run", "--root", "--box", "r", "-c", line)
    assert done.returncode == 0, done.stderr
    assert fingerprint() == before
    found = changed(each_bwrap, "r")
    wanted = {
        "+": ["/home/wbob", "/opt/w", "/srv/w", "/usr/local/share/w", "/etc/shells.old", "/usr/local/bin/wtool"],
        "~": ["/etc/hosts", "/etc/passwd", "/etc/group"],
        "-": ["/etc/shells", "/usr/share/doc/bash"],
        "m": ["/etc/services"],
    }
    wanted["+"] += ["/etc/by-su", "/etc/profile.d/w.sh", "/etc/systemd/system/multi-user.target.wants/w.service"]
    assert {kind: [path for path in paths if found.get(path) == kind] for kind, paths in wanted.items()} == wanted
    assert not [path for path in found if path.startswith("~")]


def test_nothing_is_changed_by_being_looked_at(each_bwrap: Wrapify) -> None:
    line = (
        "sudo cat /etc/passwd >/dev/null; exec 9>>/etc/hosts; exec 8>>/etc/.pwd.lock; find /etc /var >/dev/null; true"
    )
    done = each_bwrap("run", "--root", "-c", line)
    assert done.returncode == 0, done.stderr
    assert "box" not in done.stderr.splitlines()[-1] or "changes go to a box" in done.stderr.splitlines()[-1]
    assert not each_bwrap.boxes.exists() or os.listdir(each_bwrap.boxes) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mount -t tmpfs none /mnt", "mount"),
        ("sysctl -w kernel.hostname=x", "sysctl"),
        ("systemctl restart dbus", "systemd"),
        ("hostname other", "hostname"),
        ("date -s 2001-01-01", "date"),
        ("dmesg", "dmesg"),
        ("chroot / true", "chroot"),
        ("mknod /dev/w c 1 3", "mknod"),
    ],
)
def test_what_is_the_machines_is_refused_by_its_own_message(wrapify: Wrapify, line: str, said: str) -> None:
    need(line.split()[0])
    done = wrapify("run", "--root", "-c", f"sudo {line}")
    assert done.returncode != 0
    assert said in done.stderr.lower()


def test_services_do_not_start(wrapify: Wrapify) -> None:
    need("invoke-rc.d")
    head = "### BEGIN INIT INFO\n# Provides: wservice\n# Default-Start: 2 3 4 5\n### END INIT INFO"
    line = f"""
        printf '#!/bin/sh\n{head}\necho started\n' | sudo tee /etc/init.d/wservice >/dev/null
        sudo chmod 755 /etc/init.d/wservice
        sudo update-rc.d wservice defaults
        sudo invoke-rc.d wservice start
    """
    done = wrapify("run", "--root", "-c", line)
    assert "policy-rc.d denied" in done.stderr
    assert "started" not in done.stdout.splitlines()


def programs(*, script: bool) -> Iterator[Path]:
    """Give small programs of root's that anybody may read: scripts, or compiled ones."""
    for path in sorted(Path("/usr/bin").iterdir()):
        about = path.lstat()
        plain = about.st_mode == stat.S_IFREG | 0o755 and about.st_uid == 0 and about.st_nlink == 1
        if plain and about.st_size < 60000 and (path.read_bytes()[:2] == b"#!") == script:
            yield path


def test_scripts_of_the_system_are_edited_in_place(each_bwrap: Wrapify) -> None:
    first, second, third = itertools.islice(programs(script=True), 3)
    line = f"""set -e
        echo '# more' | sudo tee -a {first} >/dev/null; [ "$(tail -n 1 {first})" = '# more' ]; sudo chmod 700 {first}
        sudo mv {second} {second}.old; printf '#!/bin/sh\\n' | sudo tee {second}; sudo chmod +x {second}; {second}
        printf '#!/bin/sh\\n' >/tmp/new; sudo cp /tmp/new {third}; {third}
    """
    before = [(path.read_bytes(), path.stat()) for path in (first, second, third)]
    done = each_bwrap("run", "--root", "--box", "s", "-c", line)
    assert done.returncode == 0, done.stderr
    kinds = {str(first): "~", str(second): "~", f"{second}.old": "+", str(third): "~"}
    assert changed(each_bwrap, "s") == kinds
    assert [(path.read_bytes(), path.stat()) for path in (first, second, third)] == before


def test_compiled_programs_are_replaced_and_not_written_to(each_bwrap: Wrapify) -> None:
    """As the README says; a kernel or a skeleton that lets more through changes that."""
    path = next(programs(script=False))
    line = f"""printf '#!/bin/sh\\n' >/tmp/new; chmod +x /tmp/new
        for command in 'cp /tmp/new' 'chmod 700' 'truncate -s 0'; do sudo $command {path} && exit 3; done
        sudo mv {path} {path}.old && exit 3
        set -e; sudo cp -f /tmp/new {path}; {path}; sudo rm {path}; sudo cp /tmp/new {path}; {path}
    """
    done = each_bwrap("run", "--root", "--box", "c", "-c", line)
    assert done.returncode == 0, done.stderr
    said = ("Permission denied", "Operation not permitted", "Permission denied", "Value too large")
    assert [words for words, line in zip(said, done.stderr.splitlines()[1:], strict=False) if words in line] == [*said]
    assert changed(each_bwrap, "c") == {str(path): "~"}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can add a user")
def test_a_user_added_meanwhile_is_no_change(wrapify: Wrapify) -> None:
    name = "wrapify-later"
    assert wrapify("run", "--root", "-c", f"! id {name}").returncode == 0
    subprocess.run(["useradd", name], check=True)
    try:
        done = wrapify("run", "--root", "--box", "s", "-c", f"id {name} && echo x >> /etc/passwd")
        assert done.returncode == 0, done.stderr
        found = wrapify("diff", "s", "/etc/passwd").stdout
    finally:
        subprocess.run(["userdel", name], check=True)
    assert "+x\n" in found
    assert name not in [line[1:].split(":")[0] for line in found.splitlines() if line[:1] in "+-"]


def test_a_profile_that_records_nothing_is_refused(wrapify: Wrapify) -> None:
    done = wrapify("run", "--root", "-p", "sealed", "true")
    assert done.returncode == 2
    assert "--root records" in done.stderr


def test_apply_leaves_roots_files_and_says_how(wrapify: Wrapify) -> None:
    wrapify("run", "--root", "--box", "a", "-c", "echo x >>/etc/hosts; touch mine; mkdir /opt/w-new")
    done = wrapify("apply", "a")
    assert done.returncode == 1
    assert "2 changes of root's files: sudo wrapify apply a" in done.stderr
    assert (wrapify.home / "mine").exists()
    assert not Path("/opt/w-new").exists()
    forced = wrapify("apply", "--force", "a")
    assert "2 changes of root's files" in forced.stderr


def test_a_box_is_entered_as_it_was_made(wrapify: Wrapify) -> None:
    wrapify("run", "--root", "--box", "e", "-c", "touch /etc/made")
    done = wrapify("box", "enter", "e", text="id -u; ls /etc/made\n", env={"SHELL": "/bin/sh"})
    assert done.stdout.split() == ["0", "/etc/made"], done.stderr


def test_what_is_explained_runs_by_hand(each_bwrap: Wrapify) -> None:
    done = each_bwrap("explain", "--root", "--", "sh", "-c", "id -u; sudo id -u; echo x >>/etc/hosts")
    assert done.returncode == 0, done.stderr
    by_hand = subprocess.run(
        ["sh"],
        input=done.stdout,
        env=each_bwrap.environment(),
        cwd=each_bwrap.home,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        **each_bwrap.user.drop,
    )
    assert (by_hand.returncode, by_hand.stdout) == (0, "0\n0\n"), by_hand.stderr


def test_a_script_from_a_pipe(wrapify: Wrapify) -> None:
    done = wrapify("sh", "--root", text="sudo -n true && id -u && sudo tee -a /etc/hosts <<<x\n")
    assert (done.returncode, done.stdout) == (0, "0\nx\n"), done.stderr


@pytest.mark.parametrize("command", ["useradd", "sudo useradd", "doas useradd", "pkexec useradd", "run0 useradd"])
def test_commands_of_the_administrator_are_found(wrapify: Wrapify, command: str) -> None:
    done = wrapify("run", "--root", "--box", "f", "--", *command.split(), "wbob")
    assert done.returncode == 0, done.stderr
    assert changed(wrapify, "f")["/etc/passwd"] == "~"


def test_a_command_that_is_nowhere_is_127(wrapify: Wrapify) -> None:
    assert wrapify("run", "--root", "--", "no-such-command").returncode == 127


def test_it_works_from_a_directory_of_the_system(wrapify: Wrapify) -> None:
    done = wrapify("run", "--root", "-c", "pwd; echo x >>hosts; mkdir new; cd default; echo y >new", cwd="/etc")
    assert (done.returncode, done.stdout) == (0, "/etc\n"), done.stderr
