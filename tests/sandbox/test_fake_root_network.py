"""--root with the network: what a tutorial says, from apt to systemctl, ends as for real and changes nothing."""

from __future__ import annotations

import os

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.test_network import TUN, tunnels
from tests.sandbox.whole_system import changed, fingerprint

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.usefixtures(tunnels.__name__),
    pytest.mark.skipif(os.getuid() != 0 and not os.access(TUN, os.W_OK), reason="/dev/net/tun cannot be opened"),
]
__all__ = ["tunnels"]

# There may be no ssh on the machine that runs this.
UNIT = "[Service]\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n"
LINE = f"""
    sudo mkdir -p /etc/systemd/system && printf '{UNIT}' | sudo tee /etc/systemd/system/ssh.service &&
    sudo apt-get update && sudo apt-get install -y hello && hello &&
    echo "127.0.0.1 x" | sudo tee -a /etc/hosts && sudo useradd -m wbob && sudo systemctl enable ssh
"""


def test_a_whole_tutorial(each_bwrap: Wrapify) -> None:
    for program in ("slirp4netns", "apt-get", "systemctl"):
        need(program)
    before = fingerprint()
    # The words ask for the network, so the profile is the one with it.
    work = each_bwrap.put("work/here", "").parent
    done = each_bwrap("run", "--root", "--box", "t", "-c", LINE, cwd=str(work), timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Hello, world!" in done.stdout
    assert "internet, nothing local" in done.stderr
    found = changed(each_bwrap, "t")
    wanted = ("/usr/bin/hello", "/home/wbob", "/etc/systemd/system/multi-user.target.wants/ssh.service")
    assert [found.get(path) for path in wanted] == ["+"] * 3
    assert [found.get(path) for path in ("/etc/hosts", "/etc/passwd", "/var/lib/dpkg/status")] == ["~"] * 3
    assert fingerprint() == before


def test_other_peoples_data_is_not_offered_to_the_network(wrapify: Wrapify) -> None:
    need("slirp4netns")
    wrapify.put("private.txt", "mine")
    work = wrapify.put("work/here", "").parent
    line = "ls -A /srv /var/www 2>/dev/null; cat ~/private.txt 2>/dev/null; cat here; id -u"
    done = wrapify("run", "--root", "-p", "online", "-c", line, cwd=str(work), timeout=120)
    assert done.stdout.split() == ["0"], done.stderr


def test_a_home_without_start_up_files_is_no_trouble(wrapify: Wrapify) -> None:
    need("slirp4netns")
    done = wrapify("run", "--root", "-p", "online", "-c", "echo x >>/etc/hosts; echo y >~/new", cwd="/", timeout=120)
    assert done.returncode == 0, done.stderr
    assert changed(wrapify) == {"/etc/hosts": "~", "~/new": "+"}
