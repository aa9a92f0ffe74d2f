"""`wrapify doctor` on this machine, and on what becomes of it where something is taken away. All of it is real but for
the old bubblewrap, which is this one under another version."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.doctoring import doctor, doctor_without, hidden, rows, tree
from tests.conftest import Wrapify, need
from tests.sandbox.forbidding import forbidding
from wrapify.sandbox import seccomp

AS_ROOT = pytest.mark.skipif(os.getuid() != 0, reason="SKIPPED LOUDLY: only root can take something from a machine")
BROKEN_WITHOUT = ("a run", "copy-on-write", "fake root", "internet")


def test_this_machine(wrapify: Wrapify) -> None:
    before = sorted(tree(wrapify))
    found = doctor(wrapify)
    for name in ("a run", "copy-on-write", "fake root", "policy", "directories"):
        assert found[name]["level"] == "ok", found[name]
    assert found["bubblewrap"]["level"] in ("ok", "note")
    # There is no start-up file, so no hook.
    assert found["hook"]["level"] == "limited"
    assert found["hook"]["remedy"] == ["wrapify setup --shell bash"]
    assert "pastes" not in found
    assert sorted(tree(wrapify)) == before
    assert not list(wrapify.boxes.glob("*"))


def test_the_lines_say_what_json_says(wrapify: Wrapify) -> None:
    found = rows(wrapify("doctor", "--json"))
    done = wrapify("doctor")
    assert "\x1b" not in done.stdout
    words = done.stdout.split()
    assert done.stdout.endswith("mend them.\n")
    assert max(map(len, done.stdout.splitlines())) <= 100
    for row in found.values():
        for part in (row["level"], row["text"], row["means"]):
            assert set(part.split()) <= set(words), row
        assert all(f"{'':14}{line}\n" in done.stdout for line in row["remedy"] if line[0] != "#")


def test_no_bubblewrap_by_name(wrapify: Wrapify) -> None:
    wrapify.env["WRAPIFY_BWRAP"] = "/nonexistent"
    found = doctor(wrapify)
    assert found["bubblewrap"]["level"] == "broken"
    assert found["bubblewrap"]["remedy"] == ["unset WRAPIFY_BWRAP"]
    assert not {*BROKEN_WITHOUT, "namespaces"} & set(found)


@AS_ROOT
@pytest.mark.root
def test_without_bubblewrap(wrapify: Wrapify) -> None:
    found = doctor_without(wrapify, *hidden("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap"))
    assert found["bubblewrap"]["text"] == "bubblewrap is not installed"
    assert found["bubblewrap"]["remedy"][-1].endswith("bubblewrap")


def test_an_old_bubblewrap(wrapify: Wrapify) -> None:
    body = f'#!/bin/sh\ncase $1 in --version) echo "bubblewrap 0.6.1"; exit ;; esac\nexec {need("bwrap")} "$@"\n'
    wrapify.env["WRAPIFY_BWRAP"] = str(wrapify.put("old/bwrap", body, 0o755))
    found = doctor(wrapify)["bubblewrap"]
    assert "0.6.1" in found["text"]
    assert "0.8.0 or later is needed" in found["means"]
    assert found["remedy"]


@pytest.mark.parametrize("body", ["#!/bin/sh\necho hello\n", "#!/bin/sh\nexit 1\n", "#!/bin/sh\nexec sleep 600\n"])
def test_a_bubblewrap_that_is_none(wrapify: Wrapify, body: str) -> None:
    wrapify.env["WRAPIFY_BWRAP"] = str(wrapify.put("fake/bwrap", body, 0o755))
    found = doctor(wrapify)["bubblewrap"]
    assert (found["level"], found["remedy"]) == ("broken", ["unset WRAPIFY_BWRAP"])


SAID = {
    "bwrap: setting up uid map: Permission denied": ("forbids user namespaces", "AppArmor"),
    "bwrap: Can't mount proc on /newroot/proc: Operation not permitted": ("/proc",),
    "bwrap: Creating new namespace failed: No space left on device": ("used up", "are off"),
    "bwrap: \x1b[31m\x07": ("\\x1b[31m\\x07",),
}


@pytest.mark.parametrize("said", SAID)
def test_a_bubblewrap_that_fails(wrapify: Wrapify, said: str) -> None:
    """What others have seen it say, where this machine cannot be brought to it; what it says is not printed raw."""
    message = wrapify.put("said", f"{said}\n")
    body = f'#!/bin/sh\ncase $1 in --version) echo "bubblewrap 0.9.0"; exit ;; esac\ncat {message} >&2; exit 1\n'
    wrapify.env["WRAPIFY_BWRAP"] = str(wrapify.put("fake/bwrap", body, 0o755))
    done = wrapify("doctor")
    assert done.returncode == 2
    assert "✗ broken  namespaces" in done.stdout
    # Where the suite runs in a container, that is what is the matter.
    told = " ".join(done.stdout.split())
    assert any(words in told for words in (*SAID[said], "this container")), told
    assert "\x1b" not in told


def test_user_namespaces_forbidden(each_bwrap: Wrapify) -> None:
    """The kernel refuses them, as in a container of Docker."""
    found = doctor(
        each_bwrap,
        preexec_fn=forbidding(
            seccomp.Rule("unshare setns", seccomp.fail(1), why="as Docker does"),
            seccomp.Rule("clone", seccomp.fail(1), when=seccomp.any_bit(0, 0x10000000), why="as Docker does"),
            seccomp.Rule("clone3", seccomp.fail(38), why="as Docker does"),
        ),
    )
    assert found["namespaces"]["level"] == "broken"
    assert "container" in found["namespaces"]["text"] or "system-call filter" in found["namespaces"]["text"]
    assert found["namespaces"]["remedy"]
    assert not set(BROKEN_WITHOUT) & set(found)


def test_user_namespaces_off(wrapify: Wrapify) -> None:
    """As on a machine with user.max_user_namespaces=0: here that is so within a user namespace around it."""
    line = (
        "echo 1 > /proc/sys/user/max_user_namespaces &&"
        f" exec unshare --user --map-user={wrapify.user.uid} --map-group={wrapify.user.gid}"
        f" {wrapify.program} doctor --json"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", line],
        cwd=wrapify.home, env=wrapify.environment(), capture_output=True, text=True, check=False, **wrapify.user.drop,
    )  # fmt: skip
    found = rows(done)["namespaces"]
    assert found["level"] == "broken"
    assert "user.max_user_namespaces" in found["text"] or "container" in found["text"]
    assert found["remedy"]


# ---- the network


@AS_ROOT
@pytest.mark.root
def test_without_a_tun_device(wrapify: Wrapify) -> None:
    need("slirp4netns")
    found = doctor_without(wrapify, *(["mount -t tmpfs none /dev/net"] if os.path.exists("/dev/net") else []))
    assert found["tun"]["text"] == "/dev/net/tun cannot be opened: No such file or directory"
    assert "--net internet" in found["tun"]["means"]
    assert any("tun" in line for line in found["tun"]["remedy"])
    assert "internet" not in found


@AS_ROOT
@pytest.mark.root
def test_without_slirp4netns_and_pasta(wrapify: Wrapify) -> None:
    found = doctor_without(wrapify, *hidden("/usr/bin/slirp4netns", "/usr/bin/pasta"))
    assert found["carrier"]["text"] == "neither slirp4netns nor pasta is installed"
    assert found["carrier"]["remedy"][-1].endswith(" slirp4netns")


def test_the_carrier_of_the_policy_is_missing(wrapify: Wrapify) -> None:
    assert wrapify("policy", "set", "network.carrier", "pasta").returncode == 0
    if os.path.exists("/usr/bin/pasta"):
        assert doctor(wrapify)["carrier"]["text"] == "pasta brings the internet in"
    else:
        assert doctor(wrapify)["carrier"]["remedy"][-1].endswith(" passt")


# ---- wrapify's own files


@AS_ROOT
@pytest.mark.root
def test_a_home_without_extended_attributes(wrapify: Wrapify) -> None:
    """As over NFS: what is in an overlay's upper layer there cannot be what it has to be."""
    user = wrapify.user
    mounts = [f"mount -t ramfs none {wrapify.home}", f"chown {user.uid}:{user.gid} {wrapify.home}"]
    found = doctor_without(wrapify, *mounts, f"cd {wrapify.home}")["copy-on-write"]
    assert found["level"] == "limited"
    assert "ramfs" in found["text"]
    assert "no extended attributes" in found["text"]
    assert any("XDG_STATE_HOME=" in line for line in found["remedy"])


