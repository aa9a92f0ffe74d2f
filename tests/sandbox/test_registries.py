"""pip, npm, apt and curl in a sandbox with the network: by the whole internet, and by named domains alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.test_network import TUN, tunnels

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.usefixtures(tunnels.__name__),
    pytest.mark.skipif(os.getuid() != 0 and not os.access(TUN, os.W_OK), reason="/dev/net/tun cannot be opened"),
]
__all__ = ["tunnels"]

AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
NPM = "https://registry.npmjs.org/"


def network(by: str, *hosts: str) -> tuple[str, ...]:
    """Spell the options that let a run reach `hosts`."""
    if by == "internet":
        return ("--net", "internet")
    return tuple(word for host in hosts for word in ("--allow", host))


@pytest.fixture(params=["internet", "allow"])
def by(request: pytest.FixtureRequest) -> str:
    need("slirp4netns")
    return str(request.param)


def run(wrapify: Wrapify, *words: str) -> subprocess.CompletedProcess[str]:
    return wrapify("run", "-q", "-p", "online", *words, cwd=str(wrapify.put("work/here", "").parent), timeout=180)


def test_pip(wrapify: Wrapify, by: str) -> None:
    venv = wrapify.program.parent.parent
    words = network(by, "pypi.org", "files.pythonhosted.org")
    pip = (str(venv / "bin/python"), "-m", "pip", "download", "--no-deps", "-q", "six==1.16.0")
    done = run(wrapify, *words, "--ro", str(venv), "--env", f"PIP_CERT={AUTHORITIES}", "--", *pip)
    assert done.returncode == 0, done.stderr
    assert "six-1.16.0" in wrapify("diff").stdout


def test_npm(wrapify: Wrapify, by: str, tmp_path: Path) -> None:
    command = npm(wrapify, tmp_path)
    words = (*network(by, urlsplit(NPM).hostname or ""), "--env", f"NODE_EXTRA_CA_CERTS={AUTHORITIES}")
    done = run(wrapify, *words, "--ro", command[-1], "--", *command, "pack", "is-number@7.0.0", "--registry", NPM)
    assert done.returncode == 0, done.stderr
    assert "is-number-7.0.0.tgz" in wrapify("diff").stdout


def npm(wrapify: Wrapify, folder: Path) -> tuple[str, ...]:
    """Give the words that start npm; where there is none it comes from its own registry."""
    found = shutil.which("npm")
    if found:
        return (need("node"), os.path.realpath(found))
    archive = folder / "npm.tgz"
    subprocess.run([need("curl"), "-fsSo", str(archive), f"{NPM}npm/-/npm-10.9.2.tgz"], check=True)
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(wrapify.home)], check=True)
    return (need("node"), f"{wrapify.home}/package/bin/npm-cli.js")


def test_apt(wrapify: Wrapify, by: str) -> None:
    listed = [need("apt-get"), "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    uris = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.split()
    hosts = {urlsplit(uri).hostname or "" for uri in uris if uri.startswith("http")}
    words = (*network(by, *sorted(hosts)), "--ro", "/etc/apt", "--ro", "/var/lib/apt", "--ro", "/usr/share/keyrings")
    done = run(wrapify, *words, "--", "apt-get", "download", "-q", "hello")
    assert done.returncode == 0, done.stderr
    assert "hello_" in wrapify("diff").stdout


def test_curl(wrapify: Wrapify, by: str) -> None:
    words = (*network(by, urlsplit(NPM).hostname or ""), "--", need("curl"), "-fsS", f"{NPM}is-number/7.0.0")
    done = run(wrapify, *words)
    assert (done.returncode, '"7.0.0"' in done.stdout) == (0, True), done.stderr
