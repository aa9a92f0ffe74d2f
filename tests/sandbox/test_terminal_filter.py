"""What a sandboxed program may do to a real terminal, and that programs look inside as they do outside."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, gone, kill, launchers, marked, opened, sleepers, until

pytestmark = pytest.mark.sandbox

SET = "\\033]52;c;aGVsbG8=\\007"
COPY = f"printf '{SET}\\033]2;EVIL\\007\\033Ptmux;\\033{SET}\\033\\\\'; echo done-$((6*7))"
PLACES = ["", " </dev/null", " >/dev/tty", " 2>/dev/tty >/dev/null", " | cat >/dev/tty", " >/dev/console"]


@pytest.fixture
def terminal(wrapify: Wrapify) -> Iterator[Terminal]:
    with opened(wrapify) as it:
        it.tmux("set-option", "-s", "set-clipboard", "on")
        it.tmux("set-option", "-w", "-g", "allow-passthrough", "on")
        yield it


def quoted(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


def inside(line: str) -> str:
    return f"wrapify run -q sh -c {quoted(line)}"


def title(terminal: Terminal) -> str:
    return terminal.tmux("display-message", "-p", "#{pane_title}").strip()


def buffers(terminal: Terminal) -> str:
    return terminal.tmux("list-buffers")


def test_outside_it_works(terminal: Terminal) -> None:
    """Else the tests below prove nothing."""
    terminal.wrapify.put("copy.sh", COPY)
    terminal.run("sh copy.sh")
    until(lambda: "hello" in buffers(terminal), lambda: buffers(terminal))
    assert title(terminal) == "EVIL"


@pytest.mark.parametrize("where", PLACES)
def test_neither_clipboard_nor_title_is_reached(terminal: Terminal, where: str) -> None:
    before = title(terminal)
    terminal.run(inside(f"{{ {COPY}; }}{where}; printf '\\033[1;31mred\\033[m\\n'"))
    assert buffers(terminal) == ""
    assert title(terminal) == before
    assert "red" in terminal.lines()


def test_not_by_the_terminal_of_a_run_whose_output_goes_elsewhere(terminal: Terminal) -> None:
    terminal.run(inside(f"{{ {COPY}; }} >/dev/tty; echo x") + " </dev/null 2>err | cat >out")
    terminal.shows("done-42")
    assert terminal.said("out") == "x\n"
    assert buffers(terminal) == ""


def test_a_script_from_a_pipe_does_not_reach_it_either(terminal: Terminal) -> None:
    terminal.wrapify.put("copy.sh", COPY)
    terminal.run("cat copy.sh | wrapify sh -q")
    terminal.shows("done-42")
    assert buffers(terminal) == ""


def test_the_policy_decides(terminal: Terminal) -> None:
    terminal.wrapify("policy", "set", "terminal.titles", "on")
    terminal.run(inside(COPY))
    assert (title(terminal), buffers(terminal)) == ("EVIL", "")
    terminal.wrapify("policy", "set", "terminal.filter", "off")
    terminal.run(inside(COPY))
    until(lambda: "hello" in buffers(terminal), lambda: buffers(terminal))


@pytest.fixture
def texts(terminal: Terminal) -> Terminal:
    lines = "".join(f"line {number} ünï «°» 漢字\n" for number in range(1, 300))
    terminal.wrapify.put("text.c", "/* a comment */\nint main(void) { return 42; } // é\n" + lines)
    terminal.run("git init -q . && git add text.c && git -c user.name=a -c user.email=a@b commit -q -m first")
    terminal.wrapify.put("text.c", "int other;\n" + lines)
    terminal.run("git -c user.name=a -c user.email=a@b commit -q -a -m 'second é'")
    terminal.wrapify.put(".vimrc", "syntax on\nset nocompatible ruler number t_RV= noswapfile viminfo=\n")
    return terminal


# A program, the keys that are pressed with what must be seen before each, what must be seen in the end, how it ends.
SCREENS = {
    "vim": (
        "vim -u .vimrc text.c",
        [("1 int other", "G")],
        "Bot",
        ":q!\n",
    ),
    "less": ("less -N text.c", [("line 1 ", "/line 77"), ("/line 77", "Enter"), ("line 77", "j")], "line 79", "q"),
    "git": ("git -c core.pager='less -R' log --color -p", [("second", "j")], "first", "q"),
    "fzf": ("seq 1000 | fzf --no-mouse", [("1000/1000", "77")], "/1000", "\n"),
    "htop": ("htop -d 100 -C", [("PID", "F1")], "F10", "\n"),
}


def visible(terminal: Terminal, text: str) -> None:
    until(lambda: text in terminal.tmux("capture-pane", "-p"), terminal.screen)


def drawn(terminal: Terminal, name: str, line: str) -> str:
    """Run a program and give the screen in its colours."""
    _, keys, last, end = SCREENS[name]
    with terminal.prompt():
        terminal.type(f"clear; {line}")
        for seen, key in keys:
            visible(terminal, seen)
            terminal.keys(key)
        visible(terminal, last)
        shown = [""]

        def still() -> bool:
            shown.append(terminal.tmux("capture-pane", "-e", "-p"))
            return len(set(shown[-4:])) == 1

        until(still)
        for key in end:
            terminal.keys("Enter" if key == "\n" else key)
        if name == "htop":
            terminal.keys("q")
    return shown[-1]


@pytest.mark.parametrize("name", [name for name in SCREENS if name != "htop"])
def test_programs_look_as_outside(texts: Terminal, name: str) -> None:
    need(name)
    line = SCREENS[name][0]
    ours, theirs = (drawn(texts, name, one).splitlines() for one in (inside(line), line))
    # The last row of vim has a message that goes when it finds the time.
    rows = -1 if name == "vim" else None
    assert ours[:rows] == theirs[:rows]


def test_htop_looks_as_outside(terminal: Terminal) -> None:
    """What it shows is another machine's; its help is not."""
    need("htop")
    line = SCREENS["htop"][0]
    ours, theirs = (re.sub(r"htop .*", "", drawn(terminal, "htop", one)) for one in (inside(line), line))
    assert ours.splitlines() == theirs.splitlines()