def test_a_policy_file_that_cannot_be_used(wrapify: Wrapify) -> None:
    wrapify.put(".config/wrapify/policy.toml", "no_such_key = 1\n")
    found = doctor(wrapify)["policy"]
    assert found["level"] == "broken"
    assert "no_such_key" in found["text"]
    assert "wrapify policy edit" in found["remedy"]


def test_directories_that_cannot_be_used(wrapify: Wrapify) -> None:
    wrapify.put(".local/state/wrapify", "a file")
    found = doctor(wrapify)
    assert found["directories"]["level"] == "broken"
    assert found["directories"]["text"] == "~/.local/state/wrapify (state) cannot be used: it is not a directory"
    assert found["directories"]["remedy"][0].startswith("mv ")


def test_another_wrapify_in_front(wrapify: Wrapify) -> None:
    other = wrapify.put("other/wrapify", "#!/bin/sh\n", 0o755)
    found = doctor(wrapify, env={"PATH": f"{other.parent}:{wrapify.program.parent}:/usr/bin:/bin"})
    assert found["program"]["level"] == "limited"
    assert str(other) in found["program"]["text"]
    assert doctor(wrapify, env={"PATH": "/usr/bin:/bin"})["program"]["remedy"][0].startswith("export PATH=")


# ---- the clipboard


@AS_ROOT
@pytest.mark.root
def test_without_a_clipboard_tool(wrapify: Wrapify) -> None:
    tools = hidden("/usr/bin/xclip", "/usr/bin/xsel", "/usr/bin/wl-paste", "/usr/bin/wl-copy", "/usr/bin/qdbus")
    for env, package in (({"DISPLAY": ":4711"}, "xclip"), ({"WAYLAND_DISPLAY": "wayland-4711"}, "wl-clipboard")):
        found = doctor_without(wrapify, *tools, env=env)["clipboard"]
        assert found["level"] == "limited"
        assert found["remedy"][-1].endswith(f" {package}")


def test_a_clipboard_that_does_not_answer(wrapify: Wrapify) -> None:
    need("xclip")
    found = doctor(wrapify, env={"DISPLAY": ":4711"})["clipboard"]
    assert found["level"] == "limited"
    assert "xclip" in found["text"]


@AS_ROOT
@pytest.mark.root
def test_as_root(wrapify: Wrapify, tmp_path: Path) -> None:
    """It looks at what root would become: nobody, who has no shell."""
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    done = subprocess.run(
        [str(wrapify.program), "doctor", "--json"], env=env, cwd="/", capture_output=True, text=True, check=False
    )
    found = rows(done)
    assert found["system"]["level"] == "note"
    assert "hook" not in found
