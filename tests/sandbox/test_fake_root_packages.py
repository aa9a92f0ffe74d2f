"""--root and packages: installed, upgraded and removed as for real, from files that need no network."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import User, Wrapify, need
from tests.sandbox.whole_system import changed, fingerprint

pytestmark = pytest.mark.sandbox


@pytest.fixture
def debs(tmp_path_factory: pytest.TempPathFactory, user: User) -> Iterator[Callable[..., Path]]:
    """Make packages: one with a file in each place, a second name of a file, and a script that gives files away."""
    need("dpkg-deb")
    with tempfile.TemporaryDirectory(prefix="wrapify-debs-", dir=user.home) as name:
        top = Path(name)
        top.chmod(0o755)

        def make(package: str, version: str, files: dict[str, str], *, script: str = "") -> Path:
            root = top / f"{package}-{version}"
            for path, text in files.items():
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                (root / path).write_text(text)
                (root / path).chmod(0o755 if "/bin/" in path else 0o644)
            (root / "DEBIAN").mkdir()
            fields = {"Package": package, "Version": version, "Architecture": "all", "Maintainer": "w <w@example.org>"}
            control = "".join(f"{key}: {value}\n" for key, value in fields.items())
            (root / "DEBIAN/control").write_text(f"{control}Description: a test\n")
            if script:
                (root / "DEBIAN/postinst").write_text(f"#!/bin/sh\nset -e\n{script}\n")
                (root / "DEBIAN/postinst").chmod(0o755)
            for folder in (root, *filter(Path.is_dir, root.rglob("*"))):
                folder.chmod(0o755)
            for path in files:
                if path.endswith("-one"):
                    (root / path.replace("-one", "-two")).hardlink_to(root / path)
            made = top / f"{package}_{version}.deb"
            subprocess.run(["dpkg-deb", "--root-owner-group", "-b", root, made], check=True, capture_output=True)
            return made

        yield make


GIVING = "chown -R www-data:www-data /var/lib/wtest; chown daemon /usr/bin/wtest; chmod 2750 /var/lib/wtest"


def wtest(version: str) -> dict[str, str]:
    return {
        "usr/bin/wtest": f"#!/bin/sh\necho wtest {version}\n",
        "usr/bin/wtest-one": f"#!/bin/sh\necho {version}\n",
        "etc/wtest/conf": f"version = {version}\n",
        "var/lib/wtest/data": version,
    }


def test_packages_are_installed_upgraded_and_removed(each_bwrap: Wrapify, debs: Callable[..., Path]) -> None:
    before = fingerprint()
    one, two = (debs("wtest", version, wtest(version), script=GIVING) for version in ("1", "2"))
    line = f"""set -e
        sudo dpkg -i {one}; wtest; wtest-two
        sudo dpkg -i {two}; wtest; wtest-two
        dpkg --verify wtest
        dpkg-query -W -f '${{Status}}' wtest
    """
    done = each_bwrap("run", "--root", "--ro", str(one.parent), "--box", "p", "-c", line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [text for text in done.stdout.splitlines() if text in ("wtest 1", "1", "wtest 2", "2")] == [
        *("wtest 1", "1", "wtest 2", "2")
    ]
    assert "install ok installed" in done.stdout
    found = changed(each_bwrap, "p")
    assert {"/usr/bin/wtest", "/usr/bin/wtest-two", "/etc/wtest", "/var/lib/wtest", "/var/lib/dpkg/status"} <= set(
        found
    )
    again = each_bwrap(
        "run", "--root", "--ro", str(one.parent), "--box", "p", "-c", "wtest; sudo dpkg -P wtest; ! wtest"
    )
    assert again.returncode == 0, again.stderr
    assert "/usr/bin/wtest" not in changed(each_bwrap, "p")
    assert fingerprint() == before


def test_an_installed_package_is_upgraded(each_bwrap: Wrapify, debs: Callable[..., Path]) -> None:
    """dpkg keeps second names of the real files, which are root's: nobody else may give one."""
    name = "hostname"
    listed = subprocess.run(["dpkg", "-L", name], capture_output=True, text=True, check=False).stdout.splitlines()
    files = {path[1:]: "anew\n" for path in listed if os.path.isfile(path) and not os.path.islink(path)}
    if not files:
        pytest.skip(f"{name} is no installed package here")
    newer = debs(name, "999", files, script="chown root:adm /bin/hostname")
    line = f"sudo dpkg -i --force-architecture {newer} && cat /bin/hostname && dpkg --verify {name}"
    done = each_bwrap("run", "--root", "--ro", str(newer.parent), "--box", "u", "-c", line)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "anew"
    found = changed(each_bwrap, "u")
    assert (
        not {path for path, kind in found.items() if kind == "+"}
        - {"/var/log/apt/term.log"}
        - {f"/var/lib/dpkg/info/{name}.{kind}" for kind in ("postinst", "md5sums", "list", "conffiles")}
    )


def test_apt_installs_a_file(wrapify: Wrapify, debs: Callable[..., Path]) -> None:
    need("apt-get")
    package = debs("wtest", "1", wtest("1"), script=GIVING)
    line = f"sudo apt-get install -y {package} && wtest"
    done = wrapify("run", "--root", "--ro", str(package.parent), "-c", line, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "wtest 1"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount")
@pytest.mark.parametrize("mount", ["-t tmpfs none /var/lib/misc", "--bind /etc/hosts /etc/hosts"])
def test_mounts_below_a_tree(each_bwrap: Wrapify, debs: Callable[..., Path], mount: str) -> None:
    need("unshare")
    package = debs("wtest", "1", wtest("1"), script=GIVING)
    home, program = each_bwrap.home, each_bwrap.program
    line = f"set -e; sudo dpkg -i {package}; wtest; sudo useradd -m wbob; echo x >>/etc/hosts; touch /var/tmp/x"
    run = ["setpriv", f"--reuid={each_bwrap.user.uid}", f"--regid={each_bwrap.user.gid}", "--clear-groups"]
    run += [str(program), "run", "--root", "--box", "m", "--ro", str(package.parent), "-c", line]
    command = ["unshare", "--mount", "sh", "-c", f'mount {mount} && exec "$@"', "sh", *run]
    done = subprocess.run(
        command, env=each_bwrap.environment(), cwd=home, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wtest 1" in done.stdout
    found = changed(each_bwrap, "m")
    assert found["/etc/hosts"] == found["/etc/passwd"] == "~"
    assert found["/usr/bin/wtest"] == found["/home/wbob"] == "+"
    assert not [path for path in found if path.startswith("/var/tmp") or found[path] == "-"]
