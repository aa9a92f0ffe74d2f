"""`wrapify clip` where there is no clipboard, or no tool for it: one clear sentence, and what to do instead."""

from __future__ import annotations

import subprocess

import pytest

from tests.conftest import Wrapify, need
from wrapify import clipboard
from wrapify.errors import ClipboardUnavailable, UsageError

NOWHERE = {"PATH": "/nonexistent"}
SESSIONS: list[tuple[dict[str, str], str, str]] = [
    ({}, "this session has no clipboard", "cat | wrapify sh"),
    ({"SSH_CONNECTION": "1 2 3 4"}, "no clipboard at this end of ssh", "| ssh HOST wrapify sh"),
    ({"DISPLAY": ":99", **NOWHERE}, "no tool for its clipboard", "install xclip"),
    ({"WAYLAND_DISPLAY": "wayland-9", **NOWHERE}, "no tool for its clipboard", "install wl-clipboard"),
    ({"WSL_DISTRO_NAME": "Debian", **NOWHERE}, "no tool for its clipboard", "powershell.exe"),
    ({"TMUX": "/tmp/none,1,0", **NOWHERE}, "this session has no clipboard", "cat | wrapify sh"),
]


@pytest.mark.parametrize(("env", "message", "hint"), SESSIONS, ids=range(len(SESSIONS)))
@pytest.mark.parametrize("verb", ["show", "check", "clean"])
def test_a_session_without_one(wrapify: Wrapify, verb: str, env: dict[str, str], message: str, hint: str) -> None:
    if "PATH" in env:
        wrapify.put("tools/env", "")
    done = wrapify("clip", verb, env=env)
    assert (done.returncode, done.stdout) == (125, "")
    assert message in done.stderr
    assert hint in done.stderr


def test_a_display_that_is_not_there(wrapify: Wrapify) -> None:
    need("xclip")
    done = wrapify("clip", "show", env={"DISPLAY": ":4711"})
    assert done.returncode == 125
    assert "xclip cannot use the clipboard" in done.stderr
    assert "wrapify sh" in done.stderr


def test_which_clipboard_a_session_has() -> None:
    for name in ("wl-paste", "xclip", "tmux"):
        need(name)
    path = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
    both = {"DISPLAY": ":1", "WAYLAND_DISPLAY": "wayland-1", **path}
    kinds = [({**both}, clipboard.Wayland), ({"DISPLAY": ":1", **path}, clipboard.Xclip)]
    kinds += [({"TMUX": "x", **path}, clipboard.Tmux), ({"TMUX": "x", "DISPLAY": ":1", **path}, clipboard.Xclip)]
    kinds += [({"DISPLAY": ":1", **NOWHERE}, clipboard.Pyperclip), ({"WSL_INTEROP": "x", **path}, clipboard.Pyperclip)]
    for env, kind in kinds:
        assert type(clipboard.found(env, primary=False)) is kind
    with pytest.raises(ClipboardUnavailable):
        clipboard.found(path, primary=False)
    with pytest.raises(UsageError):
        clipboard.found({"TMUX": "x", **path}, primary=True)


def test_no_tool_of_the_working_directory_is_taken() -> None:
    assert clipboard.program("ls", {"PATH": ":.:relative"}) == ""
    assert clipboard.program("ls", {"PATH": ".:/usr/bin:/bin"}).startswith("/")


def test_pyperclip_is_asked_where_nothing_else_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyperclip

    monkeypatch.setattr(pyperclip, "paste", lambda: "text \u00e4")
    found = clipboard.found({"WSL_DISTRO_NAME": "Debian", "PATH": "/nonexistent"}, primary=False)
    assert clipboard.content(found, most=100).text == "text \u00e4".encode()

    def fails() -> str:
        raise pyperclip.PyperclipException("no mechanism")

    monkeypatch.setattr(pyperclip, "paste", fails)
    with pytest.raises(ClipboardUnavailable, match="no tool"):
        found.read("UTF8_STRING", most=100)


def test_the_buffer_of_tmux_where_there_is_no_display(wrapify: Wrapify) -> None:
    tmux = [need("tmux"), "-S", str(wrapify.home / ".tmux"), "-f", "/dev/null"]
    env = wrapify.environment()

    def run(*words: str) -> None:
        subprocess.run([*tmux, *words], env=env, capture_output=True, check=True, **wrapify.user.drop)

    run("new-session", "-d", "sleep 100")
    try:
        wrapify.env["TMUX"] = f"{wrapify.home}/.tmux,1,0"
        assert wrapify("clip", "show").stdout == "the buffer of tmux is empty\n"
        run("set-buffer", "sudo ls")
        assert wrapify("clip", "show").stdout == "the buffer of tmux: 7 bytes, 1 line\n1| sudo ls\n"
        assert wrapify("clip", "check").returncode == 20
    finally:
        run("kill-server")


UNIT = ".config/systemd/user/wrapify-clipboard.service"


def test_the_watch_is_installed_and_removed(wrapify: Wrapify) -> None:
    done = wrapify("clip", "watch", "--install", "--primary")
    assert done.returncode == 0
    # There is no systemd of the test user's here.
    assert "systemd does not answer" in done.stderr
    assert f'ExecStart="{wrapify.program}" clip watch --primary\n' in (wrapify.home / UNIT).read_text()
    assert wrapify("clip", "watch", "--install").returncode == 0
    assert wrapify("clip", "watch", "--uninstall").returncode == 0
    assert not (wrapify.home / UNIT).exists()
    done = wrapify("clip", "watch", "--uninstall")
    assert (done.returncode, "not installed" in done.stderr) == (0, True)


def test_systemd_finds_nothing_wrong_with_the_unit(wrapify: Wrapify) -> None:
    assert wrapify("clip", "watch", "--install").returncode == 0
    words = [need("systemd-analyze"), "verify", "--user", str(wrapify.home / UNIT)]
    env = wrapify.environment(XDG_RUNTIME_DIR=str(wrapify.home))
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=60, **wrapify.user.drop)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_systemd_is_told_of_the_watch(wrapify: Wrapify) -> None:
    wrapify.put("tools/systemctl", '#!/bin/sh\necho "$@" >>"$HOME/told"\n', 0o755)
    wrapify.env["PATH"] = f"{wrapify.home}/tools:/usr/bin:/bin"
    assert "now and in every graphical session" in wrapify("clip", "watch", "--install").stderr
    assert wrapify("clip", "watch", "--uninstall").returncode == 0
    name = "wrapify-clipboard.service"
    assert (wrapify.home / "told").read_text().splitlines() == [
        "--user daemon-reload", f"--user enable {name}", f"--user restart {name}",
        f"--user disable --now {name}", "--user daemon-reload",
    ]  # fmt: skip


def test_a_unit_of_somebody_else_stays(wrapify: Wrapify) -> None:
    wrapify.put(UNIT, "[Unit]\n")
    for flag in ("--install", "--uninstall"):
        done = wrapify("clip", "watch", flag)
        assert (done.returncode, "not written by wrapify" in done.stderr) == (125, True)
    assert (wrapify.home / UNIT).read_text() == "[Unit]\n"