@pytest.mark.parametrize("which", [0, 1])
def test_kill_9_restores_the_terminal_and_leaves_nothing(terminal: Terminal, which: int) -> None:
    mark = marked()
    terminal.run("stty -a >before")
    terminal.type(f"{inside(f'stty raw -echo; sleep {mark}; :')}; stty -a >after")
    until(lambda: len(launchers(mark)) == 2 and "-icanon" in terminal.modes() and sleepers(mark), terminal.screen)
    with terminal.prompt():
        kill([sorted(launchers(mark))[which]])
    gone(mark)
    assert terminal.said("after").split("rows")[1:] == terminal.said("before").split("rows")[1:]
    modes = set(terminal.said("after").replace(";", " ").split())
    assert {"icanon", "echo", "isig", "opost", "icrnl"} <= modes


def test_the_end_of_a_large_output_is_not_lost(terminal: Terminal) -> None:
    terminal.run(inside("seq 1 200000; exit 5"), seconds=60)
    assert terminal.statuses()[-1] == 5
    assert terminal.lines()[-2:] == ["200000", "ready>"]


def test_a_line_is_handed_to_what_polls_for_it(terminal: Terminal) -> None:
    need("python3")
    program = "import select,sys; select.select([0],[],[]); print('got', sys.stdin.readline())"
    terminal.type(f'wrapify run -q python3 -c "{program}; select.epoll(); print(1+1)"')
    terminal.type("hello")
    terminal.shows("got hello")
    assert terminal.screen().count("hello") == 2


def test_of_a_pipeline_each_has_the_terminal(terminal: Terminal) -> None:
    need("less")
    terminal.type(f"{inside('seq 1000; sleep 1')} | less")
    until(lambda: terminal.screen().endswith(":"), terminal.screen)
    terminal.keys("G")
    terminal.shows("1000")
    with terminal.prompt():
        terminal.keys("q")


def test_without_a_pty_nothing_runs(wrapify: Wrapify) -> None:
    """A run without any terminal needs none."""
    assert wrapify("run", "-q", "echo", "hi").stdout == "hi\n"


@pytest.fixture
def display(wrapify: Wrapify) -> Iterator[str]:
    heard, told = os.pipe()
    words = [need("Xvfb"), "-displayfd", str(told), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
    server = subprocess.Popen(words, pass_fds=[told], stderr=subprocess.DEVNULL, **wrapify.user.drop)
    os.close(told)
    with open(heard) as source:
        number = source.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


def test_nor_is_the_clipboard_of_an_xterm_that_allows_it(wrapify: Wrapify, display: str) -> None:
    env = wrapify.environment(DISPLAY=display, PATH=f"{wrapify.program.parent}:/usr/bin:/bin")
    options = {"env": env, "cwd": wrapify.home, **wrapify.user.drop}

    def copied() -> str:
        words = [need("xclip"), "-selection", "clipboard", "-o"]
        return str(subprocess.run(words, capture_output=True, text=True, check=False, timeout=10, **options).stdout)

    wrapify.put("copy.sh", COPY)
    allowed = ("-xrm", "*allowWindowOps: true", "-xrm", "*disallowedWindowOps:")
    line = (
        f"{inside('cat copy.sh; sh copy.sh')} && touch ran; until [ -e on ]; do sleep 0.1; done; sh copy.sh; sleep 60"
    )
    xterm = subprocess.Popen([need("xterm"), *allowed, "-e", "sh", "-c", line], **options)
    try:
        until((wrapify.home / "ran").exists)
        assert copied() == ""
        wrapify.put("on", "")
        # Without the sandbox the same xterm takes it: so it would have.
        until(lambda: copied() == "hello")
    finally:
        xterm.kill()
        xterm.wait(10)
