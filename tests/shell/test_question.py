"""The question of `wrapify ask` on a real terminal: each key, what is no key, and the terminal as it was before."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.conftest import Wrapify, need
from tests.sandbox.terminal import Terminal, until

pytestmark = [pytest.mark.shell]
SANDBOX, EDIT, CANCEL, RUN = 10, 11, 12, 13
SUDO = b"sudo touch x"
KEYS = "[r]un here"
ASKER = """\
# The terminal as a shell's editor has it while a hook runs. Only `ask` writes on it after the first lines.
trap '' TERM
for at in {above}; do echo "above $at"; done
stty {modes}
printf '\\033[?2004h'
: >~/ready
until [ -e ~/go ]; do sleep 0.01; done
stty -g >~/before
{how}
echo $? >~/status.new
stty -g >~/after
ps -o tpgid= -p $$ >~/foreground
echo $$ >~/self
mv ~/status.new ~/status
exec sleep 1000
"""
PLAIN = 'sh -c \'echo $$ >~/pid; exec "$0" ask --shell bash "$@" <~/framed\' {program} {options}'
BEHIND = "set -m; " + PLAIN + " & wait $!; status=$?; set +m; (exit $status)"


class Asked(Terminal):
    """Hold a terminal in which a question about one line is asked, and nothing else happens."""

    def open(self, line: bytes, *options: str, **more: str) -> None:
        """Start it. `size` is COLUMNSxROWS, `above` the numbers of lines on the screen, `modes` words of stty(1)."""
        need("tmux")
        self.wrapify.put("framed", "")
        (self.home / "framed").write_bytes(b"\0\0" + line + b"\0")
        modes = more.get("modes", "-echo -icanon -icrnl min 1 time 0")
        how = more.get("how", PLAIN).format(program=self.wrapify.program, options=" ".join(options))
        script = ASKER.format(above=more.get("above", "1"), modes=modes, how=how)
        self.wrapify.put("asker", script)
        columns, rows = more.get("size", "80x24").split("x")
        term = f"TERM={more['term']}" if "term" in more else "TERM=tmux-256color"
        command = f"env {term} bash ~/asker"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, command)
        until(lambda: (self.home / "ready").exists(), "the terminal")

    def ask(self, line: bytes = SUDO, *options: str, **more: str) -> None:
        """Start it, let the question come, and wait as long as a person needs to see it."""
        self.open(line, *options, **more)
        self.go()
        self.contains("[e]dit")
        self.look()

    def go(self) -> None:
        self.wrapify.put("go", "")

    def look(self) -> None:
        seen = time.monotonic()
        until(lambda: time.monotonic() - seen > 0.1)

    def raw(self, content: bytes) -> None:
        """Let bytes come in one piece, as they are, from the terminal."""
        self.wrapify.put("raw", "")
        (self.home / "raw").write_bytes(content)
        self.tmux("load-buffer", str(self.home / "raw"))
        self.tmux("paste-buffer", "-d", "-r")

    def ends(self, status: int) -> None:
        """Wait for the end, and see that the terminal is as it was before."""
        until(lambda: (self.home / "status").exists(), self.screen)
        assert int(self.said("status")) == status, self.screen()
        assert self.said("before") == self.said("after")
        assert self.said("foreground").split() == self.said("self").split()

    def stays(self) -> None:
        """See that the question is still there after all that was pressed has been taken in."""
        self.look()
        assert not (self.home / "status").exists(), self.screen()
        assert "[e]dit" in self.screen()

    def pid(self) -> int:
        return int(self.said("pid"))


@pytest.fixture
def asked(wrapify: Wrapify) -> Iterator[Asked]:
    terminal = Asked(wrapify)
    try:
        yield terminal
    finally:
        terminal.close()


def above(count: int) -> str:
    return " ".join(map(str, range(1, count + 1)))


def gone(asked: Asked, count: int = 1) -> None:
    """See that nothing but what stood there before is on the screen, or ever was."""
    assert asked.screen() == "\n".join(f"above {at}" for at in range(1, count + 1))


@pytest.mark.parametrize(
    ("key", "status"),
    [
        ("s", SANDBOX), ("Enter", SANDBOX), ("C-j", SANDBOX), ("r", RUN), ("e", EDIT), ("Escape", EDIT), ("C-c", EDIT),
        ("C-d", EDIT), ("C-\\", EDIT), ("c", CANCEL),
    ],
)  # fmt: skip
def test_each_key_and_the_question_takes_itself_away(asked: Asked, key: str, status: int) -> None:
    asked.ask()
    asked.keys(key)
    asked.ends(status)
    gone(asked)


def test_what_it_looks_like(asked: Asked) -> None:
    asked.ask()
    assert asked.screen() == (
        "above 1\n"
        "Look at this before you run it (paste.sudo, default)\n"
        "  »sudo touch x«\n"
        "  sudo: Runs touch as root, who may change anything on this machine.\n"
        "The sandbox has root in a throw-away copy: nothing real changes.\n"
        "[Enter/s] sandbox  [v]iew  [r]un here  [e]dit  [c]ancel  [?]"
    )


def test_what_is_no_key_answers_nothing(asked: Asked) -> None:
    asked.ask()
    for key in ("x", "a", "S", "R", "1", "Up", "F1", "C-z", "C-s", "C-q", "Space", "M-r", "M-s", "C-r", "é"):
        asked.keys(key)
        asked.look()
    asked.stays()
    asked.keys("r")
    asked.ends(RUN)
    gone(asked)


def test_two_keys_at_once_answer_nothing(asked: Asked) -> None:
    asked.ask()
    for burst in (b"rr", b"ru", b"run\r", b"\rr", b"s\r", b"\x1br", b"r\x1b", b"\xc3\xa9", b"cc", b"e\r", b"\x03r"):
        asked.raw(burst)
        asked.look()
    asked.stays()
    asked.keys("e")
    asked.ends(EDIT)


def test_a_paste_at_the_question_is_swallowed(asked: Asked) -> None:
    asked.ask()
    asked.wrapify.put("paste", "r")
    for _ in range(2):
        asked.tmux("load-buffer", str(asked.home / "paste"))
        asked.tmux("paste-buffer", "-p", "-d")
        asked.look()
    for content in (b"r", b"r\r", b"x" * 100_000, b"", "é".encode(), b"\x1b[201~\x1b[200~s"):
        asked.raw(b"\x1b[200~" + content + b"\x1b[201~")
        asked.look()
    asked.raw(b"\x1b[200~r\x1b[201~r")
    asked.stays()
    asked.keys("s")
    asked.ends(SANDBOX)


def test_a_paste_that_comes_in_pieces_is_swallowed_and_leaving_it_stays_possible(asked: Asked) -> None:
    asked.ask()
    for piece in (b"\x1b[200~", b"r", b"s", b"\r", b"\x1b[20", b"1~"):
        asked.raw(piece)
        if piece != b"\x1b[20":
            asked.look()
    asked.stays()
    asked.raw(b"\x1b[200~never ended")
    asked.look()
    asked.keys("r")
    asked.stays()
    asked.keys("C-c")
    asked.ends(EDIT)


@pytest.mark.parametrize("modes", ["-echo -icanon -icrnl min 1 time 0", "-echo", "-echo -icanon tostop ixon"])
def test_what_was_typed_ahead_is_taken_in_and_shown_and_runs_nothing(asked: Asked, modes: str) -> None:
    asked.open(SUDO, modes=modes)
    asked.raw(b"r")
    asked.raw(b"touch ahead\r\x1b[201~rm \xe2\x80\xae x\rr")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.stays()
    asked.keys("e")
    asked.ends(EDIT)
    lines = asked.lines()
    assert lines[1].startswith("wrapify: also came, and was not run: rtouch ahead")
    assert "⟨U+202E⟩" in lines[1]
    assert "\u202e" not in asked.screen()
    assert len(lines) == 2


def test_keys_and_answers_of_the_terminal_that_came_before_are_not_worth_a_line(asked: Asked) -> None:
    asked.open(SUDO)
    asked.raw(b"\r\x1b[A\x1bOP\x1b[12;4R \x1b[?1;2c\r")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.keys("c")
    asked.ends(CANCEL)
    gone(asked)


def test_a_key_on_its_way_does_not_run_it_here(asked: Asked) -> None:
    """Somebody types on after the paste, and the last keys come when the question is there."""
    asked.open(SUDO)
    asked.raw(b"touch fo")
    asked.look()
    asked.go()
    asked.contains("[e]dit")
    asked.look()
    asked.keys("r")
    asked.stays()
    seen = time.monotonic()
    until(lambda: time.monotonic() - seen > 0.6)
    asked.keys("r")
    asked.ends(RUN)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP])
def test_a_signal_ends_the_question_and_the_line_stays(asked: Asked, number: int) -> None:
    asked.ask()
    os.kill(asked.pid(), number)
    asked.ends(EDIT)
    assert asked.lines()[0] == "above 1"
    assert KEYS not in asked.screen()


def test_its_window_is_closed(asked: Asked) -> None:
    asked.ask()
    pid = asked.pid()
    asked.close()
    until(lambda: not os.path.exists(f"/proc/{pid}"), "its end")


def test_signals_that_stop_do_nothing(asked: Asked) -> None:
    asked.ask()
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU, signal.SIGCONT):
        os.kill(asked.pid(), number)
    asked.stays()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_it_comes_to_the_foreground_and_hands_that_back(asked: Asked) -> None:
    asked.ask(how=BEHIND)
    asked.keys("r")
    asked.ends(RUN)
    gone(asked)


@pytest.mark.parametrize("count", [1, 22, 23, 24, 60])
def test_wherever_the_cursor_was_it_is_again(asked: Asked, count: int) -> None:
    asked.ask(above=above(count))
    asked.keys("?")
    asked.contains("exactly this text")
    asked.look()
    asked.keys("c")
    asked.ends(CANCEL)
    gone(asked, count)


@pytest.mark.parametrize("size", ["40x12", "20x8", "200x50"])
def test_any_size_of_terminal(asked: Asked, size: str) -> None:
    columns, rows = map(int, size.split("x"))
    asked.ask(SUDO + b"; " + b"\xe4\xbd\xa0" * 90 + b"; sudo ls", size=size, above=above(3))
    assert all(len(line) <= columns for line in asked.lines())
    for key in ("?", "v"):
        asked.keys(key)
        asked.look()
        assert len(asked.tmux("capture-pane", "-p").rstrip().splitlines()) <= rows
        asked.keys("q")
        asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked, 3)


def test_a_terminal_that_becomes_narrower_or_wider(asked: Asked) -> None:
    asked.ask()
    for columns in ("50", "120", "80"):
        asked.tmux("resize-window", "-x", columns)
        asked.look()
    assert asked.screen().count("Look at this") == 1
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_view_shows_all_of_the_text_and_what_is_hidden_in_it(asked: Asked) -> None:
    asked.ask("echo \u202edlrow\u2069 ⟨ESC⟩\nsudo touch x\necho \x01\x1b[31mred\n".encode())
    asked.keys("v")
    asked.contains("2| »sudo touch x«")
    asked.contains("⟨U+202E⟩")
    asked.contains("»⟨SOH⟩«»⟨ESC⟩[31m«red")
    asked.contains("⟨U+27E8⟩ESC")
    asked.contains("[e]dit")
    assert "\u202e" not in asked.screen()
    assert "\x01" not in asked.screen()
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_a_long_text_has_pages_on_a_screen_of_its_own(asked: Asked) -> None:
    asked.ask(b"sudo true\n" + b"".join(b"echo line %d\n" % at for at in range(2, 61)))
    asked.keys("v")
    asked.contains("lines 1 to 23 of 60")
    asked.look()
    asked.keys("Space")
    asked.contains("lines 24 to 46 of 60")
    asked.look()
    asked.keys("b")
    asked.contains("lines 1 to 23 of 60")
    for page in ("24 to 46", "47 to 60"):
        asked.look()
        asked.keys("Space")
        asked.contains(page)
    asked.look()
    asked.keys("r")
    asked.look()
    asked.keys("q")
    asked.contains(KEYS)
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)
    gone(asked)


def test_help_explains_the_keys_and_a_is_offered_only_then(asked: Asked) -> None:
    asked.ask()
    asked.keys("a")
    asked.stays()
    asked.keys("?")
    asked.contains("do not ask again about exactly this text")
    asked.look()
    asked.keys("a")
    asked.ends(RUN)
    gone(asked)
    done = asked.wrapify("ask", "--judge", text=b"\0\0" + SUDO + b"\0")
    assert done.returncode == RUN
    assert asked.wrapify("policy", "trusted").stdout.count("sudo") == 1
    assert asked.wrapify("ask", "--judge", text=b"\0\0" + SUDO + b"2\0").returncode == 20


def test_what_cannot_be_remembered_is_said_and_not_run(asked: Asked) -> None:
    asked.wrapify.put(".local/state/wrapify/trusted", "damaged")
    asked.ask()
    asked.keys("?")
    asked.contains("exactly this text")
    asked.look()
    asked.keys("a")
    asked.contains("is damaged")
    asked.look()
    asked.keys("e")
    asked.ends(EDIT)


def test_what_continues_a_line_has_no_sandbox(asked: Asked) -> None:
    asked.ask(SUDO, "--continued")
    assert "sandbox  [v]" not in asked.screen()
    asked.contains("no sandbox can take it")
    for key in ("s", "Enter"):
        asked.keys(key)
        asked.look()
    asked.stays()
    asked.keys("c")
    asked.ends(CANCEL)
    gone(asked)


@pytest.mark.parametrize(("option", "says"), [("--early", "Enter came with the paste"), ("--burst", "came faster")])
def test_what_came_too_fast_says_so(asked: Asked, option: str, says: str) -> None:
    asked.ask(b"ls", option)
    asked.contains(says)
    asked.keys("?")
    asked.contains("back to the editor")
    assert "[a]lways" not in asked.screen()
    asked.look()
    asked.keys("r")
    asked.ends(RUN)


def test_what_belongs_in_a_sandbox_is_never_offered_here(asked: Asked) -> None:
    asked.wrapify("policy", "set", "paste.sudo", "sandbox")
    asked.ask(SUDO, "--early")
    assert KEYS not in asked.screen()
    asked.keys("r")
    asked.stays()
    asked.keys("Enter")
    asked.ends(SANDBOX)
    gone(asked)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {}])
def test_colours_are_wanted_or_not(asked: Asked, env: dict[str, str]) -> None:
    asked.wrapify.env.update(env)
    asked.ask()
    coloured = asked.tmux("capture-pane", "-p", "-e")
    assert ("\x1b[" in coloured) is (not env)


def test_a_terminal_that_knows_no_sequences(asked: Asked) -> None:
    asked.ask(term="dumb")
    asked.keys("?")
    asked.contains("exactly this text")
    assert "[?7" not in asked.screen()
    asked.look()
    asked.keys("r")
    asked.ends(RUN)


def test_more_findings_than_fit_are_counted(asked: Asked) -> None:
    asked.ask(b"sudo a; sudo b; sudo c; sudo d")
    assert asked.screen().count("sudo: Runs") == 2
    asked.contains("and 2 more: v marks them all")
    asked.keys("v")
    asked.contains("»sudo a«; »sudo b«; »sudo c«; »sudo d«")


def test_hostile_text_is_never_raw(asked: Asked) -> None:
    text = "sudo echo " + "".join(chr(code) for code in (*range(1, 10), *range(11, 32), 0x7F, 0x9B, 0x202E, 0xE0041))
    asked.ask(text.encode())
    asked.keys("v")
    asked.contains("⟨U+009B⟩")
    shown = asked.screen()
    assert not [char for char in shown if not char.isprintable() and char != "\n"]
