"""--root shows more of the system, and still not what is hidden."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Wrapify

pytestmark = pytest.mark.sandbox


def test_the_home_is_the_users_own_and_still_hides_secrets(each_bwrap: Wrapify) -> None:
    each_bwrap.put(".ssh/id_rsa", "DECOY")
    each_bwrap.put("plain", "here")
    done = each_bwrap(
        "run", "--root", "-c", "cat plain; cat .ssh/id_rsa; sudo cat ~/.ssh/id_rsa; sudo grep -r DECOY ~; true"
    )
    assert done.stdout == "here"


@pytest.fixture
def planted() -> Iterator[list[Path]]:
    """Plant, for everybody to read, what is hidden all the same; and what only root may read."""
    if os.getuid() != 0:
        pytest.skip("only root can write to /etc")
    made: list[Path] = []
    etc = "NetworkManager wireguard dnf/vars apt/auth.conf.d ssl/private wpa_supplicant wrapify".split()
    var = "mail log spool backups lib/docker tmp".split()
    hidden = [f"/etc/{name}/w-decoy" for name in etc] + [f"/var/{name}/w-decoy" for name in var]
    closed = [f"{name}/w-decoy-closed" for name in ("/etc", "/opt", "/var/lib", "/srv")]
    folders = []
    for name in (*hidden, *closed, "/opt/w-decoy-folder/deep"):
        path = Path(name)
        folders += [folder for folder in path.parents if not folder.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("DECOY")
        path.chmod(0o600 if name in closed else 0o644)
        made.append(path)
    with open("/etc/apt/sources.list.d/w-decoy.list", "w", encoding="ascii") as source:
        source.write("# deb https://me:DECOY@example.org/ x\ndeb https://me:DECOY@example.org/ x\n")
    made.append(Path(source.name))
    Path("/opt/w-decoy-folder").chmod(0o700)
    yield made
    for path in made:
        path.unlink()
    for folder in sorted(set(folders), key=lambda path: len(path.parts), reverse=True):
        folder.rmdir()


def test_secrets_of_the_system_stay_hidden(each_bwrap: Wrapify, planted: list[Path]) -> None:
    where = "/etc /var /opt /srv /usr/local /home /root"
    done = each_bwrap("run", "--root", "--box", "h", "-c", f"sudo grep -rsl DECOY {where}; true")
    assert done.stdout == ""
    tries = " ".join(f"cat {path};" for path in planted)
    assert "DECOY" not in each_bwrap("run", "--root", "-c", f"sudo sh -c '{tries}'").stdout
    # What is put there instead is never written over the real one.
    line = "".join(
        f"mkdir -p {path.parent}; echo new > {path};" for path in planted if path.parts[1:3] != ("var", "tmp")
    )
    assert each_bwrap("run", "--root", "--box", "w", "-c", line).returncode == 0
    rows = each_bwrap("diff", "--json", "w").stdout.splitlines()
    listed = [row for row in rows if "w-decoy" in row]
    assert listed
    assert all('"conflict": "hidden from the run' in row for row in listed), listed


def test_other_homes_are_hidden(wrapify: Wrapify) -> None:
    done = wrapify("run", "--root", "-c", "ls /home; ls -A /root")
    assert done.stdout.split() == [wrapify.user.home.name]


def test_a_directory_below_var_tmp_is_worked_in(each_bwrap: Wrapify) -> None:
    """All else of /var/tmp is empty in a fake root."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chown(folder, each_bwrap.user.uid, each_bwrap.user.gid)
        line = f"pwd; echo new > made; ls /var/tmp | grep -v {os.path.basename(folder)}; true"
        done = each_bwrap("run", "--root", "--box", "r", "-c", line, cwd=folder)
        assert (done.returncode, done.stdout) == (0, f"{folder}\n"), done.stderr
        assert os.listdir(folder) == []
        assert each_bwrap("apply", "r", cwd=folder).returncode == 0
        assert Path(folder, "made").read_text() == "new\n"
