"""--root and dnf: installed, upgraded and removed as for real, and the databases of this machine stay as they are."""

from __future__ import annotations

import functools
import hashlib
import http.server
import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.whole_system import changed, fingerprint

pytestmark = pytest.mark.sandbox

SPEC = """
Name: {name}
Version: {version}
Release: 1
Summary: a test
License: none
BuildArch: noarch
{more}
%description
A test.
%install
mkdir -p %{{buildroot}}/usr/bin %{{buildroot}}/etc/{name} %{{buildroot}}/var/lib/{name}
printf '#!/bin/sh\\necho {name} {version}\\n' >%{{buildroot}}/usr/bin/{name}
ln %{{buildroot}}/usr/bin/{name} %{{buildroot}}/usr/bin/{name}-two
echo {version} | tee %{{buildroot}}/etc/{name}/conf >%{{buildroot}}/var/lib/{name}/data
%files
%attr(755,root,root) {caps} /usr/bin/{name}
%attr(755,root,root) {caps} /usr/bin/{name}-two
%config(noreplace) /etc/{name}/conf
%attr(2750,daemon,daemon) %dir /var/lib/{name}
%attr(640,daemon,daemon) /var/lib/{name}/data
"""
# rpm asks for these, and has none of them in its database where the system is not made of its packages.
PROVIDED = "Provides: /bin/sh user(daemon) group(daemon)"
GIVING = "%post\nset -e\nchown -R daemon:daemon /etc/wgive\nchown daemon /usr/bin/wgive\nsetcap cap_net_raw+p /bin/true"
CAPS = "%caps(cap_net_raw,cap_net_admin=p)"
STATE = ("/var/lib/rpm", "/var/lib/dnf", "/var/cache/dnf")
DNF = "dnf -q -y --repo=w --setopt=gpgcheck=0 --repofrompath=w,"


@pytest.fixture(scope="module")
def repositories(user: User) -> Iterator[Path]:
    """Make two: `old`, with a package whose script gives files away and one with capabilities, and `new` with newer."""
    for program in ("dnf", "rpmbuild", "createrepo_c"):
        need(program)
    with tempfile.TemporaryDirectory(prefix="wrapify-rpms-", dir=user.home) as name:
        top = Path(name)
        top.chmod(0o755)

        def make(where: str, package: str, version: str, *, more: str = "", script: str = "", caps: str = "") -> None:
            spec = top / f"{package}.spec"
            text = SPEC.format(name=package, version=version, more=more, caps=caps)
            spec.write_text(text.replace("%files", f"{script}\n%files"))
            places = {"_topdir": top / "build", "_rpmdir": top / where, "_dbpath": top / "none"}
            defined = [f"--define={key} {value}" for key, value in places.items()]
            subprocess.run(["rpmbuild", "-bb", "--quiet", *defined, spec], check=True, capture_output=True)

        make("base", "wbase", "1", more=PROVIDED)
        make("old", "wplain", "1", more=PROVIDED, caps=CAPS)
        make("old", "wgive", "1", script=GIVING)
        shutil.copytree(top / "old", top / "new")
        make("new", "wgive", "2", script=GIVING)
        for where in ("base", "old", "new"):
            subprocess.run(["createrepo_c", "-q", top / where], check=True, capture_output=True)
        yield top


def hashed(*folders: str) -> dict[str, str]:
    paths = (path for folder in folders for path in Path(folder).rglob("*") if path.is_file())
    return {str(path): f"{path.stat().st_mtime_ns} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths}


def lines(where: str) -> str:
    return f"""set -e
        sudo {DNF}{where}/old install wgive wplain
        wplain; wplain-two; wgive
        sudo {DNF}{where}/new upgrade wgive
        wgive; wgive-two
        dnf -q -C list --installed wgive | grep -c wgive
        rpm -V --nouser --nogroup --nocaps wgive wplain
    """


SAID = ["wplain 1", "wplain 1", "wgive 1", "wgive 2", "wgive 2", "1"]


@pytest.fixture
def serve() -> Iterator[Callable[[Path], int]]:
    """Serve a directory on the loopback of this machine, and give the port."""
    opened: list[http.server.ThreadingHTTPServer] = []

    def begin(folder: Path) -> int:
        handler = functools.partial(Silent, directory=str(folder))
        opened.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=opened[-1].serve_forever, daemon=True).start()
        return opened[-1].server_port

    yield begin
    for server in opened:
        server.shutdown()
        server.server_close()


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_packages_come_from_a_server(wrapify: Wrapify, repositories: Path, serve: Callable[[Path], int]) -> None:
    """On Debian there is no database yet, and rpm makes one in the home."""
    before = hashed(*STATE)
    port = serve(repositories)
    line = lines(f"http://127.0.0.1:{port}")
    done = wrapify("run", "--root", "--host-port", str(port), "-c", line, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line in SAID] == SAID
    assert hashed(*STATE) == before


@pytest.fixture(scope="module")
def database() -> str:
    """Tell where a system made of rpm's packages has their database. Debian's rpm has it in the home."""
    asked = subprocess.run(["rpm", "--eval", "%_dbpath"], capture_output=True, text=True, check=True, cwd="/")
    usual = asked.stdout.strip()
    return usual if usual.startswith(("/var/lib/", "/usr/lib/")) else "/var/lib/rpm"


@pytest.fixture(scope="module")
def used(database: str, repositories: Path) -> Iterator[None]:
    """Have state of root's there: what this machine has, or else a large database and what dnf leaves."""
    there = [path for folder in STATE if os.path.isdir(folder) for path in Path(folder).iterdir()]
    if there or os.getuid() != 0 or database != "/var/lib/rpm":
        yield
        return
    (repositories / ".rpmmacros").write_text(f"%_dbpath {database}\n")
    options = ["--setopt=tsflags=justdb,noscripts", f"--setopt=logdir={repositories}"]
    command = [*f"{DNF}file://{repositories}/base".split(), *options, "install", "wbase"]
    try:
        subprocess.run(command, env={**os.environ, "HOME": str(repositories)}, check=True, capture_output=True)
        with sqlite3.connect(f"{database}/rpmdb.sqlite") as opened:
            opened.execute("create table large (bytes)")
            opened.execute("insert into large values (zeroblob(8000000))")
        opened.close()
        yield
    finally:
        for path in (path for folder in STATE for path in Path(folder).glob("*")):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="module")
def untouched(used: None) -> Iterator[None]:
    """See, at the end of them all, that the system is as it was."""
    before = fingerprint(), hashed(*STATE)
    yield used
    assert (fingerprint(), hashed(*STATE)) == before


@pytest.mark.usefixtures(untouched.__name__)
def test_packages_are_installed_upgraded_and_removed(each_bwrap: Wrapify, repositories: Path, database: str) -> None:
    each_bwrap.put(".rpmmacros", f"%_dbpath {database}\n")
    run = ("run", "--root", "--ro", str(repositories), "--box", "d", "-c")
    done = each_bwrap(*run, lines(f"file://{repositories}"), timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line in SAID] == SAID
    assert "Permission denied" not in done.stderr
    found = changed(each_bwrap, "d")
    assert {"/usr/bin/wgive", "/usr/bin/wgive-two", "/etc/wgive", "/var/lib/wgive"} <= set(found)
    assert [path for path in found if path.startswith(database)]
    assert not [path for path, kind in found.items() if kind == "-"]
    again = each_bwrap(*run, "sudo dnf -q -y remove wgive && ! rpm -q wgive && rpm -q wplain && ! wgive", timeout=120)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "/usr/bin/wgive" not in changed(each_bwrap, "d")
